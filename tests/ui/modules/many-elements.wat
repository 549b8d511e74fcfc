(module
  (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
  (memory (export "memory") 1)
  (table 1000000 funcref) (table 48576 funcref) (table 1 externref)
  (func (export "_start")))
