//! Directories by their paths, without a check of the users that can change them.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::Readers;

/// A directory that exists.
#[derive(Debug)]
pub(crate) struct OwnDirectory(PathBuf);

impl OwnDirectory {
    pub(crate) fn find(path: &Path) -> io::Result<Self> {
        let path = std::path::absolute(path)?;
        if fs::metadata(&path)?.is_dir() {
            Ok(Self(path))
        } else {
            Err(io::ErrorKind::NotADirectory.into())
        }
    }

    pub(crate) fn create(path: &Path, _: Readers) -> io::Result<Self> {
        fs::create_dir_all(path)?;
        Self::find(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn open(&self, name: &str) -> io::Result<(File, u64)> {
        let file = File::open(self.0.join(name))?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        Ok((file, metadata.len()))
    }

    pub(crate) fn create_file(&self, name: &str, _: Readers) -> io::Result<File> {
        File::create_new(self.0.join(name))
    }

    pub(crate) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.0.join(from), self.0.join(to))
    }

    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.0.join(name))
    }
}
