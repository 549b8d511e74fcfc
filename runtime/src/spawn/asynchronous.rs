//! Running programs from asynchronous code: the feature `tokio`.

use std::panic::resume_unwind;
use std::sync::Arc;

use crate::command::Command;
use crate::control::{Control, Why};
use crate::outcome::{Error, Output};
use crate::setup::Ends;

impl Command {
    /// Runs the program as [`output`](Self::output) does, on one of tokio's threads for
    /// blocking work. Dropping the future stops the program.
    ///
    /// This requires an interruptible program: see [`timeout`](Self::timeout).
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
    /// As for [`Command::output`].
    ///
    /// # Panics
    ///
    /// The future is awaited outside a tokio runtime.
    pub fn output_async(
        &mut self,
    ) -> impl Future<Output = Result<Output, Error>> + Send + 'static + use<> {
        output(self.clone())
    }
}

/// Runs a command on one of tokio's threads for blocking work.
async fn output(command: Command) -> Result<Output, Error> {
    let control = Control::new(true);
    let program = command.program().into();
    let stops = StopsWhenDropped(Arc::clone(&control));
    // Mounts are opened on that thread as well.
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
            // The runtime shut down before the program started.
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
