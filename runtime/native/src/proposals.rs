//! The proposals that modules may use: those that the engine supports.

pub use wasi_program_module::{PROPOSALS, WITH_THREADS, is_wasix, wasix_namespace};

#[cfg(all(test, feature = "compiler"))]
mod tests {
    use wasi_program_module::PROPOSALS;
    use wasmer::sys::{CompilerConfig, Cranelift, Target};
    use wasmparser::WasmFeatures;

    #[test]
    fn the_proposals_are_those_of_the_engine() {
        let engine = Cranelift::new().default_features_for_target(&Target::default());
        for (accepted, proposal) in [
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
            assert_eq!(PROPOSALS.contains(proposal), accepted, "{proposal:?}");
        }
        assert!(!PROPOSALS.intersects(WasmFeatures::THREADS | WasmFeatures::EXCEPTIONS));
    }
}
