;; Two threads that add to a number, and one that does not end. WASIX.
(module
  (import "wasix_32v1" "thread_spawn_v2" (func $spawn (param i32 i32) (result i32)))
  (import "wasix_32v1" "thread_join" (func $join (param i32) (result i32)))
  (import "wasix_32v1" "thread_sleep" (func $sleep (param i64) (result i32)))
  (import "wasix_32v1" "futex_wait" (func $futex (param i32 i32 i32 i32) (result i32)))
  (import "wasix_32v1" "proc_fork" (func $fork (param i32 i32) (result i32)))
  (import "wasix_32v1" "resolve"
    (func $resolve (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasix_32v1" "sock_open" (func $socket (param i32 i32 i32 i32) (result i32)))
  (import "wasix_32v1" "sock_bind" (func $bind (param i32 i32) (result i32)))
  (import "wasix_32v1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read"
    (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff"
    (func $poll (param i32 i32 i32 i32) (result i32)))
  (import "env" "memory" (memory $memory 2 32 shared))
  (export "memory" (memory $memory))

  ;; 0: the number; 64: a thread's number; 128: an iovec; 136: text; 144: what was written;
  ;; 256, 512: how to start threads: 4 words of 14 and two sizes.
  (data $text "\88\00\00\00\03\00\00\00ok\0a")

  (func $thread (export "wasi_thread_start") (param $tid i32) (param $start i32)
    (local $left i32)
    (if (i32.eq (i32.load offset=12 (local.get $start)) (i32.const 5)) (then (unreachable)))
    (if (i32.eq (i32.load offset=12 (local.get $start)) (i32.const 3))
      (then (drop (call $read (i32.const 0) (i32.const 2048) (i32.const 1) (i32.const 2056)))))
    (if (i32.eq (i32.load offset=12 (local.get $start)) (i32.const 4))
      (then (drop (call $poll (i32.const 2064) (i32.const 2128) (i32.const 1) (i32.const 2056)))))
    (if (i32.eq (i32.load offset=12 (local.get $start)) (i32.const 1))
      (then (loop $for_ever (br $for_ever))))
    (if (i32.eq (i32.load offset=12 (local.get $start)) (i32.const 2))
      (then (call $exit (i32.const 0x80000001))))
    (local.set $left (i32.const 1000))
    (loop $again
      (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $again (local.get $left))))

  ;; Starts a thread with this argument; gives its number.
  (func $start (param $at i32) (param $argument i32) (result i32)
    (i32.store (local.get $at) (i32.const 65536))
    (i32.store offset=12 (local.get $at) (local.get $argument))
    (i32.store offset=56 (local.get $at) (i32.const 4096))
    (if (call $spawn (local.get $at) (i32.const 64)) (then (call $exit (i32.const 101))))
    (i32.load (i32.const 64)))

  (func (export "_start")
    (local $one i32) (local $two i32)
    (memory.init $text (i32.const 128) (i32.const 0) (i32.const 11))
    (local.set $one (call $start (i32.const 256) (i32.const 0)))
    (local.set $two (call $start (i32.const 512) (i32.const 0)))
    (if (call $join (local.get $one)) (then (call $exit (i32.const 102))))
    (if (call $join (local.get $two)) (then (call $exit (i32.const 103))))
    (if (i32.ne (i32.atomic.load (i32.const 0)) (i32.const 2000))
      (then (call $exit (i32.const 104))))
    (if (call $write (i32.const 1) (i32.const 128) (i32.const 1) (i32.const 144))
      (then (call $exit (i32.const 105)))))

  ;; Ends, and leaves a thread behind.
  (func (export "leaves_one")
    (drop (call $start (i32.const 256) (i32.const 1)))
    (call $exit (i32.const 7)))

  ;; Ends while another reads the standard input, or waits for it.
  (func $while_one (param $does i32)
    (i32.store (i32.const 2048) (i32.const 4096))
    (i32.store (i32.const 2052) (i32.const 16))
    ;; A subscription: the tag of a read is 1, of descriptor 0.
    (i32.store8 (i32.const 2072) (i32.const 1))
    (drop (call $start (i32.const 256) (local.get $does)))
    (drop (call $sleep (i64.const 50000000))))
  (func (export "ends_while_one_reads") (call $while_one (i32.const 3)))
  (func (export "ends_while_one_polls") (call $while_one (i32.const 4)))
  ;; Computes, sleeps or returns while another traps.
  (func $traps_one (drop (call $start (i32.const 256) (i32.const 5))))
  (func (export "one_traps_while_it_computes")
    (call $traps_one) (loop $for_ever (br $for_ever)))
  (func (export "one_traps_while_it_sleeps")
    (call $traps_one) (drop (call $sleep (i64.const 1000000000000))))
  (func (export "exits_while_one_reads")
    (call $while_one (i32.const 3)) (call $exit (i32.const 9)))

  ;; Writes nearly a memory in each of very many pieces.
  (func (export "writes_much") (local $at i32)
    (drop (memory.grow (i32.const 14)))
    (local.set $at (i32.const 65536))
    (loop $more
      (i32.store (local.get $at) (i32.const 0))
      (i32.store offset=4 (local.get $at) (i32.const 900000))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $more (i32.lt_u (local.get $at) (i32.const 865536))))
    (loop $again
      (drop (call $write (i32.const 1) (i32.const 65536) (i32.const 100000) (i32.const 144)))
      (br $again)))

  ;; Waits for one that does not end.
  (func (export "joins_one")
    (drop (call $join (call $start (i32.const 256) (i32.const 1)))))

  (func (export "exits") (call $exit (i32.const 0xfedcba98)))
  (func (export "has_one_exit")
    (drop (call $start (i32.const 256) (i32.const 2)))
    (loop $for_ever (br $for_ever)))
  (func (export "forks") (call $exit (call $fork (i32.const 0) (i32.const 160))))
  ;; As many threads as there may be, none of which ends: exits with how many there are.
  (func (export "starts_many") (local $count i32)
    (i32.store (i32.const 256) (i32.const 65536))
    (i32.store offset=12 (i32.const 256) (i32.const 1))
    (i32.store offset=56 (i32.const 256) (i32.const 4096))
    (loop $more
      (if (call $spawn (i32.const 256) (i32.const 64)) (then (call $exit (local.get $count))))
      (local.set $count (i32.add (local.get $count) (i32.const 1)))
      (br_if $more (i32.lt_u (local.get $count) (i32.const 1000))))
    (call $exit (local.get $count)))

  ;; Exits with the error code: of the name of a host, and of a socket (IPv4, a stream) that
  ;; is to listen on any port, or 200 if it can.
  (func (export "resolves")
    (call $exit (call $resolve (i32.const 128) (i32.const 3) (i32.const 80)
      (i32.const 1024) (i32.const 1) (i32.const 160))))
  (func (export "listens") (local $errno i32)
    (drop (call $socket (i32.const 1) (i32.const 1) (i32.const 6) (i32.const 160)))
    (i32.store8 (i32.const 1024) (i32.const 1))
    (local.set $errno (call $bind (i32.load (i32.const 160)) (i32.const 1024)))
    (call $exit (select (local.get $errno) (i32.const 200) (local.get $errno))))

  (func (export "computes") (loop $for_ever (br $for_ever)))
  (func (export "sleeps") (drop (call $sleep (i64.const 1000000000000))))
  ;; Without a timeout: the tag of the option is 0.
  (func (export "waits") (drop (call $futex (i32.const 0) (i32.const 0) (i32.const 160) (i32.const 192))))
  (func (export "waits_by_itself")
    (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))))
  (func (export "grows") (call $exit (memory.grow (i32.const 8))))
  (func (export "traps") (unreachable)))
