// Operations on all logits of a row that the selection of a token needs.
#pragma once

namespace quire::QUIRE_ISA {

bool argmax(const float* logits, int count, int* index) {
  F maximum = set1(-__builtin_inff());
  Mask nanLanes = noLanes();
  forEachVector(count, [&](size_t i, int n) {
    F value = loadUpTo(logits + i, n);
    if (n < LANES) {
      float lanes[LANES];
      store(lanes, value);
      for (int lane = n; lane < LANES; lane++) lanes[lane] = lanes[0];
      value = load(lanes);
    }
    maximum = max(value, maximum);
    nanLanes = either(nanLanes, isNan(value));
  });
  if (anyLane(nanLanes)) return false;
  const float largest = maxLanes(maximum);
  int i = 0;
  while (logits[i] != largest) i++;
  *index = i;
  return true;
}

double expSum(const float* logits, int count, double largest, double temperature, double* weights) {
  const F maximum = set1((float)largest), inverse = set1((float)(1.0 / temperature));
  double sums[LANES] = {};
  forEachVector(count, [&](size_t i, int n) {
    float lanes[LANES];
    store(lanes, expOf(mul(sub(loadUpTo(logits + i, n), maximum), inverse)));
    for (int lane = n; lane < LANES; lane++) lanes[lane] = 0;
    for (int lane = 0; lane < LANES; lane++) sums[lane] += lanes[lane];
    for (int lane = 0; lane < n; lane++) weights[i + lane] = lanes[lane];
  });
  for (int width = LANES / 2; width > 0; width /= 2)
    for (int lane = 0; lane < width; lane++) sums[lane] += sums[lane + width];
  return sums[0];
}

}  // namespace quire::QUIRE_ISA
