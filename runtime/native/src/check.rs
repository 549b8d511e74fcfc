//! A look at the flag that stops a program from outside.

use wasmer::sys::wasmparser::Operator;

use crate::emit::{Global, NOTHING};

/// Where the flag is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Check {
    pub(crate) flag: Global,
    /// A global beside it.
    pub(crate) other: Global,
    /// The function to call when it is set, rather than to trap.
    pub(crate) stop: Option<u32>,
}

impl Check {
    /// The first check of a function.
    pub(crate) fn at_first<'a>(self) -> impl Iterator<Item = Operator<'a>> {
        let stops = self
            .stop
            .map(|function_index| Operator::Call { function_index });
        [self.flag.get(), Operator::If { blockty: NOTHING }]
            .into_iter()
            .chain(stops)
            .chain([Operator::Unreachable, Operator::End])
    }

    /// The check where there may have been one before.
    ///
    /// Nothing in the guest ever sets the flag, so Cranelift would look at it once
    /// and know it from then on; a store to a global beside it is, to Cranelift, one
    /// that could have changed it.
    pub(crate) fn again<'a>(self) -> impl Iterator<Item = Operator<'a>> {
        [Operator::I32Const { value: 0 }, self.other.set()]
            .into_iter()
            .chain(self.at_first())
    }
}
