;; A library: functions with numbers, and each way in which a call ends otherwise.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  ;; One buffer: five bytes at 8.
  (data (i32.const 0) "\08\00\00\00\05\00\00\00said\n")
  (global $count (mut i32) (i32.const -1000))

  (func (export "_initialize") (global.set $count (i32.const 0)))

  (func (export "increment") (param $by i32) (result i32)
    (global.set $count (i32.add (global.get $count) (local.get $by)))
    (global.get $count))

  (func (export "mix") (param i32 i64 f32 f64) (result f64)
    (f64.add
      (f64.add (f64.convert_i32_s (local.get 0)) (f64.convert_i64_s (local.get 1)))
      (f64.add (f64.promote_f32 (local.get 2)) (local.get 3))))

  (func (export "swap") (param i32 i64) (result i64 i32)
    (local.get 1) (local.get 0))

  (func (export "is-even") (param i32) (result i32)
    (i32.eqz (i32.and (local.get 0) (i32.const 1))))

  ;; More than its parameter's own bits.
  (func (export "widen") (param i32) (result i32)
    (i32.or (local.get 0) (i32.const 0x7fff0000)))

  (func (export "same") (param i32) (result i32) (local.get 0))

  (func (export "last")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64) (result i64)
    (local.get 15))

  (func (export "nothing"))

  (func (export "trap") (unreachable))

  (func $deep (export "deep") (result i32) (i32.add (call $deep) (i32.const 1)))

  (func (export "spin") (loop (br 0)))

  ;; Uses the more fuel, the larger its parameter.
  (func (export "work") (param i32)
    (loop
      (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
      (br_if 0 (i32.gt_s (local.get 0) (i32.const 0)))))

  (func (export "leave") (param i32) (call $exit (local.get 0)))

  (func (export "say")
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16))))

  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))

  (func (export "store") (param i32 i32) (i32.store (local.get 0) (local.get 1)))

  (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))

  (func (export "reference") (param funcref)))
