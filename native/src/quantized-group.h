// Multiplies one group of 32 columns of R panels with quantized weights by N tokens: computes the integer dot products,
// scales them and adds them to the sums of the outputs. The loops over the groups for few and for many tokens both call
// addGroup, so both compute the same bits.
#pragma once

namespace quire::QUIRE_ISA {

/** The values, scales and sums of consecutive tokens of a tile in the current group, for levels of BITS bits. */
template <int BITS> struct TokenGroup {
  static constexpr int BYTES = GROUP_SIZE * ACTIVATION_BYTES<BITS>;  // size of the values of a token
  const int8_t* values;
  const float *scales, *scaledSums;
  const int32_t *starts, *firstHalfStarts;
  const int tileTokens;

  // The first of the tokens is `token + from`. A tile of `tileTokens` tokens begins at `token`.
  TokenGroup(const LinearJob& job, int token, int from, int tileTokens, int group) : tileTokens(tileTokens) {
    const size_t groups = (size_t)job.columns / GROUP_SIZE;
    const size_t index = (size_t)token * groups + (size_t)group * (size_t)tileTokens + (size_t)from;
    values = (ACTIVATION_BYTES<BITS> > 1 ? (const int8_t*)job.converted : job.quantizedX.values) + index * BYTES;
    scales = job.quantizedX.scales + index;
    scaledSums = job.quantizedX.scaledSums + index;
    starts = job.quantizedX.starts + index;
    firstHalfStarts = job.quantizedX.firstHalfStarts + index;
  }
  void next() {
    values += BYTES * tileTokens;
    scales += tileTokens, scaledSums += tileTokens, starts += tileTokens, firstHalfStarts += tileTokens;
  }
};

// Adds the dot products of chunks FIRST to FIRST + COUNT - 1 with N tokens. `source.levels<C>(r)` returns the levels of
// chunk C in panel r.
template <class T, int N, int R, int FIRST, int COUNT, class Source>
QUIRE_INLINE inline void dotChunks(const Source& source, const int8_t* values, Dot<T::BITS> (&dots)[N * R]) {
  unroll<COUNT>([&](auto c) QUIRE_INLINE {
    constexpr int CHUNK = FIRST + decltype(c)::VALUE;
    decltype(source.template levels<CHUNK>(0)) levels[R];
    unroll<R>([&](auto r) QUIRE_INLINE { levels[r] = source.template levels<CHUNK>(r); });
    unroll<N>([&](auto n) QUIRE_INLINE {
      constexpr int BYTES = ACTIVATION_BYTES<T::BITS>;
      const I bytes = broadcastActivations<BYTES>(values + BYTES * (GROUP_SIZE * n + 4 * CHUNK));
      unroll<R>([&](auto r) QUIRE_INLINE { dots[n * R + r].template mac<decltype(c)::VALUE>(levels[r], bytes); });
    });
  });
}

// The integer dot products of N tokens and R panels over chunks FIRST to FIRST + COUNT - 1. If levels are stored plus
// OFFSET, OFFSET times the sum of a token's values is subtracted. `start(n)` returns -128 times this sum, which is shifted:
// every OFFSET is a power of two, at most 128.
template <class T, int N, int R, int FIRST, int COUNT> struct IntegerSums {
  Dot<T::BITS> dots[N * R];
  I starts[N];

  template <class Source, class Start>
  QUIRE_INLINE inline IntegerSums(const Source& source, const int8_t* values, Start start) {
    unroll<N>([&](auto n) QUIRE_INLINE {
      if constexpr (T::OFFSET != 0) starts[n] = sar<7 - log2Of(T::OFFSET)>(iset1(start(n)));
      unroll<R>([&](auto r) QUIRE_INLINE {
        if constexpr (T::OFFSET != 0) dots[n * R + r].start(starts[n]);
        else dots[n * R + r].start();
      });
    });
    dotChunks<T, N, R, FIRST, COUNT>(source, values, dots);
  }
  QUIRE_INLINE inline F toFloat(int i) const {
    if constexpr (T::OFFSET != 0) return toF(dots[i].sum(starts[i / R]));
    else return toF(dots[i].sum());
  }
};

/** Adds the current group to the sums of N tokens and R panels. */
template <class T, int N, int R, class Source>
QUIRE_INLINE inline void addGroup(const Source& source, const TokenGroup<T::BITS>& x, F (&sums)[N * R]) {
  const auto addScaled = [&](auto product) QUIRE_INLINE {
    F scales[R];
    unroll<R>([&](auto r) QUIRE_INLINE { scales[r] = source.scale(r); });
    unroll<N>([&](auto n) QUIRE_INLINE {
      const F scale = set1(x.scales[n]);
      unroll<R>([&](auto r) QUIRE_INLINE {
        sums[n * R + r] = fma(product(n * R + r), mul(scales[r], scale), sums[n * R + r]);
      });
    });
  };
  if constexpr (T::HAS_HALF_SCALES) {
    // Products with the 8-bit scale of a half group, and their sum, are below 2^24, so they are exact in floats.
    F products[N * R];
    {
      const IntegerSums<T, N, R, 0, 4> first(source, x.values, [&](int n) QUIRE_INLINE {
        return x.firstHalfStarts[n];
      });
      unroll<N * R>([&](auto i) QUIRE_INLINE { products[i] = mul(first.toFloat(i), source.halfScale(0, i % R)); });
    }
    const IntegerSums<T, N, R, 4, 4> second(source, x.values, [&](int n) QUIRE_INLINE {
      return x.starts[n] - x.firstHalfStarts[n];
    });
    addScaled([&](int i) QUIRE_INLINE { return fma(second.toFloat(i), source.halfScale(1, i % R), products[i]); });
  } else {
    const IntegerSums<T, N, R, 0, 8> integers(source, x.values, [&](int n) QUIRE_INLINE { return x.starts[n]; });
    addScaled([&](int i) QUIRE_INLINE { return integers.toFloat(i); });
  }
  if constexpr (T::HAS_MINIMUM) {
    F minima[R];
    unroll<R>([&](auto r) QUIRE_INLINE { minima[r] = source.minimum(r); });
    unroll<N>([&](auto n) QUIRE_INLINE {
      const F sum = set1(x.scaledSums[n]);
      unroll<R>([&](auto r) QUIRE_INLINE { sums[n * R + r] = fma(minima[r], sum, sums[n * R + r]); });
    });
  }
}

}  // namespace quire::QUIRE_ISA
