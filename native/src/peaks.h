// Measures the machine's limits for these vectors: loops that only use registers, and one that only reads memory.
#pragma once

namespace quire::QUIRE_ISA {

/** Operations done: `count` rounds of integer dot products of bytes, each multiply and each add counted. */
template <int CHUNK, int CHAINS>
inline void macAll(Dot<6> (&dots)[CHAINS], I& level, I x) {
#pragma GCC unroll 16
  for (int i = 0; i < CHAINS; i++) {
    opaque(level);  // prevents the compiler from reusing one product
    dots[i].template mac<CHUNK>(level, x);
  }
}

double int8Peak(int count, int* sink) {
  constexpr int CHAINS = 6;
  Dot<6> dots[CHAINS];  // levels without sign; sums are widened as often as the kernels need
  I level = iset1(0x01020304), x = iset1(0x01010101);
  I total = izero();
  for (int round = 0; round < count; round++) {
#pragma GCC unroll 16
    for (int i = 0; i < CHAINS; i++) dots[i].start();
    macAll<0>(dots, level, x);
    macAll<1>(dots, level, x);
    macAll<2>(dots, level, x);
    macAll<3>(dots, level, x);
    macAll<2>(dots, level, x);
    macAll<3>(dots, level, x);
    macAll<2>(dots, level, x);
    macAll<3>(dots, level, x);
#pragma GCC unroll 16
    for (int i = 0; i < CHAINS; i++) total = iadd(total, dots[i].sum());
  }
  int32_t lanes[LANES];
  istore(lanes, total);
  *sink = lanes[0];
  return (double)count * CHAINS * 8 * LANES * 8;
}

double floatPeak(int count, float* sink) {
  constexpr int CHAINS = 12;
  F sums[CHAINS];
  for (int i = 0; i < CHAINS; i++) sums[i] = set1((float)i);
  const F a = set1(0.999f), b = set1(0.001f);
  for (int round = 0; round < count; round++) {
#pragma GCC unroll 16
    for (int i = 0; i < CHAINS; i++) sums[i] = fma(sums[i], a, b);
  }
  F total = zero();
  for (int i = 0; i < CHAINS; i++) total = add(total, sums[i]);
  *sink = sumLanes(total);
  return (double)count * CHAINS * LANES * 2;
}

/** Reads `bytes` (a multiple of eight vectors) from `from`. */
int readAll(const uint8_t* from, size_t bytes) {
  I sums[8];
  for (int i = 0; i < 8; i++) sums[i] = izero();
  constexpr size_t STEP = sizeof(I) * 8;
  for (size_t at = 0; at + STEP <= bytes; at += STEP) {
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) sums[i] = iadd(sums[i], iload(from + at + sizeof(I) * i));
  }
  for (int i = 1; i < 8; i++) sums[0] = iadd(sums[0], sums[i]);
  int32_t lanes[LANES];
  istore(lanes, sums[0]);
  return lanes[0];
}

}  // namespace quire::QUIRE_ISA
