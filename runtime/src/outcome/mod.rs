//! What comes of a run: a status, an output with a report, or an error.

mod error;
mod output;
mod report;
mod status;

pub use error::{Error, Frame, LoadError, Trap, TrapKind};
pub use output::{FromOutput, Output};
pub use report::Report;
pub(crate) use report::Traffic;
pub use status::ExitStatus;
