//! Host calls one by one, as hostile as one likes: scripts for the guest
//! `guests/calls.wat`, which performs what it is told.

use wasi_program::{Command, Error, Program, wasi_program};

/// The guest, for snapshot 1.
#[wasi_program("guests/calls.wat", version = snapshot1)]
pub static SNAPSHOT_1: Program;

/// The guest, for snapshot 0: `build.rs` makes it of the other.
#[wasi_program("$OUT_DIR/calls.snapshot0.wat", version = snapshot0)]
pub static SNAPSHOT_0: Program;

/// Both guests.
pub fn guests() -> [(&'static str, &'static Program); 2] {
    [("snapshot 1", &SNAPSHOT_1), ("snapshot 0", &SNAPSHOT_0)]
}

macro_rules! functions {
    ($($name:ident),* $(,)?) => {
        /// The functions of the host, in the order of the guest's imports.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(non_camel_case_types, reason = "they have the names of the specification")]
        #[repr(u32)]
        pub enum Function { $($name),* }

        impl Function {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];
        }

        pub use Function::{$($name),*};
    };
}

functions! {
    args_get, args_sizes_get, environ_get, environ_sizes_get, clock_res_get, clock_time_get,
    fd_advise, fd_allocate, fd_close, fd_datasync, fd_fdstat_get, fd_fdstat_set_flags,
    fd_fdstat_set_rights, fd_filestat_get, fd_filestat_set_size, fd_filestat_set_times, fd_pread,
    fd_prestat_get, fd_prestat_dir_name, fd_pwrite, fd_read, fd_readdir, fd_renumber, fd_seek,
    fd_sync, fd_tell, fd_write, path_create_directory, path_filestat_get, path_filestat_set_times,
    path_link, path_open, path_readlink, path_remove_directory, path_rename, path_symlink,
    path_unlink_file, poll_oneoff, proc_exit, proc_raise, random_get, sched_yield, sock_accept,
    sock_recv, sock_send, sock_shutdown,
}

/// The error codes that tests ask for by name.
pub mod errno {
    #![allow(missing_docs, reason = "they are those of the specification")]
    pub const SUCCESS: u32 = 0;
    pub const AGAIN: u32 = 6;
    pub const BADF: u32 = 8;
    pub const EXIST: u32 = 20;
    pub const FAULT: u32 = 21;
    pub const FBIG: u32 = 22;
    pub const INVAL: u32 = 28;
    pub const ISDIR: u32 = 31;
    pub const LOOP: u32 = 32;
    pub const MFILE: u32 = 33;
    pub const NAMETOOLONG: u32 = 37;
    pub const NOENT: u32 = 44;
    pub const NOMEM: u32 = 48;
    pub const NOSPC: u32 = 51;
    pub const NOSYS: u32 = 52;
    pub const NOTDIR: u32 = 54;
    pub const NOTEMPTY: u32 = 55;
    pub const NOTSOCK: u32 = 57;
    pub const NOTSUP: u32 = 58;
    pub const NXIO: u32 = 60;
    pub const PERM: u32 = 63;
    pub const ROFS: u32 = 69;
    pub const XDEV: u32 = 75;
    pub const NOTCAPABLE: u32 = 76;
}

/// Flags and rights that tests ask for by name.
pub mod flags {
    #![allow(missing_docs, reason = "they are those of the specification")]
    pub const FOLLOW: u64 = 1;
    pub const CREAT: u64 = 1;
    pub const DIRECTORY: u64 = 2;
    pub const EXCL: u64 = 4;
    pub const TRUNC: u64 = 8;
    pub const APPEND: u64 = 1;
    pub const READ: u64 = 1 << 1;
    pub const WRITE: u64 = 1 << 6;
    pub const READDIR: u64 = 1 << 14;
    /// All rights that a regular file has.
    pub const FILE: u64 = 0x8e0_01ff;
    /// All rights that a directory has.
    pub const DIR: u64 = 0xfbf_fe99;
    /// All rights that a preopened directory can pass on.
    pub const ALL: u64 = FILE | DIR;
}

/// The first preopened directory.
pub const MOUNT: u64 = 3;

