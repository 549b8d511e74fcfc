//! Conversion of the errors of `wasmer-wasix` to the outcome of a call.

use std::error::Error;

use wasmer::RuntimeError;
use wasmer_wasi::WasiError;

use super::load::Loaded;
use crate::control::Exited;
use crate::engine::{Fault, MOST_FRAMES};
use crate::outcome::{Frame, LoadError};
use crate::session::CallError;

/// Returns the result of a call of a function of `loaded`.
///
/// # Errors
///
/// The function did not return.
pub(super) fn result_of<T>(
    result: Result<T, RuntimeError>,
    loaded: &Loaded,
) -> Result<(), CallError> {
    match result {
        Ok(_) => Ok(()),
        Err(error) => thrown(error, loaded),
    }
}

/// The error of an instance that could not be made.
pub(super) fn not_set_up(error: impl Error + 'static, loaded: &Loaded) -> CallError {
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    // A start function may have trapped, or ended the program.
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<RuntimeError>() {
            return thrown(error.clone(), loaded).err().unwrap_or(exited(0));
        }
        cause = error.source();
    }
    failed(error)
}

/// Returns the error of a program that could not be set up.
pub(super) fn failed(error: impl std::fmt::Display) -> CallError {
    CallError::NotCallable(LoadError::Instantiate(error.to_string().into()))
}

fn thrown(error: RuntimeError, loaded: &Loaded) -> Result<(), CallError> {
    let frames = error
        .trace()
        .iter()
        .take(MOST_FRAMES)
        .map(|frame| Frame {
            function_index: loaded.own_index(frame.func_index()),
            function_name: frame.function_name().map(Into::into),
        })
        .collect();
    if let Some(code) = error.clone().to_trap() {
        return Err(CallError::Fault(Fault::Trap { code, frames }));
    }
    match error.downcast_ref::<WasiError>() {
        // A signal, since exits are reported in another way: see `granted`.
        Some(WasiError::Exit(code)) => Err(exited(code.raw().cast_unsigned())),
        // The first thread has ended; the others, if any, are stopped.
        Some(WasiError::ThreadExit) => Ok(()),
        _ => {
            let error = error.message().into();
            Err(CallError::Fault(Fault::Thrown { error, frames }))
        }
    }
}

/// It ended by itself, with this code.
fn exited(code: u32) -> CallError {
    CallError::Fault(Fault::Thrown {
        error: Box::new(Exited(code)),
        frames: Vec::new(),
    })
}
