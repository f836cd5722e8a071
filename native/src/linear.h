// Linear layers. One lane computes an output as a sum over the columns, in order: for float weights, every product is
// added by a fused multiply-add; for quantized weights, the sum of each group of 32 columns, an exact integer, is
// scaled and added. The bits of an output therefore depend neither on the number of tokens nor on the number of
// threads.
//
// Weights are stored in panels of LANES rows (pack.cpp). A panel of float weights is [columns][LANES]. A panel of
// quantized weights stores all levels (the integers of the quantized elements), then all scales. The levels of a group
// are [chunks of 4 columns][LANES][4]; types with fewer than 8 bits store two chunks in a byte.
#pragma once

namespace quire::QUIRE_ISA {

inline F loadWeights(const float* p) { return load(p); }
struct F16Weight { uint16_t bits; };
struct Bf16Weight { uint16_t bits; };
inline F loadWeights(const F16Weight* p) { return loadF16(&p->bits); }
inline F loadWeights(const Bf16Weight* p) { return loadBf16(&p->bits); }

// Computes N tokens and R panels of weights of type W.
template <class W, int N, int R>
inline void computeFloatTile(const LinearJob& job, int token, int panel) {
  const int columns = job.columns;
  const W* w[R];
  for (int r = 0; r < R; r++) w[r] = (const W*)(job.weights + (size_t)(panel + r) * job.panelBytes);
  const float* x = job.x + (size_t)token * columns;
  F sums[N * R];
  unroll<N * R>([&](auto i) QUIRE_INLINE { sums[i] = zero(); });
  for (int k = 0; k < columns; k++) {
    F weights[R];
    unroll<R>([&](auto r) QUIRE_INLINE { weights[r] = loadWeights(w[r] + (size_t)k * LANES); });
    unroll<N>([&](auto n) QUIRE_INLINE {
      const F value = set1(x[(size_t)n * columns + k]);
      unroll<R>([&](auto r) QUIRE_INLINE { sums[n * R + r] = fma(weights[r], value, sums[n * R + r]); });
    });
  }
  unroll<N * R>([&](auto i) QUIRE_INLINE { storeOutputs(job, token + i / R, panel + i % R, sums[i]); });
}

// Computes all tokens for R panels.
template <class W, int R>
inline void computeFloatPanels(const LinearJob& job, int panel) {
  int token = 0;
  for (; token + 4 <= job.tokens; token += 4) computeFloatTile<W, 4, R>(job, token, panel);
  for (; token < job.tokens; token++) computeFloatTile<W, 1, R>(job, token, panel);
}

template <class W>
void floatLinear(const LinearJob& job, int panel, int panelTo) {
  if (job.tokens < 4)
    for (; panel + 4 <= panelTo; panel += 4) computeFloatPanels<W, 4>(job, panel);
  for (; panel + 2 <= panelTo; panel += 2) computeFloatPanels<W, 2>(job, panel);
  for (; panel < panelTo; panel++) computeFloatPanels<W, 1>(job, panel);
}

// ---- quantized weights

constexpr int VECTOR_BYTES = 4 * LANES;

// Loads the levels of chunk C of a group of BITS-bit levels: four bytes per lane.

template <int BITS> struct Levels;
template <> struct Levels<8> {
  static constexpr int BYTES = 8 * VECTOR_BYTES;
  template <int C> static inline auto load(const uint8_t* p) { return byteLevels<C>(p); }
};
template <> struct Levels<4> {
  static constexpr int BYTES = 4 * VECTOR_BYTES;
  template <int C> static inline I load(const uint8_t* p) {
    I pair = iload(p + C / 2 * VECTOR_BYTES);
    if constexpr (C % 2 == 1) pair = shr<4>(pair);
    return iand(pair, iset1(0x0f0f0f0f));
  }
};
template <> struct Levels<5> {
  static constexpr int BYTES = 5 * VECTOR_BYTES;
  template <int C> static inline I load(const uint8_t* p) {
    I fifthBits = iload(p + 4 * VECTOR_BYTES);  // bit 8 i + C of a lane is the fifth bit of element i of chunk C
    if constexpr (C < 4) fifthBits = shl<4 - C>(fifthBits);
    else fifthBits = shr<C - 4>(fifthBits);
    return ior(Levels<4>::load<C>(p), iand(fifthBits, iset1(0x10101010)));
  }
};
template <> struct Levels<6> {
  static constexpr int BYTES = 6 * VECTOR_BYTES;
  template <int C> static inline I load(const uint8_t* p) {
    // Bit 8 i + 2 (C mod 4) and the next bit of a lane are the high bits of element i of chunk C.
    I highBits = iload(p + 4 * VECTOR_BYTES + C / 4 * VECTOR_BYTES);
    constexpr int c = C % 4;
    if constexpr (c < 2) highBits = shl<4 - 2 * c>(highBits);
    else highBits = shr<2 * c - 4>(highBits);
    return ior(Levels<4>::load<C>(p), iand(highBits, iset1(0x30303030)));
  }
};

// The layouts of the scales. Block scales are shared by BLOCK_GROUPS groups.

// An f16 scale per group; OFFSET is subtracted from the levels.
template <int B, int O> struct ScaledLayout {
  static constexpr int BITS = B, OFFSET = O, BLOCK_GROUPS = 1, BLOCK_SCALE_BYTES = 0, GROUP_SCALE_BYTES = 2 * LANES;
  static constexpr bool HAS_MINIMUM = false, HAS_HALF_SCALES = false;
  struct BlockScales {};
  static inline BlockScales blockScales(const uint8_t*) { return {}; }
  static inline F scale(const BlockScales&, const uint8_t* p) { return loadF16((const uint16_t*)p); }
  static inline F minimum(const BlockScales&, const uint8_t*) { return zero(); }
};
// An f16 scale and an f16 minimum per group.
template <int B> struct MinimumLayout : ScaledLayout<B, 0> {
  static constexpr int GROUP_SCALE_BYTES = 4 * LANES;
  static constexpr bool HAS_MINIMUM = true;
  using BlockScales = typename ScaledLayout<B, 0>::BlockScales;
  static inline F minimum(const BlockScales&, const uint8_t* p) { return loadF16((const uint16_t*)p + LANES); }
};
// Eight groups share two f16 numbers, by which the 6-bit scale and the 6-bit minimum of each group are multiplied. The
// minimum is subtracted. The 6-bit numbers are stored as bytes.
template <int B> struct NestedLayout {
  static constexpr int BITS = B, OFFSET = 0, BLOCK_GROUPS = 8;
  static constexpr int BLOCK_SCALE_BYTES = 4 * LANES, GROUP_SCALE_BYTES = 2 * LANES;
  static constexpr bool HAS_MINIMUM = true, HAS_HALF_SCALES = false;
  struct BlockScales { F scale, minimum; };
  static inline BlockScales blockScales(const uint8_t* p) {
    return {loadF16((const uint16_t*)p), sub(zero(), loadF16((const uint16_t*)p + LANES))};
  }
  static inline F scale(const BlockScales& shared, const uint8_t* p) { return mul(shared.scale, loadU8(p)); }
  static inline F minimum(const BlockScales& shared, const uint8_t* p) {
    return mul(shared.minimum, loadU8(p + LANES));
  }
};
// A signed 8-bit scale per half group of 16 elements; sixteen half groups share an f16 scale.
struct HalfGroupLayout {
  static constexpr int BITS = 6, OFFSET = 32, BLOCK_GROUPS = 8;
  static constexpr int BLOCK_SCALE_BYTES = 2 * LANES, GROUP_SCALE_BYTES = 2 * LANES;
  static constexpr bool HAS_MINIMUM = false, HAS_HALF_SCALES = true;
  struct BlockScales { F scale; };
  static inline BlockScales blockScales(const uint8_t* p) { return {loadF16((const uint16_t*)p)}; }
  static inline F scale(const BlockScales& shared, const uint8_t*) { return shared.scale; }
  static inline F minimum(const BlockScales&, const uint8_t*) { return zero(); }
};

constexpr int PREFETCH_BYTES = 1024;  // prefetch distance; docs/lab-notes.md contains measurements of other distances

// Computes the dot products of chunks FIRST to FIRST + COUNT - 1 of a group, for N tokens of a tile of S tokens.
template <class T, int N, int S, int FIRST, int COUNT>
QUIRE_INLINE inline void dotChunks(const uint8_t* levels, const int8_t* x, Dot<T::BITS> (&dots)[N]) {
  unroll<N>([&](auto n) QUIRE_INLINE { dots[n].start(); });
  unroll<COUNT>([&](auto c) QUIRE_INLINE {
    constexpr int CHUNK = FIRST + decltype(c)::VALUE;
    const auto level = Levels<T::BITS>::template load<CHUNK>(levels);
    unroll<N>([&](auto n) QUIRE_INLINE {
      dots[n].template mac<decltype(c)::VALUE>(level, bytes4(x + 4 * (CHUNK * S + n)));
    });
  });
}

// Computes tokens `from` to `from + N - 1` of the tile of S tokens that begins at `token`. T is a layout of scales.
template <class T, int N, int S>
inline void computeQuantizedTile(const LinearJob& job, int token, int from, int panel) {
  const uint8_t* levels = job.weights + (size_t)panel * job.panelBytes;
  const uint8_t* const levelsEnd = levels + job.levelBytes;
  const uint8_t* scales = levelsEnd;
  const int groups = job.columns / GROUP_SIZE;
  const int8_t* x = job.quantizedX.values + (size_t)token * job.columns + 4 * from;
  const size_t firstGroup = (size_t)token * groups + from;
  const float* xScales = job.quantizedX.scales + firstGroup;
  const float* xScaledSums = job.quantizedX.scaledSums + firstGroup;
  const int32_t* xSums = job.quantizedX.sums + firstGroup;
  const int32_t* xFirstHalfSums = job.quantizedX.firstHalfSums + firstGroup;
  const bool isFirstTile = token + from == 0;
  F sums[N];
  unroll<N>([&](auto n) QUIRE_INLINE { sums[n] = zero(); });
  for (int group = 0; group < groups;) {
    const typename T::BlockScales blockScales = T::blockScales(scales);
    scales += T::BLOCK_SCALE_BYTES;
    for (int end = group + T::BLOCK_GROUPS; group < end; group++) {
      Dot<T::BITS> dots[N];
      I groupSums[N];
      if constexpr (T::HAS_HALF_SCALES) {
        const I firstScales = iloadI8((const int8_t*)scales);
        const I secondScales = iloadI8((const int8_t*)scales + LANES);
        dotChunks<T, N, S, 0, 4>(levels, x, dots);
        unroll<N>([&](auto n) QUIRE_INLINE {
          groupSums[n] = imul(firstScales, isub(dots[n].sum(), iset1(T::OFFSET * xFirstHalfSums[n])));
        });
        dotChunks<T, N, S, 4, 4>(levels, x, dots);
        unroll<N>([&](auto n) QUIRE_INLINE {
          const I secondHalf = isub(dots[n].sum(), iset1(T::OFFSET * (xSums[n] - xFirstHalfSums[n])));
          groupSums[n] = iadd(groupSums[n], imul(secondScales, secondHalf));
        });
      } else {
        dotChunks<T, N, S, 0, 8>(levels, x, dots);
        unroll<N>([&](auto n) QUIRE_INLINE {
          groupSums[n] = T::OFFSET ? isub(dots[n].sum(), iset1(T::OFFSET * xSums[n])) : dots[n].sum();
        });
      }
      const F scale = T::scale(blockScales, scales);
      unroll<N>([&](auto n) QUIRE_INLINE { sums[n] = fma(toF(groupSums[n]), mul(scale, set1(xScales[n])), sums[n]); });
      if constexpr (T::HAS_MINIMUM) {
        const F minimum = T::minimum(blockScales, scales);
        unroll<N>([&](auto n) QUIRE_INLINE { sums[n] = fma(minimum, set1(xScaledSums[n]), sums[n]); });
      }
      if (isFirstTile) {  // later tiles read the weights from the cache
        const uint8_t* prefetched = levels + PREFETCH_BYTES;
        if (prefetched >= levelsEnd) prefetched += job.panelBytes - job.levelBytes;
        constexpr int LINES = Levels<T::BITS>::BYTES / 64;
        unroll<LINES>([&](auto line) QUIRE_INLINE { __builtin_prefetch(prefetched + 64 * line); });
        __builtin_prefetch(scales + job.panelBytes);  // the scales of the next panel
      }
      levels += Levels<T::BITS>::BYTES;
      scales += T::GROUP_SCALE_BYTES;
      x += GROUP_SIZE * S;
      xScales += S, xScaledSums += S, xSums += S, xFirstHalfSums += S;
    }
  }
  unroll<N>([&](auto n) QUIRE_INLINE { storeOutputs(job, token + from + n, panel, sums[n]); });
}

// Computes tiles of S tokens as long as S tokens remain. Advances `token`.
template <class T, int S>
inline void computeTiles(const LinearJob& job, int& token, int panel) {
  constexpr int MAX_TOKENS = Dot<T::BITS>::MAX_TOKENS;  // the sums of more tokens do not fit in registers
  constexpr int N = S < MAX_TOKENS ? S : MAX_TOKENS;
  for (; token + S <= job.tokens; token += S)
    for (int from = 0; from < S; from += N) computeQuantizedTile<T, N, S>(job, token, from, panel);
}

template <class T>
void quantizedLinear(const LinearJob& job, int panel, int panelTo) {
  for (; panel < panelTo; panel++) {
    int token = 0;
    if constexpr (TILE_TOKENS >= 16) computeTiles<T, 16>(job, token, panel);
    if constexpr (TILE_TOKENS >= 8) computeTiles<T, 8>(job, token, panel);
    computeTiles<T, 4>(job, token, panel);
    computeTiles<T, 2>(job, token, panel);
    computeTiles<T, 1>(job, token, panel);
  }
}

void linear(const LinearJob& job, int panelFrom, int panelTo) {
  switch (job.type) {
    case WeightType::F32: return floatLinear<float>(job, panelFrom, panelTo);
    case WeightType::F16: return floatLinear<F16Weight>(job, panelFrom, panelTo);
    case WeightType::BF16: return floatLinear<Bf16Weight>(job, panelFrom, panelTo);
    case WeightType::Q8_0: return quantizedLinear<ScaledLayout<8, BIASED_BYTES ? 128 : 0>>(job, panelFrom, panelTo);
    case WeightType::Q4_0: return quantizedLinear<ScaledLayout<4, 8>>(job, panelFrom, panelTo);
    case WeightType::Q4_1: return quantizedLinear<MinimumLayout<4>>(job, panelFrom, panelTo);
    case WeightType::Q5_0: return quantizedLinear<ScaledLayout<5, 16>>(job, panelFrom, panelTo);
    case WeightType::Q5_1: return quantizedLinear<MinimumLayout<5>>(job, panelFrom, panelTo);
    case WeightType::Q4_K: return quantizedLinear<NestedLayout<4>>(job, panelFrom, panelTo);
    case WeightType::Q5_K: return quantizedLinear<NestedLayout<5>>(job, panelFrom, panelTo);
    case WeightType::Q6_K: return quantizedLinear<HalfGroupLayout>(job, panelFrom, panelTo);
    case WeightType::COUNT: return;
  }
}

}  // namespace quire::QUIRE_ISA
