;; Uses a proposal that the engine does not have.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
  (memory (export "memory") 1)
  (func $start (export "_start") return_call $start))
