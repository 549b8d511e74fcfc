//! Measures rows: all contenders in turns, round after round.

use std::collections::HashMap;
use std::process::Command;

use peers::guest::{Call, DIRECTORY, Guest, HELLO, HELLO_OUTPUT};
use peers::guest::{SUM, SUM_OUTPUT, WORD, WORD_OUTPUT};
use peers::{Result, measure};

use crate::built::{Built, runtime};
use crate::contender::Contender;
use crate::process;
use crate::row::{Row, Work};
use crate::scratch::Scratch;
use crate::workers::Workers;

/// Calls in a round, and native processes in one.
const CALLS: usize = 2000;
const PROCESSES: usize = 50;

/// What Python computes.
const SCRIPT: &str = "\
total, text = 0, ''
for i in range(400):
    for j in range(1000):
        total = (total * 31 + i * j) % 1000003
    text = str(total) + text[:200]
print(total, len(text))";

/// The figures of a row: one for each round, for each contender that takes part.
pub(crate) type Rounds = HashMap<Contender, Result<Vec<f64>>>;

/// What is needed to measure.
pub(crate) struct Measuring<'a> {
    built: &'a Built,
    workers: Workers<'a>,
    /// What guests answered first; all others have to say the same.
    answers: HashMap<String, String>,
}

impl<'a> Measuring<'a> {
    pub(crate) fn new(built: &'a Built) -> Self {
        Self {
            built,
            workers: Workers::new(built),
            answers: HashMap::new(),
        }
    }

    /// Measures all rounds of a row. Who fails once is not asked again.
    pub(crate) fn rounds(&mut self, row: &Row) -> Rounds {
        let mut rounds = Rounds::new();
        for round in 0..row.rounds {
            let mut order = Contender::ALL;
            // So that nobody always comes after the same.
            order.rotate_left(round % Contender::ALL.len());
            for contender in order {
                let so_far = rounds.entry(contender).or_insert_with(|| Ok(Vec::new()));
                let Ok(values) = so_far else { continue };
                match self.once(&row.work, contender) {
                    Ok(value) => values.extend(value),
                    Err(error) => {
                        *so_far = Err(error);
                        // It may be in any state.
                        self.workers.end(contender);
                    }
                }
            }
        }
        rounds.retain(|_, values| !matches!(values, Ok(values) if values.is_empty()));
        rounds
    }

    /// One figure; none where the contender has nothing like it.
    fn once(&mut self, work: &Work, contender: Contender) -> Result<Option<f64>> {
        let native = contender == Contender::Native;
        let value = match *work {
            Work::Call if native => self.spawns()?,
            Work::Call => self.workers.ask(contender, &["call", &CALLS.to_string()])?,
            Work::Host { row, count } => self.host(contender, row, count)?,
            Work::Kernel {
                kernel,
                rounds,
                guest,
            } => self.kernel(contender, guest, &[kernel, &rounds.to_string()])?,
            Work::Start(Guest::Hello) if native => self.start(
                Command::new(self.built.native(Guest::Hello)).arg(WORD),
                WORD_OUTPUT,
            )?,
            _ if native => return Ok(None),
            Work::Throughput { threads } => {
                let count = (CALLS / threads).to_string();
                self.workers
                    .ask(contender, &["throughput", &threads.to_string(), &count])?
            }
            Work::Loaded(guest) => self.workers.ask_new(contender, &["loaded", guest.name()])?,
            Work::Idle(guest) => self.workers.ask_new(contender, &["idle", guest.name()])?,
            Work::Running { calls } => {
                let scratch = Scratch::new()?;
                let path = scratch.path().to_str().ok_or("a path is not Unicode")?;
                self.workers
                    .ask_new(contender, &["running", path, &calls.to_string()])?
            }
            // Its binaries do not allocate from a pool, as there is a single call.
            _ if contender == Contender::Pooling => return Ok(None),
            Work::Load(guest) => {
                let (_, output) = process::run(&mut self.whole(contender, "loaded", guest)?)?;
                String::from_utf8(output)?.trim().parse()?
            }
            Work::Start(guest) => {
                let mut command = self.whole(contender, "ran", guest)?;
                match guest {
                    Guest::Cpython => self.start(command.args(["-c", SUM]), SUM_OUTPUT)?,
                    _ => self.start(command.arg(WORD), WORD_OUTPUT)?,
                }
            }
            Work::Script => {
                let mut command = self.whole(contender, "ran", Guest::Cpython)?;
                let (time, output) = process::run(command.args(["-c", SCRIPT]))?;
                self.agree("Python", String::from_utf8(output)?.trim())?;
                time
            }
            Work::Size => self.size(contender)?,
            Work::BuildTime => {
                let name = runtime(contender).ok_or("it is not built")?;
                let target = Scratch::new()?;
                process::run(&mut self.built.build_hello(name, target.path()))?.0
            }
        };
        Ok(Some(value))
    }

