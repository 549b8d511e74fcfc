//! Threads that would hang if a lock of the process were held for ever.

use std::hint;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use wasi_program::{Error, Program, wasi_program};

#[wasi_program("guests/isolation/trap.wat", timeout = "500ms")]
static TRAP: Program;

/// Two threads: on one, a program traps whenever it is asked for; the other allocates.
pub struct Witness {
    ask: [Sender<()>; 2],
    answers: Receiver<()>,
}

impl Witness {
    pub fn start() -> Self {
        let (sender, answers) = mpsc::channel();
        let start = |act: fn()| {
            let (ask, asked) = mpsc::channel::<()>();
            let sender = sender.clone();
            thread::spawn(move || {
                for () in asked {
                    act();
                    if sender.send(()).is_err() {
                        break;
                    }
                }
            });
            ask
        };
        let traps = || match TRAP.command().status() {
            Err(Error::Trap { .. }) => {}
            other => panic!("{other:?}"),
        };
        let allocates = || drop(hint::black_box(vec![1u8; 1 << 20]));
        Self {
            ask: [start(traps), start(allocates)],
            answers,
        }
    }

    /// Sees to it that both do what they do, in time.
    pub fn ask(&self, after: &str) {
        for ask in &self.ask {
            ask.send(()).expect("the thread waits");
        }
        for _ in &self.ask {
            if self.answers.recv_timeout(Duration::from_secs(10)).is_err() {
                // A test that panics would wait for what hangs.
                eprintln!("another thread hangs after {after}");
                std::process::abort();
            }
        }
    }
}
