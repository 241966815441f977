/*
 * Dot products of llama.cpp's quantised rows, for WebAssembly's 128-bit SIMD.
 *
 * wllama's published engine has scalar code here, because its build takes WebAssembly for a processor
 * that llama.cpp has no kernels for. These are three to five times faster. patch.py puts each of them
 * into the engine, in place of the function that it is named after; compile.py makes the .wasm files.
 * They are leaves: they call nothing and use no globals, no stack and no data.
 *
 * The blocks are those of ggml-common.h. Each function adds up x * y over n values and stores the sum
 * in *s. The other arguments belong to the engine's signature and are unused.
 */
#include <stddef.h>
#include <stdint.h>
#include <wasm_simd128.h>

#define KERNEL(name)                                                                                \
  __attribute__((export_name(#name)))                                                               \
  void name(int n, float *s, size_t bs, const uint8_t *x, size_t bx, const uint8_t *y, size_t by, int nrc)
#define INLINE static inline __attribute__((always_inline))
#define LANE(v, i) wasm_i32x4_shuffle(v, v, i, i, i, i)

INLINE uint32_t u32(const uint8_t *at) { return *(const uint32_t *)at; }

/* A constant that stays in a register: LLVM would load it anew in each turn of a loop. */
INLINE v128_t kept(v128_t constant) {
  __asm__("" : "+r"(constant));
  return constant;
}

/* The float32 of four float16, each in the low half of a lane. The high halves do not matter. */
#define HALVES                                                                                      \
  v128_t half_sign = kept(wasm_i32x4_splat(0x80000000)), half_rest = kept(wasm_i32x4_splat(0x0fffe000)), \
         half_scale = kept(wasm_f32x4_splat(0x1p112f))
#define MAGNITUDES(halves)                                                                          \
  wasm_f32x4_mul(wasm_v128_and(wasm_i32x4_shl(halves, 13), half_rest), half_scale)
#define FLOATS(halves)                                                                              \
  wasm_v128_or(MAGNITUDES(halves), wasm_v128_and(wasm_i32x4_shl(halves, 16), half_sign))

INLINE v128_t halves_at(const uint8_t *at, int stride) {
  v128_t halves = wasm_v128_load32_zero(at);
  halves = wasm_v128_load32_lane(at + stride, halves, 1);
  halves = wasm_v128_load32_lane(at + 2 * stride, halves, 2);
  return wasm_v128_load32_lane(at + 3 * stride, halves, 3);
}

INLINE float total(v128_t v) {
  return wasm_f32x4_extract_lane(v, 0) + wasm_f32x4_extract_lane(v, 1) + wasm_f32x4_extract_lane(v, 2) +
         wasm_f32x4_extract_lane(v, 3);
}
INLINE v128_t scaled(v128_t sums, v128_t scale) {
  return wasm_f32x4_mul(wasm_f32x4_convert_i32x4(sums), scale);
}

/* The sum of x * y over 16 bytes, x from 0 to 127, in four lanes. */
INLINE v128_t dot16(v128_t x, const uint8_t *y) {
#ifdef __wasm_relaxed_simd__
  return wasm_i32x4_relaxed_dot_i8x16_i7x16_add(wasm_v128_load(y), x, wasm_i32x4_const_splat(0));
#else
  return wasm_i32x4_add(wasm_i32x4_dot_i16x8(wasm_u16x8_extend_low_u8x16(x), wasm_i16x8_load8x8(y)),
                        wasm_i32x4_dot_i16x8(wasm_u16x8_extend_high_u8x16(x), wasm_i16x8_load8x8(y + 8)));
#endif
}
INLINE v128_t dot32(v128_t first, v128_t second, const uint8_t *y) {
#ifdef __wasm_relaxed_simd__
  return wasm_i32x4_relaxed_dot_i8x16_i7x16_add(wasm_v128_load(y + 16), second, dot16(first, y));
#else
  return wasm_i32x4_add(dot16(first, y), dot16(second, y + 16));
#endif
}
/* The same for x from -128 to 127 - `less`, which is added to x here. */
INLINE v128_t dot32_less(v128_t first, v128_t second, v128_t less, const uint8_t *y) {
#ifdef __wasm_relaxed_simd__
  return wasm_i32x4_sub(dot32(first, second, y), dot32(less, less, y));
#else
  first = wasm_i8x16_sub(first, less), second = wasm_i8x16_sub(second, less);
  v128_t a = wasm_i32x4_dot_i16x8(wasm_i16x8_extend_low_i8x16(first), wasm_i16x8_load8x8(y));
  v128_t b = wasm_i32x4_dot_i16x8(wasm_i16x8_extend_high_i8x16(first), wasm_i16x8_load8x8(y + 8));
  v128_t c = wasm_i32x4_dot_i16x8(wasm_i16x8_extend_low_i8x16(second), wasm_i16x8_load8x8(y + 16));
  v128_t d = wasm_i32x4_dot_i16x8(wasm_i16x8_extend_high_i8x16(second), wasm_i16x8_load8x8(y + 24));
  return wasm_i32x4_add(wasm_i32x4_add(a, b), wasm_i32x4_add(c, d));
#endif
}

/* --- blocks of 32 values: x has a scale at its start; y is q8_0, or q8_1 with the scaled sum of y --- */

typedef struct {
  v128_t nibble, less, bit, low_bytes, high_bytes;
} Constants;
#define low(bytes) wasm_v128_and(bytes, c.nibble)
#define high(bytes) wasm_u8x16_shr(bytes, 4)

/* 16 where a bit is set, else 0; `bytes` says in which byte of the 32 bits each of the 16 is. */
INLINE v128_t fifth(v128_t bits, v128_t bytes, Constants c) {
#ifdef __wasm_relaxed_simd__
  v128_t spread = wasm_i8x16_relaxed_swizzle(bits, bytes);
#else
  v128_t spread = wasm_i8x16_swizzle(bits, bytes);
#endif
  v128_t set = wasm_i8x16_eq(wasm_v128_and(spread, c.bit), c.bit);
  return wasm_v128_and(set, wasm_i8x16_const_splat(16));
}

INLINE v128_t block_q8_0(const uint8_t *x, const uint8_t *y, Constants c) {
#ifdef __wasm_relaxed_simd__
  /* One factor must not be negative, so the sign of y goes to x. y is never -128. */
  v128_t x0 = wasm_v128_load(x + 2), x1 = wasm_v128_load(x + 18), zero = wasm_i32x4_const_splat(0);
  v128_t y0 = wasm_v128_load(y + 2), y1 = wasm_v128_load(y + 18);
  v128_t minus0 = wasm_i8x16_lt(y0, zero), minus1 = wasm_i8x16_lt(y1, zero);
  x0 = wasm_i8x16_sub(wasm_v128_xor(x0, minus0), minus0);
  x1 = wasm_i8x16_sub(wasm_v128_xor(x1, minus1), minus1);
  v128_t sum = wasm_i32x4_relaxed_dot_i8x16_i7x16_add(x0, wasm_i8x16_abs(y0), zero);
  return wasm_i32x4_relaxed_dot_i8x16_i7x16_add(x1, wasm_i8x16_abs(y1), sum);
#else
  v128_t a = wasm_i32x4_dot_i16x8(wasm_i16x8_load8x8(x + 2), wasm_i16x8_load8x8(y + 2));
  v128_t b = wasm_i32x4_dot_i16x8(wasm_i16x8_load8x8(x + 10), wasm_i16x8_load8x8(y + 10));
  v128_t d = wasm_i32x4_dot_i16x8(wasm_i16x8_load8x8(x + 18), wasm_i16x8_load8x8(y + 18));
  v128_t e = wasm_i32x4_dot_i16x8(wasm_i16x8_load8x8(x + 26), wasm_i16x8_load8x8(y + 26));
  return wasm_i32x4_add(wasm_i32x4_add(a, b), wasm_i32x4_add(d, e));
#endif
}
INLINE v128_t block_q4_0(const uint8_t *x, const uint8_t *y, Constants c) {
  v128_t q = wasm_v128_load(x + 2);
  return dot32_less(low(q), high(q), c.less, y + 2);
}
INLINE v128_t block_q5_0(const uint8_t *x, const uint8_t *y, Constants c) {
  v128_t q = wasm_v128_load(x + 6), bits = wasm_v128_load32_splat(x + 2);
  v128_t first = wasm_v128_or(low(q), fifth(bits, c.low_bytes, c));
  v128_t second = wasm_v128_or(high(q), fifth(bits, c.high_bytes, c));
  return dot32_less(first, second, c.less, y + 2);
}
INLINE v128_t block_q4_1(const uint8_t *x, const uint8_t *y, Constants c) {
  v128_t q = wasm_v128_load(x + 4);
  return dot32(low(q), high(q), y + 4);
}
INLINE v128_t block_q5_1(const uint8_t *x, const uint8_t *y, Constants c) {
  v128_t q = wasm_v128_load(x + 8), bits = wasm_v128_load32_splat(x + 4);
  v128_t first = wasm_v128_or(low(q), fifth(bits, c.low_bytes, c));
  v128_t second = wasm_v128_or(high(q), fifth(bits, c.high_bytes, c));
  return dot32(first, second, y + 4);
}

/* XB and YB are the bytes of a block. Four blocks at a time share the conversion of their scales. */
#define BLOCKS_OF_32(NAME, BLOCK, XB, YB, LESS, MINIMUM)                                             \
  KERNEL(NAME) {                                                                                     \
    HALVES;                                                                                          \
    Constants c = {                                                                                  \
        kept(wasm_i8x16_splat(15)), kept(wasm_i8x16_splat(LESS)), kept(wasm_i64x2_splat(0x8040201008040201)), \
        kept(wasm_i8x16_make(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1)),                       \
        kept(wasm_i8x16_make(2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3))};                      \
    v128_t even = wasm_f32x4_const_splat(0), odd = even;                                             \
    int left = n >> 5;                                                                               \
    for (; left >= 4; left -= 4, x += 4 * XB, y += 4 * YB) {                                         \
      v128_t xs = halves_at(x, XB), ys = halves_at(y, YB);                                           \
      v128_t scale = wasm_f32x4_mul(FLOATS(xs), MAGNITUDES(ys));                                     \
      even = wasm_f32x4_add(even, scaled(BLOCK(x, y, c), LANE(scale, 0)));                           \
      odd = wasm_f32x4_add(odd, scaled(BLOCK(x + XB, y + YB, c), LANE(scale, 1)));                   \
      even = wasm_f32x4_add(even, scaled(BLOCK(x + 2 * XB, y + 2 * YB, c), LANE(scale, 2)));         \
      odd = wasm_f32x4_add(odd, scaled(BLOCK(x + 3 * XB, y + 3 * YB, c), LANE(scale, 3)));           \
      if (MINIMUM) {                                                                                 \
        xs = wasm_u32x4_shr(xs, 16), ys = wasm_u32x4_shr(ys, 16);                                    \
        even = wasm_f32x4_add(even, wasm_f32x4_mul(FLOATS(xs), FLOATS(ys)));                         \
      }                                                                                              \
    }                                                                                                \
    for (; left > 0; left--, x += XB, y += YB) {                                                     \
      v128_t xs = wasm_v128_load32_zero(x), ys = wasm_v128_load32_zero(y);                           \
      v128_t scale = wasm_f32x4_mul(FLOATS(xs), MAGNITUDES(ys));                                     \
      even = wasm_f32x4_add(even, scaled(BLOCK(x, y, c), LANE(scale, 0)));                           \
      if (MINIMUM) {                                                                                 \
        xs = wasm_u32x4_shr(xs, 16), ys = wasm_u32x4_shr(ys, 16);                                    \
        even = wasm_f32x4_add(even, wasm_f32x4_mul(FLOATS(xs), FLOATS(ys)));                         \
      }                                                                                              \
    }                                                                                                \
    *s = total(wasm_f32x4_add(even, odd));                                                           \
  }

BLOCKS_OF_32(ggml_vec_dot_q8_0_q8_0, block_q8_0, 34, 34, 0, 0)
BLOCKS_OF_32(ggml_vec_dot_q4_0_q8_0, block_q4_0, 18, 34, 8, 0)
BLOCKS_OF_32(ggml_vec_dot_q5_0_q8_0, block_q5_0, 22, 34, 16, 0)
BLOCKS_OF_32(ggml_vec_dot_q4_1_q8_1, block_q4_1, 20, 36, 0, 1)
BLOCKS_OF_32(ggml_vec_dot_q5_1_q8_1, block_q5_1, 24, 36, 0, 1)

/* --- blocks of 256 values; y is q8_K: a float32, 256 bytes, and the sums of 16 bytes each --- */

#define Y_BYTES 292
#define HALF(at) FLOATS(wasm_v128_load16_splat(at))
INLINE v128_t times(v128_t sums, uint64_t scales, int i) {
  return wasm_i32x4_mul(sums, wasm_i32x4_splat((scales >> 8 * i) & 255));
}

/* The eight 6-bit scales and the eight 6-bit minima of q4_K and q5_K, a byte each. */
INLINE uint64_t scales_of(const uint8_t *at) {
  uint32_t a = u32(at), c = u32(at + 8);
  uint32_t last = (c & 0x0f0f0f0f) | ((a >> 2) & 0x30303030);
  return (uint64_t)last << 32 | (a & 0x3f3f3f3f);
}
INLINE uint64_t minima_of(const uint8_t *at) {
  uint32_t b = u32(at + 4), c = u32(at + 8);
  uint32_t last = ((c >> 4) & 0x0f0f0f0f) | ((b >> 2) & 0x30303030);
  return (uint64_t)last << 32 | (b & 0x3f3f3f3f);
}
/* The sum of minimum * y, for minima of 32 values each. */
INLINE v128_t minima_dot(uint64_t minima, const uint8_t *sums) {
  v128_t m = wasm_u16x8_extend_low_u8x16(wasm_i64x2_splat(minima));
  v128_t first = wasm_i16x8_shuffle(m, m, 0, 0, 1, 1, 2, 2, 3, 3);
  v128_t second = wasm_i16x8_shuffle(m, m, 4, 4, 5, 5, 6, 6, 7, 7);
  return wasm_i32x4_add(wasm_i32x4_dot_i16x8(first, wasm_v128_load(sums)),
                        wasm_i32x4_dot_i16x8(second, wasm_v128_load(sums + 16)));
}

KERNEL(ggml_vec_dot_q4_K_q8_K) {
  HALVES;
  Constants c = {.nibble = kept(wasm_i8x16_splat(15))};
  v128_t acc = wasm_f32x4_splat(0);
  for (int left = n >> 8; left > 0; left--, x += 144, y += Y_BYTES) {
    uint64_t scales = scales_of(x + 4);
    v128_t sum = wasm_i32x4_splat(0);
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++) {
      v128_t a = wasm_v128_load(x + 16 + 32 * i), b = wasm_v128_load(x + 32 + 32 * i);
      sum = wasm_i32x4_add(sum, times(dot32(low(a), low(b), y + 4 + 64 * i), scales, 2 * i));
      sum = wasm_i32x4_add(sum, times(dot32(high(a), high(b), y + 36 + 64 * i), scales, 2 * i + 1));
    }
    v128_t scale = wasm_v128_load32_splat(y);
    v128_t less = scaled(minima_dot(minima_of(x + 4), y + 260), wasm_f32x4_mul(scale, HALF(x + 2)));
    acc = wasm_f32x4_add(acc, wasm_f32x4_sub(scaled(sum, wasm_f32x4_mul(scale, HALF(x))), less));
  }
  *s = total(acc);
}

/* 16 where bit i of a byte is set, else 0. */
INLINE v128_t bit_to_16(v128_t bytes, int i) {
  v128_t bit = wasm_i8x16_splat((int8_t)(1 << i));
  return wasm_v128_and(wasm_i8x16_eq(wasm_v128_and(bytes, bit), bit), wasm_i8x16_splat(16));
}

KERNEL(ggml_vec_dot_q5_K_q8_K) {
  HALVES;
  Constants c = {.nibble = kept(wasm_i8x16_splat(15))};
  v128_t acc = wasm_f32x4_splat(0);
  for (int left = n >> 8; left > 0; left--, x += 176, y += Y_BYTES) {
    uint64_t scales = scales_of(x + 4);
    v128_t sum = wasm_i32x4_splat(0), ha = wasm_v128_load(x + 16), hb = wasm_v128_load(x + 32);
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++) {
      v128_t a = wasm_v128_load(x + 48 + 32 * i), b = wasm_v128_load(x + 64 + 32 * i);
      v128_t la = wasm_v128_or(low(a), bit_to_16(ha, 2 * i)), lb = wasm_v128_or(low(b), bit_to_16(hb, 2 * i));
      sum = wasm_i32x4_add(sum, times(dot32(la, lb, y + 4 + 64 * i), scales, 2 * i));
      la = wasm_v128_or(high(a), bit_to_16(ha, 2 * i + 1));
      lb = wasm_v128_or(high(b), bit_to_16(hb, 2 * i + 1));
      sum = wasm_i32x4_add(sum, times(dot32(la, lb, y + 36 + 64 * i), scales, 2 * i + 1));
    }
    v128_t scale = wasm_v128_load32_splat(y);
    v128_t less = scaled(minima_dot(minima_of(x + 4), y + 260), wasm_f32x4_mul(scale, HALF(x + 2)));
    acc = wasm_f32x4_add(acc, wasm_f32x4_sub(scaled(sum, wasm_f32x4_mul(scale, HALF(x))), less));
  }
  *s = total(acc);
}

/* Bits 2i and 2i + 1 of each byte, as bits 4 and 5. */
INLINE v128_t pair(v128_t bytes, int i) {
  v128_t moved = i == 0 ? wasm_i16x8_shl(bytes, 4) : i == 1 ? wasm_i16x8_shl(bytes, 2) : i == 2 ? bytes : wasm_u16x8_shr(bytes, 2);
  return wasm_v128_and(moved, wasm_i8x16_splat(0x30));
}
INLINE v128_t by_scale(v128_t sums, const uint8_t *scale) {
  return wasm_i32x4_mul(sums, wasm_i32x4_splat(*(const int8_t *)scale));
}

KERNEL(ggml_vec_dot_q6_K_q8_K) {
  HALVES;
  Constants c = {.nibble = kept(wasm_i8x16_splat(15))};
  v128_t acc = wasm_f32x4_splat(0);
  for (int left = n >> 8; left > 0; left--, x += 210, y += Y_BYTES) {
    const uint8_t *scales = x + 192;
    v128_t sum = wasm_i32x4_splat(0);
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++) { /* 16 bytes of each half's four rows of 32 */
      int half = i >> 1, part = i & 1;
      v128_t a = wasm_v128_load(x + 64 * half + 16 * part), b = wasm_v128_load(x + 64 * half + 32 + 16 * part);
      v128_t h = wasm_v128_load(x + 128 + 32 * half + 16 * part);
      const uint8_t *q = y + 4 + 128 * half + 16 * part, *sc = scales + 8 * half + part;
      sum = wasm_i32x4_add(sum, by_scale(dot16(wasm_v128_or(low(a), pair(h, 0)), q), sc));
      sum = wasm_i32x4_add(sum, by_scale(dot16(wasm_v128_or(low(b), pair(h, 1)), q + 32), sc + 2));
      sum = wasm_i32x4_add(sum, by_scale(dot16(wasm_v128_or(high(a), pair(h, 2)), q + 64), sc + 4));
      sum = wasm_i32x4_add(sum, by_scale(dot16(wasm_v128_or(high(b), pair(h, 3)), q + 96), sc + 6));
    }
    /* The values of q6_K are 32 less than their bits. */
    v128_t less = wasm_i32x4_add(wasm_i32x4_dot_i16x8(wasm_i16x8_load8x8(scales), wasm_v128_load(y + 260)),
                                 wasm_i32x4_dot_i16x8(wasm_i16x8_load8x8(scales + 8), wasm_v128_load(y + 276)));
    sum = wasm_i32x4_sub(sum, wasm_i32x4_shl(less, 5));
    acc = wasm_f32x4_add(acc, scaled(sum, wasm_f32x4_mul(wasm_v128_load32_splat(y), HALF(x + 208))));
  }
  *s = total(acc);
}
