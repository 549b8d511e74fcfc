//! Instructions on memory ranges of any length, split into pieces.

use std::collections::BTreeMap;

use wasmer::sys::wasmparser::Operator;
use wasmer_types::ModuleInfo;

use super::check::Check;
use super::emit::{Global, NOTHING};
use crate::operators::Kind;

/// The number of bytes that are processed between two checks. This takes a fraction of a
/// millisecond.
const PIECE: i32 = 1 << 20;

/// The split of `memory.fill`, `memory.copy` and `memory.init` into pieces. A range that is
/// out of bounds still traps before anything is written.
#[derive(Debug)]
pub(crate) struct Bulk {
    /// The globals that hold the operands: destination, source or value, and length.
    destination: Global,
    source: Global,
    length: Global,
    check: Check,
    /// The length of each passive data segment.
    segments: BTreeMap<u32, usize>,
}

impl Bulk {
    pub(crate) fn new(module: &ModuleInfo, places: [Global; 3], check: Check) -> Self {
        let [destination, source, length] = places;
        let passive = module.passive_data.iter();
        Self {
            destination,
            source,
            length,
            check,
            segments: passive
                .map(|(index, bytes)| (index.as_u32(), bytes.len()))
                .collect(),
        }
    }

    /// Returns the replacement of an instruction of this kind, or `None` if it is not
    /// replaced.
    ///
    /// Instructions on tables are not replaced. A check precedes each of them, and a table
    /// has at most 2^20 elements of at most 32 bytes. A copy or a fill takes some ten
    /// milliseconds, and growing a table takes no longer, because untouched pages are not
    /// present. The library calls that make elements one by one look at the flag meanwhile.
    pub(crate) fn in_pieces<'a>(
        &self,
        kind: Kind,
        operator: &Operator<'a>,
    ) -> Option<Vec<Operator<'a>>> {
        match kind {
            Kind::MemoryFill { memory } => Some(self.pieces(
                operator,
                &[self.beyond(self.destination, Limit::Memory(memory))],
                self.fill_forward(operator),
            )),
            Kind::MemoryCopy { to, from } => Some(self.pieces(
                operator,
                &[
                    self.beyond(self.destination, Limit::Memory(to)),
                    self.beyond(self.source, Limit::Memory(from)),
                ],
                self.copy(operator, to == from),
            )),
            Kind::MemoryInit { segment, memory } => {
                let len = self.segments.get(&segment).copied().unwrap_or(0);
                Some(self.pieces(
                    operator,
                    &[
                        self.beyond(self.destination, Limit::Memory(memory)),
                        self.beyond(self.source, Limit::Bytes(len)),
                    ],
                    self.copy_forward(operator),
                ))
            }
            Kind::Plain
            | Kind::LocalGet { .. }
            | Kind::LocalSet { .. }
            | Kind::Block(_)
            | Kind::Loop(_)
            | Kind::If(_)
            | Kind::Else
            | Kind::End
            | Kind::Branch { .. }
            | Kind::BranchTable
            | Kind::Return
            | Kind::Unreachable
            | Kind::Call { .. }
            | Kind::CallIndirect { .. }
            | Kind::MemoryGrow
            | Kind::TableSet
            | Kind::TableBulk
            | Kind::Drop
            | Kind::Atomic
            | Kind::Wait
            | Kind::Refused => None,
        }
    }

    /// Returns a loop that processes one piece in each iteration. The instruction itself,
    /// behind the loop, processes the last piece, or traps if the range is out of bounds.
    fn pieces<'a>(
        &self,
        operator: &Operator<'a>,
        beyond: &[Vec<Operator<'a>>],
        piece: Vec<Operator<'a>>,
    ) -> Vec<Operator<'a>> {
        let mut all = vec![
            self.length.set(),
            self.source.set(),
            self.destination.set(),
            Operator::Block { blockty: NOTHING },
            Operator::Loop { blockty: NOTHING },
            self.length.get(),
            Operator::I32Const { value: PIECE },
            Operator::I32LeU,
            Operator::BrIf { relative_depth: 1 },
        ];
        for beyond in beyond {
            all.extend_from_slice(beyond);
            all.push(Operator::BrIf { relative_depth: 1 });
        }
        all.extend(piece);
        all.extend(self.length.add_i32(-PIECE));
        all.extend(self.check.again());
        all.extend([
            Operator::Br { relative_depth: 0 },
            Operator::End,
            Operator::End,
            self.destination.get(),
            self.source.get(),
            self.length.get(),
            operator.clone(),
        ]);
        all
    }

    /// Returns the code that fills one piece and advances the destination.
    fn fill_forward<'a>(&self, operator: &Operator<'a>) -> Vec<Operator<'a>> {
        let mut all = vec![
            self.destination.get(),
            self.source.get(),
            Operator::I32Const { value: PIECE },
            operator.clone(),
        ];
        all.extend(self.destination.add_i32(PIECE));
        all
    }

    /// Returns the code that copies one piece and advances source and destination.
    fn copy_forward<'a>(&self, operator: &Operator<'a>) -> Vec<Operator<'a>> {
        let mut all = self.fill_forward(operator);
        all.extend(self.source.add_i32(PIECE));
        all
    }

    /// Returns the code that copies the last piece first, for a destination behind the source.
    fn copy_backward<'a>(&self, operator: &Operator<'a>) -> Vec<Operator<'a>> {
        let mut all = Vec::new();
        for start in [self.destination, self.source] {
            all.extend([
                start.get(),
                self.length.get(),
                Operator::I32Add,
                Operator::I32Const { value: PIECE },
                Operator::I32Sub,
            ]);
        }
        all.extend([Operator::I32Const { value: PIECE }, operator.clone()]);
        all
    }

    /// Returns the code that copies one piece. Within one memory, source and destination can
    /// overlap.
    fn copy<'a>(&self, operator: &Operator<'a>, within_one: bool) -> Vec<Operator<'a>> {
        if !within_one {
            return self.copy_forward(operator);
        }
        let mut all = vec![
            self.destination.get(),
            self.source.get(),
            Operator::I32LeU,
            Operator::If { blockty: NOTHING },
        ];
        all.extend(self.copy_forward(operator));
        all.push(Operator::Else);
        all.extend(self.copy_backward(operator));
        all.push(Operator::End);
        all
    }

    /// Returns the code that reports if the remaining range from `start` exceeds the limit.
    fn beyond<'a>(&self, start: Global, limit: Limit) -> Vec<Operator<'a>> {
        let mut all = vec![
            start.get(),
            Operator::I64ExtendI32U,
            self.length.get(),
            Operator::I64ExtendI32U,
            Operator::I64Add,
        ];
        match limit {
            Limit::Memory(mem) => all.extend([
                Operator::MemorySize { mem },
                Operator::I64ExtendI32U,
                Operator::I64Const { value: 16 },
                Operator::I64Shl,
            ]),
            Limit::Bytes(len) => all.push(Operator::I64Const {
                value: i64::try_from(len).unwrap_or(i64::MAX),
            }),
        }
        all.push(Operator::I64GtU);
        all
    }
}

/// The end of the range that an operand may address.
enum Limit {
    /// The end of this memory.
    Memory(u32),
    /// This number of bytes.
    Bytes(usize),
}
