//! Waiting: `poll_oneoff`.

mod subscription;

use std::time::{Duration, Instant};

pub(super) use subscription::Layout;
use subscription::{Kind, Subscription, subscription};

use super::abi::{Fd, Rights};
use super::clock::ClockId;
use super::context::Context;
use super::descriptor::Object;
use super::device;
use crate::abi::{Errno, GuestMemory};
use crate::determinism::clock::nanoseconds;
use crate::fs::Device;
use crate::stdio::{Available, Input};

/// The bytes of an `event`.
const EVENT: u32 = 32;
/// The flag of an event whose peer is gone.
const HANGUP: u16 = 1;

/// The state of a subscription.
#[derive(Debug, Clone, Copy)]
enum State {
    /// It has happened: this many bytes, these flags.
    Ready { bytes: u64, flags: u16 },
    /// It will never happen.
    Failed(Errno),
    /// It happens this long after the call began.
    At(Duration),
    /// It happens when the host's stream behind this descriptor reports it.
    Host(Fd),
    /// It may happen after a notification.
    Later,
}

/// Waits until one of the subscriptions has happened, and reports all that have.
///
/// The subscriptions are read where they are, once before the wait and once
/// after it: there can be as many as fit in guest memory, so none are copied.
pub(super) fn poll_oneoff(
    context: &mut Context,
    memory: &mut GuestMemory<'_>,
    layout: Layout,
    subscriptions: u32,
    events: u32,
    count: u32,
    result: u32,
) -> Result<(), Errno> {
    if count == 0 {
        return Err(Errno::Inval);
    }
    memory.check(result, 4)?;
    memory.check(
        subscriptions,
        count.checked_mul(layout.size).ok_or(Errno::Fault)?,
    )?;
    memory.check(events, count.checked_mul(EVENT).ok_or(Errno::Fault)?)?;
    let poll = Poll {
        layout,
        subscriptions,
        events,
        count,
        start: context.given.clock.passed(),
    };
    loop {
        let seen = context.control.notifications();
        let survey = poll.survey(context, memory)?;
        let readable = survey.wait(context, seen, poll.start)?;
        let written = poll.report(context, memory, &readable)?;
        // The host's clocks may disagree by a little on whether the deadline has passed, and the
        // notification may have been for something else.
        if written > 0 {
            return memory.write_u32(result, written);
        }
        if context.control.is_stopped() {
            return Err(Errno::Intr);
        }
    }
}

/// The arguments of one call, checked, and when it began.
struct Poll {
    layout: Layout,
    subscriptions: u32,
    events: u32,
    count: u32,
    /// By the run's clock, in nanoseconds.
    start: u64,
}

impl Poll {
    fn subscription(&self, memory: &GuestMemory<'_>, index: u32) -> Result<Subscription, Errno> {
        let at = self.subscriptions + index * self.layout.size;
        subscription(memory, self.layout, at)
    }

    /// # Errors
    ///
    /// `EINTR` if the run must stop. There can be many subscriptions, and the state of one of
    /// an in-memory file waits for the lock of its mount.
    fn go_on(context: &Context) -> Result<(), Errno> {
        if context.control.is_stopped() {
            return Err(Errno::Intr);
        }
        Ok(())
    }

    fn survey(&self, context: &Context, memory: &GuestMemory<'_>) -> Result<Survey, Errno> {
        let mut streams = Vec::new();
        let mut limit: Option<Duration> = None;
        for index in 0..self.count {
            Self::go_on(context)?;
            let kind = self.subscription(memory, index)?.kind;
            let after = match state(context, kind, self.start) {
                State::Ready { .. } | State::Failed(_) => Duration::ZERO,
                State::At(after) => after,
                State::Host(stream) => {
                    if !streams.contains(&stream) {
                        streams.push(stream);
                    }
                    continue;
                }
                State::Later => continue,
            };
            limit = Some(limit.map_or(after, |earliest| earliest.min(after)));
        }
        Ok(Survey { streams, limit })
    }

