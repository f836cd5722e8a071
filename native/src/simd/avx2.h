// Vectors for AVX2 with FMA and F16C: 8 lanes of 32 bits.
#pragma once
#include <immintrin.h>

namespace quire::QUIRE_ISA {

constexpr int LANES = 8;
constexpr const char* ISA_NAME = "avx2";
// The integer dot product requires an unsigned operand: the magnitude of the weight. Its sign is applied to the
// activation.
constexpr bool BIASED_BYTES = false;
constexpr int TILE_TOKENS = 8;
constexpr bool DOT_USES_BITS = true;  // whether Dot<BITS> differs by the number of bits
// The number of panels that are multiplied together by one or two tokens, and of panels and tokens in larger batches.
// Their sums fit in registers; docs/lab-notes.md contains measurements of other numbers.
constexpr int DECODE_PANELS = 4, BATCH_PANELS = 2, BATCH_TOKENS = 4;
constexpr int ATTENTION_SUMS = 8;  // vectors of sums of attention that are in registers at the same time

struct F { __m256 v; };
struct I { __m256i v; };

inline F zero() { return {_mm256_setzero_ps()}; }
inline F set1(float x) { return {_mm256_set1_ps(x)}; }
inline F load(const float* p) { return {_mm256_loadu_ps(p)}; }
inline void store(float* p, F a) { _mm256_storeu_ps(p, a.v); }
inline F loadF16(const uint16_t* p) { return {_mm256_cvtph_ps(_mm_loadu_si128((const __m128i*)p))}; }
inline F loadBf16(const uint16_t* p) {
  return {_mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i*)p)), 16))};
}
inline F loadI8(const int8_t* p) {
  return {_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i*)p)))};
}
inline F loadU8(const uint8_t* p) {
  return {_mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i*)p)))};
}
inline F add(F a, F b) { return {_mm256_add_ps(a.v, b.v)}; }
inline F sub(F a, F b) { return {_mm256_sub_ps(a.v, b.v)}; }
inline F mul(F a, F b) { return {_mm256_mul_ps(a.v, b.v)}; }
inline F div(F a, F b) { return {_mm256_div_ps(a.v, b.v)}; }
inline F max(F a, F b) { return {_mm256_max_ps(a.v, b.v)}; }
inline F fma(F a, F b, F c) { return {_mm256_fmadd_ps(a.v, b.v, c.v)}; }
inline F abs(F a) { return {_mm256_andnot_ps(_mm256_set1_ps(-0.0f), a.v)}; }
inline F roundEven(F a) { return {_mm256_round_ps(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)}; }
inline F floorOf(F a) { return {_mm256_floor_ps(a.v)}; }
inline F toF(I a) { return {_mm256_cvtepi32_ps(a.v)}; }
inline I toI(F a) { return {_mm256_cvttps_epi32(a.v)}; }
inline F bits(I a) { return {_mm256_castsi256_ps(a.v)}; }
inline I bits(F a) { return {_mm256_castps_si256(a.v)}; }
/** Returns the sum of the lanes: the second half of the lanes is added to the first half until one lane is left. */
inline float sumLanes(F a) {
  __m128 four = _mm_add_ps(_mm256_castps256_ps128(a.v), _mm256_extractf128_ps(a.v, 1));
  four = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
}
/** Returns the largest lane. No lane may be NaN. */
inline float maxLanes(F a) {
  __m128 four = _mm_max_ps(_mm256_castps256_ps128(a.v), _mm256_extractf128_ps(a.v, 1));
  four = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(four, _mm_movehdup_ps(four)));
}
using Mask = F;  // all bits of a lane are set, or none
inline Mask noLanes() { return zero(); }
inline Mask either(Mask a, Mask b) { return {_mm256_or_ps(a.v, b.v)}; }
inline bool anyLane(Mask a) { return _mm256_movemask_ps(a.v) != 0; }
inline Mask less(F a, F b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_LT_OQ)}; }
inline Mask isNan(F a) { return {_mm256_cmp_ps(a.v, a.v, _CMP_UNORD_Q)}; }
/** Selects the lane of `a` if this lane is in `mask`, otherwise the lane of `b`. */
inline F choose(Mask mask, F a, F b) { return {_mm256_blendv_ps(b.v, a.v, mask.v)}; }
inline F signOf(F a) { return {_mm256_and_ps(_mm256_set1_ps(-0.0f), a.v)}; }
inline F orBits(F a, F b) { return {_mm256_or_ps(a.v, b.v)}; }

