;; Greets its first argument: the program that the documentation's examples run.
(module
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  ;; Three buffers to write: "Hello, ", the argument, "!\n".
  (data (i32.const 0) "\20\00\00\00\07\00\00\00" "\00\00\00\00\00\00\00\00" "\27\00\00\00\02\00\00\00")
  (data (i32.const 32) "Hello, !\n")
  (func (export "_start")
    (local $argument i32)
    (local $end i32)
    ;; The pointers go to 64, the strings behind them; argument 1 is at 68.
    (drop (call $args_get (i32.const 64) (i32.const 128)))
    (local.set $argument (i32.load (i32.const 68)))
    (local.set $end (local.get $argument))
    (block $found
      (loop $next
        (br_if $found (i32.eqz (i32.load8_u (local.get $end))))
        (local.set $end (i32.add (local.get $end) (i32.const 1)))
        (br $next)))
    (i32.store (i32.const 8) (local.get $argument))
    (i32.store (i32.const 12) (i32.sub (local.get $end) (local.get $argument)))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 3) (i32.const 24)))))
