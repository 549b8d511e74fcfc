;; Imports from both snapshots.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
  (import "wasi_unstable" "sched_yield" (func (result i32)))
  (memory (export "memory") 1)
  (func (export "_start")))
