//! The nesting of blocks, and the values that branches pass on.

/// The blocks around an instruction.
pub(super) struct Blocks {
    /// The number of values that a branch to each block passes on, and a flag for loops.
    open: Vec<(u64, bool)>,
    /// The number of loops among them.
    pub(super) loops: usize,
}

impl Blocks {
    /// Creates the nesting of a function with so many results, which is the outermost block.
    pub(super) fn new(results: u64) -> Self {
        Self {
            open: vec![(results, false)],
            loops: 0,
        }
    }

    /// Opens a block.
    pub(super) fn begin(&mut self, passed: u64, is_loop: bool) {
        self.open.push((passed, is_loop));
        self.loops += usize::from(is_loop);
    }

    /// Closes the innermost block, and returns the number of values that a branch to it
    /// passes on.
    pub(super) fn end(&mut self) -> Option<u64> {
        let (passed, is_loop) = self.open.pop()?;
        self.loops -= usize::from(is_loop);
        Some(passed)
    }

    /// Returns the number of values that a branch to the block at this depth passes on.
    pub(super) fn passed(&self, depth: u32) -> Option<u64> {
        let at = self.open.len().checked_sub(depth as usize + 1)?;
        Some(self.open[at].0)
    }
}
