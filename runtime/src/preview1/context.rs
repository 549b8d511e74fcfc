//! The state of one run: what the guest was given, and what it has opened.

use std::fmt;
use std::fs::File;
use std::io;
use std::mem;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::abi::Rights;
use super::descriptor::{Descriptor, Object, Table};
use super::process::Stop;
use super::stdio::{
    self, Access, Captured, Input, InputEnd, OutputEnd, Sink, Source, Stream, Target,
};
#[cfg(feature = "wasix")]
use super::stdio::{InputStream, OutputStream};
use crate::clock::{Clock, RunClock};
use crate::control::Control;
use crate::fs::Dir;
use crate::limits::Limits;
use crate::random::{Random, RunRandom};
use crate::stdio::{Kind, Stdio};
use crate::streams::{self, Pipe, Reader, Writer};

/// Strings as the guest receives them: each ended by a NUL byte, one behind the other.
#[derive(Clone, Default)]
pub(crate) struct StringTable {
    bytes: Vec<u8>,
    count: usize,
}

impl StringTable {
    /// With room for `count` strings of the usual length.
    pub(crate) fn for_strings(count: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(count * 32),
            count: 0,
        }
    }

    /// Adds one string, made of `parts`, none of which contains a NUL byte.
    pub(crate) fn push(&mut self, parts: &[&[u8]]) {
        self.count += 1;
        for part in parts {
            self.bytes.extend_from_slice(part);
        }
        self.bytes.push(0);
    }

    /// These strings, with one more before them, which contains no NUL byte.
    pub(crate) fn behind(&self, first: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(first.len() + 1 + self.bytes.len());
        bytes.extend_from_slice(first);
        bytes.push(0);
        bytes.extend_from_slice(&self.bytes);
        let count = 1 + self.count;
        Self { bytes, count }
    }

    /// Each for itself, without the NUL byte.
    fn strings(&self) -> impl Iterator<Item = &[u8]> {
        let strings = self.bytes.split(|byte| *byte == 0);
        // Behind the last NUL byte, there is nothing.
        strings.take(self.count)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The number of strings.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// The offset of each string.
    pub(super) fn offsets(&self) -> impl Iterator<Item = usize> {
        let ends = self
            .bytes
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte == 0);
        let behind = ends.map(|(end, _)| end + 1);
        std::iter::once(0).chain(behind).take(self.count)
    }
}

impl fmt::Debug for StringTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.strings().map(String::from_utf8_lossy))
            .finish()
    }
}

/// The state of one run.
pub(crate) struct Context {
    pub(super) arguments: StringTable,
    pub(super) environment: StringTable,
    pub(super) table: Table,
    pub(super) captured: Captured,
    /// Why the guest is not to go on after the call that it is in.
    pub(super) stop: Option<Stop>,
    /// By what it is stopped from outside, and woken where it waits.
    pub(super) control: Arc<Control>,
    pub(super) traffic: Traffic,
    /// Its files in memory go by it, too.
    pub(super) clock: Arc<RunClock>,
    pub(super) random: RunRandom,
}

impl Context {
    /// A run with nothing but arguments and environment, whose clock starts at `started`.
    ///
    /// Next come [`stdin`](Self::stdin), [`stdout`](Self::stdout) and
    /// [`stderr`](Self::stderr), in this order, and then directories: descriptors are
    /// numbered so.
    pub(crate) fn new(
        arguments: StringTable,
        environment: StringTable,
        clock: Clock,
        random: Random,
        limits: Limits,
        control: Arc<Control>,
        started: Instant,
    ) -> Self {
        Self {
            arguments,
            environment,
            table: Table::default(),
            captured: Captured::new(limits.output),
            stop: None,
            control,
            traffic: Traffic::default(),
            clock: Arc::new(RunClock::start(clock, started)),
            random: RunRandom::start(random),
        }
    }

