// Vectors for ARM with NEON and its dot products of bytes: 8 lanes of 32 bits in two registers.
#pragma once
#include <arm_neon.h>

namespace quire::QUIRE_ISA {

constexpr int LANES = 8;
constexpr const char* ISA_NAME = "neon";
constexpr bool BIASED_BYTES = false;  // the integer dot product has signed operands
constexpr int TILE_TOKENS = 8;
constexpr bool DOT_USES_BITS = false;  // whether Dot<BITS> differs by the number of bits
// The number of panels that are multiplied together by one or two tokens, and of panels and tokens in larger batches.
// Their sums, in two registers each, fit in 32 registers.
constexpr int DECODE_PANELS = 2, BATCH_PANELS = 1, BATCH_TOKENS = 4;
constexpr int ATTENTION_SUMS = 8;  // vectors of sums of attention that are in registers at the same time

struct F { float32x4_t low, high; };
struct I { int32x4_t low, high; };

inline F zero() { return {vdupq_n_f32(0), vdupq_n_f32(0)}; }
inline F set1(float x) { return {vdupq_n_f32(x), vdupq_n_f32(x)}; }
inline F load(const float* p) { return {vld1q_f32(p), vld1q_f32(p + 4)}; }
inline void store(float* p, F a) { vst1q_f32(p, a.low), vst1q_f32(p + 4, a.high); }
inline F loadF16(const uint16_t* p) {
  return {vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p))), vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p + 4)))};
}
inline F loadBf16(const uint16_t* p) {
  return {vreinterpretq_f32_u32(vshll_n_u16(vld1_u16(p), 16)),
          vreinterpretq_f32_u32(vshll_n_u16(vld1_u16(p + 4), 16))};
}
inline I widen(int16x8_t a) { return {vmovl_s16(vget_low_s16(a)), vmovl_s16(vget_high_s16(a))}; }
inline F toF(I a) { return {vcvtq_f32_s32(a.low), vcvtq_f32_s32(a.high)}; }
inline I toI(F a) { return {vcvtq_s32_f32(a.low), vcvtq_s32_f32(a.high)}; }
inline F loadI8(const int8_t* p) { return toF(widen(vmovl_s8(vld1_s8(p)))); }
inline F loadU8(const uint8_t* p) { return toF(widen(vreinterpretq_s16_u16(vmovl_u8(vld1_u8(p))))); }
inline F add(F a, F b) { return {vaddq_f32(a.low, b.low), vaddq_f32(a.high, b.high)}; }
inline F sub(F a, F b) { return {vsubq_f32(a.low, b.low), vsubq_f32(a.high, b.high)}; }
inline F mul(F a, F b) { return {vmulq_f32(a.low, b.low), vmulq_f32(a.high, b.high)}; }
inline F div(F a, F b) { return {vdivq_f32(a.low, b.low), vdivq_f32(a.high, b.high)}; }
inline F fma(F a, F b, F c) { return {vfmaq_f32(c.low, a.low, b.low), vfmaq_f32(c.high, a.high, b.high)}; }
inline F abs(F a) { return {vabsq_f32(a.low), vabsq_f32(a.high)}; }
inline F roundEven(F a) { return {vrndnq_f32(a.low), vrndnq_f32(a.high)}; }
inline F floorOf(F a) { return {vrndmq_f32(a.low), vrndmq_f32(a.high)}; }
inline F bits(I a) { return {vreinterpretq_f32_s32(a.low), vreinterpretq_f32_s32(a.high)}; }
inline I bits(F a) { return {vreinterpretq_s32_f32(a.low), vreinterpretq_s32_f32(a.high)}; }
/** Returns the sum of the lanes: the second half of the lanes is added to the first half until one lane is left. */
inline float sumLanes(F a) {
  const float32x4_t four = vaddq_f32(a.low, a.high);
  const float32x2_t two = vadd_f32(vget_low_f32(four), vget_high_f32(four));
  return vget_lane_f32(two, 0) + vget_lane_f32(two, 1);
}
/** Returns the largest lane. No lane may be NaN. */
inline float maxLanes(F a) { return vmaxvq_f32(vmaxq_f32(a.low, a.high)); }

struct Mask { uint32x4_t low, high; };  // all bits of a lane are set, or none
inline Mask noLanes() { return {vdupq_n_u32(0), vdupq_n_u32(0)}; }
inline Mask less(F a, F b) { return {vcltq_f32(a.low, b.low), vcltq_f32(a.high, b.high)}; }
inline Mask isNan(F a) { return {vmvnq_u32(vceqq_f32(a.low, a.low)), vmvnq_u32(vceqq_f32(a.high, a.high))}; }
inline Mask either(Mask a, Mask b) { return {vorrq_u32(a.low, b.low), vorrq_u32(a.high, b.high)}; }
inline bool anyLane(Mask a) { return vmaxvq_u32(vorrq_u32(a.low, a.high)) != 0; }
/** Selects the lane of `a` if this lane is in `mask`, otherwise the lane of `b`. */
inline F choose(Mask mask, F a, F b) {
  return {vbslq_f32(mask.low, a.low, b.low), vbslq_f32(mask.high, a.high, b.high)};
}
inline F max(F a, F b) { return choose(less(b, a), a, b); }  // as on x86: `b` if a lane is NaN

