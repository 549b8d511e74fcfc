;; Looks whether what it starts with is there, and nothing else, and overwrites all of it.
;; `tests/build.rs` puts 700,001 bytes in the place of THE DATA.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 16)
  (data (i32.const 5003) "THE DATA")

  (func $expected (param $at i32) (result i32)
    (local $index i32)
    (local.set $index (i32.sub (local.get $at) (i32.const 5003)))
    (if (i32.ge_u (local.get $index) (i32.const 700001)) (then (return (i32.const 0))))
    (i32.and (i32.const 255)
      (i32.add
        (i32.mul (local.get $index) (i32.const 31))
        (i32.div_u (local.get $index) (i32.const 255)))))

  (func (export "_start")
    (local $at i32)
    (loop $next
      (if (i32.ne (i32.load8_u (local.get $at)) (call $expected (local.get $at)))
        (then (call $exit (i32.const 1))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 0x100000))))
    (memory.fill (i32.const 0) (i32.const 0x77) (i32.const 0x100000))))
