;; Functions of interfaces of the component model, by both kinds of names.
(module
  (memory (export "memory") 1)
  (global $next (mut i32) (i32.const 1024))
  (global $freed (mut i32) (i32.const 0))

  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (global.get $next)
    (global.set $next
      (i32.and
        (i32.add (i32.add (global.get $next) (local.get 3)) (i32.const 15))
        (i32.const -16))))

  ;; A number in digits, or the text, at address 8: `result<u32, string>`.
  (func (export "ns:docs/index@1.2.3#to-number") (param $at i32) (param $len i32) (result i32)
    (local $digit i32)
    (local.set $digit (i32.sub (i32.load8_u (local.get $at)) (i32.const 48)))
    (i32.store8 (i32.const 8) (i32.const 1))
    (i32.store (i32.const 12) (local.get $at))
    (i32.store (i32.const 16) (local.get $len))
    (if (i32.and (i32.lt_u (local.get $digit) (i32.const 10)) (i32.eq (local.get $len) (i32.const 1)))
      (then
        (i32.store8 (i32.const 8) (i32.const 0))
        (i32.store (i32.const 12) (local.get $digit))))
    (i32.const 8))
  (func (export "cabi_post_ns:docs/index@1.2.3#to-number") (param i32)
    (global.set $freed (i32.add (global.get $freed) (i32.const 1))))

  (func (export "cm32p2|ns:docs/index@1|freed") (result i32) (global.get $freed)))
