// Loops that measure the peak rates of the processor for one vector type: some use only registers, one reads memory.
#pragma once

namespace quire::QUIRE_ISA {

template <int CHUNK, int CHAINS>
inline void accumulateAll(Dot<6> (&dots)[CHAINS], I& level, I x) {
#pragma GCC unroll 16
  for (int i = 0; i < CHAINS; i++) {
    opaque(level);  // otherwise the compiler would compute one product and reuse it
    dots[i].template mac<CHUNK>(level, x);
  }
}

/** Runs `rounds` rounds of integer dot products of bytes. Multiplications and additions are counted separately. */
double int8Peak(int rounds, int* sink) {
  constexpr int CHAINS = 6;
  Dot<6> dots[CHAINS];  // six bits: unsigned levels, whose sums are widened as often as in the kernels of Q6_K
  I level = iset1(0x01020304), x = iset1(0x01010101);
  I total = izero();
  for (int round = 0; round < rounds; round++) {
#pragma GCC unroll 16
    for (int i = 0; i < CHAINS; i++) dots[i].start();
    accumulateAll<0>(dots, level, x);
    accumulateAll<1>(dots, level, x);
    accumulateAll<2>(dots, level, x);
    accumulateAll<3>(dots, level, x);
    accumulateAll<2>(dots, level, x);
    accumulateAll<3>(dots, level, x);
    accumulateAll<2>(dots, level, x);
    accumulateAll<3>(dots, level, x);
#pragma GCC unroll 16
    for (int i = 0; i < CHAINS; i++) total = iadd(total, dots[i].sum());
  }
  int32_t lanes[LANES];
  istore(lanes, total);
  *sink = lanes[0];
  return (double)rounds * CHAINS * 8 * LANES * 8;
}

/** Multiplies pairs of 16-bit integers as the scores of int8 keys. Multiplications and additions are counted separately. */
double int16Peak(int rounds, int* sink) {
  constexpr int CHAINS = 12;
  I sums[CHAINS];
  for (int i = 0; i < CHAINS; i++) sums[i] = izero();
  I a = iset1(0x00010002), b = iset1(0x00010001);
  for (int round = 0; round < rounds; round++) {
#pragma GCC unroll 16
    for (int i = 0; i < CHAINS; i++) {
      opaque(a);  // otherwise the compiler would compute one product and reuse it
      sums[i] = dotInt16Pairs(a, b, sums[i]);
    }
  }
  I total = izero();
  for (int i = 0; i < CHAINS; i++) total = iadd(total, sums[i]);
  *sink = isumLanes(total);
  return (double)rounds * CHAINS * LANES * 4;
}

double floatPeak(int rounds, float* sink) {
  constexpr int CHAINS = 12;
  F sums[CHAINS];
  for (int i = 0; i < CHAINS; i++) sums[i] = set1((float)i);
  const F a = set1(0.999f), b = set1(0.001f);
  for (int round = 0; round < rounds; round++) {
#pragma GCC unroll 16
    for (int i = 0; i < CHAINS; i++) sums[i] = fma(sums[i], a, b);
  }
  F total = zero();
  for (int i = 0; i < CHAINS; i++) total = add(total, sums[i]);
  *sink = sumLanes(total);
  return (double)rounds * CHAINS * LANES * 2;
}

/** Reads `bytes` bytes, a multiple of eight vectors. Returns a value that depends on all of them. */
int readMemory(const uint8_t* from, size_t bytes) {
  I sums[8];
  for (int i = 0; i < 8; i++) sums[i] = izero();
  constexpr size_t STEP = sizeof(I) * 8;
  for (size_t offset = 0; offset + STEP <= bytes; offset += STEP) {
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) sums[i] = iadd(sums[i], iload(from + offset + sizeof(I) * i));
  }
  for (int i = 1; i < 8; i++) sums[0] = iadd(sums[0], sums[i]);
  int32_t lanes[LANES];
  istore(lanes, sums[0]);
  return lanes[0];
}

}  // namespace quire::QUIRE_ISA
