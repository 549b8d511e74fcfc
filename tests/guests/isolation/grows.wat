;; Grows its memory for ever.
(module
  (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (loop $x
      (drop (memory.grow (i32.const 1)))
      (br $x))))
