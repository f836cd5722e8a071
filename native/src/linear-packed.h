// Linear layers with quantized weights whose levels are unpacked in registers when they are loaded. One or two tokens are
// multiplied by several panels together, because a thread reads several streams faster than one.
#pragma once

namespace quire::QUIRE_ISA {

// The prefetch distance for N tokens, in bytes. docs/lab-notes.md contains measurements of other distances.
template <int N> constexpr size_t PREFETCH_BYTES = N < 4 ? 2048 : 4096;

/** The same group of R consecutive packed panels, as addGroup reads it. T is a layout of scales. */
template <class T, int R> struct PackedGroup {
  const uint8_t *packed[R], *scales[R];
  typename T::BlockScales blockScales[R];

  template <int C> QUIRE_INLINE inline auto levels(int r) const { return Levels<T::BITS>::template load<C>(packed[r]); }
  QUIRE_INLINE inline F scale(int r) const { return T::scale(blockScales[r], scales[r]); }
  QUIRE_INLINE inline F minimum(int r) const { return T::minimum(blockScales[r], scales[r]); }
  QUIRE_INLINE inline F halfScale(int half, int r) const { return loadI8((const int8_t*)scales[r] + half * LANES); }
};

// Computes R panels for tokens `token + from` to `token + from + N - 1`. A tile of `tileTokens` tokens begins at
// `token`.
template <class T, int N, int R>
__attribute__((noinline)) void multiplyPacked(const LinearJob& job, int token, int from, int tileTokens, int panel) {
  PackedGroup<T, R> at;
  unroll<R>([&](auto r) QUIRE_INLINE {
    at.packed[r] = job.weights + (size_t)(panel + r) * job.panelBytes;
    at.scales[r] = at.packed[r] + job.levelBytes;
  });
  const uint8_t* const levelsEnd = at.scales[0];
  const size_t toNextLevels = (size_t)R * job.panelBytes - job.levelBytes;
  const int groups = job.columns / GROUP_SIZE;
  const bool isFirstTile = token + from == 0;
  TokenGroup<T::BITS> x(job, token, from, tileTokens, 0);
  F sums[N * R];
  unroll<N * R>([&](auto i) QUIRE_INLINE { sums[i] = zero(); });
  for (int group = 0; group < groups;) {
    unroll<R>([&](auto r) QUIRE_INLINE {
      at.blockScales[r] = T::blockScales(at.scales[r]);
      at.scales[r] += T::BLOCK_SCALE_BYTES;
    });
    for (int end = group + T::BLOCK_GROUPS; group < end; group++) {
      addGroup<T, N, R>(at, x, sums);
      if (isFirstTile) {  // later tiles read the weights from the cache
        constexpr size_t AHEAD = PREFETCH_BYTES<N>;
        const size_t distance = AHEAD + (at.packed[0] + AHEAD >= levelsEnd ? toNextLevels : 0);
        unroll<R>([&](auto r) QUIRE_INLINE {
          constexpr int LINES = Levels<T::BITS>::BYTES / 64;
          unroll<LINES>([&](auto line) QUIRE_INLINE { prefetch(at.packed[r] + distance + 64 * line); });
          prefetch(at.scales[r] + R * job.panelBytes);  // the scales of the next panels
        });
      }
      unroll<R>([&](auto r) QUIRE_INLINE {
        at.packed[r] += Levels<T::BITS>::BYTES;
        at.scales[r] += T::GROUP_SCALE_BYTES;
      });
      x.next();
    }
  }
  unroll<N * R>([&](auto i) QUIRE_INLINE { storeOutputs(job, token + from + i / R, panel + i % R, sums[i]); });
}

// Computes R panels for tiles of `tileTokens` tokens as long as so many tokens remain, N at a time. Advances `token`.
template <class T, int N, int R>
inline void multiplyTiles(const LinearJob& job, int& token, int tileTokens, int panel) {
  for (; token + tileTokens <= job.tokens; token += tileTokens)
    for (int from = 0; from < tileTokens; from += N) multiplyPacked<T, N, R>(job, token, from, tileTokens, panel);
}

// Computes R panels for the tokens from `token` on; a tile begins at `token`.
template <class T, int R>
inline void multiplyPanels(const LinearJob& job, int token, int panel) {
  constexpr int N = R == 1 && BATCH_TOKENS > 4 ? 4 : BATCH_TOKENS;
  if constexpr (TILE_TOKENS >= 16) multiplyTiles<T, N, R>(job, token, 16, panel);
  if constexpr (TILE_TOKENS >= 8) multiplyTiles<T, N, R>(job, token, 8, panel);
  multiplyTiles<T, 4, R>(job, token, 4, panel);
  if (token + 2 <= job.tokens) {
    for (int r = 0; r < R; r++) multiplyPacked<T, 2, 1>(job, token, 0, 2, panel + r);
    token += 2;
  }
  if (token < job.tokens)
    for (int r = 0; r < R; r++) multiplyPacked<T, 1, 1>(job, token, 0, 1, panel + r);
}

/** Computes panels for one or two tokens. Returns the first panel that was not computed. */
template <class T>
int multiplyOneOrTwoTokens(const LinearJob& job, int panel, int panelTo) {
  if constexpr (DECODE_PANELS > 1)
    for (; panel + DECODE_PANELS <= panelTo; panel += DECODE_PANELS) {
      int token = 0;
      multiplyTiles<T, 2, DECODE_PANELS>(job, token, 2, panel);
      multiplyTiles<T, 1, DECODE_PANELS>(job, token, 1, panel);
    }
  return panel;
}

}  // namespace quire::QUIRE_ISA
