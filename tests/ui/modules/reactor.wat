;; A library: no `_start`, but functions to call.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
  (memory (export "memory") 1)
  (func (export "_initialize"))
  (func (export "render"))
  (func (export "reset"))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (global (export "version") i32 (i32.const 1)))
