//! Strings and lists.

use super::crossing::CHUNK;
use super::crossing::NotCrossed;
use super::lifting::Lifting;
use super::lowering::Lowering;
use super::shape::Shape;
use super::{Lower, Value};
use crate::outcome::ValueError;

/// A string crosses as the list of its bytes.
impl Lower for str {
    const SHAPE: &'static Shape = &Shape::String;

    fn lower(&self, to: &mut Lowering<'_>) -> Result<(), NotCrossed> {
        self.as_bytes().lower(to)
    }

    fn store(&self, at: u32, to: &mut Lowering<'_>) -> Result<(), NotCrossed> {
        self.as_bytes().store(at, to)
    }
}

impl Value for String {
    fn lift(from: &mut Lifting<'_>) -> Result<Self, NotCrossed> {
        let (pointer, len) = (u32::lift(from)?, u32::lift(from)?);
        get_string(pointer, len, from)
    }

    fn load(at: u32, from: &mut Lifting<'_>) -> Result<Self, NotCrossed> {
        let (pointer, len) = load_pair(at, from)?;
        get_string(pointer, len, from)
    }
}

impl<T: Lower> Lower for [T] {
    const SHAPE: &'static Shape = {
        // Otherwise, a guest could return a list of four billion elements that take no memory.
        assert!(
            T::SHAPE.size() > 0,
            "the elements of a list must have a size"
        );
        &Shape::List(T::SHAPE)
    };

    fn lower(&self, to: &mut Lowering<'_>) -> Result<(), NotCrossed> {
        let (pointer, len) = put_list(self, to)?;
        to.push(u64::from(pointer));
        to.push(u64::from(len));
        Ok(())
    }

    fn store(&self, at: u32, to: &mut Lowering<'_>) -> Result<(), NotCrossed> {
        let pair = put_list(self, to)?;
        store_pair(pair, at, to)
    }
}

impl<T: Value> Value for Vec<T> {
    fn lift(from: &mut Lifting<'_>) -> Result<Self, NotCrossed> {
        let (pointer, len) = (u32::lift(from)?, u32::lift(from)?);
        get_list(pointer, len, from)
    }

    fn load(at: u32, from: &mut Lifting<'_>) -> Result<Self, NotCrossed> {
        let (pointer, len) = load_pair(at, from)?;
        get_list(pointer, len, from)
    }
}

/// Copies a list into memory that the guest allocates. Returns its pointer and length.
fn put_list<T: Lower>(list: &[T], to: &mut Lowering<'_>) -> Result<(u32, u32), NotCrossed> {
    let pointer = to.allocate(list.len(), T::SHAPE)?;
    if !list.is_empty() {
        T::store_list(list, pointer, to)?;
    }
    // An allocation has fewer bytes than 32 bits can count.
    Ok((pointer, list.len() as u32))
}

fn store_pair(
    (pointer, len): (u32, u32),
    at: u32,
    to: &mut Lowering<'_>,
) -> Result<(), NotCrossed> {
    let pair = u64::from(pointer) | u64::from(len) << 32;
    to.write(at, &pair.to_le_bytes())
}

fn load_pair(at: u32, from: &Lifting<'_>) -> Result<(u32, u32), NotCrossed> {
    let pair = u64::from_le_bytes(from.read(at)?);
    Ok((pair as u32, (pair >> 32) as u32))
}

fn get_string(pointer: u32, len: u32, from: &mut Lifting<'_>) -> Result<String, NotCrossed> {
    let bytes = from.bytes(pointer, len, u8::SHAPE)?;
    let before = from.left();
    // Made from a list, whose memory is counted, and whose allocation may fail.
    let mut text = String::from_utf8(from.list(bytes.len())?).unwrap_or_default();
    while text.len() < bytes.len() {
        let rest = &bytes[text.len()..];
        let chunk = &rest[..rest.len().min(CHUNK)];
        let valid = match str::from_utf8(chunk) {
            Ok(valid) => Ok(valid),
            // A character that goes on in the next chunk.
            Err(error) if error.error_len().is_none() && chunk.len() < rest.len() => {
                str::from_utf8(&chunk[..error.valid_up_to()])
            }
            Err(error) => Err(error),
        };
        let valid = valid.map_err(|error| {
            let valid_up_to = text.len() + error.valid_up_to();
            NotCrossed::from(ValueError::NotUtf8 { valid_up_to })
        });
        match from.check_stopped().and(valid) {
            Ok(valid) => text.push_str(valid),
            Err(error) => {
                from.abandon(before, text);
                return Err(error);
            }
        }
    }
    Ok(text)
}

fn get_list<T: Value>(
    pointer: u32,
    len: u32,
    from: &mut Lifting<'_>,
) -> Result<Vec<T>, NotCrossed> {
    let bytes = from.bytes(pointer, len, T::SHAPE)?;
    T::load_list(bytes, pointer, from)
}
