//! The checks that a program needs to be stopped and metered.

use wasi_program_native::Checks;

use crate::errors::Errors;
use crate::parse::item::Item;
use crate::parse::keys::Keys;
use crate::parse::setup::Step;

/// Only the checks that the keys require: `timeout` and `async` stop a program from outside,
/// `fuel` counts instructions, and `interrupt` requests checks directly.
pub(crate) fn checks(keys: &Keys, item: &Item, errors: &mut Errors) -> Checks {
    let timeout = keys
        .setup
        .iter()
        .any(|step| matches!(step, Step::Timeout(_)));
    let needed_by = match (timeout, item.asyncness()) {
        (true, _) => Some("`timeout`"),
        (false, Some(_)) => Some("`async fn`, which stops the program when it is dropped,"),
        (false, None) => None,
    };
    if let (Some(interrupt), Some(what)) = (&keys.interrupt, needed_by)
        && !interrupt.value
    {
        errors.push(
            interrupt.span,
            format!("{what} needs a program that can be interrupted; remove `interrupt = false`"),
        );
    }
    Checks {
        interrupt: needed_by.is_some() || keys.interrupt.as_ref().is_some_and(|key| key.value),
        fuel: keys.setup.iter().any(|step| matches!(step, Step::Fuel(_))),
    }
}
