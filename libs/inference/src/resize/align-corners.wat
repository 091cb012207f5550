;; One row of a bilinear resize, RGB interleaved bytes. `npm run wasm` turns this into align-corners.wasm.ts, which is
;; committed; align-corners.ts lays out the memory and calls `row`.
;;
;; A column is 8 bytes: u32, how many bytes its left neighbour lies into a row; then the weights of the left and of
;; the right neighbour, i16 each, whole 1/2048, together 2048.
;;
;; The right neighbour's three bytes follow the left one's, so one load of 8 bytes fetches both; so rows need 8 bytes
;; behind them that may be read. Where there is no right neighbour its weight is 0, and whatever is read counts for
;; nothing.
(module
  (memory (export "memory") 1)

  ;; upper, lower: addresses of the two source rows. down: weight of the lower one, whole 1/2048, up to 2048.
  ;; target: where the row goes, three bytes a column, and a fourth after the last is overwritten too.
  ;; columns, end: addresses of the first column and of where the columns end; there is at least one.
  (func (export "row")
    (param $upper i32) (param $lower i32) (param $down i32)
    (param $target i32) (param $columns i32) (param $end i32)
    (local $left i32)
    (local $weights v128) (local $pairs v128)
    (local $upShare v128) (local $downShare v128) (local $half v128) (local $topBytes v128)

    ;; A channel's sum: at most 255 · 2048 (columns) · 2048 (rows) · 4, so below 2³² with the half that rounds it, and
    ;; what is left after division by 2²⁴ is just its top byte. Nothing is rounded before.
    (local.set $downShare (i32x4.splat (i32.shl (local.get $down) (i32.const 2))))
    (local.set $upShare (i32x4.sub (v128.const i32x4 8192 8192 8192 8192) (local.get $downShare)))
    (local.set $half (v128.const i32x4 0x800000 0x800000 0x800000 0x800000))
    (local.set $topBytes (v128.const i8x16 3 7 11 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1))

    ;; bytes r g b R G B -> i16 r R g G b B 0 0; an index out of range gives 0
    (local.set $pairs (v128.const i8x16 0 -1 3 -1 1 -1 4 -1 2 -1 5 -1 -1 -1 -1 -1))

    (loop $column
      (local.set $left (i32.load (local.get $columns)))
      (local.set $weights (v128.load32_splat offset=4 (local.get $columns)))
      (v128.store32_lane 0 (local.get $target)
        (i8x16.swizzle
          (i32x4.add
            (i32x4.add
              (i32x4.mul
                (local.get $upShare)
                (i32x4.dot_i16x8_s
                  (local.get $weights)
                  (i8x16.swizzle
                    (v128.load64_zero (i32.add (local.get $upper) (local.get $left)))
                    (local.get $pairs))))
              (i32x4.mul
                (local.get $downShare)
                (i32x4.dot_i16x8_s
                  (local.get $weights)
                  (i8x16.swizzle
                    (v128.load64_zero (i32.add (local.get $lower) (local.get $left)))
                    (local.get $pairs)))))
            (local.get $half))
          (local.get $topBytes)))
      (local.set $target (i32.add (local.get $target) (i32.const 3)))
      (local.set $columns (i32.add (local.get $columns) (i32.const 8)))
      (br_if $column (i32.lt_u (local.get $columns) (local.get $end))))))
