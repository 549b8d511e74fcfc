;; Recurses at its deadline, and touches six new pages in each frame on its way back.
(module
  (import "wasi_snapshot_preview1" "clock_time_get"
    (func $clock (param i32 i64 i32) (result i32)))
  (memory (export "memory") 8192)
  (global $end (mut i32) (i32.const 0))
  (func $f (param i32)
    (if (i32.lt_u (local.get 0) (global.get $end)) (then
      (call $f (i32.add (local.get 0) (i32.const 24576)))
      (i32.store offset=4094 align=1 (local.get 0) (local.get 0))
      (i32.store offset=12286 align=1 (local.get 0) (local.get 0))
      (i32.store offset=20478 align=1 (local.get 0) (local.get 0)))))
  (func (export "_start")
    ;; Until 10 ms before its time is up.
    (loop $l
      (drop (call $clock (i32.const 1) (i64.const 0) (i32.const 0)))
      (br_if $l (i64.lt_u (i64.load (i32.const 0)) (i64.const 190000000))))
    (global.set $end (i32.mul (i32.const 24576) (i32.const 20000)))
    (call $f (i32.const 4096))
    (loop $x (br $x))))
