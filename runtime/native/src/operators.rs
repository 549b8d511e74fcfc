//! The decisions that depend on an instruction, in one place: whether it is accepted at
//! all, whether it changes what a reset cannot put back, what it costs in fuel, whether it
//! is a call, and whether it can take long.
//!
//! Everything follows from an instruction's [`Kind`], which [`Kind::of`] decides for each
//! operator that `wasmparser` knows, by the proposal that it is from:
//!
//! - a proposal that is not listed here does not compile;
//! - an operator that is added to a proposal does not compile, as the number of operators
//!   of each is asserted; before the number is raised, somebody must decide on the new one;
//! - each decision is a match over all kinds without a wildcard.
//!
//! An operator of a proposal that no module may use is [refused](Kind::Refused), rather
//! than taken for harmless: validation has refused it before, if it works as it should.

use wasmer::sys::MiddlewareError;
use wasmer::sys::wasmparser::{self, BlockType, Operator};

/// The kinds of instructions that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It takes a bounded time, and changes nothing but the stack, locals, globals and
    /// memories; control goes on to the next one, unless it traps.
    Plain,
    /// `local.get`.
    LocalGet { local: u32 },
    /// `local.set` or `local.tee`.
    LocalSet { local: u32 },
    /// `block`.
    Block(BlockType),
    /// `loop`.
    Loop(BlockType),
    /// `if`.
    If(BlockType),
    /// `else`.
    Else,
    /// `end`, of a block, a loop, an `if` or the function.
    End,
    /// `br` or `br_if`.
    Branch { depth: u32 },
    /// `br_table`.
    BranchTable,
    /// `return`.
    Return,
    /// `unreachable`.
    Unreachable,
    /// `call`.
    Call { function: u32 },
    /// `call_indirect`.
    CallIndirect { ty: u32 },
    /// `memory.grow`.
    MemoryGrow,
    /// `memory.fill`.
    MemoryFill { memory: u32 },
    /// `memory.copy`.
    MemoryCopy { to: u32, from: u32 },
    /// `memory.init`.
    MemoryInit { segment: u32, memory: u32 },
    /// `table.set`.
    TableSet,
    /// `table.grow`, `table.fill`, `table.copy` or `table.init`: the number of elements is
    /// on top of the stack.
    TableBulk,
    /// `data.drop` or `elem.drop`.
    Drop,
    /// An atomic access to memory, of a module with threads.
    Atomic,
    /// `memory.atomic.wait32` or `64`, or `memory.atomic.notify`: the host does it.
    Wait,
    /// An instruction of a proposal that no module may use.
    Refused,
}

/// The costs of an instruction in fuel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cost {
    /// One. The next one follows, unless it traps.
    Plain,
    /// One. Control may go elsewhere, or come from elsewhere.
    Branch,
    /// One. Control goes to another function.
    Call,
    /// One. Control may come back to it.
    Loop,
    /// One, and one for each 64 units of the length on top of the stack.
    Length,
}

/// The place of an instruction in the nesting of blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Structure {
    /// It opens a block.
    Begin,
    /// It closes the first arm of an `if` and opens the second one.
    Else,
    /// It closes a block, or the function.
    End,
    /// It does neither.
    None,
}

impl Kind {
    /// Decides on an operator.
    ///
    /// # Errors
    ///
    /// If no module may use it.
    pub(crate) fn of(operator: &Operator<'_>) -> Result<Self, MiddlewareError> {
        match kind(operator) {
            Self::Refused => Err(refused(operator)),
            kind => Ok(kind),
        }
    }

    /// As [`of`](Self::of), for a module that has no threads.
    ///
    /// # Errors
    ///
    /// If no such module may use it.
    pub(crate) fn without_threads(operator: &Operator<'_>) -> Result<Self, MiddlewareError> {
        match kind(operator) {
            Self::Atomic | Self::Wait | Self::Refused => Err(refused(operator)),
            kind => Ok(kind),
        }
    }

