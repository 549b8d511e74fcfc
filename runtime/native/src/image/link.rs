//! The construction of an image from the output of the compiler.

mod relocations;

use std::collections::HashMap;
use std::sync::Arc;

use wasi_program_module::Version;
use wasmer::sys::Architecture;
use wasmer_compiler::serialize::{
    RkyvSerializableCompilation, SerializableCompilation, SerializableModule,
};
use wasmer_types::entity::{EntityRef as _, PrimaryMap};
use wasmer_types::{ImportIndex, LocalFunctionIndex, MemoryStyle, ModuleInfo, TrapCode};

use super::memory::{Fragment, initial, pieces};
use super::{HEADER, MAGIC, Section, entry, traps};
use crate::contract::{MAPPED, NOWHERE, PAGE, REVISION};

/// The alignment of sections: cache lines have 64 bytes.
const ALIGNMENT: usize = 64;

/// The alignment of functions: code reads constants of 16 bytes.
const FUNCTION_ALIGNMENT: usize = 16;

/// Lays out the module as one sequence of bytes, and links its functions.
///
/// # Errors
///
/// Returns an error if the code needs library functions or absolute addresses, which an
/// image cannot have. The compiler makes no such code for the supported targets.
pub(crate) fn link(
    module: SerializableModule,
    target: Architecture,
    can_be_reset: bool,
) -> Result<Vec<u8>, String> {
    let SerializableCompilation::Rkyv(compilation) = module.compilation else {
        return Err("the compiler made an ELF file".to_owned());
    };
    let styles = module.compile_info.memory_styles.values();
    if !styles
        .into_iter()
        .all(|style| matches!(style, MemoryStyle::Static))
    {
        return Err("it has a memory without guard pages".to_owned());
    }
    let mut info = Arc::unwrap_or_clone(module.compile_info.module);
    check_hashes(&info)?;

    let mut writer = Writer::default();
    let starts = writer.functions(&compilation, target)?;
    writer.relocate(&compilation, &starts)?;
    let imports = writer.imports(&compilation, &info, target)?;
    writer.trampolines(&compilation);
    writer.numbers(
        Section::ImportStarts,
        imports.iter().map(|start| start.entry as u32),
    );
    writer.numbers(
        Section::Functions,
        starts.values().map(|start| start.entry as u32),
    );
    let mut order: Vec<LocalFunctionIndex> = starts.keys().collect();
    order.sort_unstable_by_key(|index| starts[*index].entry);
    writer.numbers(
        Section::FunctionOrder,
        order.iter().map(|index| index.as_u32()),
    );
    let overflows = starts.values().chain(&imports);
    writer.traps(
        &compilation,
        &starts,
        overflows.filter_map(|start| start.overflow),
    );
    writer.names(&mut info);
    writer.data(&module.data_initializers, &info)?;
    let facts = [info.num_imported_functions as u32, can_be_reset.into()];
    writer.numbers(Section::Facts, facts);
    writer.module(info)?;
    writer.finish()
}

/// Checks that signatures with the same hash are the same: an indirect call compares only
/// the hash, which is short.
fn check_hashes(info: &ModuleInfo) -> Result<(), String> {
    let mut known = HashMap::with_capacity(info.signatures.len());
    for (index, signature) in info.signatures.iter() {
        let hash = info.signature_hashes.get(index).map(|hash| hash.0);
        if *known.entry(hash).or_insert(signature) != signature {
            return Err("two of its signatures have the same hash".to_owned());
        }
    }
    Ok(())
}

/// The offsets of each function in the image.
type Starts = PrimaryMap<LocalFunctionIndex, Start>;

/// The offsets of a function.
#[derive(Debug, Clone, Copy, Default)]
struct Start {
    /// The offset at which calls enter: the check of the stack, if the function has one.
    entry: usize,
    /// The offset of the trap of that check.
    overflow: Option<usize>,
    /// The offset of the first instruction that the compiler made.
    body: usize,
}

struct Writer {
    bytes: Vec<u8>,
    sections: [(usize, usize); Section::COUNT],
    alignment: usize,
}

impl Default for Writer {
    fn default() -> Self {
        Self {
            bytes: vec![0; HEADER],
            sections: [(0, 0); Section::COUNT],
            alignment: ALIGNMENT,
        }
    }
}

