// Reads and writes keys and values in KV blocks.
//
// A block contains, for each layer and KV head: keys [headDim][slots], values [slots][headDim], and for int8 a scale
// for each key and for each value, from a multiple of four bytes on. Keys in int8 are pairs of elements,
// [headDim / 2][slots][2], followed by the last elements, [slots], if headDim is odd.
#pragma once

namespace quire::QUIRE_ISA {

constexpr int MAX_HEAD_DIM = 512;

inline size_t elementBytes(KvType type) { return type == KvType::F32 ? 4 : type == KvType::INT8 ? 1 : 2; }

struct HeadPointers { uint8_t* keys; uint8_t* values; float* keyScales; float* valueScales; };

inline HeadPointers headPointers(const KvBlocks& kv, int layer, int block, int head) {
  const size_t keyBytes = (size_t)kv.blockSize * kv.headDim * elementBytes(kv.type);
  const size_t headBytes = kv.layerBytes / kv.kvHeads;
  uint8_t* keys = kv.data + (size_t)block * kv.blockBytes + (size_t)layer * kv.layerBytes + (size_t)head * headBytes;
  float* scales = (float*)(keys + (2 * keyBytes + 3) / 4 * 4);
  return {keys, keys + keyBytes, scales, scales + kv.blockSize};
}

struct Int8Element { int8_t bits; };
struct Int8Pair { int8_t bits[2]; };
inline F loadElements(const float* p) { return load(p); }
inline F loadElements(const F16Weight* p) { return loadF16(&p->bits); }
inline F loadElements(const Bf16Weight* p) { return loadBf16(&p->bits); }
inline F loadElements(const Int8Element* p) { return loadI8(&p->bits); }
inline I loadElements(const Int8Pair* p) { return loadPairs(p->bits); }
inline I loadElements(const int32_t* p) { return iload(p); }

template <class E> inline float elementToFloat(const E* p) {
  E elements[LANES] = {};
  elements[0] = *p;
  float lanes[LANES];
  store(lanes, loadElements(elements));
  return lanes[0];
}

inline uint16_t floatToF16(float x) {  // rounds to nearest, ties to even
  uint32_t word;
  __builtin_memcpy(&word, &x, 4);
  const uint16_t sign = (uint16_t)(word >> 16 & 0x8000);
  uint32_t magnitude = word & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {  // subnormal result: the addition of 0.5 makes the processor round to the right bit
    float size;
    __builtin_memcpy(&size, &magnitude, 4);
    size += 0.5f;
    uint32_t bits;
    __builtin_memcpy(&bits, &size, 4);
    return sign | (uint16_t)(bits - 0x3f000000);
  }
  magnitude += 0xc8000fff + (magnitude >> 13 & 1);
  return sign | (uint16_t)(magnitude >> 13);
}

inline uint16_t floatToBf16(float x) {
  uint32_t word;
  __builtin_memcpy(&word, &x, 4);
  if ((word & 0x7fffffff) > 0x7f800000) return (uint16_t)(word >> 16 | 0x40);
  return (uint16_t)((word + 0x7fff + (word >> 16 & 1)) >> 16);
}

/**
 * Divides `count` floats by a scale so that the largest magnitude becomes `largestInteger`, and rounds them to integers, ties
 * away from zero. Calls store(index, integers) for each vector; integers after the last one are zero. Returns the scale,
 * which is NaN if an element is infinite or NaN.
 */
template <class Store>
inline float roundToIntegers(const float* x, int count, float largestInteger, Store store) {
  F largest = zero(), nanIfInvalid = zero();
  forEachVector(count, [&](size_t i, int n) QUIRE_INLINE {
    const F elements = loadUpTo(x + i, n);
    largest = max(largest, abs(elements)), nanIfInvalid = add(nanIfInvalid, sub(elements, elements));
  });
  const float scale = (maxLanes(largest) + sumLanes(nanIfInvalid)) / largestInteger;
  const F inverse = set1(scale >= 0x1p-126f ? 1.0f / scale : 0.0f);
  forEachVector(count, [&](size_t i, int n) QUIRE_INLINE {
    const F quotient = mul(loadUpTo(x + i, n), inverse);
    F rounded = floorOf(add(abs(quotient), set1(0.5f)));
    rounded = choose(less(set1(largestInteger), rounded), set1(largestInteger), rounded);
    store(i, toI(orBits(rounded, signOf(quotient))));
  });
  return scale;
}

// Rounds the elements of a head to bytes and returns their scale. `out` has space for MAX_HEAD_DIM bytes and a vector.
inline float roundToBytes(const float* x, int count, int8_t* out) {
  return roundToIntegers(x, count, 127.0f, [&](size_t i, I integers) QUIRE_INLINE { storeBytes(out + i, integers); });
}

// Stores `count` floats as elements that are `stride` elements apart.
inline void storeElements(KvType type, const float* x, int count, uint8_t* out, int stride) {
  if (type == KvType::F32)
    for (int i = 0; i < count; i++) ((float*)out)[(size_t)i * stride] = x[i];
  else if (type == KvType::F16)
    for (int i = 0; i < count; i++) ((uint16_t*)out)[(size_t)i * stride] = floatToF16(x[i]);
  else if (type == KvType::BF16)
    for (int i = 0; i < count; i++) ((uint16_t*)out)[(size_t)i * stride] = floatToBf16(x[i]);
}

// Stores the elements of the key of a slot as pairs.
inline void storeKeyPairs(const int8_t* elements, int count, int slots, int slot, int8_t* out) {
  for (int i = 0; i + 1 < count; i += 2, out += 2 * slots)
    out[2 * slot] = elements[i], out[2 * slot + 1] = elements[i + 1];
  if (count % 2 == 1) out[slot] = elements[count - 1];
}

void storeKv(const KvBlocks& kv, int layer, int block, int slot, const float* key, const float* value) {
  const size_t bytes = elementBytes(kv.type);
  for (int head = 0; head < kv.kvHeads; head++, key += kv.headDim, value += kv.headDim) {
    HeadPointers pointers = headPointers(kv, layer, block, head);
    uint8_t* values = pointers.values + (size_t)slot * kv.headDim * bytes;
    if (kv.type == KvType::INT8) {
      int8_t elements[MAX_HEAD_DIM + LANES];
      pointers.keyScales[slot] = roundToBytes(key, kv.headDim, elements);
      storeKeyPairs(elements, kv.headDim, kv.blockSize, slot, (int8_t*)pointers.keys);
      pointers.valueScales[slot] = roundToBytes(value, kv.headDim, elements);
      __builtin_memcpy(values, elements, kv.headDim);
    } else {
      storeElements(kv.type, key, kv.headDim, pointers.keys + slot * bytes, kv.blockSize);
      storeElements(kv.type, value, kv.headDim, values, 1);
    }
  }
}

}  // namespace quire::QUIRE_ISA
