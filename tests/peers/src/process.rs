//! Processes: workers that answer, and commands that run once.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use peers::{Result, measure};

/// After which time an answer does not come any more.
const PATIENCE: Duration = Duration::from_secs(300);

/// A worker that runs.
pub(crate) struct Worker {
    child: Child,
    requests: ChildStdin,
    answers: Receiver<String>,
}

impl Worker {
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{command:?}: {error}"))?;
        let requests = child.stdin.take().ok_or("a worker has no input")?;
        let output = child.stdout.take().ok_or("a worker has no output")?;
        let (sender, answers) = mpsc::channel();
        // It ends with the worker.
        thread::spawn(move || {
            BufReader::new(output)
                .lines()
                .map_while(Result::ok)
                .try_for_each(|line| sender.send(line))
        });
        Ok(Self {
            child,
            requests,
            answers,
        })
    }

    /// Asks, and waits for the answer.
    pub(crate) fn ask(&mut self, request: &[&str]) -> Result<String> {
        writeln!(self.requests, "{}", request.join("\t"))
            .map_err(|error| format!("the worker is gone: {error}"))?;
        let answer = self
            .answers
            .recv_timeout(PATIENCE)
            .map_err(|_| "the worker ended, or does not answer")?;
        match answer.split_once(' ') {
            Some(("ok", values)) => Ok(values.to_owned()),
            _ => Err(answer.into()),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It is over in any case; and what was killed is still to be waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a command to its end, and gives its time and what it wrote.
pub(crate) fn run(command: &mut Command) -> Result<(f64, Vec<u8>)> {
    let started = Instant::now();
    let output = command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    let time = measure::nanoseconds(started.elapsed());
    match output.status.success() {
        true => Ok((time, output.stdout)),
        false => {
            let message = String::from_utf8_lossy(&output.stderr);
            Err(format!("{command:?}: {}: {message}", output.status).into())
        }
    }
}
