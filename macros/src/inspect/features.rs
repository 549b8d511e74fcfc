//! The proposals that a module may use: those that the engine accepts, less
//! those that a guest could turn against its host.

use wasmparser::WasmFeatures;

/// What Wasmer's engine accepts with Cranelift, without threads, in which a guest
/// could wait where nothing reaches it, and without exceptions, which the engine
/// allocates on the guest's own stack and keeps until the run ends. Spelt out
/// rather than asked of the engine, so that the checks do not need the compiler;
/// a test compares.
pub(crate) const FEATURES: WasmFeatures = WasmFeatures::MUTABLE_GLOBAL
    .union(WasmFeatures::SATURATING_FLOAT_TO_INT)
    .union(WasmFeatures::SIGN_EXTENSION)
    .union(WasmFeatures::FLOATS)
    .union(WasmFeatures::GC_TYPES)
    .union(WasmFeatures::BULK_MEMORY)
    .union(WasmFeatures::REFERENCE_TYPES)
    .union(WasmFeatures::MULTI_VALUE)
    .union(WasmFeatures::SIMD)
    .union(WasmFeatures::RELAXED_SIMD)
    .union(WasmFeatures::MULTI_MEMORY)
    .union(WasmFeatures::EXTENDED_CONST)
    .union(WasmFeatures::WIDE_ARITHMETIC);

/// The proposals outside of [`FEATURES`], with what to tell a compiler to leave
/// them out.
pub(crate) const REFUSED: &[(WasmFeatures, &str, &str)] = &[
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
        "64-bit memories (the memory64 proposal)",
        "build it for `wasm32-wasip1`",
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

#[cfg(all(test, feature = "aot"))]
mod tests {
    use wasmer::sys::{CompilerConfig, Cranelift, Target};
    use wasmparser::WasmFeatures;

    use super::FEATURES;

    #[test]
    fn the_features_are_those_of_the_engine() {
        let engine = Cranelift::new().default_features_for_target(&Target::default());
        for (accepted, feature) in [
            (engine.reference_types, WasmFeatures::REFERENCE_TYPES),
            (engine.simd, WasmFeatures::SIMD),
            (engine.bulk_memory, WasmFeatures::BULK_MEMORY),
            (engine.multi_value, WasmFeatures::MULTI_VALUE),
            (engine.tail_call, WasmFeatures::TAIL_CALL),
            (engine.multi_memory, WasmFeatures::MULTI_MEMORY),
            (engine.memory64, WasmFeatures::MEMORY64),
            (engine.relaxed_simd, WasmFeatures::RELAXED_SIMD),
            (engine.extended_const, WasmFeatures::EXTENDED_CONST),
            (engine.wide_arithmetic, WasmFeatures::WIDE_ARITHMETIC),
        ] {
            assert_eq!(FEATURES.contains(feature), accepted, "{feature:?}");
        }
        assert!(!FEATURES.intersects(WasmFeatures::THREADS | WasmFeatures::EXCEPTIONS));
    }
}
