// Vectors in plain C++ for any processor: 8 lanes. `fma` is not fused, because a fused multiply-add is slow without
// support by the processor.
#pragma once

namespace quire::QUIRE_ISA {

constexpr int LANES = 8;
constexpr const char* ISA_NAME = "plain";
constexpr bool BIASED_BYTES = false;
constexpr int TILE_TOKENS = 4;
constexpr bool DOT_USES_BITS = true;  // whether Dot<BITS> differs by the number of bits
// The number of panels that are multiplied together by one or two tokens, and of panels and tokens in larger batches.
// Their sums fit in registers; docs/lab-notes.md contains measurements of other numbers.
constexpr int DECODE_PANELS = 1, BATCH_PANELS = 1, BATCH_TOKENS = 4;
constexpr int ATTENTION_SUMS = 8;  // vectors of sums of attention that are in registers at the same time

struct F { float v[LANES]; };
struct I { int32_t v[LANES]; };

#define QUIRE_EACH(TYPE, EXPRESSION) \
  TYPE r;                            \
  for (int i = 0; i < LANES; i++) r.v[i] = EXPRESSION; \
  return r

inline float fromBits(uint32_t word) {
  float x;
  __builtin_memcpy(&x, &word, 4);
  return x;
}
inline uint32_t toBits(float x) {
  uint32_t word;
  __builtin_memcpy(&word, &x, 4);
  return word;
}
inline float halfToFloat(uint16_t h) {
  uint32_t sign = (uint32_t)(h & 0x8000) << 16, magnitude = (uint32_t)(h & 0x7fff) << 13;
  if ((h & 0x7c00) == 0x7c00) return fromBits(sign | magnitude | 0x7f800000);
  // The exponent is too small by 112. The multiplication corrects the exponent, and is exact for subnormal numbers too.
  return fromBits(sign | toBits(fromBits(magnitude) * 0x1p112f));
}

inline F zero() { QUIRE_EACH(F, 0.0f); }
inline F set1(float x) { QUIRE_EACH(F, x); }
inline F load(const float* p) { QUIRE_EACH(F, p[i]); }
inline void store(float* p, F a) { for (int i = 0; i < LANES; i++) p[i] = a.v[i]; }
inline F loadF16(const uint16_t* p) { QUIRE_EACH(F, halfToFloat(p[i])); }
inline F loadBf16(const uint16_t* p) { QUIRE_EACH(F, fromBits((uint32_t)p[i] << 16)); }
inline F loadI8(const int8_t* p) { QUIRE_EACH(F, (float)p[i]); }
inline F loadU8(const uint8_t* p) { QUIRE_EACH(F, (float)p[i]); }
inline F add(F a, F b) { QUIRE_EACH(F, a.v[i] + b.v[i]); }
inline F sub(F a, F b) { QUIRE_EACH(F, a.v[i] - b.v[i]); }
inline F mul(F a, F b) { QUIRE_EACH(F, a.v[i] * b.v[i]); }
inline F div(F a, F b) { QUIRE_EACH(F, a.v[i] / b.v[i]); }
inline F max(F a, F b) { QUIRE_EACH(F, a.v[i] > b.v[i] ? a.v[i] : b.v[i]); }
inline F fma(F a, F b, F c) { QUIRE_EACH(F, a.v[i] * b.v[i] + c.v[i]); }
inline F abs(F a) { QUIRE_EACH(F, __builtin_fabsf(a.v[i])); }
inline F roundEven(F a) { QUIRE_EACH(F, __builtin_rintf(a.v[i])); }
inline F floorOf(F a) { QUIRE_EACH(F, __builtin_floorf(a.v[i])); }
inline F toF(I a) { QUIRE_EACH(F, (float)a.v[i]); }
inline I toI(F a) { QUIRE_EACH(I, a.v[i] > -2147483648.0f && a.v[i] < 2147483648.0f ? (int32_t)a.v[i] : INT32_MIN); }
inline F bits(I a) { QUIRE_EACH(F, fromBits((uint32_t)a.v[i])); }
inline I bits(F a) { QUIRE_EACH(I, (int32_t)toBits(a.v[i])); }
/** Returns the sum of the lanes: the second half of the lanes is added to the first half until one lane is left. */
inline float sumLanes(F a) {
  for (int width = LANES / 2; width > 0; width /= 2)
    for (int i = 0; i < width; i++) a.v[i] += a.v[i + width];
  return a.v[0];
}
/** Returns the largest lane. No lane may be NaN. */
inline float maxLanes(F a) {
  for (int i = 1; i < LANES; i++) a.v[0] = a.v[i] > a.v[0] ? a.v[i] : a.v[0];
  return a.v[0];
}
using Mask = F;  // all bits of a lane are set, or none
inline Mask noLanes() { return zero(); }
inline Mask either(Mask a, Mask b) { QUIRE_EACH(F, fromBits(toBits(a.v[i]) | toBits(b.v[i]))); }
inline bool anyLane(Mask a) {
  for (int i = 0; i < LANES; i++)
    if (toBits(a.v[i]) != 0) return true;
  return false;
}
inline Mask less(F a, F b) { QUIRE_EACH(F, fromBits(a.v[i] < b.v[i] ? ~0u : 0u)); }
inline Mask isNan(F a) { QUIRE_EACH(F, fromBits(a.v[i] != a.v[i] ? ~0u : 0u)); }
/** Selects the lane of `a` if this lane is in `mask`, otherwise the lane of `b`. */
inline F choose(Mask mask, F a, F b) { QUIRE_EACH(F, toBits(mask.v[i]) >> 31 ? a.v[i] : b.v[i]); }
inline F signOf(F a) { QUIRE_EACH(F, fromBits(toBits(a.v[i]) & 0x80000000u)); }
inline F orBits(F a, F b) { QUIRE_EACH(F, fromBits(toBits(a.v[i]) | toBits(b.v[i]))); }

inline I izero() { QUIRE_EACH(I, 0); }
inline I iset1(int x) { QUIRE_EACH(I, x); }
inline I iload(const void* p) {
  I r;
  __builtin_memcpy(&r, p, sizeof r);
  return r;
}
inline void istore(void* p, I a) { __builtin_memcpy(p, &a, sizeof a); }
inline I iadd(I a, I b) { QUIRE_EACH(I, (int32_t)((uint32_t)a.v[i] + (uint32_t)b.v[i])); }
inline I isub(I a, I b) { QUIRE_EACH(I, (int32_t)((uint32_t)a.v[i] - (uint32_t)b.v[i])); }
inline I imul(I a, I b) { QUIRE_EACH(I, (int32_t)((uint32_t)a.v[i] * (uint32_t)b.v[i])); }
inline I iand(I a, I b) { QUIRE_EACH(I, a.v[i] & b.v[i]); }
inline I ior(I a, I b) { QUIRE_EACH(I, a.v[i] | b.v[i]); }
template <int N> inline I shl(I a) { QUIRE_EACH(I, (int32_t)((uint32_t)a.v[i] << N)); }
template <int N> inline I shr(I a) { QUIRE_EACH(I, (int32_t)((uint32_t)a.v[i] >> N)); }
inline I imax(I a, I b) { QUIRE_EACH(I, a.v[i] > b.v[i] ? a.v[i] : b.v[i]); }
inline int32_t imaxLanes(I a) {
  for (int i = 1; i < LANES; i++) a.v[0] = a.v[i] > a.v[0] ? a.v[i] : a.v[0];
  return a.v[0];
}
inline int32_t isumLanes(I a) {
  uint32_t sum = 0;
  for (int i = 0; i < LANES; i++) sum += (uint32_t)a.v[i];
  return (int32_t)sum;
}
template <int N> inline I sar(I a) { QUIRE_EACH(I, a.v[i] >> N); }
inline I iloadI8(const int8_t* p) { QUIRE_EACH(I, p[i]); }
inline I loadPairs(const int8_t* p) {
  QUIRE_EACH(I, (int32_t)((uint32_t)p[2 * i] & 0xffff) | (int32_t)((uint32_t)p[2 * i + 1] << 16));
}
inline I dotInt16Pairs(I a, I b, I sum) {
  QUIRE_EACH(I, sum.v[i] + (int16_t)a.v[i] * (int16_t)b.v[i] + (a.v[i] >> 16) * (b.v[i] >> 16));
}
inline void storeBytes(int8_t* p, I a) { for (int i = 0; i < LANES; i++) p[i] = (int8_t)a.v[i]; }
inline void opaque(I& a) { asm volatile("" : "+m"(a)); }
inline I bytes4(const int8_t* p) {
  int32_t word;
  __builtin_memcpy(&word, p, 4);
  return iset1(word);
}

template <int C> inline I byteLevels(const uint8_t* p) { return iload(p + C * 4 * LANES); }

// Computes in floats, because every processor multiplies vectors of floats. The sums of a group are below 2^24 and
// therefore exact.
template <int BITS> struct Dot {
  F sums;
  inline void start() { sums = zero(); }
  inline void start(I) { start(); }
  template <int> inline void mac(I levels, I x) {
    for (int byte = 0; byte < 4; byte++) {
      const float factor = (float)(int8_t)((uint32_t)x.v[0] >> (8 * byte));
      for (int i = 0; i < LANES; i++) {
        const uint32_t level = (uint32_t)levels.v[i] >> (8 * byte);
        sums.v[i] += (float)(BITS == 8 ? (int32_t)(int8_t)level : (int32_t)(level & 255)) * factor;
      }
    }
  }
  inline I sum() const { return toI(sums); }
  inline I sum(I value) const { return iadd(toI(sums), value); }
};

#undef QUIRE_EACH

}  // namespace quire::QUIRE_ISA
#include "scale-in-two-steps.h"
#include "byte-activations.h"
