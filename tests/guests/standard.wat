;; A library whose exports have the component model's standard names.
(module
  (memory (export "cm32p2_memory") 1)
  (global $next (mut i32) (i32.const 0))
  (func (export "cm32p2_initialize") (global.set $next (i32.const 1024)))
  (func (export "cm32p2_realloc") (param i32 i32 i32 i32) (result i32)
    (global.get $next)
    (global.set $next (i32.add (global.get $next) (local.get 3))))
  ;; What it gets, with its length at address 12.
  (func (export "cm32p2||same-text") (param i32 i32) (result i32)
    (i32.store (i32.const 8) (local.get 0))
    (i32.store (i32.const 12) (local.get 1))
    (i32.const 8)))
