// The dot products of bf16 pairs that AVX-512 BF16 adds.
#pragma once
#include "avx512.h"

namespace quire::QUIRE_ISA {

/** In each lane sum + the product of the second numbers of two pairs, then + that of the first ones. */
inline F dotPairs(F sum, I a, I b) { return {_mm512_dpbf16_ps(sum.v, (__m512bh)a.v, (__m512bh)b.v)}; }

}  // namespace quire::QUIRE_ISA
