//! The target that native code is compiled for, and the key of that code in the cache.

use std::str::FromStr as _;

use wasmer::sys::{CpuFeature, Target, Triple};

use crate::cache::Key;
use crate::contract::stack::{CALLS, FLOOR, REGION};
use crate::contract::{Checks, REVISION};

/// Returns a target whose code may use these [features](crate::cpu) and no others.
#[must_use]
pub fn target(triple: Triple, features: &[&str]) -> Target {
    Target::new(
        triple,
        features.iter().filter_map(|name| named(name)).collect(),
    )
}

/// Returns the engine's feature with this name.
fn named(name: &str) -> Option<CpuFeature> {
    let name = if name == "bmi1" { "bmi" } else { name };
    CpuFeature::from_str(name).ok()
}

/// Returns the cache key of the native code of the module with this hash. It contains
/// everything that the code depends on: the compiler, the features of the processor, and
/// the checks.
#[must_use]
pub fn key(module: &blake3::Hash, target: &Target, checks: Checks) -> Key {
    let Checks { interrupt, fuel } = checks;
    key_of(
        b"native code",
        module,
        target,
        &[interrupt.into(), fuel.into()],
    )
}

/// Returns the cache key of the code that one way of compiling makes of a module.
pub(crate) fn key_of(way: &[u8], module: &blake3::Hash, target: &Target, options: &[u8]) -> Key {
    let mut features: Vec<String> = target
        .cpu_features()
        .iter()
        .map(|feature| feature.to_string())
        .collect();
    features.sort_unstable();
    Key::new(&[
        way,
        wasmer_types::VERSION.as_bytes(),
        &REVISION.to_le_bytes(),
        // The checks of the stack contain these numbers.
        &[REGION, FLOOR + CALLS].map(usize::to_le_bytes).concat(),
        target.triple().to_string().as_bytes(),
        features.join(",").as_bytes(),
        options,
        module.as_bytes(),
    ])
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::str::FromStr as _;

    use wasmer::sys::{CpuFeature, Target, Triple};

    use super::{key, named, target};
    use crate::contract::Checks;
    use crate::cpu::{Architecture, is_available};

    #[test]
    fn the_engine_knows_the_same_features() {
        let names = Architecture::ALL
            .into_iter()
            .flat_map(Architecture::features);
        let known: HashSet<CpuFeature> = names
            .clone()
            .map(|feature| named(feature.name).expect("the engine knows it"))
            .collect();
        assert_eq!(known, HashSet::from_iter(CpuFeature::all()));
        let here = CpuFeature::for_host();
        for feature in names {
            let available = named(feature.name).is_some_and(|feature| here.contains(feature));
            assert_eq!(is_available(feature.name), available, "{}", feature.name);
        }
    }

    #[test]
    fn the_key_depends_on_everything_that_the_code_depends_on() {
        let triple = |name| Triple::from_str(name).expect("a triple");
        let linux = triple("x86_64-unknown-linux-gnu");
        let hash = |text: &str| blake3::hash(text.as_bytes());
        let interrupt = Checks {
            interrupt: true,
            fuel: false,
        };
        let fuel = Checks {
            interrupt: false,
            fuel: true,
        };
        let keys = [
            key(
                &hash("a"),
                &target(linux.clone(), &["sse2"]),
                Checks::default(),
            ),
            key(
                &hash("b"),
                &target(linux.clone(), &["sse2"]),
                Checks::default(),
            ),
            key(&hash("a"), &target(linux.clone(), &["sse2"]), interrupt),
            key(&hash("a"), &target(linux.clone(), &["sse2"]), fuel),
            key(
                &hash("a"),
                &target(linux.clone(), &["sse2", "avx"]),
                Checks::default(),
            ),
            key(
                &hash("a"),
                &target(triple("x86_64-pc-windows-msvc"), &["sse2"]),
                Checks::default(),
            ),
            key(&hash("a"), &Target::default(), Checks::default()),
        ];
        for (index, one) in keys.iter().enumerate() {
            assert!(!keys[..index].contains(one), "{index}");
        }
        let again = target(linux, &["avx", "sse2"]);
        assert_eq!(key(&hash("a"), &again, Checks::default()), keys[4]);
    }
}
