//! Any module by its structure: it is refused with a reason, or finds its memories, tables and
//! globals as it should and runs within its limits.

#![no_main]

use arbitrary::Unstructured;
use fuzz::bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use tests::modules::{Module, examine};

fuzz_target!(|data: &[u8]| {
    let module = Module::new(&mut Bytes(Unstructured::new(data)));
    let wasm = wat::parse_str(&module.text).expect("the generator writes no other text");
    examine(&wasm, &module.expected);
});
