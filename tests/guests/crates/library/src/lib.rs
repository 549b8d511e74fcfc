//! A library whose function is called as a program.

#![feature(no_core)]
#![no_core]
#![allow(internal_features)]

use tiny::print;

#[no_mangle]
extern "C" fn run() {
    print(b"run\n");
}
