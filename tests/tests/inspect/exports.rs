//! The report about exports.

use std::fs;

use serde_json::Value;

use crate::tool;

/// Returns the report about the exports of a module in the text format, as text and by their
/// names.
fn exports(text: &str) -> (String, Value) {
    let dir = tempfile::tempdir().unwrap();
    let module = dir.path().join("module.wat");
    fs::write(&module, text).unwrap();
    (tool::text(&module), tool::json(&module))
}

#[test]
fn exports_are_printed_in_the_syntax_of_trait_methods() {
    let (text, json) = exports(
        r#"(module
            (func (export "increment") (param $by i32) (result i32) local.get 0)
            (func (export "mixed") (param $by i32) (param i64 f32) (result f64 i32)
                f64.const 0 local.get 0)
            (func (export "keyword") (param $self i32) (param $type i32))
            (func (export "twice") (param $b i32) (param i32))
            (func (export "drawSVG") (param $iovs_len f64))
            (func (export "two words"))
            (func (export "blur") (param v128))
            (func (export "opaque") (result externref) ref.null extern)
            (memory (export "memory") 1 3)
            (table (export "functions") 2 funcref)
            (global (export "version") i32 i32.const 1)
            (global (export "count") (mut i64) i64.const 1))"#,
    );
    for line in [
        "\n  fn increment(&mut self, by: i32) -> i32\n",
        "\n  fn mixed(&mut self, by: i32, b: i64, c: f32) -> (f64, i32)\n",
        "\n  fn keyword(&mut self, a: i32, b: i32)\n",
        "\n  fn twice(&mut self, a: i32, b: i32)\n",
        "\n  fn draw_svg(&mut self, iovs_len: f64)  (exported as `drawSVG`)\n",
        "\n  fn two_words(&mut self)  (exported as `two words`)\n",
        "\n  `blur` (v128) -> (): no trait has it, as v128 is no type in Rust\n",
        "\n  `opaque` () -> externref: no trait has it, as externref is no type in Rust\n",
        "\n  `memory`, a memory of 1 page (65,536 bytes), at most 3 pages (196,608 bytes)\n",
        "\n  `functions`, a table of 2 funcref, any number\n",
        "\n  `version`, a constant global of i32\n",
        "\n  `count`, a variable global of i64\n",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    let export = |name: &str| {
        let exports = json["exports"].as_array().unwrap();
        exports
            .iter()
            .find(|export| export["name"] == name)
            .unwrap()
    };
    assert_eq!(
        export("increment")["rust"],
        "fn increment(&mut self, by: i32) -> i32"
    );
    assert_eq!(export("blur")["rust"], Value::Null);
    assert_eq!(export("blur")["type"], "(v128) -> ()");
    assert_eq!(export("memory")["maximum"]["pages"], 3);
    assert_eq!(export("count")["mutable"], true);
}
