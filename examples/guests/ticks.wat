;; Prints `tick` ten times a second, for ever.
(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param $fd i32) (param $iovs i32) (param $iovs_len i32) (param $written_out i32)
      (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff"
    (func $poll_oneoff (param $in i32) (param $out i32) (param $count i32) (param $events_out i32)
      (result i32)))
  (memory (export "memory") 1)
  ;; What to write: 5 bytes at 8.
  (data (i32.const 0) "\08\00\00\00\05\00\00\00tick\n")
  ;; What to wait for: the monotonic clock (1), 100,000,000 nanoseconds from now.
  (data (i32.const 32) "\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\01\00\00\00\00\00\00\00")
  (data (i32.const 56) "\00\e1\f5\05\00\00\00\00")

  (func (export "_start")
    (loop $for_ever
      (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))
      (drop (call $poll_oneoff (i32.const 32) (i32.const 128) (i32.const 1) (i32.const 100)))
      (br $for_ever))))
