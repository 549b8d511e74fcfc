;; A table as large as one may be. With eight of them, the module is refused when it is
;; compiled.
(module
  (import "wasi_snapshot_preview1" "sched_yield" (func $y (result i32)))
  (memory (export "memory") 1)
  (table $t0 1048576 1048576 funcref)
  (func (export "_start")))
