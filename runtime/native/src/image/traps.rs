//! The encoding of the reasons of traps in images.

use wasmer_types::TrapCode;

use super::{Image, Section, find, number};

/// The reasons in the order of their numbers. Out-of-bounds accesses to memory are not
/// recorded: they are nearly all instructions that can trap, so they are the default.
const CODES: [TrapCode; 16] = [
    TrapCode::HeapAccessOutOfBounds,
    TrapCode::StackOverflow,
    TrapCode::HeapMisaligned,
    TrapCode::TableAccessOutOfBounds,
    TrapCode::IndirectCallToNull,
    TrapCode::BadSignature,
    TrapCode::IntegerOverflow,
    TrapCode::IntegerDivisionByZero,
    TrapCode::BadConversionToInteger,
    TrapCode::UnreachableCodeReached,
    TrapCode::UnalignedAtomic,
    TrapCode::UncaughtException,
    TrapCode::UninitializedExnRef,
    TrapCode::YieldOutsideAsyncContext,
    TrapCode::HostInterrupt,
    TrapCode::ReadonlyTableModified,
];

/// Returns the number of a reason, or `None` if the reason is not recorded.
#[cfg(feature = "compiler")]
pub(super) fn recorded(code: TrapCode) -> Option<u8> {
    CODES
        .iter()
        .position(|known| *known == code)
        .filter(|position| *position != 0)
        .and_then(|position| u8::try_from(position).ok())
}

impl Image<'_> {
    /// Returns the reason why the instruction at `offset` traps, if it traps.
    #[must_use]
    pub fn trap_at(&self, offset: usize) -> TrapCode {
        let addresses = self.section(Section::TrapAddresses);
        let codes = self.section(Section::TrapCodes);
        u32::try_from(offset)
            .ok()
            .and_then(|offset| {
                let address = |at: usize| number(&addresses[at * 4..]);
                find(addresses.len() / 4, address, offset)
            })
            .and_then(|found| CODES.get(usize::from(*codes.get(found)?)))
            .copied()
            .unwrap_or(TrapCode::HeapAccessOutOfBounds)
    }
}
