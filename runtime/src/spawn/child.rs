//! A program that runs beside its caller.

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

/// A program that runs on a thread of its own: see
/// [`Command::spawn`]. It is modelled on [`std::process::Child`],
/// with one difference: when it is dropped, the program is stopped.
#[derive(Debug)]
pub struct Child {
    /// The standard input of the program, if it is [piped](Stdio::piped). Dropping it is the
    /// end of the input.
    pub stdin: Option<ChildStdin>,
    /// The standard output of the program, if it is piped. The pipe holds 64 KiB; a program
    /// that writes more waits until it is read.
    pub stdout: Option<ChildStdout>,
    /// The standard error of the program, if it is piped.
    pub stderr: Option<ChildStderr>,
    control: Arc<Control>,
    program: Cow<'static, str>,
    output_limit: u64,
    state: State,
}

impl Command {
    /// Starts the program on a thread of its own, and gives a handle to it, as
    /// [`std::process::Command::spawn`] does.
    ///
    /// A stream that is [`Stdio::piped`], as the outputs are by default, is a pipe that
    /// the [`Child`] has the other end of. Dropping the child stops the program.
    ///
    /// It takes a program that can be stopped; see [`timeout`](Self::timeout).
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
    /// As [`Command::output`], but for how the program ends, which
    /// [`Child::wait`] tells.
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

    /// Waits until the program has ended, and gives its status; more often than once,
    /// the same. The input is closed first, so that a program that reads it to its end
    /// does end.
    ///
    /// A program that writes more to a pipe than it holds never ends if nobody reads the pipe:
    /// read it, drop it, or call [`wait_with_output`](Self::wait_with_output).
    ///
    /// # Errors
    ///
    /// The errors of [`Command::output`]; [`Error::Cancelled`] after [`kill`](Self::kill).
    pub fn wait(&mut self) -> Result<ExitStatus, Error> {
        self.stdin = None;
        self.ended().map(|(status, _)| status)
    }

    /// The status of a program that has ended, none while it runs.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait).
    pub fn try_wait(&mut self) -> Result<Option<ExitStatus>, Error> {
        match &self.state {
            State::Running(thread) if !thread.is_finished() => Ok(None),
            _ => self.ended().map(|(status, _)| Some(status)),
        }
    }

    /// Waits until the program has ended, and gives what it wrote to those of its outputs
    /// that are piped and still here. The input is closed first.
    ///
    /// # Errors
    ///
    /// As [`Command::output`], with what was read of the outputs;
    /// [`Error::OutputLimit`] where one is longer than may be captured.
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

    /// Stops the program, and does not wait until it has: [`wait`](Self::wait) tells. It
    /// may have ended already.
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

/// Stops the program, and waits until it has.
impl Drop for Child {
    fn drop(&mut self) {
        self.kill();
        if let State::Running(thread) = std::mem::replace(
            &mut self.state,
            State::Ended(Ok((ExitStatus::default(), Report::default()))),
        ) {
            // Nobody is left to be told.
            let _ = thread.join();
        }
    }
}

/// The standard input of a program: part of [`Child`].
///
/// A write waits where the program does not read, and fails with
/// [`io::ErrorKind::BrokenPipe`] where it never will.
#[derive(Debug)]
pub struct ChildStdin(Arc<Pipe>);

impl Write for ChildStdin {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.host_write(bytes)
    }

    /// The program can read everything that is written at once.
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
            /// A read waits until something is written, and finds the end when the program
            /// has closed it or ended. After it is dropped, the program's writes fail with
            /// `EPIPE`.
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

            /// As the input of another program.
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
