//! The numbers that generators of tests make their choices by.

/// A source of numbers.
pub trait Numbers {
    /// A number below a bound that is not 0.
    fn below(&mut self, bound: u32) -> u32;

    /// A number up to a bound that is not 0, small ones as often as large ones.
    fn size(&mut self, bound: u32) -> u32 {
        let bits = self.below(bound.ilog2() + 1);
        self.below((1 << bits).min(bound) + 1)
    }

    /// One of several things.
    fn pick<T: Copy>(&mut self, things: &[T]) -> T {
        things[self.below(things.len() as u32) as usize]
    }
}

/// Numbers that are random enough (xorshift64*), and the same for the same seed.
#[derive(Debug)]
pub struct Random(u64);

impl Random {
    /// The numbers of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        // The state is never 0.
        Self(seed * 2 + 1)
    }
}

impl Numbers for Random {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as u32 % bound
    }
}
