//! Arbitrary bytes → numbers that generators make their choices by.

use arbitrary::Unstructured;
use tests::numbers::Numbers;

/// Numbers of bytes: 0 when there are no more.
#[derive(Debug)]
pub struct Bytes<'a>(pub Unstructured<'a>);

impl Numbers for Bytes<'_> {
    fn below(&mut self, bound: u32) -> u32 {
        self.0.int_in_range(0..=bound - 1).unwrap_or(0)
    }
}
