//! Walking through a tree, for the host.

use std::sync::Arc;
use std::time::Instant;

use super::handle::Handle;
use super::node::Kind;
use super::path::MOST_PATH;
use super::volume::Volume;
use crate::determinism::clock::{Clock, RunClock};

/// The paths of all files.
///
/// It keeps one path, and no more of the tree than the directories above it, and
/// the tree is locked for one step at a time: a program decides how large and how
/// deep a tree is.
pub(super) struct Paths {
    /// The directory that is walked through, with a slash behind it.
    path: String,
    levels: Vec<Level>,
}

struct Level {
    directory: Handle,
    /// The name of the last entry that was seen.
    seen: Option<Box<str>>,
    /// The length of the path without this level.
    above: usize,
}

/// The next step of the walk.
enum Step {
    File(String),
    Into(Box<str>, Handle),
    Past(Box<str>),
    Up,
}

impl Paths {
    pub(super) fn new(volume: &Arc<Volume>) -> Self {
        // The host sees neither timestamps nor inode numbers.
        let clock = Arc::new(RunClock::start(Clock::system(), Instant::now()));
        let root = Handle::root(volume, 0, &clock).map(|directory| Level {
            directory,
            seen: None,
            above: 0,
        });
        Self {
            path: String::new(),
            levels: root.into_iter().collect(),
        }
    }

    fn step(&self) -> Option<Step> {
        let level = self.levels.last()?;
        let tree = level.directory.tree().ok()?;
        let Ok(entries) = tree.entries(level.directory.ino) else {
            return Some(Step::Up);
        };
        let Some((name, ino)) = entries.after(level.seen.as_deref()) else {
            return Some(Step::Up);
        };
        let fits = self.path.len() + name.len() <= MOST_PATH;
        Some(match tree.node(ino).map(|node| &node.kind) {
            Ok(Kind::File(_)) if fits => Step::File(name.into()),
            Ok(Kind::Directory(_)) if fits => {
                Step::Into(name.into(), level.directory.open(&tree, ino).ok()?)
            }
            _ => Step::Past(name.into()),
        })
    }
}

impl Iterator for Paths {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        // The tree is locked only within `step`: leaving a level closes its directory, which
        // may lock the tree as well.
        loop {
            let step = self.step()?;
            let level = self.levels.last_mut()?;
            match step {
                Step::File(name) => {
                    let path = format!("{}{name}", self.path);
                    level.seen = Some(name.into());
                    return Some(path);
                }
                Step::Into(name, directory) => {
                    let above = self.path.len();
                    self.path.push_str(&name);
                    self.path.push('/');
                    level.seen = Some(name);
                    self.levels.push(Level {
                        directory,
                        seen: None,
                        above,
                    });
                }
                Step::Past(name) => level.seen = Some(name),
                Step::Up => {
                    self.path.truncate(level.above);
                    self.levels.pop();
                }
            }
        }
    }
}
