//! Guests that can be called.

use wasmer_types::LocalFunctionIndex;

use super::{CallError, Session};
use crate::engine::Value;

/// A guest that can be called: the one of a session, or one that waits for a host function.
pub(crate) trait Callee {
    /// Calls a function of the guest. Its parameters are at the start of `values`, and its
    /// results replace them.
    ///
    /// # Errors
    ///
    /// The guest did not return.
    fn call(&mut self, function: LocalFunctionIndex, values: &mut [Value])
    -> Result<(), CallError>;

    /// The guest's memory.
    fn memory(&self) -> &[u8];

    /// The guest's memory.
    fn memory_mut(&mut self) -> &mut [u8];
}

impl Callee for Session {
    #[inline]
    fn call(
        &mut self,
        function: LocalFunctionIndex,
        values: &mut [Value],
    ) -> Result<(), CallError> {
        Session::call(self, function, values)
    }

    #[inline]
    fn memory(&self) -> &[u8] {
        Session::memory(self)
    }

    #[inline]
    fn memory_mut(&mut self) -> &mut [u8] {
        Session::memory_mut(self)
    }
}
