// What choosing a token needs of every logit: the largest, and the exponentials in doubles.
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
  // Branch-free on doubles, so that the compiler makes vectors of it.
  const double toPowers = 1.4426950408889634, magic = 6755399441055744.0;
  const double inverse = 1.0 / temperature;
  for (int i = 0; i < count; i++) {
    double x = ((double)logits[i] - largest) * inverse;
    const bool tiny = !(x > -700.0);
    x = tiny ? -700.0 : x;
    const double shifted = x * toPowers + magic;
    const double n = shifted - magic;
    const double r = (x - n * 0.693147180369123816490) - n * 1.90821492927058770002e-10;
    double p = 1.0 / 6227020800.0;
    p = p * r + 1.0 / 479001600.0;
    p = p * r + 1.0 / 39916800.0;
    p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    p = p * r + 1.0;
    p = p * r + 1.0;
    uint64_t bits;
    __builtin_memcpy(&bits, &shifted, 8);
    bits = (bits + 1023) << 52;
    double power;
    __builtin_memcpy(&power, &bits, 8);
    weights[i] = tiny ? 0.0 : p * power;
  }
  double sums[8] = {};
  for (int i = 0; i + 8 <= count; i += 8)
    for (int lane = 0; lane < 8; lane++) sums[lane] += weights[i + lane];
  for (int i = count / 8 * 8; i < count; i++) sums[i % 8] += weights[i];
  return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

}  // namespace quire::QUIRE_ISA
