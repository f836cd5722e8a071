// Packs the rows of a panel. A vector of a panel contains four bytes of each row, so packing transposes a matrix of 32-bit
// words: a row contributes the same word to consecutive vectors. Words are computed without loops over single levels, because
// loading a model takes as long as packing it.

#include "pack.h"
#include "weight-blocks.h"

namespace quire {

namespace {

constexpr uint32_t NIBBLES = 0x0f0f0f0f;

inline uint32_t load(const uint8_t* p) {
  uint32_t word;
  memcpy(&word, p, 4);
  return word;
}

inline void store(uint8_t* p, uint32_t word) { memcpy(p, &word, 4); }

// Exchanges the bits of `a` that `mask` selects with the bits of `b` that are `distance` lower.
inline void exchange(uint32_t& a, uint32_t& b, uint32_t mask, int distance) {
  const uint32_t changed = (a >> distance ^ b) & mask;
  a ^= changed << distance;
  b ^= changed;
}

// Moves bit 4 c + i to bit 8 i + c: from the order of the elements to one byte for each element of the chunks.
inline uint32_t transposeFifthBits(uint32_t word) {
  const auto exchangeBits = [&](uint32_t mask, int distance) {
    const uint32_t changed = (word >> distance ^ word) & mask;
    word ^= changed ^ changed << distance;
  };
  exchangeBits(0x0000cccc, 14);
  exchangeBits(0x00aa00aa, 7);
  exchangeBits(0x0c0c0c0c, 2);
  exchangeBits(0x22222222, 1);
  return word;
}

// Packs 32 levels of four bits, of which a byte of `q` contains two that are 16 apart.
inline void packHalves(const uint8_t* q, uint32_t* words) {
  const uint32_t a = load(q), b = load(q + 4), c = load(q + 8), d = load(q + 12);
  words[0] = (a & NIBBLES) | (b & NIBBLES) << 4;
  words[1] = (c & NIBBLES) | (d & NIBBLES) << 4;
  words[2] = (a >> 4 & NIBBLES) | (b & ~NIBBLES);
  words[3] = (c >> 4 & NIBBLES) | (d & ~NIBBLES);
}

// Packs 64 levels of four bits, of which a byte of `q` contains two of different groups.
inline void packNibbles(const uint8_t* q, uint32_t* lowGroup, uint32_t* highGroup) {
  for (int i = 0; i < 4; i++) {
    const uint32_t a = load(q + 8 * i), b = load(q + 8 * i + 4);
    lowGroup[i] = (a & NIBBLES) | (b & NIBBLES) << 4;
    highGroup[i] = (a >> 4 & NIBBLES) | (b & ~NIBBLES);
  }
}

// The functions `packBlock` compute the words of one row and one block, in the layout that weight-layouts.h reads: the words of
// each group one after another. `bias` is added to the bytes of 8-bit levels.
template <WeightType TYPE> struct Packer;

template <> struct Packer<WeightType::Q8_0> {
  static inline void packBlock(const uint8_t* block, uint32_t bias, uint32_t* words) {
    for (int i = 0; i < 8; i++) words[i] = load(block + 2 + 4 * i) ^ bias;
  }
};
template <int SCALES> struct FourBitPacker {
  static inline void packBlock(const uint8_t* block, uint32_t, uint32_t* words) { packHalves(block + SCALES, words); }
};
template <> struct Packer<WeightType::Q4_0> : FourBitPacker<2> {};
template <> struct Packer<WeightType::Q4_1> : FourBitPacker<4> {};
template <int SCALES> struct FiveBitPacker {
  static inline void packBlock(const uint8_t* block, uint32_t, uint32_t* words) {
    packHalves(block + SCALES + 4, words);
    words[4] = transposeFifthBits(load(block + SCALES));
  }
};
template <> struct Packer<WeightType::Q5_0> : FiveBitPacker<2> {};
template <> struct Packer<WeightType::Q5_1> : FiveBitPacker<4> {};
template <> struct Packer<WeightType::Q4_K> {
  static inline void packBlock(const uint8_t* block, uint32_t, uint32_t* words) {
    for (int pair = 0; pair < 4; pair++) packNibbles(block + 16 + pair * 32, words + pair * 8, words + pair * 8 + 4);
  }
};
template <> struct Packer<WeightType::Q5_K> {
  static inline void packBlock(const uint8_t* block, uint32_t, uint32_t* words) {
    for (int pair = 0; pair < 4; pair++) packNibbles(block + 48 + pair * 32, words + pair * 10, words + pair * 10 + 5);
    // Bit g of a byte belongs to group g: the bits of eight words are transposed.
    uint32_t bits[8];
    for (int i = 0; i < 8; i++) bits[i] = load(block + 16 + 4 * i);
    for (int i = 0; i < 4; i++) exchange(bits[i], bits[i + 4], 0x0f0f0f0f, 4);
    for (int i = 0; i < 4; i++) exchange(bits[i + i / 2 * 2], bits[i + i / 2 * 2 + 2], 0x33333333, 2);
    for (int i = 0; i < 8; i += 2) exchange(bits[i], bits[i + 1], 0x55555555, 1);
    for (int i = 0; i < 8; i++) words[i * 5 + 4] = bits[i];
  }
};
template <> struct Packer<WeightType::Q6_K> {
  static inline void packBlock(const uint8_t* block, uint32_t, uint32_t* words) {
    for (int half = 0; half < 2; half++, words += 4 * 6) {
      for (int pair = 0; pair < 2; pair++)
        packNibbles(block + half * 64 + pair * 32, words + pair * 6, words + (pair + 2) * 6);
      // Bits 2 g and 2 g + 1 of a byte belong to group g of the half: the pairs of bits of four words are transposed.
      for (int quarter = 0; quarter < 2; quarter++) {
        uint32_t bits[4];
        for (int i = 0; i < 4; i++) bits[i] = load(block + 128 + half * 32 + quarter * 16 + 4 * i);
        for (int i = 0; i < 2; i++) exchange(bits[i], bits[i + 2], 0x0f0f0f0f, 4);
        for (int i = 0; i < 4; i += 2) exchange(bits[i], bits[i + 1], 0x33333333, 2);
        for (int i = 0; i < 4; i++) words[i * 6 + 4 + quarter] = bits[i];
      }
    }
  }
};

// Copies the scales of one row to a panel, where the scales of the rows alternate: [scales][lanes].
template <int BYTES, int UNIT> inline void interleave(const uint8_t* from, int lanes, int lane, uint8_t* to) {
  for (int i = 0; i < BYTES / UNIT; i++) memcpy(to + (i * lanes + lane) * UNIT, from + i * UNIT, UNIT);
}

typedef uint32_t Words4 __attribute__((vector_size(16)));

inline void transpose(const Words4 (&in)[4], Words4 (&out)[4]) {
#if __has_builtin(__builtin_shufflevector)
  const Words4 low01 = __builtin_shufflevector(in[0], in[1], 0, 4, 1, 5), low23 = __builtin_shufflevector(in[2], in[3], 0, 4, 1, 5);
  const Words4 high01 = __builtin_shufflevector(in[0], in[1], 2, 6, 3, 7), high23 = __builtin_shufflevector(in[2], in[3], 2, 6, 3, 7);
  out[0] = __builtin_shufflevector(low01, low23, 0, 1, 4, 5), out[1] = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
  out[2] = __builtin_shufflevector(high01, high23, 0, 1, 4, 5), out[3] = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
#else  // GCC before 12
  for (int i = 0; i < 4; i++) out[i] = Words4{in[0][i], in[1][i], in[2][i], in[3][i]};
#endif
}

// Stores the words of four rows: word i of row r at `to[i * stride + r]`. The few words of a block with one group are in registers,
// the others in memory, from where four words of four rows are loaded and transposed.
template <int WORDS> inline void storeFourRows(const uint32_t (&rows)[4][WORDS], int stride, uint8_t* to) {
  if constexpr (WORDS <= 8) {
    for (int i = 0; i < WORDS; i++) {
      const Words4 words = {rows[0][i], rows[1][i], rows[2][i], rows[3][i]};
      memcpy(to + i * stride * 4, &words, 16);
    }
  } else {
    static_assert(WORDS % 4 == 0);
    for (int i = 0; i < WORDS; i += 4) {
      Words4 in[4], out[4];
      for (int row = 0; row < 4; row++) memcpy(&in[row], &rows[row][i], 16);
      transpose(in, out);
      for (int j = 0; j < 4; j++) memcpy(to + (i + j) * stride * 4, &out[j], 16);
    }
  }
}

template <WeightType TYPE> void packQuantized(const PackedShape& shape, const uint8_t* source, int rows, uint8_t* packed) {
  constexpr BlockLayout LAYOUT = layoutOf(TYPE);
  constexpr int GROUPS = LAYOUT.groups(), WORDS = GROUPS * LAYOUT.bits, SCALE_BYTES = GROUPS * LAYOUT.groupScaleBytes;
  const int lanes = shape.lanes, blocks = shape.columns / LAYOUT.elements;
  const size_t rowBytes = fileRowBytes(TYPE, shape.columns);
  const uint32_t bias = shape.biased ? 0x80808080 : 0;
  uint8_t *levels = packed, *scales = packed + shape.levelBytes;
  for (int b = 0; b < blocks; b++) {
    uint8_t* groupScales = scales + LAYOUT.blockScaleBytes * lanes;
    const auto blockOf = [&](int lane) { return source + (size_t)lane * rowBytes + (size_t)b * LAYOUT.bytes; };
    int lane = 0;
    for (; lane + 4 <= rows; lane += 4) {
      uint32_t words[4][WORDS];
      for (int row = 0; row < 4; row++) Packer<TYPE>::packBlock(blockOf(lane + row), bias, words[row]);
      storeFourRows<WORDS>(words, lanes, levels + lane * 4);
    }
    for (; lane < rows; lane++) {
      uint32_t words[WORDS];
      Packer<TYPE>::packBlock(blockOf(lane), bias, words);
      for (int i = 0; i < WORDS; i++) store(levels + (i * lanes + lane) * 4, words[i]);
    }
    for (lane = 0; lane < rows; lane++) {
      const uint8_t* block = blockOf(lane);
      if constexpr (LAYOUT.blockScaleBytes > 0)
        interleave<LAYOUT.blockScaleBytes, 2>(blockScalesOf(TYPE, block), lanes, lane, scales);
      uint8_t unpacked[SCALE_BYTES];
      copyGroupScales(TYPE, block, unpacked);
      interleave<SCALE_BYTES, LAYOUT.scaleBytes()>(unpacked, lanes, lane, groupScales);
    }
    levels += WORDS * 4 * lanes;
    scales = groupScales + SCALE_BYTES * lanes;
  }
}

// Columns are processed in blocks, because the rows of a matrix often have the same position in the cache, which then cannot
// contain a column of all rows.
constexpr int BLOCK_WORDS = 16;

// Packs elements of four bytes, or pairs of elements of two bytes. An odd last column of two bytes is not packed.
void packWords(const PackedShape& shape, const uint8_t* source, int rows, uint8_t* packed) {
  const int lanes = shape.lanes, words = (int)(fileRowBytes(shape.type, shape.columns) / 4);
  const size_t rowBytes = fileRowBytes(shape.type, shape.columns);
  for (int from = 0; from < words; from += BLOCK_WORDS) {
    const int count = words - from < BLOCK_WORDS ? words - from : BLOCK_WORDS;
    uint8_t* out = packed + (size_t)from * 4 * (size_t)lanes;
    for (int lane = 0; lane < rows; lane++) {
      const uint8_t* row = source + (size_t)lane * rowBytes + (size_t)from * 4;
      for (int i = 0; i < count; i++) store(out + (i * lanes + lane) * 4, load(row + 4 * i));
    }
  }
}

// Packs elements of two bytes of a complete panel, two columns of two rows at a time. An odd last column is not packed.
void packHalfWords(const PackedShape& shape, const uint8_t* source, uint8_t* packed) {
  const int lanes = shape.lanes, words = shape.columns / 2;
  const size_t rowBytes = fileRowBytes(shape.type, shape.columns);
  for (int from = 0; from < words; from += BLOCK_WORDS) {
    const int count = words - from < BLOCK_WORDS ? words - from : BLOCK_WORDS;
    uint8_t* out = packed + (size_t)from * 4 * (size_t)lanes;
    for (int lane = 0; lane < lanes; lane += 2) {
      const uint8_t* row = source + (size_t)lane * rowBytes + (size_t)from * 4;
      for (int i = 0; i < count; i++) {
        const uint32_t a = load(row + 4 * i), b = load(row + rowBytes + 4 * i);
        store(out + (2 * i * lanes + lane) * 2, (a & 0xffff) | b << 16);
        store(out + ((2 * i + 1) * lanes + lane) * 2, a >> 16 | (b & 0xffff0000));
      }
    }
  }
}

void packFloats(const PackedShape& shape, const uint8_t* source, int rows, uint8_t* packed) {
  const size_t bytes = (size_t)layoutOf(shape.type).bytes, rowBytes = fileRowBytes(shape.type, shape.columns);
  int from = 0;  // first column that is not packed yet
  if (bytes == 4 || shape.pairs) {
    packWords(shape, source, rows, packed);
    from = bytes == 4 ? shape.columns : shape.columns / 2 * 2;
  } else if (rows == shape.lanes) {
    packHalfWords(shape, source, packed);
    from = shape.columns / 2 * 2;
  }
  for (int k = from; k < shape.columns; k++)
    for (int lane = 0; lane < rows; lane++)
      memcpy(packed + floatOffset(shape, k, lane) * bytes, source + (size_t)lane * rowBytes + (size_t)k * bytes, bytes);
}

size_t roundUp(size_t bytes) { return (bytes + 63) / 64 * 64; }

}  // namespace

int blockElements(WeightType type) { return layoutOf(type).elements; }

size_t fileRowBytes(WeightType type, int columns) {
  return (size_t)(columns / layoutOf(type).elements) * (size_t)layoutOf(type).bytes;
}

PackedShape packedShape(WeightType type, int rows, int columns, const Kernels& kernels) {
  const BlockLayout& layout = layoutOf(type);
  const size_t lanes = (size_t)kernels.lanes;
  const bool pairs = kernels.bf16Pairs && type == WeightType::BF16;
  PackedShape shape{type, rows, columns, kernels.lanes, kernels.biasedBytes, pairs, 0, 0, 0};
  if (layout.bits == 0) {
    const size_t columnBytes = lanes * (size_t)layout.bytes, odd = pairs ? (size_t)columns % 2 : 0;
    shape.levelBytes = shape.panelBytes = roundUp(((size_t)columns + odd) * columnBytes);
    shape.filledBytes = ((size_t)columns - odd) * columnBytes;
    return shape;
  }
  const size_t groups = (size_t)columns / GROUP_SIZE;
  const size_t blocks = groups / (size_t)layout.groups();
  shape.levelBytes = groups * (size_t)layout.bits * 4 * lanes;
  const size_t scaleBytes = (blocks * (size_t)layout.blockScaleBytes + groups * (size_t)layout.groupScaleBytes) * lanes;
  shape.filledBytes = shape.levelBytes + scaleBytes;
  shape.panelBytes = roundUp(shape.filledBytes);
  return shape;
}

void packPanel(const PackedShape& shape, int panel, const uint8_t* source, uint8_t* packed) {
  const int lanes = shape.lanes, first = panel * lanes;
  const int rows = shape.rows - first < lanes ? shape.rows - first : lanes;
  // Absent rows and padding are zero.
  const size_t from = rows < lanes ? 0 : shape.filledBytes;
  memset(packed + from, 0, shape.panelBytes - from);
  switch (shape.type) {
    case WeightType::F32:
    case WeightType::F16:
    case WeightType::BF16: return packFloats(shape, source, rows, packed);
    case WeightType::Q8_0: return packQuantized<WeightType::Q8_0>(shape, source, rows, packed);
    case WeightType::Q4_0: return packQuantized<WeightType::Q4_0>(shape, source, rows, packed);
    case WeightType::Q4_1: return packQuantized<WeightType::Q4_1>(shape, source, rows, packed);
    case WeightType::Q5_0: return packQuantized<WeightType::Q5_0>(shape, source, rows, packed);
    case WeightType::Q5_1: return packQuantized<WeightType::Q5_1>(shape, source, rows, packed);
    case WeightType::Q4_K: return packQuantized<WeightType::Q4_K>(shape, source, rows, packed);
    case WeightType::Q5_K: return packQuantized<WeightType::Q5_K>(shape, source, rows, packed);
    case WeightType::Q6_K: return packQuantized<WeightType::Q6_K>(shape, source, rows, packed);
    default: return;
  }
}

}  // namespace quire
