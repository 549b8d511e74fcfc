//! The state of one run: what the guest was given, and what it has opened.

use super::abi::Rights;
use super::descriptor::{Descriptor, Object, Table};
use super::process::Stop;
use super::stdio::{Captured, Input, Sink};
use crate::clock::{Clock, RunClock};
use crate::fs::Dir;
use crate::limits::Limits;
use crate::random::{Random, RunRandom};
use crate::stdio::{Kind, Stdio};
use std::sync::Arc;

/// Strings as the guest receives them: each ended by a NUL byte, one behind the
/// other, with the offset of each.
#[derive(Debug, Default)]
pub(crate) struct StringTable {
    bytes: Vec<u8>,
    offsets: Vec<usize>,
}

impl StringTable {
    /// Adds one string, made of `parts`, none of which contains a NUL byte.
    pub(crate) fn push(&mut self, parts: &[&[u8]]) {
        self.offsets.push(self.bytes.len());
        for part in parts {
            self.bytes.extend_from_slice(part);
        }
        self.bytes.push(0);
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn offsets(&self) -> &[usize] {
        &self.offsets
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
    /// Its files in memory go by it, too.
    pub(super) clock: Arc<RunClock>,
    pub(super) random: RunRandom,
    pub(super) memory: Option<wasmer::Memory>,
}

impl Context {
    /// A run with nothing but arguments and environment: its input is empty,
    /// its outputs are forgotten, and it sees no directories. Its clock starts now.
    pub(crate) fn new(
        arguments: StringTable,
        environment: StringTable,
        clock: Clock,
        random: Random,
        limits: Limits,
    ) -> Self {
        let mut table = Table::default();
        table.push_unchecked(Descriptor::stream(
            Object::Input(Input::Empty),
            Rights::FD_READ,
        ));
        table.push_unchecked(Descriptor::stream(
            Object::Output(Sink::Null),
            Rights::FD_WRITE,
        ));
        table.push_unchecked(Descriptor::stream(
            Object::Output(Sink::Null),
            Rights::FD_WRITE,
        ));
        Self {
            arguments,
            environment,
            table,
            captured: Captured::new(limits.output),
            stop: None,
            clock: Arc::new(RunClock::start(clock)),
            random: RunRandom::start(random),
            memory: None,
        }
    }

    /// # Errors
    ///
    /// What an input cannot be, in words.
    pub(crate) fn stdin(&mut self, stdin: &Stdio) -> Result<(), &'static str> {
        let input = match &stdin.0 {
            Kind::Null => Input::Empty,
            Kind::Piped => return Err("captured: it is an input"),
            Kind::Inherit => Input::Inherit,
            Kind::Bytes(bytes) => Input::Bytes {
                bytes: bytes.clone(),
                position: 0,
            },
            Kind::File(file) => Input::File(file.clone()),
        };
        self.table
            .set(0, Descriptor::stream(Object::Input(input), Rights::FD_READ));
        Ok(())
    }

    /// # Errors
    ///
    /// What an output cannot be, in words.
    pub(crate) fn stdout(&mut self, stdout: &Stdio) -> Result<(), &'static str> {
        let sink = sink(stdout, Sink::CapturedOut, Sink::InheritOut)?;
        self.table.set(
            1,
            Descriptor::stream(Object::Output(sink), Rights::FD_WRITE),
        );
        Ok(())
    }

    /// # Errors
    ///
    /// What an output cannot be, in words.
    pub(crate) fn stderr(&mut self, stderr: &Stdio) -> Result<(), &'static str> {
        let sink = sink(stderr, Sink::CapturedErr, Sink::InheritErr)?;
        self.table.set(
            2,
            Descriptor::stream(Object::Output(sink), Rights::FD_WRITE),
        );
        Ok(())
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

    /// Sets the memory that the guest's pointers point into.
    pub(crate) fn set_memory(&mut self, memory: wasmer::Memory) {
        self.memory = Some(memory);
    }

    /// Takes what was captured of standard output and standard error.
    pub(crate) fn take_captured(&mut self) -> (Vec<u8>, Vec<u8>) {
        (
            std::mem::take(&mut self.captured.stdout),
            std::mem::take(&mut self.captured.stderr),
        )
    }
}

fn sink(stdio: &Stdio, captured: Sink, inherited: Sink) -> Result<Sink, &'static str> {
    match &stdio.0 {
        Kind::Null => Ok(Sink::Null),
        Kind::Inherit => Ok(inherited),
        Kind::Piped => Ok(captured),
        Kind::File(file) => Ok(Sink::File(file.clone())),
        Kind::Bytes(_) => Err("bytes: it is an output"),
    }
}
