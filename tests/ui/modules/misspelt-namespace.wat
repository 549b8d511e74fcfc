;; Imports from a namespace that is misspelt.
(module
  (import "wasi_snapshot_preview_1" "proc_exit" (func (param i32)))
  (memory (export "memory") 1)
  (func (export "_start")))
