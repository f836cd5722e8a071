// Linear layers. One lane computes an output as a sum over the columns, in order: for float weights, every product is
// added by a fused multiply-add; for quantized weights, the sum of each group of 32 columns, an exact integer, is
// scaled and added. The bits of an output therefore depend neither on the number of tokens nor on the number of
// threads.
//
// Weights are stored in panels of LANES rows (pack.cpp). A panel of float weights is [columns][LANES]. A panel of
// quantized weights stores all levels (the integers of the quantized elements), then all scales. The levels of a group
// are [chunks of 4 columns][LANES][4]; types with fewer than 8 bits store two chunks in a byte.
#pragma once

namespace quire::QUIRE_ISA {

// Tokens for which panels are computed together: the activations and sums of a few groups stay in the first-level cache.
constexpr int CACHED_TOKENS = 64;
static_assert(CACHED_TOKENS % TILE_TOKENS == 0);
// For fewer tokens, unpacking the weights takes longer than it saves (docs/lab-notes.md).
constexpr int UNPACK_FROM = 32;

template <class T>
void quantizedLinear(const LinearJob& job, int panelFrom, int panelTo) {
  if constexpr (ACTIVATION_BYTES<T::BITS> > 1)
    if (!job.isConverted) widenActivations(job.quantizedX.values, (size_t)job.tokens * job.columns, job.converted);
  int panel = panelFrom;
  if (job.tokens <= 2) panel = multiplyOneOrTwoTokens<T>(job, panel, panelTo);
  const int unpackedTokens = job.tokens < job.unpackFrom ? 0 : job.tokens / TILE_TOKENS * TILE_TOKENS;
  if (unpackedTokens > 0) {
    const int end = panel + (panelTo - panel) / BATCH_PANELS * BATCH_PANELS;
    for (int token = 0; token < unpackedTokens; token += CACHED_TOKENS) {
      const int tokenTo = token + CACHED_TOKENS < unpackedTokens ? token + CACHED_TOKENS : unpackedTokens;
      for (int p = panel; p < end; p += BATCH_PANELS) multiplyUnpacked<T>(job, token, tokenTo, p);
    }
    for (; panel < end; panel += BATCH_PANELS) multiplyPanels<T, BATCH_PANELS>(job, unpackedTokens, panel);
  }
  for (; panel + BATCH_PANELS <= panelTo; panel += BATCH_PANELS) multiplyPanels<T, BATCH_PANELS>(job, 0, panel);
  for (; panel < panelTo; panel++) multiplyPanels<T, 1>(job, 0, panel);
}

void linear(const LinearJob& job, int panelFrom, int panelTo) {
  switch (job.type) {
    case WeightType::F32: return floatLinear<float>(job, panelFrom, panelTo);
    case WeightType::F16: return floatLinear<F16Weight>(job, panelFrom, panelTo);
    case WeightType::BF16: return floatLinear<Bf16Weight>(job, panelFrom, panelTo);
    case WeightType::Q8_0: return quantizedLinear<ScaledLayout<8, BIASED_BYTES ? 128 : 0>>(job, panelFrom, panelTo);
    case WeightType::Q4_0: return quantizedLinear<ScaledLayout<4, 8>>(job, panelFrom, panelTo);
    case WeightType::Q4_1: return quantizedLinear<MinimumLayout<4>>(job, panelFrom, panelTo);
    case WeightType::Q5_0: return quantizedLinear<ScaledLayout<5, 16>>(job, panelFrom, panelTo);
    case WeightType::Q5_1: return quantizedLinear<MinimumLayout<5>>(job, panelFrom, panelTo);
    case WeightType::Q4_K: return quantizedLinear<NestedLayout<4>>(job, panelFrom, panelTo);
    case WeightType::Q5_K: return quantizedLinear<NestedLayout<5>>(job, panelFrom, panelTo);
    case WeightType::Q6_K: return quantizedLinear<HalfGroupLayout>(job, panelFrom, panelTo);
    case WeightType::COUNT: return;
  }
}

}  // namespace quire::QUIRE_ISA
