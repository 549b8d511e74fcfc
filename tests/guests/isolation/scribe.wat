;; Does to its memory what a script on its standard input says, and looks at it first: the
;; guest of the model tests.
;;
;; A script is a sequence of records of 12 bytes, three numbers of 32 bits: what to do, and
;; two arguments.
;;
;;     0         returns
;;     1 n       grows its memory by n pages, if it can
;;     2 a b     stores the byte b at address a
;;     3 a b     fills 4096 bytes from a on with b
;;     4 a       reads the byte at a
;;     6         traps
;;     7 n       exits with n
;;     8         computes for ever
;;     9 a b     exits with 42 if a byte from a to b is not as at first
;;     10 a b    exits with 42 if the byte at a is not b
;;
;; It keeps to the first 4096 bytes. At its start it looks at all of its memory, and at a
;; global.
;;
;; The build makes several modules of this text: PAGES is replaced by how much memory one
;; starts with, MORE by other definitions, and INITIAL by what the eight bytes at $at are at
;; first.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "fd_read"
    (func $read (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") PAGES)
  MORE
  (global $initial (mut i64) (i64.const 7))

  ;; Exits with 42 if a byte from one address to another is not as at first.
  (func $look (param $at i32) (param $end i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (if (i64.ne (i64.load (local.get $at)) INITIAL)
          (then (call $exit (i32.const 42))))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br $next))))

  (func $end (result i32)
    (i32.mul (memory.size) (i32.const 65536)))

  (func (export "_start")
    (local $op i32) (local $a i32) (local $b i32)
    (call $look (i32.const 0) (call $end))
    (if (i64.ne (global.get $initial) (i64.const 7)) (then (call $exit (i32.const 42))))
    (global.set $initial (i64.const 8))
    (loop $next
      ;; A record to 16, by the one buffer that is described at 0.
      (i32.store (i32.const 0) (i32.const 16))
      (i32.store (i32.const 4) (i32.const 12))
      (if (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8))
        (then (unreachable)))
      (if (i32.ne (i32.load (i32.const 8)) (i32.const 12)) (then (return)))
      (local.set $op (i32.load (i32.const 16)))
      (local.set $a (i32.load (i32.const 20)))
      (local.set $b (i32.load (i32.const 24)))
      (if (i32.eqz (local.get $op)) (then (return)))
      (if (i32.eq (local.get $op) (i32.const 1))
        (then (drop (memory.grow (local.get $a)))))
      (if (i32.eq (local.get $op) (i32.const 2))
        (then (i32.store8 (local.get $a) (local.get $b))))
      (if (i32.eq (local.get $op) (i32.const 3))
        (then (memory.fill (local.get $a) (local.get $b) (i32.const 4096))))
      (if (i32.eq (local.get $op) (i32.const 4))
        (then (drop (i32.load8_u (local.get $a)))))
      (if (i32.eq (local.get $op) (i32.const 6)) (then (unreachable)))
      (if (i32.eq (local.get $op) (i32.const 7)) (then (call $exit (local.get $a))))
      (if (i32.eq (local.get $op) (i32.const 8)) (then (loop $ever (br $ever))))
      (if (i32.eq (local.get $op) (i32.const 9))
        (then (call $look (local.get $a) (local.get $b))))
      (if (i32.eq (local.get $op) (i32.const 10))
        (then (if (i32.ne (i32.load8_u (local.get $a)) (local.get $b))
          (then (call $exit (i32.const 42))))))
      (br $next))))
