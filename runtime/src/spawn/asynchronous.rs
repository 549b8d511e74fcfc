//! Running programs from asynchronous code: the feature `tokio`.

use std::panic::resume_unwind;
use std::sync::Arc;

use crate::command::Command;
use crate::control::{Control, Why};
use crate::outcome::{Error, Output};
use crate::setup::Ends;
use crate::values::{Parameters, Value};

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
        let command = self.clone();
        on_another_thread(command.program().into(), move |control| {
            let (run, _) = command.run(control, Ends::Captured)?;
            run.run()
        })
    }
}

impl Command {
    /// Calls a function on an instance of its own, as [`output_async`](Self::output_async) runs
    /// a program.
    pub(crate) fn call_async<P, R>(
        self,
        name: &'static str,
        params: P,
    ) -> impl Future<Output = Result<R, Error>> + Send + 'static
    where
        P: Parameters + Send + 'static,
        R: Value + Send + 'static,
    {
        let program = self.program().into();
        on_another_thread(program, move |control| self.call(control, name, &params))
    }
}

/// Does the work of a command on one of tokio's threads for blocking work, until the future is
/// dropped. Mounts are opened on that thread as well.
pub(crate) async fn on_another_thread<T, F>(program: Box<str>, work: F) -> Result<T, Error>
where
    T: Send + 'static,
    F: FnOnce(Arc<Control>) -> Result<T, Error> + Send + 'static,
{
    let control = Control::new(true);
    let stops = StopsWhenDropped(Arc::clone(&control));
    let joined = tokio::task::spawn_blocking(move || work(control)).await;
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
