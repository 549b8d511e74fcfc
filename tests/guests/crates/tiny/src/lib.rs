//! As much of `core` as it takes to print.

#![feature(no_core, lang_items, auto_traits)]
#![no_core]
#![allow(internal_features)]

#[lang = "pointee_sized"]
pub trait PointeeSized {}
#[lang = "meta_sized"]
pub trait MetaSized: PointeeSized {}
#[lang = "sized"]
pub trait Sized: MetaSized {}
#[lang = "freeze"]
unsafe auto trait Freeze {}
#[lang = "copy"]
pub trait Copy {}
impl Copy for usize {}
impl<T> Copy for *const T {}

#[repr(C)]
struct Slice {
    start: *const u8,
    length: usize,
}

#[link(wasm_import_module = "wasi_snapshot_preview1")]
extern "C" {
    fn fd_write(fd: u32, slices: *const Slice, count: usize, written: *mut usize) -> u32;
}

/// Writes to the standard output.
pub fn print<const LENGTH: usize>(text: &[u8; LENGTH]) {
    let slice = Slice {
        start: text as *const [u8; LENGTH] as *const u8,
        length: LENGTH,
    };
    let mut written = 0;
    // SAFETY: the slice is one, and there is a place for the number.
    unsafe {
        fd_write(1, &slice, 1, &mut written);
    }
}
