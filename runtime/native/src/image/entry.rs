//! The check, at the entry of a function, that its frame fits on the guest stack.
//!
//! The compiler makes no such check; it only touches the pages of large frames. The
//! invariant of [`crate::contract::stack`] requires one. So each function that sets up a
//! frame gets a check before its first instruction. The check compares the offset of the
//! stack pointer in its region with the least offset that the frame needs, and traps if the
//! offset is below that. Calls enter at the check.

use wasmer::sys::Architecture;

use crate::contract::PAGE;
use crate::contract::stack::{CALLS, FLOOR, REGION, REGION_BITS};

/// A check, which is placed before a function.
pub(super) struct Check {
    /// The trap, followed by the instructions that compare.
    pub(super) code: Vec<u8>,
    /// The offset of the first instruction that compares, where calls enter.
    pub(super) entry: usize,
}

/// Returns the check for a function with this code, or `None` if the function sets up no
/// frame.
///
/// # Errors
///
/// Returns an error if the first instructions of the function are not known output of the
/// compiler, so that the size of its frame is unknown, or if the frame is larger than any
/// stack.
pub(super) fn check(code: &[u8], target: Architecture) -> Result<Option<Check>, String> {
    let frame = match target {
        Architecture::X86_64 => x86_64::frame(code),
        Architecture::Aarch64(_) => aarch64::frame(code),
        Architecture::Riscv64(_) => riscv64::frame(code),
        other => return Err(format!("checks of the stack are not supported for {other}")),
    };
    let Some(frame) = frame? else {
        return Ok(None);
    };
    // The instructions that touch the pages of a large frame may touch all of its last page.
    let touched = match frame >= PAGE as u64 {
        true => frame.next_multiple_of(PAGE as u64),
        false => frame,
    };
    let least = (FLOOR + CALLS) as u64 + touched;
    if least >= REGION as u64 {
        return Err("one of its functions has a frame that is larger than any stack".to_owned());
    }
    let least = least as u32;
    Ok(Some(match target {
        Architecture::X86_64 => x86_64::check(least),
        Architecture::Aarch64(_) => aarch64::check(least),
        _ => riscv64::check(least),
    }))
}

/// Returns the error for a function whose first instructions are not known.
fn unknown(code: &[u8]) -> String {
    let start = &code[..code.len().min(32)];
    format!("one of its functions sets up its frame with unknown instructions: {start:02x?}")
}

/// Returns the instructions of 4 bytes each in the code.
fn words(code: &[u8]) -> impl Iterator<Item = u32> {
    code.chunks_exact(4).map(super::number)
}

mod x86_64 {
    use super::{Check, REGION_BITS, unknown};

    /// Returns the size of the frame below the saved frame pointer.
    pub(super) fn frame(code: &[u8]) -> Result<Option<u64>, String> {
        // push rbp; mov rbp, rsp
        let Some(rest) = code.strip_prefix(&[0x55, 0x48, 0x89, 0xe5]) else {
            return Ok(None);
        };
        let rest = after_probes(rest).ok_or_else(|| unknown(code))?;
        let size = match *rest {
            // sub rsp, imm8
            [0x48, 0x83, 0xec, size, ..] if size < 0x80 => u64::from(size),
            // sub rsp, imm32
            [0x48, 0x81, 0xec, a, b, c, d, ..] => u64::from(u32::from_le_bytes([a, b, c, d])),
            _ => 0,
        };
        Ok(Some(size))
    }

    /// Returns the code behind the instructions that touch the pages of a large frame. The
    /// compiler touches one page at a time, with a sequence of instructions or with a loop.
    /// Returns `None` if the instructions are not the expected ones.
    fn after_probes(code: &[u8]) -> Option<&[u8]> {
        // sub rsp, 4096; mov dword ptr [rsp], 0
        const PROBE: [u8; 14] = [
            0x48, 0x81, 0xec, 0, 0x10, 0, 0, 0xc7, 0x04, 0x24, 0, 0, 0, 0,
        ];
        let in_a_row = code
            .chunks_exact(PROBE.len())
            .take_while(|probe| **probe == PROBE)
            .count();
        let rest = if in_a_row > 0 {
            &code[in_a_row * PROBE.len()..]
        } else if let Some(rest) = code.strip_prefix(&[0x49, 0x89, 0xe3]) {
            // mov r11, rsp; sub r11, imm32
            let rest = rest.strip_prefix(&[0x49, 0x81, 0xeb])?.get(4..)?;
            // cmp r11, rsp; jne back
            let rest = rest.strip_prefix(&PROBE)?;
            let rest = rest.strip_prefix(&[0x4c, 0x3b, 0xdc])?;
            rest.strip_prefix(&[0x0f, 0x85])?.get(4..)?
        } else {
            return Some(code);
        };
        // add rsp, imm32
        rest.strip_prefix(&[0x48, 0x81, 0xc4])?.get(4..)
    }

