;; Counts the primes p with from <= p < to and prints the count.
;;
;;     primes FROM TO
;;
;; Both arguments are decimal numbers below 2^32. Anything else ends with a
;; usage message on standard error and exit code 2.
;;
;; It divides by trial, on purpose: the work is all arithmetic, no memory, so
;; that several of these at once show how well calls run in parallel.
(module
  (import "wasi_snapshot_preview1" "args_sizes_get"
    (func $args_sizes_get (param $count_out i32) (param $size_out i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get"
    (func $args_get (param $argv i32) (param $buffer i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param $fd i32) (param $iovs i32) (param $iovs_len i32) (param $written_out i32)
      (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit"
    (func $proc_exit (param $code i32)))

  (memory (export "memory") 2)

  ;; Addresses. The first page holds what has a fixed size; the argument
  ;; strings get the second page to themselves.
  (global $argument_count i32 (i32.const 0))
  (global $argument_bytes i32 (i32.const 4))
  (global $argv i32 (i32.const 8))             ;; three pointers: name, from, to
  (global $iovec i32 (i32.const 32))           ;; pointer and length
  (global $written i32 (i32.const 40))
  (global $digits_end i32 (i32.const 96))      ;; the number is laid out backwards from here
  (global $usage i32 (i32.const 128))
  (global $strings i32 (i32.const 65536))

  (global $usage_length i32 (i32.const 22))
  (data (i32.const 128) "usage: primes FROM TO\n")
  ;; The newline that ends the number stands there from the start.
  (data (i32.const 96) "\n")

  (func $_start (export "_start")
    (local $from i64)
    (local $to i64)
    (call $read_arguments)
    ;; argv[0] is the program's name.
    (local.set $from (call $parse (i32.load offset=4 (global.get $argv))))
    (local.set $to (call $parse (i32.load offset=8 (global.get $argv))))
    (call $print (call $count_primes (local.get $from) (local.get $to))))

  ;; Fetches the arguments, or does not return.
  (func $read_arguments
    (if (call $args_sizes_get (global.get $argument_count) (global.get $argument_bytes))
      (then (call $fail)))
    (if (i32.ne (i32.load (global.get $argument_count)) (i32.const 3))
      (then (call $fail)))
    ;; More than a page of strings cannot be two numbers, and would not fit.
    (if (i32.gt_u (i32.load (global.get $argument_bytes)) (i32.const 65536))
      (then (call $fail)))
    (if (call $args_get (global.get $argv) (global.get $strings))
      (then (call $fail))))

  ;; The value of a NUL-terminated string of decimal digits.
  (func $parse (param $text i32) (result i64)
    (local $digit i32)
    (local $value i64)
    ;; An empty argument is not a number.
    (if (i32.eqz (i32.load8_u (local.get $text)))
      (then (call $fail)))
    (loop $next
      (local.set $digit (i32.sub (i32.load8_u (local.get $text)) (i32.const 48)))
      ;; Unsigned: what lies below '0' has wrapped around to a large number.
      (if (i32.gt_u (local.get $digit) (i32.const 9))
        (then (call $fail)))
      (local.set $value
        (i64.add
          (i64.mul (local.get $value) (i64.const 10))
          (i64.extend_i32_u (local.get $digit))))
      ;; Squares of candidates must stay below 2^64.
      (if (i64.gt_u (local.get $value) (i64.const 0xffff_ffff))
        (then (call $fail)))
      (local.set $text (i32.add (local.get $text) (i32.const 1)))
      (br_if $next (i32.load8_u (local.get $text))))
    (local.get $value))

  (func $count_primes (param $from i64) (param $to i64) (result i64)
    (local $count i64)
    (block $done
      (loop $next
        (br_if $done (i64.ge_u (local.get $from) (local.get $to)))
        (local.set $count
          (i64.add
            (local.get $count)
            (i64.extend_i32_u (call $is_prime (local.get $from)))))
        (local.set $from (i64.add (local.get $from) (i64.const 1)))
        (br $next)))
    (local.get $count))

  (func $is_prime (param $n i64) (result i32)
    (local $divisor i64)
    (if (i64.lt_u (local.get $n) (i64.const 4))
      (then (return (i64.ge_u (local.get $n) (i64.const 2)))))
    (if (i64.eqz (i64.and (local.get $n) (i64.const 1)))
      (then (return (i32.const 0))))
    (local.set $divisor (i64.const 3))
    (loop $next
      (if (i64.gt_u (i64.mul (local.get $divisor) (local.get $divisor)) (local.get $n))
        (then (return (i32.const 1))))
      (if (i64.eqz (i64.rem_u (local.get $n) (local.get $divisor)))
        (then (return (i32.const 0))))
      (local.set $divisor (i64.add (local.get $divisor) (i64.const 2)))
      (br $next))
    (unreachable))

  ;; Writes a number and a newline to standard output.
  (func $print (param $value i64)
    (local $at i32)
    (local.set $at (global.get $digits_end))
    (loop $next
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (i32.store8
        (local.get $at)
        (i32.add
          (i32.const 48)
          (i32.wrap_i64 (i64.rem_u (local.get $value) (i64.const 10)))))
      (local.set $value (i64.div_u (local.get $value) (i64.const 10)))
      (br_if $next (i64.ne (local.get $value) (i64.const 0))))
    (call $write_all
      (i32.const 1)
      (local.get $at)
      ;; One more than the digits: the newline behind them.
      (i32.add (i32.sub (global.get $digits_end) (local.get $at)) (i32.const 1))))

  (func $fail
    (call $write_all (i32.const 2) (global.get $usage) (global.get $usage_length))
    (call $proc_exit (i32.const 2))
    (unreachable))

  ;; fd_write may take fewer bytes than it was given.
  (func $write_all (param $fd i32) (param $text i32) (param $length i32)
    (loop $next
      (i32.store (global.get $iovec) (local.get $text))
      (i32.store offset=4 (global.get $iovec) (local.get $length))
      (if (call $fd_write
            (local.get $fd) (global.get $iovec) (i32.const 1) (global.get $written))
        ;; Nobody is listening; there is nowhere to say so.
        (then (call $proc_exit (i32.const 1))))
      (local.set $text (i32.add (local.get $text) (i32.load (global.get $written))))
      (local.set $length (i32.sub (local.get $length) (i32.load (global.get $written))))
      (br_if $next (local.get $length)))))
