//! Conversions between the host's metadata of files and WASI's.

use std::io;
use std::time::{Duration, SystemTime};

use cap_fs_ext::{MetadataExt as _, SystemTimeSpec};
use cap_std::fs::Metadata;

use crate::abi::{Errno, FileStat, FileType};
use crate::fs::Time;

pub(super) fn file_type(metadata: &Metadata) -> FileType {
    from_cap(metadata.file_type())
}

pub(super) fn from_cap(kind: cap_std::fs::FileType) -> FileType {
    use cap_fs_ext::FileTypeExt as _;
    if kind.is_file() {
        FileType::RegularFile
    } else if kind.is_dir() {
        FileType::Directory
    } else if kind.is_symlink() {
        FileType::SymbolicLink
    } else if kind.is_block_device() {
        FileType::BlockDevice
    } else if kind.is_char_device() {
        FileType::CharacterDevice
    } else if kind.is_socket() {
        FileType::SocketStream
    } else {
        FileType::Unknown
    }
}

pub(super) fn file_stat(metadata: &Metadata) -> FileStat {
    let nanoseconds = |time: io::Result<cap_std::time::SystemTime>| {
        time.ok()
            .and_then(|time| time.into_std().duration_since(SystemTime::UNIX_EPOCH).ok())
            .and_then(|since| u64::try_from(since.as_nanos()).ok())
            .unwrap_or(0)
    };
    FileStat {
        dev: metadata.dev(),
        ino: metadata.ino(),
        filetype: file_type(metadata),
        nlink: metadata.nlink(),
        size: metadata.len(),
        atim: nanoseconds(metadata.accessed()),
        mtim: nanoseconds(metadata.modified()),
        ctim: changed(metadata),
    }
}

#[cfg(unix)]
fn changed(metadata: &Metadata) -> u64 {
    use cap_std::fs::MetadataExt as _;
    let seconds = u64::try_from(metadata.ctime()).unwrap_or(0);
    let nanoseconds = u64::try_from(metadata.ctime_nsec()).unwrap_or(0);
    seconds
        .saturating_mul(1_000_000_000)
        .saturating_add(nanoseconds)
}

/// Windows keeps no time of change.
#[cfg(not(unix))]
fn changed(_: &Metadata) -> u64 {
    0
}

pub(super) fn system_time(time: Time) -> Result<SystemTime, Errno> {
    match time {
        Time::Now => Ok(SystemTime::now()),
        Time::At(nanoseconds) => SystemTime::UNIX_EPOCH
            .checked_add(Duration::from_nanos(nanoseconds))
            .ok_or(Errno::Overflow),
    }
}

pub(super) fn time_spec(time: Option<Time>) -> Result<Option<SystemTimeSpec>, Errno> {
    Ok(match time {
        None => None,
        Some(Time::Now) => Some(SystemTimeSpec::SymbolicNow),
        Some(at) => Some(SystemTimeSpec::Absolute(
            cap_std::time::SystemTime::from_std(system_time(at)?),
        )),
    })
}
