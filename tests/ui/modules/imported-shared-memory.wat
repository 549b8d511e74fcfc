;; Imports a memory that threads share.
(module
  (import "env" "memory" (memory 1 2 shared))
  (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
  (export "memory" (memory 0))
  (func (export "_start")))
