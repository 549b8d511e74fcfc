//! Does not compile.

#![feature(no_core)]
#![no_core]
#![no_main]
#![allow(internal_features)]

use tiny::print;

#[no_mangle]
extern "C" fn _start() {
    print(b"hello\n", 1);
    missing();
}
