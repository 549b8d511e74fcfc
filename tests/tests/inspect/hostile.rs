//! Modules that are made to annoy.

use std::fmt::Write as _;
use std::fs;

use crate::tool::{json, text};

#[test]
fn names_are_escaped_and_lists_are_bounded() {
    let mut module = String::from("(module\n");
    for number in 0..3000 {
        let name = format!("\\1b]0;{number}\\07\\u{{202e}}{}", "long".repeat(100));
        let _ = writeln!(module, "(import \"\\07{name}\" \"{name}\" (func))");
        let _ = writeln!(module, "(@custom \"{name}\" \"\")");
    }
    module.push_str("(type $many (func (param");
    module.push_str(&" i32".repeat(999));
    module.push_str(")))\n");
    // The engine's own limit is on how many types all exports have.
    for number in 0..900 {
        let _ = writeln!(
            module,
            "(func (export \"\\1b[31m\\u{{7f}}{number}\") (type $many))"
        );
    }
    module.push(')');
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("module.wat");
    fs::write(&file, module).unwrap();

    let text = text(&file);
    let is_shown = |c: char| c == '\n' || !c.is_control() && c != '\u{202e}';
    assert!(text.chars().all(is_shown), "{text:?}");
    assert!(text.len() < 40_000, "{}", text.len());
    assert!(text.contains("\\u{1b}]0;0\\u{7}\\u{202e}"), "{text}");
    assert!(text.contains("o: i32, p: i32, … and 983 more)"), "{text}");
    for more in ["… and 2,960 more\n", "… and 860 more\n"] {
        assert!(text.contains(more), "{more} is not in\n{text}");
    }

    // Programs get it all.
    let json = json(&file);
    assert_eq!(json["imports"]["host"].as_array().unwrap().len(), 3000);
    assert_eq!(json["exports"][7]["name"], "\u{1b}[31m\u{7f}7");
}

/// A section with names can say anything.
#[test]
fn invalid_names_are_ignored() {
    let header = b"\0asm\x01\0\0\0";
    // The names of the functions are said to be longer than the section.
    let names = b"\0\x09\x04name\x01\x70\x01\0";
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("module.wasm");
    fs::write(&file, [&header[..], names].concat()).unwrap();
    assert!(text(&file).contains("custom `name`"));
    assert_eq!(json(&file)["version"], "none");
}
