//! The limits of a run.

use std::fmt;
use std::time::Duration;

/// The limits of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// The longest time of a run, from its start.
    pub(crate) timeout: Option<Duration>,
    /// The fuel of a run.
    pub(crate) fuel: Option<u64>,
    /// The maximum size of each captured output, in bytes.
    pub(crate) output: u64,
    /// The maximum size of all memories of the program together, in bytes.
    pub(crate) memory: u64,
}

impl Limits {
    pub(crate) const DEFAULT: Self = Self {
        timeout: None,
        fuel: None,
        output: 64 << 20,
        // As large as one 32-bit memory can be.
        memory: 4 << 30,
    };
}

/// A number of bytes, as a message says it: `64 MiB`, `1000 bytes`.
pub(crate) struct Bytes(pub(crate) u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u32, &str); 3] = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
        let whole = |shift: u32| self.0 >> shift << shift == self.0 && self.0 != 0;
        match UNITS.iter().find(|(shift, _)| whole(*shift)) {
            Some((shift, unit)) => write!(f, "{} {unit}", self.0 >> shift),
            None if self.0 == 1 => f.write_str("1 byte"),
            None => write!(f, "{} bytes", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Bytes;

    #[test]
    fn sizes_are_printed_in_the_largest_whole_unit() {
        let told = |bytes| Bytes(bytes).to_string();
        assert_eq!(told(0), "0 bytes");
        assert_eq!(told(1), "1 byte");
        assert_eq!(told(1000), "1000 bytes");
        assert_eq!(told(1 << 10), "1 KiB");
        assert_eq!(told(64 << 20), "64 MiB");
        assert_eq!(told(4 << 30), "4 GiB");
        assert_eq!(told((1 << 20) + (1 << 10)), "1025 KiB");
    }
}
