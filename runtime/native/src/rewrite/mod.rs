//! The changes made to a module before it is compiled, one per file.

pub(crate) mod base_hoist;
pub(crate) mod bulk;
pub(crate) mod check;
pub(crate) mod emit;
pub(crate) mod fuel;
#[cfg(feature = "wasix")]
pub(crate) mod imports;
pub(crate) mod interrupt;
pub(crate) mod locals;
pub(crate) mod start;
pub(crate) mod strip;

/// Returns the shortest encoding of a number as unsigned LEB128.
fn leb128(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}
