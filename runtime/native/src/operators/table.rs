//! The kind of each operator that `wasmparser` knows, by the proposal that adds it.

use wasmer::sys::wasmparser::{self, Operator};

use super::Kind;

/// Defines the functions that need the list of all operators.
/// [`wasmparser::for_each_operator`] calls this macro with that list.
macro_rules! define_kind {
    ($(
        @$proposal:ident $operator:ident $({ $($field:ident: $type:ty),* })?
            => $visit:ident ($($arity:tt)*)
    )*) => {
        /// Returns the kind of an operator.
        #[expect(unused_variables, reason = "few kinds have fields")]
        pub(super) fn kind(operator: &Operator<'_>) -> Kind {
            match operator {
                $(Operator::$operator $({ $($field),* })? => {
                    kind_of!(@$proposal $operator $($($field)*)?)
                })*
                // The list has all operators, but `Operator` is a non-exhaustive enum.
                _ => Kind::Refused,
            }
        }

        /// Reports if an operator accesses memory at an address: such an operator has a
        /// `memarg`.
        pub(crate) fn accesses_memory(operator: &Operator<'_>) -> bool {
            match operator {
                $(Operator::$operator { .. } => {
                    false $($(|| is_same(stringify!($field), "memarg"))*)?
                })*
                _ => true,
            }
        }

        /// Reports if an operator can take some hundred cycles: it divides, or computes with
        /// floating-point numbers, which are slow on some processors if they are denormal.
        pub(crate) fn is_slow(operator: &Operator<'_>) -> bool {
            match operator {
                $(Operator::$operator { .. } => {
                    const SLOW: bool = computes_slowly(stringify!($operator));
                    SLOW
                })*
                _ => true,
            }
        }

        /// Returns the number of operators of a proposal.
        const fn count(proposal: &str) -> usize {
            0 $(+ is_same(proposal, stringify!($proposal)) as usize)*
        }
    };
}

/// Expands to the kind of one operator. Only two sorts of proposals have a last arm for any
/// operator: those whose remaining operators are all of one kind, and `mvp`, which is
/// finished; see [`COUNTS`].
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

    // These run on the WASIX host only.
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

    // No module may use these.
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

/// The numbers of operators of the proposals in which one arm decides on several operators.
/// Before one of these numbers is changed, each new operator must have an arm of its own, or
/// must be of the kind of that arm.
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
            "a proposal has operators without a decision"
        );
        at += 1;
    }
};

/// Compares two strings, in a constant context.
/// Reports if an operator of this name is slow. Names say what an operator computes with.
const fn computes_slowly(operator: &str) -> bool {
    has(operator, "F32") || has(operator, "F64") || has(operator, "Div") || has(operator, "Rem")
}

/// Reports if `word` is part of `name`.
const fn has(name: &str, word: &str) -> bool {
    let (name, word) = (name.as_bytes(), word.as_bytes());
    let mut start = 0;
    while start + word.len() <= name.len() {
        let mut at = 0;
        while at < word.len() && name[start + at] == word[at] {
            at += 1;
        }
        if at == word.len() {
            return true;
        }
        start += 1;
    }
    false
}

const fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}
