;; What processors have instructions for that not all of them have: counting bits, and
;; numbers side by side. It exits with a number that depends on all of it.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func $bits (param $n i64) (result i32)
    (i32.wrap_i64
      (i64.add
        (i64.mul (i64.clz (local.get $n)) (i64.const 10000))
        (i64.add
          (i64.mul (i64.ctz (local.get $n)) (i64.const 100))
          (i64.popcnt (local.get $n))))))
  (func $side_by_side (param $n i32) (result i32)
    (i32x4.extract_lane 3
      (i32x4.add
        (i32x4.mul (i32x4.splat (local.get $n)) (v128.const i32x4 1 2 3 4))
        (i32x4.trunc_sat_f32x4_s
          (f32x4.floor (f32x4.splat (f32.const 2.5)))))))
  (func (export "_start")
    (call $exit
      (i32.add
        (call $bits (i64.const 0x00f0_0000_0000_0100))
        ;; 4 * 1000000 + 2
        (call $side_by_side (i32.const 1000000))))))
