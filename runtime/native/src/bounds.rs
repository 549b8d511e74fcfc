//! Bounds on what modules make their host keep.

/// The most elements that one table can have, 16 bytes each in the host's own memory,
/// where what cannot be had ends the process. Compilers make one table, with an element
/// for each function that is called through a pointer.
pub const MOST_TABLE_ELEMENTS: u32 = 1 << 20;

/// The most tables that a module can have.
pub const MOST_TABLES: usize = 8;

/// The most elements that all tables of a module can have together when it starts: what
/// one table can have. They are made before the first instruction, for each instance, in
/// some milliseconds.
pub const MOST_ELEMENTS_AT_START: u64 = MOST_TABLE_ELEMENTS as u64;

/// The most memories that a module can have. Each takes 4 GiB of address space and more,
/// for each instance, of which there are 128 TiB. Compilers make one.
pub const MOST_MEMORIES: usize = 8;

/// The most loops that a function can have within each other. Compilers nest a handful, and
/// few programs more than twenty.
pub const MOST_NESTED_LOOPS: usize = 128;

/// The longest name of a function that is kept, in bytes. The engine copies the name of
/// every function on the stack where a program traps, or is stopped.
pub const LONGEST_NAME: usize = 512;

/// The bounds that a module with so many memories, and tables of these sizes at its start,
/// exceeds: sentences that follow its name.
#[must_use]
pub fn exceeded(memories: usize, tables: &[u64]) -> Vec<String> {
    let mut exceeded = Vec::new();
    if memories > MOST_MEMORIES {
        exceeded.push(format!(
            "has {memories} memories, and {MOST_MEMORIES} are allowed; build it with fewer"
        ));
    }
    if tables.len() > MOST_TABLES {
        exceeded.push(format!(
            "has {} tables, and {MOST_TABLES} are allowed; build it with fewer",
            tables.len()
        ));
    }
    let is_large = |size: &&u64| **size > u64::from(MOST_TABLE_ELEMENTS);
    let total = tables
        .iter()
        .fold(0u64, |sum, size| sum.saturating_add(*size));
    if let Some(large) = tables.iter().find(is_large) {
        exceeded.push(format!(
            "has a table of {large} elements, and {MOST_TABLE_ELEMENTS} are allowed; build it with a smaller one"
        ));
    } else if total > MOST_ELEMENTS_AT_START {
        exceeded.push(format!(
            "has tables of {total} elements together, and {MOST_ELEMENTS_AT_START} are allowed; build it with smaller ones"
        ));
    }
    exceeded
}

#[cfg(test)]
mod tests {
    use super::exceeded;

    #[test]
    fn what_is_on_the_bound_is_within_it() {
        assert!(exceeded(8, &[1 << 17; 8]).is_empty());
        assert!(exceeded(1, &[1 << 20]).is_empty());
        assert!(exceeded(0, &[]).is_empty());
    }

    #[test]
    fn each_bound_that_is_exceeded_is_told() {
        for (memories, tables, expected) in [
            (9, vec![], "has 9 memories, and 8 are allowed"),
            (1, vec![1; 9], "has 9 tables, and 8 are allowed"),
            (
                1,
                vec![5, (1 << 20) + 1],
                "has a table of 1048577 elements, and",
            ),
            (
                1,
                vec![1 << 19, 1 << 19, 1],
                "has tables of 1048577 elements together, and",
            ),
            (
                1,
                vec![u64::MAX, u64::MAX],
                "has a table of 18446744073709551615 elements",
            ),
        ] {
            let told = exceeded(memories, &tables);
            assert_eq!(told.len(), 1, "{told:?}");
            assert!(told[0].starts_with(expected), "{told:?}");
        }
        assert_eq!(exceeded(9, &[2 << 20; 9]).len(), 3);
    }
}
