;; Makes the host work when it is stopped. The first letter of argument 1 selects the way:
;; `r` reads 512 MiB of standard input at once; `f` opens 1,000 files of 1 MiB, each of which it
;; unlinks; `m` fills its memories, and does as `f`; `d` opens a directory 1,000 times. Then it
;; computes for ever. `e` does as `f`, and exits 3.99 s after its start. `h` sets the size of a
;; file to 60 MB and to 0, for ever. `w` writes 512 MiB to its standard output at once, and ends.
(module
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get"
    (func $clock_time_get (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_unlink_file"
    (func $path_unlink_file (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_filestat_set_size"
    (func $fd_filestat_set_size (param i32 i64) (result i32)))
  (memory (export "memory") 8193)
  (memory $second 8193)
  (data (i32.const 0) "f.")

  ;; The iovec at 16, of so many bytes from 65536 on.
  (func $all (param $len i32)
    (i32.store (i32.const 16) (i32.const 65536))
    (i32.store (i32.const 20) (local.get $len)))

  (func $must (param $errno i32)
    (if (local.get $errno) (then unreachable)))

  ;; Opens the file `f`, which is there afterwards, and gives its descriptor.
  (func $open (result i32)
    (call $must (call $path_open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 1)
      (i32.const 1) (i64.const 0x1fffffff) (i64.const 0) (i32.const 0) (i32.const 8)))
    (i32.load (i32.const 8)))

  ;; Writes a byte: all is open, which the test sees.
  (func $tell
    (call $all (i32.const 1))
    (call $must (call $fd_write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 8))))

  (func (export "_start") (local $way i32) (local $file i32) (local $left i32) (local $exits i32)
    (call $must (call $args_get (i32.const 256) (i32.const 512)))
    (local.set $way (i32.load8_u (i32.load (i32.const 260))))
    (if (i32.eq (local.get $way) (i32.const 114)) (then
      (call $all (i32.const 0x2000_0000))
      (call $must (call $fd_read (i32.const 0) (i32.const 16) (i32.const 1) (i32.const 8)))))
    (if (i32.eq (local.get $way) (i32.const 100)) (then
      (local.set $left (i32.const 1000))
      (loop $more
        (call $must (call $path_open (i32.const 3) (i32.const 0) (i32.const 1) (i32.const 1)
          (i32.const 2) (i64.const 0) (i64.const 0) (i32.const 0) (i32.const 8)))
        (br_if $more (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
      (call $tell)))
    (if (i32.eq (local.get $way) (i32.const 104)) (then
      (local.set $file (call $open))
      (loop $more
        (call $must (call $fd_filestat_set_size (local.get $file) (i64.const 60_000_000)))
        (call $must (call $fd_filestat_set_size (local.get $file) (i64.const 0)))
        (br $more))))
    (if (i32.eq (local.get $way) (i32.const 119)) (then
      (call $all (i32.const 0x2000_0000))
      (call $must (call $fd_write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 8)))
      (return)))
    (if (i32.eq (local.get $way) (i32.const 101)) (then
      (local.set $exits (i32.const 1))
      (local.set $way (i32.const 102))))
    (if (i32.eq (local.get $way) (i32.const 109)) (then
      (memory.fill (i32.const 65536) (i32.const 1) (i32.const 0x2000_0000))
      (memory.fill $second (i32.const 65536) (i32.const 1) (i32.const 0x2000_0000))
      (local.set $way (i32.const 102))))
    (if (i32.eq (local.get $way) (i32.const 102)) (then
      (call $all (i32.const 0x10_0000))
      (local.set $left (i32.const 1000))
      (loop $more
        (local.set $file (call $open))
        (call $must (call $fd_write (local.get $file) (i32.const 16) (i32.const 1) (i32.const 8)))
        (call $must (call $path_unlink_file (i32.const 3) (i32.const 0) (i32.const 1)))
        (br_if $more (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
      (call $tell)))
    (loop $forever
      (if (local.get $exits) (then
        (call $must (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 24)))
        (if (i64.gt_u (i64.load (i32.const 24)) (i64.const 3_990_000_000)) (then (return)))))
      (br $forever))))