    /// Whether an instance can be other afterwards in more than its memories and globals:
    /// in its tables, or in the segments that it has dropped. `memory.init` counts because
    /// what it does depends on these.
    pub(crate) fn lasts(self) -> bool {
        match self {
            Self::TableSet | Self::TableBulk | Self::MemoryInit { .. } | Self::Drop => true,
            Self::Plain
            | Self::LocalGet { .. }
            | Self::LocalSet { .. }
            | Self::Block(_)
            | Self::Loop(_)
            | Self::If(_)
            | Self::Else
            | Self::End
            | Self::Branch { .. }
            | Self::BranchTable
            | Self::Return
            | Self::Unreachable
            | Self::Call { .. }
            | Self::CallIndirect { .. }
            | Self::MemoryGrow
            | Self::MemoryFill { .. }
            | Self::MemoryCopy { .. } => false,
            // No instance with these is ever reset.
            Self::Atomic | Self::Wait | Self::Refused => true,
        }
    }

    pub(crate) fn cost(self) -> Cost {
        match self {
            Self::Plain
            | Self::LocalGet { .. }
            | Self::LocalSet { .. }
            | Self::Block(_)
            | Self::MemoryGrow
            | Self::TableSet
            | Self::Drop
            | Self::Atomic
            | Self::Wait => Cost::Plain,
            Self::If(_)
            | Self::Else
            | Self::End
            | Self::Branch { .. }
            | Self::BranchTable
            | Self::Return
            | Self::Unreachable
            | Self::Refused => Cost::Branch,
            Self::Loop(_) => Cost::Loop,
            Self::Call { .. } | Self::CallIndirect { .. } => Cost::Call,
            Self::MemoryFill { .. }
            | Self::MemoryCopy { .. }
            | Self::MemoryInit { .. }
            | Self::TableBulk => Cost::Length,
        }
    }

    pub(crate) fn is_call(self) -> bool {
        match self {
            Self::Call { .. } | Self::CallIndirect { .. } => true,
            Self::Plain
            | Self::LocalGet { .. }
            | Self::LocalSet { .. }
            | Self::Block(_)
            | Self::Loop(_)
            | Self::If(_)
            | Self::Else
            | Self::End
            | Self::Branch { .. }
            | Self::BranchTable
            | Self::Return
            | Self::Unreachable
            | Self::MemoryGrow
            | Self::MemoryFill { .. }
            | Self::MemoryCopy { .. }
            | Self::MemoryInit { .. }
            | Self::TableSet
            | Self::TableBulk
            | Self::Drop
            | Self::Atomic
            | Self::Wait
            | Self::Refused => false,
        }
    }

    /// Whether one instruction can take as long as a whole loop of others, so that not many
    /// of these fit between two looks at the flag.
    pub(crate) fn is_long(self) -> bool {
        match self {
            Self::MemoryGrow
            | Self::MemoryFill { .. }
            | Self::MemoryCopy { .. }
            | Self::MemoryInit { .. }
            | Self::TableBulk
            | Self::Drop
            | Self::Wait => true,
            Self::Plain
            | Self::LocalGet { .. }
            | Self::LocalSet { .. }
            | Self::Block(_)
            | Self::Loop(_)
            | Self::If(_)
            | Self::Else
            | Self::End
            | Self::Branch { .. }
            | Self::BranchTable
            | Self::Return
            | Self::Unreachable
            | Self::Call { .. }
            | Self::CallIndirect { .. }
            | Self::TableSet
            | Self::Atomic
            | Self::Refused => false,
        }
    }

    pub(crate) fn structure(self) -> Structure {
        match self {
            Self::Block(_) | Self::Loop(_) | Self::If(_) => Structure::Begin,
            Self::Else => Structure::Else,
            Self::End => Structure::End,
            Self::Plain
            | Self::LocalGet { .. }
            | Self::LocalSet { .. }
            | Self::Branch { .. }
            | Self::BranchTable
            | Self::Return
            | Self::Unreachable
            | Self::Call { .. }
            | Self::CallIndirect { .. }
            | Self::MemoryGrow
            | Self::MemoryFill { .. }
            | Self::MemoryCopy { .. }
            | Self::MemoryInit { .. }
            | Self::TableSet
            | Self::TableBulk
            | Self::Drop
            | Self::Atomic
            | Self::Wait
            | Self::Refused => Structure::None,
        }
    }
}

