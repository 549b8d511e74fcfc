//! Stands in for the library `core` of targets that are not installed: as much of it as
//! the attribute's output needs for its names to be found.

#![feature(decl_macro, lang_items, no_core, rustc_attrs)]
#![no_core]
#![allow(internal_features, missing_docs)]

#[lang = "pointee_sized"]
pub trait PointeeSized {}
#[lang = "meta_sized"]
pub trait MetaSized: PointeeSized {}
#[lang = "sized"]
pub trait Sized: MetaSized {}

pub mod arch {
    #[rustc_builtin_macro]
    pub macro naked_asm("template", $(operands,)* $(options($(option),*))?) {}
}

pub mod option {
    pub enum Option<T> {
        None,
        Some(T),
    }
}

pub mod primitive {
    pub use {str, u8};
}

#[rustc_builtin_macro]
#[macro_export]
macro_rules! compile_error {
    ($message:expr $(,)?) => {{}};
}

#[rustc_builtin_macro]
#[macro_export]
macro_rules! include_bytes {
    ($file:expr $(,)?) => {{}};
}

#[rustc_builtin_macro]
#[macro_export]
macro_rules! option_env {
    ($name:expr $(,)?) => {{}};
}