/// A script for the guest.
#[derive(Debug, Default)]
pub struct Script {
    bytes: Vec<u8>,
    answers: Vec<Answer>,
    data: u32,
    /// The memory that the guest has more than at first.
    grown: u32,
}

#[derive(Debug)]
enum Answer {
    Call(String),
    Bytes(usize),
    Counts(usize),
}

/// One record of a script.
fn record(op: u32, size: u32, arguments: &[u64]) -> [u8; 80] {
    let mut bytes = [0; 80];
    bytes[0..4].copy_from_slice(&op.to_le_bytes());
    bytes[4..8].copy_from_slice(&size.to_le_bytes());
    for (place, argument) in bytes[8..].chunks_exact_mut(8).zip(arguments) {
        place.copy_from_slice(&argument.to_le_bytes());
    }
    bytes
}

/// A step of a loop.
#[derive(Debug, Clone, Copy)]
pub enum Step<'a> {
    /// A call.
    Call(Function, &'a [u64]),
    /// The first argument of the next call is the number at this address.
    WithFd(u32),
}

impl Script {
    /// The first address that is the script's. What is below is the guest's own.
    pub const DATA: u32 = 8192;

    /// As much memory as the guest has at first.
    pub const MEMORY: u32 = 64 << 16;

    /// Calls a function. Its result is among the answers.
    pub fn call(&mut self, function: Function, arguments: &[u64]) -> &mut Self {
        let label = format!("{function:?}{arguments:x?}");
        self.labelled(label, function, arguments)
    }

    /// Calls a function, under a name that tells more than its arguments.
    pub fn labelled(
        &mut self,
        label: impl Into<String>,
        function: Function,
        arguments: &[u64],
    ) -> &mut Self {
        self.bytes
            .extend_from_slice(&record(function as u32, 0, arguments));
        self.answers.push(Answer::Call(label.into()));
        self
    }

