//! Any tokens as the attribute and its item: the macro never panics, and what it
//! makes is Rust.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use proc_macro2::TokenStream;
use wasi_program_stages::expand_module;

/// A program that is right, if a small one.
static PROGRAM: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let text = r#"(module
        (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
        (memory (export "memory") 0)
        (func (export "_start"))
        (func (export "other")))"#;
    wat::parse_str(text).expect("it is right")
});

/// The most `<` in an input. For each of those that begin a type, the parser calls
/// itself, and some 2,000 calls exhaust the stack of a thread.
const MOST_NESTED: usize = 500;

fuzz_target!(|text: &str| {
    if text.matches('<').count() > MOST_NESTED {
        return;
    }
    // The attribute's tokens, and in the next line the item's.
    let (attribute, item) = text
        .split_once('\n')
        .unwrap_or((text, "fn f() -> Result<(), E>;"));
    let (Ok(attribute), Ok(item)) = (attribute.parse(), item.parse::<TokenStream>()) else {
        return;
    };
    // The compiler hands over one item, whatever it is.
    let is_item = syn::parse2::<syn::Item>(item.clone()).is_ok();
    let tokens = expand_module(attribute, item, &PROGRAM);
    if is_item {
        let rust = syn::parse2::<syn::File>(tokens.clone());
        assert!(rust.is_ok(), "{tokens}");
    }
});
