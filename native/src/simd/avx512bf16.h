// Dot products of pairs of bf16 numbers, for AVX-512 BF16.
#pragma once
#include "avx512.h"

namespace quire::QUIRE_ISA {

/** Adds the product of the second numbers of each two pairs to `sum`, then the product of the first numbers. */
inline F dotPairs(F sum, I a, I b) { return {_mm512_dpbf16_ps(sum.v, (__m512bh)a.v, (__m512bh)b.v)}; }

}  // namespace quire::QUIRE_ISA
