;; Imports what an application of its own would provide.
(module
  (import "host" "log" (func (param i32 i32)))
  (import "host" "now" (func (result f64)))
  (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
  (memory (export "memory") 1)
  (func (export "_start")))
