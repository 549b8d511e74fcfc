//! The file that this process runs from: parts of it can be mapped again, as the initial content of
//! memories. Nothing of it is copied before it is changed.

use std::fs::File;
use std::ops::Range;

/// The file that addresses of this binary come from.
#[derive(Debug)]
pub(super) struct OwnFile {
    file: File,
    /// The addresses of the mapping, and the offset of the first of them in the file.
    addresses: Range<usize>,
    offset: u64,
}

#[cfg(target_os = "linux")]
impl OwnFile {
    /// Returns the file that `bytes` are mapped from, if they are part of this process's
    /// executable. Bytes of a shared library have no file: another file may have its path by
    /// now.
    pub(super) fn of(bytes: &'static [u8]) -> Option<Self> {
        let program = std::fs::read_link("/proc/self/exe").ok()?;
        let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
        let range = bytes.as_ptr_range();
        let (addresses, offset, path) = maps.lines().filter_map(mapping).find(|mapping| {
            mapping.0.start <= range.start as usize && mapping.0.end >= range.end as usize
        })?;
        if path != program.to_str()? {
            return None;
        }
        Some(Self {
            file: File::open("/proc/self/exe").ok()?,
            addresses,
            offset,
        })
    }

    /// Maps a copy of whole pages of this binary at `to`, which can be written to without the
    /// file being changed. If this fails, the previous content remains.
    ///
    /// # Safety
    ///
    /// `to` must be a multiple of a page, with `pages.len()` bytes of a mapping behind it, into
    /// which nobody holds a reference.
    pub(super) unsafe fn map(&self, pages: &[u8], to: *mut u8) -> bool {
        use rustix::mm::{MapFlags, ProtFlags};
        let wanted = pages.as_ptr_range();
        if (wanted.start as usize) < self.addresses.start
            || wanted.end as usize > self.addresses.end
        {
            return false;
        }
        let distance = wanted.start as usize - self.addresses.start;
        // SAFETY: the caller promises that the replaced pages are its own.
        unsafe {
            rustix::mm::mmap(
                to.cast(),
                pages.len(),
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::PRIVATE | MapFlags::FIXED,
                &self.file,
                self.offset + distance as u64,
            )
        }
        .is_ok()
    }
}

/// A line of `/proc/self/maps`: addresses, offset in the file, and its path (proc(5)).
#[cfg(target_os = "linux")]
fn mapping(line: &str) -> Option<(Range<usize>, u64, &str)> {
    let mut fields = line.splitn(6, ' ');
    let (start, end) = fields.next()?.split_once('-')?;
    let _permissions = fields.next()?;
    let offset = fields.next()?;
    let (_device, _inode) = (fields.next()?, fields.next()?);
    let path = fields.next()?.trim_start();
    Some((
        usize::from_str_radix(start, 16).ok()?..usize::from_str_radix(end, 16).ok()?,
        u64::from_str_radix(offset, 16).ok()?,
        path,
    ))
}

/// Elsewhere, everything is copied.
#[cfg(not(target_os = "linux"))]
impl OwnFile {
    pub(super) fn of(_: &'static [u8]) -> Option<Self> {
        None
    }

    /// # Safety
    ///
    /// None is needed.
    pub(super) unsafe fn map(&self, _: &[u8], _: *mut u8) -> bool {
        false
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::{OwnFile, mapping};
    use crate::engine::mapping::Mapping;

    static PAGES: [u8; 5 * 4096] = {
        let mut pages = [0; 5 * 4096];
        let mut at = 0;
        while at < pages.len() {
            pages[at] = (at / 7 % 251) as u8;
            at += 1;
        }
        pages
    };

    #[test]
    fn a_line_of_the_maps_file_is_parsed_as_a_mapping() {
        assert_eq!(
            mapping("00400000-00452000 r-xp 00001000 08:02 173521      /usr/bin/a b"),
            Some((0x40_0000..0x45_2000, 0x1000, "/usr/bin/a b"))
        );
        assert_eq!(mapping("7ffe1000-7ffe2000 rw-p 00000000 00:00 0"), None);
    }

    #[test]
    fn a_mapping_holds_the_bytes_of_the_file_and_is_private() {
        let file = OwnFile::of(&PAGES).expect("tests are programs of their own");
        let skipped = PAGES.as_ptr().align_offset(4096);
        let whole = &PAGES[skipped..skipped + 4 * 4096];
        let mut mapping = Mapping::reserve(whole.len()).unwrap();
        mapping.open(0..whole.len()).unwrap();
        let start = mapping.start().as_ptr();
        // SAFETY: the mapping is this test's own.
        assert!(unsafe { file.map(whole, start) });
        // SAFETY: this many bytes are accessible.
        let bytes = unsafe { std::slice::from_raw_parts_mut(start, whole.len()) };
        assert_eq!(bytes, whole);
        bytes.fill(0xff);
        assert_eq!(whole[0], (skipped / 7 % 251) as u8);
        assert!(OwnFile::of(Box::leak(Box::new([0; 10]))).is_none());
    }
}
