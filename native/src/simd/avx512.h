// Vectors for AVX-512 (F, BW, DQ, VL, VNNI): 16 lanes of 32 bits.
#pragma once
#ifdef QUIRE_EMULATE_AVX512
#include "avx512-emulated.h"
#else
#include <immintrin.h>
#endif

namespace quire::QUIRE_ISA {

constexpr int LANES = 16;
constexpr const char* ISA_NAME = "avx512";
// The integer dot product requires an unsigned operand: signed weights are stored plus 128, and 128 times the sum of
// the activations is subtracted from the result.
constexpr bool BIASED_BYTES = true;
constexpr int TILE_TOKENS = 16;
constexpr bool DOT_USES_BITS = false;  // whether Dot<BITS> differs by the number of bits
// The number of panels that are multiplied together by one or two tokens, and of panels and tokens in larger batches.
// Their sums fit in registers; docs/lab-notes.md contains measurements of other numbers.
#ifdef QUIRE_EMULATE_AVX512
constexpr int DECODE_PANELS = 2, BATCH_PANELS = 2, BATCH_TOKENS = 4;  // compiles in less time
#else
constexpr int DECODE_PANELS = 4, BATCH_PANELS = 2, BATCH_TOKENS = 8;
#endif
constexpr int ATTENTION_SUMS = 16;  // vectors of sums of attention that are in registers at the same time

struct F { __m512 v; };
struct I { __m512i v; };

inline F zero() { return {_mm512_setzero_ps()}; }
inline F set1(float x) { return {_mm512_set1_ps(x)}; }
inline F load(const float* p) { return {_mm512_loadu_ps(p)}; }
inline void store(float* p, F a) { _mm512_storeu_ps(p, a.v); }
inline F loadF16(const uint16_t* p) { return {_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i*)p))}; }
inline F loadBf16(const uint16_t* p) {
  return {_mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i*)p)), 16))};
}
inline F loadI8(const int8_t* p) {
  return {_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i*)p)))};
}
inline F loadU8(const uint8_t* p) {
  return {_mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i*)p)))};
}
inline F add(F a, F b) { return {_mm512_add_ps(a.v, b.v)}; }
inline F sub(F a, F b) { return {_mm512_sub_ps(a.v, b.v)}; }
inline F mul(F a, F b) { return {_mm512_mul_ps(a.v, b.v)}; }
inline F div(F a, F b) { return {_mm512_div_ps(a.v, b.v)}; }
inline F max(F a, F b) { return {_mm512_max_ps(a.v, b.v)}; }
inline F fma(F a, F b, F c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
inline F abs(F a) { return {_mm512_abs_ps(a.v)}; }
inline F roundEven(F a) { return {_mm512_roundscale_ps(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)}; }
inline F floorOf(F a) { return {_mm512_roundscale_ps(a.v, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC)}; }
inline F toF(I a) { return {_mm512_cvtepi32_ps(a.v)}; }
inline I toI(F a) { return {_mm512_cvttps_epi32(a.v)}; }
inline F bits(I a) { return {_mm512_castsi512_ps(a.v)}; }
inline I bits(F a) { return {_mm512_castps_si512(a.v)}; }
/** Returns a * 2^n, rounded once, for integers n. */
inline F scaleByPowerOfTwo(F a, F n) { return {_mm512_scalef_ps(a.v, n.v)}; }
/** Returns the sum of the lanes: the second half of the lanes is added to the first half until one lane is left. */
inline float sumLanes(F a) {
  const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(a.v), _mm512_extractf32x8_ps(a.v, 1));
  __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  four = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
}
/** Returns the largest lane. No lane may be NaN. */
inline float maxLanes(F a) {
  const __m256 eight = _mm256_max_ps(_mm512_castps512_ps256(a.v), _mm512_extractf32x8_ps(a.v, 1));
  __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  four = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(four, _mm_movehdup_ps(four)));
}
struct Mask { __mmask16 v; };  // a bit per lane
inline Mask noLanes() { return {0}; }
inline Mask less(F a, F b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ)}; }
inline Mask isNan(F a) { return {_mm512_cmp_ps_mask(a.v, a.v, _CMP_UNORD_Q)}; }
inline Mask either(Mask a, Mask b) { return {(__mmask16)(a.v | b.v)}; }
inline bool anyLane(Mask a) { return a.v != 0; }
/** Selects the lane of `a` if this lane is in `mask`, otherwise the lane of `b`. */
inline F choose(Mask mask, F a, F b) { return {_mm512_mask_blend_ps(mask.v, b.v, a.v)}; }
inline F signOf(F a) { return {_mm512_and_ps(_mm512_set1_ps(-0.0f), a.v)}; }
inline F orBits(F a, F b) { return {_mm512_or_ps(a.v, b.v)}; }