fn refused(operator: &Operator<'_>) -> MiddlewareError {
    let text = format!("{operator:?}");
    let name = text.split([' ', '(', '{']).next().unwrap_or_default();
    MiddlewareError::new("operators", format!("`{name}` is not accepted"))
}

/// Calls the macro with the operators as [`wasmparser::for_each_operator`] lists them.
macro_rules! define_kind {
    ($(
        @$proposal:ident $operator:ident $({ $($field:ident: $type:ty),* })?
            => $visit:ident ($($arity:tt)*)
    )*) => {
        /// What kind an operator is of.
        #[expect(unused_variables, reason = "few kinds have fields")]
        fn kind(operator: &Operator<'_>) -> Kind {
            match operator {
                $(Operator::$operator $({ $($field),* })? => {
                    kind_of!(@$proposal $operator $($($field)*)?)
                })*
                // The list has all operators, but `Operator` promises that to nobody.
                _ => Kind::Refused,
            }
        }

        /// Tells if an operator accesses memory at an address: then it has a `memarg`.
        pub(crate) fn accesses_memory(operator: &Operator<'_>) -> bool {
            match operator {
                $(Operator::$operator { .. } => {
                    false $($(|| is_same(stringify!($field), "memarg"))*)?
                })*
                _ => true,
            }
        }

        /// How many operators of this proposal there are.
        const fn count(proposal: &str) -> usize {
            0 $(+ is_same(proposal, stringify!($proposal)) as usize)*
        }
    };
}

