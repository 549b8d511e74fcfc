;; Programs that use some fuel, and how much each of them uses: an export each. What a
;; run uses is what `$begin`, `_initialize` and the export use together, 2 + 3 and that.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\08\00\00\00")
  (data (i32.const 16) "started\n")
  (table funcref (elem $leaf))
  (type $nothing (func))

  (func $begin nop)
  (start $begin)
  (func (export "_initialize") nop nop)
  (func $leaf nop)

  ;; 1, the `end`.
  (func (export "nothing"))

  ;; 11.
  (func (export "straight") nop nop nop nop nop nop nop nop nop nop)

  ;; 1, and what comes after it never runs.
  (func (export "returns") return nop nop nop)

  ;; 3 of its own, and 2 of `$leaf` twice.
  (func (export "calls") call $leaf call $leaf)

  ;; 3 of its own, and 2 of `$leaf`.
  (func (export "calls_indirectly") (call_indirect (type $nothing) (i32.const 0)))

  ;; 2, 7 in each of 10 turns, and the ends of the loop and the function.
  (func (export "loops") (local $i i32)
    nop
    (loop
      (br_if 0 (i32.lt_u
        (local.tee $i (i32.add (local.get $i) (i32.const 1)))
        (i32.const 10)))))

  ;; 9, 5 of them before the host does something.
  (func (export "writes")
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))
    nop nop)

  ;; 2, and exits with 7.
  (func (export "exits") (call $proc_exit (i32.const 7)))

  ;; 12, and exits with 7.
  (func (export "exits_late") nop nop nop nop nop nop nop nop nop nop
    (call $proc_exit (i32.const 7)))

  ;; 4, and traps.
  (func (export "aborts") nop nop nop unreachable)

  ;; 4, and traps later.
  (func (export "divides")
    nop (block nop)
    (drop (i32.div_u (i32.const 1) (i32.load (i32.const 1000)))))

  ;; 12, or 3 where it is no deeper.
  (func $tree (param $depth i32)
    (if (local.get $depth) (then
      (call $tree (i32.sub (local.get $depth) (i32.const 1)))
      (call $tree (i32.sub (local.get $depth) (i32.const 1))))))

  ;; 3, and `$tree`, which calls itself 2^17 - 2 times.
  (func (export "recurses") (call $tree (i32.const 16)))

  ;; 3, and `$tree`, for ever.
  (func (export "recurses_for_ever") (call $tree (i32.const 1000))))
