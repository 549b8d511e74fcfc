//! The guest's linear memory, as the host may access it: every pointer and
//! length comes from the guest and is checked before anything else happens.

use std::ops::Range;

use crate::abi::Errno;
use crate::control::Control;

/// The linear memory of a guest that is waiting for a host call to return.
pub(crate) struct GuestMemory<'a> {
    bytes: &'a mut [u8],
}

/// The longest path that systems have, in bytes (Linux, `PATH_MAX`).
const LONGEST_STRING: u32 = 4096;

/// A piece of guest memory that a guest named as a buffer, within bounds.
pub(crate) type Buffer = Range<usize>;

impl<'a> GuestMemory<'a> {
    pub(crate) fn new(bytes: &'a mut [u8]) -> Self {
        Self { bytes }
    }

    /// The range of `len` bytes at `pointer`.
    ///
    /// # Errors
    ///
    /// `EFAULT` if part of it is outside memory.
    pub(crate) fn range(&self, pointer: u32, len: u32) -> Result<Buffer, Errno> {
        let start = pointer as usize;
        let end = start.checked_add(len as usize).ok_or(Errno::Fault)?;
        if end > self.bytes.len() {
            return Err(Errno::Fault);
        }
        Ok(start..end)
    }

    /// Checks that a result of `len` bytes can be written to `pointer`, before a call has
    /// effects that could not be reported otherwise.
    pub(crate) fn check(&self, pointer: u32, len: u32) -> Result<(), Errno> {
        self.range(pointer, len).map(drop)
    }

    pub(crate) fn slice(&self, pointer: u32, len: u32) -> Result<&[u8], Errno> {
        let range = self.range(pointer, len)?;
        Ok(&self.bytes[range])
    }

    pub(crate) fn slice_mut(&mut self, pointer: u32, len: u32) -> Result<&mut [u8], Errno> {
        let range = self.range(pointer, len)?;
        Ok(&mut self.bytes[range])
    }

    /// A path or another string.
    ///
    /// # Errors
    ///
    /// `ENAMETOOLONG` if it is longer than any path can be, which is checked before all of it is
    /// read; `EILSEQ` where it is not UTF-8; `EINVAL` where it contains a NUL byte, which no path
    /// of any host can.
    pub(crate) fn string(&self, pointer: u32, len: u32) -> Result<&str, Errno> {
        if len > LONGEST_STRING {
            return Err(Errno::Nametoolong);
        }
        let string = std::str::from_utf8(self.slice(pointer, len)?).map_err(|_| Errno::Ilseq)?;
        if string.contains('\0') {
            Err(Errno::Inval)
        } else {
            Ok(string)
        }
    }

    pub(crate) fn read<const N: usize>(&self, pointer: u32) -> Result<[u8; N], Errno> {
        self.slice(pointer, N as u32)?
            .try_into()
            .map_err(|_| Errno::Fault)
    }

    pub(crate) fn write(&mut self, pointer: u32, bytes: &[u8]) -> Result<(), Errno> {
        let len = u32::try_from(bytes.len()).map_err(|_| Errno::Fault)?;
        self.slice_mut(pointer, len)?.copy_from_slice(bytes);
        Ok(())
    }

    pub(crate) fn write_u32(&mut self, pointer: u32, value: u32) -> Result<(), Errno> {
        self.write(pointer, &value.to_le_bytes())
    }

    pub(crate) fn write_u64(&mut self, pointer: u32, value: u64) -> Result<(), Errno> {
        self.write(pointer, &value.to_le_bytes())
    }

    /// All of it, as a buffer.
    #[cfg(feature = "wasix")]
    pub(crate) fn whole(&self) -> Buffers {
        let mut first = [const { 0..0 }; Buffers::INLINE];
        first[0] = 0..self.bytes.len();
        Buffers {
            first,
            len: 1,
            rest: Vec::new(),
        }
    }

    /// The buffers that an array of `iovec` or `ciovec` describes: pairs of a
    /// pointer and a length, 8 bytes each.
    ///
    /// # Errors
    ///
    /// `EFAULT` if part of the array or of a buffer is outside memory;
    /// `EINVAL` where there are more than [`Buffers::MOST`], or where the
    /// lengths add up to more than a size can hold.
    pub(crate) fn buffers(&self, array: u32, count: u32) -> Result<Buffers, Errno> {
        let size = count.checked_mul(8).ok_or(Errno::Fault)?;
        self.check(array, size)?;
        if count > Buffers::MOST {
            return Err(Errno::Inval);
        }
        let array = self.slice(array, size)?;
        let mut buffers = Buffers {
            first: [const { 0..0 }; Buffers::INLINE],
            len: 0,
            rest: Vec::new(),
        };
        let mut total = 0u32;
        for pair in array.chunks_exact(8) {
            let (pointer, len) = pair.split_at(4);
            let pointer = u32::from_le_bytes(pointer.try_into().map_err(|_| Errno::Fault)?);
            let len = u32::from_le_bytes(len.try_into().map_err(|_| Errno::Fault)?);
            total = total.checked_add(len).ok_or(Errno::Inval)?;
            let range = self.range(pointer, len)?;
            let mut start = range.start;
            while start < range.end {
                let end = range.end.min(start + Buffers::PIECE);
                buffers.push(start..end);
                start = end;
            }
        }
        Ok(buffers)
    }

