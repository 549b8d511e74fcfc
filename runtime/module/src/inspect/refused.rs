//! The proposals that a module may not use.

use wasmparser::WasmFeatures;

/// The proposals that are refused, each with the compiler options that avoid it.
pub(super) const REFUSED: &[(WasmFeatures, &str, &str)] = &[
    (
        WasmFeatures::THREADS,
        "threads (a shared memory, or atomic instructions)",
        "build it without `-pthread`, for `wasm32-wasip1`",
    ),
    (
        WasmFeatures::EXCEPTIONS,
        "exceptions",
        "build it with `-fno-exceptions`, or in Rust with `-C panic=abort`",
    ),
    (
        WasmFeatures::MEMORY64,
        "64-bit memories (memory64), as a module for wasm64 does",
        "build it for 32 bits, for `wasm32-wasip1`",
    ),
    (
        WasmFeatures::TAIL_CALL,
        "tail calls",
        "build it with `-mno-tail-call`, or in Rust with `-C target-feature=-tail-call`",
    ),
    (
        WasmFeatures::GC,
        "garbage-collected types (the GC proposal)",
        "build it for WebAssembly without GC",
    ),
    (
        WasmFeatures::FUNCTION_REFERENCES,
        "typed function references",
        "build it without them",
    ),
    (
        WasmFeatures::LEGACY_EXCEPTIONS,
        "the legacy form of exceptions",
        "build it with `-fno-exceptions`, or in Rust with `-C panic=abort`",
    ),
    (
        WasmFeatures::STACK_SWITCHING,
        "stack switching",
        "build it without it",
    ),
    (
        WasmFeatures::CUSTOM_PAGE_SIZES,
        "custom page sizes",
        "build it with pages of 64 KiB",
    ),
    (
        WasmFeatures::SHARED_EVERYTHING_THREADS,
        "the shared-everything-threads proposal",
        "build it without it",
    ),
];