    /// Writes an event for each subscription that has happened, and returns their number.
    fn report(
        &self,
        context: &Context,
        memory: &mut GuestMemory<'_>,
        readable: &[Fd],
    ) -> Result<u32, Errno> {
        let passed = since(context, self.start);
        let mut written = 0;
        for index in 0..self.count {
            Self::go_on(context)?;
            let subscription = self.subscription(memory, index)?;
            let (error, bytes, flags) = match state(context, subscription.kind, self.start) {
                State::Ready { bytes, flags } => (Errno::Success, bytes, flags),
                State::Failed(error) => (error, 0, 0),
                State::At(after) if after <= passed => (Errno::Success, 0, 0),
                State::Host(stream) if readable.contains(&stream) => (Errno::Success, 1, 0),
                State::At(_) | State::Host(_) | State::Later => continue,
            };
            let mut event = [0; EVENT as usize];
            event[0..8].copy_from_slice(&subscription.userdata.to_le_bytes());
            event[8..10].copy_from_slice(&(error as u16).to_le_bytes());
            event[10] = subscription.kind.tag();
            event[16..24].copy_from_slice(&bytes.to_le_bytes());
            event[24..26].copy_from_slice(&flags.to_le_bytes());
            memory.write(self.events + written * EVENT, &event)?;
            written += 1;
        }
        Ok(written)
    }
}

fn state(context: &Context, kind: Kind, start: u64) -> State {
    let found = match kind {
        Kind::Clock {
            id,
            timeout,
            absolute,
        } => due(context, id, timeout, absolute, start),
        Kind::Read(fd) => readable(context, fd),
        Kind::Write(fd) => writable(context, fd),
    };
    found.unwrap_or_else(State::Failed)
}

/// When a clock is due, counted from the call's start.
fn due(
    context: &Context,
    id: u32,
    timeout: u64,
    absolute: bool,
    start: u64,
) -> Result<State, Errno> {
    let clock = ClockId::new(id)?;
    if !absolute {
        return Ok(State::At(Duration::from_nanos(timeout)));
    }
    let left = Duration::from_nanos(timeout.saturating_sub(clock.now(&context.given.clock)));
    Ok(if left.is_zero() {
        State::Ready { bytes: 0, flags: 0 }
    } else {
        State::At(left.saturating_add(since(context, start)))
    })
}

fn readable(context: &Context, fd: Fd) -> Result<State, Errno> {
    let descriptor = context.table.get(fd)?;
    descriptor.require(Rights::POLL_FD_READWRITE)?;
    match &descriptor.object {
        Object::Input(input) => Ok(match input.available() {
            Available::Bytes(0) => State::Ready {
                bytes: 0,
                flags: HANGUP,
            },
            Available::Bytes(bytes) => State::Ready { bytes, flags: 0 },
            Available::AsksHost => State::Host(fd),
            Available::Later => State::Later,
        }),
        Object::File(file) => {
            let position = file.seek(std::io::SeekFrom::Current(0))?;
            let bytes = file.stat()?.size.saturating_sub(position);
            Ok(State::Ready { bytes, flags: 0 })
        }
        Object::Device(open) => match (device::stream(open.device), open.device) {
            (Some(stream), _) => {
                context.table.stream(stream)?;
                readable(context, stream)
            }
            (None, Device::Null) => Ok(State::Ready { bytes: 0, flags: 0 }),
            (None, _) => Ok(State::Ready { bytes: 1, flags: 0 }),
        },
        Object::Output(_) | Object::Directory(_) => Err(Errno::Badf),
    }
}

