;; A library by the Canonical ABI, with an allocator that counts. What `echo` and `greet`
;; return is freed by their `cabi_post` functions.
(module
  (memory (export "memory") 4)
  (data (i32.const 16) "Hello, ")
  ;; The lists and strings that callers have passed, and that nobody has freed yet.
  (global $live (mut i32) (i32.const 0))
  (global $next (mut i32) (i32.const 1024))
  ;; What the allocator answers instead, if it is not 0: see `misbehave`.
  (global $answer (mut i32) (i32.const 0))

  (func $realloc (export "cabi_realloc") (param $old i32) (param $old_len i32)
    (param $align i32) (param $len i32) (result i32)
    (local $at i32)
    (if (i32.eq (global.get $answer) (i32.const -1)) (then (unreachable)))
    (if (i32.eq (global.get $answer) (i32.const -2)) (then (loop (br 0))))
    (if (i32.eq (global.get $answer) (i32.const -3)) (then (return (i32.const 0))))
    (if (i32.eq (global.get $answer) (i32.const -4))
      (then (drop (memory.grow (i32.const 1)))))
    (if (i32.gt_s (global.get $answer) (i32.const 0)) (then (return (global.get $answer))))
    (global.set $live (i32.add (global.get $live) (i32.const 1)))
    ;; Aligned upwards.
    (local.set $at
      (i32.and
        (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
    (global.set $next (i32.add (local.get $at) (local.get $len)))
    (if (i32.gt_u (global.get $next) (i32.mul (memory.size) (i32.const 65536)))
      (then
        (drop (memory.grow (i32.add (i32.div_u (local.get $len) (i32.const 65536)) (i32.const 1))))))
    (local.get $at))

  (func (export "misbehave") (param i32) (global.set $answer (local.get 0)))

  (func (export "live") (result i32) (global.get $live))

  (func $freed (global.set $live (i32.sub (global.get $live) (i32.const 1))))

  ;; Forgets all that was allocated.
  (func (export "clear") (global.set $next (i32.const 1024)))

  ;; Gives back the pair of a pointer and a length, at address 8.
  (func $pair (param i32 i32) (result i32)
    (i32.store (i32.const 8) (local.get 0))
    (i32.store (i32.const 12) (local.get 1))
    (i32.const 8))

  ;; Any string or list, as it came.
  (func $echo (export "echo") (param i32 i32) (result i32)
    (call $pair (local.get 0) (local.get 1)))
  (func (export "cabi_post_echo") (param i32)
    ;; A list that is empty was not allocated.
    (if (i32.load offset=4 (local.get 0)) (then (call $freed))))
  (export "echo-bytes" (func $echo))
  (export "echo-floats" (func $echo))
  (export "echo-strings" (func $echo))
  (export "echo-tuples" (func $echo))
  (export "echo-options" (func $echo))

  (func (export "greet") (param $name i32) (param $len i32) (result i32)
    (local $text i32)
    (local.set $text
      (call $realloc (i32.const 0) (i32.const 0) (i32.const 1)
        (i32.add (local.get $len) (i32.const 8))))
    (memory.copy (local.get $text) (i32.const 16) (i32.const 7))
    (memory.copy (i32.add (local.get $text) (i32.const 7)) (local.get $name) (local.get $len))
    (i32.store8 (i32.add (i32.add (local.get $text) (i32.const 7)) (local.get $len)) (i32.const 33))
    (if (local.get $len) (then (call $freed)))
    (call $pair (local.get $text) (i32.add (local.get $len) (i32.const 8))))
  (func (export "cabi_post_greet") (param i32) (call $freed))

  ;; A result that is not valid: any pair.
  (func (export "give") (param i32 i32) (result i32) (call $pair (local.get 0) (local.get 1)))

  ;; A pointer to a result that is not valid.
  (func (export "at") (param i32) (result i32) (local.get 0))

  (func (export "post-traps") (result i32) (call $pair (i32.const 16) (i32.const 5)))
  (func (export "cabi_post_post-traps") (param i32) (unreachable))

  ;; result<u32, string>: the half of an even number, or the text at 16.
  (func (export "half") (param i32) (result i32)
    (if (i32.and (local.get 0) (i32.const 1))
      (then
        (i32.store8 (i32.const 48) (i32.const 1))
        (i32.store (i32.const 52) (i32.const 16))
        (i32.store (i32.const 56) (i32.const 5)))
      (else
        (i32.store8 (i32.const 48) (i32.const 0))
        (i32.store (i32.const 52) (i32.shr_u (local.get 0) (i32.const 1)))))
    (i32.const 48))

  ;; The sum of a list of numbers of 64 bits.
  (func (export "sum") (param $at i32) (param $len i32) (result i64)
    (local $sum i64)
    (block
      (loop
        (br_if 1 (i32.eqz (local.get $len)))
        (local.set $sum (i64.add (local.get $sum) (i64.load (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (local.set $len (i32.sub (local.get $len) (i32.const 1)))
        (br 0)))
    (call $freed)
    (local.get $sum))

  ;; Seventeen numbers, which come in memory: the last one, of 16 bits after 16 bytes.
  (func (export "seventeenth") (param i32) (result i32)
    (call $freed)
    (i32.load16_u offset=16 (local.get 0))))