    /// Sets the input, and gives the other end of its pipe, if the host has one.
    ///
    /// # Errors
    ///
    /// What an input cannot be, and where there can be no thread to read it.
    pub(crate) fn stdin(&mut self, stdin: &Stdio, ends: Ends) -> Result<Option<Arc<Pipe>>, Unfit> {
        let mut other_end = None;
        let input = match &stdin.0 {
            Kind::Null => Input::Empty,
            Kind::Piped if ends == Ends::Captured => Input::Empty,
            Kind::Piped => {
                let pipe = Pipe::new(&self.control);
                other_end = Some(Arc::clone(&pipe));
                Input::Pipe(InputEnd(pipe))
            }
            Kind::Bytes(bytes) => Input::Bytes {
                bytes: bytes.clone(),
                position: 0,
            },
            Kind::Inherit if self.waits_elsewhere() => {
                self.fed(Arc::new(Mutex::new(io::stdin())))?
            }
            Kind::Inherit => match stdio::own(&io::stdin(), Access::Read, &self.control) {
                Some(own) => Input::File(own),
                None => Input::Inherit,
            },
            Kind::File(file) if self.waits_elsewhere() => self.fed(shared(file.clone()))?,
            Kind::File(file) => {
                let own = stdio::own(&**file, Access::Read, &self.control);
                Input::File(own.unwrap_or_else(|| file.clone()))
            }
            Kind::Reader(reader) if self.control.is_stoppable() => self.fed(reader.clone())?,
            Kind::Reader(reader) => Input::Reader(Source(reader.clone())),
            Kind::Writer(_) => return Err(Unfit::Is("a writer: it is an input")),
        };
        let input = Descriptor::stream(Object::Input(input), Rights::FD_READ);
        self.table.push_unchecked(input);
        Ok(other_end)
    }

    /// Sets the output, and gives the other end of its pipe, if the host has one.
    ///
    /// # Errors
    ///
    /// What an output cannot be, and where there can be no thread to write it.
    pub(crate) fn stdout(&mut self, stdio: &Stdio, ends: Ends) -> Result<Option<Arc<Pipe>>, Unfit> {
        self.output(Stream::Out, stdio, ends)
    }

    /// As [`stdout`](Self::stdout).
    pub(crate) fn stderr(&mut self, stdio: &Stdio, ends: Ends) -> Result<Option<Arc<Pipe>>, Unfit> {
        self.output(Stream::Err, stdio, ends)
    }

    fn output(
        &mut self,
        stream: Stream,
        stdio: &Stdio,
        ends: Ends,
    ) -> Result<Option<Arc<Pipe>>, Unfit> {
        let mut other_end = None;
        let sink = match &stdio.0 {
            Kind::Null => Sink::Null,
            Kind::Piped if ends == Ends::Captured => Sink::Captured(stream),
            Kind::Piped => {
                let pipe = Pipe::new(&self.control);
                other_end = Some(Arc::clone(&pipe));
                Sink::Pipe(OutputEnd(pipe, stream))
            }
            Kind::Inherit if self.waits_elsewhere() => {
                self.drained(stream, stream.of_this_process())?
            }
            Kind::Inherit => {
                if self.control.is_stoppable() {
                    // What this process printed before comes first.
                    stream.flush_of_this_process();
                }
                let own = match stream {
                    Stream::Out => stdio::own(&io::stdout(), Access::Write, &self.control),
                    Stream::Err => stdio::own(&io::stderr(), Access::Write, &self.control),
                };
                own.map_or(Sink::Inherit(stream), Sink::File)
            }
            Kind::File(file) if self.waits_elsewhere() => {
                self.drained(stream, shared(file.clone()))?
            }
            Kind::File(file) => {
                let own = stdio::own(&**file, Access::Write, &self.control);
                Sink::File(own.unwrap_or_else(|| file.clone()))
            }
            Kind::Writer(writer) if self.control.is_stoppable() => {
                self.drained(stream, writer.clone())?
            }
            Kind::Writer(writer) => Sink::Writer(Target(writer.clone())),
            Kind::Bytes(_) => return Err(Unfit::Is("bytes: it is an output")),
            Kind::Reader(_) => return Err(Unfit::Is("a reader: it is an output")),
        };
        let output = Descriptor::stream(Object::Output(sink), Rights::FD_WRITE);
        self.table.push_unchecked(output);
        Ok(other_end)
    }

    /// Whether files of the host need a thread of their own to wait for: where the
    /// system has no way to wait for them and the bell at once.
    fn waits_elsewhere(&self) -> bool {
        cfg!(not(unix)) && self.control.is_stoppable()
    }

