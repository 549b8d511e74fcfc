;; Looks whether all that it can change is as it starts, and changes it: a global, a table,
;; and segments, which it uses and drops.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (global $global (mut i64) (i64.const 42))
  (global $vector (mut v128) (v128.const i64x2 1 2))
  (table $table 2 4 funcref)
  (elem (table $table) (i32.const 0) func $one)
  (elem $elements func $one $one)
  (data $segment "segment")
  (func $one)

  (func $check (param $holds i32) (param $which i32)
    (if (i32.eqz (local.get $holds)) (then (call $exit (local.get $which)))))

  (func (export "_start")
    (call $check (i64.eq (global.get $global) (i64.const 42)) (i32.const 1))
    (call $check (i64.eq (i64x2.extract_lane 1 (global.get $vector)) (i64.const 2)) (i32.const 2))
    (call $check (i32.eq (table.size $table) (i32.const 2)) (i32.const 3))
    (call $check (ref.is_null (table.get $table (i32.const 1))) (i32.const 4))
    (call $check (i32.eqz (ref.is_null (table.get $table (i32.const 0)))) (i32.const 5))
    ;; These trap where the segment is dropped.
    (memory.init $segment (i32.const 0) (i32.const 0) (i32.const 7))
    (table.init $table $elements (i32.const 0) (i32.const 0) (i32.const 2))
    (data.drop $segment)
    (elem.drop $elements)
    (drop (table.grow $table (ref.null func) (i32.const 2)))
    (table.set $table (i32.const 0) (ref.null func))
    (table.set $table (i32.const 1) (ref.func $one))
    (global.set $vector (v128.const i64x2 3 4))
    (global.set $global (i64.const 43))))
