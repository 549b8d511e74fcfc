//! The compiler's search for the values of local variables.
//!
//! For each `local.get`, the compiler needs the value that was set last, on every path to
//! the instruction. It walks back through the preceding blocks, and remembers the value in
//! each of them. So in the worst case the search takes as many steps, and as much memory, as
//! the product of variables and blocks. Code that compilers generate sets a variable near
//! the place that reads it, or reads it repeatedly on the way.
//!
//! This module counts the steps as if every block led to the next one. The value of a
//! variable is known at its last mention if that is in a block that is still open, because
//! every path to the current instruction then passes that mention. If the value is not known
//! within an open loop, the compiler also searches for it from the loop's end.

/// The count of steps in one function.
pub(super) struct Locals {
    pub(super) steps: u64,
    /// The number of instructions so far that can end a block of the compiler.
    position: u64,
    /// The last mention of each variable in an open block.
    known: Vec<Known>,
    /// The open blocks. The first is the function.
    open: Vec<Open>,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    /// The number of open blocks around the mention.
    depth: usize,
    position: u64,
}

struct Open {
    start: u64,
    is_loop: bool,
    /// The variables that the block mentions, each once.
    mentioned: Vec<Mentioned>,
}

struct Mentioned {
    local: usize,
    /// The mention that is known after this block ends.
    before: Known,
    /// The block reads the variable before it sets it.
    is_read: bool,
}

impl Locals {
    /// Creates the count for a function with this number of variables, including its
    /// parameters.
    pub(super) fn new(count: usize) -> Self {
        let known = Known {
            depth: 0,
            position: 0,
        };
        Self {
            steps: 0,
            position: 0,
            known: vec![known; count],
            open: vec![Open {
                start: 0,
                is_loop: false,
                mentioned: Vec::new(),
            }],
        }
    }

    /// Notes an instruction that ends a block of the compiler.
    pub(super) fn end_compiler_block(&mut self) {
        self.position += 1;
    }

    /// Notes that a block begins.
    pub(super) fn begin(&mut self, is_loop: bool) {
        self.open.push(Open {
            start: self.position,
            is_loop,
            mentioned: Vec::new(),
        });
    }

    /// Notes that the innermost block ends.
    pub(super) fn end(&mut self) -> Option<()> {
        let block = self.open.pop()?;
        for mentioned in block.mentioned {
            let known = self.known.get_mut(mentioned.local)?;
            if block.is_loop && mentioned.is_read {
                self.steps += self.position - known.position;
            }
            *known = mentioned.before;
        }
        Some(())
    }

    /// Notes that an instruction sets a variable.
    pub(super) fn set(&mut self, local: u32) -> Option<()> {
        let depth = self.open.len() - 1;
        let here = Known {
            depth,
            position: self.position,
        };
        let known = self.known.get_mut(local as usize)?;
        if known.depth < depth {
            self.open.last_mut()?.mentioned.push(Mentioned {
                local: local as usize,
                before: *known,
                is_read: false,
            });
        }
        *known = here;
        Some(())
    }

    /// Notes that an instruction reads a variable, and counts the steps of the search.
    pub(super) fn get(&mut self, local: u32) -> Option<()> {
        let depth = self.open.len() - 1;
        let known = self.known.get_mut(local as usize)?;
        self.steps += self.position - known.position;
        // The compiler also remembers the value at the start of each open block on the way.
        for (depth, block) in self.open.iter_mut().enumerate().skip(known.depth + 1) {
            self.steps += 1;
            block.mentioned.push(Mentioned {
                local: local as usize,
                before: Known {
                    depth: depth - 1,
                    position: block.start,
                },
                is_read: true,
            });
        }
        *known = Known {
            depth,
            position: self.position,
        };
        Some(())
    }
}