    pub(crate) fn buffer(&self, buffer: &Buffer) -> &[u8] {
        &self.bytes[buffer.clone()]
    }

    pub(crate) fn buffer_mut(&mut self, buffer: &Buffer) -> &mut [u8] {
        &mut self.bytes[buffer.clone()]
    }

    /// Two buffers at once, unless they overlap.
    pub(crate) fn two_buffers_mut(
        &mut self,
        first: &Buffer,
        second: &Buffer,
    ) -> Option<[&mut [u8]; 2]> {
        self.bytes
            .get_disjoint_mut([first.clone(), second.clone()])
            .ok()
    }
}

/// The buffers of one call that are not empty, without an allocation for the
/// usual few; long ones are split into pieces, so that a run that must stop can do so between two
/// of them.
pub(crate) struct Buffers {
    first: [Buffer; Self::INLINE],
    len: usize,
    rest: Vec<Buffer>,
}

impl Buffers {
    const INLINE: usize = 4;

    /// The number that hosts accept in one call (POSIX, `IOV_MAX`).
    const MOST: u32 = 1024;

    /// The longest piece, in bytes.
    const PIECE: usize = 4 << 20;

    /// Reports whether the buffers together are longer than the longest piece.
    pub(crate) fn are_long(&self) -> bool {
        let total: usize = self.as_slice().iter().map(Buffer::len).sum();
        total > Self::PIECE
    }

    fn push(&mut self, buffer: Buffer) {
        if self.len < Self::INLINE {
            self.first[self.len] = buffer;
            self.len += 1;
        } else {
            if self.rest.is_empty() {
                self.rest.extend_from_slice(&self.first);
            }
            self.rest.push(buffer);
        }
    }

    /// The pieces, one after the other, until the run must stop. Functions that process each piece
    /// iterate over these.
    pub(crate) fn until_stopped<'a>(
        &'a self,
        control: &'a Control,
    ) -> impl Iterator<Item = &'a Buffer> {
        let pieces = self.as_slice().iter();
        pieces.take_while(|_| !control.is_stopped())
    }

    /// All pieces, for one call of the system.
    pub(crate) fn as_slice(&self) -> &[Buffer] {
        if self.rest.is_empty() {
            &self.first[..self.len]
        } else {
            &self.rest
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Errno, GuestMemory};

    #[test]
    fn a_range_that_is_partly_outside_memory_is_a_fault() {
        let mut bytes = [0; 16];
        let mut memory = GuestMemory::new(&mut bytes);
        assert!(memory.slice(0, 16).is_ok());
        assert!(memory.slice(16, 0).is_ok());
        assert_eq!(memory.slice(17, 0), Err(Errno::Fault));
        assert_eq!(memory.slice(1, 16), Err(Errno::Fault));
        assert_eq!(memory.slice(u32::MAX, u32::MAX), Err(Errno::Fault));
        assert_eq!(memory.write_u64(9, 1), Err(Errno::Fault));
        assert_eq!(memory.write_u64(8, 1), Ok(()));
    }

    #[test]
    fn buffers_are_checked_counted_and_kept_in_order() {
        let mut bytes = [0; 128];
        for i in 0..6u8 {
            bytes[usize::from(i) * 8] = 100 + i;
            bytes[usize::from(i) * 8 + 4] = u8::from(i != 2);
        }
        let memory = GuestMemory::new(&mut bytes);
        let starts = |count| {
            let buffers = memory.buffers(0, count).unwrap();
            buffers
                .as_slice()
                .iter()
                .map(|buffer| buffer.start)
                .collect::<Vec<_>>()
        };
        assert!(starts(0).is_empty());
        assert_eq!(starts(3), [100, 101]);
        assert_eq!(starts(6), [100, 101, 103, 104, 105]);
        assert!(matches!(memory.buffers(8, u32::MAX), Err(Errno::Fault)));
        assert!(matches!(memory.buffers(124, 1), Err(Errno::Fault)));
    }

    #[test]
    fn too_many_buffers_and_lengths_that_overflow_a_size_are_invalid() {
        // 1024 buffers, each of all 4 MiB + 8 KiB of memory.
        let size = (4 << 20) + (8 << 10);
        let mut bytes = vec![0; size as usize];
        for pair in bytes[..8 << 10].chunks_exact_mut(8) {
            pair[4..].copy_from_slice(&u32::to_le_bytes(size));
        }
        let memory = GuestMemory::new(&mut bytes);
        assert!(memory.buffers(0, 1000).is_ok());
        assert!(matches!(memory.buffers(0, 1024), Err(Errno::Inval)));
        assert!(matches!(memory.buffers(8 << 10, 1025), Err(Errno::Inval)));
        assert!(memory.buffers(8 << 10, 1024).is_ok());
    }
}
