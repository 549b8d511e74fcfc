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
;;     5         exits with 42 if a byte from 4096 on is not zero
;;     6         traps
;;     7 n       exits with n
;;     8         computes for ever
;;
;; It keeps to the first 4096 bytes, of which it looks at all at its start.
;;
;; The build makes several modules of this text: PAGES is replaced by how much memory one
;; starts with, and MORE by other definitions.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "fd_read"
    (func $read (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") PAGES)
  MORE

  ;; Exits with 42 if a byte from one address to another is not zero.
  (func $look (param $at i32) (param $end i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (if (i64.ne (i64.load (local.get $at)) (i64.const 0))
          (then (call $exit (i32.const 42))))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br $next))))

  (func $end (result i32)
    (i32.mul (memory.size) (i32.const 65536)))

  (func (export "_start")
    (local $op i32) (local $a i32) (local $b i32)
    (call $look (i32.const 0) (call $end))
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
      (if (i32.eq (local.get $op) (i32.const 5))
        (then (call $look (i32.const 4096) (call $end))))
      (if (i32.eq (local.get $op) (i32.const 6)) (then (unreachable)))
      (if (i32.eq (local.get $op) (i32.const 7)) (then (call $exit (local.get $a))))
      (if (i32.eq (local.get $op) (i32.const 8)) (then (loop $ever (br $ever))))
      (br $next))))
