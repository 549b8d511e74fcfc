//! The workers of all contenders, started when they are first asked.

use std::collections::HashMap;

use peers::Result;
use peers::guest::Call;

use crate::built::Built;
use crate::contender::Contender;
use crate::process::Worker;

/// The workers that run.
pub(crate) struct Workers<'a> {
    built: &'a Built,
    running: HashMap<Contender, Worker>,
}

impl<'a> Workers<'a> {
    pub(crate) fn new(built: &'a Built) -> Self {
        Self {
            built,
            running: HashMap::new(),
        }
    }

    /// Asks a worker for a figure.
    pub(crate) fn ask(&mut self, contender: Contender, request: &[&str]) -> Result<f64> {
        Ok(self.of(contender)?.ask(request)?.parse()?)
    }

    /// As `ask`, but a worker that has done nothing before.
    pub(crate) fn ask_new(&self, contender: Contender, request: &[&str]) -> Result<f64> {
        let mut worker = Worker::start(&mut self.built.worker(contender)?)?;
        Ok(worker.ask(request)?.parse()?)
    }

    /// Has a guest run, and gives its time and the last line that it wrote.
    pub(crate) fn run(&mut self, contender: Contender, call: &Call<'_>) -> Result<(f64, String)> {
        let directory = match call.directory {
            Some(directory) => directory.to_str().ok_or("a path is not Unicode")?,
            None => "-",
        };
        let mut request = vec!["run", call.guest.name(), directory];
        request.extend(call.args);
        let answer = self.of(contender)?.ask(&request)?;
        let (time, line) = answer.split_once(' ').ok_or("an answer without a line")?;
        Ok((time.parse()?, line.to_owned()))
    }

    /// Ends a worker, which may be in any state.
    pub(crate) fn end(&mut self, contender: Contender) {
        self.running.remove(&contender);
    }

    fn of(&mut self, contender: Contender) -> Result<&mut Worker> {
        if !self.running.contains_key(&contender) {
            let worker = Worker::start(&mut self.built.worker(contender)?)?;
            self.running.insert(contender, worker);
        }
        Ok(self.running.get_mut(&contender).ok_or("no worker")?)
    }
}