inline I izero() { return {_mm512_setzero_si512()}; }
inline I iset1(int x) { return {_mm512_set1_epi32(x)}; }
inline I iload(const void* p) { return {_mm512_loadu_si512(p)}; }
inline void istore(void* p, I a) { _mm512_storeu_si512(p, a.v); }
inline I iadd(I a, I b) { return {_mm512_add_epi32(a.v, b.v)}; }
inline I isub(I a, I b) { return {_mm512_sub_epi32(a.v, b.v)}; }
inline I imul(I a, I b) { return {_mm512_mullo_epi32(a.v, b.v)}; }
inline I iand(I a, I b) { return {_mm512_and_si512(a.v, b.v)}; }
inline I ior(I a, I b) { return {_mm512_or_si512(a.v, b.v)}; }
template <int N> inline I shl(I a) { return {_mm512_slli_epi32(a.v, N)}; }
template <int N> inline I shr(I a) { return {_mm512_srli_epi32(a.v, N)}; }
inline I imax(I a, I b) { return {_mm512_max_epi32(a.v, b.v)}; }
inline int32_t imaxLanes(I a) { return _mm512_reduce_max_epi32(a.v); }
inline int32_t isumLanes(I a) { return _mm512_reduce_add_epi32(a.v); }
template <int N> inline I sar(I a) { return {_mm512_srai_epi32(a.v, N)}; }
inline I iloadI8(const int8_t* p) { return {_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i*)p))}; }
/** Loads a pair of bytes for every lane, as a pair of 16-bit integers. */
inline I loadPairs(const int8_t* p) { return {_mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i*)p))}; }
/** Returns `sum` plus the products of both 16-bit integers of every lane. */
inline I dotInt16Pairs(I a, I b, I sum) { return {_mm512_dpwssd_epi32(sum.v, a.v, b.v)}; }
/** Stores the lowest byte of every lane. */
inline void storeBytes(int8_t* p, I a) { _mm_storeu_si128((__m128i*)p, _mm512_cvtepi32_epi8(a.v)); }
/** Prevents the compiler from optimizing computations with this value, for benchmark loops. */
#ifdef QUIRE_EMULATE_AVX512
inline void opaque(I& a) { asm volatile("" : "+m"(a)); }
#else
inline void opaque(I& a) { asm volatile("" : "+v"(a.v)); }
#endif
/** Broadcasts four bytes of an activation to every lane. */
inline I bytes4(const int8_t* p) {
  int32_t word;
  __builtin_memcpy(&word, p, 4);
  return {_mm512_set1_epi32(word)};
}

template <int C> inline I byteLevels(const uint8_t* p) { return iload(p + C * 64); }

template <int BITS> struct Dot {
  __m512i sums32;
  inline void start() { sums32 = _mm512_setzero_si512(); }
  inline void start(I value) { sums32 = value.v; }
  template <int> inline void mac(I levels, I x) { sums32 = _mm512_dpbusd_epi32(sums32, levels.v, x.v); }
  inline I sum() const { return {sums32}; }
  inline I sum(I) const { return {sums32}; }
};

}  // namespace quire::QUIRE_ISA
#include "byte-activations.h"
