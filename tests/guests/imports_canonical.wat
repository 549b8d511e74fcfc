;; A library that imports functions by the Canonical ABI, from an interface of the component model.
(module
  (import "ns:docs/store@1.0.0" "get-item" (func $get (param i32 i32 i32)))
  (import "ns:docs/store@1.0.0" "count" (func $count (result i32)))
  ;; 17 numbers are more than the ABI passes by themselves: they are in memory.
  (import "ns:docs/store@1.0.0" "weigh" (func $weigh (param i32) (result i64)))
  ;; A result with two values is written through a pointer, which is the last parameter.
  (import "ns:docs/store@1.0.0" "divide" (func $divide (param i32 i32 i32)))
  (memory (export "memory") 2)
  (global $next (mut i32) (i32.const 4096))
  (global $stray (mut i32) (i32.const 0))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at
      (i32.and
        (i32.add (global.get $next) (i32.sub (local.get 2) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get 2))))
    (global.set $next (i32.add (local.get $at) (local.get 3)))
    (local.get $at))

  ;; Passes a name on, and returns what it gets, which has two words.
  (func (export "item") (param i32 i32) (result i32)
    (call $get (local.get 0) (local.get 1) (i32.const 64))
    (i32.const 64))
  (func (export "items") (result i32) (call $count))

  ;; 0, 1, 2 … 16, in memory.
  (func (export "weight") (result i64)
    (local $i i32)
    (loop $more
      (i64.store
        (i32.add (i32.const 128) (i32.mul (local.get $i) (i32.const 8)))
        (i64.extend_i32_u (local.get $i)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $more (i32.lt_u (local.get $i) (i32.const 17))))
    (call $weigh (i32.const 128)))

  ;; The quotient, or 1000 more than the error.
  (func (export "divided") (param i32 i32) (result i32)
    (call $divide (local.get 0) (local.get 1) (i32.add (i32.const 512) (global.get $stray)))
    (if (result i32) (i32.load8_u (i32.const 512))
      (then (i32.add (i32.const 1000) (i32.load8_u (i32.const 516))))
      (else (i32.load (i32.const 516)))))

  ;; From now on, the pointer for a result is off by this much.
  (func (export "stray") (param i32) (global.set $stray (local.get 0))))
