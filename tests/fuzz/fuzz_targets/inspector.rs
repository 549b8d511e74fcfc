//! Any bytes as a module: they are checked without a panic, whatever is asked of them, and
//! what is left out leaves a module that is the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wasi_program_module::{
    Backend, Capability, Entry, ForeignAbi, Purpose, Requirements, Validity, Version, VersionRule,
    check, inspect, validate,
};
use wasi_program_native::bounds;

fuzz_target!(|data: &[u8]| {
    // Most bytes are no module because of their first eight.
    let with_header = [b"\0asm\x01\0\0\0", data].concat();
    for bytes in [data, &with_header] {
        for backend in [Backend::Native, Backend::Wasix] {
            let lenient = Requirements {
                purpose: Purpose::Run,
                backend,
                bounds: bounds::exceeded,
                application: false,
                version: None,
                allow: None,
                entry: Some(Entry::NamedLater),
            };
            let strict = Requirements {
                purpose: Purpose::Embed,
                version: Some(VersionRule {
                    strict: true,
                    wanted: Some(Version::LATEST),
                }),
                allow: Some(&[Capability::Stdio]),
                entry: Some(Entry::Named("run")),
                ..lenient
            };
            let accepted = check(bytes, Validity::Unknown, &lenient);
            // Valid is what is found so; to know it beforehand adds nothing.
            if accepted.is_ok() {
                assert_eq!(check(bytes, Validity::Known, &lenient), Ok(()));
            }
            for findings in [accepted, check(bytes, Validity::Unknown, &strict)] {
                for finding in findings.err().into_iter().flatten() {
                    let text = finding.to_string();
                    assert!(!text.contains('\n') && text.len() < 20_000, "{text}");
                }
            }
        }
        let proposals = Backend::Native.proposals();
        let Ok(facts) = inspect(bytes, proposals) else {
            continue;
        };
        for import in &facts.imports {
            let _ = import.ty.to_string();
        }
        let _ = (facts.functions().count(), ForeignAbi::of(&facts));
        if validate(bytes, proposals).is_ok() {
            let stripped = wasi_program_native::strip(bytes);
            let same = inspect(&stripped, proposals).expect("it is still valid");
            assert_eq!(format!("{facts:?}"), format!("{same:?}"));
            assert_eq!(validate(&stripped, proposals), Ok(()));
        }
    }
});
