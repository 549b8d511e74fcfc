;; Built for wasm32-wasip2, before a component is made of it.
(module
  (import "wasi:cli/environment@0.2.3" "get-environment" (func (param i32)))
  (import "wasi:cli/exit@0.2.3" "exit" (func (param i32)))
  (import "wasi:io/streams@0.2.3" "[resource-drop]output-stream" (func (param i32)))
  (memory (export "memory") 1)
  (func (export "wasi:cli/run@0.2.3#run") (result i32) i32.const 0))
