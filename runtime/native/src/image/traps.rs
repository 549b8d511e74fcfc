//! Why an instruction traps, as images have it.

use wasmer_types::TrapCode;

use super::{Image, Section, find, number};

/// In the order of their numbers. What accesses memory is not noted: it is nearly
/// every instruction that traps, and so what is not noted traps for that.
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

/// The number of a reason; none where it need not be noted.
#[cfg(feature = "compiler")]
pub(super) fn noted(code: TrapCode) -> Option<u8> {
    CODES
        .iter()
        .position(|known| *known == code)
        .filter(|position| *position != 0)
        .and_then(|position| u8::try_from(position).ok())
}

impl Image<'_> {
    /// Why the instruction at `offset` traps, if it does.
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