/// The kind of one operator. Those proposals have a last arm for any operator whose
/// operators are all of one kind, and `mvp`, which is finished; see [`COUNTS`].
macro_rules! kind_of {
    (@mvp LocalGet $local:ident) => {
        Kind::LocalGet { local: *$local }
    };
    (@mvp LocalSet $local:ident) => {
        Kind::LocalSet { local: *$local }
    };
    (@mvp LocalTee $local:ident) => {
        Kind::LocalSet { local: *$local }
    };
    (@mvp Block $ty:ident) => {
        Kind::Block(*$ty)
    };
    (@mvp Loop $ty:ident) => {
        Kind::Loop(*$ty)
    };
    (@mvp If $ty:ident) => {
        Kind::If(*$ty)
    };
    (@mvp Else) => {
        Kind::Else
    };
    (@mvp End) => {
        Kind::End
    };
    (@mvp Unreachable) => {
        Kind::Unreachable
    };
    (@mvp Br $depth:ident) => {
        Kind::Branch { depth: *$depth }
    };
    (@mvp BrIf $depth:ident) => {
        Kind::Branch { depth: *$depth }
    };
    (@mvp BrTable $($field:ident)*) => {
        Kind::BranchTable
    };
    (@mvp Return) => {
        Kind::Return
    };
    (@mvp Call $function:ident) => {
        Kind::Call {
            function: *$function,
        }
    };
    (@mvp CallIndirect $ty:ident $table:ident) => {
        Kind::CallIndirect { ty: *$ty }
    };
    (@mvp MemoryGrow $($field:ident)*) => {
        Kind::MemoryGrow
    };
    // Constants, arithmetic, conversions, comparisons, loads, stores, globals,
    // `memory.size`, `nop`, `drop`, `select`.
    (@mvp $operator:ident $($field:ident)*) => {
        Kind::Plain
    };

    (@bulk_memory MemoryInit $segment:ident $memory:ident) => {
        Kind::MemoryInit {
            segment: *$segment,
            memory: *$memory,
        }
    };
    (@bulk_memory MemoryCopy $to:ident $from:ident) => {
        Kind::MemoryCopy {
            to: *$to,
            from: *$from,
        }
    };
    (@bulk_memory MemoryFill $memory:ident) => {
        Kind::MemoryFill { memory: *$memory }
    };
    (@bulk_memory TableInit $($field:ident)*) => {
        Kind::TableBulk
    };
    (@bulk_memory TableCopy $($field:ident)*) => {
        Kind::TableBulk
    };
    (@bulk_memory DataDrop $($field:ident)*) => {
        Kind::Drop
    };
    (@bulk_memory ElemDrop $($field:ident)*) => {
        Kind::Drop
    };

    (@reference_types TypedSelect $($field:ident)*) => {
        Kind::Plain
    };
    (@reference_types TypedSelectMulti $($field:ident)*) => {
        Kind::Refused
    };
    (@reference_types RefNull $($field:ident)*) => {
        Kind::Plain
    };
    (@reference_types RefIsNull) => {
        Kind::Plain
    };
    (@reference_types RefFunc $($field:ident)*) => {
        Kind::Plain
    };
    (@reference_types TableFill $($field:ident)*) => {
        Kind::TableBulk
    };
    (@reference_types TableGrow $($field:ident)*) => {
        Kind::TableBulk
    };
    (@reference_types TableGet $($field:ident)*) => {
        Kind::Plain
    };
    (@reference_types TableSet $($field:ident)*) => {
        Kind::TableSet
    };
    (@reference_types TableSize $($field:ident)*) => {
        Kind::Plain
    };

    // Arithmetic, and accesses to 16 bytes of memory at most.
    (@sign_extension $operator:ident $($field:ident)*) => {
        Kind::Plain
    };
    (@saturating_float_to_int $operator:ident $($field:ident)*) => {
        Kind::Plain
    };
    (@simd $operator:ident $($field:ident)*) => {
        Kind::Plain
    };
    (@relaxed_simd $operator:ident $($field:ident)*) => {
        Kind::Plain
    };
    (@wide_arithmetic $operator:ident $($field:ident)*) => {
        Kind::Plain
    };

    // On the host that WASIX has.
    (@threads MemoryAtomicNotify $($field:ident)*) => {
        Kind::Wait
    };
    (@threads MemoryAtomicWait32 $($field:ident)*) => {
        Kind::Wait
    };
    (@threads MemoryAtomicWait64 $($field:ident)*) => {
        Kind::Wait
    };
    (@threads $operator:ident $($field:ident)*) => {
        Kind::Atomic
    };

    // In no module.
    (@gc $operator:ident $($field:ident)*) => {
        Kind::Refused
    };
    (@custom_descriptors $operator:ident $($field:ident)*) => {
        Kind::Refused
    };
    (@tail_call $operator:ident $($field:ident)*) => {
        Kind::Refused
    };
    (@memory_control $operator:ident $($field:ident)*) => {
        Kind::Refused
    };
    (@exceptions $operator:ident $($field:ident)*) => {
        Kind::Refused
    };
    (@legacy_exceptions $operator:ident $($field:ident)*) => {
        Kind::Refused
    };
    (@shared_everything_threads $operator:ident $($field:ident)*) => {
        Kind::Refused
    };
    (@function_references $operator:ident $($field:ident)*) => {
        Kind::Refused
    };
    (@stack_switching $operator:ident $($field:ident)*) => {
        Kind::Refused
    };
}

wasmparser::for_each_operator!(define_kind);

/// How many operators each proposal has in which one arm decides on several. Before one of
/// these numbers is changed, each operator that came must have an arm of its own, or be
/// what that arm says.
const COUNTS: [(&str, usize); 7] = [
    ("mvp", 172),
    ("sign_extension", 5),
    ("saturating_float_to_int", 8),
    ("simd", 236),
    ("relaxed_simd", 20),
    ("wide_arithmetic", 4),
    ("threads", 67),
];

const _: () = {
    let mut at = 0;
    while at < COUNTS.len() {
        let (proposal, decided) = COUNTS[at];
        assert!(
            count(proposal) == decided,
            "there are operators that nobody has decided on"
        );
        at += 1;
    }
};

const fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

#[cfg(test)]
mod tests {
    use wasmer::sys::wasmparser::{BlockType, Operator};

    use super::{Cost, Kind};

