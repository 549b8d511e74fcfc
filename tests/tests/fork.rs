//! A process that is forked while other threads run programs: programs run in the child as
//! in any process, and are stopped in time.

#![cfg(unix)]

use std::io;
use std::os::fd::BorrowedFd;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tests::guests::LEAVES;
use tests::process::{is_alone, test_process};
use wasi_program::{
    CancelHandle, Command, Error, FunctionError, MemoryMount, Mount, Program, Stdio, TrapKind,
    wasi_program,
};

/// Shows its arguments and its input.
#[wasi_program("guests/echo.wasm", interrupt = true)]
static ECHO: Program;

/// Traps in the way that is its argument.
#[wasi_program("guests/traps.wasm", interrupt = true)]
static TRAPS: Program;

/// Never ends.
#[wasi_program("guests/misbehaves.wat", interrupt = true)]
static MISBEHAVES: Program;

/// Does a file operation.
#[wasi_program("guests/files.wasm", interrupt = true)]
static FILES: Program;

/// The number of times that the process is forked.
const FORKS: u32 = 100;

/// After how many seconds a child is killed that has not ended.
const KILLED_AFTER: u32 = 10;

fn endless(export: &str, timeout: Duration) -> Result<(), String> {
    let started = Instant::now();
    match MISBEHAVES
        .command()
        .export(export)
        .timeout(timeout)
        .output()
    {
        Err(Error::Timeout { .. }) if started.elapsed() >= timeout => Ok(()),
        other => Err(format!("`{export}` ended with {other:?}")),
    }
}

fn trapping() -> Result<(), String> {
    match TRAPS.command().arg("divide").output() {
        Err(Error::Trap { trap, .. }) if trap.kind == Some(TrapKind::IntegerDivisionByZero) => {
            Ok(())
        }
        other => Err(format!("the program that divides ended with {other:?}")),
    }
}

fn echoing() -> Result<(), String> {
    let mut command: Command = ECHO.command();
    command.arg("word").timeout(Duration::from_secs(60));
    let output = command.output().map_err(|error| format!("{error:?}"))?;
    match output.stdout.windows(4).any(|bytes| bytes == b"word") {
        true => Ok(()),
        false => Err(format!("the output is {output:?}")),
    }
}

/// Each way in which a program can end.
fn each_way() -> Result<(), String> {
    echoing()?;
    endless("loop", Duration::from_millis(10))?;
    trapping()?;
    endless("sleep", Duration::from_millis(10))?;
    echoing()
}

/// Calls `work` in a child, which says on its standard error if that fails. Returns the exit
/// status of the child: 0, or the one that `work` returns.
fn in_child(work: &dyn Fn() -> Result<u8, String>) -> i32 {
    // SAFETY: the child uses no thread and no lock of its parent, which is what is tested,
    // and ends here.
    let child = unsafe { libc::fork() };
    if child == 0 {
        // SAFETY: it sets a timer, which ends the process.
        unsafe { libc::alarm(KILLED_AFTER) };
        let result = panic::catch_unwind(AssertUnwindSafe(work));
        let result = result.unwrap_or_else(|_| Err("it panicked".to_owned()));
        if let Err(message) = &result {
            // Past the test's own capture, which the child has a copy of.
            // SAFETY: descriptor 2 is not closed as long as the tests run.
            let stderr = unsafe { BorrowedFd::borrow_raw(libc::STDERR_FILENO) };
            let _ = rustix::io::write(stderr, message.as_bytes());
        }
        // SAFETY: it ends the process.
        unsafe { libc::_exit(result.map_or(FAILED, i32::from)) };
    }
    assert!(child > 0, "{}", io::Error::last_os_error());
    let mut status = 0;
    // SAFETY: `status` is where the answer goes.
    let ended = unsafe { libc::waitpid(child, &raw mut status, 0) };
    assert_eq!(ended, child, "{}", io::Error::last_os_error());
    assert_ne!(
        (libc::WIFSIGNALED(status), libc::WTERMSIG(status)),
        (true, libc::SIGALRM),
        "the child hung"
    );
    assert!(libc::WIFEXITED(status), "the child ended with {status}");
    let status = libc::WEXITSTATUS(status);
    assert_ne!(status, FAILED, "the child failed");
    status
}

