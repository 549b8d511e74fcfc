;; Performs the operations on memories and a table that its standard input tells it to.
;;
;; The input is a sequence of records of 16 bytes, four numbers of 32 bits, little-endian:
;;
;;     op  a  b  n
;;
;;      0, 1   fills n bytes from a on with b: in the first memory, in the second
;;      2      copies n bytes to a from b, within the first memory
;;      3      the same within the second
;;      4      to the first memory from the second
;;      5      to the second from the first
;;      6, 7   n bytes of the data segment from b on go to a: in the first memory, in
;;             the second
;;      8      drops the data segment
;;      9      reads n bytes, which follow in the input, to a in the first memory
;;     10      writes n bytes from a on of the first memory to standard output
;;     11      grows the table by n elements
;;     12      empties n elements of the table from a on
;;     13      copies n elements of the table to a from b
;;     14      n elements of the element segment from b on go to a
;;
;; The interpreter keeps to addresses 0 to 63 of the first memory.
(module
  (import "wasi_snapshot_preview1" "fd_read"
    (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  ;; 5 MiB each.
  (memory (export "memory") 80)
  (memory $second 80)
  (table $table 1000 funcref)
  ;; Not the only one: segments are told apart by their number.
  (data (i32.const 0) "active")
  (data $segment "A data segment that is copied from, of 64 bytes, to the very end")
  (elem (i32.const 0) func $nothing)
  (elem $elements func
    $nothing $nothing $nothing $nothing $nothing $nothing $nothing $nothing
    $nothing $nothing $nothing $nothing $nothing $nothing $nothing $nothing
    $nothing $nothing $nothing $nothing $nothing $nothing $nothing $nothing
    $nothing $nothing $nothing $nothing $nothing $nothing $nothing $nothing
    $nothing $nothing $nothing $nothing $nothing $nothing $nothing $nothing
    $nothing $nothing $nothing $nothing $nothing $nothing $nothing $nothing
    $nothing $nothing $nothing $nothing $nothing $nothing $nothing $nothing
    $nothing $nothing $nothing $nothing $nothing $nothing $nothing $nothing)
  (func $nothing)

  (func (export "_start") (local $a i32) (local $b i32) (local $n i32)
    (loop $next
      (if (i32.ne (call $read (i32.const 0) (i32.const 16)) (i32.const 16)) (then (return)))
      (local.set $a (i32.load (i32.const 4)))
      (local.set $b (i32.load (i32.const 8)))
      (local.set $n (i32.load (i32.const 12)))
      block $14 block $13 block $12 block $11 block $10 block $9 block $8 block $7
      block $6 block $5 block $4 block $3 block $2 block $1 block $0 block $none
        (i32.load (i32.const 0))
        br_table $0 $1 $2 $3 $4 $5 $6 $7 $8 $9 $10 $11 $12 $13 $14 $none
      end $none unreachable
      end $0  (memory.fill 0 (local.get $a) (local.get $b) (local.get $n))                br $next
      end $1  (memory.fill $second (local.get $a) (local.get $b) (local.get $n))          br $next
      end $2  (memory.copy 0 0 (local.get $a) (local.get $b) (local.get $n))              br $next
      end $3  (memory.copy $second $second (local.get $a) (local.get $b) (local.get $n))  br $next
      end $4  (memory.copy 0 $second (local.get $a) (local.get $b) (local.get $n))        br $next
      end $5  (memory.copy $second 0 (local.get $a) (local.get $b) (local.get $n))        br $next
      end $6  (memory.init 0 $segment (local.get $a) (local.get $b) (local.get $n))       br $next
      end $7  (memory.init $second $segment (local.get $a) (local.get $b) (local.get $n)) br $next
      end $8  (data.drop $segment)                                                        br $next
      end $9  (drop (call $read (local.get $a) (local.get $n)))                           br $next
      end $10 (call $write (local.get $a) (local.get $n))                                 br $next
      end $11 (drop (table.grow $table (ref.null func) (local.get $n)))                   br $next
      end $12 (table.fill $table (local.get $a) (ref.null func) (local.get $n))           br $next
      end $13 (table.copy $table $table (local.get $a) (local.get $b) (local.get $n))     br $next
      end $14 (table.init $table $elements (local.get $a) (local.get $b) (local.get $n))  br $next
    ))

  ;; Reads `len` bytes, or what is left of the input; says how many it read.
  (func $read (param $at i32) (param $len i32) (result i32)
    (local $read i32)
    (block $done
      (loop $more
        (br_if $done (i32.eq (local.get $read) (local.get $len)))
        (i32.store (i32.const 32) (i32.add (local.get $at) (local.get $read)))
        (i32.store (i32.const 36) (i32.sub (local.get $len) (local.get $read)))
        (if (call $fd_read (i32.const 0) (i32.const 32) (i32.const 1) (i32.const 40))
          (then (unreachable)))
        (local.set $read (i32.add (local.get $read) (i32.load (i32.const 40))))
        (br_if $more (i32.load (i32.const 40)))))
    (local.get $read))

  (func $write (param $at i32) (param $len i32)
    (i32.store (i32.const 32) (local.get $at))
    (i32.store (i32.const 36) (local.get $len))
    (if (call $fd_write (i32.const 1) (i32.const 32) (i32.const 1) (i32.const 40))
      (then (unreachable)))
    (if (i32.ne (i32.load (i32.const 40)) (local.get $len)) (then (unreachable)))))
