//! What memories start with.

use std::borrow::Cow;

use wasmer_types::{InitExpr, InitExprOp, ModuleInfo, OwnedDataInitializer, WASM_PAGE_SIZE};

/// A piece of what a memory starts with: which memory, where, and what.
pub(super) struct Initial<'a> {
    pub(super) memory: u32,
    pub(super) address: u32,
    pub(super) bytes: Cow<'a, [u8]>,
}

/// How many zeroes are written down so that two pieces become one.
const GAP: u64 = 4096;

/// The data segments with their addresses, and none that is out of bounds: what is from
/// there on never gets into memory, as making an instance ends in a trap. `None` in the
/// place of the first of these.
///
/// # Errors
///
/// Where an address is not known before there is an instance: it depends on a global
/// that is imported.
pub(super) fn initial<'a>(
    data: &'a [OwnedDataInitializer],
    module: &ModuleInfo,
) -> Result<Vec<Option<Initial<'a>>>, String> {
    let mut all = Vec::with_capacity(data.len());
    for data in data {
        let memory = data.location.memory_index;
        let address = constant(&data.location.offset_expr)
            .ok_or("the address of a data segment depends on what is imported")?;
        let size = u64::from(module.memories[memory].minimum.0) * WASM_PAGE_SIZE as u64;
        let end = u64::from(address) + data.data.len() as u64;
        if end > size {
            all.push(None);
            break;
        }
        all.push(Some(Initial {
            memory: memory.as_u32(),
            address,
            bytes: Cow::Borrowed(&data.data),
        }));
    }
    Ok(all)
}

/// Makes one piece of those that follow one another, with little between. Compilers make
/// a segment of each constant, and a memory is zero before.
pub(super) fn merged(pieces: Vec<Option<Initial<'_>>>) -> Vec<Option<Initial<'_>>> {
    let mut merged: Vec<Option<Initial<'_>>> = Vec::new();
    for piece in pieces {
        if let (Some(Some(last)), Some(next)) = (merged.last_mut(), &piece) {
            let end = u64::from(last.address) + last.bytes.len() as u64;
            let gap = u64::from(next.address).checked_sub(end);
            if last.memory == next.memory
                && let Some(gap) = gap.filter(|gap| *gap <= GAP)
            {
                let bytes = last.bytes.to_mut();
                bytes.resize(bytes.len() + gap as usize, 0);
                bytes.extend_from_slice(&next.bytes);
                continue;
            }
        }
        merged.push(piece);
    }
    merged
}

/// The value of a constant expression of type `i32`.
fn constant(expression: &InitExpr) -> Option<u32> {
    let mut stack: Vec<i32> = Vec::new();
    for op in expression.ops() {
        let value = match op {
            InitExprOp::I32Const(value) => *value,
            InitExprOp::I32Add | InitExprOp::I32Sub | InitExprOp::I32Mul => {
                let (right, left) = (stack.pop()?, stack.pop()?);
                match op {
                    InitExprOp::I32Add => left.wrapping_add(right),
                    InitExprOp::I32Sub => left.wrapping_sub(right),
                    _ => left.wrapping_mul(right),
                }
            }
            _ => return None,
        };
        stack.push(value);
    }
    stack.pop().map(i32::cast_unsigned)
}