    pub(super) fn check(least: u32) -> Check {
        // A shift moves the offset in the region to the upper bits of a 32-bit number,
        // which is then compared.
        let shift = 32 - REGION_BITS;
        // ud2
        let mut code = vec![0x0f, 0x0b];
        let entry = code.len();
        // mov r11d, esp; shl r11d, shift; cmp r11d, imm32
        code.extend([0x41, 0x89, 0xe3, 0x41, 0xc1, 0xe3, shift as u8]);
        code.extend([0x41, 0x81, 0xfb]);
        code.extend((least << shift).to_le_bytes());
        // jb to the trap: back over all these instructions, including the jump.
        let back = code.len() + 2;
        code.extend([0x72, 0u8.wrapping_sub(back as u8)]);
        Check { code, entry }
    }
}

/// The check for 64-bit ARM, whose instructions have 4 bytes each. The size of a frame is an
/// upper bound of the amount by which the instructions before the first branch lower the
/// stack pointer. The code that sets up a frame has only one branch, in the loop that touches
/// the pages of a large frame, and the body of a function does not lower the stack pointer
/// further.
mod aarch64 {
    use super::{Check, REGION_BITS, unknown, words};

    const SAVE: u32 = 0xa9bf_7bfd; // stp x29, x30, [sp, #-16]!

    /// Returns an upper bound of the size of the frame below the saved frame pointer and return
    /// address.
    pub(super) fn frame(code: &[u8]) -> Result<Option<u64>, String> {
        let mut words = words(code);
        if words.next() != Some(SAVE) {
            return Ok(None);
        }
        let mut size = 0;
        // The constant in x16, which the compiler uses if a size fits no instruction.
        let mut constant = Some(0);
        for word in words {
            let immediate = u64::from(word >> 10 & 0xfff) << (12 * (word >> 22 & 1));
            let part = u64::from(word >> 5 & 0xffff) << (16 * (word >> 21 & 3));
            if is_branch(word) {
                // The branch of the loop goes back if its condition is "greater".
                if word & 0xff80_001f == 0x5480_000c {
                    continue;
                }
                break;
            }
            if word & 0xff80_03ff == 0xd100_03ff {
                size += immediate; // sub sp, sp, #imm
            } else if word == 0xcb30_63ff {
                size += constant.ok_or_else(|| unknown(code))?; // sub sp, sp, x16
            } else if word & 0xff80_001f == 0xd280_0010 {
                constant = Some(part); // movz x16, #imm
            } else if word & 0xff80_001f == 0xf280_0010 {
                constant = constant.map(|constant| constant | part); // movk x16, #imm
            } else if word & 0xff80_001f == 0x9280_0010 {
                constant = None; // movn x16, #imm
            } else if is_pre_indexed(word) {
                size += 16; // stp or str …, [sp, #-16]!
            } else if lowers_otherwise(word) {
                return Err(unknown(code));
            }
        }
        Ok(Some(size))
    }

    /// Reports if an instruction is a branch: Arm Architecture Reference Manual, C4.1.87, "Branches, exception generating and
    /// system instructions".
    fn is_branch(word: u32) -> bool {
        word & 0x1c00_0000 == 0x1400_0000
    }

    /// Reports if an instruction stores a pair or a register and lowers the stack pointer by 16.
    fn is_pre_indexed(word: u32) -> bool {
        let pair = word & 0xffc0_03e0;
        let single = word & 0xffe0_0fe0;
        (matches!(pair, 0xa980_03e0 | 0x6d80_03e0) && word >> 15 & 0x7f == 0x7e)
            || (matches!(single, 0xf800_0fe0 | 0xfc00_0fe0 | 0x3c80_0fe0)
                && word >> 12 & 0x1ff == 0x1f0)
    }

    /// Reports if another instruction subtracts from the stack pointer.
    fn lowers_otherwise(word: u32) -> bool {
        word & 0xffe0_001f == 0xcb20_001f
    }

