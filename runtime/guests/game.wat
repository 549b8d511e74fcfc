;; A game whose dice the application rolls.
(module
  (import "env" "roll" (func $roll (param i32) (result i32)))
  (func (export "play") (param $rolls i32) (result i32)
    (local $sum i32)
    (block $done
      (loop $again
        (br_if $done (i32.eqz (local.get $rolls)))
        (local.set $sum
          (i32.add (local.get $sum) (i32.add (call $roll (i32.const 6)) (call $roll (i32.const 6)))))
        (local.set $rolls (i32.sub (local.get $rolls) (i32.const 1)))
        (br $again)))
    (local.get $sum)))
