// Reads a tape, the compiled list of operations of a model, which TypeScript encodes as 32-bit words
// (src/kernels/native/tape-words.ts). All words are checked when the tape is read, so that executing a tape never
// accesses memory outside of its buffers.
#pragma once
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

#include "weights.h"

namespace quire {

/** Returns whether an optional number is absent: the bits of ABSENT are a NaN. */
inline bool isAbsent(float number) { return __builtin_isnan(number); }

/** An operation of a tape. `as` returns the words as the struct of the fields. */
struct Op {
  OpKind kind;
  bool waits;  // starts only after all previous operations are complete
  int32_t words[MAX_OP_WORDS];

  const OpInfo& info() const { return OPERATIONS[(size_t)kind]; }
  /** `Fields` must be the struct that belongs to `kind`. */
  template <class Fields> Fields as() const {
    static_assert(sizeof(Fields) <= sizeof words && std::is_trivially_copyable_v<Fields>);
    Fields fields;
    memcpy(&fields, words, sizeof fields);
    return fields;
  }
};

struct Buffer {
  bool isPerToken;         // one row per token, otherwise one row per row of logits
  int32_t width;
  bool isQuantized;
  uint64_t offset, bytes;  // position and size in the arena, for the largest step
};

struct WeightHandle {
  bool isVector;
  int32_t index;  // in `Weights::vectors` or `Weights::matrices`
  int32_t rows, columns;
};

struct RopeTable {
  bool splitsHalves;  // elements i and i + dim / 2 are a pair, otherwise elements 2 i and 2 i + 1
  int32_t dim;        // number of elements that are rotated
  float magnitude;
  std::vector<float> frequencies;  // [dim / 2]
};

/** The KV cache of a layer group. */
struct KvGroup {
  int32_t layers, kvHeads, headDim;
};

/** A linear layer that adapters can change. */
struct LoraTarget {
  int32_t rows, columns;  // 0 if no layer has the number
};

struct Tape {
  int32_t tokens, rows;  // maximum number of tokens and of rows of logits in a step
  uint64_t arenaBytes;
  std::vector<Buffer> buffers;
  std::vector<WeightHandle> weights;
  std::vector<RopeTable> ropes;
  std::vector<KvGroup> groups;
  std::vector<Op> ops;
  std::vector<LoraTarget> loraTargets;
  int32_t loraRank;      // the largest rank of an adapter
  int32_t vocab;         // width of the logits
  int32_t vectorWidth;   // of the rows of `readRows`; 0 without this operation
  int32_t tokenLimit, positionLimit;  // number of rows of the embedding tables for tokens and for positions
};

/** Reads and checks a tape, including its references to `weights`. Throws Failure "bad_tape". */
Tape readTape(const int32_t* words, size_t count, const Weights& weights);

}  // namespace quire
