//! The initial content of memories, as disjoint pieces.
//!
//! A module's active data segments are written one after another, and a later one
//! overwrites an earlier one. This module does so at compile time, so that the pieces in an
//! image have these properties:
//!
//! - each piece is within the minimum size of its memory;
//! - the pieces are in order of memory and address, and no two of them overlap: the memory
//!   is the same if they are mapped, or written in any order;
//! - the added zeros are bounded by the module's data: between two fragments that share a
//!   piece, there are at most as many zeros as bytes that they join, or as many as the saved
//!   entry has bytes.

use std::collections::BTreeMap;
use std::ops::Range;

use wasmer_types::{InitExpr, InitExprOp, ModuleInfo, OwnedDataInitializer, WASM_PAGE_SIZE};

use super::ENTRY;
use crate::contract::PAGE;

/// Bytes of one data segment, at their address in a memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fragment<'a> {
    pub(super) memory: u32,
    pub(super) address: u32,
    pub(super) bytes: &'a [u8],
}

impl Fragment<'_> {
    /// Returns the addresses of the bytes.
    pub(super) fn range(&self) -> Range<u64> {
        let start = u64::from(self.address);
        start..start + self.bytes.len() as u64
    }
}

/// Returns the content of memories after all active segments are written: disjoint
/// fragments, in order of memory and address. Returns `None` if a segment is out of bounds:
/// instantiation then traps, and no code can observe the writes of earlier segments.
///
/// # Errors
///
/// Returns an error if an address is not known at compile time, because it depends on an
/// imported global.
pub(super) fn initial<'a>(
    data: &'a [OwnedDataInitializer],
    module: &ModuleInfo,
) -> Result<Option<Vec<Fragment<'a>>>, String> {
    let mut segments = Vec::with_capacity(data.len());
    for data in data {
        let memory = data.location.memory_index;
        let segment = Fragment {
            memory: memory.as_u32(),
            address: constant(&data.location.offset_expr)
                .ok_or("the address of a data segment depends on an imported global")?,
            bytes: &data.data,
        };
        let size = u64::from(module.memories[memory].minimum.0) * WASM_PAGE_SIZE as u64;
        if segment.range().end > size {
            return Ok(None);
        }
        segments.push(segment);
    }
    Ok(Some(flattened(&segments)))
}

/// Returns the disjoint fragments of segments that are written in this order. The fragments
/// are in order of memory and address.
///
/// The function visits the last segment first, and keeps the part of each segment that no
/// later one covers. Covered addresses are kept as intervals that do not touch. A segment
/// adds one interval and removes each interval that it touches, so the number of fragments
/// is less than twice the number of segments.
fn flattened<'a>(segments: &[Fragment<'a>]) -> Vec<Fragment<'a>> {
    let mut covered: BTreeMap<u32, Intervals> = BTreeMap::new();
    let mut fragments = Vec::with_capacity(segments.len());
    for segment in segments.iter().rev() {
        let all = segment.range();
        covered
            .entry(segment.memory)
            .or_default()
            .cover(all.clone(), |part| {
                let within = (part.start - all.start) as usize..(part.end - all.start) as usize;
                fragments.push(Fragment {
                    memory: segment.memory,
                    address: segment.address + within.start as u32,
                    bytes: &segment.bytes[within],
                });
            });
    }
    fragments.sort_unstable_by_key(|fragment| (fragment.memory, fragment.address));
    fragments
}

/// Intervals of addresses, by their start. No two of them touch.
#[derive(Debug, Default)]
struct Intervals(BTreeMap<u64, u64>);

