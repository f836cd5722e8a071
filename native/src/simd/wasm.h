// Vectors for WebAssembly: 8 lanes of 32 bits in two vectors of 128 bits. All operations have the same results on every
// machine, except the bits of NaN. `fma` is not fused, because WebAssembly has no such instruction with exact results.
//
// With the relaxed instructions of WebAssembly (__wasm_relaxed_simd__), `fma` is fused or not, depending on the processor, and
// levels of fewer than 8 bits are multiplied as bytes, which is exact: no sum exceeds 16 bits.
#pragma once
#include <wasm_simd128.h>

namespace quire::QUIRE_ISA {

constexpr int LANES = 8;
constexpr bool BIASED_BYTES = true;  // unsigned bytes are widened by one instruction
constexpr int TILE_TOKENS = 4;
#if defined(__wasm_relaxed_simd__)
constexpr const char* ISA_NAME = "wasm-relaxed";
constexpr bool DOT_USES_BITS = true;  // whether Dot<BITS> differs by the number of bits
/** size of a quantized activation when it is multiplied with levels of BITS bits */
template <int BITS> constexpr int ACTIVATION_BYTES = BITS == 8 ? 2 : 1;
#else
constexpr const char* ISA_NAME = "wasm";
constexpr bool DOT_USES_BITS = false;
template <int BITS> constexpr int ACTIVATION_BYTES = 2;
#endif
// The number of panels that are multiplied together by one or two tokens, and of panels and tokens in larger batches.
// Their sums fit in 16 registers.
constexpr int DECODE_PANELS = 2, BATCH_PANELS = 1, BATCH_TOKENS = 2;
constexpr int ATTENTION_SUMS = 4;  // vectors of sums of attention that are in registers at the same time

struct F { v128_t low, high; };
struct I { v128_t low, high; };

inline F zero() { return {wasm_f32x4_const_splat(0), wasm_f32x4_const_splat(0)}; }
inline F set1(float x) { return {wasm_f32x4_splat(x), wasm_f32x4_splat(x)}; }
inline F load(const float* p) { return {wasm_v128_load(p), wasm_v128_load(p + 4)}; }
inline void store(float* p, F a) { wasm_v128_store(p, a.low), wasm_v128_store(p + 4, a.high); }
inline v128_t halvesToFloats(v128_t halves) {  // halves as 32-bit integers
  const v128_t sign = wasm_i32x4_shl(wasm_v128_and(halves, wasm_i32x4_const_splat(0x8000)), 16);
  const v128_t magnitude = wasm_i32x4_shl(wasm_v128_and(halves, wasm_i32x4_const_splat(0x7fff)), 13);
  // The exponent is too small by 112. The multiplication corrects the exponent, and is exact for subnormal numbers too.
  const v128_t scaled = wasm_f32x4_mul(magnitude, wasm_f32x4_const_splat(0x1p112f));
  const v128_t isFinite = wasm_i32x4_lt(magnitude, wasm_i32x4_const_splat(0x7c00 << 13));
  const v128_t infiniteOrNan = wasm_v128_or(magnitude, wasm_i32x4_const_splat(0x7f800000));
  return wasm_v128_or(sign, wasm_v128_bitselect(scaled, infiniteOrNan, isFinite));
}
inline F loadF16(const uint16_t* p) {
  const v128_t halves = wasm_v128_load(p);
  return {halvesToFloats(wasm_u32x4_extend_low_u16x8(halves)), halvesToFloats(wasm_u32x4_extend_high_u16x8(halves))};
}
inline F loadBf16(const uint16_t* p) {
  const v128_t halves = wasm_v128_load(p);
  return {wasm_i32x4_shl(wasm_u32x4_extend_low_u16x8(halves), 16),
          wasm_i32x4_shl(wasm_u32x4_extend_high_u16x8(halves), 16)};
}
inline F toF(I a) { return {wasm_f32x4_convert_i32x4(a.low), wasm_f32x4_convert_i32x4(a.high)}; }
inline I toI(F a) { return {wasm_i32x4_trunc_sat_f32x4(a.low), wasm_i32x4_trunc_sat_f32x4(a.high)}; }
inline I iloadI8(const int8_t* p) {
  const v128_t words = wasm_i16x8_load8x8(p);
  return {wasm_i32x4_extend_low_i16x8(words), wasm_i32x4_extend_high_i16x8(words)};
}
inline F loadI8(const int8_t* p) { return toF(iloadI8(p)); }
inline F loadU8(const uint8_t* p) {
  const v128_t words = wasm_u16x8_load8x8(p);
  return toF({wasm_u32x4_extend_low_u16x8(words), wasm_u32x4_extend_high_u16x8(words)});
}
inline F add(F a, F b) { return {wasm_f32x4_add(a.low, b.low), wasm_f32x4_add(a.high, b.high)}; }
inline F sub(F a, F b) { return {wasm_f32x4_sub(a.low, b.low), wasm_f32x4_sub(a.high, b.high)}; }
inline F mul(F a, F b) { return {wasm_f32x4_mul(a.low, b.low), wasm_f32x4_mul(a.high, b.high)}; }
inline F div(F a, F b) { return {wasm_f32x4_div(a.low, b.low), wasm_f32x4_div(a.high, b.high)}; }
inline F max(F a, F b) { return {wasm_f32x4_pmax(b.low, a.low), wasm_f32x4_pmax(b.high, a.high)}; }  // `b` if a lane is NaN
#if defined(__wasm_relaxed_simd__)
typedef float Floats __attribute__((vector_size(16)));
inline v128_t multiplyAdd(v128_t a, v128_t b, v128_t c) {
  return (v128_t)__builtin_wasm_relaxed_madd_f32x4((Floats)a, (Floats)b, (Floats)c);
}
inline F fma(F a, F b, F c) { return {multiplyAdd(a.low, b.low, c.low), multiplyAdd(a.high, b.high, c.high)}; }
#else
inline F fma(F a, F b, F c) { return add(mul(a, b), c); }
#endif
inline F abs(F a) { return {wasm_f32x4_abs(a.low), wasm_f32x4_abs(a.high)}; }
inline F roundEven(F a) { return {wasm_f32x4_nearest(a.low), wasm_f32x4_nearest(a.high)}; }
inline F floorOf(F a) { return {wasm_f32x4_floor(a.low), wasm_f32x4_floor(a.high)}; }
inline F bits(I a) { return {a.low, a.high}; }
inline I bits(F a) { return {a.low, a.high}; }
inline v128_t swapHalves(v128_t a) { return wasm_i32x4_shuffle(a, a, 2, 3, 0, 1); }
inline v128_t swapNeighbours(v128_t a) { return wasm_i32x4_shuffle(a, a, 1, 0, 3, 2); }
/** Returns the sum of the lanes: the second half of the lanes is added to the first half until one lane is left. */
inline float sumLanes(F a) {
  const v128_t four = wasm_f32x4_add(a.low, a.high), two = wasm_f32x4_add(four, swapHalves(four));
  return wasm_f32x4_extract_lane(two, 0) + wasm_f32x4_extract_lane(two, 1);
}
/** Returns the largest lane. No lane may be NaN. */
inline float maxLanes(F a) {
  const v128_t four = wasm_f32x4_pmax(a.low, a.high), two = wasm_f32x4_pmax(four, swapHalves(four));
  return wasm_f32x4_extract_lane(wasm_f32x4_pmax(two, swapNeighbours(two)), 0);
}

using Mask = F;  // all bits of a lane are set, or none
inline Mask noLanes() { return zero(); }
inline Mask either(Mask a, Mask b) { return {wasm_v128_or(a.low, b.low), wasm_v128_or(a.high, b.high)}; }
inline bool anyLane(Mask a) { return wasm_v128_any_true(wasm_v128_or(a.low, a.high)); }
inline Mask less(F a, F b) { return {wasm_f32x4_lt(a.low, b.low), wasm_f32x4_lt(a.high, b.high)}; }
inline Mask isNan(F a) { return {wasm_f32x4_ne(a.low, a.low), wasm_f32x4_ne(a.high, a.high)}; }
/** Selects the lane of `a` if this lane is in `mask`, otherwise the lane of `b`. */
inline F choose(Mask mask, F a, F b) {
  return {wasm_v128_bitselect(a.low, b.low, mask.low), wasm_v128_bitselect(a.high, b.high, mask.high)};
}
inline F orBits(F a, F b) { return {wasm_v128_or(a.low, b.low), wasm_v128_or(a.high, b.high)}; }
inline F signOf(F a) {
  const v128_t sign = wasm_f32x4_const_splat(-0.0f);
  return {wasm_v128_and(a.low, sign), wasm_v128_and(a.high, sign)};
}

inline I izero() { return {wasm_i32x4_const_splat(0), wasm_i32x4_const_splat(0)}; }
inline I iset1(int x) { return {wasm_i32x4_splat(x), wasm_i32x4_splat(x)}; }
inline I iload(const void* p) { return {wasm_v128_load(p), wasm_v128_load((const uint8_t*)p + 16)}; }
inline void istore(void* p, I a) { wasm_v128_store(p, a.low), wasm_v128_store((uint8_t*)p + 16, a.high); }
inline I iadd(I a, I b) { return {wasm_i32x4_add(a.low, b.low), wasm_i32x4_add(a.high, b.high)}; }
inline I isub(I a, I b) { return {wasm_i32x4_sub(a.low, b.low), wasm_i32x4_sub(a.high, b.high)}; }
inline I imul(I a, I b) { return {wasm_i32x4_mul(a.low, b.low), wasm_i32x4_mul(a.high, b.high)}; }
inline I iand(I a, I b) { return {wasm_v128_and(a.low, b.low), wasm_v128_and(a.high, b.high)}; }
inline I ior(I a, I b) { return {wasm_v128_or(a.low, b.low), wasm_v128_or(a.high, b.high)}; }
inline I imax(I a, I b) { return {wasm_i32x4_max(a.low, b.low), wasm_i32x4_max(a.high, b.high)}; }
template <int N> inline I shl(I a) { return {wasm_i32x4_shl(a.low, N), wasm_i32x4_shl(a.high, N)}; }
template <int N> inline I shr(I a) { return {wasm_u32x4_shr(a.low, N), wasm_u32x4_shr(a.high, N)}; }
template <int N> inline I sar(I a) { return {wasm_i32x4_shr(a.low, N), wasm_i32x4_shr(a.high, N)}; }
inline int32_t imaxLanes(I a) {
  const v128_t four = wasm_i32x4_max(a.low, a.high), two = wasm_i32x4_max(four, swapHalves(four));
  return wasm_i32x4_extract_lane(wasm_i32x4_max(two, swapNeighbours(two)), 0);
}
inline int32_t isumLanes(I a) {
  const v128_t four = wasm_i32x4_add(a.low, a.high), two = wasm_i32x4_add(four, swapHalves(four));
  return wasm_i32x4_extract_lane(wasm_i32x4_add(two, swapNeighbours(two)), 0);
}
/** Loads a pair of bytes for every lane, as a pair of 16-bit integers. */
inline I loadPairs(const int8_t* p) { return {wasm_i16x8_load8x8(p), wasm_i16x8_load8x8(p + 8)}; }
/** Returns `sum` plus the products of both 16-bit integers of every lane. */
inline I dotInt16Pairs(I a, I b, I sum) {
  return {wasm_i32x4_add(sum.low, wasm_i32x4_dot_i16x8(a.low, b.low)),
          wasm_i32x4_add(sum.high, wasm_i32x4_dot_i16x8(a.high, b.high))};
}
/** Stores the lowest byte of every lane. */
inline void storeBytes(int8_t* p, I a) {
  wasm_v128_store64_lane(p, wasm_i8x16_shuffle(a.low, a.high, 0, 4, 8, 12, 16, 20, 24, 28, 0, 0, 0, 0, 0, 0, 0, 0), 0);
}
/**
 * Prevents compilers from optimizing computations with this value, for benchmark loops: replaces it by zeros from memory. The
 * engine, which compiles the code again, has no other barrier.
 */
inline void opaque(I& a) {
  static const volatile v128_t zeros[2] = {};
  a = {zeros[0], zeros[1]};
}

// Dot products multiply 16-bit integers. The bytes of a lane are widened to two pairs: the first and the third, the second and
// the fourth. So no byte is moved to another lane.

/** Widens quantized activations: each four of them become two pairs. `count` is a multiple of 32. */
inline void widenActivations(const int8_t* values, size_t count, uint32_t* pairs) {
  for (size_t i = 0; i < count; i += 16) {
    const v128_t bytes = wasm_v128_load(values + i);
    const v128_t first = wasm_i16x8_shr(wasm_i16x8_shl(bytes, 8), 8), second = wasm_i16x8_shr(bytes, 8);
    wasm_v128_store(pairs + i / 2, wasm_i32x4_shuffle(first, second, 0, 4, 1, 5));
    wasm_v128_store(pairs + i / 2 + 4, wasm_i32x4_shuffle(first, second, 2, 6, 3, 7));
  }
}

/**
 * Broadcasts four activations to every lane. The pairs of widened activations are in `low` and in `high`; four bytes are in
 * `low`.
 */
template <int BYTES> inline I broadcastActivations(const int8_t* p) {
  const v128_t low = wasm_v128_load32_splat(p);
  return {low, BYTES == 1 ? low : wasm_v128_load32_splat(p + 4)};
}

template <int C> inline I byteLevels(const uint8_t* p) { return iload(p + C * 4 * LANES); }

// Levels are unsigned bytes.
template <int BITS> struct Dot {
  I sums;
  inline void start() { sums = izero(); }
  inline void start(I value) { sums = value; }
  template <int> inline void mac(I levels, I x) {
    const v128_t bytes = wasm_i16x8_const_splat(0xff);
    sums = dotInt16Pairs({wasm_v128_and(levels.low, bytes), wasm_v128_and(levels.high, bytes)}, {x.low, x.low}, sums);
    sums = dotInt16Pairs({wasm_u16x8_shr(levels.low, 8), wasm_u16x8_shr(levels.high, 8)}, {x.high, x.high}, sums);
  }
  inline I sum() const { return sums; }
  inline I sum(I) const { return sums; }
};

#if defined(__wasm_relaxed_simd__)
typedef signed char Bytes __attribute__((vector_size(16)));
typedef int Words __attribute__((vector_size(16)));

// Levels of fewer than 8 bits. A sum of two products has at most 15 bits.
template <int BITS> requires(BITS < 8) struct Dot<BITS> {
  I sums;
  inline void start() { sums = izero(); }
  inline void start(I value) { sums = value; }
  static inline v128_t dot(v128_t levels, v128_t x, v128_t sum) {
    return (v128_t)__builtin_wasm_relaxed_dot_i8x16_i7x16_add_s_i32x4((Bytes)x, (Bytes)levels, (Words)sum);
  }
  template <int> inline void mac(I levels, I x) {
    sums = {dot(levels.low, x.low, sums.low), dot(levels.high, x.low, sums.high)};
  }
  inline I sum() const { return sums; }
  inline I sum(I) const { return sums; }
};
#endif

}  // namespace quire::QUIRE_ISA
#include "scale-in-two-steps.h"
