//! The compiler makes images, whose sections describe the module completely.

use std::time::{Duration, Instant};

use wasi_program_native::cpu::Architecture;
use wasi_program_native::{Checks, Image, Layout, MAPPED, NOWHERE, PAGE, Section, compile, target};
use wasmer::sys::Target;

fn compiled(wat: &str) -> Result<Vec<u8>, String> {
    let wasm = wat::parse_str(wat).expect("valid text");
    compile(&wasm, Target::default(), Checks::default())
}

#[test]
fn two_types_with_one_hash_are_refused() {
    // These types have the same CRC-32, so indirect calls would treat them as equal.
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

/// Returns the segments of an image: memory, address, bytes.
fn segments(image: &[u8]) -> Vec<(u32, u32, &[u8])> {
    let image = Image::new(image).expect("an image");
    image
        .segments()
        .map(|segment| (segment.memory, segment.address, segment.bytes))
        .collect()
}

#[test]
fn a_later_segment_overwrites_an_earlier_one() {
    // A byte of the first segment joins the second and the third.
    let image = compiled(
        r#"(memory 1)
           (data (i32.const 0) "\55\55\55\55\55\55\55\55")
           (data (i32.const 4) "\66")
           (data (i32.const 6) "\77")"#,
    );
    let bytes = b"\x55\x55\x55\x55\x66\x55\x77\x55";
    assert_eq!(segments(&image.unwrap()), [(0, 0, &bytes[..])]);

    let large = |byte: &str| byte.repeat(300_000);
    let (a, b) = (large("a"), large("b"));
    let image = compiled(&format!(
        r#"(memory 5) (data (i32.const 0) "{a}") (data (i32.const 0) "{b}")"#
    ));
    assert_eq!(segments(&image.unwrap()), [(0, 0, b.as_bytes())]);

    let image = compiled(&format!(
        r#"(memory 5) (data (i32.const 0) "{a}") (data (i32.const 5000) "cccc")
           (data (i32.const 4096) "{b}")"#
    ));
    let both = [&a[..4096], &b].concat();
    assert_eq!(segments(&image.unwrap()), [(0, 0, both.as_bytes())]);
}

#[test]
fn segments_are_in_order_of_memory_and_address() {
    let image = compiled(
        r#"(memory 1) (memory 1)
           (data (memory 1) (i32.add (i32.const 7) (i32.const 100)) "late")
           (data (memory 1) (i32.const 5) "early")
           (data (memory 0) (i32.const 65531) "first")
           (data (memory 0) (i32.const 65536) "")"#,
    );
    let expected = [
        (0, 65531, &b"first"[..]),
        (1, 5, b"early"),
        (1, 107, b"late"),
    ];
    assert_eq!(segments(&image.unwrap()), expected);
}

#[test]
fn an_out_of_bounds_segment_replaces_all_others() {
    for place in [
        r#"(i32.const 65530) "too long""#,
        r#"(i32.const 65537) """#,
        r#"(i32.const -1) "x""#,
    ] {
        let image = compiled(&format!(
            r#"(memory 1) (data (i32.const 5) "one") (data {place}) (data (i32.const 0) "x")"#
        ));
        assert_eq!(segments(&image.unwrap()), [(NOWHERE, 0, &b""[..])]);
    }
}

#[test]
fn many_small_segments_make_a_small_image_quickly() {
    // The maximum number of segments of a module, a page apart, in either order.
    let write = |order: &mut dyn Iterator<Item = u32>| {
        let data: String = order
            .map(|i| format!("(data (i32.const {}) \"x\")", u64::from(i) * 4096))
            .collect();
        wat::parse_str(format!("(module (memory 6250) {data})")).unwrap()
    };
    for wasm in [write(&mut (0..100_000)), write(&mut (0..100_000).rev())] {
        let before = Instant::now();
        let image = compile(&wasm, Target::default(), Checks::default()).unwrap();
        assert!(before.elapsed() < Duration::from_secs(30));
        assert!(image.len() < 3 * wasm.len(), "{}", image.len());
        let expected = (0..100_000).map(|i| (0, i * 4096, &b"x"[..]));
        assert!(segments(&image).into_iter().eq(expected));
    }
}

#[test]
fn a_large_segment_lies_in_the_image_as_in_memory() {
    // These pieces are not joined, because the gaps between them are a page or more.
    let data = "x".repeat(MAPPED);
    let addresses = [1, 300_000, 600_004];
    let place = |address: u32| format!(r#"(data (i32.const {address}) "{data}")"#);
    let image = compiled(&format!("(memory 20) {}", addresses.map(place).concat())).unwrap();
    let layout = Layout::of(image[..wasi_program_native::HEADER].try_into().unwrap());
    assert_eq!(layout.alignment, PAGE);
    let all = segments(&image);
    assert_eq!(all.len(), addresses.len());
    for ((_, at, bytes), address) in all.into_iter().zip(addresses) {
        assert_eq!((at, bytes), (address, data.as_bytes()));
        let within = bytes.as_ptr().addr() - image.as_ptr().addr();
        assert_eq!(within % PAGE, address as usize % PAGE);
    }
    let range = Image::new(&image).unwrap().range(Section::Data);
    assert!(range.len() < 3 * (MAPPED + PAGE));
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
fn functions_are_found_among_many_with_and_without_frames() {
    // Every third function calls another one, and so has a frame.
    let functions: String = (0..300)
        .map(|i| match i % 3 {
            0 => "(func (call $imported))",
            _ => "(func (param i32) (result i32) local.get 0)",
        })
        .collect();
    let text = format!(r#"(module (import "m" "f" (func $imported)) {functions})"#);
    let wasm = wat::parse_str(text).unwrap();
    let mut frameless = 0;
    for (triple, architecture) in [
        ("x86_64-unknown-linux-gnu", Architecture::X86_64),
        ("aarch64-unknown-linux-gnu", Architecture::Aarch64),
    ] {
        let target = target(triple.parse().unwrap(), architecture.baseline());
        let image = compile(&wasm, target, Checks::default()).unwrap();
        let image = Image::new(&image).unwrap();
        let starts: Vec<usize> = image
            .numbers(Section::Functions)
            .map(|start| start as usize)
            .collect();
        let sections = [Section::Frameless, Section::Framed].map(|section| image.range(section));
        frameless += sections[0].len();
        for offset in 0..image.bytes().len() {
            // The expected function is the last one in the section that starts at or before the
            // offset.
            let section = sections.iter().find(|section| section.contains(&offset));
            let expected = section.and_then(|section| {
                (0..starts.len())
                    .filter(|i| section.contains(&starts[*i]) && starts[*i] <= offset)
                    .max_by_key(|i| starts[*i])
            });
            let found = image.function_at(offset).map(|found| found as usize);
            assert_eq!(found, expected, "{triple} {offset}");
        }
    }
    assert!(frameless > 0);
}

#[test]
fn bytes_that_are_not_an_image_are_refused_by_their_header() {
    let image = compiled("(module)").unwrap();
    assert!(Image::new(&image).is_ok());
    assert!(Image::new(&image[..image.len() - 1]).is_err());
    assert!(Image::new(&image[..10]).is_err());
    assert!(Image::new(&[]).is_err());
    for changed in [0, 8, 16, 28] {
        let mut image = image.clone();
        image[changed] ^= 0x80;
        // The length or an offset is beyond the end, or the version differs.
        image[changed + 3] ^= 0x40;
        assert!(Image::new(&image).is_err(), "{changed}");
    }
    let layout = Layout::of(image[..wasi_program_native::HEADER].try_into().unwrap());
    assert_eq!((layout.len, layout.alignment), (image.len(), 64));
}
