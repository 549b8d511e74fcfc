//! What a process uses of what it could leak.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

/// What of this process could leak.
#[derive(Debug, Clone, Copy)]
pub struct Used {
    /// How many threads there are.
    pub threads: usize,
    /// How many files are open.
    pub descriptors: usize,
    /// How much memory is resident, in KiB.
    pub memory: u64,
}

impl Used {
    /// What it uses now.
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
