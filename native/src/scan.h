// The passes over all logits that token selection needs: the largest, and the exponentials, summed in doubles.
#pragma once

namespace quire::QUIRE_ISA {

bool scan(const float* logits, int count, int* largest) {
  F most = set1(-__builtin_inff()), fault = zero();
  overFloats(count, [&](size_t i, int n) {
    F value = loadUpTo(logits + i, n);
    if (n < LANES) {
      float lanes[LANES];
      store(lanes, value);
      for (int lane = n; lane < LANES; lane++) lanes[lane] = lanes[0];
      value = load(lanes);
    }
    most = max(value, most);
    fault = orBits(fault, isNan(value));
  });
  float lanes[LANES];
  store(lanes, fault);
  for (int lane = 0; lane < LANES; lane++)
    if (lanes[lane] != 0) return false;
  const float best = maxLanes(most);
  int at = 0;
  while (logits[at] != best) at++;
  *largest = at;
  return true;
}

double weigh(const float* logits, int count, double largest, double temperature, double* weights) {
  const F most = set1((float)largest), inverse = set1((float)(1.0 / temperature));
  double sums[LANES] = {};
  overFloats(count, [&](size_t i, int n) {
    float lanes[LANES];
    store(lanes, expOf(mul(sub(loadUpTo(logits + i, n), most), inverse)));
    for (int lane = n; lane < LANES; lane++) lanes[lane] = 0;
    for (int lane = 0; lane < LANES; lane++) sums[lane] += lanes[lane];
    for (int lane = 0; lane < n; lane++) weights[i + lane] = lanes[lane];
  });
  for (int width = LANES / 2; width > 0; width /= 2)
    for (int lane = 0; lane < width; lane++) sums[lane] += sums[lane + width];
  return sums[0];
}

}  // namespace quire::QUIRE_ISA
