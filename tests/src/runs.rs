//! Sequences of runs on few threads, each of which finds its memory as its module says: the
//! model that the attack suite tests with random numbers, and a fuzz target with any.

use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use wasi_program::reuse::{self, Budget};
use wasi_program::{Error, Program, private, wasi_program};

use crate::numbers::Numbers;

#[wasi_program("$OUT_DIR/scribe1.wat", interrupt = true)]
static ONE: Program;

#[wasi_program("$OUT_DIR/scribe3.wat", interrupt = true)]
static THREE: Program;

/// Its code changes tables, so it has a new instance for each run.
#[wasi_program("$OUT_DIR/scribe_changes.wat", interrupt = true)]
static CHANGES: Program;

/// It has two memories.
#[wasi_program("$OUT_DIR/scribe_two.wat", interrupt = true)]
static TWO: Program;

/// It has so much data that the data is mapped from a file.
#[wasi_program("$OUT_DIR/scribe_data.wat", interrupt = true)]
static DATA: Program;

/// A program, and how many pages it starts with.
const PROGRAMS: [(&Program, u32); 5] =
    [(&ONE, 1), (&THREE, 3), (&CHANGES, 2), (&TWO, 1), (&DATA, 6)];

const PAGE: u32 = 65536;

/// The guest keeps to the addresses below.
const OWN: u32 = 4096;

/// Operations of the guest, `guests/isolation/scribe.wat`.
mod op {
    pub const RETURN: u32 = 0;
    pub const GROW: u32 = 1;
    pub const STORE: u32 = 2;
    pub const FILL: u32 = 3;
    pub const READ: u32 = 4;
    pub const TRAP: u32 = 6;
    pub const EXIT: u32 = 7;
    pub const COMPUTE: u32 = 8;
    pub const LOOK: u32 = 9;
    pub const EXPECT: u32 = 10;
}

/// The exit code of a guest that has found something.
const FOUND: u32 = 42;

/// The way in which a run is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Returns,
    Exits(u32),
    Traps,
    IsStopped,
}

/// A run, by its records.
#[derive(Default)]
struct Script {
    bytes: Vec<u8>,
    /// The bytes that were written: an address, the number of bytes from there on, and their
    /// value.
    written: Vec<(u32, u32, u8)>,
}

impl Script {
    fn record(&mut self, op: u32, a: u32, b: u32) {
        for number in [op, a, b] {
            self.bytes.extend_from_slice(&number.to_le_bytes());
        }
    }

    fn store(&mut self, at: u32, byte: u8) {
        self.record(op::STORE, at, byte.into());
        self.written.push((at, 1, byte));
    }

    fn fill(&mut self, at: u32, byte: u8) {
        self.record(op::FILL, at, byte.into());
        self.written.push((at, 4096, byte));
    }

    /// Grows, and looks at what there is then.
    fn grow(&mut self, pages: &mut u32, more: u32) {
        self.record(op::GROW, more, 0);
        self.record(op::LOOK, *pages * PAGE, (*pages + more) * PAGE);
        *pages += more;
    }

    /// Has the guest find the first and the last byte of what it wrote last.
    fn expect(&mut self) {
        let Some((at, len, byte)) = self.written.last().copied() else {
            return;
        };
        self.record(op::EXPECT, at, byte.into());
        self.record(op::EXPECT, at + len - 1, byte.into());
    }
}

/// A run of one of the programs.
struct Run {
    program: usize,
    script: Vec<u8>,
    end: End,
}

impl Run {
    fn new(numbers: &mut impl Numbers) -> Self {
        let program = numbers.below(PROGRAMS.len() as u32) as usize;
        let mut pages = PROGRAMS[program].1;
        let mut script = Script::default();
        // Nothing was written yet, wherever it grows to.
        if numbers.below(2) == 0 {
            // Rarely more than an instance keeps.
            let more = match numbers.below(64) {
                63 => 300,
                _ => numbers.below(12),
            };
            script.grow(&mut pages, more);
            script.record(op::LOOK, OWN, pages * PAGE);
        }
        for _ in 0..numbers.below(8) {
            let within = numbers.below(pages * PAGE - 4096).max(OWN);
            let byte = 1 + numbers.below(255) as u8;
            match numbers.below(8) {
                0 => {
                    let more = 1 + numbers.below(4);
                    script.grow(&mut pages, more);
                }
                1 => script.store(within, byte),
                2 => script.fill(within, byte),
                3 => script.record(op::READ, within, 0),
                // The same pages as in other runs.
                4 => script.store(0x5000, byte),
                5 => script.store(pages * PAGE - 1, byte),
                6 => script.expect(),
                // Pages that are too scattered for the system to tell of them at once.
                _ => (0..40)
                    .map(|index| OWN + index * 8192)
                    .filter(|at| *at < pages * PAGE)
                    .for_each(|at| script.store(at, byte)),
            }
        }
        let end = match numbers.below(40) {
            39 => End::IsStopped,
            1..10 => End::Traps,
            10..20 => End::Exits(numbers.below(30)),
            _ => End::Returns,
        };
        match end {
            End::Returns => script.record(op::RETURN, 0, 0),
            End::Exits(code) => script.record(op::EXIT, code, 0),
            End::Traps => script.record(op::TRAP, 0, 0),
            End::IsStopped => script.record(op::COMPUTE, 0, 0),
        }
        Self {
            program,
            script: script.bytes,
            end,
        }
    }

