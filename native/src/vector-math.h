// Mathematical functions of vectors, implemented once for all instruction sets. The math library of the system is not
// used, because its results differ between versions.
#pragma once

namespace quire::QUIRE_ISA {

#define QUIRE_INLINE __attribute__((always_inline))

/** An index that is known at compile time. */
template <int N> struct Index {
  static constexpr int VALUE = N;
  constexpr operator int() const { return N; }
};

/**
 * Calls function(0) to function(N - 1). The loop is unrolled before register allocation, so arrays that are indexed
 * only in such loops stay in registers.
 */
template <int N, class Function>
QUIRE_INLINE inline void unroll(Function function) {
  if constexpr (N > 0) {
    unroll<N - 1>(function);
    function(Index<N - 1>{});
  }
}

/**
 * Loads a cache line into the second-level cache. A core waits for few lines of its first-level cache at a time, fewer than
 * the bandwidth of memory requires.
 */
QUIRE_INLINE inline void prefetch(const void* p) { __builtin_prefetch(p, 0, 2); }

constexpr int powerOfTwoAtMost(int n) { return n < 2 ? 1 : 2 * powerOfTwoAtMost(n / 2); }
constexpr int log2Of(int power) { return power <= 1 ? 0 : 1 + log2Of(power / 2); }

/** Returns e^x, with an error of at most 2 units in the last place: 0 below -87.3, infinity above 88.7, NaN for NaN. */
QUIRE_INLINE inline F expOf(F x) {
  const F high = set1(88.72283f), low = set1(-87.33654f);
  F n = roundEven(mul(x, set1(1.44269504f)));
  // x = n ln 2 + r; ln 2 is split into two parts, so that the first product is exact
  F r = sub(sub(x, mul(n, set1(0.693359375f))), mul(n, set1(-2.12194440e-4f)));
  F p = set1(1.9875691500e-4f);
  p = fma(p, r, set1(1.3981999507e-3f));
  p = fma(p, r, set1(8.3334519073e-3f));
  p = fma(p, r, set1(4.1665795894e-2f));
  p = fma(p, r, set1(1.6666665459e-1f));
  p = fma(p, r, set1(5.0000001201e-1f));
  p = add(fma(mul(p, r), r, r), set1(1.0f));
  F result = scaleByPowerOfTwo(p, n);
  result = choose(less(x, low), zero(), result);
  result = choose(less(high, x), bits(iset1(0x7f800000)), result);
  return choose(isNan(x), x, result);
}

/** Returns tanh(x), with an error of at most 4 units in the last place. */
QUIRE_INLINE inline F tanhOf(F x) {
  const F magnitude = abs(x);
  // Near zero x + x^3 p(x^2), where the other formula would lose digits; the polynomial is a minimax fit up to 0.625.
  const F square = mul(x, x);
  F p = set1(-5.717041043e-3f);
  p = fma(p, square, set1(2.0650583389e-2f));
  p = fma(p, square, set1(-5.3743496757e-2f));
  p = fma(p, square, set1(0.13331491269f));
  p = fma(p, square, set1(-0.333332839245f));
  const F small = fma(mul(x, square), p, x);
  const F large = sub(set1(1.0f), div(set1(2.0f), add(set1(1.0f), expOf(add(magnitude, magnitude)))));
  return choose(less(magnitude, set1(0.625f)), small, orBits(large, signOf(x)));
}

inline float floatFromBits(int32_t word) {
  float x;
  __builtin_memcpy(&x, &word, 4);
  return x;
}

/** Loads `count` lanes; the other lanes are zero. */
inline F loadPartial(const float* p, int count) {
  float lanes[LANES] = {};
  for (int i = 0; i < count; i++) lanes[i] = p[i];
  return load(lanes);
}

inline void storePartial(float* p, F a, int count) {
  float lanes[LANES];
  store(lanes, a);
  for (int i = 0; i < count; i++) p[i] = lanes[i];
}

/** Calls function(index, lanes) for each vector of `count` floats; the last vector may have fewer than LANES lanes. */
template <class Function>
inline void forEachVector(size_t count, Function function) {
  size_t i = 0;
  for (; i + LANES <= count; i += LANES) function(i, LANES);
  if (i < count) function(i, (int)(count - i));
}

inline F loadUpTo(const float* p, int count) { return count == LANES ? load(p) : loadPartial(p, count); }
inline void storeUpTo(float* p, F a, int count) { count == LANES ? store(p, a) : storePartial(p, a, count); }

}  // namespace quire::QUIRE_ISA
