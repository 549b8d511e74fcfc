//! Modules on this crate's own backend, as native code that the engine runs: a run is a session
//! with one call.

use std::sync::Arc;

use wasmer_types::LocalFunctionIndex;

use crate::engine::{Imported, Loaded};
use crate::preview1::Context;
use crate::session::{self, Call, CallError, CallOutcome, Session};
use crate::setup::Given;

/// Runs a module to its end.
pub(super) fn run(
    loaded: &Arc<Loaded>,
    call: &Call<'_>,
    given: Box<Given>,
    imported: Option<Box<dyn Imported>>,
) -> CallOutcome {
    let context = Context::new(given, call.limits.output, Arc::clone(call.control));
    let entry_points = match loaded.entry_points(call.export) {
        Ok(entry_points) => entry_points,
        Err(reason) => return session::unopened(context, CallError::NotCallable(reason)),
    };
    let mut session = match Session::open(loaded, context, call.limits.memory, imported) {
        Ok(session) => session,
        Err((context, error)) => return session::unopened(context, error),
    };
    session.set_fuel(call.limits.fuel);
    let result = enter(&mut session, entry_points);
    session.finish(result)
}

fn enter(
    session: &mut Session,
    entry_points: impl Iterator<Item = LocalFunctionIndex>,
) -> Result<(), CallError> {
    for function in entry_points {
        session.call(function, &mut [])?;
        // Fuel is not checked at the end of a function.
        if session.used().ran_out_of_fuel() {
            break;
        }
    }
    Ok(())
}
