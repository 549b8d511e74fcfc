//! The files that a built module depends on: when one of them changes, the crate that
//! embeds it is compiled again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, mem};

use super::MANIFEST;
use super::place::Place;

/// The maximum number of files that are listed from directories that a build script watches.
const WATCHED: usize = 10_000;

/// The sources of `file`, built of the crate in `directory`; the manifests beside them, and the
/// lock file.
pub(super) fn sources(file: &Path, directory: &Path, root: &Path, place: &Place) -> Vec<String> {
    // Cargo writes it beside the built file.
    let list = fs::read_to_string(file.with_extension("d")).unwrap_or_default();
    let mut sources = Sources::default();
    for path in paths(&list) {
        let path = directory.join(path);
        // Files that a build script generates are newer than the crate that waits for them,
        // which would then be compiled twice. The inputs of the script are in the list as
        // well.
        if !path.starts_with(&place.directory) {
            sources.add(&path);
        }
    }
    for directory in [directory, root] {
        sources.add_file(directory.join(MANIFEST));
    }
    sources.add_file(root.join("Cargo.lock"));
    sources.files.into_iter().collect()
}

#[derive(Default)]
struct Sources {
    files: BTreeSet<String>,
    watched: usize,
}

impl Sources {
    fn add(&mut self, path: &Path) {
        if path.is_dir() {
            self.watch(path);
            return;
        }
        // A file of another crate is built as the manifest of that crate says.
        if let Some(manifest) = path
            .ancestors()
            .skip(1)
            .map(|directory| directory.join(MANIFEST))
            .find(|manifest| manifest.is_file())
        {
            self.add_file(manifest);
        }
        self.add_file(path.to_owned());
    }

    /// Adds the files of a directory that a build script watches.
    fn watch(&mut self, directory: &Path) {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            self.watched += 1;
            if self.watched > WATCHED {
                return;
            }
            // Not through links, which may lead back.
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => self.watch(&entry.path()),
                _ => self.add_file(entry.path()),
            }
        }
    }

    /// Adds a file that generated code can name, if it is there.
    fn add_file(&mut self, path: PathBuf) {
        if path.is_file()
            && let Ok(path) = path.into_os_string().into_string()
        {
            self.files.insert(path);
        }
    }
}

/// Returns the sources in a list that cargo writes for `make`: the target, a colon, and its
/// sources. A space in a path is escaped by a backslash.
fn paths(list: &str) -> Vec<String> {
    let line = list.lines().next().unwrap_or_default();
    let Some((_, line)) = line.split_once(": ") else {
        return Vec::new();
    };
    let (mut paths, mut path) = (Vec::new(), String::new());
    let mut rest = line.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\\' if rest.next_if_eq(&' ').is_some() => path.push(' '),
            ' ' => paths.push(mem::take(&mut path)),
            character => path.push(character),
        }
    }
    paths.push(path);
    paths.retain(|path| !path.is_empty());
    paths
}

#[cfg(test)]
mod tests {
    use super::paths;

    #[test]
    fn a_built_file_is_not_one_of_its_sources() {
        assert_eq!(
            paths("/t/wc.wasm: /wc/src/main.rs /wc/src/a.rs\n"),
            ["/wc/src/main.rs", "/wc/src/a.rs"]
        );
        assert_eq!(paths("/t/wc.wasm:\n"), [""; 0]);
        assert_eq!(paths(""), [""; 0]);
    }

    #[test]
    fn paths_may_have_spaces_and_be_of_windows() {
        assert_eq!(
            paths(r"C:\my\ t\wc.wasm: C:\my\ wc\src\main.rs C:\b.rs"),
            [r"C:\my wc\src\main.rs", r"C:\b.rs"]
        );
    }
}
