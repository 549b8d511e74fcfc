//! The rooms of each crate, and which of them import which: there is no circle, so that they
//! lie in layers. `cargo test --test layers -- --nocapture` shows these.
//!
//! A room is a module of a crate's root, with all that is in its file or folder. Imports are
//! read from the sources: `use` declarations, and paths anywhere that begin with `crate`,
//! `super` or `self`. Tests within the sources are left out, as they may use everything.

#![expect(clippy::print_stdout, reason = "the layers are to be seen")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The crates, from the bottom up: each may depend on those before it.
const CRATES: [(&str, &str); 4] = [
    ("wasi-program-module", "runtime/module"),
    ("wasi-program-native", "runtime/native"),
    ("wasi-program-macros", "macros"),
    ("wasi-program", "runtime"),
];

/// The room of a crate's `lib.rs`.
const ROOT: &str = "lib";

/// Which rooms each room imports.
type Rooms = BTreeMap<String, BTreeSet<String>>;

#[test]
fn no_room_of_a_crate_imports_one_that_imports_it() {
    for (name, folder) in CRATES {
        let rooms = rooms(&repository().join(folder).join("src"));
        println!("{name}, from the bottom up:");
        for layer in layers(&rooms).unwrap_or_else(|circle| panic!("{name}: {circle}")) {
            println!("    {}", layer.join(" "));
        }
    }
}

#[test]
fn no_crate_depends_on_one_above_it() {
    for (position, (_, folder)) in CRATES.iter().enumerate() {
        let manifest = repository().join(folder).join("Cargo.toml");
        let manifest = fs::read_to_string(&manifest).unwrap();
        for (above, _) in &CRATES[position..] {
            let dependency = manifest.lines().find(|line| {
                let rest = line.strip_prefix(above);
                rest.is_some_and(|rest| rest.starts_with(['.', ' ', '=']))
            });
            assert_eq!(dependency, None, "{folder} depends on {above}");
        }
    }
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The rooms of a crate with these sources.
fn rooms(sources: &Path) -> Rooms {
    let mut files = Vec::new();
    collect(sources, &mut Vec::new(), &mut files);
    let mut names: BTreeSet<String> = files
        .iter()
        .filter_map(|(module, _)| module.first().cloned())
        .collect();
    names.insert(ROOT.to_owned());
    let mut rooms: Rooms = names
        .iter()
        .map(|name| (name.clone(), BTreeSet::new()))
        .collect();
    for (module, text) in &files {
        let room = module.first().map_or(ROOT, String::as_str);
        // What the root re-exports is not used there.
        if room == ROOT {
            continue;
        }
        let tokens: TokenStream = text.parse().expect("sources are Rust");
        let mut paths = Vec::new();
        find(tokens, module.len(), &mut paths);
        for path in paths {
            let first = &*path.first;
            let imported = match path.from {
                // A path from the root names a room, or something that is in `lib.rs`.
                Origin::Root if names.contains(first) => first,
                Origin::Root => ROOT,
                Origin::Within => room,
            };
            if imported != room {
                rooms.get_mut(room).unwrap().insert(imported.to_owned());
            }
        }
    }
    rooms
}

/// Reads all files of a folder and the folders in it, but for tests, each with the path of
/// its module.
fn collect(folder: &Path, module: &mut Vec<String>, files: &mut Vec<(Vec<String>, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if stem == "tests" {
            continue;
        }
        if path.is_dir() {
            module.push(stem);
            collect(&path, module, files);
            module.pop();
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let mut module = module.clone();
            if stem != "mod" && stem != "lib" {
                module.push(stem);
            }
            files.push((module, fs::read_to_string(&path).unwrap()));
        }
    }
}

/// A path in a source.
struct Found {
    from: Origin,
    /// The first of its names, behind `crate`, `super` and `self`.
    first: String,
}

/// Where the first name of a path is looked for.
enum Origin {
    /// In the crate's root.
    Root,
    /// In a module of the room itself.
    Within,
}

/// Finds the paths in the code of a module that is `depth` modules deep.
fn find(tokens: TokenStream, depth: usize, paths: &mut Vec<Found>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut index = 0;
    while let Some(token) = tokens.get(index) {
        let next = |offset: usize| tokens.get(index + offset);
        match token {
            TokenTree::Ident(ident) if ident == "mod" => {
                if let (Some(TokenTree::Ident(name)), Some(TokenTree::Group(body))) =
                    (next(1), next(2))
                {
                    if name != "tests" {
                        find(body.stream(), depth + 1, paths);
                    }
                    index += 2;
                }
            }
            TokenTree::Ident(ident) if is_start(ident) && is_separator(next(1), next(2)) => {
                let before = |offset: usize| index.checked_sub(offset).map(|at| &tokens[at]);
                // `pub(in crate::room)` imports nothing.
                let is_visibility =
                    matches!(before(1), Some(TokenTree::Ident(before)) if before == "in");
                if !is_visibility && !is_separator(before(2), before(1)) {
                    follow(&tokens[index..], depth, false, paths);
                }
                index += 2;
            }
            TokenTree::Group(group) => find(group.stream(), depth, paths),
            _ => {}
        }
        index += 1;
    }
}

fn is_start(ident: &proc_macro2::Ident) -> bool {
    ["crate", "super", "self"]
        .iter()
        .any(|start| ident == start)
}

/// Whether two tokens are `::`.
fn is_separator(first: Option<&TokenTree>, second: Option<&TokenTree>) -> bool {
    let is_colon = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    is_colon(first) && is_colon(second)
}

/// Follows a path to its first name, or to several where it branches before that. `depth` is
/// how deep the module is that it has come to; at 0, it is the root.
fn follow(tokens: &[TokenTree], depth: usize, is_inner: bool, paths: &mut Vec<Found>) {
    match tokens {
        [TokenTree::Ident(ident), rest @ ..] if is_start(ident) => {
            let depth = match &*ident.to_string() {
                "crate" => 0,
                "super" => depth.saturating_sub(1),
                _ => depth,
            };
            match rest {
                [_, _, rest @ ..] if is_separator(tokens.get(1), tokens.get(2)) => {
                    follow(rest, depth, true, paths);
                }
                // The module itself, as in `use super::{self, …}`.
                _ => {}
            }
        }
        [TokenTree::Group(group), ..] if is_inner && group.delimiter() == Delimiter::Brace => {
            let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
            for branch in tokens.split(is_comma) {
                follow(branch, depth, true, paths);
            }
        }
        [TokenTree::Ident(name), ..] => paths.push(Found {
            from: if depth == 0 {
                Origin::Root
            } else {
                Origin::Within
            },
            first: name.to_string(),
        }),
        _ => {}
    }
}

fn is_comma(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',')
}

