// Operations on rows of floats: norms, quantization, addition, multiplication and activation functions.
#pragma once

namespace quire::QUIRE_ISA {

// Returns the sum of `term` over a row. Each lane accumulates a sum, then the lanes are added pairwise: the order of
// the additions is the same for all rows.
template <class Function>
inline float sumOfTerms(int size, Function term) {
  F sum = zero();
  forEachVector(size, [&](size_t i, int count) { sum = add(sum, term(i, count)); });
  return sumLanes(sum);
}

void rmsNorm(const float* x, const float* weight, int segments, int size, float epsilon, float* out) {
  for (int segment = 0; segment < segments; segment++, x += size, out += size) {
    const float squares = sumOfTerms(size, [&](size_t i, int count) {
      F value = loadUpTo(x + i, count);
      return mul(value, value);
    });
    const F inverse = set1(1.0f / __builtin_sqrtf(squares / (float)size + epsilon));
    forEachVector(size, [&](size_t i, int count) {
      storeUpTo(out + i, mul(mul(loadUpTo(x + i, count), inverse), loadUpTo(weight + i, count)), count);
    });
  }
}

void layerNorm(const float* x, const float* weight, const float* bias, int width, float epsilon, float* out) {
  const float mean = sumOfTerms(width, [&](size_t i, int count) { return loadUpTo(x + i, count); }) / (float)width;
  const float squares = sumOfTerms(width, [&](size_t i, int count) {
    F distance = sub(loadUpTo(x + i, count), set1(mean));
    if (count < LANES) {  // the unused lanes must be zero
      float lanes[LANES];
      store(lanes, distance);
      distance = loadPartial(lanes, count);
    }
    return mul(distance, distance);
  });
  const F inverse = set1(1.0f / __builtin_sqrtf(squares / (float)width + epsilon));
  forEachVector(width, [&](size_t i, int count) {
    F value = mul(mul(sub(loadUpTo(x + i, count), set1(mean)), inverse), loadUpTo(weight + i, count));
    storeUpTo(out + i, add(value, loadUpTo(bias + i, count)), count);
  });
}

// As in the reference backend: the scale is the largest magnitude / 127, and ties are rounded away from zero.
void quantize(const float* x, Tile tile, int row, int width, int groupFrom, int groupTo, const QuantizedRows& out) {
  const int n = tile.tokens, groups = width / GROUP_SIZE;
  size_t index = (size_t)tile.first * groups + (size_t)groupFrom * n + row;
  x += (size_t)groupFrom * GROUP_SIZE;
  for (int group = groupFrom; group < groupTo; group++, x += GROUP_SIZE, index += n) {
    // The bits of magnitudes are compared as integers. Their order is that of the numbers, and NaN is the largest.
    I maximum = izero();
    unroll<GROUP_SIZE / LANES>([&](auto i) QUIRE_INLINE {
      maximum = imax(iand(bits(load(x + i * LANES)), iset1(0x7fffffff)), maximum);
    });
    const float largest = floatFromBits(imaxLanes(maximum));
    // An infinite or NaN element makes the whole group NaN.
    const float scale = (largest + (largest - largest)) / 127.0f;
    const float inverse = scale < 0x1p-126f ? 0.0f : 1.0f / scale;
    int8_t* values = out.values + index * GROUP_SIZE;
    I halfSums[2] = {izero(), izero()};  // sums of the first and of the last 16 values
    unroll<GROUP_SIZE / LANES>([&](auto i) QUIRE_INLINE {
      F quotient = mul(load(x + i * LANES), set1(inverse));
      F rounded = floorOf(add(abs(quotient), set1(0.5f)));
      rounded = choose(less(set1(127.0f), rounded), set1(127.0f), rounded);
      const I integer = toI(orBits(rounded, signOf(quotient)));
      storeBytes(values + i * LANES, integer);
      halfSums[2 * i * LANES / GROUP_SIZE] = iadd(halfSums[2 * i * LANES / GROUP_SIZE], integer);
    });
    // Unsigned, because the sums of an invalid group may overflow.
    const uint32_t firstHalfSum = (uint32_t)isumLanes(halfSums[0]);
    const uint32_t sum = firstHalfSum + (uint32_t)isumLanes(halfSums[1]);
    out.scales[index] = scale;
    out.starts[index] = (int32_t)(0u - 128u * sum);
    out.firstHalfStarts[index] = (int32_t)(0u - 128u * firstHalfSum);
    out.scaledSums[index] = scale * (float)(int32_t)sum;
  }
}

void dequantize(const QuantizedRows& x, Tile tile, int row, int width, float* out) {
  const int groups = width / GROUP_SIZE;
  for (int group = 0; group < groups; group++, out += GROUP_SIZE) {
    const size_t index = (size_t)tile.first * groups + (size_t)group * tile.tokens + row;
    const int8_t* values = x.values + index * GROUP_SIZE;
    const float scale = x.scales[index];
    for (int i = 0; i < GROUP_SIZE; i++) out[i] = (float)values[i] * scale;
  }
}

void addRows(const float* a, const float* b, size_t count, float* out) {
  forEachVector(count, [&](size_t i, int n) { storeUpTo(out + i, add(loadUpTo(a + i, n), loadUpTo(b + i, n)), n); });
}

void mulRows(const float* a, const float* b, size_t count, float* out) {
  forEachVector(count, [&](size_t i, int n) { storeUpTo(out + i, mul(loadUpTo(a + i, n), loadUpTo(b + i, n)), n); });
}

inline F silu(F x) { return div(x, add(set1(1.0f), expOf(sub(zero(), x)))); }

inline F relu(F x) { return choose(isNan(x), x, max(x, zero())); }

// 0.5 x (1 + tanh u) = x / (1 + e^-2u)
inline F geluTanh(F x) {
  F cube = mul(mul(x, x), x);
  F u = mul(set1(0.7978845608f), fma(set1(0.044715f), cube, x));
  return div(x, add(set1(1.0f), expOf(mul(set1(-2.0f), u))));
}

// The error function is computed in doubles, one element at a time, because few models use it: as a series near zero,
// otherwise as a continued fraction.
inline double expDouble(double x) {  // for x from -40 to 0
  const double n = __builtin_rint(x * 1.4426950408889634);
  const double r = (x - n * 0.693147180369123816490) - n * 1.90821492927058770002e-10;
  double term = 1, sum = 1;
  for (int i = 1; i < 18; i++) sum += term *= r / i;
  double power = 1;
  for (int i = (int)-n; i > 0; i--) power *= 0.5;
  return sum * power;
}

inline double erfOf(double x) {
  const double a = x < 0 ? -x : x;
  if (!(a <= 6)) return x < 0 ? -1 : x > 0 ? 1 : x;
  double result;
  if (a < 2.5) {
    double term = a, sum = a;
    for (int n = 1; n < 60; n++) {
      term *= -a * a / n;
      sum += term / (2 * n + 1);
    }
    result = 1.1283791670955126 * sum;
  } else {
    double tail = a;
    for (int n = 60; n >= 1; n--) tail = a + n / 2.0 / tail;
    result = 1 - expDouble(-a * a) / (1.7724538509055160 * tail);
  }
  return x < 0 ? -result : result;
}

inline F gelu(F x) {
  float lanes[LANES];
  store(lanes, x);
  for (int i = 0; i < LANES; i++) lanes[i] = (float)(0.5 * lanes[i] * (1 + erfOf(lanes[i] * 0.7071067811865476)));
  return load(lanes);
}

template <F (*FUNCTION)(F)>
inline void applyFunction(const float* x, size_t count, float* out) {
  forEachVector(count, [&](size_t i, int n) { storeUpTo(out + i, FUNCTION(loadUpTo(x + i, n)), n); });
}

void activate(Activation kind, const float* x, size_t count, float* out) {
  switch (kind) {
    case Activation::SILU: return applyFunction<silu>(x, count, out);
    case Activation::RELU: return applyFunction<relu>(x, count, out);
    case Activation::GELU_TANH: return applyFunction<geluTanh>(x, count, out);
    case Activation::GELU: return applyFunction<gelu>(x, count, out);
    case Activation::TANH: return applyFunction<tanhOf>(x, count, out);
    case Activation::COUNT: return;
  }
}

}  // namespace quire::QUIRE_ISA
