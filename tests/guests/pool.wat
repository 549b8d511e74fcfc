;; Fills its memory, in one run, and looks in another whether there is anything in it that
;; it did not start with.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 3)
  (data (i32.const 65536) "at first")

  ;; All that it has, and much more than it starts with.
  (func $fill
    (drop (memory.grow (i32.const 40)))
    (memory.fill (i32.const 0) (i32.const 0xaa)
      (i32.mul (memory.size) (i32.const 65536))))

  ;; Grows to a hundred pages, if it can, and exits with how many there are.
  (func (export "most")
    (loop $more
      (br_if $more (i32.and
        (i32.ne (memory.grow (i32.const 1)) (i32.const -1))
        (i32.lt_u (memory.size) (i32.const 100)))))
    (call $exit (memory.size)))

  (func (export "_start") (call $fill))
  (func (export "fill_and_exit") (call $fill) (call $exit (i32.const 7)))
  (func (export "fill_and_trap") (call $fill) (unreachable))
  (func (export "fill_for_ever") (call $fill) (loop $again (br $again)))

  (func (export "look")
    (local $at i32) (local $end i32)
    (if (i64.ne (i64.load (i32.const 65536)) (i64.const 0x7473726966207461))
      (then (call $exit (i32.const 1))))
    (i64.store (i32.const 65536) (i64.const 0))
    ;; More than any run before.
    (drop (memory.grow (i32.const 60)))
    (local.set $end (i32.mul (memory.size) (i32.const 65536)))
    (loop $next
      (if (i64.ne (i64.load (local.get $at)) (i64.const 0))
        (then (call $exit (i32.const 2))))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $end))))))
