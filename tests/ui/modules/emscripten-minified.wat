;; As Emscripten builds it with `-O3`: all names are as short as can be.
(module
  (import "a" "a" (func (param i32 i32 i32)))
  (import "a" "b" (func (param i32) (result i32)))
  (import "a" "c" (func (param i32 i32 i32 i32) (result i32)))
  (memory (export "d") 1)
  (func (export "e"))
  (func (export "f") (param i32 i32) (result i32) i32.const 0))
