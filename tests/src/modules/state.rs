//! The expected contents of a generated module: its memories and tables, and their hash.

use std::collections::BTreeMap;

/// The hash of 64-bit numbers that the modules compute.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hash(pub(super) u64);

impl Hash {
    pub(super) const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

    pub(super) fn add(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(Self::FACTOR);
    }

    pub(super) fn add_zeros(&mut self, count: u32) {
        self.0 = self.0.wrapping_mul(Self::FACTOR.wrapping_pow(count));
    }
}

const CHUNK: u32 = 4096;

/// A memory: all of it that was written.
#[derive(Debug)]
pub(super) struct Memory {
    pub(super) len: u32,
    pub(super) chunks: BTreeMap<u32, Vec<u8>>,
}

impl Memory {
    /// Writes bytes, if they fit.
    pub(super) fn write(&mut self, at: u32, bytes: &[u8]) -> bool {
        if u64::from(at) + bytes.len() as u64 > self.len.into() {
            return false;
        }
        for (at, byte) in (at..).zip(bytes) {
            let chunk = self.chunks.entry(at / CHUNK);
            chunk.or_insert_with(|| vec![0; CHUNK as usize])[(at % CHUNK) as usize] = *byte;
        }
        true
    }

    pub(super) fn hash(&self, hash: &mut Hash) {
        let mut next = 0;
        for (index, chunk) in &self.chunks {
            hash.add_zeros((index - next) * (CHUNK / 8));
            for word in chunk.as_chunks().0 {
                hash.add(u64::from_le_bytes(*word));
            }
            next = index + 1;
        }
        hash.add_zeros((self.len / CHUNK - next) * (CHUNK / 8));
    }
}

/// A table: those of its elements that are not null, by the numbers of their functions.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) len: u32,
    pub(super) is_of_functions: bool,
    pub(super) functions: BTreeMap<u32, u64>,
}

impl Table {
    /// Writes elements, if they fit.
    pub(super) fn write(&mut self, at: u32, functions: &[Option<u64>]) -> bool {
        if u64::from(at) + functions.len() as u64 > self.len.into() {
            return false;
        }
        for (at, function) in (at..).zip(functions) {
            match function {
                Some(function) => self.functions.insert(at, *function),
                None => self.functions.remove(&at),
            };
        }
        true
    }

    pub(super) fn hash(&self, hash: &mut Hash) {
        let mut next = 0;
        for (at, function) in &self.functions {
            hash.add_zeros(at - next);
            hash.add(*function);
            next = at + 1;
        }
        hash.add_zeros(self.len - next);
    }
}
