//! The compiler's search for the values of local variables.
//!
//! A function's code names local variables; the compiler needs, for each `local.get`, the
//! value that was set last, on every way there. It walks back through the blocks before,
//! and remembers the value in each of them: so in the worst case it takes as many steps, and
//! as much memory, as there are variables times blocks. What compilers generate sets a
//! variable near to where it is read, or reads it again and again on the way.
//!
//! The steps are counted here as if every block led to the next one. A variable is known
//! where it was mentioned last, if that is in a block that is still open: it is then known
//! on every way to here. If it is not known within a loop that is open, it is also searched
//! for from the loop's end.

/// Counts the steps in one function.
pub(super) struct Locals {
    pub(super) steps: u64,
    /// How many instructions there were at which a block of the compiler's can end.
    position: u64,
    /// The last mention of each variable, in a block that is open.
    known: Vec<Known>,
    /// The blocks that are open. The first is the function.
    open: Vec<Open>,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    /// How many blocks are open around it.
    depth: usize,
    position: u64,
}

struct Open {
    start: u64,
    is_loop: bool,
    /// The variables that are mentioned in it, each once.
    mentioned: Vec<Mentioned>,
}

struct Mentioned {
    local: usize,
    /// Where it is known to be when this block ends.
    before: Known,
    /// Whether it is read before it is set in this block.
    is_read: bool,
}

impl Locals {
    /// For a function with so many variables, its parameters among them.
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

    /// At an instruction that ends a block of the compiler's.
    pub(super) fn go_on(&mut self) {
        self.position += 1;
    }

    pub(super) fn begin(&mut self, is_loop: bool) {
        self.open.push(Open {
            start: self.position,
            is_loop,
            mentioned: Vec::new(),
        });
    }

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

    pub(super) fn get(&mut self, local: u32) -> Option<()> {
        let depth = self.open.len() - 1;
        let known = self.known.get_mut(local as usize)?;
        self.steps += self.position - known.position;
        // It is found on the way here, at the start of each block that is open.
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
