//! The platforms that this crate supports. This file depends on no other: a test compiles it
//! for the platforms that are not supported.

#[cfg(not(all(
    any(
        target_arch = "x86_64",
        target_arch = "aarch64",
        target_arch = "riscv64"
    ),
    target_pointer_width = "64",
    target_endian = "little",
)))]
compile_error!(
    "wasi-program generates native code for x86-64, 64-bit ARM and 64-bit RISC-V only; build for one of these, with 64-bit pointers and little-endian byte order"
);

#[cfg(not(unix))]
compile_error!(
    "wasi-program runs on Unix systems, such as Linux and macOS, and not yet on Windows; build for one of these"
);
