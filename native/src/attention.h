// Attention with keys and values in blocks that a block table lists (Kwon et al. 2023). A query row is one query head
// of one token. The context is divided into partitions of 256 positions, counted from position 0. In a partition,
// each lane computes the score of one key by multiply-adds over the elements of the head, in order. A weight is the
// exponential of a score minus the largest score of the partition. Weighted values are added in order of position, and
// partitions are merged in order. The result of a query row therefore does not depend on the block size, the other
// tokens of the step or other sequences.
#pragma once

namespace quire::QUIRE_ISA {

constexpr int MAX_HEAD_DIM = 512;

struct Span { int from, to; };  // positions `from` to `to - 1`, to which a query row attends

// Returns the number of key vectors for which scores are computed together. The additions of a score depend on each
// other, so with few rows the processor is only busy if several vectors are processed together.
constexpr int keyVectors(int rows) { return rows >= 4 ? 1 : rows >= 2 ? 2 : 4; }

// Computes the scores of K vectors of LANES keys for R query rows. Element d of vector k is at keys[k] + d * stride;
// the scores for query row r are scores[k * R + r].
template <class E, int R, int K>
inline void scoreKeys(const E* const (&keys)[K], int stride, int headDim, const float* const (&query)[R],
                      F (&scores)[K * R]) {
  unroll<K * R>([&](auto i) QUIRE_INLINE { scores[i] = zero(); });
  for (int d = 0; d < headDim; d++) {
    F key[K];
    unroll<K>([&](auto k) QUIRE_INLINE { key[k] = loadElements(keys[k] + (size_t)d * stride); });
    unroll<R>([&](auto r) QUIRE_INLINE {
      const F element = set1(query[r][d]);
      unroll<K>([&](auto k) QUIRE_INLINE { scores[k * R + r] = fma(key[k], element, scores[k * R + r]); });
    });
  }
}

/** R query rows that use the same KV head. E is the type of a stored element of keys and values. */
template <class E, int R> struct QueryRows {
  const AttentionJob& job;
  int kvHead;
  const float* query[R];
  Span span[R];
  float scores[R][PARTITION_SIZE];

  const E* keysAt(int position) const {
    const int block = job.blocks[position / job.kv.blockSize];
    return (const E*)headPointers(job.kv, job.layer, block, kvHead).keys + position % job.kv.blockSize;
  }

  // Computes the scores of LANES keys that may be in different blocks: copies the keys to a vector first.
  void scoreGathered(int position, int end, F (&result)[R]) const {
    float keys[MAX_HEAD_DIM * LANES];
    const int headDim = job.kv.headDim, stride = job.kv.blockSize;
    for (int lane = 0; lane < LANES; lane++) {
      const E* key = position + lane < end ? keysAt(position + lane) : nullptr;
      for (int d = 0; d < headDim; d++) keys[d * LANES + lane] = key ? elementToFloat(key + (size_t)d * stride) : 0.0f;
    }
    const float* const vectors[1] = {keys};
    scoreKeys<float, R, 1>(vectors, LANES, headDim, query, result);
  }

  // Computes the scores of K vectors of keys, each of which is in one block.
  template <int K> void scoreContiguous(int position, F (&result)[K * R]) const {
    const E* keys[K];
    for (int k = 0; k < K; k++) keys[k] = keysAt(position + k * LANES);
    scoreKeys<E, R, K>(keys, job.kv.blockSize, job.kv.headDim, query, result);
  }

  F keyScales(int position, int end) const {
    float lanes[LANES] = {};
    for (int lane = 0; lane < LANES && position + lane < end; lane++) {
      const int keyPosition = position + lane;
      const int block = job.blocks[keyPosition / job.kv.blockSize];
      const HeadPointers pointers = headPointers(job.kv, job.layer, block, kvHead);
      lanes[lane] = pointers.keyScales[keyPosition % job.kv.blockSize];
    }
    return load(lanes);
  }

  // Computes the weights of positions `from` to `end - 1` of the partition that begins at `start`, and stores them in
  // `scores`. `from` is a multiple of LANES, so that the lane of a position does not depend on the other rows.
  __attribute__((noinline)) void computeWeights(int start, int from, int end, SoftmaxState (&states)[R]) {
    const bool areContiguous = job.kv.blockSize % LANES == 0;  // whether all keys of a vector are in one block
    F largest[R], nanBits[R];  // NaN scores are recorded separately, because `max` may ignore them
    for (int r = 0; r < R; r++) largest[r] = bits(iset1((int32_t)0xff800000)), nanBits[r] = zero();
    float laneNumbers[LANES];
    for (int i = 0; i < LANES; i++) laneNumbers[i] = (float)i;
    const auto storeScores = [&](int position, const F* products) {
      const F positions = add(load(laneNumbers), set1((float)position));
      const F keyScale = job.kv.type == KvType::INT8 ? keyScales(position, end) : zero();
      for (int r = 0; r < R; r++) {
        F score = mul(products[r], set1(job.scale));
        if (job.kv.type == KvType::INT8) score = mul(score, keyScale);
        if (position < span[r].from || position + LANES > span[r].to) {
          const F excluded = bits(iset1((int32_t)0xff800000));  // -infinity
          score = choose(less(positions, set1((float)span[r].to)), score, excluded);
          score = choose(less(positions, set1((float)span[r].from)), excluded, score);
        }
        largest[r] = max(largest[r], score);
        nanBits[r] = orBits(nanBits[r], isNan(score));
        store(scores[r] + (position - start), score);
      }
    };
    constexpr int K = keyVectors(R);
    int position = from;
    for (; areContiguous && K > 1 && position + K * LANES <= end; position += K * LANES) {
      F products[K * R];
      scoreContiguous<K>(position, products);
      for (int k = 0; k < K; k++) storeScores(position + k * LANES, products + k * R);
    }
    for (; position < end; position += LANES) {
      F products[R];
      if (areContiguous) scoreContiguous<1>(position, products);
      else scoreGathered(position, end, products);
      storeScores(position, products);
    }
    for (int r = 0; r < R; r++) {
      int32_t nanLanes[LANES];
      istore(nanLanes, bits(nanBits[r]));
      float maxScore = maxLanes(largest[r]);
      for (int lane = 0; lane < LANES; lane++)
        if (nanLanes[lane] != 0) maxScore = __builtin_nanf("");
      F total = zero();
      if (maxScore != -__builtin_inff()) {
        for (int i = from - start; i < end - start; i += LANES) {
          const F weight = expOf(sub(load(scores[r] + i), set1(maxScore)));
          store(scores[r] + i, weight);
          total = add(total, weight);
        }
      }
      states[r] = {maxScore, sumLanes(total)};
    }
  }

  // Adds the weighted values of positions `from` to `to - 1` to the sums of rows `first` to `first + COUNT - 1`.
  // Processes two vectors of elements at a time.
  template <int COUNT>
  __attribute__((noinline)) void addValues(int first, int start, int from, int to, float* sums) const {
    const int headDim = job.kv.headDim, blockSize = job.kv.blockSize;
    for (int d = 0; d < headDim; d += 2 * LANES) {
      const int remaining = headDim - d;
      const bool hasTwoVectors = remaining >= 2 * LANES;
      const int firstCount = remaining < LANES ? remaining : LANES;  // elements of the first vector
      const int secondCount = hasTwoVectors ? LANES : remaining > LANES ? remaining - LANES : 0;
      F sum[COUNT][2];
      for (int r = 0; r < COUNT; r++) {
        float* rowSums = sums + (size_t)(first + r) * headDim + d;
        sum[r][0] = loadUpTo(rowSums, firstCount);
        sum[r][1] = hasTwoVectors ? load(rowSums + LANES) : loadPartial(rowSums + LANES, secondCount);
      }
      for (int position = from; position < to;) {
        const int block = position / blockSize;
        const int slot = position - block * blockSize;
        const HeadPointers pointers = headPointers(job.kv, job.layer, job.blocks[block], kvHead);
        const E* values = (const E*)pointers.values + (size_t)slot * headDim + d;
        const float* scale = pointers.valueScales + slot;
        const int blockEnd = (block + 1) * blockSize < to ? (block + 1) * blockSize : to;
        for (; position < blockEnd; position++, values += headDim, scale++) {
          F value[2];
          if (hasTwoVectors) {
            value[0] = loadElements(values);
            value[1] = loadElements(values + LANES);
          } else {
            E elements[2 * LANES] = {};
            for (int i = 0; i < remaining; i++) elements[i] = values[i];
            value[0] = loadElements(elements);
            value[1] = loadElements(elements + LANES);
          }
#pragma GCC unroll 8
          for (int r = 0; r < COUNT; r++) {
            float weight = scores[first + r][position - start];
            if constexpr (sizeof(E) == 1) weight *= *scale;
            sum[r][0] = fma(set1(weight), value[0], sum[r][0]);
            sum[r][1] = fma(set1(weight), value[1], sum[r][1]);
          }
        }
      }
      for (int r = 0; r < COUNT; r++) {
        float* rowSums = sums + (size_t)(first + r) * headDim + d;
        storeUpTo(rowSums, sum[r][0], firstCount);
        if (secondCount) storeUpTo(rowSums + LANES, sum[r][1], secondCount);
      }
    }
  }

  // Computes one partition for all rows. Values to which a row does not attend are not multiplied by a weight of zero:
  // they may be infinite, and the product would be NaN.
  __attribute__((noinline)) void computePartition(int index, SoftmaxState (&states)[R], float* sums) {
    const int start = index * PARTITION_SIZE;
    int from = start + PARTITION_SIZE, to = start, commonFrom = start, commonTo = start + PARTITION_SIZE;
    for (int r = 0; r < R; r++) {
      const int first = span[r].from > start ? span[r].from : start;
      const int last = span[r].to < start + PARTITION_SIZE ? span[r].to : start + PARTITION_SIZE;
      if (first < last) {
        from = first < from ? first : from;
        to = last > to ? last : to;
      }
      commonFrom = first > commonFrom ? first : commonFrom;
      commonTo = last < commonTo ? last : commonTo;
    }
    for (int i = 0; i < R * job.kv.headDim; i++) sums[i] = 0;
    if (from >= to) {
      for (int r = 0; r < R; r++) states[r] = {-__builtin_inff(), 0};
      return;
    }
    computeWeights(start, from / LANES * LANES, to, states);
    if (commonFrom < commonTo) {
      addValuesByRow(start, start, commonFrom, sums);
      constexpr int FIRST = R > 4 ? 4 : R;  // the sums of more than four rows do not fit in registers
      addValues<FIRST>(0, start, commonFrom, commonTo, sums);
      if constexpr (R > FIRST) addValues<R - FIRST>(FIRST, start, commonFrom, commonTo, sums);
      addValuesByRow(start, commonTo, start + PARTITION_SIZE, sums);
    } else {
      addValuesByRow(start, start, start + PARTITION_SIZE, sums);
    }
  }

 private:
  // Adds the weighted values of the positions from `from` to `to - 1` to which each row attends, one row after another.
  void addValuesByRow(int start, int from, int to, float* sums) const {
    for (int r = 0; r < R; r++) {
      const int first = span[r].from > from ? span[r].from : from;
      const int last = span[r].to < to ? span[r].to : to;
      if (first < last) addValues<1>(r, start, first, last, sums);
    }
  }
};

inline float expScalar(float x) {
  float lanes[LANES];
  store(lanes, expOf(set1(x)));
  return lanes[0];
}

void mergePartition(SoftmaxState& total, float* totalSums, const SoftmaxState& part, const float* partSums,
                    int headDim) {
  if (part.maxScore == -__builtin_inff()) return;
  const float maxScore = total.maxScore > part.maxScore ? total.maxScore : part.maxScore;
  const float totalFactor = expScalar(total.maxScore - maxScore), partFactor = expScalar(part.maxScore - maxScore);
  total = {maxScore, total.expSum * totalFactor + part.expSum * partFactor};
  forEachVector(headDim, [&](size_t i, int n) {
    const F rescaled = mul(loadUpTo(totalSums + i, n), set1(totalFactor));
    storeUpTo(totalSums + i, fma(loadUpTo(partSums + i, n), set1(partFactor), rescaled), n);
  });
}

void normalizeHead(const SoftmaxState& total, const float* sums, int headDim, float* out) {
  forEachVector(headDim, [&](size_t i, int n) {
    storeUpTo(out + i, div(loadUpTo(sums + i, n), set1(total.expSum)), n);
  });
}

inline Span spanOf(const AttentionJob& job, int row) {
  const int to = job.positions[row] + 1;
  const int from = job.window > 0 && to > job.window ? to - job.window : 0;
  return {from, to};
}

// Computes R query rows of a KV head, from query row `first` on. Query rows are numbered by token, then by query head.
template <class E, int R>
inline void attendQueryRows(const AttentionJob& job, int kvHead, int first) {
  const int headDim = job.kv.headDim, queryHeads = job.heads / job.kv.kvHeads;
  QueryRows<E, R> rows{job, kvHead, {}, {}, {}};
  size_t offsets[R];
  int from = 0x7fffffff, to = 0;
  for (int r = 0; r < R; r++) {
    const int row = (first + r) / queryHeads, head = kvHead * queryHeads + (first + r) % queryHeads;
    offsets[r] = ((size_t)row * job.heads + head) * headDim;
    rows.query[r] = job.query + offsets[r];
    rows.span[r] = spanOf(job, row);
    from = rows.span[r].from < from ? rows.span[r].from : from;
    to = rows.span[r].to > to ? rows.span[r].to : to;
  }
  SoftmaxState totals[R], parts[R];
  float sums[R * MAX_HEAD_DIM], partSums[R * MAX_HEAD_DIM];
  for (int r = 0; r < R; r++) totals[r] = {-__builtin_inff(), 0};
  for (int i = 0; i < R * headDim; i++) sums[i] = 0;
  for (int index = from / PARTITION_SIZE; index * PARTITION_SIZE < to; index++) {
    rows.computePartition(index, parts, partSums);
    for (int r = 0; r < R; r++)
      mergePartition(totals[r], sums + r * headDim, parts[r], partSums + r * headDim, headDim);
  }
  for (int r = 0; r < R; r++) normalizeHead(totals[r], sums + r * headDim, headDim, job.out + offsets[r]);
}

template <class A, class B> constexpr bool IS_SAME = false;
template <class A> constexpr bool IS_SAME<A, A> = true;

// Calls function(Index<R>, first) for the items `first` to `end - 1`: R items per call, at most eight. Each R is
// compiled separately, so only the default type F16 has calls for 3, 5, 6 and 7 items.
template <class E, class Function>
inline void forBatches(int first, int end, Function function) {
  for (; first + 8 <= end; first += 8) function(Index<8>{}, first);
  if constexpr (IS_SAME<E, F16Weight>) {
    if (end - first == 7) return function(Index<7>{}, first);
    if (end - first == 6) return function(Index<6>{}, first);
    if (end - first == 5) return function(Index<5>{}, first);
    if (end - first == 3) return function(Index<3>{}, first);
  }
  for (; first + 4 <= end; first += 4) function(Index<4>{}, first);
  for (; first + 2 <= end; first += 2) function(Index<2>{}, first);
  for (; first < end; first++) function(Index<1>{}, first);
}

template <class E>
inline void attendRows(const AttentionJob& job, int kvHead, int rowFrom, int rowTo) {
  const int queryHeads = job.heads / job.kv.kvHeads;
  forBatches<E>(rowFrom * queryHeads, rowTo * queryHeads,
                [&](auto r, int first) { attendQueryRows<E, decltype(r)::VALUE>(job, kvHead, first); });
}

// Computes a partition for R query heads of a KV head, from query head `first` of this KV head on.
template <class E, int R>
inline void attendPartitionHeads(const AttentionJob& job, int kvHead, int row, int first, int index,
                                 SoftmaxState* states, float* sums) {
  const int headDim = job.kv.headDim, queryHeads = job.heads / job.kv.kvHeads;
  QueryRows<E, R> rows{job, kvHead, {}, {}, {}};
  for (int r = 0; r < R; r++) {
    rows.query[r] = job.query + ((size_t)row * job.heads + kvHead * queryHeads + first + r) * headDim;
    rows.span[r] = spanOf(job, row);
  }
  SoftmaxState rowStates[R];
  rows.computePartition(index, rowStates, sums + (size_t)first * headDim);
  for (int r = 0; r < R; r++) states[first + r] = rowStates[r];
}

template <class E>
inline void attendPartitionAs(const AttentionJob& job, int kvHead, int row, int index, SoftmaxState* states,
                              float* sums) {
  const int queryHeads = job.heads / job.kv.kvHeads;
  forBatches<E>(0, queryHeads, [&](auto r, int first) {
    attendPartitionHeads<E, decltype(r)::VALUE>(job, kvHead, row, first, index, states, sums);
  });
}

void attend(const AttentionJob& job, int kvHead, int rowFrom, int rowTo) {
  switch (job.kv.type) {
    case KvType::F32: return attendRows<float>(job, kvHead, rowFrom, rowTo);
    case KvType::F16: return attendRows<F16Weight>(job, kvHead, rowFrom, rowTo);
    case KvType::BF16: return attendRows<Bf16Weight>(job, kvHead, rowFrom, rowTo);
    case KvType::INT8: return attendRows<Int8Element>(job, kvHead, rowFrom, rowTo);
    case KvType::COUNT: return;
  }
}

void attendPartition(const AttentionJob& job, int kvHead, int row, int partition, SoftmaxState* states, float* sums) {
  switch (job.kv.type) {
    case KvType::F32: return attendPartitionAs<float>(job, kvHead, row, partition, states, sums);
    case KvType::F16: return attendPartitionAs<F16Weight>(job, kvHead, row, partition, states, sums);
    case KvType::BF16: return attendPartitionAs<Bf16Weight>(job, kvHead, row, partition, states, sums);
    case KvType::INT8: return attendPartitionAs<Int8Element>(job, kvHead, row, partition, states, sums);
    case KvType::COUNT: return;
  }
}

}  // namespace quire::QUIRE_ISA
