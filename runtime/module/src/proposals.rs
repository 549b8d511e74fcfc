//! The proposals that modules may use, and the namespaces of WASIX.

use wasmparser::{Parser, Payload, WasmFeatures};

/// The proposals that Wasmer's engine accepts with Cranelift, without those that a guest could
/// turn against its host: threads, in which a guest could wait where nothing reaches it, and
/// exceptions, which the engine allocates on the guest's own stack and keeps until the run
/// ends. The list is written out, so that the macro's checks do not need the compiler; a test
/// of `wasi-program-native`, which has the compiler, compares the two.
pub const PROPOSALS: WasmFeatures = WasmFeatures::MUTABLE_GLOBAL
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

/// Like [`PROPOSALS`], for modules on the backend for WASIX, which is made for threads.
pub const WITH_THREADS: WasmFeatures = PROPOSALS.union(WasmFeatures::THREADS);

/// The namespace of WASIX that a module imports from, if it does, whether it is valid or
/// not.
#[must_use]
pub fn wasix_namespace(wasm: &[u8]) -> Option<&str> {
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::ImportSection(imports) = payload.ok()? {
            let mut namespaces = imports
                .into_imports()
                .map_while(Result::ok)
                .map(|import| import.module);
            return namespaces.find(|namespace| is_wasix(namespace));
        }
    }
    None
}

/// Reports whether the namespace is one of WASIX.
#[must_use]
pub fn is_wasix(namespace: &str) -> bool {
    namespace.starts_with("wasix_")
}
