//! The check of the flag by which the host stops a program.

use wasmer::sys::wasmparser::Operator;

use super::emit::{Global, NOTHING};

/// The globals and the function that a check uses.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Check {
    pub(crate) flag: Global,
    /// Another global, which serves as the target of a dummy store.
    pub(crate) other: Global,
    /// The function to call if the flag is set, instead of a trap.
    pub(crate) stop: Option<u32>,
}

impl Check {
    /// Returns the first check of a function.
    pub(crate) fn at_first<'a>(self) -> impl Iterator<Item = Operator<'a>> {
        let stops = self
            .stop
            .map(|function_index| Operator::Call { function_index });
        [self.flag.get(), Operator::If { blockty: NOTHING }]
            .into_iter()
            .chain(stops)
            .chain([Operator::Unreachable, Operator::End])
    }

    /// Returns a check that may follow another check.
    ///
    /// No instruction of the guest sets the flag, so Cranelift would load it once and reuse
    /// the value. Cranelift assumes that a store to another global may change the flag.
    pub(crate) fn again<'a>(self) -> impl Iterator<Item = Operator<'a>> {
        [Operator::I32Const { value: 0 }, self.other.set()]
            .into_iter()
            .chain(self.at_first())
    }
}
