;; A library with a counter: the module of examples in the documentation.
(module
  (global $count (mut i32) (i32.const 0))
  (func (export "increment") (param $by i32) (result i32)
    (global.set $count (i32.add (global.get $count) (local.get $by)))
    (global.get $count))
  (func (export "is-even") (result i32)
    (i32.eqz (i32.and (global.get $count) (i32.const 1)))))
