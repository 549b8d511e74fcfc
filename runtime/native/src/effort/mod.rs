//! The bounds on the work of compiling a module, relative to its size.
//!
//! A small module can make the compiler work far longer than its size suggests. This module
//! closes three ways to do so:
//!
//! - for each instruction, the compiler searches the enclosing loops for one that it can
//!   move the value out of, and for each of these loops it searches the loops within. This
//!   search is quadratic in the depth of nested loops;
//! - few bytes can encode many values: eight bytes encode a function with 50,000 locals, two
//!   bytes a call with 1,000 arguments and 1,000 results, and three bytes a block with as
//!   many;
//! - the search for the values of local variables can be quadratic: see [`locals`].
//!
//! **The allocation of registers is not bounded.** It takes time and memory for each block
//! and call during which a value is live, and more if registers are scarce. The optimiser
//! determines how long values are live: it moves computations out of loops and down to their
//! uses, and merges equal ones. So the module does not show how long values are live. In the
//! worst known case, 2,500 loop-invariant products with an exit behind each, the time grows
//! with the cube of the size, and 42 KB take half a minute. The product of blocks and
//! instructions cannot be limited either: in large functions of real programs, such as PHP's
//! interpreter loop, it is fifty times that of this module. A time limit requires a separate
//! process, as SECURITY.md says.
//!
//! The compiler cannot be stopped while it compiles a function. So a module that exceeds one of the
//! first three bounds is refused beforehand. The output of compilers is far from these bounds: the
//! nesting of blocks, such as those of a large `switch`, is not limited.

mod blocks;
mod count;
mod locals;
#[cfg(test)]
mod tests;

use self::count::Effort;
use crate::bounds::MOST_NESTED_LOOPS;

/// The bound on the values that a module may encode.
const VALUES: Most = Most {
    per_byte: 4,
    few: 1 << 17,
};

/// The bound on the steps of the search for the values of locals.
const STEPS: Most = Most {
    per_byte: 64,
    few: 1 << 22,
};

/// A bound that depends on the size of a module.
struct Most {
    /// The number that each byte of the module adds.
    per_byte: u64,
    /// The number that every module may have, whatever its size.
    few: u64,
}

impl Most {
    /// Returns the bound for a module.
    fn of(&self, wasm: &[u8]) -> u64 {
        self.few + self.per_byte * wasm.len() as u64
    }
}

/// Checks that compiling a module takes no more work than its size allows. Bytes that are
/// not a valid module pass: validation refuses them.
///
/// # Errors
///
/// Returns the bound that the module exceeds, in words.
pub(crate) fn check(wasm: &[u8]) -> Result<(), String> {
    let (values, steps) = (VALUES.of(wasm), STEPS.of(wasm));
    let Some(effort) = Effort::of(wasm, values, steps) else {
        return Ok(());
    };
    if effort.loops > MOST_NESTED_LOOPS {
        return Err(format!(
            "it has loops nested {} deep, and {MOST_NESTED_LOOPS} levels are allowed",
            effort.loops
        ));
    }
    let len = wasm.len();
    if effort.values > values {
        return Err(format!(
            "it has more than {values} instructions, locals, arguments and results, too many for a module of {len} bytes"
        ));
    }
    if effort.steps > steps {
        return Err(format!(
            "it reads locals so many blocks after it sets them that compiling it takes more than {steps} steps, too many for a module of {len} bytes"
        ));
    }
    Ok(())
}
