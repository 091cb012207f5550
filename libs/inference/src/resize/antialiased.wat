;; The two passes of a separable resize, RGB interleaved bytes. `npm run wasm` turns this into antialiased.wasm.ts, which
;; is committed; antialiased.ts lays out the memory and calls `across` and `down`.
;;
;; Weights are i32, whole 2⁻²². A sum starts at a half, is divided by 2²² rounding down, and is clipped to a byte: what
;; the two narrowing instructions do, which saturate.
(module
  (memory (export "memory") 1)

  ;; One row: mixes neighbouring pixels of it.
  ;; source: address of the row; one byte behind its last pixel is read, and counts for nothing.
  ;; target: where the row goes, three bytes a column, and a fourth after the last is overwritten too.
  ;; columns, end: addresses of the first column and of where the columns end; there is at least one. A column is three
  ;; u32: how many bytes its first pixel lies into the row, the address of its first weight, and where its weights end;
  ;; it has at least one.
  (func (export "across")
    (param $source i32) (param $target i32) (param $columns i32) (param $end i32)
    (local $pixel i32) (local $weight i32) (local $weightsEnd i32)
    (local $sum v128) (local $half v128) (local $channels v128)

    (local.set $half (v128.const i32x4 0x200000 0x200000 0x200000 0x200000))
    ;; bytes r g b -> i32 r g b 0; an index out of range gives 0
    (local.set $channels (v128.const i8x16 0 -1 -1 -1 1 -1 -1 -1 2 -1 -1 -1 -1 -1 -1 -1))

    (loop $column
      (local.set $pixel (i32.add (local.get $source) (i32.load (local.get $columns))))
      (local.set $weight (i32.load offset=4 (local.get $columns)))
      (local.set $weightsEnd (i32.load offset=8 (local.get $columns)))
      (local.set $sum (local.get $half))
      (loop $tap
        (local.set $sum
          (i32x4.add
            (local.get $sum)
            (i32x4.mul
              (v128.load32_splat (local.get $weight))
              (i8x16.swizzle (v128.load32_zero (local.get $pixel)) (local.get $channels)))))
        (local.set $pixel (i32.add (local.get $pixel) (i32.const 3)))
        (local.set $weight (i32.add (local.get $weight) (i32.const 4)))
        (br_if $tap (i32.lt_u (local.get $weight) (local.get $weightsEnd))))
      (local.set $sum (i32x4.shr_s (local.get $sum) (i32.const 22)))
      (local.set $sum (i16x8.narrow_i32x4_s (local.get $sum) (local.get $sum)))
      (v128.store32_lane 0
        (local.get $target)
        (i8x16.narrow_i16x8_u (local.get $sum) (local.get $sum)))
      (local.set $target (i32.add (local.get $target) (i32.const 3)))
      (local.set $columns (i32.add (local.get $columns) (i32.const 12)))
      (br_if $column (i32.lt_u (local.get $columns) (local.get $end)))))

  ;; One row: mixes rows that follow each other in memory.
  ;; rows: address of the first of them. stride: bytes of a row. Up to 15 bytes behind a row are read, and as many
  ;; behind the target are overwritten. target: where the row goes.
  ;; weights, end: addresses of the first row's weight and of where the weights end; there is at least one.
  (func (export "down")
    (param $rows i32) (param $stride i32) (param $target i32) (param $weights i32) (param $end i32)
    (local $row i32) (local $weight i32) (local $rowEnd i32)
    (local $bytes v128) (local $words v128) (local $share v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)

    (local.set $rowEnd (i32.add (local.get $rows) (local.get $stride)))
    (loop $sixteen
      (local.set $row (local.get $rows))
      (local.set $weight (local.get $weights))
      (local.set $a (v128.const i32x4 0x200000 0x200000 0x200000 0x200000))
      (local.set $b (local.get $a))
      (local.set $c (local.get $a))
      (local.set $d (local.get $a))
      (loop $tap
        (local.set $share (v128.load32_splat (local.get $weight)))
        (local.set $bytes (v128.load (local.get $row)))
        (local.set $words (i16x8.extend_low_i8x16_u (local.get $bytes)))
        (local.set $a
          (i32x4.add
            (local.get $a)
            (i32x4.mul (local.get $share) (i32x4.extend_low_i16x8_u (local.get $words)))))
        (local.set $b
          (i32x4.add
            (local.get $b)
            (i32x4.mul (local.get $share) (i32x4.extend_high_i16x8_u (local.get $words)))))
        (local.set $words (i16x8.extend_high_i8x16_u (local.get $bytes)))
        (local.set $c
          (i32x4.add
            (local.get $c)
            (i32x4.mul (local.get $share) (i32x4.extend_low_i16x8_u (local.get $words)))))
        (local.set $d
          (i32x4.add
            (local.get $d)
            (i32x4.mul (local.get $share) (i32x4.extend_high_i16x8_u (local.get $words)))))
        (local.set $row (i32.add (local.get $row) (local.get $stride)))
        (local.set $weight (i32.add (local.get $weight) (i32.const 4)))
        (br_if $tap (i32.lt_u (local.get $weight) (local.get $end))))
      (v128.store
        (local.get $target)
        (i8x16.narrow_i16x8_u
          (i16x8.narrow_i32x4_s
            (i32x4.shr_s (local.get $a) (i32.const 22))
            (i32x4.shr_s (local.get $b) (i32.const 22)))
          (i16x8.narrow_i32x4_s
            (i32x4.shr_s (local.get $c) (i32.const 22))
            (i32x4.shr_s (local.get $d) (i32.const 22)))))
      (local.set $rows (i32.add (local.get $rows) (i32.const 16)))
      (local.set $target (i32.add (local.get $target) (i32.const 16)))
      (br_if $sixteen (i32.lt_u (local.get $rows) (local.get $rowEnd))))))