    fn fed(&self, reader: Reader) -> Result<Input, Unfit> {
        let pipe = Pipe::new(&self.control);
        streams::feed(reader, Arc::clone(&pipe)).map_err(Unfit::NoThread)?;
        Ok(Input::Pipe(InputEnd(pipe)))
    }

    fn drained(&self, stream: Stream, writer: Writer) -> Result<Sink, Unfit> {
        let pipe = Pipe::new(&self.control);
        streams::drain(Arc::clone(&pipe), writer).map_err(Unfit::NoThread)?;
        Ok(Sink::Drained(OutputEnd(pipe, stream)))
    }

    /// Closes everything that the guest had open. Files of a run that was stopped are left
    /// to the reaper: to close one can be to remove it, and there may be a thousand.
    pub(crate) fn finish(&mut self) {
        let table = mem::take(&mut self.table);
        if self.control.is_stopped() {
            table.close_files_later();
        }
    }

    pub(crate) fn traffic(&self) -> Traffic {
        self.traffic
    }

    pub(crate) fn clock(&self) -> &Arc<RunClock> {
        &self.clock
    }

    /// Whether directories must be listed in the same order in every run.
    pub(super) fn is_repeatable(&self) -> bool {
        self.clock.is_own() || self.random.is_seeded()
    }

    /// Adds a directory that the guest finds under the path `guest`.
    pub(crate) fn preopen(&mut self, guest: String, directory: Dir) {
        self.table
            .push_unchecked(Descriptor::preopen(guest, directory));
    }

    /// What it is made of, for another host.
    #[cfg(feature = "wasix")]
    pub(crate) fn into_parts(mut self) -> Parts {
        let limit = self.captured.limit();
        let control = self.control;
        let mut stream = |fd| {
            self.table
                .close(fd)
                .ok()
                .map(|descriptor| descriptor.object)
        };
        let input = match stream(0) {
            Some(Object::Input(input)) => input,
            _ => Input::Empty,
        };
        let mut output = |fd| {
            let sink = match stream(fd) {
                Some(Object::Output(sink)) => sink,
                _ => Sink::Null,
            };
            OutputStream::new(sink, limit, Arc::clone(&control))
        };
        Parts {
            stdout: output(1),
            stderr: output(2),
            stdin: InputStream::new(input, Arc::clone(&control)),
            arguments: self.arguments.strings().map(<[u8]>::to_vec).collect(),
            environment: self.environment.strings().map(<[u8]>::to_vec).collect(),
            preopens: self.table.into_preopens(),
            clock: self.clock,
        }
    }

    /// Takes what was captured of standard output and standard error.
    pub(crate) fn take_captured(&mut self) -> (Vec<u8>, Vec<u8>) {
        (self.take_captured_stdout(), self.take_captured_stderr())
    }

    pub(crate) fn take_captured_stdout(&mut self) -> Vec<u8> {
        mem::take(&mut self.captured.stdout)
    }

    pub(crate) fn take_captured_stderr(&mut self) -> Vec<u8> {
        mem::take(&mut self.captured.stderr)
    }
}

/// What a context is made of.
#[cfg(feature = "wasix")]
pub(crate) struct Parts {
    pub(crate) arguments: Vec<Vec<u8>>,
    /// Each a name, `=`, and a value.
    pub(crate) environment: Vec<Vec<u8>>,
    pub(crate) stdin: InputStream,
    pub(crate) stdout: OutputStream,
    pub(crate) stderr: OutputStream,
    /// Directories with the paths under which the guest finds them.
    pub(crate) preopens: Vec<(String, Dir)>,
    pub(crate) clock: Arc<RunClock>,
}

/// How many bytes went through descriptors, files and streams alike.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Traffic {
    pub(crate) read: u64,
    pub(crate) written: u64,
}

/// What a pipe that is asked for stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    /// There is nobody at its other end: outputs are captured, the input is empty.
    Captured,
    /// The caller has the other ends.
    Given,
}

/// Why a stream cannot be what it is asked to be.
#[derive(Debug)]
pub(crate) enum Unfit {
    /// What it was given, in words.
    Is(&'static str),
    /// There can be no thread that waits for it.
    NoThread(io::Error),
}

/// A file as a reader and writer of its own.
fn shared(file: Arc<File>) -> Arc<Mutex<Arc<File>>> {
    Arc::new(Mutex::new(file))
}
