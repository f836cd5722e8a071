#include "pack.h"

#include <cstring>

// A quantized row is unpacked once into the parts that all types have in common: levels of up to 8 bits, and the
// scale bytes of each group of 32. The layouts of the stored blocks are ggml's (see
// src/kernels/reference/block-decoders.ts).

namespace quire {

namespace {

struct TypeLayout {
  int elements, bytes;         // of a stored block
  int bits;                    // of a level; 0 for floats
  int superGroups;             // groups under one head
  int headBytes, scaleBytes;   // for each lane: of a head, of a group's scales
};

constexpr TypeLayout LAYOUTS[] = {
    {1, 4, 0, 0, 0, 0},      {1, 2, 0, 0, 0, 0},      {1, 2, 0, 0, 0, 0},       // F32, F16, BF16
    {32, 34, 8, 1, 0, 2},    {32, 18, 4, 1, 0, 2},    {32, 20, 4, 1, 0, 4},     // Q8_0, Q4_0, Q4_1
    {32, 22, 5, 1, 0, 2},    {32, 24, 5, 1, 0, 4},                              // Q5_0, Q5_1
    {256, 144, 4, 8, 4, 2},  {256, 176, 5, 8, 4, 2},  {256, 210, 6, 8, 2, 2},   // Q4_K, Q5_K, Q6_K
};

const TypeLayout& layoutOf(WeightType type) { return LAYOUTS[(int)type]; }

// Reads the two 6-bit numbers of a group of a K type: its scale and its minimum.
void nestedScales(const uint8_t* b, int group, uint8_t* out) {
  if (group < 4) {
    out[0] = b[group] & 63;
    out[1] = b[group + 4] & 63;
  } else {
    out[0] = (uint8_t)((b[group + 4] & 15) | (b[group - 4] >> 6 << 4));
    out[1] = (uint8_t)((b[group + 4] >> 4) | (b[group] >> 6 << 4));
  }
}

// Unpacks the levels of one group of 32 and its scale bytes; `group` is the index within the block.
void unpackGroup(WeightType type, const uint8_t* b, int group, uint8_t* levels, uint8_t* scales) {
  auto nibbles = [&](const uint8_t* q) {
    for (int i = 0; i < 16; i++) levels[i] = q[i] & 15, levels[i + 16] = q[i] >> 4;
  };
  auto fifths = [&](const uint8_t* high) {
    uint32_t word;
    memcpy(&word, high, 4);
    for (int i = 0; i < 32; i++) levels[i] = (uint8_t)(levels[i] | (word >> i & 1) << 4);
  };
  switch (type) {
    case WeightType::Q8_0: memcpy(scales, b, 2), memcpy(levels, b + 2, 32); return;
    case WeightType::Q4_0: memcpy(scales, b, 2), nibbles(b + 2); return;
    case WeightType::Q4_1: memcpy(scales, b, 4), nibbles(b + 4); return;
    case WeightType::Q5_0: memcpy(scales, b, 2), nibbles(b + 6), fifths(b + 2); return;
    case WeightType::Q5_1: memcpy(scales, b, 4), nibbles(b + 8), fifths(b + 4); return;
    case WeightType::Q4_K:
    case WeightType::Q5_K: {
      const uint8_t* low = b + (type == WeightType::Q4_K ? 16 : 48) + group / 2 * 32;
      for (int i = 0; i < 32; i++) levels[i] = low[i] >> (group % 2 * 4) & 15;
      if (type == WeightType::Q5_K)
        for (int i = 0; i < 32; i++) levels[i] = (uint8_t)(levels[i] | (b[16 + i] >> group & 1) << 4);
      return nestedScales(b + 4, group, scales);
    }
    case WeightType::Q6_K: {
      const int half = group / 4, run = group % 4;
      const uint8_t *low = b + half * 64 + run % 2 * 32, *high = b + 128 + half * 32;
      for (int i = 0; i < 32; i++)
        levels[i] = (uint8_t)((low[i] >> (run / 2 * 4) & 15) | (high[i] >> (2 * run) & 3) << 4);
      memcpy(scales, b + 192 + 2 * group, 2);
      return;
    }
    default: return;
  }
}

// Reads the f16 scales that all groups of a block share.
void unpackHead(WeightType type, const uint8_t* b, uint8_t* head) {
  if (type == WeightType::Q6_K) memcpy(head, b + 208, 2);
  else memcpy(head, b, 4);
}

// Writes the low four bits of a group of one lane to the panel's vectors: two chunks share a byte.
void packNibbles(int lanes, int lane, const uint8_t* levels, uint8_t* out) {
  for (int chunk = 0; chunk < 8; chunk += 2)
    for (int i = 0; i < 4; i++)
      out[chunk / 2 * 4 * lanes + lane * 4 + i] =
          (uint8_t)((levels[4 * chunk + i] & 15) | (levels[4 * chunk + 4 + i] & 15) << 4);
}

unsigned nibbleAt(int lanes, int lane, const uint8_t* panel, int i) {
  return panel[i / 8 * 4 * lanes + lane * 4 + i % 4] >> (i / 4 % 2 * 4) & 15u;
}

// Writes the levels of a group of one lane to the panel's vectors, as linear.h reads them.
void packLevels(const PackedShape& shape, int bits, int lane, const uint8_t* levels, uint8_t* out) {
  const int lanes = shape.lanes, vector = 4 * lanes;
  uint8_t* high = out + 4 * vector;
  if (bits == 8) {
    const uint8_t flip = shape.biased ? 0x80 : 0;
    for (int i = 0; i < GROUP; i++) out[i / 4 * vector + lane * 4 + i % 4] = levels[i] ^ flip;
    return;
  }
  packNibbles(lanes, lane, levels, out);
  if (bits == 5) {
    for (int i = 0; i < 4; i++) {
      unsigned byte = 0;
      for (int chunk = 0; chunk < 8; chunk++) byte |= (levels[4 * chunk + i] >> 4 & 1u) << chunk;
      high[lane * 4 + i] = (uint8_t)byte;
    }
  } else if (bits == 6) {
    for (int half = 0; half < 2; half++)
      for (int i = 0; i < 4; i++) {
        unsigned byte = 0;
        for (int chunk = 0; chunk < 4; chunk++) byte |= (levels[16 * half + 4 * chunk + i] >> 4 & 3u) << (2 * chunk);
        high[half * vector + lane * 4 + i] = (uint8_t)byte;
      }
  }
}

uint8_t levelAt(const PackedShape& shape, int bits, int lane, const uint8_t* panel, int i) {
  const int lanes = shape.lanes, vector = 4 * lanes, chunk = i / 4, byte = i % 4;
  const uint8_t* high = panel + 4 * vector;
  if (bits == 8)
    return panel[chunk * vector + lane * 4 + byte] ^ (shape.biased ? 0x80 : 0);
  unsigned level = nibbleAt(lanes, lane, panel, i);
  if (bits == 5) level |= (high[lane * 4 + byte] >> chunk & 1u) << 4;
  if (bits == 6) level |= (high[chunk / 4 * vector + lane * 4 + byte] >> (chunk % 4 * 2) & 3u) << 4;
  return (uint8_t)level;
}

double f16At(const uint8_t* p) {
  uint16_t bits;
  memcpy(&bits, p, 2);
  return f16ToFloat(bits);
}

// The value of a level, in doubles as the reference computes it.
double valueOf(WeightType type, uint8_t level, int inGroup, const uint8_t* head, const uint8_t* scales) {
  switch (type) {
    case WeightType::Q8_0: return f16At(scales) * (int8_t)level;
    case WeightType::Q4_0: return f16At(scales) * (level - 8);
    case WeightType::Q5_0: return f16At(scales) * (level - 16);
    case WeightType::Q4_1:
    case WeightType::Q5_1: return f16At(scales) * level + f16At(scales + 2);
    case WeightType::Q4_K:
    case WeightType::Q5_K: return f16At(head) * scales[0] * level - f16At(head + 2) * scales[1];
    case WeightType::Q6_K: return f16At(head) * (int8_t)scales[inGroup / 16] * (level - 32);
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

// Index of the element of a column and a lane in a panel of floats.
size_t floatOffset(const PackedShape& shape, int column, int lane) {
  const size_t lanes = (size_t)shape.lanes;
  if (shape.pairs) return ((size_t)column / 2 * lanes + (size_t)lane) * 2 + (size_t)column % 2;
  return (size_t)column * lanes + (size_t)lane;
}

size_t roundUp(size_t bytes) { return (bytes + 63) / 64 * 64; }

// Copies part `unit` of a lane's bytes between the bytes of all lanes: block and group scales are [units of 2 or
// 1][lanes].
void scatter(const uint8_t* from, int bytes, int unit, int lanes, int lane, uint8_t* to) {
  for (int part = 0; part * unit < bytes; part++)
    memcpy(to + (size_t)(part * lanes + lane) * unit, from + part * unit, (size_t)unit);
}
void gather(const uint8_t* from, int bytes, int unit, int lanes, int lane, uint8_t* to) {
  for (int part = 0; part * unit < bytes; part++)
    memcpy(to + part * unit, from + (size_t)(part * lanes + lane) * unit, (size_t)unit);
}

int scaleUnit(const TypeLayout& layout) { return layout.headBytes > 0 ? 1 : 2; }

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

size_t storedRowBytes(WeightType type, int columns) {
  return (size_t)(columns / layoutOf(type).elements) * (size_t)layoutOf(type).bytes;
}

PackedShape packedShape(WeightType type, int rows, int columns, const Kernels& kernels) {
  const TypeLayout& layout = layoutOf(type);
  const size_t lanes = (size_t)kernels.lanes;
  const bool pairs = kernels.bf16Pairs && type == WeightType::BF16;
  PackedShape shape{type, rows, columns, kernels.lanes, kernels.biasedBytes, pairs, 0, 0};
  if (layout.bits == 0) {
    const size_t stored = (size_t)columns + (pairs ? (size_t)columns % 2 : 0);
    shape.levelBytes = shape.panelBytes = roundUp(stored * lanes * (size_t)layout.bytes);
    return shape;
  }
  const size_t groups = (size_t)columns / GROUP;
  const size_t heads = groups / (size_t)layout.superGroups;
  shape.levelBytes = groups * (size_t)layout.bits * 4 * lanes;
  const size_t scaleBytes = (heads * (size_t)layout.headBytes + groups * (size_t)layout.scaleBytes) * lanes;
  shape.panelBytes = roundUp(shape.levelBytes + scaleBytes);
  return shape;
}

void packPanel(const PackedShape& shape, int panel, const uint8_t* stored, uint8_t* packed) {
  const TypeLayout& layout = layoutOf(shape.type);
  const int lanes = shape.lanes;
  const int first = panel * lanes;
  const int count = shape.rows - first < lanes ? shape.rows - first : lanes;
  const size_t rowBytes = storedRowBytes(shape.type, shape.columns);
  memset(packed, 0, shape.panelBytes);
  if (layout.bits == 0) {
    const size_t bytes = (size_t)layout.bytes;
    for (int k = 0; k < shape.columns; k++)
      for (int lane = 0; lane < count; lane++)
        memcpy(packed + floatOffset(shape, k, lane) * bytes, stored + (size_t)lane * rowBytes + (size_t)k * bytes, bytes);
    return;
  }
  const size_t groupLevels = (size_t)layout.bits * 4 * (size_t)lanes;
  const int groupsInBlock = layout.elements / GROUP;
  for (int lane = 0; lane < count; lane++) {
    const uint8_t* block = stored + (size_t)lane * rowBytes;
    uint8_t* levels = packed;
    uint8_t* scales = packed + shape.levelBytes;
    for (int at = 0; at < shape.columns; at += layout.elements, block += layout.bytes) {
      uint8_t head[4], groupScales[4], group[GROUP];
      if (layout.headBytes > 0) {
        unpackHead(shape.type, block, head);
        scatter(head, layout.headBytes, 2, lanes, lane, scales);
        scales += layout.headBytes * lanes;
      }
      for (int g = 0; g < groupsInBlock; g++) {
        unpackGroup(shape.type, block, g, group, groupScales);
        packLevels(shape, layout.bits, lane, group, levels);
        scatter(groupScales, layout.scaleBytes, scaleUnit(layout), lanes, lane, scales);
        levels += groupLevels;
        scales += layout.scaleBytes * lanes;
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
  const size_t groupLevels = (size_t)layout.bits * 4 * (size_t)lanes;
  const uint8_t* levels = panel;
  const uint8_t* scales = panel + shape.levelBytes;
  uint8_t head[4] = {}, groupScales[4];
  for (int group = 0; group * GROUP < shape.columns; group++) {
    if (layout.headBytes > 0 && group % layout.superGroups == 0) {
      gather(scales, layout.headBytes, 2, lanes, lane, head);
      scales += layout.headBytes * lanes;
    }
    gather(scales, layout.scaleBytes, scaleUnit(layout), lanes, lane, groupScales);
    for (int i = 0; i < GROUP; i++) {
      const uint8_t level = levelAt(shape, layout.bits, lane, levels, i);
      out[group * GROUP + i] = (float)valueOf(shape.type, level, i, head, groupScales);
    }
    levels += groupLevels;
    scales += layout.scaleBytes * lanes;
  }
}

void decode(WeightType type, const uint8_t* stored, size_t count, float* out) {
  const TypeLayout& layout = layoutOf(type);
  if (layout.bits == 0) {
    for (size_t i = 0; i < count; i++) out[i] = floatAt(type, stored + i * (size_t)layout.bytes);
    return;
  }
  for (size_t at = 0; at < count; at += (size_t)layout.elements, stored += layout.bytes) {
    uint8_t head[4] = {}, scales[4], levels[GROUP];
    if (layout.headBytes > 0) unpackHead(type, stored, head);
    for (int g = 0; g < layout.elements / GROUP; g++) {
      unpackGroup(type, stored, g, levels, scales);
      for (int i = 0; i < GROUP && at + (size_t)(g * GROUP + i) < count; i++)
        out[at + (size_t)(g * GROUP + i)] = (float)valueOf(type, levels[i], i, head, scales);
    }
  }
}

}  // namespace quire
