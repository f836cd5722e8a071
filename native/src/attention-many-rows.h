// Attention of many query rows of one KV head. The keys and values of a partition are converted once for all
// rows, 2 * LANES keys or elements of values at a time, which stay in the first-level cache while tiles of rows are
// multiplied by them. The bits of a row are those of attention-few-rows.h.
#pragma once

namespace quire::QUIRE_ISA {

/** Calls function(Index<R>, first) for tiles of R rows, at most ATTENTION_SUMS / 2. */
template <int R = ATTENTION_SUMS / 2, class Function>
inline void forTiles(int rows, Function function, int first = 0) {
  for (; first + R <= rows; first += R) function(Index<R>{}, first);
  if constexpr (R > 1) forTiles<R / 2>(rows, function, first);
}

/** At most MAX_QUERY_ROWS query rows that use the same KV head. Arrays are in the scratch memory of the job. */
template <class E> struct ManyQueryRows {
  using P = Products<E>;
  using Element = typename P::Element;
  const HeadContext<E> context;
  const int rows, headDim, width;  // `width` is headDim rounded up to a multiple of 2 * LANES
  Element* query;                    // [rows][headDim]
  float *weights, *sums, *partSums;  // [rows][PARTITION_SIZE], [rows][width], [rows][width]
  Element* unpackedKeys;             // [headDim][2 * LANES]
  float* unpackedValues;             // [PARTITION_SIZE][2 * LANES], the same memory
  float factors[MAX_QUERY_ROWS];     // of the products of a query
  size_t offsets[MAX_QUERY_ROWS];
  Span span[MAX_QUERY_ROWS], partSpan[MAX_QUERY_ROWS];
  SoftmaxState totals[MAX_QUERY_ROWS], parts[MAX_QUERY_ROWS];
  SpanRange range;

  ManyQueryRows(const AttentionJob& job, int kvHead, int first, int rows)
      : context(job, kvHead), rows(rows), headDim(job.kv.headDim),
        width((headDim + 2 * LANES - 1) / (2 * LANES) * 2 * LANES) {
    static_assert(sizeof(Element) == sizeof(float));
    query = (Element*)job.scratch, weights = job.scratch + (size_t)rows * headDim;
    sums = weights + (size_t)rows * PARTITION_SIZE, partSums = sums + (size_t)rows * width;
    unpackedValues = partSums + (size_t)rows * width, unpackedKeys = (Element*)unpackedValues;
    for (int r = 0; r < rows; r++) {
      const QueryRow row(job, kvHead, first + r);
      offsets[r] = row.offset;
      range.include(span[r] = row.span);
      totals[r] = {-__builtin_inff(), 0};
      factors[r] = P::convertQuery(job.query + row.offset, headDim, query + (size_t)r * headDim);
    }
    for (int i = 0; i < rows * width; i++) sums[i] = 0;
  }

  void attend() {
    for (int index = range.any.from / PARTITION_SIZE; index * PARTITION_SIZE < range.any.to; index++) {
      const int start = index * PARTITION_SIZE;
      SpanRange part;
      for (int r = 0; r < rows; r++) part.include(partSpan[r] = span[r].within({start, start + PARTITION_SIZE}));
      if (part.any.isEmpty()) continue;
      multiplyKeys(start, part.any);
      computeAllWeights(start, part.any);
      multiplyValues(start, part.any);
      for (int r = 0; r < rows; r++)
        mergePartition(totals[r], sums + (size_t)r * width, parts[r], partSums + (size_t)r * width, headDim);
    }
    for (int r = 0; r < rows; r++)
      normalizeHead(totals[r], sums + (size_t)r * width, headDim, context.job.out + offsets[r]);
  }

 private:
  // Converts 2 * LANES keys. Keys from `end` on are zero.
  void unpackKeys(int position, int end) {
    for (int vector = 0; vector < 2; vector++, position += LANES) {
      Element* keys = unpackedKeys + vector * LANES;
      if (position < end && context.hasVectorsOfKeys()) {
        const typename P::Key* stored = context.keyAt(position);
        for (int d = 0; d < P::elements(headDim); d++)
          P::storeKeys(keys + d * 2 * LANES, loadElements(stored + (size_t)d * context.job.kv.blockSize));
      } else {
        context.convertKeys(position, end, keys, 2 * LANES);
      }
    }
  }

  __attribute__((noinline)) void multiplyKeys(int start, Span any) {
    for (int position = any.from / (2 * LANES) * (2 * LANES); position < any.to; position += 2 * LANES) {
      unpackKeys(position, any.to);
      forTiles(rows, [&](auto tileRows, int first) QUIRE_INLINE {
        constexpr int R = decltype(tileRows)::VALUE;
        SpanRange tile;
        for (int r = 0; r < R; r++) tile.include(partSpan[first + r]);
        if (tile.any.within({position, position + 2 * LANES}).isEmpty()) return;
        typename P::Vector products[2 * R];
        unroll<2 * R>([&](auto i) QUIRE_INLINE { products[i] = P::start(); });
        multiplyTile<P, R>(query + (size_t)first * headDim, headDim, unpackedKeys, P::elements(headDim), products);
        float* out = weights + (size_t)first * PARTITION_SIZE + (position - start);
        unroll<2 * R>([&](auto i) QUIRE_INLINE {
          store(out + i / 2 * PARTITION_SIZE + i % 2 * LANES, P::toFloats(products[i], factors[first + i / 2]));
        });
      });
    }
  }

  __attribute__((noinline)) void computeAllWeights(int start, Span any) {
    const auto compute = [&](const PartitionScales* scales) {
      for (int r = 0; r < rows; r++) {
        float* row = weights + (size_t)r * PARTITION_SIZE;
        parts[r] = computeWeights(context.job, scales ? scales->keys : nullptr, start, partSpan[r], row);
        if (scales && !partSpan[r].isEmpty()) scaleWeights(scales->values, start, partSpan[r], row);
      }
    };
    if constexpr (sizeof(E) == 1) {
      const PartitionScales scales(context, start, any);
      compute(&scales);
    } else {
      compute(nullptr);
    }
  }

  // Adds weighted values to the sums of R rows: of positions `from` to `to - 1`, elements `d` to `d + 2 * LANES - 1`.
  template <int R> void addValues(int first, int start, Span any, Span span, int d) {
    if (span.isEmpty()) return;
    float* out = partSums + (size_t)first * width + d;
    F tile[2 * R];
    unroll<2 * R>([&](auto i) QUIRE_INLINE { tile[i] = load(out + i / 2 * width + i % 2 * LANES); });
    multiplyTile<Products<float>, R>(weights + (size_t)first * PARTITION_SIZE + (span.from - start), PARTITION_SIZE,
                                     unpackedValues + (size_t)(span.from - any.from) * 2 * LANES, span.to - span.from,
                                     tile);
    unroll<2 * R>([&](auto i) QUIRE_INLINE { store(out + i / 2 * width + i % 2 * LANES, tile[i]); });
  }

  // Values to which a row does not attend are not multiplied by a weight of zero: they may be infinite, and the product
  // would be NaN.
  __attribute__((noinline)) void multiplyValues(int start, Span any) {
    for (int i = 0; i < rows * width; i++) partSums[i] = 0;
    for (int d = 0; d < headDim; d += 2 * LANES) {
      unpackValues(any, d);
      forTiles(rows, [&](auto tileRows, int first) {
        constexpr int R = decltype(tileRows)::VALUE;
        SpanRange tile;
        for (int r = 0; r < R; r++) tile.include(partSpan[first + r]);
        const auto addByRow = [&](Span span) {
          for (int r = first; r < first + R; r++) addValues<1>(r, start, any, partSpan[r].within(span), d);
        };
        if (tile.common.isEmpty()) return addByRow(any);
        addByRow({any.from, tile.common.from});
        addValues<R>(first, start, any, tile.common, d);
        addByRow({tile.common.to, any.to});
      });
    }
  }

  // Converts elements `d` to `d + 2 * LANES - 1` of the values in `any` to floats.
  void unpackValues(Span any, int d) {
    float* out = unpackedValues;
    for (int position = any.from; position < any.to;) {
      const E* value = context.valueAt(position) + d;
      for (const int end = context.blockEnd(position, any.to); position < end; position++, value += headDim) {
        F elements[2];
        context.loadValue(value, d, elements);
        store(out, elements[0]), store(out + LANES, elements[1]);
        out += 2 * LANES;
      }
    }
  }
};

}  // namespace quire::QUIRE_ISA
