//! Programs that are a process of their own: an application with one guest, which is
//! started for one call.
//!
//!     hello ran|loaded FILE ARGUMENT…
//!
//! FILE is the compiled guest, for those that do not embed it. With `loaded` it only loads
//! the guest and prints how many nanoseconds that took since the start of `main`.

use std::env;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Instant;

use crate::{Result, measure};

/// What such a process was started for.
#[derive(Debug)]
pub struct Request {
    /// Whether to load the guest and no more.
    pub only_load: bool,
    /// The compiled guest.
    pub file: PathBuf,
    /// The arguments of the guest.
    pub args: Vec<String>,
}

impl Request {
    /// What the command line says.
    ///
    /// # Errors
    ///
    /// Where it says something else.
    pub fn from_arguments() -> Result<Self> {
        let mut words = env::args().skip(1);
        let (Some(verb), Some(file)) = (words.next(), words.next()) else {
            return Err("usage: ran|loaded FILE ARGUMENT...".into());
        };
        Ok(Self {
            only_load: verb == "loaded",
            file: file.into(),
            args: words.collect(),
        })
    }
}

/// Says how long it took to load the guest.
///
/// # Errors
///
/// Where the standard output fails.
pub fn report_loaded(started: Instant) -> Result<()> {
    let time = measure::nanoseconds(started.elapsed());
    writeln!(io::stdout(), "{time}")?;
    Ok(())
}
