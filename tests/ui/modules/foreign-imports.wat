;; Built for the web by wasm-bindgen.
(module
  (import "wbg" "log" (func (param i32 i32)))
  (import "wbg" "now" (func (result f64)))
  (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
  (memory (export "memory") 1)
  (func (export "_start")))
