// Linear layers with quantized weights for full tiles of TILE_TOKENS tokens. The levels and scales of several groups are
// unpacked to memory and used for all tokens. Then the next groups are unpacked; meanwhile, job.sums contains the sums.
#pragma once

namespace quire::QUIRE_ISA {

constexpr int UNPACKED_GROUPS = 8;
static_assert(BATCH_PANELS <= MAX_BATCH_PANELS);

// The properties of a layout on which the multiplication of unpacked weights depends. Types that agree in them share
// the code.
template <int DOT_BITS, int OFFSET_, bool MINIMUM, bool HALF_SCALES> struct UnpackedLayout {
  static constexpr int BITS = DOT_BITS, OFFSET = OFFSET_;
  static constexpr bool HAS_MINIMUM = MINIMUM, HAS_HALF_SCALES = HALF_SCALES;
};
template <class T> using UnpackedLayoutOf =
    UnpackedLayout<DOT_USES_BITS ? T::BITS : 8, T::OFFSET, T::HAS_MINIMUM, T::HAS_HALF_SCALES>;

/** Up to UNPACKED_GROUPS groups of BATCH_PANELS panels. */
struct UnpackedGroups {
  const uint8_t* levels[BATCH_PANELS];  // of the first group; 8-bit levels are read from the panel
  alignas(64) uint8_t levelMemory[BATCH_PANELS][UNPACKED_GROUPS][8 * VECTOR_BYTES];
  alignas(64) float scales[UNPACKED_GROUPS][BATCH_PANELS][LANES];
  alignas(64) float minima[UNPACKED_GROUPS][BATCH_PANELS][LANES];
  alignas(64) float halfScales[UNPACKED_GROUPS][2][BATCH_PANELS][LANES];

  /** Unpacks groups `first` to `first + count - 1`. `first` is a multiple of UNPACKED_GROUPS. */
  template <class T>
  void unpack(const LinearJob& job, int panel, int first, int count) {
    for (int r = 0; r < BATCH_PANELS; r++) {
      const uint8_t* packed = job.weights + (size_t)(panel + r) * job.panelBytes;
      const uint8_t* packedScales = packed + job.levelBytes + (size_t)first * T::GROUP_SCALE_BYTES +
                                    (size_t)(first / T::BLOCK_GROUPS) * T::BLOCK_SCALE_BYTES;
      packed += (size_t)first * Levels<T::BITS>::BYTES;
      levels[r] = T::BITS == 8 ? packed : levelMemory[r][0];
      typename T::BlockScales blockScales{};
      for (int group = 0; group < count; group++, packedScales += T::GROUP_SCALE_BYTES) {
        if (group % T::BLOCK_GROUPS == 0) {
          blockScales = T::blockScales(packedScales);
          packedScales += T::BLOCK_SCALE_BYTES;
        }
        if constexpr (T::BITS != 8) {
          unroll<8>([&](auto c) QUIRE_INLINE {
            constexpr int CHUNK = decltype(c)::VALUE;
            istore(levelMemory[r][group] + CHUNK * VECTOR_BYTES, Levels<T::BITS>::template load<CHUNK>(packed));
          });
          packed += Levels<T::BITS>::BYTES;
        }
        store(scales[group][r], T::scale(blockScales, packedScales));
        if constexpr (T::HAS_MINIMUM) store(minima[group][r], T::minimum(blockScales, packedScales));
        if constexpr (T::HAS_HALF_SCALES)
          for (int half = 0; half < 2; half++)
            store(halfScales[group][half][r], loadI8((const int8_t*)packedScales + half * LANES));
      }
    }
  }
};

/** One of the unpacked groups, as addGroup reads it. */
template <int BITS> struct UnpackedGroup {
  const UnpackedGroups& groups;
  int group;
  template <int C> QUIRE_INLINE inline auto levels(int r) const {
    const uint8_t* bytes = groups.levels[r] + group * 8 * VECTOR_BYTES;
    if constexpr (BITS == 8) return byteLevels<C>(bytes);
    else return iload(bytes + C * VECTOR_BYTES);
  }
  QUIRE_INLINE inline F scale(int r) const { return load(groups.scales[group][r]); }
  QUIRE_INLINE inline F minimum(int r) const { return load(groups.minima[group][r]); }
  QUIRE_INLINE inline F halfScale(int half, int r) const { return load(groups.halfScales[group][half][r]); }
};

// Adds `count` groups to the sums of tokens `token + from` to `token + from + N - 1`. A tile of TILE_TOKENS tokens begins
// at `token`; `first` is the number of the first unpacked group.
template <class L, int N>
__attribute__((noinline)) void addUnpackedGroups(const LinearJob& job, const UnpackedGroups& groups, int token,
                                                 int from, int panel, int first, int count) {
  float* storedSums = job.sums + (size_t)(token + from) * BATCH_PANELS * LANES;
  constexpr int R = BATCH_PANELS;
  F sums[N * R];
  if (first == 0) unroll<N * R>([&](auto i) QUIRE_INLINE { sums[i] = zero(); });
  else unroll<N * R>([&](auto i) QUIRE_INLINE { sums[i] = load(storedSums + i * LANES); });
  TokenGroup<L::BITS> x(job, token, from, TILE_TOKENS, first);
  for (int group = 0; group < count; group++, x.next())
    addGroup<L, N, R>(UnpackedGroup<L::BITS>{groups, group}, x, sums);
  if (first + count < job.columns / GROUP_SIZE)
    unroll<N * R>([&](auto i) QUIRE_INLINE { store(storedSums + i * LANES, sums[i]); });
  else
    unroll<N * R>([&](auto i) QUIRE_INLINE { storeOutputs(job, token + from + i / R, panel + i % R, sums[i]); });
}

/** Computes BATCH_PANELS panels for tokens `tokenFrom` to `tokenTo - 1`, which are full tiles. */
template <class T>
void multiplyUnpacked(const LinearJob& job, int tokenFrom, int tokenTo, int panel) {
  constexpr int N = BATCH_TOKENS;
  const int groups = job.columns / GROUP_SIZE;
  UnpackedGroups unpacked;
  for (int first = 0; first < groups; first += UNPACKED_GROUPS) {
    const int count = groups - first < UNPACKED_GROUPS ? groups - first : UNPACKED_GROUPS;
    unpacked.unpack<T>(job, panel, first, count);
    for (int token = tokenFrom; token < tokenTo; token += TILE_TOKENS)
      for (int from = 0; from < TILE_TOKENS; from += N)
        addUnpackedGroups<UnpackedLayoutOf<T>, N>(job, unpacked, token, from, panel, first, count);
  }
}

}  // namespace quire::QUIRE_ISA
