;; Traps in its start function, before anything is called.
(module
  (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
  (memory (export "memory") 1)
  (func $start unreachable)
  (start $start)
  (func (export "_start")))
