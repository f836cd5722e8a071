// Linears with BF16 weights on processors that multiply pairs of bf16 elements. Activations are rounded to bf16.
// Every output is one sum over the pairs of columns in order, in one lane, regardless of the number of tokens or
// threads. Panels are [(columns + 1) / 2][LANES][2]; a missing last column is zero.
#pragma once

namespace quire::QUIRE_ISA {

inline uint32_t roundToBf16(float x) {  // to nearest, ties to even
  uint32_t word;
  __builtin_memcpy(&word, &x, 4);
  const uint32_t nearest = (word + 0x7fff + (word >> 16 & 1)) >> 16;
  return (word & 0x7fffffff) > 0x7f800000 ? 0x7fc0 : nearest;
}

inline void roundRow(const float* x, int columns, uint32_t* pairs) {
  for (int i = 0; i < columns / 2; i++) pairs[i] = roundToBf16(x[2 * i]) | roundToBf16(x[2 * i + 1]) << 16;
  if (columns % 2 == 1) pairs[columns / 2] = roundToBf16(x[columns - 1]);
}

template <int N, int R>
inline void pairTile(const LinearJob& job, int token, int panel) {
  const size_t pairs = ((size_t)job.columns + 1) / 2;
  const uint8_t* w = job.weights + (size_t)panel * job.panelBytes;
  const uint32_t* x = job.pairs + (size_t)token * pairs;
  F sums[N * R];
  each<N * R>([&](auto i) QUIRE_INLINE { sums[i] = zero(); });
  for (size_t k = 0; k < pairs; k++, w += 4 * LANES) {
    I weights[R];
    each<R>([&](auto r) QUIRE_INLINE { weights[r] = iload(w + r * job.panelBytes); });
    each<N>([&](auto n) QUIRE_INLINE {
      const I value = iset1((int)x[n * pairs + k]);
      each<R>([&](auto r) QUIRE_INLINE { sums[n * R + r] = dotPairs(sums[n * R + r], weights[r], value); });
    });
  }
  each<N * R>([&](auto i) QUIRE_INLINE { finish(job, token + i / R, panel + i % R, sums[i]); });
}

template <int R>
inline void pairPanels(const LinearJob& job, int panel) {
  int token = 0;
  if constexpr (R <= 2)  // their sums fit in registers
    for (; token + 8 <= job.tokens; token += 8) pairTile<8, R>(job, token, panel);
  for (; token + 2 <= job.tokens; token += 2) pairTile<2, R>(job, token, panel);
  for (; token < job.tokens; token++) pairTile<1, R>(job, token, panel);
}

/** Panels `panel` to `panelTo`. Every thread rounds the rows itself; this is cheap compared with the multiplication. */
void bf16Linear(const LinearJob& job, int panel, int panelTo) {
  if (panel == panelTo) return;
  const size_t pairs = ((size_t)job.columns + 1) / 2;
  for (int token = 0; token < job.tokens; token++)
    roundRow(job.x + (size_t)token * (size_t)job.columns, job.columns, job.pairs + (size_t)token * pairs);
  if (job.tokens < 8)
    for (; panel + 4 <= panelTo; panel += 4) pairPanels<4>(job, panel);
  for (; panel + 2 <= panelTo; panel += 2) pairPanels<2>(job, panel);
  for (; panel < panelTo; panel++) pairPanels<1>(job, panel);
}

double bf16Peak(int count, float* sink) {
  constexpr int CHAINS = 16;
  F sums[CHAINS];
  for (int i = 0; i < CHAINS; i++) sums[i] = set1((float)i);
  const I a = iset1(0x3c003f7f), b = iset1(0x3f7f3c00);
  for (int round = 0; round < count; round++) {
#pragma GCC unroll 16
    for (int i = 0; i < CHAINS; i++) sums[i] = dotPairs(sums[i], a, b);
  }
  F total = zero();
  for (int i = 0; i < CHAINS; i++) total = add(total, sums[i]);
  *sink = sumLanes(total);
  return (double)count * CHAINS * LANES * 4;
}

}  // namespace quire::QUIRE_ISA