impl Writer {
    fn align(&mut self, alignment: usize) {
        let len = self.bytes.len().next_multiple_of(alignment);
        self.bytes.resize(len, 0);
    }

    /// Writes a section.
    fn section<T>(&mut self, section: Section, write: impl FnOnce(&mut Self) -> T) -> T {
        self.align(ALIGNMENT);
        let start = self.bytes.len();
        let result = write(self);
        self.sections[section as usize] = (start, self.bytes.len() - start);
        result
    }

    fn numbers(&mut self, section: Section, numbers: impl IntoIterator<Item = u32>) {
        self.section(section, |writer| {
            for number in numbers {
                writer.number(number);
            }
        });
    }

    fn number(&mut self, number: u32) {
        self.bytes.extend_from_slice(&number.to_le_bytes());
    }

    /// Writes the functions without a frame, then the functions with a frame. A backtrace finds
    /// the caller by one rule in the first section, and by another rule in the second.
    fn functions(
        &mut self,
        compilation: &RkyvSerializableCompilation,
        target: Architecture,
    ) -> Result<Starts, String> {
        let bodies = &compilation.function_bodies;
        let mut starts: Starts = bodies.values().map(|_| Start::default()).collect();
        let mut checks = Vec::with_capacity(bodies.len());
        for function in bodies.values() {
            checks.push(entry::check(&function.body, target)?);
        }
        for (section, framed) in [(Section::Frameless, false), (Section::Framed, true)] {
            self.section(section, |writer| {
                for ((index, function), check) in bodies.iter().zip(&checks) {
                    if check.is_some() == framed {
                        starts[index] = writer.function(&function.body, check.as_ref());
                    }
                }
            });
        }
        Ok(starts)
    }

    /// Writes a function immediately behind its check.
    fn function(&mut self, code: &[u8], check: Option<&entry::Check>) -> Start {
        let before = check.map_or(0, |check| check.code.len());
        let body = (self.bytes.len() + before).next_multiple_of(FUNCTION_ALIGNMENT);
        self.bytes.resize(body - before, 0);
        if let Some(check) = check {
            self.bytes.extend_from_slice(&check.code);
        }
        self.bytes.extend_from_slice(code);
        Start {
            entry: body - before + check.map_or(0, |check| check.entry),
            overflow: check.map(|_| body - before),
            body,
        }
    }

    /// Writes the code by which the guest calls the functions that the application provides, for
    /// each imported function: all zero for a function of WASI, which is called directly.
    fn imports(
        &mut self,
        compilation: &RkyvSerializableCompilation,
        info: &ModuleInfo,
        target: Architecture,
    ) -> Result<Vec<Start>, String> {
        let bodies = &compilation.dynamic_function_trampolines;
        let mut starts = vec![Start::default(); info.num_imported_functions];
        let mut checks = Vec::new();
        for (key, import) in &info.imports {
            if let ImportIndex::Function(index) = import
                && Version::from_namespace(&key.module).is_none()
            {
                let body = &bodies
                    .get(*index)
                    .ok_or("the compiler made no code for one of its imports")?
                    .body;
                checks.push((index.index(), body, entry::check(body, target)?));
            }
        }
        self.section(Section::Imports, |writer| {
            for (index, body, check) in &checks {
                starts[*index] = writer.function(body, check.as_ref());
            }
        });
        Ok(starts)
    }

    fn trampolines(&mut self, compilation: &RkyvSerializableCompilation) {
        let starts = self.section(Section::Trampolines, |writer| {
            let bodies = compilation.function_call_trampolines.values();
            bodies
                .map(|trampoline| {
                    writer.align(FUNCTION_ALIGNMENT);
                    let start = writer.bytes.len() as u32;
                    writer.bytes.extend_from_slice(&trampoline.body);
                    start
                })
                .collect::<Vec<_>>()
        });
        self.numbers(Section::TrampolineStarts, starts);
    }

