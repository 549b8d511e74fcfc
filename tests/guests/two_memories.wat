;; Grows two memories by a page in turn until neither can, or there are a thousand
;; pages, and exits with the number of pages of both.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (memory $other 1)
  (func $pages (result i32)
    (i32.add (memory.size) (memory.size $other)))
  (func (export "_start")
    (local $before i32)
    (loop $more
      (local.set $before (call $pages))
      (drop (memory.grow (i32.const 1)))
      (drop (memory.grow $other (i32.const 1)))
      (br_if $more
        (i32.and
          (i32.ne (call $pages) (local.get $before))
          (i32.lt_u (call $pages) (i32.const 1000)))))
    (call $proc_exit (call $pages))))