/// The exit status of a child that fails.
const FAILED: i32 = 255;

/// Forks while other threads do each of `works` over and over. Returns how many children
/// ended with another status than 0.
fn forks_while_busy(
    works: &[&(dyn Fn() -> Result<(), String> + Sync)],
    child: &dyn Fn() -> Result<u8, String>,
) -> usize {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for work in works {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    work().unwrap();
                }
            });
        }
        let forks = || (0..FORKS).filter(|_| in_child(child) != 0).count();
        let forked = panic::catch_unwind(AssertUnwindSafe(forks));
        done.store(true, Ordering::Relaxed);
        forked.unwrap_or_else(|panic| panic::resume_unwind(panic))
    })
}

/// Runs programs in children while other threads do each of `works` over and over.
fn while_busy(works: &[&(dyn Fn() -> Result<(), String> + Sync)]) {
    assert_eq!(forks_while_busy(works, &|| each_way().map(|()| 0)), 0);
}

/// The watchdog is awake all the time, and its lock is taken twice in each run. A thread
/// that ends gives back what it kept for later runs.
#[test]
fn programs_run_and_are_stopped_in_children_of_a_busy_process() {
    while_busy(&[&echoing, &|| echoing().and_then(|()| echoing()), &|| {
        thread::spawn(echoing).join().unwrap()
    }]);
}

#[test]
fn programs_run_and_are_stopped_in_children_of_a_process_whose_programs_trap() {
    while_busy(&[
        &echoing,
        &trapping,
        &|| endless("loop", Duration::from_millis(1)),
        &|| thread::spawn(echoing).join().unwrap(),
    ]);
}

/// Runs a file operation. Returns what it prints.
fn files(arguments: &[&str], memory: &MemoryMount) -> Result<String, Error> {
    let mut command = FILES.command();
    command.args(arguments).map_dir("/", memory);
    let output = command.timeout(Duration::from_secs(5)).output()?;
    Ok(String::from_utf8(output.stdout).expect("the guest prints text"))
}

/// How a child finds a directory in memory that a thread of its parent is changing: as it is,
/// or in error.
const COMPLETE: u8 = 0;
const IN_ERROR: u8 = 1;

/// Uses a directory in memory in each way, of which none waits.
fn uses(memory: MemoryMount) -> Result<u8, String> {
    let is_in_error = match files(&["write", "other", "some text"], &memory) {
        Ok(printed) if printed == "ok\n" => false,
        Ok(printed) if printed == "error: EIO\n" => true,
        Err(Error::MountFile { error, .. }) if error.kind() == io::ErrorKind::ResourceBusy => true,
        other => return Err(format!("writing a file ended with {other:?}")),
    };
    let written = memory.write("third", "more text");
    match written {
        Ok(()) if !is_in_error => {}
        Err(error) if is_in_error && error.kind() == io::ErrorKind::ResourceBusy => {}
        other => return Err(format!("the host's writing ended with {other:?}")),
    }
    let memory = memory.file("fourth", "").limit(1 << 20);
    let is_empty = memory.paths().next().is_none();
    let is_unreadable = memory.read("other").is_err();
    if !is_in_error && (is_empty || is_unreadable) {
        return Err(format!(
            "the files are {:?}",
            memory.paths().collect::<Vec<_>>()
        ));
    }
    drop(memory);
    Ok(if is_in_error { IN_ERROR } else { COMPLETE })
}

