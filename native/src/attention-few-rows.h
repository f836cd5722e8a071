// Attention of few query rows, which read keys and values directly from their blocks. Up to eight rows that use the
// same KV head are computed together, as a power of two: the last row is repeated if necessary, because the additional
// multiplications take less time than reading keys and values twice.
#pragma once

namespace quire::QUIRE_ISA {

// Returns the number of key vectors for which scores are computed together. The additions of a score depend on each
// other, so with few rows the processor is only busy if several vectors are processed together.
constexpr int keyVectors(int rows) { return powerOfTwoAtMost(ATTENTION_SUMS / 2 / rows); }

/** R query rows that use the same KV head. E is the type of a stored element of keys and values. */
template <class E, int R> struct QueryRows {
  using P = Products<E>;
  HeadContext<E> context;
  typename P::Element query[R][MAX_HEAD_DIM];
  float factor[R];  // of the products of a query
  Span span[R];
  SpanRange range;
  float weights[R][PARTITION_SIZE];  // first the products of queries and keys

  // Rows from `count` on repeat the last row.
  QueryRows(const AttentionJob& job, int kvHead, int first, int count) : context(job, kvHead) {
    for (int r = 0; r < R; r++) {
      const QueryRow row(job, kvHead, first + (r < count ? r : count - 1));
      factor[r] = P::convertQuery(job.query + row.offset, job.kv.headDim, query[r]);
      range.include(span[r] = row.span);
    }
  }

  // Computes the products of K vectors of keys. Element d of vector k is at keys[k] + d * stride. Vector k begins at
  // index `index + k * LANES` of the partition. Prefetches the keys at distance[k] from the keys of vector k.
  template <class Key, int K>
  void multiplyKeys(const Key* const (&keys)[K], int stride, int index, const ptrdiff_t (&distance)[K]) {
    typename P::Vector products[K * R];
    unroll<K * R>([&](auto i) QUIRE_INLINE { products[i] = P::start(); });
    for (int d = 0; d < P::elements(context.job.kv.headDim); d++) {
      typename P::Vector key[K];
      unroll<K>([&](auto k) QUIRE_INLINE {
        const Key* element = keys[k] + (size_t)d * stride;
        prefetch((const uint8_t*)element + distance[k]);
        key[k] = loadElements(element);
      });
      unroll<R>([&](auto r) QUIRE_INLINE {
        const typename P::Vector element = P::broadcast(query[r][d]);
        unroll<K>([&](auto k) QUIRE_INLINE {
          products[k * R + r] = P::multiplyAdd(key[k], element, products[k * R + r]);
        });
      });
    }
    unroll<K * R>([&](auto i) QUIRE_INLINE {
      store(weights[i % R] + index + i / R * LANES, P::toFloats(products[i], factor[i % R]));
    });
  }

  template <int K> void multiplyVectors(int start, int position, int end) {
    const typename P::Key* keys[K];
    ptrdiff_t distance[K];
    for (int k = 0; k < K; k++) {
      const int next = position + (K + k) * LANES;
      keys[k] = context.keyAt(position + k * LANES);
      distance[k] = next < end ? (const uint8_t*)context.keyAt(next) - (const uint8_t*)keys[k] : 0;
    }
    multiplyKeys(keys, context.job.kv.blockSize, position - start, distance);
  }

  // Computes the products of the keys at positions `position` to `end - 1`. `position` is a multiple of LANES.
  __attribute__((noinline)) void multiplyAllKeys(int start, int position, int end) {
    if (context.hasVectorsOfKeys()) {
      constexpr int K = keyVectors(R);
      for (; K > 1 && position + K * LANES <= end; position += K * LANES) multiplyVectors<K>(start, position, end);
      for (; position < end; position += LANES) multiplyVectors<1>(start, position, end);
      return;
    }
    for (; position < end; position += LANES) {
      typename P::Element converted[MAX_HEAD_DIM * LANES];
      context.convertKeys(position, end, converted, LANES);
      const typename P::Element* const keys[1] = {converted};
      multiplyKeys(keys, LANES, position - start, {0});
    }
  }

  // Adds the weighted values of the positions in `part` to the sums of rows `first` to `first + COUNT - 1`.
  template <int COUNT> __attribute__((noinline)) void addValues(int first, int start, Span part, float* sums) const {
    addVectors<COUNT, powerOfTwoAtMost(ATTENTION_SUMS / COUNT)>(first, start, part, 0, sums);
  }

  // Adds elements `d` to `headDim - 1` of the weighted values, D vectors of elements at a time.
  template <int COUNT, int D> void addVectors(int first, int start, Span part, int d, float* sums) const {
    const int headDim = context.job.kv.headDim;
    float* out = sums + (size_t)first * headDim;
    for (; d + D * LANES <= headDim; d += D * LANES) {
      F sum[COUNT * D];
      unroll<COUNT * D>([&](auto i) QUIRE_INLINE { sum[i] = load(out + i / D * headDim + d + i % D * LANES); });
      addPositions<COUNT, D>(first, start, part, d, sum);
      unroll<COUNT * D>([&](auto i) QUIRE_INLINE { store(out + i / D * headDim + d + i % D * LANES, sum[i]); });
    }
    if constexpr (D > 1) {
      addVectors<COUNT, D / 2>(first, start, part, d, sums);
    } else if (const int remaining = headDim - d; remaining > 0) {
      F sum[COUNT];
      for (int r = 0; r < COUNT; r++) sum[r] = loadPartial(out + r * headDim + d, remaining);
      addPositions<COUNT, 1>(first, start, part, d, sum);
      for (int r = 0; r < COUNT; r++) storePartial(out + r * headDim + d, sum[r], remaining);
    }
  }

  // Adds D vectors of the weighted values of COUNT rows. Prefetches the values of the next block.
  template <int COUNT, int D>
  QUIRE_INLINE void addPositions(int first, int start, Span part, int d, F (&sum)[COUNT * D]) const {
    const int headDim = context.job.kv.headDim;
    for (int position = part.from; position < part.to;) {
      const int end = context.blockEnd(position, part.to);
      const E* value = context.valueAt(position) + d;
      const uint8_t* next = end < part.to ? (const uint8_t*)(context.valueAt(end) + d) : (const uint8_t*)value;
      for (; position < end; position++, value += headDim, next += headDim * sizeof(E)) {
        F elements[D];
        unroll<(D * LANES * sizeof(E) + 63) / 64>([&](auto i) QUIRE_INLINE { prefetch(next + i * 64); });
        context.loadValue(value, d, elements);
        unroll<COUNT>([&](auto r) QUIRE_INLINE {
          const F weight = set1(weights[first + r][position - start]);
          unroll<D>([&](auto i) QUIRE_INLINE { sum[r * D + i] = fma(weight, elements[i], sum[r * D + i]); });
        });
      }
    }
  }

  // Computes one partition for all rows. Values to which a row does not attend are not multiplied by a weight of zero:
  // they may be infinite, and the product would be NaN.
  __attribute__((noinline)) void computePartition(int index, SoftmaxState (&states)[R], float* sums) {
    const int start = index * PARTITION_SIZE, end = start + PARTITION_SIZE;
    Span spans[R];
    SpanRange part;
    for (int r = 0; r < R; r++) part.include(spans[r] = span[r].within({start, end}));
    for (int i = 0; i < R * context.job.kv.headDim; i++) sums[i] = 0;
    if (!part.any.isEmpty()) multiplyAllKeys(start, part.any.from / LANES * LANES, part.any.to);
    computeAllWeights(start, part.any, spans, states);
    if (part.common.isEmpty()) return addValuesByRow(start, {start, end}, sums);
    addValuesByRow(start, {start, part.common.from}, sums);
    // The sums of more rows do not fit in registers.
    constexpr int FIRST = R > ATTENTION_SUMS / 2 ? ATTENTION_SUMS / 2 : R;
    addValues<FIRST>(0, start, part.common, sums);
    if constexpr (R > FIRST) addValues<R - FIRST>(FIRST, start, part.common, sums);
    addValuesByRow(start, {part.common.to, end}, sums);
  }

 private:
  __attribute__((noinline)) void computeAllWeights(int start, Span any, const Span (&spans)[R],
                                                   SoftmaxState (&states)[R]) {
    if constexpr (sizeof(E) == 1) {
      const PartitionScales scales(context, start, any);
      for (int r = 0; r < R; r++) {
        states[r] = computeWeights(context.job, scales.keys, start, spans[r], weights[r]);
        if (!spans[r].isEmpty()) scaleWeights(scales.values, start, spans[r], weights[r]);
      }
    } else {
      for (int r = 0; r < R; r++) states[r] = computeWeights(context.job, nullptr, start, spans[r], weights[r]);
    }
  }

  // Adds the weighted values of the positions in `part` to which each row attends, one row after another.
  void addValuesByRow(int start, Span part, float* sums) const {
    for (int r = 0; r < R; r++)
      if (const Span rowPart = span[r].within(part); !rowPart.isEmpty()) addValues<1>(r, start, rowPart, sums);
  }
};

// Computes `count` query rows of a KV head, from query row `first` on.
template <class E, int R>
inline void attendQueryRows(const AttentionJob& job, int kvHead, int first, int count) {
  const int headDim = job.kv.headDim;
  QueryRows<E, R> rows(job, kvHead, first, count);
  SoftmaxState totals[R], parts[R];
  float sums[R * MAX_HEAD_DIM], partSums[R * MAX_HEAD_DIM];
  for (int r = 0; r < count; r++) totals[r] = {-__builtin_inff(), 0};
  for (int i = 0; i < count * headDim; i++) sums[i] = 0;
  for (int index = rows.range.any.from / PARTITION_SIZE; index * PARTITION_SIZE < rows.range.any.to; index++) {
    rows.computePartition(index, parts, partSums);
    for (int r = 0; r < count; r++)
      mergePartition(totals[r], sums + r * headDim, parts[r], partSums + r * headDim, headDim);
  }
  for (int r = 0; r < count; r++)
    normalizeHead(totals[r], sums + r * headDim, headDim, job.out + QueryRow(job, kvHead, first + r).offset);
}

// Computes partition `index` for `count` query rows of a KV head, from query row `first` on.
template <class E, int R>
inline void attendQueryRowsPartition(const AttentionJob& job, int kvHead, int first, int count, int index,
                                     SoftmaxState* states, float* sums) {
  SoftmaxState parts[R];
  float partSums[R * MAX_HEAD_DIM];
  QueryRows<E, R>(job, kvHead, first, count).computePartition(index, parts, partSums);
  for (int r = 0; r < count; r++) states[r] = parts[r];
  for (int i = 0; i < count * job.kv.headDim; i++) sums[i] = partSums[i];
}

// Calls function(Index<R>, first, count) for the rows `first` to `end - 1`, in batches of `count` rows, at most R.
template <class Function>
inline void forBatches(int first, int end, Function function) {
  for (; end - first > 4; first += 8) function(Index<8>{}, first, end - first < 8 ? end - first : 8);
  if (end - first > 2) function(Index<4>{}, first, end - first);
  else if (end - first == 2) function(Index<2>{}, first, 2);
  else if (end - first == 1) function(Index<1>{}, first, 1);
}

}  // namespace quire::QUIRE_ISA
