//! Retrying calls that a signal interrupted: guests do not expect `EINTR`.

use std::io::{self, Read};

/// Calls `operation` again until no signal interrupts it.
pub(crate) fn uninterrupted<T>(mut operation: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match operation() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Reads once. The length is never more than that of `buffer`, whatever the reader says.
pub(crate) fn read(reader: &mut (impl Read + ?Sized), buffer: &mut [u8]) -> io::Result<usize> {
    let read = uninterrupted(|| reader.read(buffer))?;
    Ok(read.min(buffer.len()))
}
