;; What a program may do that never ends, or takes as much as it can get, an export each.
;; Each but `nothing` first writes `started` to its standard output.
(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read"
    (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff"
    (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get"
    (func $random_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sched_yield" (func $sched_yield (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_filestat_get"
    (func $path_filestat_get (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 64)
  (table $table 1000 funcref)
  (data (i32.const 0) "\10\00\00\00\08\00\00\00")
  (data (i32.const 16) "started\n")
  ;; A subscription to the monotonic clock, an hour from now.
  (data (i32.const 64) "\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\01\00\00\00\00\00\00\00")
  (data (i32.const 88) "\00\a0\b8\30\46\03\00\00")
  ;; A subscription to standard input.
  (data (i32.const 112) "\00\00\00\00\00\00\00\00\01\00\00\00\00\00\00\00\00\00\00\00")
  ;; A buffer of 64 KiB.
  (data (i32.const 160) "\00\10\00\00\00\00\01\00")
  (data (i32.const 176) "file")
  (global $count (mut i32) (i32.const 0))

  (func $say_started
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 200))))

  (func (export "_start"))
  (func (export "nothing"))

  (func (export "loop") (call $say_started) (loop (br 0)))

  ;; A loop that stores, and one that computes with locals only.
  (func (export "store") (local $i i32)
    (call $say_started)
    (loop
      (i32.store (i32.const 1024) (local.tee $i (i32.add (local.get $i) (i32.const 1))))
      (br 0)))

  (func (export "compute") (local $i i64)
    (call $say_started)
    (loop
      (local.set $i (i64.mul (i64.add (local.get $i) (i64.const 7)) (i64.const 31)))
      (br_if 0 (i64.ne (local.get $i) (i64.const 1)))
      (br 0)))

  (func (export "br_table") (call $say_started)
    (loop $again (br_table $again $again (i32.load (i32.const 1024)))))

  ;; Never deep, never done.
  (func $tree (param $depth i32)
    (if (local.get $depth) (then
      (call $tree (i32.sub (local.get $depth) (i32.const 1)))
      (call $tree (i32.sub (local.get $depth) (i32.const 1))))))
  (func (export "recurse") (call $say_started) (call $tree (i32.const 1000)))

  ;; Deep, and never done: nothing is left of the stack but what a call takes.
  (func (export "recurse_deep") (call $say_started) (call $tree (i32.const 3000)))

  ;; Deep once, and on the way back there is something to do, each time.
  (func $back (param $depth i32) (local $turns i32)
    (if (local.get $depth) (then (call $back (i32.sub (local.get $depth) (i32.const 1)))))
    (local.set $turns (i32.const 15000))
    (loop (br_if 0 (local.tee $turns (i32.sub (local.get $turns) (i32.const 1))))))
  (func (export "unwind") (call $say_started)
    (loop (call $back (i32.const 15000)) (br 0)))

  (func $endless (call $endless) (call $say_started))
  (func (export "overflow") (call $say_started) (call $endless))

  (func (export "calls_host") (call $say_started)
    (loop (drop (call $sched_yield)) (br 0)))

  (func (export "sleep") (call $say_started)
    (drop (call $poll_oneoff (i32.const 64) (i32.const 256) (i32.const 1) (i32.const 200)))
    (loop (br 0)))

  (func (export "wait_for_input") (call $say_started)
    (drop (call $poll_oneoff (i32.const 112) (i32.const 256) (i32.const 1) (i32.const 200))))

  (func (export "read") (call $say_started)
    (drop (call $fd_read (i32.const 0) (i32.const 160) (i32.const 1) (i32.const 200))))

  ;; Copies its input to its output.
  (func (export "copy")
    (loop $more
      (i32.store (i32.const 164) (i32.const 65536))
      (drop (call $fd_read (i32.const 0) (i32.const 160) (i32.const 1) (i32.const 200)))
      (i32.store (i32.const 164) (i32.load (i32.const 200)))
      (if (i32.load (i32.const 164)) (then
        (if (call $fd_write (i32.const 1) (i32.const 160) (i32.const 1) (i32.const 200))
          (then (call $proc_exit (i32.const 1))))
        (br $more)))))

  (func (export "write") (call $say_started)
    (loop
      (if (call $fd_write (i32.const 1) (i32.const 160) (i32.const 1) (i32.const 200))
        (then (call $proc_exit (i32.const 64))))
      (br 0)))

  ;; As much memory as there is, and then all of it, again and again.
  (func $grow_all
    (loop (br_if 0 (i32.ne (memory.grow (i32.const 1024)) (i32.const -1)))))
  (func (export "grow") (call $say_started) (loop (call $grow_all) (br 0)))
  (func $bytes (result i32) (i32.mul (memory.size) (i32.const 65536)))
  (func (export "fill") (call $say_started) (call $grow_all)
    (loop
      (memory.fill (i32.const 4096) (i32.const 1) (i32.sub (call $bytes) (i32.const 4096)))
      (br 0)))
  (func (export "copy_memory") (call $say_started) (call $grow_all)
    (loop
      (memory.copy (i32.const 8192) (i32.const 4096) (i32.sub (call $bytes) (i32.const 8192)))
      (memory.copy (i32.const 4096) (i32.const 8192) (i32.sub (call $bytes) (i32.const 8192)))
      (br 0)))
  (func (export "random") (call $say_started) (call $grow_all)
    (loop
      (drop (call $random_get (i32.const 4096) (i32.sub (call $bytes) (i32.const 4096))))
      (br 0)))
  ;; A path that is as long as there is memory.
  (func (export "long_path") (call $say_started) (call $grow_all)
    (memory.fill (i32.const 4096) (i32.const 97) (i32.sub (call $bytes) (i32.const 4096)))
    (loop
      (drop (call $path_filestat_get
        (i32.const 3) (i32.const 0)
        (i32.const 4096) (i32.sub (call $bytes) (i32.const 4096)) (i32.const 200)))
      (br 0)))
  ;; Everything, in one call.
  (func (export "write_much") (call $say_started) (call $grow_all)
    (loop
      (i32.store (i32.const 160) (i32.const 0))
      (i32.store (i32.const 164) (call $bytes))
      (drop (call $fd_write (i32.const 1) (i32.const 160) (i32.const 1) (i32.const 200)))
      (br 0)))
  ;; Millions of subscriptions, none of which ever happens.
  (func (export "poll") (local $i i32) (call $say_started) (call $grow_all)
    (local.set $i (i32.const 1000000))
    (loop
      (local.set $i (i32.sub (local.get $i) (i32.const 1)))
      (memory.copy
        (i32.add (i32.const 1048576) (i32.mul (local.get $i) (i32.const 48)))
        (i32.const 64) (i32.const 48))
      (br_if 0 (local.get $i)))
    (loop
      (drop (call $poll_oneoff
        (i32.const 1048576) (i32.const 67108864) (i32.const 1000000) (i32.const 200)))
      (br 0)))

  (func (export "table") (call $say_started)
    (loop
      (drop (table.grow $table (ref.null func) (i32.const 1000)))
      (table.fill $table (i32.const 0) (ref.null func) (table.size $table))
      (br 0)))

  ;; Opens a file until it cannot, and exits with how often it could.
  (func (export "open") (call $say_started)
    (loop
      (if (i32.eqz (call $path_open
            (i32.const 3) (i32.const 0) (i32.const 176) (i32.const 4)
            (i32.const 1) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 200)))
        (then
          (global.set $count (i32.add (global.get $count) (i32.const 1)))
          (br 1))))
    (call $proc_exit (global.get $count)))
)