/// A run holds the lock of the directory nearly all the time.
#[test]
fn a_directory_that_the_parent_changes_is_complete_or_in_error_in_the_child() {
    let memory = Mount::memory();
    let cancel = CancelHandle::default();
    let changing = || {
        let mut command = LEAVES.command();
        command.arg("h").map_dir("/", &memory).cancel_with(&cancel);
        match command.timeout(Duration::from_millis(200)).output() {
            Err(Error::Timeout { .. }) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    };
    let child = || {
        let found = uses(memory.clone())?;
        // The child's handle stops its own runs, and no lock of it is the parent's.
        cancel.cancel();
        let mut command = LEAVES.command();
        command
            .arg("h")
            .map_dir("/", Mount::memory())
            .cancel_with(&cancel);
        match command.output() {
            Err(Error::Cancelled { .. }) => Ok(found),
            other => Err(format!("a cancelled run ended with {other:?}")),
        }
    };
    let in_error = forks_while_busy(&[&changing, &changing], &child);
    println!("in error in {in_error} of {FORKS} children");
    assert_ne!(
        in_error, 0,
        "no child was forked while the directory was changed"
    );
}

#[test]
fn a_directory_that_the_parent_only_reads_is_read_in_the_child() {
    let memory = Mount::memory().file("file", vec![b'a'; 1 << 20]);
    let text = "a".repeat(1 << 20);
    let reading = || match files(&["read", "file"], &memory) {
        Ok(printed) if printed == text => Ok(()),
        other => Err(format!(
            "reading a file ended with {:?}",
            other.map(|text| text.len())
        )),
    };
    let child = || reading().map(|()| COMPLETE);
    assert_eq!(forks_while_busy(&[&reading, &reading], &child), 0);
}

/// A library that counts.
#[wasi_program("guests/library.wat", timeout = "1s")]
trait Library {
    fn increment(&mut self, by: i32) -> Result<i32, Error>;
}

/// The watchdog of the parent stops instances all the time, and holds the lock of one of them.
#[test]
fn an_instance_of_the_parent_is_refused_in_a_child_which_makes_its_own() {
    let make = || {
        let mut command = LibraryInstance::command();
        command.timeout(Duration::from_micros(1));
        LibraryInstance::from_command(&mut command)
    };
    let calling = || {
        for _ in 0..100 {
            let Ok(mut library) = make() else { continue };
            let _ = library.increment(1);
        }
        Ok(())
    };
    let child = || {
        let mut parents = SHARED.lock().map_err(|error| error.to_string())?;
        let refused = parents.as_mut().map(|library| library.increment(1));
        match refused {
            Some(Err(Error::Function {
                reason: FunctionError::OtherProcess,
                ..
            })) => {}
            other => return Err(format!("the parent's instance answered {other:?}")),
        }
        drop(parents.take());
        let mut own = LibraryInstance::new().map_err(|error| error.to_string())?;
        match own.increment(1) {
            Ok(1) => Ok(0),
            other => Err(format!("the child's instance answered {other:?}")),
        }
    };
    static SHARED: std::sync::Mutex<Option<LibraryInstance>> = std::sync::Mutex::new(None);
    *SHARED.lock().unwrap() = Some(LibraryInstance::new().unwrap());
    assert_eq!(forks_while_busy(&[&calling, &calling], &child), 0);
}

/// The standard output is a file, which takes all that it is given.
#[test]
fn a_child_does_not_wait_for_an_output_that_its_parent_writes() {
    let file = tempfile::tempfile_in("/dev/shm").or_else(|_| tempfile::tempfile());
    let mut alone = test_process("beside_a_parent_that_writes_much");
    let status = alone.stdout(file.unwrap()).status().unwrap();
    assert!(status.success());
}

#[test]
#[ignore = "the test above runs it, in a process of its own"]
fn beside_a_parent_that_writes_much() {
    if !is_alone() {
        return;
    }
    // The parent runs a program before it is forked.
    echoing().unwrap();
    let child = || {
        let mut command = ECHO.command();
        command.stdout(Stdio::inherit());
        let status = command.timeout(Duration::from_secs(5)).status();
        match status {
            Ok(status) if status.success() => Ok(0),
            other => Err(format!("the program ended with {other:?}")),
        }
    };
    for _ in 0..5 {
        thread::scope(|scope| {
            let writes = || LEAVES.command().arg("w").stdout(Stdio::inherit()).status();
            let writer = scope.spawn(writes);
            thread::sleep(Duration::from_millis(30));
            assert_eq!(in_child(&child), 0);
            assert!(writer.join().unwrap().unwrap().success());
        });
    }
}
