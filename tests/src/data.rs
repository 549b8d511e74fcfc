//! Bytes by which tests detect what is lost or moved.

/// Bytes that tell where each of them is.
pub fn bytes(len: u32) -> Vec<u8> {
    (0..len).map(|i| (i % 251) as u8).collect()
}

/// Returns the number of bytes of each value, which does not depend on their order.
pub fn counts(bytes: &[u8]) -> [usize; 256] {
    let mut counts = [0; 256];
    for byte in bytes {
        counts[usize::from(*byte)] += 1;
    }
    counts
}
