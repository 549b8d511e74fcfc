//! The random numbers that a program sees.

use std::fmt;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// The source of a program's random numbers: the operating system, or a seed, with which every
/// run gets the same numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Random(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    System,
    Seeded(u64),
}

impl Random {
    /// Returns the random numbers of the operating system, which are the default.
    #[must_use]
    pub const fn system() -> Self {
        Self(Kind::System)
    }

    /// Returns the ChaCha20 stream of a seed, which is the same in every run, on every machine
    /// and in every version of this library. Anyone who knows the seed can predict the
    /// numbers: do not use them for secrets.
    #[must_use]
    pub const fn seeded(seed: u64) -> Self {
        Self(Kind::Seeded(seed))
    }
}

impl Default for Random {
    fn default() -> Self {
        Self::system()
    }
}

/// The random numbers of one run. For small requests, the system is asked only once, for a seed:
/// asking it each time takes several times as long as generating them here (ChaCha20, RFC 8439).
pub(crate) enum RunRandom {
    /// No number has been requested yet.
    Unseeded,
    System(Box<ChaCha20Rng>),
    Seeded(Box<ChaCha20Rng>),
}

impl RunRandom {
    pub(crate) fn start(random: Random) -> Self {
        match random.0 {
            Kind::System => Self::Unseeded,
            Kind::Seeded(seed) => Self::Seeded(Box::new(ChaCha20Rng::seed_from_u64(seed))),
        }
    }

    /// Reports whether two runs see the same numbers.
    pub(crate) fn is_seeded(&self) -> bool {
        matches!(self, Self::Seeded(_))
    }

    /// # Errors
    ///
    /// The operating system has no random numbers.
    pub(crate) fn fill(&mut self, buffer: &mut [u8]) -> Result<(), getrandom::Error> {
        /// The number of bytes from which it pays to ask the system.
        const MANY: usize = 256;

        if buffer.len() >= MANY && !self.is_seeded() {
            return getrandom::fill(buffer);
        }
        if let Self::Unseeded = self {
            let mut seed = [0; 32];
            getrandom::fill(&mut seed)?;
            *self = Self::System(Box::new(ChaCha20Rng::from_seed(seed)));
        }
        if let Self::System(stream) | Self::Seeded(stream) = self {
            stream.fill_bytes(buffer);
        }
        Ok(())
    }
}

impl fmt::Debug for RunRandom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunRandom").finish_non_exhaustive()
    }
}
