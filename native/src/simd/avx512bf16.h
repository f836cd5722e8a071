// Dot products of pairs of bf16 numbers, for AVX-512 BF16.
#pragma once
#include "avx512.h"

namespace quire::QUIRE_ISA {

/** Adds the product of the second numbers of each two pairs to `sum`, then the product of the first numbers. */
inline F dotPairs(F sum, I a, I b) {
#if defined(__clang__) && !defined(QUIRE_EMULATE_AVX512)
  // Clang 16 crashes when it compiles the function with a vector whose elements are equal.
  asm("vdpbf16ps %2, %1, %0" : "+v"(sum.v) : "v"(a.v), "v"(b.v));
  return sum;
#else
  return {_mm512_dpbf16_ps(sum.v, (__m512bh)a.v, (__m512bh)b.v)};
#endif
}

}  // namespace quire::QUIRE_ISA
