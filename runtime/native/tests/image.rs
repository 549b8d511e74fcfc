//! What is compiled is an image, which says all of itself.

use wasi_program_native::{Checks, Image, Layout, NOWHERE, Section, compile};
use wasmer::sys::Target;

fn compiled(wat: &str) -> Result<Vec<u8>, String> {
    let wasm = wat::parse_str(wat).expect("valid text");
    compile(&wasm, Target::default(), Checks::default())
}

#[test]
fn two_types_with_one_hash_are_refused() {
    // Their CRC-32 is the same, which indirect calls would take for the same type.
    const ONE: &str = "f32 i64 f64 f32 i64 f64 i64 f32 f64 f64 \
                       i32 f64 f32 f64 f64 f64 i64 f32 i64 i32";
    const OTHER: &str = "f64 i64 f64 i32 f64 i64 f32 i32 f64 i64 \
                         f32 f64 i64 i32 f64 f32 f64 f64 i32 f32";
    let module = |types: &[&str]| {
        let functions = types.iter().map(|ty| format!("(func (param {ty}))"));
        format!("(module {})", functions.collect::<String>())
    };
    assert!(compiled(&module(&[ONE, ONE])).is_ok());
    assert!(compiled(&module(&[OTHER])).is_ok());
    let error = compiled(&module(&[ONE, OTHER])).unwrap_err();
    assert!(error.contains("signature hash collision"), "{error}");
}

#[test]
fn segments_have_addresses_and_none_is_out_of_bounds() {
    let image = compiled(
        r#"(memory 1)
           (data (i32.const 5) "one")
           (data (i32.const 7) "two")
           (data (i32.add (i32.const 7) (i32.const 100)) "three")
           (data (i32.const 65530) "too long")
           (data (i32.const 0) "never there")"#,
    )
    .unwrap();
    let image = Image::new(&image).unwrap();
    // What follows closely is one with what is before it; what overlaps is not.
    let two = [&b"two"[..], &[0; 97], b"three"].concat();
    let segments: Vec<_> = image
        .segments()
        .map(|segment| (segment.memory, segment.address, segment.bytes))
        .collect();
    assert_eq!(
        segments,
        [(0, 5, &b"one"[..]), (0, 7, &two), (NOWHERE, 0, b""),]
    );
}

#[test]
fn names_are_found_and_functions_by_their_instructions() {
    let image = compiled(
        r#"(import "m" "f" (func $imported))
           (func $leaf (param i32) (result i32) local.get 0)
           (func $unnamed)
           (func $caller call $imported call $imported)"#,
    )
    .unwrap();
    let image = Image::new(&image).unwrap();
    assert_eq!(image.name(1), Some("leaf"));
    assert_eq!(image.name(3), Some("caller"));
    assert_eq!(image.name(4), None);
    let starts: Vec<_> = image.numbers(Section::Functions).collect();
    assert_eq!(starts.len(), 3);
    for (function, start) in (0..).zip(starts) {
        let start = start as usize;
        assert_eq!(image.function_at(start), Some(function));
        assert_eq!(image.function_at(start + 1), Some(function));
    }
    assert_eq!(image.function_at(0), None);
    let trampolines = image.range(Section::Trampolines);
    assert_eq!(image.function_at(trampolines.start), None);
    assert!(!image.range(Section::Framed).is_empty());
}

#[test]
fn what_is_no_image_is_told_by_its_header() {
    let image = compiled("(module)").unwrap();
    assert!(Image::new(&image).is_ok());
    assert!(Image::new(&image[..image.len() - 1]).is_err());
    assert!(Image::new(&image[..10]).is_err());
    assert!(Image::new(&[]).is_err());
    for changed in [0, 8, 16, 28] {
        let mut image = image.clone();
        image[changed] ^= 0x80;
        // A length or a place that is beyond the end, or another version.
        image[changed + 3] ^= 0x40;
        assert!(Image::new(&image).is_err(), "{changed}");
    }
    let layout = Layout::of(image[..wasi_program_native::HEADER].try_into().unwrap());
    assert_eq!((layout.len, layout.alignment), (image.len(), 64));
}
