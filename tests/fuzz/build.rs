//! Makes the guest that performs the calls: one whose `poll_oneoff` always has
//! something to report, as a guest may sleep for as long as it likes.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

const POLL: &str = "(call $poll_oneoff (call $i0) (call $i1) (call $i2) (call $i3))";

/// Makes the first subscription, where there is one, a clock that is due.
const DUE: &str = "(func $poll_due (result i32)
    (if (i64.le_u (i64.add (i64.extend_i32_u (call $i0)) (i64.const 56))
                  (i64.shl (i64.extend_i32_u (memory.size)) (i64.const 16)))
      (then (memory.fill (call $i0) (i32.const 0) (i32.const 56))))
    (call $poll_oneoff (call $i0) (call $i1) (call $i2) (call $i3)))";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=../guests/calls.wat");
    let guest = fs::read_to_string("../guests/calls.wat")?;
    assert!(
        guest.contains(POLL),
        "the guest calls `poll_oneoff` otherwise"
    );
    let end = guest.rfind(')').ok_or("the guest is no module")?;
    let guest = format!(
        "{}\n{DUE})",
        &guest[..end].replace(POLL, "(call $poll_due)")
    );
    let snapshot_0: String = guest
        .replace("wasi_snapshot_preview1", "wasi_unstable")
        .split_inclusive('\n')
        .filter(|line| !line.trim_end().ends_with(";; snapshot 1 only"))
        .collect();
    let out = env::var("OUT_DIR")?;
    fs::write(Path::new(&out).join("calls.snapshot1.wat"), guest)?;
    fs::write(Path::new(&out).join("calls.snapshot0.wat"), snapshot_0)?;
    Ok(())
}