    /// Writes the instructions that trap: those of the functions, and those of the checks of the
    /// stack, which are at `overflows`.
    fn traps(
        &mut self,
        compilation: &RkyvSerializableCompilation,
        starts: &Starts,
        overflows: impl Iterator<Item = usize>,
    ) {
        let mut traps: Vec<(u32, u8)> = compilation
            .function_frame_info
            .iter()
            .flat_map(|(index, info)| {
                info.traps.iter().filter_map(move |trap| {
                    let code = traps::recorded(trap.trap_code)?;
                    Some((starts[index].body as u32 + trap.code_offset, code))
                })
            })
            .collect();
        if let Some(code) = traps::recorded(TrapCode::StackOverflow) {
            traps.extend(overflows.map(|overflow| (overflow as u32, code)));
        }
        traps.sort_unstable();
        self.numbers(
            Section::TrapAddresses,
            traps.iter().map(|(address, _)| *address),
        );
        self.section(Section::TrapCodes, |writer| {
            writer.bytes.extend(traps.iter().map(|(_, code)| *code));
        });
    }

    /// Moves the names of functions from the module info to sections of the image.
    fn names(&mut self, info: &mut ModuleInfo) {
        let mut names: Vec<_> = std::mem::take(&mut info.function_names)
            .into_iter()
            .collect();
        names.sort_unstable_by_key(|(index, _)| *index);
        let mut end = 0;
        let index: Vec<u32> = names
            .iter()
            .flat_map(|(index, name)| {
                let start = end;
                end += name.len() as u32;
                [index.index() as u32, start, name.len() as u32]
            })
            .collect();
        self.numbers(Section::NameIndex, index);
        self.section(Section::Names, |writer| {
            for (_, name) in &names {
                writer.bytes.extend_from_slice(name.as_bytes());
            }
        });
    }

    fn data(
        &mut self,
        data: &[wasmer_types::OwnedDataInitializer],
        info: &ModuleInfo,
    ) -> Result<(), String> {
        let initial = initial(data, info)?;
        let index: Vec<[u32; 4]> = self.section(Section::Data, |writer| match &initial {
            Some(fragments) => pieces(fragments)
                .filter_map(|piece| writer.piece(piece))
                .collect(),
            None => vec![[NOWHERE, 0, HEADER as u32, 0]],
        });
        self.numbers(Section::Segments, index.into_flattened());
        Ok(())
    }

    /// Writes a piece, with zeros between its fragments, and returns its entry.
    fn piece(&mut self, fragments: &[Fragment<'_>]) -> Option<[u32; 4]> {
        let (first, last) = (fragments.first()?, fragments.last()?);
        let (address, len) = (first.range().start, last.range().end - first.range().start);
        if len >= MAPPED as u64 {
            self.alignment = PAGE;
            let offset = self
                .bytes
                .len()
                .wrapping_neg()
                .wrapping_add(address as usize)
                % PAGE;
            self.bytes.resize(self.bytes.len() + offset, 0);
        }
        let start = self.bytes.len();
        for fragment in fragments {
            let within = (fragment.range().start - address) as usize;
            self.bytes.resize(start + within, 0);
            self.bytes.extend_from_slice(fragment.bytes);
        }
        Some([first.memory, first.address, start as u32, len as u32])
    }

    fn module(&mut self, mut info: ModuleInfo) -> Result<(), String> {
        // Running does not require these.
        info.name = None;
        info.hash = None;
        info.custom_sections.clear();
        info.custom_sections_data.clear();
        let archived = rkyv::to_bytes::<rkyv::rancor::Error>(&info)
            .map_err(|error| format!("its description cannot be serialised: {error}"))?;
        self.section(Section::Module, |writer| {
            writer.bytes.extend_from_slice(&archived);
        });
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<u8>, String> {
        self.align(ALIGNMENT);
        let len = u32::try_from(self.bytes.len())
            .map_err(|_| "it has more than 4 GiB of code and data".to_owned())?;
        let mut header = Vec::with_capacity(HEADER);
        header.extend(MAGIC);
        header.extend(REVISION.to_le_bytes());
        header.extend((self.alignment as u32).to_le_bytes());
        header.extend(u64::from(len).to_le_bytes());
        for (start, len) in self.sections {
            header.extend((start as u32).to_le_bytes());
            header.extend((len as u32).to_le_bytes());
        }
        self.bytes[..HEADER].copy_from_slice(&header);
        Ok(self.bytes)
    }
}
