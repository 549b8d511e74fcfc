//! Reading and writing of devices ([`Mount::devices`](crate::Mount::devices)). A device that
//! stands for a stream of the run passes everything to the descriptor of that stream.

use super::abi::Fd;
use crate::abi::{Buffers, Errno, GuestMemory};
use crate::control::Control;
use crate::determinism::random::RunRandom;
use crate::fs::Device;

/// The descriptor of the stream that a device stands for, if it stands for one.
pub(super) fn stream(device: Device) -> Option<Fd> {
    match device {
        Device::Stdin => Some(0),
        Device::Stdout => Some(1),
        Device::Stderr => Some(2),
        Device::Null | Device::Zero | Device::Full | Device::Random | Device::Urandom => None,
    }
}

/// Fills the buffers, or none of them.
///
/// # Errors
///
/// `EINTR` if the run must stop: buffers can be gigabytes long.
pub(super) fn read(
    device: Device,
    random: &mut RunRandom,
    control: &Control,
    memory: &mut GuestMemory<'_>,
    buffers: &Buffers,
) -> Result<usize, Errno> {
    /// The number of bytes between two checks of the stop flag.
    const PIECE: usize = 1 << 20;

    let mut read = 0;
    for buffer in buffers.until_stopped(control) {
        for piece in memory.buffer_mut(buffer).chunks_mut(PIECE) {
            if control.is_stopped() {
                return Err(Errno::Intr);
            }
            match device {
                Device::Null => return Ok(0),
                Device::Zero | Device::Full => piece.fill(0),
                Device::Random | Device::Urandom => random.fill(piece).map_err(|_| Errno::Io)?,
                Device::Stdin | Device::Stdout | Device::Stderr => return Err(Errno::Badf),
            }
            read += piece.len();
        }
    }
    Ok(read)
}

/// Accepts everything in the buffers, and discards it.
pub(super) fn write(device: Device, buffers: &Buffers) -> Result<usize, Errno> {
    let len = buffers.as_slice().iter().map(ExactSizeIterator::len).sum();
    match device {
        Device::Full if len > 0 => Err(Errno::Nospc),
        Device::Null | Device::Zero | Device::Full | Device::Random | Device::Urandom => Ok(len),
        Device::Stdin | Device::Stdout | Device::Stderr => Err(Errno::Badf),
    }
}
