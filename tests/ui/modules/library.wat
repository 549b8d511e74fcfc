;; A library without an allocator.
(module
  (func (export "increment") (param i32) (result i32) (local.get 0))
  (func (export "is-even") (param i32) (result i32) (local.get 0)))
