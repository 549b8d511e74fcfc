;; Has one page, and looks at what is behind it.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (memory.fill (i32.const 0) (i32.const 0x55) (i32.const 65536)))
  (func (export "behind") (drop (i32.load8_u (i32.const 65536))))
  (func (export "far_behind") (drop (i32.load8_u (i32.const 1000000)))))
