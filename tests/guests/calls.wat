;; Performs exactly the host calls that a script on its standard input tells it to:
;; the guest of the attack tests and of the fuzzer.
;;
;; A script is a sequence of records of 80 bytes, all numbers little-endian:
;;
;;     u32 op, u32 size, u64 a0 to a8
;;
;;     op        what it does                                     what it answers
;;     0 to 45   calls the function of this number (see the       u32: the result
;;               imports) with as many of a0 to a8 as it takes;
;;               an i32 is the low half of its argument
;;     64 poke   reads the next `size` bytes of the script to     nothing
;;               address a0
;;     65 peek   shows a1 bytes of memory from address a0         these bytes
;;     66 fill   sets a1 bytes from address a0 to the byte a2     nothing
;;     67 quiet  a0 = 1: calls answer nothing; 0: they do again   nothing
;;     68 again  performs the a1 records that follow (at most     for each of them a
;;               64), a0 times; each is a call or op 69           u32: how many of its
;;                                                                results were 0
;;     69 with   only within op 68: the low half of a0 of the     counts as 0
;;        fd     record after it becomes the u32 at address a0
;;     70 grow   grows the memory by a0 pages                     nothing
;;
;; Answers go to standard output. The program returns where the script ends; it
;; exits with
;;
;;     0    where the script ends within the bytes of a poke
;;     101  at an op that is none, or not there, and at more than 64 records in op 68
;;     102  where the script cannot be read, or ends within a record or in op 68
;;     103  where an answer cannot be written
;;
;; and traps where op 66 or 69 leaves the memory.
;;
;; The interpreter keeps to addresses 0 to 8191; all from 8192 up is the script's.
;; A script may overwrite the interpreter's part, too, by a pointer that it gives the
;; host. So nothing is kept there that must still be right after a call: what is
;; performed next may change, and a count, but the interpreter goes on.
;;
;; For snapshot 0, put `wasi_unstable` for the module of the imports and delete
;; every line that ends in `;; snapshot 1 only`; op 42 then exits with 101.
(module
  (;  0 ;) (import "wasi_snapshot_preview1" "args_get"                (func $args_get                (param i32 i32) (result i32)))
  (;  1 ;) (import "wasi_snapshot_preview1" "args_sizes_get"          (func $args_sizes_get          (param i32 i32) (result i32)))
  (;  2 ;) (import "wasi_snapshot_preview1" "environ_get"             (func $environ_get             (param i32 i32) (result i32)))
  (;  3 ;) (import "wasi_snapshot_preview1" "environ_sizes_get"       (func $environ_sizes_get       (param i32 i32) (result i32)))
  (;  4 ;) (import "wasi_snapshot_preview1" "clock_res_get"           (func $clock_res_get           (param i32 i32) (result i32)))
  (;  5 ;) (import "wasi_snapshot_preview1" "clock_time_get"          (func $clock_time_get          (param i32 i64 i32) (result i32)))
  (;  6 ;) (import "wasi_snapshot_preview1" "fd_advise"               (func $fd_advise               (param i32 i64 i64 i32) (result i32)))
  (;  7 ;) (import "wasi_snapshot_preview1" "fd_allocate"             (func $fd_allocate             (param i32 i64 i64) (result i32)))
  (;  8 ;) (import "wasi_snapshot_preview1" "fd_close"                (func $fd_close                (param i32) (result i32)))
  (;  9 ;) (import "wasi_snapshot_preview1" "fd_datasync"             (func $fd_datasync             (param i32) (result i32)))
  (; 10 ;) (import "wasi_snapshot_preview1" "fd_fdstat_get"           (func $fd_fdstat_get           (param i32 i32) (result i32)))
  (; 11 ;) (import "wasi_snapshot_preview1" "fd_fdstat_set_flags"     (func $fd_fdstat_set_flags     (param i32 i32) (result i32)))
  (; 12 ;) (import "wasi_snapshot_preview1" "fd_fdstat_set_rights"    (func $fd_fdstat_set_rights    (param i32 i64 i64) (result i32)))
  (; 13 ;) (import "wasi_snapshot_preview1" "fd_filestat_get"         (func $fd_filestat_get         (param i32 i32) (result i32)))
  (; 14 ;) (import "wasi_snapshot_preview1" "fd_filestat_set_size"    (func $fd_filestat_set_size    (param i32 i64) (result i32)))
  (; 15 ;) (import "wasi_snapshot_preview1" "fd_filestat_set_times"   (func $fd_filestat_set_times   (param i32 i64 i64 i32) (result i32)))
  (; 16 ;) (import "wasi_snapshot_preview1" "fd_pread"                (func $fd_pread                (param i32 i32 i32 i64 i32) (result i32)))
  (; 17 ;) (import "wasi_snapshot_preview1" "fd_prestat_get"          (func $fd_prestat_get          (param i32 i32) (result i32)))
  (; 18 ;) (import "wasi_snapshot_preview1" "fd_prestat_dir_name"     (func $fd_prestat_dir_name     (param i32 i32 i32) (result i32)))
  (; 19 ;) (import "wasi_snapshot_preview1" "fd_pwrite"               (func $fd_pwrite               (param i32 i32 i32 i64 i32) (result i32)))
  (; 20 ;) (import "wasi_snapshot_preview1" "fd_read"                 (func $fd_read                 (param i32 i32 i32 i32) (result i32)))
  (; 21 ;) (import "wasi_snapshot_preview1" "fd_readdir"              (func $fd_readdir              (param i32 i32 i32 i64 i32) (result i32)))
  (; 22 ;) (import "wasi_snapshot_preview1" "fd_renumber"             (func $fd_renumber             (param i32 i32) (result i32)))
  (; 23 ;) (import "wasi_snapshot_preview1" "fd_seek"                 (func $fd_seek                 (param i32 i64 i32 i32) (result i32)))
  (; 24 ;) (import "wasi_snapshot_preview1" "fd_sync"                 (func $fd_sync                 (param i32) (result i32)))
  (; 25 ;) (import "wasi_snapshot_preview1" "fd_tell"                 (func $fd_tell                 (param i32 i32) (result i32)))
  (; 26 ;) (import "wasi_snapshot_preview1" "fd_write"                (func $fd_write                (param i32 i32 i32 i32) (result i32)))
  (; 27 ;) (import "wasi_snapshot_preview1" "path_create_directory"   (func $path_create_directory   (param i32 i32 i32) (result i32)))
  (; 28 ;) (import "wasi_snapshot_preview1" "path_filestat_get"       (func $path_filestat_get       (param i32 i32 i32 i32 i32) (result i32)))
  (; 29 ;) (import "wasi_snapshot_preview1" "path_filestat_set_times" (func $path_filestat_set_times (param i32 i32 i32 i32 i64 i64 i32) (result i32)))
  (; 30 ;) (import "wasi_snapshot_preview1" "path_link"               (func $path_link               (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (; 31 ;) (import "wasi_snapshot_preview1" "path_open"               (func $path_open               (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (; 32 ;) (import "wasi_snapshot_preview1" "path_readlink"           (func $path_readlink           (param i32 i32 i32 i32 i32 i32) (result i32)))
  (; 33 ;) (import "wasi_snapshot_preview1" "path_remove_directory"   (func $path_remove_directory   (param i32 i32 i32) (result i32)))
  (; 34 ;) (import "wasi_snapshot_preview1" "path_rename"             (func $path_rename             (param i32 i32 i32 i32 i32 i32) (result i32)))
  (; 35 ;) (import "wasi_snapshot_preview1" "path_symlink"            (func $path_symlink            (param i32 i32 i32 i32 i32) (result i32)))
  (; 36 ;) (import "wasi_snapshot_preview1" "path_unlink_file"        (func $path_unlink_file        (param i32 i32 i32) (result i32)))
  (; 37 ;) (import "wasi_snapshot_preview1" "poll_oneoff"             (func $poll_oneoff             (param i32 i32 i32 i32) (result i32)))
  (; 38 ;) (import "wasi_snapshot_preview1" "proc_exit"               (func $proc_exit               (param i32)))
  (; 39 ;) (import "wasi_snapshot_preview1" "proc_raise"              (func $proc_raise              (param i32) (result i32)))
  (; 40 ;) (import "wasi_snapshot_preview1" "random_get"              (func $random_get              (param i32 i32) (result i32)))
  (; 41 ;) (import "wasi_snapshot_preview1" "sched_yield"             (func $sched_yield             (result i32)))
  (; 42 ;) (import "wasi_snapshot_preview1" "sock_accept"             (func $sock_accept             (param i32 i32 i32) (result i32)))  ;; snapshot 1 only
  (; 43 ;) (import "wasi_snapshot_preview1" "sock_recv"               (func $sock_recv               (param i32 i32 i32 i32 i32 i32) (result i32)))
  (; 44 ;) (import "wasi_snapshot_preview1" "sock_send"               (func $sock_send               (param i32 i32 i32 i32 i32) (result i32)))
  (; 45 ;) (import "wasi_snapshot_preview1" "sock_shutdown"           (func $sock_shutdown           (param i32 i32) (result i32)))

  ;; Where           What
  ;;    0 to   79    the record that is performed
  ;;  128 to  135    the buffer of a read or a write: address, length
  ;;  136 to  139    how much was read or written
  ;;  140 to  143    the answer of a call
  ;; 1024 to 6143    the records of op 68
  ;; 6144 to 6223    what an op 69 in the last place changes, in vain
  ;; 6400 to 6655    the counts of op 68
  (memory (export "memory") 64)

  (global $record (mut i32) (i32.const 0))  ;; the address of the current record
  (global $quiet  (mut i32) (i32.const 0))

  ;; The arguments of the current record: a0 to a8 as i32, and those as i64 that
  ;; are ever taken as such.
  (func $i0 (result i32) (i32.load offset=8  (global.get $record)))
  (func $i1 (result i32) (i32.load offset=16 (global.get $record)))
  (func $i2 (result i32) (i32.load offset=24 (global.get $record)))
  (func $i3 (result i32) (i32.load offset=32 (global.get $record)))
  (func $i4 (result i32) (i32.load offset=40 (global.get $record)))
  (func $i5 (result i32) (i32.load offset=48 (global.get $record)))
  (func $i6 (result i32) (i32.load offset=56 (global.get $record)))
  (func $i7 (result i32) (i32.load offset=64 (global.get $record)))
  (func $i8 (result i32) (i32.load offset=72 (global.get $record)))
  (func $l0 (result i64) (i64.load offset=8  (global.get $record)))
  (func $l1 (result i64) (i64.load offset=16 (global.get $record)))
  (func $l2 (result i64) (i64.load offset=24 (global.get $record)))
  (func $l3 (result i64) (i64.load offset=32 (global.get $record)))
  (func $l4 (result i64) (i64.load offset=40 (global.get $record)))
  (func $l5 (result i64) (i64.load offset=48 (global.get $record)))
  (func $l6 (result i64) (i64.load offset=56 (global.get $record)))

  (func (export "_start")
    (local $len i32)
    loop $next
      (global.set $record (i32.const 0))
      (local.set $len (call $read (i32.const 0) (i32.const 80)))
      (if (i32.eqz (local.get $len)) (then return))
      (if (i32.ne (local.get $len) (i32.const 80)) (then (call $fail (i32.const 102))))

      block $call block $grow block $again block $quiet block $fill block $peek block $poke
        ;; A number below 64 wraps around, to the last of the table.
        (i32.sub (i32.load (global.get $record)) (i32.const 64))
        br_table $poke $peek $fill $quiet $again $call $grow $call
      end $poke   (call $poke (call $i0) (i32.load offset=4 (global.get $record)))  br $next
      end $peek   (call $write (call $i0) (call $i1))                               br $next
      end $fill   (memory.fill (call $i0) (call $i2) (call $i1))                    br $next
      end $quiet  (global.set $quiet (call $i0))                                    br $next
      end $again  (call $again (call $l0) (call $i1))                               br $next
      end $grow   (drop (memory.grow (call $i0)))                                   br $next
      end $call   (call $answer (call $call))                                       br $next
    end)

  (func $poke (param $at i32) (param $len i32)
    (if (i32.ne (call $read (local.get $at) (local.get $len)) (local.get $len))
      (then (call $fail (i32.const 0)))))

  (func $answer (param $result i32)
    (if (global.get $quiet) (then return))
    (i32.store (i32.const 140) (local.get $result))
    (call $write (i32.const 140) (i32.const 4)))

  (func $again (param $rounds i64) (param $records i32)
    (local $size i32) (local $end i32) (local $count i32)
    (if (i32.gt_u (local.get $records) (i32.const 64)) (then (call $fail (i32.const 101))))
    ;; Nothing, very often, would still take forever.
    (if (i32.eqz (local.get $records)) (then return))
    (local.set $size (i32.mul (local.get $records) (i32.const 80)))
    (if (i32.ne (call $read (i32.const 1024) (local.get $size)) (local.get $size))
      (then (call $fail (i32.const 102))))
    (local.set $end (i32.add (i32.const 1024) (local.get $size)))
    (memory.fill (i32.const 6400) (i32.const 0) (i32.const 256))

    block $done
      loop $round
        (br_if $done (i64.eqz (local.get $rounds)))
        (local.set $rounds (i64.sub (local.get $rounds) (i64.const 1)))
        (global.set $record (i32.const 1024))
        (local.set $count   (i32.const 6400))
        loop $each
          (br_if $round (i32.eq (global.get $record) (local.get $end)))
          (if (i32.eq (i32.load (global.get $record)) (i32.const 69))
            ;; 88: a0 is at 8, and the record after it 80 on.
            (then (i32.store offset=88 (global.get $record) (i32.load (call $i0))))
            (else
              (if (i32.eqz (call $call))
                (then
                  (i32.store (local.get $count)
                    (i32.add (i32.load (local.get $count)) (i32.const 1)))))))
          (global.set $record (i32.add (global.get $record) (i32.const 80)))
          (local.set $count   (i32.add (local.get $count)   (i32.const 4)))
          br $each
        end
      end
    end
    (call $write (i32.const 6400) (i32.mul (local.get $records) (i32.const 4))))

  ;; Reads `len` bytes of the script, or what is left of it; says how many it read.
  (func $read (param $at i32) (param $len i32) (result i32)
    (local $read i32)
    block $done
      loop $more
        (br_if $done (i32.eq (local.get $read) (local.get $len)))
        (i32.store (i32.const 128) (i32.add (local.get $at) (local.get $read)))
        (i32.store (i32.const 132) (i32.sub (local.get $len) (local.get $read)))
        (if (call $fd_read (i32.const 0) (i32.const 128) (i32.const 1) (i32.const 136))
          (then (call $fail (i32.const 102))))
        (local.set $read (i32.add (local.get $read) (i32.load (i32.const 136))))
        (br_if $more (i32.load (i32.const 136)))
      end
    end
    (local.get $read))

  (func $write (param $at i32) (param $len i32)
    (local $written i32)
    loop $more
      (if (i32.eq (local.get $written) (local.get $len)) (then return))
      (i32.store (i32.const 128) (i32.add (local.get $at) (local.get $written)))
      (i32.store (i32.const 132) (i32.sub (local.get $len) (local.get $written)))
      (if (call $fd_write (i32.const 1) (i32.const 128) (i32.const 1) (i32.const 136))
        (then (call $fail (i32.const 103))))
      (local.set $written (i32.add (local.get $written) (i32.load (i32.const 136))))
      ;; An output that takes nothing would be tried forever.
      (br_if $more (i32.load (i32.const 136)))
    end
    (call $fail (i32.const 103)))

  (func $fail (param $status i32)
    (call $proc_exit (local.get $status))
    unreachable)

  ;; Performs the call of the current record. The blocks are opened in reverse: the
  ;; one within all others is the first to end.
  (func $call (result i32)
    block $unknown
    block $sock_accept
    block $sock_shutdown block $sock_send block $sock_recv block $sched_yield block $random_get
    block $proc_raise block $proc_exit block $poll_oneoff block $path_unlink_file block $path_symlink
    block $path_rename block $path_remove_directory block $path_readlink block $path_open block $path_link
    block $path_filestat_set_times block $path_filestat_get block $path_create_directory block $fd_write block $fd_tell
    block $fd_sync block $fd_seek block $fd_renumber block $fd_readdir block $fd_read
    block $fd_pwrite block $fd_prestat_dir_name block $fd_prestat_get block $fd_pread block $fd_filestat_set_times
    block $fd_filestat_set_size block $fd_filestat_get block $fd_fdstat_set_rights block $fd_fdstat_set_flags block $fd_fdstat_get
    block $fd_datasync block $fd_close block $fd_allocate block $fd_advise block $clock_time_get
    block $clock_res_get block $environ_sizes_get block $environ_get block $args_sizes_get block $args_get
      (i32.load (global.get $record))
      br_table
      $args_get $args_sizes_get $environ_get $environ_sizes_get $clock_res_get                          ;; 0 to 4
      $clock_time_get $fd_advise $fd_allocate $fd_close $fd_datasync                                    ;; 5 to 9
      $fd_fdstat_get $fd_fdstat_set_flags $fd_fdstat_set_rights $fd_filestat_get $fd_filestat_set_size  ;; 10 to 14
      $fd_filestat_set_times $fd_pread $fd_prestat_get $fd_prestat_dir_name $fd_pwrite                  ;; 15 to 19
      $fd_read $fd_readdir $fd_renumber $fd_seek $fd_sync                                               ;; 20 to 24
      $fd_tell $fd_write $path_create_directory $path_filestat_get $path_filestat_set_times             ;; 25 to 29
      $path_link $path_open $path_readlink $path_remove_directory $path_rename                          ;; 30 to 34
      $path_symlink $path_unlink_file $poll_oneoff $proc_exit $proc_raise                               ;; 35 to 39
      $random_get $sched_yield $sock_accept $sock_recv $sock_send                                       ;; 40 to 44
      $sock_shutdown                                                                                    ;; 45
      $unknown
    end $args_get                (return (call $args_get (call $i0) (call $i1)))
    end $args_sizes_get          (return (call $args_sizes_get (call $i0) (call $i1)))
    end $environ_get             (return (call $environ_get (call $i0) (call $i1)))
    end $environ_sizes_get       (return (call $environ_sizes_get (call $i0) (call $i1)))
    end $clock_res_get           (return (call $clock_res_get (call $i0) (call $i1)))
    end $clock_time_get          (return (call $clock_time_get (call $i0) (call $l1) (call $i2)))
    end $fd_advise               (return (call $fd_advise (call $i0) (call $l1) (call $l2) (call $i3)))
    end $fd_allocate             (return (call $fd_allocate (call $i0) (call $l1) (call $l2)))
    end $fd_close                (return (call $fd_close (call $i0)))
    end $fd_datasync             (return (call $fd_datasync (call $i0)))
    end $fd_fdstat_get           (return (call $fd_fdstat_get (call $i0) (call $i1)))
    end $fd_fdstat_set_flags     (return (call $fd_fdstat_set_flags (call $i0) (call $i1)))
    end $fd_fdstat_set_rights    (return (call $fd_fdstat_set_rights (call $i0) (call $l1) (call $l2)))
    end $fd_filestat_get         (return (call $fd_filestat_get (call $i0) (call $i1)))
    end $fd_filestat_set_size    (return (call $fd_filestat_set_size (call $i0) (call $l1)))
    end $fd_filestat_set_times   (return (call $fd_filestat_set_times (call $i0) (call $l1) (call $l2) (call $i3)))
    end $fd_pread                (return (call $fd_pread (call $i0) (call $i1) (call $i2) (call $l3) (call $i4)))
    end $fd_prestat_get          (return (call $fd_prestat_get (call $i0) (call $i1)))
    end $fd_prestat_dir_name     (return (call $fd_prestat_dir_name (call $i0) (call $i1) (call $i2)))
    end $fd_pwrite               (return (call $fd_pwrite (call $i0) (call $i1) (call $i2) (call $l3) (call $i4)))
    end $fd_read                 (return (call $fd_read (call $i0) (call $i1) (call $i2) (call $i3)))
    end $fd_readdir              (return (call $fd_readdir (call $i0) (call $i1) (call $i2) (call $l3) (call $i4)))
    end $fd_renumber             (return (call $fd_renumber (call $i0) (call $i1)))
    end $fd_seek                 (return (call $fd_seek (call $i0) (call $l1) (call $i2) (call $i3)))
    end $fd_sync                 (return (call $fd_sync (call $i0)))
    end $fd_tell                 (return (call $fd_tell (call $i0) (call $i1)))
    end $fd_write                (return (call $fd_write (call $i0) (call $i1) (call $i2) (call $i3)))
    end $path_create_directory   (return (call $path_create_directory (call $i0) (call $i1) (call $i2)))
    end $path_filestat_get       (return (call $path_filestat_get (call $i0) (call $i1) (call $i2) (call $i3) (call $i4)))
    end $path_filestat_set_times (return (call $path_filestat_set_times (call $i0) (call $i1) (call $i2) (call $i3) (call $l4) (call $l5) (call $i6)))
    end $path_link               (return (call $path_link (call $i0) (call $i1) (call $i2) (call $i3) (call $i4) (call $i5) (call $i6)))
    end $path_open               (return (call $path_open (call $i0) (call $i1) (call $i2) (call $i3) (call $i4) (call $l5) (call $l6) (call $i7) (call $i8)))
    end $path_readlink           (return (call $path_readlink (call $i0) (call $i1) (call $i2) (call $i3) (call $i4) (call $i5)))
    end $path_remove_directory   (return (call $path_remove_directory (call $i0) (call $i1) (call $i2)))
    end $path_rename             (return (call $path_rename (call $i0) (call $i1) (call $i2) (call $i3) (call $i4) (call $i5)))
    end $path_symlink            (return (call $path_symlink (call $i0) (call $i1) (call $i2) (call $i3) (call $i4)))
    end $path_unlink_file        (return (call $path_unlink_file (call $i0) (call $i1) (call $i2)))
    end $poll_oneoff             (return (call $poll_oneoff (call $i0) (call $i1) (call $i2) (call $i3)))
    end $proc_exit               (call $proc_exit (call $i0)) unreachable
    end $proc_raise              (return (call $proc_raise (call $i0)))
    end $random_get              (return (call $random_get (call $i0) (call $i1)))
    end $sched_yield             (return (call $sched_yield))
    end $sock_recv               (return (call $sock_recv (call $i0) (call $i1) (call $i2) (call $i3) (call $i4) (call $i5)))
    end $sock_send               (return (call $sock_send (call $i0) (call $i1) (call $i2) (call $i3) (call $i4)))
    end $sock_shutdown           (return (call $sock_shutdown (call $i0) (call $i1)))
    ;; Out of order, so that op 42 is unknown where its case is deleted.
    end $sock_accept
      (return (call $sock_accept (call $i0) (call $i1) (call $i2)))  ;; snapshot 1 only
    end $unknown
    (call $fail (i32.const 101))
    unreachable))
