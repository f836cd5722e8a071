// The softmax of attention. The context is divided into partitions of 256 positions, counted from position 0. A weight is
// the exponential of a score minus the largest score of the partition. Partitions are merged in order.
#pragma once

namespace quire::QUIRE_ISA {

inline F negativeInfinity() { return bits(iset1((int32_t)0xff800000)); }

/**
 * Replaces the products of a query row and the keys of a partition by weights, and returns the softmax state. `row[i]`
 * belongs to position `start + i`. Weights of the positions in `span` are computed, and zeros are written before and after
 * them up to multiples of LANES. `keyScales` is null if keys have no scales.
 */
inline SoftmaxState computeWeights(const AttentionJob& job, const float* keyScales, int start, Span span, float* row) {
  if (span.isEmpty()) return {-__builtin_inff(), 0};
  const int first = (span.from - start) / LANES * LANES, end = (span.to - start + LANES - 1) / LANES * LANES;
  float laneNumbers[LANES];
  for (int i = 0; i < LANES; i++) laneNumbers[i] = (float)i;
  F largest = negativeInfinity();
  Mask nanLanes = noLanes();  // NaN scores are recorded separately, because `max` may ignore them
  for (int i = first; i < end; i += LANES) {
    F score = mul(load(row + i), set1(job.scale));
    if (keyScales) score = mul(score, load(keyScales + i));
    if (job.softCap > 0) score = mul(tanhOf(mul(score, set1(1.0f / job.softCap))), set1(job.softCap));
    if (start + i < span.from || start + i + LANES > span.to) {
      const F positions = add(load(laneNumbers), set1((float)(start + i)));
      score = choose(less(positions, set1((float)span.to)), score, negativeInfinity());
      score = choose(less(positions, set1((float)span.from)), negativeInfinity(), score);
    }
    largest = max(largest, score);
    nanLanes = either(nanLanes, isNan(score));
    store(row + i, score);
  }
  const float maxScore = anyLane(nanLanes) ? __builtin_nanf("") : maxLanes(largest);
  if (maxScore == -__builtin_inff()) return {maxScore, 0};
  F total = zero();
  for (int i = first; i < end; i += LANES) {
    const F weight = expOf(sub(load(row + i), set1(maxScore)));
    store(row + i, weight);
    total = add(total, weight);
  }
  return {maxScore, sumLanes(total)};
}

/** Multiplies the weights of int8 values by the scales of the values. */
inline void scaleWeights(const float* valueScales, int start, Span span, float* row) {
  const int end = (span.to - start + LANES - 1) / LANES * LANES;
  for (int i = (span.from - start) / LANES * LANES; i < end; i += LANES)
    store(row + i, mul(load(row + i), load(valueScales + i)));
}

inline float expScalar(float x) {
  float lanes[LANES];
  store(lanes, expOf(set1(x)));
  return lanes[0];
}

void mergePartition(SoftmaxState& total, float* totalSums, const SoftmaxState& part, const float* partSums,
                    int headDim) {
  if (part.maxScore == -__builtin_inff()) return;
  const float maxScore = total.maxScore > part.maxScore ? total.maxScore : part.maxScore;
  const float totalFactor = expScalar(total.maxScore - maxScore), partFactor = expScalar(part.maxScore - maxScore);
  total = {maxScore, total.expSum * totalFactor + part.expSum * partFactor};
  forEachVector(headDim, [&](size_t i, int n) {
    const F rescaled = mul(loadUpTo(totalSums + i, n), set1(totalFactor));
    storeUpTo(totalSums + i, fma(loadUpTo(partSums + i, n), set1(partFactor), rescaled), n);
  });
}

void normalizeHead(const SoftmaxState& total, const float* sums, int headDim, float* out) {
  forEachVector(headDim, [&](size_t i, int n) {
    storeUpTo(out + i, div(loadUpTo(sums + i, n), set1(total.expSum)), n);
  });
}

}  // namespace quire::QUIRE_ISA
