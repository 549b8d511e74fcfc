;; Calls functions of the application in a loop.
(module
  (import "env" "next" (func $next (param i32) (result i32)))
  (import "env" "hear" (func $hear (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 8) "the quick brown fox")
  ;; Applies `next` to 0 this many times.
  (func (export "count") (param $times i32) (result i32)
    (local $value i32)
    (loop $again
      (local.set $value (call $next (local.get $value)))
      (local.set $times (i32.sub (local.get $times) (i32.const 1)))
      (br_if $again (local.get $times)))
    (local.get $value))
  (func (export "say") (param $times i32)
    (loop $again
      (call $hear (i32.const 8) (i32.const 19))
      (local.set $times (i32.sub (local.get $times) (i32.const 1)))
      (br_if $again (local.get $times)))))
