//! The types of values that cross, and their layout in memory.
//!
//! Everything here is computed in constants as well: the attribute compares a declaration with
//! its module when the application is compiled.

/// The type of a value that crosses, as both sides see it: a type of the component model
/// (its explainer, "Type Definitions").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `bool`
    Bool,
    /// `s8`
    S8,
    /// `u8`
    U8,
    /// `s16`
    S16,
    /// `u16`
    U16,
    /// `s32`
    S32,
    /// `u32`
    U32,
    /// `s64`
    S64,
    /// `u64`
    U64,
    /// `f32`
    F32,
    /// `f64`
    F64,
    /// `char`
    Char,
    /// `string`
    String,
    /// `list<…>`
    List(&'static Shape),
    /// `tuple<…>`
    Tuple(&'static [&'static Shape]),
    /// `record`: its fields, in order.
    Record(&'static [Field]),
    /// `variant`, and `enum` if no case has a value: its cases, in order.
    Variant(&'static [Case]),
    /// `option<…>`
    Option(&'static Shape),
    /// `result<…, …>`
    Result(Option<&'static Shape>, Option<&'static Shape>),
    /// `flags`: their names, the least significant bit first.
    Flags(&'static [&'static str]),
}

/// A field of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name, in kebab case.
    pub name: &'static str,
    /// Its type.
    pub shape: &'static Shape,
}

/// A case of a variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Case {
    /// Its name, in kebab case.
    pub name: &'static str,
    /// The type of its value, if it has one.
    pub shape: Option<&'static Shape>,
}

impl Shape {
    /// The alignment of the value in memory, in bytes (Canonical ABI, `alignment`).
    #[must_use]
    pub const fn alignment(&self) -> u32 {
        match *self {
            Self::Bool | Self::S8 | Self::U8 => 1,
            Self::S16 | Self::U16 => 2,
            Self::S32 | Self::U32 | Self::F32 | Self::Char | Self::String | Self::List(_) => 4,
            Self::S64 | Self::U64 | Self::F64 => 8,
            Self::Tuple(parts) => {
                let mut most = 1;
                let mut index = 0;
                while index < parts.len() {
                    most = max(most, parts[index].alignment());
                    index += 1;
                }
                most
            }
            Self::Record(fields) => {
                let mut most = 1;
                let mut index = 0;
                while index < fields.len() {
                    most = max(most, fields[index].shape.alignment());
                    index += 1;
                }
                most
            }
            Self::Variant(cases) => {
                let (_, alignment) = payload(cases);
                max(discriminant_size(cases.len()), alignment)
            }
            Self::Option(some) => some.alignment(),
            Self::Result(ok, err) => {
                let (_, alignment) = result_payload(ok, err);
                alignment
            }
            Self::Flags(names) => flags_size(names.len()),
        }
    }

    /// The size of the value in memory, in bytes (Canonical ABI, `elem_size`).
    #[must_use]
    pub const fn size(&self) -> u32 {
        match *self {
            Self::Bool | Self::S8 | Self::U8 => 1,
            Self::S16 | Self::U16 => 2,
            Self::S32 | Self::U32 | Self::F32 | Self::Char => 4,
            Self::S64 | Self::U64 | Self::F64 | Self::String | Self::List(_) => 8,
            Self::Tuple(parts) => {
                let mut size = 0;
                let mut index = 0;
                while index < parts.len() {
                    size = after(size, parts[index]);
                    index += 1;
                }
                align(size, self.alignment())
            }
            Self::Record(fields) => {
                let mut size = 0;
                let mut index = 0;
                while index < fields.len() {
                    size = after(size, fields[index].shape);
                    index += 1;
                }
                align(size, self.alignment())
            }
            Self::Variant(cases) => {
                let (size, alignment) = payload(cases);
                let start = align(discriminant_size(cases.len()), alignment);
                align(start + size, self.alignment())
            }
            Self::Option(some) => align(align(1, some.alignment()) + some.size(), self.alignment()),
            Self::Result(ok, err) => {
                let (size, alignment) = result_payload(ok, err);
                align(align(1, alignment) + size, self.alignment())
            }
            Self::Flags(names) => flags_size(names.len()),
        }
    }

