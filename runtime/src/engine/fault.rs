//! What ended a guest's call otherwise than by returning.

use std::error::Error;
use std::fmt;

use backtrace::Backtrace;
use wasmer_vm::{Trap, TrapCode};

use super::code::Code;
use crate::error::Frame;

/// What ended a call.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The guest trapped, in these functions, innermost first.
    Trap { code: TrapCode, frames: Vec<Frame> },
    /// The host threw this, called by these functions.
    Thrown {
        error: Box<dyn Error + Send + Sync>,
        frames: Vec<Frame>,
    },
    /// There is not enough of something that a call needs.
    Exhausted,
}

/// What the host throws through a guest, with where it was.
#[derive(Debug)]
pub(crate) struct Thrown {
    pub(crate) error: Box<dyn Error + Send + Sync>,
    pub(crate) backtrace: Backtrace,
}

impl fmt::Display for Thrown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl Error for Thrown {}

/// The most functions of a stack that are told of: an endless recursion has
/// thousands.
pub(crate) const MOST_FRAMES: usize = 100;

impl Fault {
    pub(super) fn new(trap: Trap, code: &Code) -> Self {
        match trap {
            Trap::User(error) => match error.downcast::<Thrown>() {
                Ok(thrown) => Self::Thrown {
                    frames: frames(&thrown.backtrace, None, code),
                    error: thrown.error,
                },
                Err(error) => Self::Thrown {
                    error,
                    frames: Vec::new(),
                },
            },
            Trap::Wasm {
                pc,
                backtrace,
                signal_trap,
            } => Self::Trap {
                code: signal_trap
                    .or_else(|| Some(code.image().trap_at(code.offset(pc)?)))
                    .unwrap_or(TrapCode::HeapAccessOutOfBounds),
                frames: frames(&backtrace, Some(pc), code),
            },
            Trap::Lib {
                trap_code,
                backtrace,
            } => Self::Trap {
                code: trap_code,
                frames: frames(&backtrace, None, code),
            },
            Trap::UncaughtException { backtrace, .. } => Self::Trap {
                code: TrapCode::UncaughtException,
                frames: frames(&backtrace, None, code),
            },
            Trap::OOM { .. } => Self::Exhausted,
        }
    }

    /// What the host threw, if it is a `T`.
    pub(crate) fn thrown<T: Error + 'static>(&self) -> Option<&T> {
        match self {
            Self::Thrown { error, .. } => error.downcast_ref(),
            _ => None,
        }
    }

    /// Why the guest trapped, if it did.
    pub(crate) fn trap(&self) -> Option<TrapCode> {
        match self {
            Self::Trap { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// What happened, in words.
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

/// The guest's functions in a backtrace. `trap` is where the guest trapped, if it did: it
/// is the first of them, also where the stack could not be unwound. What is above it has
/// called, and its address is that of the instruction behind the call.
fn frames(backtrace: &Backtrace, trap: Option<usize>, code: &Code) -> Vec<Frame> {
    let called = backtrace
        .frames()
        .iter()
        .map(|frame| frame.ip() as usize)
        .filter(|address| Some(*address) != trap)
        .map(|address| address.wrapping_sub(1));
    trap.into_iter()
        .chain(called)
        .filter_map(|address| code.frame(address))
        .take(MOST_FRAMES)
        .collect()
}
