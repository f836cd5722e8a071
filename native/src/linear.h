// linear: every output is one sum over the columns in order, in one lane. For float weights it is a chain of fused
// multiply-adds; for quantized weights a chain over groups of 32, whose integer sums are exact. Neither the number of
// tokens nor the split over threads can therefore change a bit.
//
// Weights are stored in panels of LANES rows (pack.cpp). Float weights are [columns][LANES]. Quantized weights are
// first all levels, for each group [chunks of 4 columns][LANES][4] (below 8 bits, two chunks share a byte), then all
// scales.
#pragma once

namespace quire::QUIRE_ISA {

inline F loadWeights(const float* p) { return load(p); }
struct F16Weight { uint16_t bits; };
struct Bf16Weight { uint16_t bits; };
inline F loadWeights(const F16Weight* p) { return loadF16(&p->bits); }
inline F loadWeights(const Bf16Weight* p) { return loadBf16(&p->bits); }

template <class W, int N, int R>
inline void floatTile(const LinearJob& job, int token, int panel) {
  const int columns = job.columns;
  const W* w[R];
  for (int r = 0; r < R; r++) w[r] = (const W*)(job.weights + (size_t)(panel + r) * job.panelBytes);
  const float* x = job.x + (size_t)token * columns;
  F sums[N * R];
  each<N * R>([&](auto i) QUIRE_INLINE { sums[i] = zero(); });
  for (int k = 0; k < columns; k++) {
    F weights[R];
    each<R>([&](auto r) QUIRE_INLINE { weights[r] = loadWeights(w[r] + (size_t)k * LANES); });
    each<N>([&](auto n) QUIRE_INLINE {
      const F value = set1(x[(size_t)n * columns + k]);
      each<R>([&](auto r) QUIRE_INLINE { sums[n * R + r] = fma(weights[r], value, sums[n * R + r]); });
    });
  }
  each<N * R>([&](auto i) QUIRE_INLINE { finish(job, token + i / R, panel + i % R, sums[i]); });
}

template <class W, int R>
inline void floatPanels(const LinearJob& job, int panel) {
  int token = 0;
  for (; token + 4 <= job.tokens; token += 4) floatTile<W, 4, R>(job, token, panel);
  for (; token < job.tokens; token++) floatTile<W, 1, R>(job, token, panel);
}

template <class W>
void floatLinear(const LinearJob& job, int panel, int panelTo) {
  if (job.tokens < 4)
    for (; panel + 4 <= panelTo; panel += 4) floatPanels<W, 4>(job, panel);
  for (; panel + 2 <= panelTo; panel += 2) floatPanels<W, 2>(job, panel);
  for (; panel < panelTo; panel++) floatPanels<W, 1>(job, panel);
}

// ---- quantized weights

constexpr int V = 4 * LANES;  // bytes of a vector of levels

template <int BITS> struct Levels;
template <> struct Levels<8> {
  static constexpr int BYTES = 8 * V;
  template <int C> static inline auto at(const uint8_t* p) { return byteLevels<C>(p); }
};
template <> struct Levels<4> {
  static constexpr int BYTES = 4 * V;
  template <int C> static inline I at(const uint8_t* p) {
    I pair = iload(p + C / 2 * V);
    if constexpr (C % 2 == 1) pair = shr<4>(pair);
    return iand(pair, iset1(0x0f0f0f0f));
  }
};
template <> struct Levels<5> {
  static constexpr int BYTES = 5 * V;
  template <int C> static inline I at(const uint8_t* p) {
    I fifth = iload(p + 4 * V);  // bit 8 i + C of a lane belongs to element i of chunk C
    if constexpr (C < 4) fifth = shl<4 - C>(fifth);
    else fifth = shr<C - 4>(fifth);
    return ior(Levels<4>::at<C>(p), iand(fifth, iset1(0x10101010)));
  }
};
template <> struct Levels<6> {
  static constexpr int BYTES = 6 * V;
  template <int C> static inline I at(const uint8_t* p) {
    I high = iload(p + 4 * V + C / 4 * V);  // bits 8 i + 2 (C mod 4) and the next belong to element i of chunk C
    constexpr int c = C % 4;
    if constexpr (c < 2) high = shl<4 - 2 * c>(high);
    else high = shr<2 * c - 4>(high);
    return ior(Levels<4>::at<C>(p), iand(high, iset1(0x30303030)));
  }
};

// One f16 scale per group; levels are stored plus OFFSET.
template <int B, int O> struct Scaled {
  static constexpr int BITS = B, OFFSET = O, SUPER = 1, HEAD = 0, EACH = 2 * LANES;
  static constexpr bool MINIMUM = false, HALVES = false;
  struct Head {};
  static inline Head head(const uint8_t*) { return {}; }
  static inline F scale(const Head&, const uint8_t* p) { return loadF16((const uint16_t*)p); }
  static inline F minimum(const Head&, const uint8_t*) { return zero(); }
};
// One f16 scale and one f16 minimum per group.
template <int B> struct Shifted : Scaled<B, 0> {
  static constexpr int EACH = 4 * LANES;
  static constexpr bool MINIMUM = true;
  using Head = typename Scaled<B, 0>::Head;
  static inline F minimum(const Head&, const uint8_t* p) { return loadF16((const uint16_t*)p + LANES); }
};
// Eight groups share an f16 scale of scales and an f16 scale of minima; minima are subtracted. The six-bit scales and
// minima are stored as bytes.
template <int B> struct Nested {
  static constexpr int BITS = B, OFFSET = 0, SUPER = 8, HEAD = 4 * LANES, EACH = 2 * LANES;
  static constexpr bool MINIMUM = true, HALVES = false;
  struct Head { F scale, minimum; };
  static inline Head head(const uint8_t* p) {
    return {loadF16((const uint16_t*)p), sub(zero(), loadF16((const uint16_t*)p + LANES))};
  }
  static inline F scale(const Head& h, const uint8_t* p) { return mul(h.scale, loadU8(p)); }
  static inline F minimum(const Head& h, const uint8_t* p) { return mul(h.minimum, loadU8(p + LANES)); }
};
// Half groups of 16 elements, each with a signed 8-bit scale; sixteen half groups share an f16 scale.
struct Halved {
  static constexpr int BITS = 6, OFFSET = 32, SUPER = 8, HEAD = 2 * LANES, EACH = 2 * LANES;
  static constexpr bool MINIMUM = false, HALVES = true;
  struct Head { F scale; };
  static inline Head head(const uint8_t* p) { return {loadF16((const uint16_t*)p)}; }
  static inline F scale(const Head& h, const uint8_t*) { return h.scale; }
  static inline F minimum(const Head&, const uint8_t*) { return zero(); }
};

constexpr int AHEAD = 1024;  // prefetch distance in bytes; docs/lab-notes.md has measurements of others

// Multiplies chunks FIRST to FIRST + COUNT - 1 of a group by the four bytes of N tokens of a tile of S.
template <class T, int N, int S, int FIRST, int COUNT>
QUIRE_INLINE inline void dotChunks(const uint8_t* levels, const int8_t* x, Dot<T::BITS> (&dots)[N]) {
  each<N>([&](auto n) QUIRE_INLINE { dots[n].start(); });
  each<COUNT>([&](auto c) QUIRE_INLINE {
    constexpr int CHUNK = FIRST + decltype(c)::VALUE;
    const auto level = Levels<T::BITS>::template at<CHUNK>(levels);
    each<N>([&](auto n) QUIRE_INLINE {
      dots[n].template mac<decltype(c)::VALUE>(level, bytes4(x + 4 * (CHUNK * S + n)));
    });
  });
}

// Tokens `from` to `from + N - 1` of the tile of S tokens that starts at `token`.
template <class T, int N, int S>
inline void quantizedTile(const LinearJob& job, int token, int from, int panel) {
  const uint8_t* levels = job.weights + (size_t)panel * job.panelBytes;
  const uint8_t* const levelsEnd = levels + job.levelBytes;
  const uint8_t* scales = levelsEnd;
  const int groups = job.columns / GROUP;
  const int8_t* x = job.q.values + (size_t)token * job.columns + 4 * from;
  const size_t firstGroup = (size_t)token * groups + from;
  const float* xScales = job.q.scales + firstGroup;
  const float* xScaledSums = job.q.scaledSums + firstGroup;
  const int32_t* xSums = job.q.sums + firstGroup;
  const int32_t* xFirstSums = job.q.firstSums + firstGroup;
  const bool first = token + from == 0;
  F sums[N];
  each<N>([&](auto n) QUIRE_INLINE { sums[n] = zero(); });
  for (int group = 0; group < groups;) {
    const typename T::Head head = T::head(scales);
    scales += T::HEAD;
    for (int last = group + T::SUPER; group < last; group++) {
      Dot<T::BITS> dots[N];
      I whole[N];
      if constexpr (T::HALVES) {
        const I first = iloadI8((const int8_t*)scales), second = iloadI8((const int8_t*)scales + LANES);
        dotChunks<T, N, S, 0, 4>(levels, x, dots);
        each<N>([&](auto n) QUIRE_INLINE {
          whole[n] = imul(first, isub(dots[n].sum(), iset1(T::OFFSET * xFirstSums[n])));
        });
        dotChunks<T, N, S, 4, 4>(levels, x, dots);
        each<N>([&](auto n) QUIRE_INLINE {
          const I low = isub(dots[n].sum(), iset1(T::OFFSET * (xSums[n] - xFirstSums[n])));
          whole[n] = iadd(whole[n], imul(second, low));
        });
      } else {
        dotChunks<T, N, S, 0, 8>(levels, x, dots);
        each<N>([&](auto n) QUIRE_INLINE {
          whole[n] = T::OFFSET ? isub(dots[n].sum(), iset1(T::OFFSET * xSums[n])) : dots[n].sum();
        });
      }
      const F scale = T::scale(head, scales);
      each<N>([&](auto n) QUIRE_INLINE { sums[n] = fma(toF(whole[n]), mul(scale, set1(xScales[n])), sums[n]); });
      if constexpr (T::MINIMUM) {
        const F minimum = T::minimum(head, scales);
        each<N>([&](auto n) QUIRE_INLINE { sums[n] = fma(minimum, set1(xScaledSums[n]), sums[n]); });
      }
      if (first) {  // prefetch for the first tile; later tiles read from the cache
        const uint8_t* ahead = levels + AHEAD;
        if (ahead >= levelsEnd) ahead += job.panelBytes - job.levelBytes;
        each<Levels<T::BITS>::BYTES / 64>([&](auto line) QUIRE_INLINE { __builtin_prefetch(ahead + 64 * line); });
        __builtin_prefetch(scales + job.panelBytes);  // of the next panel
      }
      levels += Levels<T::BITS>::BYTES;
      scales += T::EACH;
      x += GROUP * S;
      xScales += S, xScaledSums += S, xSums += S, xFirstSums += S;
    }
  }
  each<N>([&](auto n) QUIRE_INLINE { finish(job, token + from + n, panel, sums[n]); });
}

template <class T, int S>
inline void tilesOf(const LinearJob& job, int& token, int panel) {
  constexpr int MOST = Dot<T::BITS>::MOST_TOKENS;  // their sums fit in registers
  constexpr int N = S < MOST ? S : MOST;
  for (; token + S <= job.tokens; token += S)
    for (int from = 0; from < S; from += N) quantizedTile<T, N, S>(job, token, from, panel);
}

template <class T>
void quantizedLinear(const LinearJob& job, int panel, int panelTo) {
  for (; panel < panelTo; panel++) {
    int token = 0;
    if constexpr (TILE_TOKENS >= 16) tilesOf<T, 16>(job, token, panel);
    if constexpr (TILE_TOKENS >= 8) tilesOf<T, 8>(job, token, panel);
    tilesOf<T, 4>(job, token, panel);
    tilesOf<T, 2>(job, token, panel);
    tilesOf<T, 1>(job, token, panel);
  }
}

void linear(const LinearJob& job, int panelFrom, int panelTo) {
  switch (job.type) {
    case WeightType::F32: return floatLinear<float>(job, panelFrom, panelTo);
    case WeightType::F16: return floatLinear<F16Weight>(job, panelFrom, panelTo);
    case WeightType::BF16: return floatLinear<Bf16Weight>(job, panelFrom, panelTo);
    case WeightType::Q8_0: return quantizedLinear<Scaled<8, BIASED_BYTES ? 128 : 0>>(job, panelFrom, panelTo);
    case WeightType::Q4_0: return quantizedLinear<Scaled<4, 8>>(job, panelFrom, panelTo);
    case WeightType::Q4_1: return quantizedLinear<Shifted<4>>(job, panelFrom, panelTo);
    case WeightType::Q5_0: return quantizedLinear<Scaled<5, 16>>(job, panelFrom, panelTo);
    case WeightType::Q5_1: return quantizedLinear<Shifted<5>>(job, panelFrom, panelTo);
    case WeightType::Q4_K: return quantizedLinear<Nested<4>>(job, panelFrom, panelTo);
    case WeightType::Q5_K: return quantizedLinear<Nested<5>>(job, panelFrom, panelTo);
    case WeightType::Q6_K: return quantizedLinear<Halved>(job, panelFrom, panelTo);
    case WeightType::COUNT: return;
  }
}

}  // namespace quire::QUIRE_ISA
