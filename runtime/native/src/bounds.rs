//! The bounds on the resources that a module makes its host allocate.

/// The maximum number of elements of one table. Each takes 16 bytes of the host's memory, and
/// the process ends if an allocation fails. Compilers make one table, with an element for
/// each function that is called through a pointer.
pub const MOST_TABLE_ELEMENTS: u32 = 1 << 20;

/// The maximum number of tables of a module.
pub const MOST_TABLES: usize = 8;

/// The maximum total number of elements of a module's tables at its start, which is that of
/// one table. The host initialises them before the first instruction of each instance, in a few
/// milliseconds.
pub const MOST_ELEMENTS_AT_START: u64 = MOST_TABLE_ELEMENTS as u64;

/// The maximum number of memories of a module. In each instance, each memory takes more than
/// 4 GiB of the 128 TiB of address space. Compilers make one memory.
pub const MOST_MEMORIES: usize = 8;

/// The maximum depth of nested loops in a function. Compilers nest a handful of loops, and few
/// programs nest more than twenty.
pub const MOST_NESTED_LOOPS: usize = 128;

/// The maximum length, in bytes, of a function name that is kept. When a program traps or is
/// stopped, the engine copies the name of every function on the stack.
pub const LONGEST_NAME: usize = 512;

/// Returns the bounds that a module exceeds, by the number of its memories and the sizes of its
/// tables at its start. Each is a sentence that follows the name of the module.
#[must_use]
pub fn exceeded(memories: usize, tables: &[u64]) -> Vec<String> {
    let mut exceeded = Vec::new();
    if memories > MOST_MEMORIES {
        exceeded.push(format!(
            "has {memories} memories, but at most {MOST_MEMORIES} are allowed; build it with fewer"
        ));
    }
    if tables.len() > MOST_TABLES {
        exceeded.push(format!(
            "has {} tables, but at most {MOST_TABLES} are allowed; build it with fewer",
            tables.len()
        ));
    }
    let is_large = |size: &&u64| **size > u64::from(MOST_TABLE_ELEMENTS);
    let total = tables
        .iter()
        .fold(0u64, |sum, size| sum.saturating_add(*size));
    if let Some(large) = tables.iter().find(is_large) {
        exceeded.push(format!(
            "has a table of {large} elements, but at most {MOST_TABLE_ELEMENTS} are allowed; build it with a smaller one"
        ));
    } else if total > MOST_ELEMENTS_AT_START {
        exceeded.push(format!(
            "has tables of {total} elements together, but at most {MOST_ELEMENTS_AT_START} are allowed; build it with smaller ones"
        ));
    }
    exceeded
}

#[cfg(test)]
mod tests {
    use super::exceeded;

    #[test]
    fn a_module_on_each_bound_exceeds_none() {
        assert!(exceeded(8, &[1 << 17; 8]).is_empty());
        assert!(exceeded(1, &[1 << 20]).is_empty());
        assert!(exceeded(0, &[]).is_empty());
    }

    #[test]
    fn each_exceeded_bound_is_reported() {
        for (memories, tables, expected) in [
            (9, vec![], "has 9 memories, but at most 8 are allowed"),
            (1, vec![1; 9], "has 9 tables, but at most 8 are allowed"),
            (
                1,
                vec![5, (1 << 20) + 1],
                "has a table of 1048577 elements, but",
            ),
            (
                1,
                vec![1 << 19, 1 << 19, 1],
                "has tables of 1048577 elements together, but",
            ),
            (
                1,
                vec![u64::MAX, u64::MAX],
                "has a table of 18446744073709551615 elements",
            ),
        ] {
            let reported = exceeded(memories, &tables);
            assert_eq!(reported.len(), 1, "{reported:?}");
            assert!(reported[0].starts_with(expected), "{reported:?}");
        }
        assert_eq!(exceeded(9, &[2 << 20; 9]).len(), 3);
    }
}
