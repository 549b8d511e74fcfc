;; Has a memory with 64-bit addresses.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
  (memory (export "memory") i64 1)
  (func (export "_start")))
