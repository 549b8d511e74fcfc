;; Touches all of a large memory, and computes for ever.
(module
  (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
  (memory (export "memory") 24000)
  (func (export "_start") (local $i i32)
    (loop $l
      (i32.store (local.get $i) (i32.const 1))
      (local.set $i (i32.add (local.get $i) (i32.const 4096)))
      (br_if $l (i32.lt_u (local.get $i) (i32.const 1572000000))))
    (loop $x (br $x))))
