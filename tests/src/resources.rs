//! Resources of a process that it could leak.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

/// Resources of this process that it could leak.
#[derive(Debug, Clone, Copy)]
pub struct Used {
    /// The number of threads.
    pub threads: usize,
    /// The number of open files.
    pub descriptors: usize,
    /// The resident memory, in KiB.
    pub memory: u64,
}

impl Used {
    /// Returns the current use.
    #[must_use]
    pub fn now() -> Self {
        let count = |directory| fs::read_dir(directory).unwrap().count();
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let resident = resident.unwrap().trim().trim_end_matches(" kB");
        Self {
            threads: count("/proc/self/task"),
            descriptors: count("/proc/self/fd"),
            memory: resident.parse().unwrap(),
        }
    }

    /// When what ends by itself has had the time to.
    #[must_use]
    pub fn settled(before: Self) -> Self {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let now = Self::now();
            let settled = now.threads <= before.threads && now.descriptors <= before.descriptors;
            if settled || Instant::now() > deadline {
                return now;
            }
            thread::sleep(Duration::from_millis(100));
        }
    }
}

/// The memory of this process that is present, in bytes; 0 where `/proc` does not say it.
pub fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = text.split_whitespace().nth(1);
    let pages = pages.and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or(0) * 4096
}
