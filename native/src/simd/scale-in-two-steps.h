// The function scaleByPowerOfTwo for instruction sets that have no instruction for it.
#pragma once

namespace quire::QUIRE_ISA {

/** Returns a * 2^n, rounded once, for integers n from -126 to 128 and `a` near 1; otherwise an unspecified number. */
inline F scaleByPowerOfTwo(F a, F n) {
  // 2^n as a product of two factors, because n can be 128
  I integer = toI(choose(less(abs(n), set1(200.0f)), n, zero()));
  I half = shr<1>(iadd(integer, iset1(256)));
  half = isub(half, iset1(128));
  F first = bits(shl<23>(iadd(half, iset1(127))));
  F second = bits(shl<23>(iadd(isub(integer, half), iset1(127))));
  return mul(mul(a, first), second);
}

}  // namespace quire::QUIRE_ISA
