//! The ways in which a call of a guest ends other than by returning.

use std::any::Any;
use std::error::Error;
use std::ops::Range;

use wasmer_types::TrapCode;

use super::backtrace::{Position, frames};
use super::code::Code;
use super::leaving::Signal;
use crate::outcome::Frame;

/// The reason that a call ended.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The guest trapped, in these functions, innermost first.
    Trap { code: TrapCode, frames: Vec<Frame> },
    /// The host threw this value when these functions had called it.
    Thrown {
        error: Box<dyn Error + Send + Sync>,
        frames: Vec<Frame>,
    },
    /// There is not enough of something that a call needs.
    Exhausted,
}

/// The reason that a guest is being left.
pub(crate) enum Departure {
    /// The guest did something that WebAssembly defines as a trap.
    Trap(TrapCode),
    /// A host function ends the guest.
    Thrown(Box<dyn Error + Send + Sync>),
    /// The host has too little memory for the request.
    Exhausted,
    /// The guest has not returned from a call that the host function made.
    Fault(Fault),
    /// A host function panicked.
    Panic(Box<dyn Any + Send>),
}

impl Fault {
    /// The fault of a signal, on a stack with these addresses.
    pub(super) fn of_signal(signal: Signal, stack: Range<usize>, code: &Code) -> Self {
        let trap = if signal.in_guard {
            TrapCode::StackOverflow
        } else {
            let offset = code.offset(signal.pc);
            offset.map_or(TrapCode::HeapAccessOutOfBounds, |offset| {
                code.image().trap_at(offset)
            })
        };
        // The stack check precedes the code that sets up a frame, and its trap is right before the
        // first instruction of the function.
        let at_entry = trap == TrapCode::StackOverflow;
        let has_frame = !at_entry && code.sets_up_frame(signal.pc);
        let position = Position {
            pc: Some(if at_entry { signal.pc + 4 } else { signal.pc }),
            caller: (!has_frame).then_some(signal.caller),
            frame: signal.frame,
        };
        Self::Trap {
            code: trap,
            frames: frames(position, stack, code),
        }
    }

    /// The fault of a host function that was called with this frame pointer.
    ///
    /// # Panics
    ///
    /// If the host function panicked, with the same payload.
    pub(super) fn of_departure(
        departure: Departure,
        frame: usize,
        stack: Range<usize>,
        code: &Code,
    ) -> Self {
        let frames = || {
            let position = Position {
                pc: None,
                caller: None,
                frame,
            };
            frames(position, stack, code)
        };
        match departure {
            Departure::Trap(code) => Self::Trap {
                code,
                frames: frames(),
            },
            Departure::Thrown(error) => Self::Thrown {
                error,
                frames: frames(),
            },
            Departure::Exhausted => Self::Exhausted,
            Departure::Fault(fault) => fault,
            Departure::Panic(panic) => std::panic::resume_unwind(panic),
        }
    }

    /// A trap before any function ran.
    pub(super) fn at_first(code: TrapCode) -> Self {
        Self::Trap {
            code,
            frames: Vec::new(),
        }
    }

    /// Returns the value that the host threw, if it is a `T`.
    pub(crate) fn thrown<T: Error + 'static>(&self) -> Option<&T> {
        match self {
            Self::Thrown { error, .. } => error.downcast_ref(),
            _ => None,
        }
    }

    /// The reason that the guest trapped, if it did.
    pub(crate) fn trap(&self) -> Option<TrapCode> {
        match self {
            Self::Trap { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// Returns a message.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Trap { code, .. } => code.message().to_owned(),
            Self::Thrown { error, .. } => error.to_string(),
            Self::Exhausted => "out of memory".to_owned(),
        }
    }

    /// The functions that were running, innermost first.
    pub(crate) fn frames(&self) -> &[Frame] {
        match self {
            Self::Trap { frames, .. } | Self::Thrown { frames, .. } => frames,
            Self::Exhausted => &[],
        }
    }
}
