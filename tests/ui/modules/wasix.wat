;; A WASIX module.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
  (import "wasix_32v1" "thread_id" (func (param i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start")))
