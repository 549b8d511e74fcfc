//! Any bytes as a module: they are inspected without a panic, what is found does
//! not depend on how, and what is left out leaves a module that is the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wasi_program_module::{PROPOSALS, Validity, World, inspect};

fuzz_target!(|data: &[u8]| {
    // Most bytes are no module because of their first eight.
    let with_header = [b"\0asm\x01\0\0\0", data].concat();
    for bytes in [data, &with_header] {
        match inspect(bytes, Validity::Unknown, PROPOSALS) {
            Ok(facts) => {
                let trusted = inspect(bytes, Validity::Known, PROPOSALS).expect("it is valid");
                assert_eq!(format!("{facts:?}"), format!("{trusted:?}"));
                for import in &facts.imports {
                    let _ = import.ty.to_string();
                }
                let _ = (
                    facts.entry_points(),
                    facts.export("_start"),
                    facts.functions().count(),
                    World::of(&facts).map(|world| world.to_string()),
                );
                let stripped = wasi_program_native::strip(bytes);
                let same =
                    inspect(&stripped, Validity::Unknown, PROPOSALS).expect("it is still valid");
                assert_eq!(format!("{facts:?}"), format!("{same:?}"));
            }
            Err(invalid) => drop(invalid.to_string()),
        }
    }
});
