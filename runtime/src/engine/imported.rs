//! Functions of the application that a guest calls.
//!
//! A guest calls them through code of the image (`Section::Imports`), which passes the arguments
//! in memory on the guest's stack, and takes the results from there. So one function of the
//! engine serves all signatures. It finds the function by an `ImportedContext`, which the guest
//! passes in place of the context of an instance.

use super::caller::{Answer, Caller, Imported};
use super::context::{ImportedContext, Value};
use super::switch::imported_function;

/// The address at which code of an image calls the functions of the application.
pub(super) fn entry() -> *const () {
    imported_function!(call)
}

/// Calls a function of the application. `values` are those of the code that called.
///
/// # Safety
///
/// The guest must be waiting for this function. `values` must be on its stack, as many as the
/// function's type has parameters or results, and `function` must be the position of the function.
unsafe extern "C" fn call(caller: Caller, values: *mut Value, function: usize) -> Answer {
    let served = || {
        let (len, imported): (usize, *const dyn Imported) = {
            // SAFETY: the instance runs, so that its state exists, and nobody has a unique
            // reference to it. This reference is gone before the guest is called again.
            let state = unsafe { caller.state_address().as_ref() };
            let imported = state.imported.as_deref();
            (
                state.loaded.application[function].values,
                // Set before the first call.
                imported.expect("a guest that runs has its functions"),
            )
        };
        // SAFETY: code of the image has initialised as many values as the function has parameters,
        // and any 16 bytes on the guest's stack are values. It waits, so that nobody else
        // uses them.
        let values = unsafe { std::slice::from_raw_parts_mut(values, len) };
        // SAFETY: the functions stay until the last call has returned.
        unsafe { (*imported).call(caller, function, values) }.map(|()| 0)
    };
    // SAFETY: the guest waits, as the caller promises.
    unsafe { caller.answer(served) }
}