inline I izero() { return {vdupq_n_s32(0), vdupq_n_s32(0)}; }
inline I iset1(int x) { return {vdupq_n_s32(x), vdupq_n_s32(x)}; }
inline I iload(const void* p) {
  return {vreinterpretq_s32_u8(vld1q_u8((const uint8_t*)p)), vreinterpretq_s32_u8(vld1q_u8((const uint8_t*)p + 16))};
}
inline void istore(void* p, I a) {
  vst1q_u8((uint8_t*)p, vreinterpretq_u8_s32(a.low)), vst1q_u8((uint8_t*)p + 16, vreinterpretq_u8_s32(a.high));
}
inline I iadd(I a, I b) { return {vaddq_s32(a.low, b.low), vaddq_s32(a.high, b.high)}; }
inline I isub(I a, I b) { return {vsubq_s32(a.low, b.low), vsubq_s32(a.high, b.high)}; }
inline I imul(I a, I b) { return {vmulq_s32(a.low, b.low), vmulq_s32(a.high, b.high)}; }
inline I iand(I a, I b) { return {vandq_s32(a.low, b.low), vandq_s32(a.high, b.high)}; }
inline I ior(I a, I b) { return {vorrq_s32(a.low, b.low), vorrq_s32(a.high, b.high)}; }
inline I imax(I a, I b) { return {vmaxq_s32(a.low, b.low), vmaxq_s32(a.high, b.high)}; }
// The instructions that shift right cannot shift by zero bits.
template <int N> inline I shl(I a) { return {vshlq_n_s32(a.low, N), vshlq_n_s32(a.high, N)}; }
template <int N> inline int32x4_t shiftRight(int32x4_t a) {
  return vreinterpretq_s32_u32(vshrq_n_u32(vreinterpretq_u32_s32(a), N));
}
template <int N> inline I shr(I a) {
  if constexpr (N == 0) return a;
  else return {shiftRight<N>(a.low), shiftRight<N>(a.high)};
}
template <int N> inline I sar(I a) {
  if constexpr (N == 0) return a;
  else return {vshrq_n_s32(a.low, N), vshrq_n_s32(a.high, N)};
}
inline int32_t imaxLanes(I a) { return vmaxvq_s32(vmaxq_s32(a.low, a.high)); }
inline int32_t isumLanes(I a) { return vaddvq_s32(vaddq_s32(a.low, a.high)); }
inline F orBits(F a, F b) { return bits(ior(bits(a), bits(b))); }
inline F signOf(F a) { return bits(iand(bits(a), iset1(INT32_MIN))); }
inline I iloadI8(const int8_t* p) { return widen(vmovl_s8(vld1_s8(p))); }
/** Loads a pair of bytes for every lane, as a pair of 16-bit integers. */
inline I loadPairs(const int8_t* p) {
  const int8x16_t bytes = vld1q_s8(p);
  return {vreinterpretq_s32_s16(vmovl_s8(vget_low_s8(bytes))), vreinterpretq_s32_s16(vmovl_s8(vget_high_s8(bytes)))};
}
inline int32x4_t sumsOfPairs(int32x4_t a, int32x4_t b) {
  const int16x8_t x = vreinterpretq_s16_s32(a), y = vreinterpretq_s16_s32(b);
  return vpaddq_s32(vmull_s16(vget_low_s16(x), vget_low_s16(y)), vmull_s16(vget_high_s16(x), vget_high_s16(y)));
}
/** Returns `sum` plus the products of both 16-bit integers of every lane. */
inline I dotInt16Pairs(I a, I b, I sum) {
  return {vaddq_s32(sum.low, sumsOfPairs(a.low, b.low)), vaddq_s32(sum.high, sumsOfPairs(a.high, b.high))};
}
/** Stores the lowest byte of every lane. */
inline void storeBytes(int8_t* p, I a) {
  vst1_s8(p, vmovn_s16(vcombine_s16(vmovn_s32(a.low), vmovn_s32(a.high))));
}
/** Prevents the compiler from optimizing computations with this value, for benchmark loops. */
inline void opaque(I& a) { asm volatile("" : "+w"(a.low), "+w"(a.high)); }
/** Broadcasts four bytes of an activation to every lane. */
inline I bytes4(const int8_t* p) {
  int32_t word;
  __builtin_memcpy(&word, p, 4);
  return iset1(word);
}

template <int C> inline I byteLevels(const uint8_t* p) { return iload(p + C * 4 * LANES); }

inline int32x4_t dotBytes(int32x4_t sum, int32x4_t levels, int32x4_t x) {
  return vdotq_s32(sum, vreinterpretq_s8_s32(levels), vreinterpretq_s8_s32(x));
}

// Levels of fewer than 8 bits are also signed bytes.
template <int BITS> struct Dot {
  I sums;
  inline void start() { sums = izero(); }
  inline void start(I value) { sums = value; }
  template <int> inline void mac(I levels, I x) {
    sums = {dotBytes(sums.low, levels.low, x.low), dotBytes(sums.high, levels.high, x.high)};
  }
  inline I sum() const { return sums; }
  inline I sum(I) const { return sums; }
};

}  // namespace quire::QUIRE_ISA
#include "scale-in-two-steps.h"
#include "byte-activations.h"
