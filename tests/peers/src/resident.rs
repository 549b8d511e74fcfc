//! How much memory of the machine a process has.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::Result;
use crate::guest::{Call, Guest, HELLO, SUM};
use crate::worker::Peer;

/// How long a guest sleeps that is one of many which run, in milliseconds.
const SLEEP: &str = "1500";

/// After which time all of them have started and none has ended.
const ALL_SLEEP: Duration = Duration::from_millis(750);

/// The resident memory of this process in bytes, as exact as the system tells it.
///
/// # Errors
///
/// Where the system does not tell.
pub fn resident() -> Result<f64> {
    let rollup = fs::read_to_string("/proc/self/smaps_rollup")?;
    let kilobytes = rollup
        .lines()
        .find_map(|line| line.strip_prefix("Rss:")?.trim().strip_suffix(" kB"))
        .ok_or("the system does not tell how much memory is resident")?;
    Ok(kilobytes.trim().parse::<f64>()? * 1024.0)
}

/// What a program adds to a process that had none, once it is loaded.
///
/// # Errors
///
/// Where it cannot be loaded.
pub fn loaded<P: Peer>(peer: &P, guest: Guest) -> Result<f64> {
    let before = resident()?;
    peer.load(guest)?;
    Ok(resident()? - before)
}

/// What a program adds to a process that had none, once it has run and is idle.
///
/// # Errors
///
/// Where it cannot be loaded, or fails.
pub fn idle<P: Peer>(peer: &P, guest: Guest) -> Result<f64> {
    let before = resident()?;
    let call = match guest {
        Guest::Cpython => Call {
            guest,
            args: &["-c", SUM],
            env: &[],
            directory: None,
        },
        _ => HELLO,
    };
    peer.run(&call)?;
    Ok(resident()? - before)
}

/// What each call adds that runs at the same time as others: so many that sleep.
///
/// # Errors
///
/// Where one fails.
pub fn running<P: Peer>(peer: &P, directory: &Path, count: usize) -> Result<f64> {
    let run = |milliseconds: &str| {
        peer.run(&Call {
            guest: Guest::Hostcalls,
            args: &[crate::guest::DIRECTORY, "sleep", milliseconds],
            env: &[],
            directory: Some(directory),
        })
    };
    run("1")?;
    let before = resident()?;
    let mut all = f64::NAN;
    thread::scope(|scope| {
        let sleeping: Vec<_> = (0..count).map(|_| scope.spawn(|| run(SLEEP))).collect();
        thread::sleep(ALL_SLEEP);
        let now = resident();
        let early = sleeping.iter().any(|thread| thread.is_finished());
        sleeping.into_iter().try_for_each(|thread| {
            let output = thread.join().map_err(|_| "a thread panicked")??;
            match output.starts_with(b"sleep") {
                true => Ok(()),
                false => Err("a guest did not say how long it slept"),
            }?;
            Ok::<_, crate::Error>(())
        })?;
        if early {
            return Err("a guest ended before all had started".into());
        }
        all = now?;
        Ok::<_, crate::Error>(())
    })?;
    Ok((all - before) / count as f64)
}
