// A tape as TypeScript encodes it (src/kernels/native/tape-words.ts): 32-bit words. It is fully checked when it is
// loaded: whatever the words are, running it never writes outside its own buffers.
#pragma once
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

#include "weights.h"

namespace quire {

/** An operation. Its fields are stored as words; `as` returns them as a struct. */
struct Op {
  OpKind kind;
  bool needsBarrier;  // accesses memory that another operation accessed since the last barrier
  int32_t words[OP_WORDS];

  const OpRow& row() const { return OPERATIONS[(size_t)kind]; }
  /** `Fields` must be the struct of `kind`. */
  template <class Fields> Fields as() const {
    static_assert(sizeof(Fields) <= sizeof words && std::is_trivially_copyable_v<Fields>);
    Fields fields;
    memcpy(&fields, words, sizeof fields);
    return fields;
  }
};

struct Buffer {
  bool perToken;   // rows are tokens, otherwise rows of logits
  int32_t width;
  bool quantized;
  uint64_t offset, bytes;  // in the arena, at full capacity
};

struct WeightHandle {
  bool vector;
  int32_t index;   // into the matrices or vectors of Weights
  int32_t rows, columns;
};

struct RopeTable {
  bool halves;     // rotated pairs are half the size apart, otherwise adjacent
  int32_t dim;
  float magnitude;
  std::vector<float> frequencies;  // [dim / 2]
};

struct KvGroup {
  int32_t layers, kvHeads, headDim;
};

struct Tape {
  int32_t tokens, rows;  // capacity
  uint64_t arenaBytes;
  std::vector<Buffer> buffers;
  std::vector<WeightHandle> weights;
  std::vector<RopeTable> ropes;
  std::vector<KvGroup> groups;
  std::vector<Op> ops;
  int32_t vocab;         // width of the logits
  int32_t tokenLimit, positionLimit;  // number of rows of the tables in which tokens and positions are looked up
};

/** Reads and checks a tape; throws Failure "bad_tape". Its weight handles are checked against `weights`. */
Tape readTape(const int32_t* words, size_t count, const Weights& weights);

}  // namespace quire
