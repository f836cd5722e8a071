// The part of the context to which query rows attend, and the keys and values of this part, which are stored in the
// blocks of a block table. A query row is one query head of one token.
#pragma once

namespace quire::QUIRE_ISA {

/** Positions `from` to `to - 1`. */
struct Span {
  int from, to;
  bool isEmpty() const { return from >= to; }
  Span within(Span other) const { return {from > other.from ? from : other.from, to < other.to ? to : other.to}; }
};

/** Returns the positions to which a token attends. `row` is the index of the token in the job. */
inline Span spanOf(const AttentionJob& job, int row) {
  const int to = job.positions[row] + 1;
  const int from = job.window > 0 && to > job.window ? to - job.window : 0;
  return {from, to};
}

/** Where a query row is, and the positions to which it attends. Query rows are numbered by token, then by query head. */
struct QueryRow {
  size_t offset;  // of its first element in `query` and `out` of the job
  Span span;

  QueryRow(const AttentionJob& job, int kvHead, int index) {
    const int queryHeads = job.heads / job.kv.kvHeads, row = index / queryHeads;
    offset = ((size_t)row * job.heads + kvHead * queryHeads + index % queryHeads) * job.kv.headDim;
    span = spanOf(job, row);
  }
};

/** Combines the spans of query rows. */
struct SpanRange {
  Span any{0x7fffffff, 0};     // positions to which at least one row attends, and positions between them
  Span common{0, 0x7fffffff};  // positions to which all rows attend
  void include(Span span) {
    if (!span.isEmpty()) any = {span.from < any.from ? span.from : any.from, span.to > any.to ? span.to : any.to};
    common = common.within(span);
  }
};

/** The keys and values of a KV head. E is the type of a stored element. */
template <class E> struct HeadContext {
  using P = Products<E>;
  using Key = typename P::Key;
  const AttentionJob& job;
  const HeadPointers firstBlock;  // in block 0 of the memory

  HeadContext(const AttentionJob& job, int kvHead) : job(job), firstBlock(headPointers(job.kv, job.layer, 0, kvHead)) {}

  // Returns the offset, in bytes, of the block of a position from block 0.
  size_t blockOffset(int position) const {
    return (size_t)job.blocks[position / job.kv.blockSize] * job.kv.blockBytes;
  }
  const Key* keysOfBlock(int position) const { return (const Key*)(firstBlock.keys + blockOffset(position)); }
  // If `hasVectorsOfKeys`, element d of a key is at keyAt(position)[d * blockSize].
  const Key* keyAt(int position) const { return keysOfBlock(position) + position % job.kv.blockSize; }
  const E* valueAt(int position) const {
    return (const E*)(firstBlock.values + blockOffset(position)) + (size_t)(position % job.kv.blockSize) * job.kv.headDim;
  }
  // Returns the first position after `position` that is in another block, at most `end`.
  int blockEnd(int position, int end) const {
    const int next = (position / job.kv.blockSize + 1) * job.kv.blockSize;
    return next < end ? next : end;
  }
  // Whether element d of LANES consecutive keys is one vector if the first position is a multiple of LANES.
  bool hasVectorsOfKeys() const { return job.kv.blockSize % LANES == 0 && P::hasVectors(job.kv.headDim); }

  // Converts element `d` of LANES keys, which may be in different blocks, to keys[d * stride]. Stores zeros for positions
  // from `end` on.
  void convertKeys(int position, int end, typename P::Element* keys, int stride) const {
    const int slots = job.kv.blockSize;
    for (int lane = 0; lane < LANES; lane++, position++) {
      const Key* block = position < end ? keysOfBlock(position) : nullptr;
      for (int d = 0; d < P::elements(job.kv.headDim); d++)
        keys[d * stride + lane] = block ? P::convertKey(block, d, position % slots, slots, job.kv.headDim) : 0;
    }
  }

  // Loads N vectors of elements of a value, from element `d` on, which is at `value`. Elements after the last one are zero.
  template <int N> void loadValue(const E* value, int d, F (&elements)[N]) const {
    const int remaining = job.kv.headDim - d;
    if (remaining >= N * LANES) {
      unroll<N>([&](auto i) QUIRE_INLINE { elements[i] = loadElements(value + i * LANES); });
      return;
    }
    E padded[N * LANES] = {};
    for (int i = 0; i < remaining; i++) padded[i] = value[i];
    unroll<N>([&](auto i) QUIRE_INLINE { elements[i] = loadElements(padded + i * LANES); });
  }
};

/** The scales of the int8 keys and values of a partition. Scales of positions outside `span` are zero. */
struct PartitionScales {
  float keys[PARTITION_SIZE] = {}, values[PARTITION_SIZE] = {};

  template <class E> PartitionScales(const HeadContext<E>& context, int start, Span span) {
    for (int position = span.from; position < span.to;) {
      const size_t offset = context.blockOffset(position) / sizeof(float);
      const float* keyScale = context.firstBlock.keyScales + offset + position % context.job.kv.blockSize;
      const float* valueScale = context.firstBlock.valueScales + offset + position % context.job.kv.blockSize;
      for (const int end = context.blockEnd(position, span.to); position < end; position++)
        keys[position - start] = *keyScale++, values[position - start] = *valueScale++;
    }
  }
};

}  // namespace quire::QUIRE_ISA
