;; Looks whether all of its memory is zero, and then writes to a few places anywhere in it,
;; by itself and by the host's hand.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (memory (export "memory") 16)

  (func $look
    (local $at i32)
    (loop $next
      (if (i64.ne (i64.load (local.get $at)) (i64.const 0)) (then (call $exit (i32.const 1))))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 0x100000)))))

  ;; The place that the number at $from names.
  (func $place (param $from i32) (result i32)
    (i32.and (i32.load (local.get $from)) (i32.const 0xffff8)))

  (func (export "_start")
    (call $look)
    (drop (call $random (i32.const 0) (i32.const 16)))
    ;; Seldom, so that pages are learnt meanwhile.
    (if (i32.and (i32.load (i32.const 0)) (i32.const 7)) (then (return)))
    (i64.store (call $place (i32.const 4)) (i64.const -1))
    (drop (call $random (call $place (i32.const 8)) (i32.const 8)))))
