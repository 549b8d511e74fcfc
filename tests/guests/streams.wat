;; What programs do with their standard streams, an export each. Where a call of the host
;; fails, they exit with its error code.
(module
  (import "wasi_snapshot_preview1" "fd_read"
    (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff"
    (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 2)
  ;; A subscription to whether standard output can be written to.
  (data (i32.const 16) "\00\00\00\00\00\00\00\00\02\00\00\00\00\00\00\00\01\00\00\00")
  ;; The buffer: 64 KiB.
  (data (i32.const 65536) "hello\n")

  (func $try (param $errno i32)
    (if (local.get $errno) (then (call $proc_exit (local.get $errno)))))

  ;; Reads as many bytes at most into the buffer, and gives how many there were.
  (func $read (param $len i32) (result i32)
    (i32.store (i32.const 0) (i32.const 65536))
    (i32.store (i32.const 4) (local.get $len))
    (call $try (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
    (i32.load (i32.const 8)))

  ;; Writes as many bytes of the buffer.
  (func $write (param $fd i32) (param $len i32) (local $at i32)
    (loop $more
      (i32.store (i32.const 0) (i32.add (i32.const 65536) (local.get $at)))
      (i32.store (i32.const 4) (i32.sub (local.get $len) (local.get $at)))
      (call $try (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)))
      (local.set $at (i32.add (local.get $at) (i32.load (i32.const 8))))
      (br_if $more (i32.lt_u (local.get $at) (local.get $len)))))

  (func $hello (param $fd i32) (call $write (local.get $fd) (i32.const 6)))

  ;; Copies its input to its output.
  (func (export "_start") (local $len i32)
    (loop $more
      (local.set $len (call $read (i32.const 65536)))
      (if (local.get $len) (then
        (call $write (i32.const 1) (local.get $len))
        (br $more)))))

  ;; Copies a line, and reads no byte more.
  (func (export "line")
    (loop $more
      (if (call $read (i32.const 1)) (then
        (call $write (i32.const 1) (i32.const 1))
        (br_if $more (i32.ne (i32.load8_u (i32.const 65536)) (i32.const 10)))))))

  ;; Says hello, closes its output, reads its input to the end, and says hello elsewhere.
  (func (export "close")
    (call $hello (i32.const 1))
    (call $try (call $fd_close (i32.const 1)))
    (loop (br_if 0 (call $read (i32.const 65536))))
    (call $hello (i32.const 2)))

  ;; Writes 256 KiB to both outputs, by turns.
  (func $both (export "both") (local $i i32)
    (loop
      (call $write (i32.const 1) (i32.const 4096))
      (call $write (i32.const 2) (i32.const 4096))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if 0 (i32.lt_u (local.get $i) (i32.const 64)))))
  (func (export "both_and_trap") (call $both) (unreachable))
  (func (export "both_and_loop") (call $both) (loop (br 0)))

  (func (export "write") (loop (call $write (i32.const 1) (i32.const 65536)) (br 0)))

  ;; Two ways to end.
  (func (export "return") (call $hello (i32.const 1)))
  (func (export "exit") (call $hello (i32.const 1)) (call $proc_exit (i32.const 0)))

  ;; Fills a pipe, waits for room in it, and says hello elsewhere.
  (func (export "wait_for_room")
    (call $write (i32.const 1) (i32.const 65536))
    (call $try
      (call $poll_oneoff (i32.const 16) (i32.const 128) (i32.const 1) (i32.const 8)))
    (call $hello (i32.const 2)))
)
