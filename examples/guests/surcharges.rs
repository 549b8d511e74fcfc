//! A plugin for a shop, in Rust: half a unit more for each item, rounded up.

#[repr(C)]
pub struct Text {
    bytes: *const u8,
    len: usize,
}

#[link(wasm_import_module = "shop")]
extern "C" {
    fn log(bytes: *const u8, len: usize);
    fn price(bytes: *const u8, len: usize) -> u32;
}

/// Allocates memory for the strings that the application passes.
#[no_mangle]
pub extern "C" fn allocate(size: usize) -> *mut u8 {
    Box::leak(vec![0; size].into_boxed_slice()).as_mut_ptr()
}

/// Frees what `allocate` has allocated.
///
/// # Safety
///
/// `allocate` has returned the address for this size, and nobody has freed it.
#[no_mangle]
pub unsafe extern "C" fn release(bytes: *mut u8, size: usize) {
    drop(Vec::from_raw_parts(bytes, 0, size));
}

/// # Safety
///
/// `items` points to as many strings.
#[no_mangle]
pub unsafe extern "C" fn total(items: *const Text, count: usize) -> u32 {
    let items = std::slice::from_raw_parts(items, count);
    let prices = items.iter().map(|item| price(item.bytes, item.len));
    let sum = prices.sum::<u32>();
    let more = (count as u32 + 1) / 2;
    let message = format!("{} more for {} items", more, count);
    log(message.as_ptr(), message.len());
    sum + more
}