/// The rooms in layers: each imports only what is in layers before its own.
///
/// # Errors
///
/// The rooms of a circle, and what they import of each other.
fn layers(rooms: &Rooms) -> Result<Vec<Vec<&str>>, String> {
    let mut layers: Vec<Vec<&str>> = Vec::new();
    let mut placed: BTreeSet<&str> = BTreeSet::new();
    while placed.len() < rooms.len() {
        let open = rooms
            .iter()
            .filter(|(room, _)| !placed.contains(room.as_str()));
        let (layer, stuck): (Vec<_>, Vec<_>) = open
            .partition(|(_, imports)| imports.iter().all(|room| placed.contains(room.as_str())));
        if layer.is_empty() {
            let arrows = stuck.iter().map(|(room, imports)| {
                let open = imports
                    .iter()
                    .filter(|room| !placed.contains(room.as_str()));
                let open: Vec<&str> = open.map(String::as_str).collect();
                format!("{room} imports {}", open.join(", "))
            });
            let arrows: Vec<String> = arrows.collect();
            return Err(format!("a circle: {}", arrows.join("; ")));
        }
        let layer: Vec<&str> = layer.into_iter().map(|(room, _)| room.as_str()).collect();
        placed.extend(&layer);
        layers.push(layer);
    }
    Ok(layers)
}

#[test]
fn a_circle_is_found() {
    let rooms = |arrows: &[(&str, &[&str])]| -> Rooms {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let arrows = arrows.iter();
        arrows
            .map(|(room, imports)| ((*room).to_owned(), owned(imports)))
            .collect()
    };
    let straight = rooms(&[("a", &[]), ("b", &["a"]), ("c", &["a", "b"]), ("d", &[])]);
    assert_eq!(
        layers(&straight),
        Ok(vec![vec!["a", "d"], vec!["b"], vec!["c"]])
    );
    let round = rooms(&[("a", &[]), ("b", &["a", "c"]), ("c", &["b"])]);
    assert_eq!(
        layers(&round),
        Err("a circle: b imports c; c imports b".to_owned())
    );
}

#[test]
fn imports_are_found_wherever_they_are() {
    let source = "
        use crate::one::{Item, self};
        use crate::{two::Item as Other, three};
        use super::super::four::*;
        use super::sibling::Item;
        mod inner { use super::super::super::five; fn f() { crate::six::f(); } }
        macro_rules! m { () => { $crate::seven::f() } }
        pub(in crate::eight) fn f() {}
        #[cfg(test)]
        mod tests { use crate::nine; }";
    let mut paths = Vec::new();
    find(source.parse().unwrap(), 2, &mut paths);
    let from_root = paths
        .iter()
        .filter(|path| matches!(path.from, Origin::Root));
    let names: Vec<&str> = from_root.map(|path| &*path.first).collect();
    assert_eq!(
        names,
        ["one", "two", "three", "four", "five", "six", "seven"]
    );
}
