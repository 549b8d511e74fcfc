;; Goes through control structures, calls, globals and tables of all kinds, and writes
;; the numbers that it computes, each as four bytes, in the order of the comments.
(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1 3)
  (table $table (export "table") 4 10 funcref)
  (elem (i32.const 0) func $double $sum $both)
  (elem $more func $double $double)
  (elem declare func $even)
  (data $digits "0123456789")

  ;; Numbers of every type, before and behind which there is nothing else: who adds
  ;; globals must find his own.
  (global $results (mut i32) (i32.const 4096))
  (global $wide (export "wide") (mut i64) (i64.const 0x1122334455667788))
  (global $single (export "single") (mut f32) (f32.const 1.5))
  (global $vector (export "vector") (mut v128) (v128.const i32x4 1 2 3 4))
  (global $function (mut funcref) (ref.func $even))
  (global $fixed i32 (i32.const 77))
  (global $begun (export "begun") (mut i32) (i32.const 0))
  (global $double_precision (mut f64) (f64.const 0.25))
  (global $last (export "last") (mut i32) (i32.const 99))

  (type $unary (func (param i32) (result i32)))
  (type $binary (func (param i32 i32) (result i32)))
  (type $two (func (param i32) (result i32 i32)))

  (func $put (param i32)
    (i32.store (global.get $results) (local.get 0))
    (global.set $results (i32.add (global.get $results) (i32.const 4))))

  ;; Writes `len` bytes from `at` on.
  (func $write (param $at i32) (param $len i32)
    (i32.store (i32.const 0) (local.get $at))
    (i32.store (i32.const 4) (local.get $len))
    (if (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))
      (then (unreachable))))

  ;; Calls the host, and sees what it has changed later.
  (func $begin
    (i32.store (i32.const 16) (i32.const 0x0a6b6f))
    (call $write (i32.const 16) (i32.const 3))
    (global.set $begun (i32.add (global.get $begun) (i32.const 1))))
  (start $begin)

  (func $double (type $unary) (i32.shl (local.get 0) (i32.const 1)))
  (func $sum (type $binary) (i32.add (local.get 0) (local.get 1)))
  (func $both (type $two) (local.get 0) (i32.add (local.get 0) (i32.const 1)))
  (func $three (result i32 i32 i32) (i32.const 1024) (i32.const 7) (i32.const 20))

  (func $even (type $unary)
    (if (result i32) (i32.eqz (local.get 0))
      (then (i32.const 1))
      (else (call $odd (i32.sub (local.get 0) (i32.const 1))))))
  (func $odd (type $unary)
    (if (result i32) (i32.eqz (local.get 0))
      (then (i32.const 0))
      (else (call $even (i32.sub (local.get 0) (i32.const 1))))))

  (func $ackermann (param $m i32) (param $n i32) (result i32)
    (if (i32.eqz (local.get $m)) (then (return (i32.add (local.get $n) (i32.const 1)))))
    (if (i32.eqz (local.get $n))
      (then (return (call $ackermann (i32.sub (local.get $m) (i32.const 1)) (i32.const 1)))))
    (call $ackermann
      (i32.sub (local.get $m) (i32.const 1))
      (call $ackermann (local.get $m) (i32.sub (local.get $n) (i32.const 1)))))

  ;; A loop whose parameters are all that it has: Euclid's algorithm.
  (func $divisor (param i32 i32) (result i32) (local $kept i32)
    (local.get 0)
    (local.get 1)
    (loop $again (param i32 i32) (result i32)
      (local.set 1)
      (local.set 0)
      (if (result i32) (i32.eqz (local.get 1))
        (then (local.get 0))
        (else
          (local.set $kept (i32.rem_u (local.get 0) (local.get 1)))
          (local.get 1)
          (local.get $kept)
          (br $again)))))

  ;; Adds up to `n`, in a loop with a result, beside locals of every type.
  (func $add_up (param $n i64) (result i64 i32)
    (local $double f64) (local $vector v128) (local $function funcref) (local $sum i64)
    (loop $more (result i64)
      (local.set $sum (i64.add (local.get $sum) (local.get $n)))
      (local.set $n (i64.sub (local.get $n) (i64.const 1)))
      (br_if $more (i64.ne (local.get $n) (i64.const 0)))
      (local.get $sum))
    (i32.and
      (ref.is_null (local.get $function))
      (i32.and
        (f64.eq (local.get $double) (f64.const 0))
        (i32.eqz (v128.any_true (local.get $vector))))))

  ;; Nothing but parameters, and one loop in another one.
  (func $product (param $a i32) (param $b i32) (param $i i32) (param $product i32) (result i32)
    (i32.const 5)
    (loop $outer
      (local.set $i (i32.const 0))
      (loop $inner
        (local.set $product (i32.add (local.get $product) (i32.const 1)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $inner (i32.lt_u (local.get $i) (local.get $b))))
      (local.set $a (i32.sub (local.get $a) (i32.const 1)))
      (br_if $outer (local.get $a)))
    (i32.add (local.get $product)))

  ;; A loop with a parameter, for many turns; how many, and what is left.
  (func $turns (param $n i32) (result i32 i32) (local $turns i32)
    (local.get $n)
    (loop $again (param i32) (result i32)
      (local.set $turns (i32.add (local.get $turns) (i32.const 1)))
      (local.tee $n (i32.sub (i32.const 1)))
      (br_if $again (local.get $n)))
    (local.get $turns))

  ;; Out of two loops with a value: the first n whose square is above 1000.
  (func $escape (result i32) (local $n i32) (local $i i32)
    (block $out (result i32)
      (loop $outer
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (local.set $i (i32.const 0))
        (loop $inner
          (drop (br_if $out (local.get $n)
            (i32.gt_u (i32.mul (local.get $n) (local.get $n)) (i32.const 1000))))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $inner (i32.lt_u (local.get $i) (i32.const 3))))
        (br $outer))
      (unreachable)))

  ;; A value that goes with a branch to where the table says.
  (func $choose (param i32) (result i32)
    (block $two (result i32)
      (block $one (result i32)
        (block $zero (result i32)
          (br_table $zero $one $two $one (i32.const 10) (local.get 0)))
        (i32.add (i32.const 1)))
      (i32.add (i32.const 2))))

  ;; What is never reached is still valid.
  (func $dead (result i32)
    (block (result i32)
      (br 0 (i32.const 5))
      (loop (br 0))
      (memory.fill (i32.const 0) (i32.const 0) (i32.const -1))
      (drop (call $dead))
      (if (then (unreachable)) (else (nop)))
      (unreachable)))

  (func (export "_start") (local $i i32) (local $hash i32)
    (call $put (global.get $begun))                                ;; 1
    (call $put (call $divisor (i32.const 1071) (i32.const 462)))   ;; 21
    (call $put (call $escape))                                     ;; 32
    (call $put (call $choose (i32.const 0)))                       ;; 13
    (call $put (call $choose (i32.const 1)))                       ;; 12
    (call $put (call $choose (i32.const 2)))                       ;; 10
    (call $put (call $choose (i32.const -1)))                      ;; 12
    (call $put (call $dead))                                       ;; 5
    (call $put (call $ackermann (i32.const 2) (i32.const 9)))      ;; 21
    (call $put (call $even (i32.const 1001)))                      ;; 0

    ;; Loops of many turns.
    (call $add_up (i64.const 100000))
    (call $put)                                                    ;; 1
    (call $put (i32.wrap_i64))                                     ;; 705082704
    (call $put (call $product
      (i32.const 300) (i32.const 200) (i32.const 9) (i32.const 0))) ;; 60005
    (call $turns (i32.const 100000))
    (call $put)                                                    ;; 100000
    (call $put)                                                    ;; 0

    ;; Blocks that take and give several values.
    (i32.const 3)
    (i32.const 4)
    (block (param i32 i32) (result i32 i32)
      (i32.mul)
      (i32.const 5)
      (br_if 0 (global.get $fixed))
      (drop)
      (i32.const 6))
    (call $put (i32.add))                                          ;; 17
    (i32.const 8)
    (if (param i32) (result i32 i32) (global.get $begun)
      (then (call $both))
      (else (i32.const 0)))
    (call $put (i32.sub))                                          ;; -1

    (call $put (select (i32.const 1) (i32.const 2) (global.get $begun)))  ;; 1
    (call $put (ref.is_null
      (select (result funcref) (ref.null func) (global.get $function) (i32.const 0)))) ;; 0

    ;; Through the table.
    (call $put (call_indirect (type $unary) (i32.const 21) (i32.const 0)))              ;; 42
    (call $put (call_indirect (type $binary) (i32.const 2) (i32.const 3) (i32.const 1))) ;; 5
    (call $put (i32.sub (call_indirect (type $two) (i32.const 5) (i32.const 2))))       ;; -1
    (table.set (i32.const 3) (global.get $function))
    (call $put (call_indirect (type $unary) (i32.const 10) (i32.const 3)))              ;; 1
    (call $put (table.grow $table (ref.func $even) (i32.const 4)))                      ;; 4
    (call $put (table.grow $table (ref.null func) (i32.const 4)))                       ;; -1
    (call $put (call_indirect (type $unary) (i32.const 3) (i32.const 7)))               ;; 0
    (table.init $table $more (i32.const 6) (i32.const 0) (i32.const 2))
    (elem.drop $more)
    (call $put (call_indirect (type $unary) (i32.const 3) (i32.const 7)))               ;; 6
    (table.copy (i32.const 1) (i32.const 0) (i32.const 3))
    (call $put (i32.sub (call_indirect (type $two) (i32.const 5) (i32.const 3))))       ;; -1
    (table.fill (i32.const 0) (ref.null func) (i32.const 1))
    (call $put (ref.is_null (table.get (i32.const 0))))                                 ;; 1
    (call $put (table.size $table))                                                     ;; 8

    ;; Globals of every type.
    (global.set $wide (i64.mul (global.get $wide) (i64.const 3)))
    (call $put (i32.wrap_i64 (i64.shr_u (global.get $wide) (i64.const 32))))  ;; 0x336699cd
    (global.set $single (f32.mul (global.get $single) (f32.const 3)))
    (call $put (i32.reinterpret_f32 (global.get $single)))                    ;; 4.5
    (global.set $double_precision (f64.sqrt (global.get $double_precision)))
    (call $put (f32.demote_f64 (global.get $double_precision)) (i32.reinterpret_f32)) ;; 0.5
    (global.set $vector (i32x4.add (global.get $vector) (i32x4.splat (i32.const 10))))
    (call $put (i32x4.extract_lane 3 (global.get $vector)))                   ;; 14
    (call $put (i32.trunc_sat_f64_s (f64.const nan)))                         ;; 0
    (call $put (global.get $last))                                            ;; 99
    (global.set $last (i32.const -5))
    (call $put (global.get $last))                                            ;; -5

    ;; In the middle of what is computed on the stack.
    (i32.const 30)
    (memory.fill (call $three))
    (memory.copy (i32.const 1040) (i32.const 1030) (i32.const 20))
    (memory.init $digits (i32.const 1050) (i32.const 2) (i32.const 5))
    (data.drop $digits)
    (i32.load8_u (i32.const 1053))
    (call $put (i32.add))                                          ;; 83
    (call $put (i32.load (i32.const 1049)))                        ;; 0x34333207

    (call $put (memory.grow (i32.const 1)))                        ;; 1
    (call $put (memory.grow (i32.const 2)))                        ;; -1
    (memory.fill (i32.const 65530) (i32.const 9) (i32.const 65542))
    (call $put (memory.size))                                      ;; 2

    ;; A hash of all memory.
    (local.set $hash (i32.const 0x811c9dc5))
    (loop $more
      (local.set $hash (i32.mul (i32.const 0x01000193)
        (i32.xor (local.get $hash) (i32.load (local.get $i)))))
      (local.set $i (i32.add (local.get $i) (i32.const 4)))
      (br_if $more (i32.lt_u (local.get $i) (i32.const 131072))))
    (call $put (local.get $hash))
    (call $write (i32.const 4096) (i32.sub (global.get $results) (i32.const 4096)))))