    /// Runs it, and panics if it ends otherwise than it is to.
    fn run(self) {
        let mut command = PROGRAMS[self.program].0.command();
        command.stdin(self.script);
        if self.end == End::IsStopped {
            command.timeout(Duration::from_millis(2));
        }
        let status = command.status();
        let end = match &status {
            Ok(status) if status.code() == FOUND => {
                panic!("program {} has found something", self.program)
            }
            Ok(status) if status.code() == 0 => End::Returns,
            Ok(status) => End::Exits(status.code()),
            Err(Error::Trap { .. }) => End::Traps,
            Err(Error::Timeout { .. }) => End::IsStopped,
            Err(other) => panic!("{other:?}"),
        };
        let expected = match self.end {
            End::Exits(0) => End::Returns,
            end => end,
        };
        assert_eq!(end, expected, "program {}: {status:?}", self.program);
    }
}

/// The task of a thread, such as a run.
type Task = Box<dyn FnOnce() + Send>;

/// A thread that performs tasks, and keeps what it keeps between them.
struct Worker {
    tasks: Option<Sender<Task>>,
    done: Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    fn start() -> Self {
        let (tasks, queue) = mpsc::channel::<Task>();
        let (sender, done) = mpsc::channel();
        let thread = thread::spawn(move || {
            for task in queue {
                task();
                if sender.send(()).is_err() {
                    break;
                }
            }
        });
        Self {
            tasks: Some(tasks),
            done,
            thread: Some(thread),
        }
    }

    fn start_run(&self, run: Run) {
        self.start_task(|| run.run());
    }

    /// Stops the thread from asking the system which pages were touched, or lets it ask.
    fn refuse_to_scan(&self, is_refused: bool) {
        self.start_task(move || private::refuse_to_scan(is_refused));
        self.wait();
    }

    fn start_task(&self, task: impl FnOnce() + Send + 'static) {
        let tasks = self.tasks.as_ref().expect("the worker is not dropped yet");
        tasks.send(Box::new(task)).expect("the thread waits");
    }

    fn wait(&self) {
        let done = self.done.recv_timeout(Duration::from_secs(20));
        done.expect("a run has ended as expected, in time");
    }
}

impl Drop for Worker {
    /// Waits until the thread has left what it has kept, unless it hangs.
    fn drop(&mut self) {
        self.tasks = None;
        if let Some(thread) = self.thread.take()
            && !thread::panicking()
        {
            thread.join().expect("its runs have ended as expected");
        }
    }
}

/// Threads that run programs, one after another or at once.
pub struct Threads {
    workers: [Worker; 2],
    is_refusing: bool,
}

impl Threads {
    /// Threads that have kept nothing yet. With `is_refusing`, a thread sometimes does not
    /// ask the system which pages were touched.
    #[must_use]
    pub fn start(is_refusing: bool) -> Self {
        Self {
            workers: [Worker::start(), Worker::start()],
            is_refusing,
        }
    }

    /// Makes a run, or two at once, and maybe something else before that may affect what is
    /// kept. Tells how many runs it made.
    ///
    /// # Panics
    ///
    /// If a run ends otherwise than it is to, or not in time.
    pub fn step(&mut self, numbers: &mut impl Numbers) -> usize {
        match numbers.below(16) {
            // A thread ends, and leaves what it has kept.
            1 => {
                let which = numbers.below(2) as usize;
                self.workers[which] = Worker::start();
            }
            2 => reuse::release(),
            which @ 3..=6 if self.is_refusing => {
                self.workers[which as usize % 2].refuse_to_scan(which < 5);
            }
            7 => {
                let mut budget = Budget::DEFAULT;
                match numbers.below(5) {
                    0 => {}
                    1 => budget = Budget::NOTHING,
                    2 => budget.bytes = u64::from(numbers.size(4 << 20)),
                    3 => budget.mappings = numbers.below(40).into(),
                    _ => budget.address_space = u64::from(numbers.below(6)) * (9 << 30),
                }
                reuse::set_budget(budget);
            }
            8 => thread::sleep(Duration::from_millis(1)),
            _ => {}
        }
        match numbers.below(3) {
            2 => {
                self.workers
                    .iter()
                    .for_each(|worker| worker.start_run(Run::new(numbers)));
                self.workers.iter().for_each(Worker::wait);
                2
            }
            which => {
                let worker = &self.workers[which as usize];
                worker.start_run(Run::new(numbers));
                worker.wait();
                1
            }
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        reuse::set_budget(Budget::DEFAULT);
    }
}
