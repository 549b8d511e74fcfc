//! Processors, and their features that native code can use, by the names that rustc
//! has for them.

#[cfg(target_arch = "x86_64")]
use std::sync::OnceLock;

/// A kind of processor that native code is generated for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// x86-64.
    X86_64,
    /// 64-bit ARM.
    Aarch64,
    /// 64-bit RISC-V.
    Riscv64,
}

/// A feature that not every processor of a kind has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Feature {
    /// Its name.
    pub name: &'static str,
    /// What processors that have it have, too, and what uses it needs.
    implies: &'static [&'static str],
}

/// Those of x86-64.
const X86_64: &[Feature] = &[
    feature("sse2", &[]),
    feature("sse3", &[]),
    feature("ssse3", &[]),
    feature("sse4.1", &[]),
    feature("sse4.2", &[]),
    feature("popcnt", &[]),
    feature("lzcnt", &[]),
    feature("bmi1", &[]),
    feature("bmi2", &[]),
    feature("avx", &[]),
    feature("avx2", &["avx"]),
    feature("fma", &["avx"]),
    feature("avx512f", &["avx", "avx2", "fma"]),
    feature("avx512dq", &["avx", "avx2", "fma", "avx512f"]),
    feature("avx512vl", &["avx", "avx2", "fma", "avx512f"]),
];

/// Those of 64-bit ARM.
const AARCH64: &[Feature] = &[feature("neon", &[])];

const fn feature(name: &'static str, implies: &'static [&'static str]) -> Feature {
    Feature { name, implies }
}

impl Architecture {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::X86_64, Self::Aarch64, Self::Riscv64];

    /// That of this process, if it is one of these.
    pub const HOST: Option<Self> = if cfg!(target_arch = "x86_64") {
        Some(Self::X86_64)
    } else if cfg!(all(target_arch = "aarch64", target_endian = "little")) {
        Some(Self::Aarch64)
    } else if cfg!(target_arch = "riscv64") {
        Some(Self::Riscv64)
    } else {
        None
    };

    /// What targets call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Aarch64 => "aarch64",
            Self::Riscv64 => "riscv64",
        }
    }

    /// The features that native code uses unless told otherwise. Fixed, rather than
    /// those of the machine that builds: what is built on one machine has to run on
    /// another.
    #[must_use]
    pub const fn baseline(self) -> &'static [&'static str] {
        match self {
            // x86-64-v2, which processors have since about 2009.
            Self::X86_64 => &["sse2", "sse3", "ssse3", "sse4.1", "sse4.2", "popcnt"],
            // Every 64-bit ARM processor has it.
            Self::Aarch64 => &["neon"],
            Self::Riscv64 => &[],
        }
    }

    /// All the features that native code can use.
    #[must_use]
    pub const fn features(self) -> &'static [Feature] {
        match self {
            Self::X86_64 => X86_64,
            Self::Aarch64 => AARCH64,
            Self::Riscv64 => &[],
        }
    }

    /// The feature of this name.
    #[must_use]
    pub fn feature(self, name: &str) -> Option<Feature> {
        // The name that the engine has for it.
        let name = if name == "bmi" { "bmi1" } else { name };
        let mut features = self.features().iter().copied();
        features.find(|feature| feature.name == name)
    }

    /// The names of the baseline's features, and of these with what they imply; each
    /// once, in the order of [`features`](Self::features).
    #[must_use]
    pub fn baseline_and(self, added: &[Feature]) -> Vec<&'static str> {
        let is_used = |name: &str| {
            self.baseline().contains(&name)
                || added
                    .iter()
                    .any(|feature| feature.name == name || feature.implies.contains(&name))
        };
        let names = self.features().iter().map(|feature| feature.name);
        names.filter(|name| is_used(name)).collect()
    }
}

/// Whether this processor has the feature of this name.
///
/// The first question for one of the baseline takes 4 µs where the processor is a virtual
/// one, and the first for another 35.
#[must_use]
pub fn is_available(name: &str) -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        match name {
            "sse2" => true,
            "sse3" => baseline_bit(0),
            "ssse3" => baseline_bit(9),
            "sse4.1" => baseline_bit(19),
            "sse4.2" => baseline_bit(20),
            "popcnt" => baseline_bit(23),
            "lzcnt" => has!("lzcnt"),
            "bmi1" => has!("bmi1"),
            "bmi2" => has!("bmi2"),
            "avx" => has!("avx"),
            "avx2" => has!("avx2"),
            "fma" => has!("fma"),
            "avx512f" => has!("avx512f"),
            "avx512dq" => has!("avx512dq"),
            "avx512vl" => has!("avx512vl"),
            _ => false,
        }
    }
    #[cfg(target_arch = "aarch64")]
    {
        name == "neon" && std::arch::is_aarch64_feature_detected!("neon")
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    {
        let _ = name;
        false
    }
}

/// A bit of what the processor says of itself (Intel Software Developer's Manual, volume 2,
/// `CPUID`, leaf 1, `ECX`), which has all of the baseline. The standard library asks nine
/// times, for everything, and each time a virtual machine is left.
#[cfg(target_arch = "x86_64")]
fn baseline_bit(bit: u32) -> bool {
    static LEAF_1: OnceLock<u32> = OnceLock::new();
    let said = LEAF_1.get_or_init(|| std::arch::x86_64::__cpuid(1).ecx);
    said & (1 << bit) != 0
}

#[cfg(test)]
mod tests {
    use super::{Architecture, is_available};

    #[test]
    fn what_is_implied_comes_along_once() {
        let x86 = Architecture::X86_64;
        let feature = |name| x86.feature(name).expect("known");
        assert_eq!(x86.baseline_and(&[]), x86.baseline());
        assert_eq!(
            x86.baseline_and(&[feature("avx2"), feature("bmi"), feature("avx2")]),
            [
                "sse2", "sse3", "ssse3", "sse4.1", "sse4.2", "popcnt", "bmi1", "avx", "avx2"
            ]
        );
        assert_eq!(x86.feature("neon"), None);
    }

    #[test]
    fn this_processor_has_the_baseline() {
        if let Some(here) = Architecture::HOST {
            assert!(here.baseline().iter().all(|name| is_available(name)));
        }
        assert!(!is_available("warp"));
    }
}
