//! Running where nothing may block: the feature `tokio`.

use std::panic::resume_unwind;
use std::sync::Arc;

use crate::command::Command;
use crate::control::{Control, Why};
use crate::outcome::{Error, Output};
use crate::preview1::Ends;

/// Runs a command on one of the threads that tokio has for what blocks.
pub(crate) async fn output(command: Command) -> Result<Output, Error> {
    let control = Control::new(true);
    let program = command.program().into();
    let stops = StopsWhenDropped(Arc::clone(&control));
    // Mounts are opened there, too.
    let run = tokio::task::spawn_blocking(move || {
        let (run, _) = command.run(control, Ends::Captured)?;
        run.run()
    });
    let joined = run.await;
    drop(stops);
    match joined {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            // Panics of the host are errors; this would be one outside of the run.
            Ok(panic) => resume_unwind(panic),
            // The runtime has shut down before the program started.
            Err(_) => Err(Error::Cancelled {
                program,
                stdout: Vec::new(),
                stderr: Vec::new(),
            }),
        },
    }
}

/// Stops a run that nobody waits for any more.
struct StopsWhenDropped(Arc<Control>);

impl Drop for StopsWhenDropped {
    fn drop(&mut self) {
        self.0.stop(Why::Cancelled);
    }
}
