//! Prints a greeting.

#![feature(no_core)]
#![no_core]
#![no_main]
#![allow(internal_features)]

mod greeting;

use tiny::print;

#[no_mangle]
extern "C" fn _start() {
    print(greeting::GREETING);
}