    fn native(&self, guest: Guest, args: &[&str]) -> Result<(f64, String)> {
        let (time, output) = process::run(Command::new(self.built.native(guest)).args(args))?;
        let text = String::from_utf8(output)?;
        let line = text.lines().last().ok_or("the program wrote nothing")?;
        Ok((time, line.to_owned()))
    }

    /// The nanoseconds that one call of the host takes, as the guest has measured it.
    fn host(&mut self, contender: Contender, row: &str, count: u32) -> Result<f64> {
        let scratch = Scratch::new()?;
        let count = count.to_string();
        let path = scratch.path().to_str().ok_or("a path is not Unicode")?;
        let (_, line) = match contender {
            Contender::Native => self.native(Guest::Hostcalls, &[path, row, &count])?,
            _ => self.workers.run(
                contender,
                &Call {
                    guest: Guest::Hostcalls,
                    args: &[DIRECTORY, row, &count],
                    env: &[],
                    directory: Some(scratch.path()),
                },
            )?,
        };
        match line.split(' ').collect::<Vec<_>>()[..] {
            [a, b, value] if a == row && b == count => Ok(value.parse()?),
            _ => Err(format!("the guest said {line:?}").into()),
        }
    }

    fn kernel(&mut self, contender: Contender, guest: Guest, args: &[&str]) -> Result<f64> {
        let (time, line) = match contender {
            Contender::Native => self.native(Guest::Kernels, args)?,
            _ => self.workers.run(
                contender,
                &Call {
                    guest,
                    args,
                    env: &[],
                    directory: None,
                },
            )?,
        };
        self.agree(args[0], &line)?;
        Ok(time)
    }

    /// Fails where what was computed is not what was computed before.
    fn agree(&mut self, what: &str, answer: &str) -> Result<()> {
        let first = self
            .answers
            .entry(what.to_owned())
            .or_insert_with(|| answer.to_owned());
        match first == answer {
            true => Ok(()),
            false => Err(format!("{what} gives {answer:?} and gave {first:?}").into()),
        }
    }

    /// How long a native process takes that does what a call of `hello` does.
    fn spawns(&self) -> Result<f64> {
        let mut command = Command::new(self.built.native(Guest::Hello));
        command
            .args(HELLO.args)
            .env_clear()
            .envs(HELLO.env.iter().copied());
        let times = (0..PROCESSES).map(|_| self.start(&mut command, HELLO_OUTPUT));
        Ok(measure::median(times.collect::<Result<_>>()?))
    }

    /// How long a process takes that has to say this.
    fn start(&self, command: &mut Command, expected: &[u8]) -> Result<f64> {
        match process::run(command)? {
            (time, output) if output == expected => Ok(time),
            (_, other) => Err(format!("it said {:?}", String::from_utf8_lossy(&other)).into()),
        }
    }

    /// A process with one guest: see `peers::whole`.
    fn whole(&self, contender: Contender, verb: &str, guest: Guest) -> Result<Command> {
        let name = runtime(contender).ok_or("it has no such process")?;
        let mut command = Command::new(self.built.binary(name, guest.name()));
        command.arg(verb).arg(self.built.guest(name, guest));
        Ok(command)
    }

    fn size(&self, contender: Contender) -> Result<f64> {
        let name = runtime(contender).ok_or("it has no such binary")?;
        let scratch = Scratch::new()?;
        let stripped = scratch.path().join("hello");
        let binary = self.built.binary(name, "hello");
        process::run(Command::new("strip").arg("-o").arg(&stripped).arg(binary))?;
        let guest = std::fs::metadata(self.built.guest(name, Guest::Hello));
        let beside = guest.map_or(0, |file| file.len());
        Ok((std::fs::metadata(stripped)?.len() + beside) as f64)
    }
}
