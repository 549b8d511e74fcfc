;; Touches two new pages with each store of a loop, from just before its deadline on.
(module
  (import "wasi_snapshot_preview1" "clock_time_get"
    (func $clock (param i32 i64 i32) (result i32)))
  (memory (export "memory") 16384)
  (func (export "_start") (local $i i32)
    (loop $l
      (drop (call $clock (i32.const 1) (i64.const 0) (i32.const 0)))
      (br_if $l (i64.lt_u (i64.load (i32.const 0)) (i64.const 195000000))))
    (local.set $i (i32.const 4096))
    (loop $next
      (i32.store offset=4094 align=1 (local.get $i) (local.get $i))
      (i32.store offset=12286 align=1 (local.get $i) (local.get $i))
      (i32.store offset=20478 align=1 (local.get $i) (local.get $i))
      (i32.store offset=28670 align=1 (local.get $i) (local.get $i))
      (i32.store offset=36862 align=1 (local.get $i) (local.get $i))
      (i32.store offset=45054 align=1 (local.get $i) (local.get $i))
      (local.set $i (i32.add (local.get $i) (i32.const 49152)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 1000000000))))
    (loop $x (br $x))))
