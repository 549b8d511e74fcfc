//! The segments of a generated module.

use std::fmt::Write as _;

use super::generate::{FUNCTIONS, Generator};
use crate::numbers::Numbers;

impl<N: Numbers> Generator<'_, N> {
    pub(super) fn element_segment(&mut self) {
        let elements: Vec<Option<u64>> = (0..self.numbers.size(40))
            .map(|_| self.numbers.below(FUNCTIONS + 1).into())
            .map(|function| Some(function).filter(|function| *function != 0))
            .collect();
        let text: String = elements
            .iter()
            .map(|function| match function {
                Some(function) => format!("(ref.func $f{function})"),
                None => "(ref.null func)".to_owned(),
            })
            .collect();
        match self.numbers.below(6) {
            4 => return line!(self, "(elem funcref {text})"),
            5 => return line!(self, "(elem declare func $f1)"),
            _ => {}
        }
        if self.tables.is_empty() {
            return;
        }
        let index = self.numbers.below(self.tables.len() as u32);
        let table = &mut self.tables[index as usize];
        let room = table.len.saturating_sub(elements.len() as u32);
        let at = match self.numbers.below(1000) {
            999 => room + 1,
            1..100 => room,
            100..500 => self.numbers.below(room + 1),
            _ => self.numbers.below(room.min(60) + 1),
        };
        if table.is_of_functions {
            line!(
                self,
                "(elem (table {index}) (i32.const {at}) funcref {text})"
            );
            if !self.traps {
                self.traps = !table.write(at, &elements);
            }
        } else if self.numbers.below(1000) == 999 {
            line!(self, "(elem (table {index}) (i32.const 0) funcref {text})");
            self.refuse("an element segment of another type");
        }
    }

    /// The memory, the address and the bytes of a data segment, if it is active.
    pub(super) fn data_segment(&mut self, places: &[u32; 3]) -> Option<(usize, u32, Vec<u8>)> {
        let len = match self.numbers.below(1000) {
            999 => self.numbers.below(400_000),
            _ => self.numbers.size(200),
        };
        let first = self.numbers.below(26) as usize;
        let kind = self.numbers.below(4);
        let byte = |index: usize| match kind {
            0 => 0,
            // Gaps, as in what is mostly zeros.
            1 if index % 64 > 16 => 0,
            _ => b'a' + ((first + index) % 26) as u8,
        };
        let bytes: Vec<u8> = (0..len as usize).map(byte).collect();
        let mut text = String::with_capacity(bytes.len());
        for byte in &bytes {
            match byte {
                0 => text.push_str("\\00"),
                letter => text.push(char::from(*letter)),
            }
        }
        let memory = self.numbers.below(self.memories.len() as u32);
        if self.numbers.below(8) == 7 {
            line!(self, "(data \"{text}\")");
            return None;
        }
        let room = self.memories[memory as usize].len.saturating_sub(len);
        let at = match self.numbers.below(1000) {
            999 => room + 1,
            1..100 => room,
            100..500 => self.numbers.below(room + 1),
            _ => (self.numbers.pick(places) + self.numbers.below(400)).min(room),
        };
        line!(self, "(data (memory {memory}) (i32.const {at}) \"{text}\")");
        Some((memory as usize, at, bytes))
    }
}
