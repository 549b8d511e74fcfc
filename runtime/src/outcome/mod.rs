//! The outcome of a run: a status, an output with a report, or an error.

mod error;
mod output;
mod report;
mod status;

pub use error::{
    BackendSetting, Error, ErrorKind, Frame, FunctionError, ImportError, Interruption, LoadError,
    StandardStream, Trap, TrapKind, UnfitStdio, ValueError, ValuePlace,
};
pub use output::{FromOutput, Output};
pub use report::Report;
pub(crate) use report::Traffic;
pub use status::ExitStatus;