fn writable(context: &Context, fd: Fd) -> Result<State, Errno> {
    let descriptor = context.table.get(fd)?;
    descriptor.require(Rights::POLL_FD_READWRITE)?;
    match &descriptor.object {
        Object::Output(sink) if !sink.can_write() => Ok(State::Later),
        Object::Output(_) | Object::File(_) => Ok(State::Ready { bytes: 1, flags: 0 }),
        Object::Device(open) => match device::stream(open.device) {
            Some(stream) => {
                context.table.stream(stream)?;
                writable(context, stream)
            }
            None => Ok(State::Ready { bytes: 1, flags: 0 }),
        },
        Object::Input(_) | Object::Directory(_) => Err(Errno::Badf),
    }
}

/// The events to wait for.
struct Survey {
    /// The host's streams.
    streams: Vec<Fd>,
    /// The longest time to wait, counted from the start; `None` means for ever.
    limit: Option<Duration>,
}

impl Survey {
    /// Waits until one of the host's streams can be read, the time is over, or there were more
    /// than `seen` notifications; returns the streams that can be read.
    fn wait(&self, context: &Context, seen: u64, start: u64) -> Result<Vec<Fd>, Errno> {
        if context.given.clock.is_own() {
            return self.wait_by_own_clock(context, seen, start);
        }
        let until = self.limit.and_then(|limit| {
            Instant::now().checked_add(limit.saturating_sub(since(context, start)))
        });
        self.wait_until(context, seen, until)
    }

    /// With a virtual clock, waiting takes no time: the clock advances to the point at which
    /// the wait ends. Only streams are really waited for, and if there is also a time to wait
    /// for, they are only checked once.
    fn wait_by_own_clock(
        &self,
        context: &Context,
        seen: u64,
        start: u64,
    ) -> Result<Vec<Fd>, Errno> {
        let look = self.limit.map(|_| Instant::now());
        let readable = self.wait_until(context, seen, look)?;
        if readable.is_empty()
            && let Some(limit) = self.limit
        {
            let left = limit.saturating_sub(since(context, start));
            context.given.clock.advance(nanoseconds(left));
        }
        Ok(readable)
    }

    fn wait_until(
        &self,
        context: &Context,
        seen: u64,
        until: Option<Instant>,
    ) -> Result<Vec<Fd>, Errno> {
        if self.streams.is_empty() {
            context.control.wait(seen, until);
            return Ok(Vec::new());
        }
        wait_for_streams(context, &self.streams, seen, until)
    }
}

/// Returns the time since a time of the run's clock.
fn since(context: &Context, start: u64) -> Duration {
    Duration::from_nanos(context.given.clock.passed().saturating_sub(start))
}

#[cfg(unix)]
fn wait_for_streams(
    context: &Context,
    streams: &[Fd],
    seen: u64,
    until: Option<Instant>,
) -> Result<Vec<Fd>, Errno> {
    use rustix::event::PollFlags;
    use std::os::fd::AsFd as _;

    let stdin = std::io::stdin();
    let mut hosts = Vec::with_capacity(streams.len());
    for &fd in streams {
        let Object::Input(input) = &context.table.get(fd)?.object else {
            continue;
        };
        let stream = match input {
            Input::Inherit => stdin.as_fd(),
            Input::File(file) => file.as_fd(),
            Input::Empty | Input::Bytes { .. } | Input::Reader(_) | Input::Pipe(_) => continue,
        };
        hosts.push((fd, stream));
    }
    let (fds, files): (Vec<_>, Vec<_>) = hosts.into_iter().unzip();
    let ready = context.control.poll(seen, &files, PollFlags::IN, until)?;
    Ok(fds
        .into_iter()
        .zip(ready)
        .filter(|(_, ready)| *ready)
        .map(|(fd, _)| fd)
        .collect())
}

/// Elsewhere a stream counts as readable, and a read waits.
#[cfg(not(unix))]
fn wait_for_streams(
    _: &Context,
    streams: &[Fd],
    _: u64,
    _: Option<Instant>,
) -> Result<Vec<Fd>, Errno> {
    Ok(streams.to_vec())
}