    /// The kinds of all instructions of a module's functions.
    fn kinds(text: &str) -> Vec<Result<Kind, String>> {
        let wasm = wat::parse_str(text).expect("valid text");
        let mut kinds = Vec::new();
        for payload in wasmparser::Parser::new(0).parse_all(&wasm) {
            if let wasmparser::Payload::CodeSectionEntry(body) = payload.expect("a module") {
                for operator in body.get_operators_reader().expect("a body") {
                    let kind = Kind::without_threads(&operator.expect("an operator"));
                    kinds.push(kind.map_err(|error| error.to_string()));
                }
            }
        }
        kinds
    }

    #[test]
    fn table_and_segment_instructions_last_and_others_do_not() {
        let setup = "(memory 1) (table 1 funcref) (data $d \"x\") (elem $e func)";
        for (instruction, lasts) in [
            ("(table.set (i32.const 0) (ref.null func))", true),
            ("(drop (table.grow (ref.null func) (i32.const 0)))", true),
            (
                "(table.fill (i32.const 0) (ref.null func) (i32.const 0))",
                true,
            ),
            (
                "(table.copy (i32.const 0) (i32.const 0) (i32.const 0))",
                true,
            ),
            (
                "(table.init $e (i32.const 0) (i32.const 0) (i32.const 0))",
                true,
            ),
            (
                "(memory.init $d (i32.const 0) (i32.const 0) (i32.const 0))",
                true,
            ),
            ("(elem.drop $e)", true),
            ("(data.drop $d)", true),
            ("(drop (table.get (i32.const 0)))", false),
            ("(drop (memory.grow (i32.const 0)))", false),
            (
                "(memory.fill (i32.const 0) (i32.const 0) (i32.const 0))",
                false,
            ),
            (
                "(memory.copy (i32.const 0) (i32.const 0) (i32.const 0))",
                false,
            ),
            ("(loop (call_indirect (i32.const 0)))", false),
            ("(drop (v128.load (i32.const 0)))", false),
        ] {
            let kinds = kinds(&format!("(module {setup} (func {instruction}))"));
            let any = kinds
                .iter()
                .any(|kind| kind.as_ref().expect("accepted").lasts());
            assert_eq!(any, lasts, "{instruction}");
        }
    }

    #[test]
    fn lengths_cost_fuel_and_take_long() {
        for instruction in [
            "memory.fill",
            "memory.copy",
            "memory.init 0",
            "table.copy",
            "table.init 0",
        ] {
            let all = kinds(&format!(
                "(module (memory 1) (table 1 funcref) (data \"x\") (elem func)
                   (func i32.const 0 i32.const 0 i32.const 0 {instruction}))"
            ));
            let kind = all[3].clone().expect("accepted");
            assert_eq!(kind.cost(), Cost::Length, "{instruction}");
            assert!(kind.is_long(), "{instruction}");
        }
    }

    #[test]
    fn what_no_module_may_use_is_refused_by_name() {
        for (operator, name) in [
            (Operator::ReturnCall { function_index: 0 }, "ReturnCall"),
            (Operator::CallRef { type_index: 0 }, "CallRef"),
            (Operator::Throw { tag_index: 0 }, "Throw"),
            (Operator::ThrowRef, "ThrowRef"),
            (Operator::RefEq, "RefEq"),
            (Operator::MemoryDiscard { mem: 0 }, "MemoryDiscard"),
            (Operator::BrOnNull { relative_depth: 0 }, "BrOnNull"),
            (
                Operator::Try {
                    blockty: BlockType::Empty,
                },
                "Try",
            ),
        ] {
            let error = Kind::of(&operator).expect_err("refused").to_string();
            assert!(
                error.contains(&format!("`{name}` is not accepted")),
                "{error}"
            );
        }
        let fence = Operator::AtomicFence;
        assert_eq!(Kind::of(&fence).expect("accepted"), Kind::Atomic);
        let error = Kind::without_threads(&fence)
            .expect_err("refused")
            .to_string();
        assert!(error.contains("`AtomicFence` is not accepted"), "{error}");
    }
}
