// Linear layers with BF16 weights on processors that multiply pairs of bf16 elements. Activations are rounded to bf16.
// Each output is summed in one lane, over the pairs of columns in ascending order. The result therefore does not depend
// on the number of tokens or threads. A panel is [(columns + 1) / 2][LANES][2]; an odd number of columns is padded with
// a zero.
#pragma once

namespace quire::QUIRE_ISA {

inline uint32_t roundToBf16(float x) {  // rounds to nearest, ties to even
  uint32_t word;
  __builtin_memcpy(&word, &x, 4);
  const uint32_t nearest = (word + 0x7fff + (word >> 16 & 1)) >> 16;
  return (word & 0x7fffffff) > 0x7f800000 ? 0x7fc0 : nearest;
}

inline void roundRow(const float* x, int columns, uint32_t* pairs) {
  for (int i = 0; i < columns / 2; i++) pairs[i] = roundToBf16(x[2 * i]) | roundToBf16(x[2 * i + 1]) << 16;
  if (columns % 2 == 1) pairs[columns / 2] = roundToBf16(x[columns - 1]);
}

constexpr size_t PREFETCHED_PAIRS = 32;  // prefetch distance

// Computes the outputs of R panels for N tokens.
template <int N, int R>
inline void computePairTile(const LinearJob& job, int token, int panel) {
  const size_t pairCount = ((size_t)job.columns + 1) / 2;
  const uint8_t* w = job.weights + (size_t)panel * job.panelBytes;
  const uint32_t* x = job.converted + (size_t)token * pairCount;
  F sums[N * R];
  unroll<N * R>([&](auto i) QUIRE_INLINE { sums[i] = zero(); });
  for (size_t k = 0; k < pairCount; k++, w += 4 * LANES) {
    I weights[R];
    unroll<R>([&](auto r) QUIRE_INLINE {
      if constexpr (N < 8) prefetch(w + r * job.panelBytes + PREFETCHED_PAIRS * 4 * LANES);
      weights[r] = iload(w + r * job.panelBytes);
    });
    unroll<N>([&](auto n) QUIRE_INLINE {
      const I value = iset1((int)x[n * pairCount + k]);
      unroll<R>([&](auto r) QUIRE_INLINE { sums[n * R + r] = dotPairs(sums[n * R + r], weights[r], value); });
    });
  }
  unroll<N * R>([&](auto i) QUIRE_INLINE { storeOutputs(job, token + i / R, panel + i % R, sums[i]); });
}

// Computes the outputs of R panels for all tokens.
template <int R>
inline void computePairPanels(const LinearJob& job, int panel) {
  int token = 0;
  if constexpr (R <= 2)  // the sums fit in registers
    for (; token + 8 <= job.tokens; token += 8) computePairTile<8, R>(job, token, panel);
  for (; token + 2 <= job.tokens; token += 2) computePairTile<2, R>(job, token, panel);
  for (; token < job.tokens; token++) computePairTile<1, R>(job, token, panel);
}

/**
 * Computes panels `panel` to `panelTo - 1`. Every thread rounds all activations at its first call, which takes little time
 * compared with the multiplication.
 */
void bf16Linear(const LinearJob& job, int panel, int panelTo) {
  if (panel == panelTo) return;
  const size_t pairCount = ((size_t)job.columns + 1) / 2;
  for (int token = 0; token < job.tokens && !job.isConverted; token++)
    roundRow(job.x + (size_t)token * (size_t)job.columns, job.columns, job.converted + (size_t)token * pairCount);
  if (job.tokens < 8)
    for (; panel + 4 <= panelTo; panel += 4) computePairPanels<4>(job, panel);
  for (; panel + 2 <= panelTo; panel += 2) computePairPanels<2>(job, panel);
  for (; panel < panelTo; panel++) computePairPanels<1>(job, panel);
}

/** Multiplies as `bf16Linear` does, but in registers. Returns the number of operations. */
double bf16Peak(int rounds, float* sink) {
  constexpr int CHAINS = 16;
  F sums[CHAINS];
  for (int i = 0; i < CHAINS; i++) sums[i] = set1((float)i);
  const I a = iset1(0x3c003f7f), b = iset1(0x3f7f3c00);
  for (int round = 0; round < rounds; round++) {
#pragma GCC unroll 16
    for (int i = 0; i < CHAINS; i++) sums[i] = dotPairs(sums[i], a, b);
  }
  F total = zero();
  for (int i = 0; i < CHAINS; i++) total = add(total, sums[i]);
  *sink = sumLanes(total);
  return (double)rounds * CHAINS * LANES * 4;
}

}  // namespace quire::QUIRE_ISA
