;; Grows its memory by a page until it cannot, or has a thousand, and exits with
;; the number of pages that it then has.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 2)
  (func (export "_start")
    (loop $more
      (br_if $more
        (i32.and
          (i32.ne (memory.grow (i32.const 1)) (i32.const -1))
          (i32.lt_u (memory.size) (i32.const 1000)))))
    (call $proc_exit (memory.size))))
