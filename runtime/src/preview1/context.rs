//! The state of one run: its inputs, and its open descriptors.

use std::mem;
use std::sync::Arc;

use super::abi::Rights;
use super::descriptor::{Descriptor, Object, Table};
use crate::control::{Control, Stop};
use crate::outcome::Traffic;
use crate::setup::Given;
use crate::stdio::{Captured, Input, Sink};

/// The state of one run.
pub(crate) struct Context {
    /// Its streams and directories are in the table.
    pub(super) given: Box<Given>,
    pub(super) table: Table,
    pub(super) captured: Captured,
    /// The reason that the guest must not continue after the current call.
    pub(super) stop: Option<Stop>,
    /// The control that stops the run from outside, and wakes it where it waits.
    pub(super) control: Arc<Control>,
    pub(super) traffic: Traffic,
}

impl Context {
    /// A run that has captured nothing yet, with at most `output` bytes per stream.
    pub(crate) fn new(mut given: Box<Given>, output: u64, control: Arc<Control>) -> Box<Self> {
        let mut table = Table::default();
        // Descriptors are numbered in this order.
        let stdin = mem::replace(&mut given.stdin, Input::Empty);
        table.push_unchecked(Descriptor::stream(Object::Input(stdin), Rights::FD_READ));
        for sink in [&mut given.stdout, &mut given.stderr] {
            let sink = mem::replace(sink, Sink::Null);
            table.push_unchecked(Descriptor::stream(Object::Output(sink), Rights::FD_WRITE));
        }
        for (guest, directory) in mem::take(&mut given.directories) {
            table.push_unchecked(Descriptor::preopen(guest, directory));
        }
        // Boxed, since a session is moved.
        Box::new(Self {
            given,
            table,
            captured: Captured::new(output),
            stop: None,
            control,
            traffic: Traffic::default(),
        })
    }

    /// Closes everything that the guest had open.
    pub(crate) fn finish(&mut self) {
        mem::take(&mut self.table).close_all(&self.control);
    }

    pub(crate) fn control(&self) -> &Arc<Control> {
        &self.control
    }

    pub(crate) fn traffic(&self) -> Traffic {
        self.traffic
    }

    /// Reports whether directories must be listed in the same order in every run.
    pub(super) fn is_repeatable(&self) -> bool {
        self.given.clock.is_own() || self.given.random.is_seeded()
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
