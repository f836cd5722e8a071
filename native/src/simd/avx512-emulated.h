// Emulates AVX-512 with AVX2 for tests: includes SIMDe (package libsimde-dev) and defines the functions that SIMDe
// lacks.
#pragma once
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx512.h>

#include <cmath>
#include <cstring>

namespace quire {

template <class Half, class Convert>
inline __m512i convertHalves(Half low, Half high, Convert convert) {
  int32_t lanes[16];
  _mm256_storeu_si256((__m256i*)lanes, convert(low));
  _mm256_storeu_si256((__m256i*)(lanes + 8), convert(high));
  return _mm512_loadu_si512(lanes);
}
inline __m512i fromWords(__m256i words) {
  return convertHalves(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1),
                [](__m128i half) { return _mm256_cvtepu16_epi32(half); });
}
inline __m512 fromHalves(__m256i halves) {
  return _mm512_castsi512_ps(convertHalves(_mm256_castsi256_si128(halves), _mm256_extracti128_si256(halves, 1),
                                    [](__m128i half) { return _mm256_castps_si256(_mm256_cvtph_ps(half)); }));
}
inline __m512i fromBytes(__m128i bytes) {
  return convertHalves(bytes, _mm_srli_si128(bytes, 8), [](__m128i half) { return _mm256_cvtepu8_epi32(half); });
}
inline __m512i fromSignedBytes(__m128i bytes) {
  return convertHalves(bytes, _mm_srli_si128(bytes, 8), [](__m128i half) { return _mm256_cvtepi8_epi32(half); });
}
inline __m512 fromIntegers(__m512i integers) {
  int32_t lanes[16];
  float floats[16];
  _mm512_storeu_si512(lanes, integers);
  for (int i = 0; i < 16; i++) floats[i] = (float)lanes[i];
  return _mm512_loadu_ps(floats);
}

inline __m512i toIntegers(__m512 floats) {
  float from[16];
  int32_t lanes[16];
  _mm512_storeu_ps(from, floats);
  for (int i = 0; i < 16; i++) lanes[i] = _mm_cvttss_si32(_mm_set_ss(from[i]));
  return _mm512_loadu_si512(lanes);
}

inline __m128i lowBytes(__m512i integers) {
  int32_t lanes[16];
  int8_t bytes[16];
  _mm512_storeu_si512(lanes, integers);
  for (int i = 0; i < 16; i++) bytes[i] = (int8_t)lanes[i];
  return _mm_loadu_si128((const __m128i*)bytes);
}

// Returns zero for subnormal numbers, as the processor treats them.
inline float withoutSubnormal(float x) { return __builtin_fabsf(x) < 0x1p-126f ? x * 0.0f : x; }
inline float bf16ToFloat(uint32_t word) {
  const uint32_t shifted = word << 16;
  float x;
  memcpy(&x, &shifted, 4);
  return withoutSubnormal(x);
}
inline __m512 addPairProducts(__m512 sums, __m512i a, __m512i b) {
  float lanes[16];
  uint32_t left[16], right[16];
  _mm512_storeu_ps(lanes, sums);
  _mm512_storeu_si512(left, a);
  _mm512_storeu_si512(right, b);
  for (int i = 0; i < 16; i++) {
    const float secondProduct =
        fmaf(bf16ToFloat(left[i] >> 16), bf16ToFloat(right[i] >> 16), withoutSubnormal(lanes[i]));
    const float sum =
        fmaf(bf16ToFloat(left[i] & 0xffff), bf16ToFloat(right[i] & 0xffff), withoutSubnormal(secondProduct));
    lanes[i] = withoutSubnormal(sum);
  }
  return _mm512_loadu_ps(lanes);
}

inline int32_t maxOfLanes(__m512i integers) {
  int32_t lanes[16];
  _mm512_storeu_si512(lanes, integers);
  int32_t maximum = lanes[0];
  for (int32_t lane : lanes) maximum = lane > maximum ? lane : maximum;
  return maximum;
}
inline int32_t sumOfLanes(__m512i integers) {
  uint32_t lanes[16], sum = 0;
  _mm512_storeu_si512(lanes, integers);
  for (uint32_t lane : lanes) sum += lane;
  return (int32_t)sum;
}
inline __m512i shiftRight(__m512i integers, int bits) {
  int32_t lanes[16];
  _mm512_storeu_si512(lanes, integers);
  for (int32_t& lane : lanes) lane >>= bits;
  return _mm512_loadu_si512(lanes);
}

inline __m256 upperHalf(__m512 floats, int) {
  float lanes[16];
  _mm512_storeu_ps(lanes, floats);
  return _mm256_loadu_ps(lanes + 8);
}
// SIMDe multiplies by 2^n, which is infinite for n = 128, although the result may be finite.
inline __m512 scaleLanes(__m512 floats, __m512 exponents) {
  float lanes[16], n[16];
  _mm512_storeu_ps(lanes, floats);
  _mm512_storeu_ps(n, exponents);
  for (int i = 0; i < 16; i++) lanes[i] = __builtin_fabsf(n[i]) < 1000 ? ldexpf(lanes[i], (int)n[i]) : lanes[i] * n[i];
  return _mm512_loadu_ps(lanes);
}

}  // namespace quire

#undef _mm512_extractf32x8_ps
#define _mm512_extractf32x8_ps upperHalf
#undef _mm512_scalef_ps
#define _mm512_scalef_ps scaleLanes
#undef _mm512_srai_epi32
#define _mm512_srai_epi32 shiftRight
#undef _mm512_reduce_max_epi32
#define _mm512_reduce_max_epi32 maxOfLanes
#undef _mm512_reduce_add_epi32
#define _mm512_reduce_add_epi32 sumOfLanes
#undef _mm512_dpbf16_ps
#define _mm512_dpbf16_ps addPairProducts
#define __m512bh __m512i
#undef _mm512_cvtepi32_epi8
#define _mm512_cvtepi32_epi8 lowBytes
#undef _mm512_cvttps_epi32
#define _mm512_cvttps_epi32 toIntegers
#undef _mm512_cvtph_ps
#define _mm512_cvtph_ps fromHalves
#undef _mm512_cvtepu16_epi32
#define _mm512_cvtepu16_epi32 fromWords
#undef _mm512_cvtepu8_epi32
#define _mm512_cvtepu8_epi32 fromBytes
#undef _mm512_cvtepi8_epi32
#define _mm512_cvtepi8_epi32 fromSignedBytes
#undef _mm512_cvtepi32_ps
#define _mm512_cvtepi32_ps fromIntegers