inline I izero() { return {_mm256_setzero_si256()}; }
inline I iset1(int x) { return {_mm256_set1_epi32(x)}; }
inline I iload(const void* p) { return {_mm256_loadu_si256((const __m256i*)p)}; }
inline void istore(void* p, I a) { _mm256_storeu_si256((__m256i*)p, a.v); }
inline I iadd(I a, I b) { return {_mm256_add_epi32(a.v, b.v)}; }
inline I isub(I a, I b) { return {_mm256_sub_epi32(a.v, b.v)}; }
inline I imul(I a, I b) { return {_mm256_mullo_epi32(a.v, b.v)}; }
inline I iand(I a, I b) { return {_mm256_and_si256(a.v, b.v)}; }
inline I ior(I a, I b) { return {_mm256_or_si256(a.v, b.v)}; }
template <int N> inline I shl(I a) { return {_mm256_slli_epi32(a.v, N)}; }
template <int N> inline I shr(I a) { return {_mm256_srli_epi32(a.v, N)}; }
inline I imax(I a, I b) { return {_mm256_max_epi32(a.v, b.v)}; }
template <class Combine> inline int32_t combineLanes(I a, Combine combine) {
  __m128i four = combine(_mm256_castsi256_si128(a.v), _mm256_extracti128_si256(a.v, 1));
  four = combine(four, _mm_shuffle_epi32(four, 0x4e));
  return _mm_cvtsi128_si32(combine(four, _mm_shuffle_epi32(four, 0xb1)));
}
inline int32_t imaxLanes(I a) {
  return combineLanes(a, [](__m128i x, __m128i y) { return _mm_max_epi32(x, y); });
}
inline int32_t isumLanes(I a) {
  return combineLanes(a, [](__m128i x, __m128i y) { return _mm_add_epi32(x, y); });
}
template <int N> inline I sar(I a) { return {_mm256_srai_epi32(a.v, N)}; }
inline I iloadI8(const int8_t* p) { return {_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i*)p))}; }
/** Loads a pair of bytes for every lane, as a pair of 16-bit integers. */
inline I loadPairs(const int8_t* p) { return {_mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i*)p))}; }
/** Returns `sum` plus the products of both 16-bit integers of every lane. */
inline I dotInt16Pairs(I a, I b, I sum) { return {_mm256_add_epi32(_mm256_madd_epi16(a.v, b.v), sum.v)}; }
/** Stores the lowest byte of every lane. */
inline void storeBytes(int8_t* p, I a) {
  const __m256i lowBytes = _mm256_shuffle_epi8(a.v, _mm256_set1_epi32(0x0c080400));
  const __m128i bytes = _mm_unpacklo_epi32(_mm256_castsi256_si128(lowBytes), _mm256_extracti128_si256(lowBytes, 1));
  _mm_storel_epi64((__m128i*)p, bytes);
}
/** Prevents the compiler from optimizing computations with this value, for benchmark loops. */
inline void opaque(I& a) { asm volatile("" : "+x"(a.v)); }
/** Broadcasts four bytes of an activation to every lane. */
inline I bytes4(const int8_t* p) {
  int32_t word;
  __builtin_memcpy(&word, p, 4);
  return {_mm256_set1_epi32(word)};
}

// Sums of the products of four bytes per lane, for unsigned levels of BITS bits. The products with activations from
// -127 to 127 are so small that FLUSH_INTERVAL chunks can be added in 16 bits before the sums are sums32ned to 32 bits.
template <int BITS> struct Dot {
  static constexpr int FLUSH_INTERVAL = BITS == 4 ? 8 : BITS == 5 ? 4 : 2;
  __m256i sums32, sums16;
  inline void start() { sums32 = sums16 = _mm256_setzero_si256(); }
  inline void start(I) { start(); }
  template <int CHUNK> inline void mac(I levels, I x) {
    __m256i product = _mm256_maddubs_epi16(levels.v, x.v);
    sums16 = CHUNK % FLUSH_INTERVAL == 0 ? product : _mm256_add_epi16(sums16, product);
    if constexpr (CHUNK % FLUSH_INTERVAL == FLUSH_INTERVAL - 1) {
      __m256i sum = _mm256_madd_epi16(sums16, _mm256_set1_epi16(1));
      sums32 = CHUNK == FLUSH_INTERVAL - 1 ? sum : _mm256_add_epi32(sums32, sum);
    }
  }
  inline I sum() const { return {sums32}; }
  inline I sum(I value) const { return {_mm256_add_epi32(sums32, value.v)}; }
};

struct SignedLevels { I magnitude, sign; };
template <int C> inline SignedLevels byteLevels(const uint8_t* p) {
  const I levels = iload(p + C * 32);
  return {{_mm256_abs_epi8(levels.v)}, levels};
}
// Signed 8-bit levels.
template <> struct Dot<8> {
  __m256i sums32;
  inline void start() { sums32 = _mm256_setzero_si256(); }
  inline void start(I) { start(); }
  template <int CHUNK> inline void mac(SignedLevels level, I x) {
    __m256i product = _mm256_maddubs_epi16(level.magnitude.v, _mm256_sign_epi8(x.v, level.sign.v));
    __m256i sum = _mm256_madd_epi16(product, _mm256_set1_epi16(1));
    sums32 = CHUNK == 0 ? sum : _mm256_add_epi32(sums32, sum);
  }
  inline I sum() const { return {sums32}; }
  inline I sum(I value) const { return {_mm256_add_epi32(sums32, value.v)}; }
};

}  // namespace quire::QUIRE_ISA
#include "scale-in-two-steps.h"
#include "byte-activations.h"