    pub(super) fn check(least: u32) -> Check {
        let mut words = vec![
            0x0000_c000u32,                        // udf
            0x9100_03f0,                           // mov x16, sp
            0xd340_0210 | (REGION_BITS - 1) << 10, // ubfx x16, x16, #0, #REGION_BITS
            0x5280_0011 | (least & 0xffff) << 5,   // movz w17, #low
            0x72a0_0011 | (least >> 16) << 5,      // movk w17, #high, lsl #16
            0x6b11_021f,                           // cmp w16, w17
        ];
        let back = (words.len() as i32).wrapping_neg().cast_unsigned() & 0x7_ffff;
        words.push(0x5400_0003 | back << 5); // b.lo to the trap
        Check {
            code: words.into_iter().flat_map(u32::to_le_bytes).collect(),
            entry: 4,
        }
    }
}

/// The check for 64-bit RISC-V. The size of a frame is found as for 64-bit ARM.
mod riscv64 {
    use super::{Check, REGION_BITS, unknown, words};

    const SAVE: u32 = 0xff01_0113; // addi sp, sp, -16

    pub(super) fn frame(code: &[u8]) -> Result<Option<u64>, String> {
        let mut words = words(code);
        if words.next() != Some(SAVE) {
            return Ok(None);
        }
        let mut size = 0u64;
        // The constants in t3 and t6.
        let mut constants = [None::<i64>; 2];
        let place = |register: u32| match register {
            28 => Some(0),
            31 => Some(1),
            _ => None,
        };
        for word in words {
            if word & 3 != 3 {
                return Err(unknown(code)); // a compressed instruction
            }
            let (rd, rs1) = (word >> 7 & 31, word >> 15 & 31);
            let immediate = i64::from(word.cast_signed() >> 20);
            match word & 0x7f {
                0x63 | 0x6f | 0x67 => {
                    // The branch of the loop goes forward, and its jump goes back.
                    let goes_back = word & 0xfff == 0x6f && word >> 31 == 1;
                    let ends_loop = word & 0x7f == 0x63 && matches!(word >> 20 & 31, 28 | 31);
                    if !(goes_back || ends_loop) {
                        break;
                    }
                }
                // addi sp, sp, imm
                0x13 if rd == 2 && rs1 == 2 => {
                    size += u64::try_from(-immediate).unwrap_or(0);
                }
                // add sp, sp, rs2
                0x33 if rd == 2 && rs1 == 2 && word >> 25 == 0 => {
                    let constant = place(word >> 20 & 31).and_then(|place| constants[place]);
                    let constant = constant.ok_or_else(|| unknown(code))?;
                    size += u64::try_from(-constant).unwrap_or(0);
                }
                0x33 | 0x3b | 0x1b | 0x13 if rd == 2 => return Err(unknown(code)),
                // lui rd, imm
                0x37 => {
                    if let Some(place) = place(rd) {
                        constants[place] = Some(i64::from((word & 0xffff_f000).cast_signed()));
                    }
                }
                // addi or addiw rd, rs1, imm
                0x13 | 0x1b if word >> 12 & 7 == 0 => {
                    if let Some(place) = place(rd) {
                        let before = if rs1 == 0 {
                            Some(0)
                        } else if rs1 == rd {
                            constants[place]
                        } else {
                            None
                        };
                        constants[place] = before.map(|before| before + immediate);
                    }
                }
                _ => {}
            }
        }
        Ok(Some(size))
    }

    pub(super) fn check(least: u32) -> Check {
        let shift = 64 - REGION_BITS;
        // `addi` sign-extends its immediate.
        let upper = least.wrapping_add(0x800) & 0xffff_f000;
        let lower = (least & 0xfff) << 20;
        let mut words = vec![
            0xc000_1073u32,            // unimp
            0x0001_1293 | shift << 20, // slli t0, sp, shift
            0x0002_d293 | shift << 20, // srli t0, t0, shift
            0x0000_0337 | upper,       // lui t1, upper
            0x0003_0313 | lower,       // addi t1, t1, lower
        ];
        // bltu t0, t1 to the trap: −4 bytes for each instruction before it.
        let back = (4 * words.len() as i32).wrapping_neg().cast_unsigned();
        let bits = (back >> 12 & 1) << 31
            | (back >> 5 & 0x3f) << 25
            | (back >> 1 & 0xf) << 8
            | (back >> 11 & 1) << 7;
        words.push(0x0062_e063 | bits);
        Check {
            code: words.into_iter().flat_map(u32::to_le_bytes).collect(),
            entry: 4,
        }
    }
}
