// Linear layers with float weights. Every product is added by a fused multiply-add, in the order of the columns.
#pragma once

namespace quire::QUIRE_ISA {

inline F loadWeights(const float* p) { return load(p); }
struct F16Weight { uint16_t bits; };
struct Bf16Weight { uint16_t bits; };
inline F loadWeights(const F16Weight* p) { return loadF16(&p->bits); }
inline F loadWeights(const Bf16Weight* p) { return loadBf16(&p->bits); }

// Computes N tokens and R panels of weights of type W.
template <class W, int N, int R>
inline void computeFloatTile(const LinearJob& job, int token, int panel) {
  const int columns = job.columns;
  const W* w[R];
  for (int r = 0; r < R; r++) w[r] = (const W*)(job.weights + (size_t)(panel + r) * job.panelBytes);
  const float* x = job.x + (size_t)token * columns;
  F sums[N * R];
  unroll<N * R>([&](auto i) QUIRE_INLINE { sums[i] = zero(); });
  for (int k = 0; k < columns; k++) {
    F weights[R];
    unroll<R>([&](auto r) QUIRE_INLINE { weights[r] = loadWeights(w[r] + (size_t)k * LANES); });
    unroll<N>([&](auto n) QUIRE_INLINE {
      const F value = set1(x[(size_t)n * columns + k]);
      unroll<R>([&](auto r) QUIRE_INLINE { sums[n * R + r] = fma(weights[r], value, sums[n * R + r]); });
    });
  }
  unroll<N * R>([&](auto i) QUIRE_INLINE { storeOutputs(job, token + i / R, panel + i % R, sums[i]); });
}

// Computes all tokens for R panels.
template <class W, int R>
inline void computeFloatPanels(const LinearJob& job, int panel) {
  int token = 0;
  for (; token + 4 <= job.tokens; token += 4) computeFloatTile<W, 4, R>(job, token, panel);
  for (; token < job.tokens; token++) computeFloatTile<W, 1, R>(job, token, panel);
}

template <class W>
void floatLinear(const LinearJob& job, int panel, int panelTo) {
  if (job.tokens < 4)
    for (; panel + 4 <= panelTo; panel += 4) computeFloatPanels<W, 4>(job, panel);
  for (; panel + 2 <= panelTo; panel += 2) computeFloatPanels<W, 2>(job, panel);
  for (; panel < panelTo; panel++) computeFloatPanels<W, 1>(job, panel);
}

}  // namespace quire::QUIRE_ISA
