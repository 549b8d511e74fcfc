//! Whose files are read, and who may write to those that are made.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::path::Path;

/// Who may have written what is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Whoever can write to the directory.
    Any,
    /// This user.
    Private,
}

impl Access {
    /// Creates the directory, if it is not there, and those that it is in.
    pub(super) fn create_directory(self, directory: &Path) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        if self == Self::Private {
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        }
        builder.create(directory)
    }

    /// Creates a file that is not there yet.
    pub(super) fn create(self, path: &Path) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        if self == Self::Private {
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        }
        options.open(path)
    }

    /// # Errors
    ///
    /// The directory is not there, or what is in it may be another user's.
    pub(super) fn check_directory(self, directory: &Path) -> io::Result<()> {
        match self {
            Self::Any => Ok(()),
            Self::Private => check(&fs::metadata(directory)?),
        }
    }

    /// Opens a file, and tells how long it is.
    ///
    /// # Errors
    ///
    /// There is no file there, or it may be another user's.
    pub(super) fn open(self, path: &Path) -> io::Result<(File, u64)> {
        let mut options = OpenOptions::new();
        options.read(true);
        #[cfg(unix)]
        {
            use rustix::fs::OFlags;
            // A FIFO, which would be waited for, is no entry, and neither is a link,
            // which tells nothing of who has put it there.
            let flags = OFlags::NONBLOCK | OFlags::NOFOLLOW;
            let flags = flags.bits().cast_signed();
            std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags);
        }
        let file = options.open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        if self == Self::Private {
            check(&metadata)?;
        }
        Ok((file, metadata.len()))
    }
}

/// # Errors
///
/// It belongs to another user, or others may write to it.
#[cfg(unix)]
fn check(metadata: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    /// To be written by the group, or by all.
    const BY_OTHERS: u32 = 0o022;
    let is_own = metadata.uid() == rustix::process::geteuid().as_raw();
    if is_own && metadata.mode() & BY_OTHERS == 0 {
        Ok(())
    } else {
        Err(io::ErrorKind::PermissionDenied.into())
    }
}

/// What may be written by whom is not for this crate to tell here.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as elsewhere")]
fn check(_: &fs::Metadata) -> io::Result<()> {
    Ok(())
}
