;; A library in the manner of C: strings are pointers and lengths, structures come through
;; pointers, and callers free. The allocator counts.
(module
  (memory (export "memory") 4)
  (global $live (mut i32) (i32.const 0))
  (global $next (mut i32) (i32.const 1024))
  (global $is_full (mut i32) (i32.const 0))

  (func $malloc (export "malloc") (param $len i32) (result i32)
    (local $at i32)
    (if (global.get $is_full) (then (return (i32.const 0))))
    (global.set $live (i32.add (global.get $live) (i32.const 1)))
    (local.set $at (i32.and (i32.add (global.get $next) (i32.const 15)) (i32.const -16)))
    (global.set $next (i32.add (local.get $at) (local.get $len)))
    (local.get $at))

  (func (export "free") (param i32)
    (if (i32.eq (local.get 0) (i32.const 0xbad0)) (then (unreachable)))
    (global.set $live (i32.sub (global.get $live) (i32.const 1))))

  (func (export "fill_up") (global.set $is_full (i32.const 1)))

  (func (export "live") (result i32) (global.get $live))

  (func (export "length") (param i32 i32) (result i32) (local.get 1))

  ;; A copy of a string.
  (func $copy (param $at i32) (param $len i32) (result i32)
    (local $copy i32)
    (local.set $copy (call $malloc (local.get $len)))
    (memory.copy (local.get $copy) (local.get $at) (local.get $len))
    (local.get $copy))

  (func (export "twice") (param $result i32) (param $at i32) (param $len i32)
    (i32.store (local.get $result) (call $copy (local.get $at) (local.get $len)))
    (i32.store offset=4 (local.get $result) (local.get $len)))

  ;; A pair of a byte and a float, through a pointer, with its parts doubled.
  (func (export "double") (param $result i32) (param $pair i32)
    (i32.store8 (local.get $result)
      (i32.mul (i32.load8_u (local.get $pair)) (i32.const 2)))
    (f64.store offset=8 (local.get $result)
      (f64.mul (f64.load offset=8 (local.get $pair)) (f64.const 2))))

  ;; A string that `free` traps on.
  (func (export "bad_free") (param $result i32)
    (i32.store (local.get $result) (i32.const 0xbad0))
    (i32.store offset=4 (local.get $result) (i32.const 1)))

  ;; A string that is not in the memory.
  (func (export "wild") (param $result i32)
    (i32.store (local.get $result) (i32.const -8))
    (i32.store offset=4 (local.get $result) (i32.const 100))))
