;; A hostile library in the manner of C: it gives any number of strings, all of them the same.
(module
  (memory (export "memory") 4)
  (data (i32.const 16) "a")
  (func (export "malloc") (param i32) (result i32) (i32.const 32))
  (func (export "free") (param i32))
  (func (export "strings") (param $area i32) (param $n i32)
    (local $done i32) (local $all i32) (local $now i32)
    (drop (memory.grow (i32.add (i32.div_u (local.get $n) (i32.const 8192)) (i32.const 2))))
    (local.set $all (i32.mul (local.get $n) (i32.const 8)))
    (i32.store (i32.const 65536) (i32.const 16))
    (i32.store (i32.const 65540) (i32.const 1))
    (local.set $done (i32.const 8))
    (loop $l
      (if (i32.lt_u (local.get $done) (local.get $all))
        (then
          (local.set $now (i32.sub (local.get $all) (local.get $done)))
          (if (i32.gt_u (local.get $now) (local.get $done)) (then (local.set $now (local.get $done))))
          (memory.copy (i32.add (i32.const 65536) (local.get $done)) (i32.const 65536) (local.get $now))
          (local.set $done (i32.add (local.get $done) (local.get $now)))
          (br $l))))
    (i32.store (local.get $area) (i32.const 65536))
    (i32.store offset=4 (local.get $area) (local.get $n))))
