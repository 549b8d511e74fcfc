//! The calls between functions.

use wasmer_compiler::serialize::RkyvSerializableCompilation;
use wasmer_compiler::types::relocation::{Relocation, RelocationKind, RelocationTarget};

use super::{Starts, Writer};
use crate::image::number;

impl Writer {
    /// Links the calls between functions.
    pub(super) fn relocate(
        &mut self,
        compilation: &RkyvSerializableCompilation,
        starts: &Starts,
    ) -> Result<(), String> {
        for (index, relocations) in compilation.function_relocations.iter() {
            for relocation in relocations {
                let RelocationTarget::LocalFunc(callee) = relocation.reloc_target else {
                    return Err(format!(
                        "its code refers to something outside the image: {:?}",
                        relocation.reloc_target
                    ));
                };
                let at = starts[index].body + relocation.offset as usize;
                self.apply(relocation, at, starts[callee].entry)?;
            }
        }
        Ok(())
    }

    /// Makes the instruction at `at` refer to `target`. Both are offsets in the image.
    fn apply(&mut self, relocation: &Relocation, at: usize, target: usize) -> Result<(), String> {
        let delta = (target as i64 - at as i64).wrapping_add(relocation.addend);
        let far = |_| "its code is too large for the calls in it".to_owned();
        match relocation.kind {
            RelocationKind::X86CallPCRel4 | RelocationKind::PCRel4 => {
                let delta = i32::try_from(delta).map_err(far)?;
                self.bytes[at..at + 4].copy_from_slice(&delta.to_le_bytes());
            }
            RelocationKind::Arm64Call => {
                // 26 bits, in instructions of 4 bytes each.
                let words = i32::try_from(delta / 4).map_err(far)?;
                if !(-(1 << 25)..1 << 25).contains(&words) {
                    return Err("its code is too large for the calls in it".to_owned());
                }
                let instruction = number(&self.bytes[at..]);
                let linked = instruction & 0xfc00_0000 | words.cast_unsigned() & 0x03ff_ffff;
                self.bytes[at..at + 4].copy_from_slice(&linked.to_le_bytes());
            }
            RelocationKind::RiscvCall => {
                // `auipc` has the upper 20 bits. `jalr` behind it has the lower 12 bits,
                // which it sign-extends.
                let delta = i32::try_from(delta).map_err(far)?.cast_unsigned();
                let upper = delta.wrapping_add(0x800) & 0xffff_f000;
                let lower = (delta & 0xfff) << 20;
                for (at, bits) in [(at, upper), (at + 4, lower)] {
                    let linked = number(&self.bytes[at..]) | bits;
                    self.bytes[at..at + 4].copy_from_slice(&linked.to_le_bytes());
                }
            }
            kind => return Err(format!("its code needs a relocation: {kind:?}")),
        }
        Ok(())
    }
}
