;; Built with AssemblyScript, which has no WASI unless it is told.
(module
  (import "env" "abort" (func (param i32 i32 i32 i32)))
  (import "env" "console.log" (func (param i32)))
  (memory (export "memory") 1)
  (func (export "run")))
