;; Has a memory that threads share.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
  (memory (export "memory") 1 2 shared)
  (func (export "_start")))
