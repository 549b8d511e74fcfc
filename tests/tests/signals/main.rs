//! Signals, beside those by which guests trap: an application's handlers get what is theirs,
//! have room wherever they run, and change no result.
//!
//! Signals are of a whole process, and some end it. So every test runs a scene in a child, a
//! process of this same test binary.

#![cfg(target_os = "linux")]

mod faults;
mod guests;
mod raising;
mod room;
mod threads;
mod timers;

use std::env;
use std::ffi::c_int;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{self, Command as Process, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use faults::RECEIVED;
use raising::FAULTS;

/// The exit code of a scene that has gone to its end.
const DONE: i32 = 77;

/// The work of a child process.
type Scene = fn(signal: c_int);

const SCENES: &[(&str, Scene)] = &[
    ("on_the_guests_stack", room::on_the_guests_stack),
    ("on_the_alternate_stack", room::on_the_alternate_stack),
    ("while_guests_trap", room::while_guests_trap),
    ("handled_before", faults::handled_before),
    ("paged_in", faults::paged_in),
    #[cfg(target_arch = "x86_64")]
    ("stepped_over", faults::stepped_over),
    ("handled_after", faults::handled_after),
    ("passed_on", faults::passed_on),
    ("ignored", faults::ignored),
    ("by_default", faults::by_default),
    ("sent_by_default", faults::sent_by_default),
    ("sent_and_handled", faults::sent_and_handled),
    ("in_a_host_function", faults::in_a_host_function),
    (
        "in_a_host_function_and_handled",
        faults::in_a_host_function_and_handled,
    ),
    ("by_timers", timers::by_timers),
    (
        "on_threads_of_the_system",
        threads::on_threads_of_the_system,
    ),
];

/// Runs a scene in a child, and says how that ended.
fn run(scene: &str, signal: c_int) -> ExitStatus {
    let test = env::current_exe().unwrap();
    let mut child = Process::new(test)
        .args(["in_a_child", "--exact", "--ignored", "--nocapture"])
        .env("SCENE", scene)
        .env("SIGNAL", signal.to_string())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(120);
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
            panic!("{scene} with signal {signal} does not end");
        }
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
#[ignore = "a scene of another test, which starts it"]
fn in_a_child() {
    let name = env::var("SCENE").unwrap();
    let signal = env::var("SIGNAL").unwrap().parse().unwrap();
    // A process that dies as expected leaves no core file.
    let none = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: it reads the limit.
    unsafe { libc::setrlimit(libc::RLIMIT_CORE, &none) };
    let (_, scene) = SCENES.iter().find(|(known, _)| *known == name).unwrap();
    scene(signal);
    process::exit(DONE);
}

fn goes_to_its_end(scene: &str, signal: c_int) {
    let status = run(scene, signal);
    assert_eq!(status.code(), Some(DONE), "{scene}, {signal}: {status}");
}

/// For each signal.
fn is_received(scene: &str) {
    for signal in FAULTS {
        let status = run(scene, *signal);
        assert_eq!(status.code(), Some(RECEIVED), "{scene}, {signal}: {status}");
    }
}

/// For each signal.
fn is_killed(scene: &str) {
    for signal in FAULTS {
        let status = run(scene, *signal);
        assert_eq!(status.signal(), Some(*signal), "{scene}: {status}");
    }
}

#[test]
fn a_handler_has_room_on_the_stack_of_a_guest() {
    goes_to_its_end("on_the_guests_stack", libc::SIGUSR1);
}

#[test]
fn a_handler_has_room_on_the_alternate_stack() {
    goes_to_its_end("on_the_alternate_stack", libc::SIGUSR1);
}

#[test]
fn a_handler_stays_on_the_stack_that_it_expects_while_guests_trap() {
    goes_to_its_end("while_guests_trap", libc::SIGUSR1);
}

#[test]
fn an_earlier_handler_receives_faults_that_are_not_of_a_guest() {
    is_received("handled_before");
}

#[test]
fn an_earlier_handler_may_repair_a_fault_and_return() {
    goes_to_its_end("paged_in", libc::SIGSEGV);
}

#[cfg(target_arch = "x86_64")]
#[test]
fn an_earlier_handler_may_skip_the_faulting_instruction() {
    goes_to_its_end("stepped_over", libc::SIGILL);
}

#[test]
fn a_later_handler_receives_faults_and_passes_those_of_guests_on() {
    is_received("handled_after");
}

#[test]
fn a_fault_of_the_host_that_a_later_handler_passes_on_ends_the_process() {
    is_killed("passed_on");
}

#[test]
fn a_fault_ends_the_process_though_its_signal_is_ignored() {
    is_killed("ignored");
}

#[test]
fn a_fault_ends_the_process_by_default() {
    is_killed("by_default");
}

#[test]
fn a_signal_that_is_sent_while_a_guest_runs_ends_the_process_by_default() {
    is_killed("sent_by_default");
}

#[test]
fn a_signal_that_is_sent_while_a_guest_runs_is_not_its_trap() {
    for signal in FAULTS {
        goes_to_its_end("sent_and_handled", *signal);
    }
}

#[test]
fn a_fault_in_a_host_function_ends_the_process() {
    is_killed("in_a_host_function");
}

#[test]
fn a_handler_receives_the_fault_of_a_host_function() {
    is_received("in_a_host_function_and_handled");
}

#[test]
fn timers_change_no_result() {
    for signal in [libc::SIGALRM, libc::SIGPROF] {
        goes_to_its_end("by_timers", signal);
    }
}

#[test]
fn guests_overflow_their_stacks_on_threads_that_the_system_made() {
    goes_to_its_end("on_threads_of_the_system", 0);
}
