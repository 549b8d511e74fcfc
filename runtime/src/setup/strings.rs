//! Arguments and environment, as guests receive them.

use std::ffi::OsStr;
use std::fmt;

/// Strings as the guest receives them: each ended by a NUL byte, one after the other.
#[derive(Clone, Default)]
pub(crate) struct StringTable {
    bytes: Vec<u8>,
    count: usize,
}

impl StringTable {
    /// An empty table with room for `count` strings of the usual length.
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

    /// The strings, as the system has them.
    pub(crate) fn os_strings(&self) -> impl Iterator<Item = &OsStr> {
        self.strings().map(|string| {
            // SAFETY: each string was pushed as the encoded bytes of an `OsStr` without NUL
            // bytes, in one part: `Setup::argument` is the only caller that pushes to a table
            // whose strings are asked for here.
            unsafe { OsStr::from_encoded_bytes_unchecked(string) }
        })
    }

    /// The strings as bytes, without the NUL bytes.
    pub(crate) fn strings(&self) -> impl Iterator<Item = &[u8]> {
        let strings = self.bytes.split(|byte| *byte == 0);
        // There is nothing after the last NUL byte.
        strings.take(self.count)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The number of strings.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// The offset of each string.
    pub(crate) fn offsets(&self) -> impl Iterator<Item = usize> {
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
