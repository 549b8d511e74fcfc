//! Memories are reused, and every run finds them as its module says: random sequences of
//! programs, threads and ways to end, in each of which every run looks at all that it can
//! reach.

use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use wasi_program::{Error, Program, private, wasi_program};

use crate::Numbers;
use crate::scene::count;

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

/// A program, and how many pages it starts with.
const PROGRAMS: [(&Program, u32); 4] = [(&ONE, 1), (&THREE, 3), (&CHANGES, 2), (&TWO, 1)];

const PAGE: u32 = 65536;

/// How a run is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Returns,
    Exits(u32),
    Traps,
    IsStopped,
}

/// A run.
struct Run {
    program: usize,
    script: Vec<u8>,
    end: End,
}

impl Run {
    fn random(numbers: &mut Numbers) -> Self {
        let program = numbers.below(PROGRAMS.len() as u32) as usize;
        let mut pages = PROGRAMS[program].1;
        let mut script = Vec::new();
        let mut record = |op: u32, a: u32, b: u32| {
            for number in [op, a, b] {
                script.extend_from_slice(&number.to_le_bytes());
            }
        };
        // Nothing was written yet, wherever it grows to.
        if numbers.below(2) == 0 {
            let more = numbers.below(12);
            pages += more;
            record(1, more, 0);
            record(5, 0, 0);
        }
        for _ in 0..numbers.below(8) {
            let within = numbers.below(pages * PAGE - 4096).max(4096);
            match numbers.below(6) {
                0 => {
                    let more = 1 + numbers.below(4);
                    pages += more;
                    record(1, more, 0);
                }
                1 => record(2, within, 1 + numbers.below(255)),
                2 => record(3, within, 1 + numbers.below(255)),
                3 => record(4, within, 0),
                // The same pages as in other runs.
                4 => record(2, 0x5000, 1),
                _ => record(2, pages * PAGE - 1, 1),
            }
        }
        let end = match numbers.below(40) {
            0 => End::IsStopped,
            1..10 => End::Traps,
            10..20 => End::Exits(numbers.below(30)),
            _ => End::Returns,
        };
        match end {
            End::Returns => record(0, 0, 0),
            End::Exits(code) => record(7, code, 0),
            End::Traps => record(6, 0, 0),
            End::IsStopped => record(8, 0, 0),
        }
        Self {
            program,
            script,
            end,
        }
    }

    /// Runs it, and says how it ended; an exit with 42 says that it has found something.
    fn run(self) {
        let mut command = PROGRAMS[self.program].0.command();
        command.stdin(self.script);
        if self.end == End::IsStopped {
            command.timeout(Duration::from_millis(2));
        }
        let status = command.status();
        let end = match &status {
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
        // One that has little time may be stopped before it gets there.
        assert!(
            end == expected || (self.end == End::IsStopped && end == End::Returns),
            "{end:?} instead of {expected:?}: {status:?}"
        );
    }
}

/// A thread that runs what it is sent, and keeps what it keeps meanwhile.
struct Worker {
    runs: Sender<Run>,
    done: Receiver<()>,
}

impl Worker {
    fn start() -> Self {
        let (runs, queue) = mpsc::channel::<Run>();
        let (sender, done) = mpsc::channel();
        thread::spawn(move || {
            for run in queue {
                run.run();
                if sender.send(()).is_err() {
                    break;
                }
            }
        });
        Self { runs, done }
    }

    fn run(&self, run: Run) {
        self.runs.send(run).expect("the thread waits");
        let done = self.done.recv_timeout(Duration::from_secs(20));
        done.expect("a run has ended as expected, in time");
    }
}

fn sequence(seed: u64, refusing: bool) {
    let mut numbers = Numbers::new(seed);
    let mut workers: Vec<Worker> = (0..2).map(|_| Worker::start()).collect();
    for _ in 0..12 {
        match numbers.below(12) {
            // A thread ends, and leaves what it has kept.
            0 => {
                let which = numbers.below(2) as usize;
                workers[which] = Worker::start();
            }
            1 => wasi_program::reuse::release(),
            2 if refusing => private::refuse_to_scan(true),
            3 => private::refuse_to_scan(false),
            _ => {}
        }
        let worker = &workers[numbers.below(2) as usize];
        worker.run(Run::random(&mut numbers));
    }
    private::refuse_to_scan(false);
    count(12);
}

pub fn every_run_finds_its_memory_as_its_module_says() {
    for seed in 0..1500 {
        sequence(seed, false);
    }
}

pub fn so_does_every_run_where_the_system_does_not_say_what_was_touched() {
    for seed in 10_000..11_500 {
        sequence(seed, true);
    }
}

pub fn so_does_every_run_on_many_threads_at_once() {
    thread::scope(|scope| {
        for thread in 0..8 {
            scope.spawn(move || {
                for seed in 0..150 {
                    sequence(20_000 + thread * 1000 + seed, thread % 2 == 0);
                }
            });
        }
    });
}
