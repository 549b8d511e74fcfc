;; As Emscripten builds it, for the JavaScript that it writes beside it.
(module
  (import "env" "__cxa_throw" (func (param i32 i32 i32)))
  (import "env" "invoke_vii" (func (param i32 i32 i32)))
  (import "env" "_abort_js" (func))
  (import "env" "emscripten_resize_heap" (func (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "__wasm_call_ctors"))
  (func (export "main") (param i32 i32) (result i32) i32.const 0))
