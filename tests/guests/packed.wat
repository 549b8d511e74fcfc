;; A library whose strings are returned as one number, and whose functions that allocate and
;; free have names of their own. `live` is the number of bytes that nobody has freed.
(module
  (memory (export "memory") 1)
  (global $live (mut i32) (i32.const 0))
  (global $next (mut i32) (i32.const 1024))

  (func $allocate (export "allocate") (param $len i32) (result i32)
    (local $at i32)
    (local.set $at (global.get $next))
    (global.set $live (i32.add (global.get $live) (local.get $len)))
    (global.set $next
      (i32.and
        (i32.add (i32.add (local.get $at) (local.get $len)) (i32.const 15))
        (i32.const -16)))
    (local.get $at))

  (func (export "deallocate") (param $at i32) (param $len i32)
    (global.set $live (i32.sub (global.get $live) (local.get $len))))

  (func (export "live") (result i32) (global.get $live))

  (func $copy (param $at i32) (param $len i32) (result i32)
    (local $copy i32)
    (local.set $copy (call $allocate (local.get $len)))
    (memory.copy (local.get $copy) (local.get $at) (local.get $len))
    (local.get $copy))

  (func $pack (param $upper i32) (param $lower i32) (result i64)
    (i64.or
      (i64.shl (i64.extend_i32_u (local.get $upper)) (i64.const 32))
      (i64.extend_i32_u (local.get $lower))))

  (func (export "echo_ptr_len") (param $at i32) (param $len i32) (result i64)
    (call $pack (call $copy (local.get $at) (local.get $len)) (local.get $len)))

  (func (export "echo_len_ptr") (param $at i32) (param $len i32) (result i64)
    (call $pack (local.get $len) (call $copy (local.get $at) (local.get $len))))

  ;; A string that is not in the memory.
  (func (export "wild") (result i64) (i64.const -1))

  (func (export "half") (param f64) (result f64) (f64.div (local.get 0) (f64.const 2))))