impl Intervals {
    /// Adds an interval, and reports each part of it that was not covered, in order.
    fn cover(&mut self, all: Range<u64>, mut uncovered: impl FnMut(Range<u64>)) {
        if all.is_empty() {
            return;
        }
        let (mut whole, mut from) = (all.clone(), all.start);
        let before = self.0.range(..=all.start).next_back();
        if let Some((&start, &end)) = before.filter(|(_, end)| **end >= all.start) {
            self.0.remove(&start);
            (whole.start, from) = (start, end);
        }
        while let Some((&start, &end)) = self.0.range(all.start..=all.end).next() {
            self.0.remove(&start);
            if from < start {
                uncovered(from..start);
            }
            from = end;
        }
        if from < all.end {
            uncovered(from..all.end);
        }
        whole.end = whole.end.max(from);
        self.0.insert(whole.start, whole.end);
    }
}

/// Groups neighbouring fragments with short gaps: compilers emit a segment for each
/// constant. The bytes in a gap are zero, as an unwritten memory is.
pub(super) fn pieces<'f, 'a>(
    mut fragments: &'f [Fragment<'a>],
) -> impl Iterator<Item = &'f [Fragment<'a>]> {
    std::iter::from_fn(move || {
        let (piece, rest) = fragments.split_at(joined(fragments));
        fragments = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Returns the number of fragments, from the first one, that form one piece.
fn joined(fragments: &[Fragment<'_>]) -> usize {
    let mut bytes = fragments.first().map_or(0, |first| first.bytes.len()) as u64;
    let mut zeros = 0;
    let is_apart = |pair: &[Fragment<'_>]| {
        let [last, next] = pair else { return false };
        if last.memory != next.memory {
            return true;
        }
        let gap = next.range().start - last.range().end;
        bytes += next.bytes.len() as u64;
        if gap <= ENTRY as u64 {
            return false;
        }
        zeros += gap;
        // A gap of a page or more could need a page that contains only zeros.
        gap >= PAGE as u64 || zeros > bytes
    };
    fragments
        .windows(2)
        .position(is_apart)
        .map_or(fragments.len(), |last| last + 1)
}

/// Evaluates a constant expression of type `i32`.
fn constant(expression: &InitExpr) -> Option<u32> {
    let mut stack: Vec<i32> = Vec::new();
    for op in expression.ops() {
        let value = match op {
            InitExprOp::I32Const(value) => *value,
            InitExprOp::I32Add | InitExprOp::I32Sub | InitExprOp::I32Mul => {
                let (right, left) = (stack.pop()?, stack.pop()?);
                match op {
                    InitExprOp::I32Add => left.wrapping_add(right),
                    InitExprOp::I32Sub => left.wrapping_sub(right),
                    _ => left.wrapping_mul(right),
                }
            }
            _ => return None,
        };
        stack.push(value);
    }
    stack.pop().map(i32::cast_unsigned)
}

#[cfg(test)]
mod tests {
    use super::{ENTRY, Fragment, PAGE, flattened, pieces};

    const MEMORIES: usize = 2;
    const SIZE: usize = 3 * PAGE;
    const CASES: u32 = 20_000;

    /// A deterministic generator of numbers (Marsaglia's xorshift).
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, end: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 % end as u64) as usize
        }

        /// Returns a segment that is usually short, and often near the previous one.
        fn segment<'a>(&mut self, bytes: &'a [u8], last: usize) -> Fragment<'a> {
            let most = [1, 4, 20, 300, SIZE][self.below(5)];
            let len = self.below(most + 1);
            let near = (last + self.below(40)).saturating_sub(20);
            let address = [self.below(SIZE), near, near, near + PAGE - 20][self.below(4)];
            let address = address.min(SIZE - len);
            let from = self.below(bytes.len() - len);
            Fragment {
                memory: self.below(MEMORIES) as u32,
                address: address as u32,
                bytes: &bytes[from..from + len],
            }
        }
    }

    /// Returns the memories after these writes.
    fn written<'a>(writes: impl IntoIterator<Item = Fragment<'a>>) -> [Vec<u8>; MEMORIES] {
        let mut memories = [(); MEMORIES].map(|()| vec![0; SIZE]);
        for write in writes {
            let start = write.address as usize;
            memories[write.memory as usize][start..start + write.bytes.len()]
                .copy_from_slice(write.bytes);
        }
        memories
    }

    #[test]
    fn disjoint_fragments_have_the_same_effect_as_the_segments() {
        // No byte is zero, so that a lost byte is visible.
        let bytes: Vec<u8> = (0..2 * SIZE).map(|i| (i % 255 + 1) as u8).collect();
        let numbers = &mut Numbers(0x9e37_79b9_7f4a_7c15);
        let (mut joined, mut overlaps) = (0, 0);
        for case in 0..CASES {
            let mut last = numbers.below(SIZE);
            let segments: Vec<Fragment<'_>> = (0..numbers.below(30))
                .map(|_| {
                    let segment = numbers.segment(&bytes, last);
                    last = segment.range().end as usize;
                    segment
                })
                .collect();
            let fragments = flattened(&segments);
            assert_eq!(
                written(segments.iter().copied()),
                written(fragments.iter().copied()),
                "{case}"
            );
            assert!(fragments.len() <= 2 * segments.len(), "{case}");
            let place = |fragment: &Fragment<'_>| {
                let memory = u64::from(fragment.memory) << 32;
                memory + fragment.range().start..memory + fragment.range().end
            };
            for pair in fragments.windows(2) {
                assert!(place(&pair[0]).end <= place(&pair[1]).start, "{case}");
            }
            assert!(fragments.iter().all(|fragment| !fragment.bytes.is_empty()));

            // The pieces are all fragments in order, and no larger than they may be.
            let pieces: Vec<_> = pieces(&fragments).collect();
            assert_eq!(pieces.concat(), fragments, "{case}");
            for piece in &pieces {
                let (first, last) = (piece[0], piece[piece.len() - 1]);
                assert_eq!(first.memory, last.memory, "{case}");
                let len = (last.range().end - first.range().start) as usize;
                let data: usize = piece.iter().map(|fragment| fragment.bytes.len()).sum();
                assert!(len <= 2 * data + ENTRY * (piece.len() - 1), "{case}");
                joined += usize::from(piece.len() > 1);
            }
            let all: usize = segments.iter().map(|segment| segment.bytes.len()).sum();
            let left: usize = fragments.iter().map(|fragment| fragment.bytes.len()).sum();
            assert!(left <= all, "{case}");
            overlaps += usize::from(left < all);
        }
        // The cases include joined pieces and overlaps.
        assert!(joined > 1000 && overlaps > 1000, "{joined} {overlaps}");
    }

    #[test]
    fn neighbours_are_joined_if_the_gap_is_short() {
        let count = |ranges: &[(usize, usize)]| {
            let bytes = vec![1; 10 * PAGE];
            let fragments: Vec<_> = ranges
                .iter()
                .map(|(address, len)| Fragment {
                    memory: 0,
                    address: *address as u32,
                    bytes: &bytes[..*len],
                })
                .collect();
            pieces(&fragments).count()
        };
        assert_eq!(count(&[]), 0);
        // The first gap is as long as an entry.
        assert_eq!(count(&[(0, 1), (1 + ENTRY, 1)]), 1);
        assert_eq!(count(&[(0, 1), (2 + ENTRY, 1)]), 2);
        assert_eq!(count(&[(0, 50), (150, 50)]), 1);
        assert_eq!(count(&[(0, 50), (151, 50)]), 2);
        // Zeros do not count as joined bytes, and the bytes pay for only one gap.
        assert_eq!(count(&[(0, 50), (150, 50), (251, 50)]), 2);
        // The gap must be less than a page, whatever the number of joined bytes.
        assert_eq!(count(&[(0, 9000), (9000 + PAGE - 1, 1)]), 1);
        assert_eq!(count(&[(0, 9000), (9000 + PAGE, 1)]), 2);
    }
}