    /// Reports whether a value of this type has parts that are only in memory.
    #[must_use]
    pub const fn is_indirect(&self) -> bool {
        match *self {
            Self::Bool
            | Self::S8
            | Self::U8
            | Self::S16
            | Self::U16
            | Self::S32
            | Self::U32
            | Self::S64
            | Self::U64
            | Self::F32
            | Self::F64
            | Self::Char
            | Self::Flags(_) => false,
            Self::String | Self::List(_) => true,
            Self::Tuple(parts) => {
                let mut index = 0;
                while index < parts.len() {
                    if parts[index].is_indirect() {
                        return true;
                    }
                    index += 1;
                }
                false
            }
            Self::Record(fields) => {
                let mut index = 0;
                while index < fields.len() {
                    if fields[index].shape.is_indirect() {
                        return true;
                    }
                    index += 1;
                }
                false
            }
            Self::Variant(cases) => {
                let mut index = 0;
                while index < cases.len() {
                    if let Some(shape) = cases[index].shape
                        && shape.is_indirect()
                    {
                        return true;
                    }
                    index += 1;
                }
                false
            }
            Self::Option(some) => some.is_indirect(),
            Self::Result(ok, err) => {
                (match ok {
                    Some(ok) => ok.is_indirect(),
                    None => false,
                }) || (match err {
                    Some(err) => err.is_indirect(),
                    None => false,
                })
            }
        }
    }

    /// The offset of a field of a record or a tuple, in bytes (Canonical ABI, `load_record`).
    #[must_use]
    pub const fn field_offset(&self, index: usize) -> u32 {
        let (mut size, mut before) = (0, 0);
        while before < index {
            size = after(size, self.field(before));
            before += 1;
        }
        align(size, self.field(index).alignment())
    }

    /// The offset of a field of a case from the start of the case's value, in bytes.
    #[must_use]
    pub const fn case_field_offset(&self, case: usize, index: usize) -> u32 {
        match *self {
            Self::Variant(cases) => match cases[case].shape {
                Some(shape) => shape.field_offset(index),
                None => 0,
            },
            _ => 0,
        }
    }

    /// The type of a field of a record or a tuple.
    const fn field(&self, index: usize) -> &Self {
        match *self {
            Self::Tuple(parts) => parts[index],
            Self::Record(fields) => fields[index].shape,
            _ => panic!("a value without fields"),
        }
    }

    /// The offset of the value of a case in memory.
    #[must_use]
    pub const fn payload_offset(&self) -> u32 {
        match *self {
            Self::Variant(cases) => {
                let (_, alignment) = payload(cases);
                align(discriminant_size(cases.len()), alignment)
            }
            Self::Option(some) => align(1, some.alignment()),
            Self::Result(ok, err) => {
                let (_, alignment) = result_payload(ok, err);
                align(1, alignment)
            }
            _ => 0,
        }
    }
}

/// The number of bytes of the number that says which of `cases` cases a variant is (Canonical
/// ABI, `discriminant_type`).
#[must_use]
pub(super) const fn discriminant_size(cases: usize) -> u32 {
    match cases {
        0..=0x100 => 1,
        0x101..=0x1_0000 => 2,
        _ => 4,
    }
}

/// The number of bytes of `flags` flags, of which there are at most 32.
#[must_use]
const fn flags_size(flags: usize) -> u32 {
    match flags {
        0..=8 => 1,
        9..=16 => 2,
        _ => 4,
    }
}

/// The largest size and alignment of the values of cases.
const fn payload(cases: &[Case]) -> (u32, u32) {
    let (mut size, mut alignment) = (0, 1);
    let mut index = 0;
    while index < cases.len() {
        if let Some(shape) = cases[index].shape {
            size = max(size, shape.size());
            alignment = max(alignment, shape.alignment());
        }
        index += 1;
    }
    (size, alignment)
}

const fn result_payload(ok: Option<&Shape>, err: Option<&Shape>) -> (u32, u32) {
    let (mut size, mut alignment) = (0, 1);
    if let Some(shape) = ok {
        (size, alignment) = (shape.size(), shape.alignment());
    }
    if let Some(shape) = err {
        size = max(size, shape.size());
        alignment = max(alignment, shape.alignment());
    }
    (size, alignment)
}

/// The end of a field that comes after `size` bytes.
const fn after(size: u32, shape: &Shape) -> u32 {
    align(size, shape.alignment()) + shape.size()
}

/// The first multiple of `alignment` that is not below `offset`.
#[must_use]
pub(super) const fn align(offset: u32, alignment: u32) -> u32 {
    (offset + alignment - 1) & !(alignment - 1)
}

const fn max(a: u32, b: u32) -> u32 {
    if a > b { a } else { b }
}
