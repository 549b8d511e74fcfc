//! Directories of the binary: embedded when it was compiled, read-only.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use include_dir::{Dir, File};

use super::memory::Volume;
use crate::abi::Errno;
use crate::ground::forked::PerProcess;

/// The trees of the embedded directories that were mounted, by the address of each. The binary
/// never changes, so each tree is made once for all runs of a process.
static TREES: PerProcess<Mutex<BTreeMap<usize, Arc<Volume>>>> = PerProcess::new(Mutex::default);

/// The tree of a directory.
///
/// # Errors
///
/// `EINVAL` where a path in it is not one that a program could use.
pub(super) fn volume(dir: &'static Dir<'static>) -> Result<Arc<Volume>, Errno> {
    let mut trees = TREES.get().lock().unwrap_or_else(PoisonError::into_inner);
    let address = std::ptr::from_ref(dir).addr();
    if let Some(volume) = trees.get(&address) {
        return Ok(Arc::clone(volume));
    }
    let mut entries = Vec::new();
    let mut directories = vec![dir];
    while let Some(directory) = directories.pop() {
        for entry in directory.entries() {
            let path = entry.path().strip_prefix(dir.path());
            let path = path.unwrap_or(entry.path());
            let names: Option<Vec<&str>> = path.iter().map(|name| name.to_str()).collect();
            let path = names.ok_or(Errno::Inval)?.join("/");
            entries.push((path, entry.as_file().map(File::contents)));
            directories.extend(entry.as_dir());
        }
    }
    let paths = entries.iter().map(|(path, bytes)| (path.as_str(), *bytes));
    let volume = Arc::new(Volume::of_static(paths)?);
    trees.insert(address, Arc::clone(&volume));
    Ok(volume)
}
