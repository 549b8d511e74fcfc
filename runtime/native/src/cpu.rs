//! Processors and the features of them that native code can use, by the names that rustc
//! uses.

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

/// A feature that only some processors of a kind have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Feature {
    /// The name of the feature.
    pub name: &'static str,
    /// The features that every processor with this feature also has, and that code with this
    /// feature needs.
    implies: &'static [&'static str],
}

/// The features of x86-64.
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

/// The features of 64-bit ARM.
const AARCH64: &[Feature] = &[feature("neon", &[])];

const fn feature(name: &'static str, implies: &'static [&'static str]) -> Feature {
    Feature { name, implies }
}

impl Architecture {
    /// All kinds of processors.
    pub const ALL: [Self; 3] = [Self::X86_64, Self::Aarch64, Self::Riscv64];

    /// The kind of processor that this process runs on, if it is one of these.
    pub const HOST: Option<Self> = if cfg!(target_arch = "x86_64") {
        Some(Self::X86_64)
    } else if cfg!(all(target_arch = "aarch64", target_endian = "little")) {
        Some(Self::Aarch64)
    } else if cfg!(target_arch = "riscv64") {
        Some(Self::Riscv64)
    } else {
        None
    };

    /// Returns the name that target triples use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Aarch64 => "aarch64",
            Self::Riscv64 => "riscv64",
        }
    }

    /// Returns the features that native code uses by default. They are fixed and do not
    /// depend on the machine that builds, because its output must run on other machines.
    #[must_use]
    pub const fn baseline(self) -> &'static [&'static str] {
        match self {
            // x86-64-v2, which processors have had since about 2009.
            Self::X86_64 => &["sse2", "sse3", "ssse3", "sse4.1", "sse4.2", "popcnt"],
            // Every 64-bit ARM processor has this feature.
            Self::Aarch64 => &["neon"],
            Self::Riscv64 => &[],
        }
    }

    /// Returns all features that native code can use.
    #[must_use]
    pub const fn features(self) -> &'static [Feature] {
        match self {
            Self::X86_64 => X86_64,
            Self::Aarch64 => AARCH64,
            Self::Riscv64 => &[],
        }
    }

    /// Returns the feature with this name.
    #[must_use]
    pub fn feature(self, name: &str) -> Option<Feature> {
        // The engine uses this other name.
        let name = if name == "bmi" { "bmi1" } else { name };
        let mut features = self.features().iter().copied();
        features.find(|feature| feature.name == name)
    }

    /// Returns the names of the baseline's features, of the added features, and of the features
    /// that those imply. Each name occurs once, in the order of [`features`](Self::features).
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

/// Reports whether this processor has the feature with this name.
///
/// On a virtual machine, the first call for a feature of the baseline takes 4 µs, and the
/// first call for another feature takes 35 µs.
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

/// Returns a bit of the processor's description (Intel Software Developer's Manual, volume 2,
/// `CPUID`, leaf 1, `ECX`), which includes the whole baseline. The standard library executes
/// `CPUID` nine times to detect all features, and each execution exits a virtual machine.
#[cfg(target_arch = "x86_64")]
fn baseline_bit(bit: u32) -> bool {
    static LEAF_1: OnceLock<u32> = OnceLock::new();
    let features = LEAF_1.get_or_init(|| std::arch::x86_64::__cpuid(1).ecx);
    features & (1 << bit) != 0
}

#[cfg(test)]
mod tests {
    use super::{Architecture, is_available};

    #[test]
    fn implied_features_are_included_once() {
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
