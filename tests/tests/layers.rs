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
const CRATES: [(&str, &str); 5] = [
    ("wasi-program-module", "runtime/module"),
    ("wasi-program-native", "runtime/native"),
    ("wasi-program-stages", "macros/stages"),
    ("wasi-program-macros", "macros"),
    ("wasi-program", "runtime"),
];

/// Which rooms each room imports.
type Rooms = BTreeMap<String, BTreeSet<String>>;

/// The source files of a crate: the path of each module, and its text.
type Files = Vec<(Vec<String>, String)>;

#[test]
fn no_room_of_a_crate_imports_one_that_imports_it() {
    for (name, folder) in CRATES {
        let mut files = Vec::new();
        let sources = repository().join(folder).join("src");
        collect(&sources, &mut Vec::new(), &mut files);
        println!("{name}, from the bottom up:");
        let mut circles = Vec::new();
        for house in houses(&files) {
            let indent = "    ".repeat(1 + house.len());
            if let Some(room) = house.last() {
                println!("{}{room}:", "    ".repeat(house.len()));
            }
            match layers(&rooms(&files, &house)) {
                Ok(layers) => {
                    for layer in layers {
                        println!("{indent}{}", layer.join(" "));
                    }
                }
                Err(circle) => circles.push(format!("{name}::{}: {circle}", house.join("::"))),
            }
        }
        assert!(circles.is_empty(), "{circles:#?}");
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

/// The modules that have modules within them: the crate first, each before those within it.
fn houses(files: &Files) -> BTreeSet<Vec<String>> {
    let parents = files
        .iter()
        .filter_map(|(module, _)| module.split_last().map(|(_, house)| house.to_vec()));
    parents.collect()
}

/// The rooms of a house: the modules right within it, each with all that is within that.
fn rooms(files: &Files, house: &[String]) -> Rooms {
    let within: Vec<(&str, &[String], &str)> = files
        .iter()
        .filter_map(|(module, text)| {
            let room = module.strip_prefix(house)?.first()?;
            Some((&**room, &**module, &**text))
        })
        .collect();
    let names: BTreeSet<&str> = within.iter().map(|(room, ..)| *room).collect();
    let mut rooms: Rooms = names
        .iter()
        .map(|name| ((*name).to_owned(), BTreeSet::new()))
        .collect();
    for (room, module, text) in within {
        let tokens: TokenStream = text.parse().expect("sources are Rust");
        let mut paths = Vec::new();
        find(tokens, module, &mut paths);
        for path in paths {
            // The name in this house, if the path leads through it.
            let Some(name) = path.strip_prefix(house).and_then(<[String]>::first) else {
                continue;
            };
            if let Some(imported) = names.get(name.as_str())
                && *imported != room
            {
                rooms.get_mut(room).unwrap().insert((*imported).to_owned());
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

/// Finds the paths in the code of a module, each from the root of the crate, to its end or to
/// where it branches.
fn find(tokens: TokenStream, module: &[String], paths: &mut Vec<Vec<String>>) {
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
                        let inner = [module, &[name.to_string()]].concat();
                        find(body.stream(), &inner, paths);
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
                    follow(&tokens[index..], module, false, paths);
                }
                index += 2;
            }
            TokenTree::Group(group) => find(group.stream(), module, paths),
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

/// Reports whether two tokens are `::`.
fn is_separator(first: Option<&TokenTree>, second: Option<&TokenTree>) -> bool {
    let is_colon = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    is_colon(first) && is_colon(second)
}

/// Follows a path to its end, or to several where it branches. `module` is the module that it
/// has come to.
fn follow(tokens: &[TokenTree], module: &[String], is_inner: bool, paths: &mut Vec<Vec<String>>) {
    match tokens {
        [TokenTree::Ident(ident), rest @ ..] if is_start(ident) || is_inner => {
            let to = match &*ident.to_string() {
                "crate" => Vec::new(),
                "super" => module[..module.len().saturating_sub(1)].to_vec(),
                "self" => module.to_vec(),
                name => [module, &[name.to_owned()]].concat(),
            };
            match rest {
                [_, _, rest @ ..] if is_separator(tokens.get(1), tokens.get(2)) => {
                    follow(rest, &to, true, paths);
                }
                _ => paths.push(to),
            }
        }
        [TokenTree::Group(group), ..] if is_inner && group.delimiter() == Delimiter::Brace => {
            let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
            for branch in tokens.split(is_comma) {
                follow(branch, module, true, paths);
            }
        }
        // `*`
        _ if is_inner => paths.push(module.to_vec()),
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
    let module = ["a", "b"].map(str::to_owned);
    let mut paths = Vec::new();
    find(source.parse().unwrap(), &module, &mut paths);
    let paths: Vec<String> = paths.iter().map(|path| path.join("::")).collect();
    assert_eq!(
        paths,
        [
            "one::Item",
            "one",
            "two::Item",
            "three",
            "four",
            "a::sibling::Item",
            "five",
            "six::f",
            "seven::f"
        ]
    );
}