    /// Writes bytes to the guest's memory.
    pub fn poke(&mut self, at: u32, bytes: &[u8]) -> &mut Self {
        let size = u32::try_from(bytes.len()).expect("it fits into the memory");
        self.bytes
            .extend_from_slice(&record(64, size, &[at.into()]));
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// Writes bytes to memory that nothing else of the script uses, on a multiple
    /// of 8, and gives their address.
    pub fn data(&mut self, bytes: &[u8]) -> u64 {
        let at = Self::DATA + self.data;
        let size = u32::try_from(bytes.len()).expect("it fits into the memory");
        self.data += size.next_multiple_of(8);
        assert!(
            Self::DATA + self.data <= Self::MEMORY + self.grown,
            "the memory is full"
        );
        self.poke(at, bytes);
        at.into()
    }

    /// Two arguments, address and length, of bytes that are put into memory.
    pub fn text(&mut self, bytes: impl AsRef<[u8]>) -> [u64; 2] {
        let bytes = bytes.as_ref();
        [self.data(bytes), bytes.len() as u64]
    }

    /// Memory of so many bytes for a result, filled with `0xAA`.
    pub fn room(&mut self, size: usize) -> u64 {
        self.data(&vec![0xaa; size])
    }

    /// Two arguments, array and count, of one buffer for reading or writing.
    pub fn buffer(&mut self, at: u64, size: u64) -> [u64; 2] {
        let mut pair = (at as u32).to_le_bytes().to_vec();
        pair.extend_from_slice(&(size as u32).to_le_bytes());
        [self.data(&pair), 1]
    }

    /// Adds pages of 64 KiB to the guest's memory.
    pub fn grow(&mut self, pages: u32) -> &mut Self {
        self.grown += pages << 16;
        self.bytes
            .extend_from_slice(&record(70, 0, &[pages.into()]));
        self
    }

    /// Memory for a result, of zeros: without bytes of the script for them.
    pub fn zeros(&mut self, size: u32) -> u64 {
        let at = Self::DATA + self.data;
        self.data += size.next_multiple_of(8);
        at.into()
    }

    /// Shows memory, among the answers.
    pub fn peek(&mut self, at: u64, size: usize) -> &mut Self {
        self.bytes
            .extend_from_slice(&record(65, 0, &[at, size as u64]));
        self.answers.push(Answer::Bytes(size));
        self
    }

    /// Performs steps so many times. The answer is, for each, how often its result
    /// was 0.
    pub fn again(&mut self, times: u64, steps: &[Step<'_>]) -> &mut Self {
        self.bytes
            .extend_from_slice(&record(68, 0, &[times, steps.len() as u64]));
        for step in steps {
            let record = match *step {
                Step::Call(function, arguments) => record(function as u32, 0, arguments),
                Step::WithFd(at) => record(69, 0, &[at.into()]),
            };
            self.bytes.extend_from_slice(&record);
        }
        self.answers.push(Answer::Counts(steps.len()));
        self
    }

    /// Opens a path below a directory; the descriptor's number is written to the
    /// address that is given back.
    pub fn open(&mut self, dir: u64, path: &str, oflags: u64, rights: u64) -> u64 {
        let [at, len] = self.text(path);
        let opened = self.room(4);
        let arguments = [
            dir,
            flags::FOLLOW,
            at,
            len,
            oflags,
            rights,
            flags::ALL,
            0,
            opened,
        ];
        self.labelled(format!("open {path:?}"), path_open, &arguments);
        opened
    }

    /// Makes directories `d`, each in the one before: so many below the first, unless there
    /// is no room. The last is descriptor 4 then. Each is opened through the descriptor of the
    /// one before, which it takes the place of, so that no path is ever long.
    pub fn nest(&mut self, depth: u64) -> &mut Self {
        let [at, len] = self.text("d");
        let opened = self.room(8);
        let open = |dir| [dir, 0, at, len, 2, flags::DIR, flags::ALL, 0, opened];
        self.call(path_create_directory, &[MOUNT, at, len]);
        self.call(path_open, &open(MOUNT));
        self.again(
            depth,
            &[
                Step::Call(path_create_directory, &[4, at, len]),
                Step::Call(path_open, &open(4)),
                Step::Call(fd_renumber, &[5, 4]),
            ],
        )
    }

    /// The script itself.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Runs the script.
    ///
    /// # Errors
    ///
    /// Runs the script and returns its answers.
    pub fn run(&self, command: &mut Command) -> Result<Answers, Error> {
        let output = command.stdin(&*self.bytes).output()?;
        let mut answers = Answers {
            status: output.status.code(),
            ..Answers::default()
        };
        let mut rest = &output.stdout[..];
        for answer in &self.answers {
            let size = match answer {
                Answer::Call(_) => 4,
                Answer::Bytes(size) => *size,
                Answer::Counts(steps) => steps * 4,
            };
            // A script that ended early has fewer.
            let Some((bytes, others)) = rest.split_at_checked(size) else {
                break;
            };
            rest = others;
            let numbers = || {
                let words = bytes.chunks_exact(4);
                words.map(|word| u32::from_le_bytes(word.try_into().expect("it has four bytes")))
            };
            match answer {
                Answer::Call(label) => answers
                    .calls
                    .extend(numbers().map(|result| (label.clone(), result))),
                Answer::Bytes(_) => answers.shown.push(bytes.to_vec()),
                Answer::Counts(_) => answers.counts.push(numbers().collect()),
            }
        }
        Ok(answers)
    }
}

/// The results of a script's calls.
#[derive(Debug, Default)]
pub struct Answers {
    /// The status that the guest ended with.
    pub status: u32,
    /// The calls and their results.
    pub calls: Vec<(String, u32)>,
    /// The parts of memory that were shown.
    pub shown: Vec<Vec<u8>>,
    /// The number of times that each step of a loop returned 0.
    pub counts: Vec<Vec<u32>>,
}

impl Answers {
    /// The results alone.
    pub fn results(&self) -> Vec<u32> {
        self.calls.iter().map(|(_, result)| *result).collect()
    }

    /// The results, all of which must be among these.
    #[track_caller]
    pub fn assert_all(&self, expected: &[u32]) {
        for (label, result) in &self.calls {
            assert!(
                expected.contains(result),
                "{label}: {result} is not among {expected:?}"
            );
        }
    }

    /// The results, none of which may be success.
    #[track_caller]
    pub fn assert_all_fail(&self) {
        for (label, result) in &self.calls {
            assert_ne!(*result, errno::SUCCESS, "{label} succeeded");
        }
    }
}
