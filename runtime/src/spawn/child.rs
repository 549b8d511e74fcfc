//! A program that runs on its own thread.

use std::borrow::Cow;
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crate::command::Command;
use crate::control::{Control, Why};
use crate::outcome::{Error, ExitStatus, Output, Report, StandardStream};
use crate::run::Run;
use crate::setup::{Ends, Pipes};
use crate::stdio::Pipe;
use crate::stdio::Stdio;

/// A program that runs on its own thread: see [`Command::spawn`].
///
/// The type is modelled on [`std::process::Child`], with one difference: dropping a `Child`
/// stops the program.
#[derive(Debug)]
pub struct Child {
    /// The standard input of the program, if it is [piped](Stdio::piped). Dropping this ends
    /// the input.
    pub stdin: Option<ChildStdin>,
    /// The standard output of the program, if it is piped. The pipe holds 64 KiB; a program
    /// that writes more waits until some of it is read.
    pub stdout: Option<ChildStdout>,
    /// The standard error of the program, if it is piped.
    pub stderr: Option<ChildStderr>,
    control: Arc<Control>,
    program: Cow<'static, str>,
    output_limit: u64,
    state: State,
}

impl Command {
    /// Starts the program on its own thread and returns a handle to it, as
    /// [`std::process::Command::spawn`] does.
    ///
    /// A stream that is [`Stdio::piped`], as the outputs are by default, is a pipe, and the
    /// [`Child`] has its other end. Dropping the child stops the program.
    ///
    /// This requires an interruptible program: see [`timeout`](Self::timeout).
    ///
    /// ```no_run
    /// # use std::io::{BufRead as _, BufReader};
    /// # use wasi_program::{Error, Program};
    /// # fn follow(program: &Program) -> Result<(), Error> {
    /// let mut child = program.command().arg("--follow").spawn()?;
    /// if let Some(stdout) = child.stdout.take() {
    ///     for line in BufReader::new(stdout).lines().map_while(Result::ok) {
    ///         println!("{line}");
    ///     }
    /// }
    /// child.wait()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`Command::output`], except for the errors of a run that has started, which
    /// [`Child::wait`] returns.
    pub fn spawn(&mut self) -> Result<Child, Error> {
        let control = Control::new(true);
        let (run, pipes) = self.run(Arc::clone(&control), Ends::Given)?;
        Child::start(run, control, pipes)
    }
}

#[derive(Debug)]
enum State {
    Running(JoinHandle<Result<Output, Error>>),
    Ended(Result<(ExitStatus, Report), Error>),
}

impl Child {
    fn start(run: Run, control: Arc<Control>, pipes: Pipes) -> Result<Self, Error> {
        let program = run.program.clone();
        let output_limit = run.limits.output;
        let thread = thread::Builder::new()
            .name(program.replace('\0', ""))
            .spawn(move || run.run())
            .map_err(|error| Error::Thread {
                program: program.clone().into(),
                error: Arc::new(error),
            })?;
        Ok(Self {
            stdin: pipes.stdin.map(ChildStdin),
            stdout: pipes.stdout.map(ChildStdout),
            stderr: pipes.stderr.map(ChildStderr),
            control,
            program,
            output_limit,
            state: State::Running(thread),
        })
    }

    /// Waits until the program has ended and returns its status; later calls return the same
    /// status. The input is closed first, so that a program that reads its input to the end
    /// can end.
    ///
    /// A program that writes more to a pipe than the pipe holds ends only if the pipe is read
    /// or dropped: do so, or call [`wait_with_output`](Self::wait_with_output).
    ///
    /// # Errors
    ///
    /// The errors of [`Command::output`]; [`Error::Cancelled`] after [`kill`](Self::kill).
    pub fn wait(&mut self) -> Result<ExitStatus, Error> {
        self.stdin = None;
        self.ended().map(|(status, _)| status)
    }

    /// Returns the status of the program if it has ended.
    ///
    /// # Errors
    ///
    /// As for [`wait`](Self::wait).
    pub fn try_wait(&mut self) -> Result<Option<ExitStatus>, Error> {
        match &self.state {
            State::Running(thread) if !thread.is_finished() => Ok(None),
            _ => self.ended().map(|(status, _)| Some(status)),
        }
    }

