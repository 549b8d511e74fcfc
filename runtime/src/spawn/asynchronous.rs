//! Running where nothing may block: the feature `tokio`.

use std::panic::resume_unwind;
use std::sync::Arc;

use crate::command::Command;
use crate::control::{Control, Why};
use crate::outcome::{Error, Output};
use crate::setup::Ends;

impl Command {
    /// As [`output`](Self::output), without blocking the thread that waits for it: the
    /// program runs on one of those that tokio has for this. Dropping the future stops
    /// it.
    ///
    /// It takes a program that can be stopped; see [`timeout`](Self::timeout).
    ///
    /// ```no_run
    /// # use wasi_program::{Error, Program};
    /// # async fn version(program: &Program) -> Result<Vec<u8>, Error> {
    /// Ok(program.command().arg("--version").output_async().await?.stdout)
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Command::output`].
    ///
    /// # Panics
    ///
    /// It is awaited outside a tokio runtime.
    pub fn output_async(
        &mut self,
    ) -> impl Future<Output = Result<Output, Error>> + Send + 'static + use<> {
        output(self.clone())
    }
}

/// Runs a command on one of the threads that tokio has for what blocks.
async fn output(command: Command) -> Result<Output, Error> {
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
                report: Box::default(),
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
