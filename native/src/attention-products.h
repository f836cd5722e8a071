// The products of queries and keys. Each lane adds the products of one key, in the order of the elements of the head.
#pragma once

namespace quire::QUIRE_ISA {

/** Products of float queries and keys of type E, which are converted to floats. */
template <class E> struct Products {
  using Key = E;          // as stored
  using Element = float;  // of converted keys and queries
  using Vector = F;

  /** Returns the number of elements of a key or query. */
  static int elements(int headDim) { return headDim; }
  static bool hasVectors(int) { return true; }
  /** Converts a query and returns the factor by which products are multiplied. */
  static float convertQuery(const float* query, int headDim, float* out) {
    for (int i = 0; i < headDim; i++) out[i] = query[i];
    return 1;
  }
  /** Converts element `index` of the key of a slot. `keys` are the keys of a block. */
  static float convertKey(const E* keys, int index, int slot, int slots, int) {
    return elementToFloat(keys + (size_t)index * slots + slot);
  }
  static F start() { return zero(); }
  static F broadcast(float element) { return set1(element); }
  static F multiplyAdd(F a, F b, F sum) { return fma(a, b, sum); }
  static void storeKeys(float* p, F keys) { store(p, keys); }
  static F toFloats(F sum, float) { return sum; }
};

/**
 * Products of queries and int8 keys. A query is rounded to integers of 16 bits with one scale, so sums of products are
 * exact: they are less than 2^31 for heads of up to 512 elements. An element is a pair of 16-bit integers; the second
 * one is zero after the last element of a head with an odd number of elements.
 */
template <> struct Products<Int8Element> {
  using Key = Int8Pair;
  using Element = int32_t;
  using Vector = I;
  static constexpr float LARGEST = 32512;  // 127 * 256: an integer can be split into two signed bytes

  static int elements(int headDim) { return (headDim + 1) / 2; }
  static bool hasVectors(int headDim) { return headDim % 2 == 0; }
  static int32_t pair(int first, int second) {
    return (int32_t)((uint32_t)first & 0xffff) | (int32_t)((uint32_t)second << 16);
  }

  static float convertQuery(const float* query, int headDim, int32_t* out) {
    int32_t integers[MAX_HEAD_DIM + LANES];
    const float scale = roundToIntegers(query, headDim, LARGEST, [&](size_t i, I vector) QUIRE_INLINE {
      istore(integers + i, vector);
    });
    for (int i = 0; i < elements(headDim); i++) out[i] = pair(integers[2 * i], integers[2 * i + 1]);
    return scale;
  }
  static int32_t convertKey(const Int8Pair* keys, int index, int slot, int slots, int headDim) {
    const int8_t* row = keys[(size_t)index * slots].bits;
    if (2 * index + 1 == headDim) return pair(row[slot], 0);
    return pair(row[2 * slot], row[2 * slot + 1]);
  }
  static I start() { return izero(); }
  static I broadcast(int32_t element) { return iset1(element); }
  static I multiplyAdd(I a, I b, I sum) { return dotInt16Pairs(a, b, sum); }
  static void storeKeys(int32_t* p, I keys) { istore(p, keys); }
  static F toFloats(I sum, float factor) { return mul(toF(sum), set1(factor)); }
};

/** Adds a[r][k] * b[k] to the sums of R rows, for k from 0 to `count - 1` in order. b[k] is two vectors. */
template <class P, int R>
inline void multiplyTile(const typename P::Element* a, int stride, const typename P::Element* b, int count,
                         typename P::Vector (&sums)[2 * R]) {
  for (int k = 0; k < count; k++, b += 2 * LANES) {
    const typename P::Vector first = loadElements(b), second = loadElements(b + LANES);
    unroll<R>([&](auto r) QUIRE_INLINE {
      const typename P::Vector element = P::broadcast(a[(size_t)r * stride + k]);
      sums[2 * r] = P::multiplyAdd(element, first, sums[2 * r]);
      sums[2 * r + 1] = P::multiplyAdd(element, second, sums[2 * r + 1]);
    });
  }
}

}  // namespace quire::QUIRE_ISA
