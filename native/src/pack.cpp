#include "pack.h"

#include <cstring>

// All quantized types are unpacked to the same form: levels of up to 8 bits, the scales of each group of 32, and the
// scales of a block. The blocks have the formats of ggml (see src/kernels/reference/block-decoders.ts).

namespace quire {

namespace {

struct TypeLayout {
  int elements, bytes;  // of a block
  int bits;             // of a level; 0 for floats
  int blockGroups;      // groups that share the scales of a block
  int blockScaleBytes;  // size of the scales of a block
  int groupScaleBytes;  // size of the scales of a group
};

constexpr TypeLayout LAYOUTS[] = {
    {1, 4, 0, 0, 0, 0},      {1, 2, 0, 0, 0, 0},      {1, 2, 0, 0, 0, 0},       // F32, F16, BF16
    {32, 34, 8, 1, 0, 2},    {32, 18, 4, 1, 0, 2},    {32, 20, 4, 1, 0, 4},     // Q8_0, Q4_0, Q4_1
    {32, 22, 5, 1, 0, 2},    {32, 24, 5, 1, 0, 4},                              // Q5_0, Q5_1
    {256, 144, 4, 8, 4, 2},  {256, 176, 5, 8, 4, 2},  {256, 210, 6, 8, 2, 2},   // Q4_K, Q5_K, Q6_K
};

const TypeLayout& layoutOf(WeightType type) { return LAYOUTS[(int)type]; }

// Unpacks the 6-bit scale and the 6-bit minimum of a group of Q4_K or Q5_K.
void unpackNestedScales(const uint8_t* block, int group, uint8_t* out) {
  if (group < 4) {
    out[0] = block[group] & 63;
    out[1] = block[group + 4] & 63;
  } else {
    out[0] = (uint8_t)((block[group + 4] & 15) | (block[group - 4] >> 6 << 4));
    out[1] = (uint8_t)((block[group + 4] >> 4) | (block[group] >> 6 << 4));
  }
}

// Unpacks the levels and the scales of one group of 32; `group` is the index of the group in the block.
void unpackGroup(WeightType type, const uint8_t* block, int group, uint8_t* levels, uint8_t* scales) {
  auto unpackNibbles = [&](const uint8_t* q) {
    for (int i = 0; i < 16; i++) levels[i] = q[i] & 15, levels[i + 16] = q[i] >> 4;
  };
  auto addFifthBits = [&](const uint8_t* highBits) {
    uint32_t word;
    memcpy(&word, highBits, 4);
    for (int i = 0; i < 32; i++) levels[i] = (uint8_t)(levels[i] | (word >> i & 1) << 4);
  };
  switch (type) {
    case WeightType::Q8_0: memcpy(scales, block, 2), memcpy(levels, block + 2, 32); return;
    case WeightType::Q4_0: memcpy(scales, block, 2), unpackNibbles(block + 2); return;
    case WeightType::Q4_1: memcpy(scales, block, 4), unpackNibbles(block + 4); return;
    case WeightType::Q5_0: memcpy(scales, block, 2), unpackNibbles(block + 6), addFifthBits(block + 2); return;
    case WeightType::Q5_1: memcpy(scales, block, 4), unpackNibbles(block + 8), addFifthBits(block + 4); return;
    case WeightType::Q4_K:
    case WeightType::Q5_K: {
      const uint8_t* low = block + (type == WeightType::Q4_K ? 16 : 48) + group / 2 * 32;
      for (int i = 0; i < 32; i++) levels[i] = low[i] >> (group % 2 * 4) & 15;
      if (type == WeightType::Q5_K)
        for (int i = 0; i < 32; i++) levels[i] = (uint8_t)(levels[i] | (block[16 + i] >> group & 1) << 4);
      return unpackNestedScales(block + 4, group, scales);
    }
    case WeightType::Q6_K: {
      const int half = group / 4, groupInHalf = group % 4;
      const uint8_t *low = block + half * 64 + groupInHalf % 2 * 32, *highBits = block + 128 + half * 32;
      for (int i = 0; i < 32; i++)
        levels[i] = (uint8_t)((low[i] >> (groupInHalf / 2 * 4) & 15) | (highBits[i] >> (2 * groupInHalf) & 3) << 4);
      memcpy(scales, block + 192 + 2 * group, 2);
      return;
    }
    default: return;
  }
}

// Unpacks the f16 scales that all groups of a block share.
void unpackBlockScales(WeightType type, const uint8_t* block, uint8_t* blockScales) {
  if (type == WeightType::Q6_K) memcpy(blockScales, block + 208, 2);
  else memcpy(blockScales, block, 4);
}

// Writes the low four bits of the levels of a group in one lane; a byte contains levels of two chunks.
void packNibbles(int lanes, int lane, const uint8_t* levels, uint8_t* out) {
  for (int chunk = 0; chunk < 8; chunk += 2)
    for (int i = 0; i < 4; i++)
      out[chunk / 2 * 4 * lanes + lane * 4 + i] =
          (uint8_t)((levels[4 * chunk + i] & 15) | (levels[4 * chunk + 4 + i] & 15) << 4);
}

unsigned nibbleAt(int lanes, int lane, const uint8_t* panel, int i) {
  return panel[i / 8 * 4 * lanes + lane * 4 + i % 4] >> (i / 4 % 2 * 4) & 15u;
}

// Writes the levels of a group in one lane, in the layout that linear.h reads.
void packLevels(const PackedShape& shape, int bits, int lane, const uint8_t* levels, uint8_t* out) {
  const int lanes = shape.lanes, vector = 4 * lanes;
  uint8_t* highBits = out + 4 * vector;
  if (bits == 8) {
    const uint8_t bias = shape.biased ? 0x80 : 0;
    for (int i = 0; i < GROUP_SIZE; i++) out[i / 4 * vector + lane * 4 + i % 4] = levels[i] ^ bias;
    return;
  }
  packNibbles(lanes, lane, levels, out);
  if (bits == 5) {
    for (int i = 0; i < 4; i++) {
      unsigned byte = 0;
      for (int chunk = 0; chunk < 8; chunk++) byte |= (levels[4 * chunk + i] >> 4 & 1u) << chunk;
      highBits[lane * 4 + i] = (uint8_t)byte;
    }
  } else if (bits == 6) {
    for (int half = 0; half < 2; half++)
      for (int i = 0; i < 4; i++) {
        unsigned byte = 0;
        for (int chunk = 0; chunk < 4; chunk++) byte |= (levels[16 * half + 4 * chunk + i] >> 4 & 3u) << (2 * chunk);
        highBits[half * vector + lane * 4 + i] = (uint8_t)byte;
      }
  }
}

uint8_t levelAt(const PackedShape& shape, int bits, int lane, const uint8_t* panel, int i) {
  const int lanes = shape.lanes, vector = 4 * lanes, chunk = i / 4, byte = i % 4;
  const uint8_t* highBits = panel + 4 * vector;
  if (bits == 8)
    return panel[chunk * vector + lane * 4 + byte] ^ (shape.biased ? 0x80 : 0);
  unsigned level = nibbleAt(lanes, lane, panel, i);
  if (bits == 5) level |= (highBits[lane * 4 + byte] >> chunk & 1u) << 4;
  if (bits == 6) level |= (highBits[chunk / 4 * vector + lane * 4 + byte] >> (chunk % 4 * 2) & 3u) << 4;
  return (uint8_t)level;
}

double f16At(const uint8_t* p) {
  uint16_t bits;
  memcpy(&bits, p, 2);
  return f16ToFloat(bits);
}

// Returns the value of a level, computed in doubles as in the reference backend.
double dequantize(WeightType type, uint8_t level, int inGroup, const uint8_t* blockScales, const uint8_t* scales) {
  switch (type) {
    case WeightType::Q8_0: return f16At(scales) * (int8_t)level;
    case WeightType::Q4_0: return f16At(scales) * (level - 8);
    case WeightType::Q5_0: return f16At(scales) * (level - 16);
    case WeightType::Q4_1:
    case WeightType::Q5_1: return f16At(scales) * level + f16At(scales + 2);
    case WeightType::Q4_K:
    case WeightType::Q5_K: return f16At(blockScales) * scales[0] * level - f16At(blockScales + 2) * scales[1];
    case WeightType::Q6_K: return f16At(blockScales) * (int8_t)scales[inGroup / 16] * (level - 32);
    default: return 0;
  }
}

float bf16ToFloat(uint16_t bits) {
  uint32_t word = (uint32_t)bits << 16;
  float x;
  memcpy(&x, &word, 4);
  return x;
}

float floatAt(WeightType type, const uint8_t* p) {
  float x;
  uint16_t bits;
  if (type == WeightType::F32) return memcpy(&x, p, 4), x;
  memcpy(&bits, p, 2);
  return type == WeightType::F16 ? f16ToFloat(bits) : bf16ToFloat(bits);
}

// Returns the index of the element of a column and lane in a panel of floats.
size_t floatOffset(const PackedShape& shape, int column, int lane) {
  const size_t lanes = (size_t)shape.lanes;
  if (shape.pairs) return ((size_t)column / 2 * lanes + (size_t)lane) * 2 + (size_t)column % 2;
  return (size_t)column * lanes + (size_t)lane;
}

size_t roundUp(size_t bytes) { return (bytes + 63) / 64 * 64; }

// Copy the scales of one lane to and from a panel, where the scales of the lanes alternate: [scales][lanes]. `unit` is
// the size of a scale in bytes.
void interleave(const uint8_t* from, int bytes, int unit, int lanes, int lane, uint8_t* to) {
  for (int i = 0; i * unit < bytes; i++)
    memcpy(to + (size_t)(i * lanes + lane) * unit, from + i * unit, (size_t)unit);
}
void deinterleave(const uint8_t* from, int bytes, int unit, int lanes, int lane, uint8_t* to) {
  for (int i = 0; i * unit < bytes; i++)
    memcpy(to + i * unit, from + (size_t)(i * lanes + lane) * unit, (size_t)unit);
}

// Returns the size of one scale of a group.
int scaleBytes(const TypeLayout& layout) { return layout.blockScaleBytes > 0 ? 1 : 2; }

}  // namespace

float f16ToFloat(uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const float sign = bits & 0x8000 ? -1.0f : 1.0f;
  if (exponent == 31) return fraction ? __builtin_nanf("") : sign * __builtin_inff();
  if (exponent == 0) return sign * (float)fraction * 0x1p-24f;
  uint32_t word = (uint32_t)(bits & 0x8000) << 16 | (uint32_t)(exponent + 112) << 23 | (uint32_t)fraction << 13;
  float x;
  memcpy(&x, &word, 4);
  return x;
}

int blockElements(WeightType type) { return layoutOf(type).elements; }

size_t fileRowBytes(WeightType type, int columns) {
  return (size_t)(columns / layoutOf(type).elements) * (size_t)layoutOf(type).bytes;
}

PackedShape packedShape(WeightType type, int rows, int columns, const Kernels& kernels) {
  const TypeLayout& layout = layoutOf(type);
  const size_t lanes = (size_t)kernels.lanes;
  const bool pairs = kernels.bf16Pairs && type == WeightType::BF16;
  PackedShape shape{type, rows, columns, kernels.lanes, kernels.biasedBytes, pairs, 0, 0};
  if (layout.bits == 0) {
    const size_t paddedColumns = (size_t)columns + (pairs ? (size_t)columns % 2 : 0);
    shape.levelBytes = shape.panelBytes = roundUp(paddedColumns * lanes * (size_t)layout.bytes);
    return shape;
  }
  const size_t groups = (size_t)columns / GROUP_SIZE;
  const size_t blocks = groups / (size_t)layout.blockGroups;
  shape.levelBytes = groups * (size_t)layout.bits * 4 * lanes;
  const size_t scaleBytes = (blocks * (size_t)layout.blockScaleBytes + groups * (size_t)layout.groupScaleBytes) * lanes;
  shape.panelBytes = roundUp(shape.levelBytes + scaleBytes);
  return shape;
}

void packPanel(const PackedShape& shape, int panel, const uint8_t* source, uint8_t* packed) {
  const TypeLayout& layout = layoutOf(shape.type);
  const int lanes = shape.lanes;
  const int first = panel * lanes;
  const int count = shape.rows - first < lanes ? shape.rows - first : lanes;
  const size_t rowBytes = fileRowBytes(shape.type, shape.columns);
  memset(packed, 0, shape.panelBytes);
  if (layout.bits == 0) {
    const size_t bytes = (size_t)layout.bytes;
    for (int k = 0; k < shape.columns; k++)
      for (int lane = 0; lane < count; lane++)
        memcpy(packed + floatOffset(shape, k, lane) * bytes, source + (size_t)lane * rowBytes + (size_t)k * bytes,
               bytes);
    return;
  }
  const size_t groupLevelBytes = (size_t)layout.bits * 4 * (size_t)lanes;
  const int groupsInBlock = layout.elements / GROUP_SIZE;
  for (int lane = 0; lane < count; lane++) {
    const uint8_t* block = source + (size_t)lane * rowBytes;
    uint8_t* levels = packed;
    uint8_t* scales = packed + shape.levelBytes;
    for (int column = 0; column < shape.columns; column += layout.elements, block += layout.bytes) {
      uint8_t blockScales[4], groupScales[4], groupLevels[GROUP_SIZE];
      if (layout.blockScaleBytes > 0) {
        unpackBlockScales(shape.type, block, blockScales);
        interleave(blockScales, layout.blockScaleBytes, 2, lanes, lane, scales);
        scales += layout.blockScaleBytes * lanes;
      }
      for (int g = 0; g < groupsInBlock; g++) {
        unpackGroup(shape.type, block, g, groupLevels, groupScales);
        packLevels(shape, layout.bits, lane, groupLevels, levels);
        interleave(groupScales, layout.groupScaleBytes, scaleBytes(layout), lanes, lane, scales);
        levels += groupLevelBytes;
        scales += layout.groupScaleBytes * lanes;
      }
    }
  }
}

void readRow(const PackedShape& shape, const uint8_t* packed, int row, float* out) {
  const TypeLayout& layout = layoutOf(shape.type);
  const int lanes = shape.lanes, lane = row % lanes;
  const uint8_t* panel = packed + (size_t)(row / lanes) * shape.panelBytes;
  if (layout.bits == 0) {
    for (int k = 0; k < shape.columns; k++)
      out[k] = floatAt(shape.type, panel + floatOffset(shape, k, lane) * (size_t)layout.bytes);
    return;
  }
  const size_t groupLevelBytes = (size_t)layout.bits * 4 * (size_t)lanes;
  const uint8_t* levels = panel;
  const uint8_t* scales = panel + shape.levelBytes;
  uint8_t blockScales[4] = {}, groupScales[4];
  for (int group = 0; group * GROUP_SIZE < shape.columns; group++) {
    if (layout.blockScaleBytes > 0 && group % layout.blockGroups == 0) {
      deinterleave(scales, layout.blockScaleBytes, 2, lanes, lane, blockScales);
      scales += layout.blockScaleBytes * lanes;
    }
    deinterleave(scales, layout.groupScaleBytes, scaleBytes(layout), lanes, lane, groupScales);
    for (int i = 0; i < GROUP_SIZE; i++) {
      const uint8_t level = levelAt(shape, layout.bits, lane, levels, i);
      out[group * GROUP_SIZE + i] = (float)dequantize(shape.type, level, i, blockScales, groupScales);
    }
    levels += groupLevelBytes;
    scales += layout.groupScaleBytes * lanes;
  }
}

void decodeElements(WeightType type, const uint8_t* source, size_t count, float* out) {
  const TypeLayout& layout = layoutOf(type);
  if (layout.bits == 0) {
    for (size_t i = 0; i < count; i++) out[i] = floatAt(type, source + i * (size_t)layout.bytes);
    return;
  }
  for (size_t first = 0; first < count; first += (size_t)layout.elements, source += layout.bytes) {
    uint8_t blockScales[4] = {}, scales[4], levels[GROUP_SIZE];
    if (layout.blockScaleBytes > 0) unpackBlockScales(type, source, blockScales);
    for (int g = 0; g < layout.elements / GROUP_SIZE; g++) {
      unpackGroup(type, source, g, levels, scales);
      for (int i = 0; i < GROUP_SIZE && first + (size_t)(g * GROUP_SIZE + i) < count; i++)
        out[first + (size_t)(g * GROUP_SIZE + i)] = (float)dequantize(type, levels[i], i, blockScales, scales);
    }
  }
}

}  // namespace quire
