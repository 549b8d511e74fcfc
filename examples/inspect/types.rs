//! Functions, memories, tables and globals in words.

use wasmparser::{GlobalType, MemoryType, TableType};

use crate::facts::Type;
use crate::printable::{counted, number};
use crate::signature::signature;

/// A name, and what it is.
pub(crate) fn described(name: &str, ty: &Type<'_>) -> String {
    match ty {
        Type::Function(function) => format!("{name} {}", signature(function)),
        Type::Memory(ty) => format!("{name}, a memory of {}", pages(ty)),
        Type::Table(ty) => format!("{name}, a table of {}", table(ty)),
        Type::Global(ty) => format!("{name}, {}", global(ty)),
        Type::Tag => format!("{name}, an exception tag"),
    }
}

fn table(ty: &TableType) -> String {
    let most = ty.maximum.map_or_else(
        || "any number".to_owned(),
        |most| format!("at most {}", number(most)),
    );
    format!("{} {}, {most}", number(ty.initial), ty.element_type)
}

fn global(ty: &GlobalType) -> String {
    let kind = if ty.mutable { "variable" } else { "constant" };
    format!("a {kind} global of {}", ty.content_type)
}

/// Returns the size of a page of a memory, in bytes.
pub(crate) fn page_size(ty: &MemoryType) -> u128 {
    1 << ty.page_size_log2.unwrap_or(16).min(64)
}

pub(crate) fn pages(ty: &MemoryType) -> String {
    let size = |pages: u64| {
        let bytes = u128::from(pages) * page_size(ty);
        format!("{} ({} bytes)", counted(pages, "page"), number(bytes))
    };
    let most = match ty.maximum {
        Some(most) => format!("at most {}", size(most)),
        None => "no maximum".to_owned(),
    };
    let shared = if ty.shared { ", shared" } else { "" };
    let index = if ty.memory64 { ", 64-bit" } else { "" };
    format!("{}, {most}{shared}{index}", size(ty.initial))
}