    /// Waits until the program has ended and returns its output: all unread bytes of each
    /// piped stream that has not been taken. The input is closed first.
    ///
    /// # Errors
    ///
    /// As for [`Command::output`], with the outputs as far as they were read;
    /// [`Error::OutputLimit`] if one of them exceeds the limit.
    pub fn wait_with_output(mut self) -> Result<Output, Error> {
        self.stdin = None;
        let (stdout, stderr) = (self.stdout.take(), self.stderr.take());
        let pipes = [
            stdout.as_ref().map(|ChildStdout(pipe)| pipe),
            stderr.as_ref().map(|ChildStderr(pipe)| pipe),
        ];
        let mut over = None;
        let streams = [StandardStream::Stdout, StandardStream::Stderr];
        for (stream, pipe) in streams.into_iter().zip(pipes) {
            if pipe.is_some_and(|pipe| pipe.collect(self.output_limit)) {
                over = over.or(Some(stream));
                self.kill();
            }
        }
        let ended = self.ended();
        let [stdout, stderr] =
            pipes.map(|pipe| pipe.map(|pipe| pipe.collected()).unwrap_or_default());
        if let Some(stream) = over {
            return Err(Error::OutputLimit {
                program: self.program.clone().into(),
                stream,
                limit: self.output_limit,
                stdout,
                stderr,
                report: Box::new(match &ended {
                    Ok((_, report)) => *report,
                    Err(error) => error.report().copied().unwrap_or_default(),
                }),
            });
        }
        match ended {
            Ok((status, report)) => Ok(Output::new(
                self.program.clone(),
                status,
                stdout,
                stderr,
                report,
            )),
            Err(error) => Err(error.with_streams(stdout, stderr)),
        }
    }

    /// Stops the program, if it has not ended yet. This does not wait for its end:
    /// [`wait`](Self::wait) does.
    pub fn kill(&mut self) {
        self.control.stop(Why::Cancelled);
    }

    fn ended(&mut self) -> Result<(ExitStatus, Report), Error> {
        let lost = State::Ended(Err(self.lost()));
        let state = std::mem::replace(&mut self.state, lost);
        let ended = match state {
            State::Ended(ended) => ended,
            State::Running(thread) => match thread.join() {
                Ok(result) => result.map(|output| (output.status, *output.report())),
                // Panics of the host are errors of the run; there are no others.
                Err(_) => Err(self.lost()),
            },
        };
        self.state = State::Ended(ended.clone());
        ended
    }

    /// The error of a thread that ended without a result.
    fn lost(&self) -> Error {
        Error::HostPanic {
            program: self.program.clone().into(),
            message: "its thread ended before it did".into(),
            stdout: Vec::new(),
            stderr: Vec::new(),
            report: Box::default(),
        }
    }
}

/// Stops the program and waits for its end.
impl Drop for Child {
    fn drop(&mut self) {
        self.kill();
        if let State::Running(thread) = std::mem::replace(
            &mut self.state,
            State::Ended(Ok((ExitStatus::default(), Report::default()))),
        ) {
            // Nobody is left to receive the result.
            let _ = thread.join();
        }
    }
}

/// The standard input of a program: part of [`Child`].
///
/// A write waits while the pipe is full, and fails with [`io::ErrorKind::BrokenPipe`] if the
/// program has closed its input or ended.
#[derive(Debug)]
pub struct ChildStdin(Arc<Pipe>);

impl Write for ChildStdin {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.host_write(bytes)
    }

    /// Does nothing: written bytes are available to the program immediately.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for ChildStdin {
    fn drop(&mut self) {
        self.0.host_is_done();
    }
}

macro_rules! child_output {
    ($($(#[$doc:meta])* $name:ident)*) => {
        $(
            $(#[$doc])*
            ///
            /// A read waits until the program writes something, and returns 0 once the program
            /// has closed the stream or ended. After this is dropped, the program's writes
            /// fail with `EPIPE`.
            #[derive(Debug)]
            pub struct $name(Arc<Pipe>);

            impl Read for $name {
                fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                    Ok(self.0.host_read(buffer))
                }
            }

            impl Drop for $name {
                fn drop(&mut self) {
                    self.0.host_is_gone();
                }
            }

            /// Makes it the input of another program.
            impl From<$name> for Stdio {
                fn from(output: $name) -> Self {
                    Self::reader(output)
                }
            }
        )*
    };
}

child_output! {
    /// The standard output of a program: part of [`Child`].
    ChildStdout
    /// The standard error of a program: part of [`Child`].
    ChildStderr
}
