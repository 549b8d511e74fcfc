//! The core types that a value becomes if it is passed by itself (Canonical ABI, "Flattening").
//!
//! Everything here can also be computed in constants, as the types themselves are.

use super::shape::Shape;

/// A value type of WebAssembly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Core {
    /// A 32-bit integer.
    I32,
    /// A 64-bit integer.
    I64,
    /// A 32-bit float.
    F32,
    /// A 64-bit float.
    F64,
}

impl Core {
    /// The type that a value of either type fits in (Canonical ABI, `join`).
    const fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::I32, Self::I32) => Self::I32,
            (Self::I64, Self::I64) => Self::I64,
            (Self::F32, Self::F32) => Self::F32,
            (Self::F64, Self::F64) => Self::F64,
            (Self::I32, Self::F32) | (Self::F32, Self::I32) => Self::I32,
            (Self::I32 | Self::F32, Self::I64 | Self::F64)
            | (Self::I64 | Self::F64, Self::I32 | Self::F32)
            | (Self::I64, Self::F64)
            | (Self::F64, Self::I64) => Self::I64,
        }
    }

    /// The name of the type in WebAssembly's text format.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::F32 => "f32",
            Self::F64 => "f64",
        }
    }
}

/// The largest number of core types in a list. A longer one is passed through memory by every
/// convention.
const MOST: usize = 32;

/// A list of core types, of which the first [`MOST`] are stored.
#[derive(Debug, Clone, Copy)]
pub struct CoreTypes {
    types: [Core; MOST],
    len: usize,
}

impl CoreTypes {
    /// No types.
    pub const NONE: Self = Self {
        types: [Core::I32; MOST],
        len: 0,
    };

    /// The number of types, which may be larger than [`MOST`].
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Reports whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The type at `index`, if it is stored.
    #[must_use]
    pub const fn get(&self, index: usize) -> Option<Core> {
        if index < self.len && index < MOST {
            Some(self.types[index])
        } else {
            None
        }
    }

    /// Adds a type.
    pub const fn push(&mut self, core: Core) {
        if self.len < MOST {
            self.types[self.len] = core;
        }
        self.len = self.len.saturating_add(1);
    }

    /// Adds the types that a value becomes if it is passed by itself (Canonical ABI,
    /// `flatten_type`).
    pub const fn push_flat(&mut self, shape: &Shape) {
        match *shape {
            Shape::Bool
            | Shape::S8
            | Shape::U8
            | Shape::S16
            | Shape::U16
            | Shape::S32
            | Shape::U32
            | Shape::Char
            | Shape::Flags(_) => self.push(Core::I32),
            Shape::S64 | Shape::U64 => self.push(Core::I64),
            Shape::F32 => self.push(Core::F32),
            Shape::F64 => self.push(Core::F64),
            Shape::String | Shape::List(_) => {
                self.push(Core::I32);
                self.push(Core::I32);
            }
            Shape::Tuple(parts) => {
                let mut index = 0;
                while index < parts.len() {
                    self.push_flat(parts[index]);
                    index += 1;
                }
            }
            Shape::Record(fields) => {
                let mut index = 0;
                while index < fields.len() {
                    self.push_flat(fields[index].shape);
                    index += 1;
                }
            }
            Shape::Variant(cases) => {
                self.push(Core::I32);
                let start = self.len;
                let mut index = 0;
                while index < cases.len() {
                    if let Some(shape) = cases[index].shape {
                        self.join_flat(start, shape);
                    }
                    index += 1;
                }
            }
            Shape::Option(some) => {
                self.push(Core::I32);
                self.join_flat(self.len, some);
            }
            Shape::Result(ok, err) => {
                self.push(Core::I32);
                let start = self.len;
                if let Some(ok) = ok {
                    self.join_flat(start, ok);
                }
                if let Some(err) = err {
                    self.join_flat(start, err);
                }
            }
        }
    }

    /// Joins the types of a case with those of the cases before it, which start at `start`.
    const fn join_flat(&mut self, start: usize, shape: &Shape) {
        let mut case = Self::NONE;
        case.push_flat(shape);
        let mut index = 0;
        while index < case.len {
            let at = start.saturating_add(index);
            if at < self.len {
                if at < MOST && index < MOST {
                    self.types[at] = self.types[at].join(case.types[index]);
                }
            } else if index < MOST {
                self.push(case.types[index]);
            } else {
                self.len = self.len.saturating_add(1);
            }
            index += 1;
        }
    }
}

impl Shape {
    /// The core types of a value that is passed by itself.
    #[must_use]
    pub const fn flat(&self) -> CoreTypes {
        let mut types = CoreTypes::NONE;
        types.push_flat(self);
        types
    }
}
