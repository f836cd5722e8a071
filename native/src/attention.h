// Attention through a block table (Kwon et al. 2023). A row is one token's query head. The context is processed in
// partitions of 256 absolute positions. Within a partition, scores are chains of multiply-adds over the head's
// elements, one key per lane; weights are exponentials of the scores minus the partition's largest; values are added
// in order of position. Partitions are merged in order. A row's result therefore does not depend on blocks, chunks or
// other sequences.
#pragma once

namespace quire::QUIRE_ISA {

constexpr int MAX_HEAD = 512;

struct Span { int from, to; };  // positions that a row attends to

// Number of key vectors that are scored at a time. A sum is one dependent chain, so few rows need several vectors to
// keep the processor busy.
constexpr int keyVectors(int rows) { return rows >= 4 ? 1 : rows >= 2 ? 2 : 4; }

// Scores of LANES keys from each of `keys` ([headDim] rows, `stride` apart) for R rows: those of the first keys first.
template <class E, int R, int K>
inline void scoreKeys(const E* const (&keys)[K], int stride, int headDim, const float* const (&query)[R],
                      F (&scores)[K * R]) {
  each<K * R>([&](auto i) QUIRE_INLINE { scores[i] = zero(); });
  for (int d = 0; d < headDim; d++) {
    F key[K];
    each<K>([&](auto k) QUIRE_INLINE { key[k] = loadElements(keys[k] + (size_t)d * stride); });
    each<R>([&](auto r) QUIRE_INLINE {
      const F element = set1(query[r][d]);
      each<K>([&](auto k) QUIRE_INLINE { scores[k * R + r] = fma(key[k], element, scores[k * R + r]); });
    });
  }
}

template <class E, int R> struct Rows {
  const AttentionJob& job;
  int kvHead;
  const float* query[R];
  Span span[R];
  float scores[R][PARTITION];

  const E* keysAt(int position) const {
    HeadPointers at = headPointers(job.kv, job.layer, job.blocks[position / job.kv.blockSize], kvHead);
    return (const E*)at.keys + position % job.kv.blockSize;
  }

  // Scores keys of blocks that are smaller than a vector, which are gathered into vectors first.
  void scoreScattered(int position, int end, F (&result)[R]) const {
    float keys[MAX_HEAD * LANES];
    const int headDim = job.kv.headDim, stride = job.kv.blockSize;
    for (int lane = 0; lane < LANES; lane++) {
      const E* key = position + lane < end ? keysAt(position + lane) : nullptr;
      for (int d = 0; d < headDim; d++) keys[d * LANES + lane] = key ? oneElement(key + (size_t)d * stride) : 0.0f;
    }
    const float* const first[1] = {keys};
    scoreKeys<float, R, 1>(first, LANES, headDim, query, result);
  }

  template <int K> void scoreWhole(int position, F (&result)[K * R]) const {
    const E* keys[K];
    for (int k = 0; k < K; k++) keys[k] = keysAt(position + k * LANES);
    scoreKeys<E, R, K>(keys, job.kv.blockSize, job.kv.headDim, query, result);
  }

  F scalesAt(int position, int end) const {
    float lanes[LANES] = {};
    for (int lane = 0; lane < LANES && position + lane < end; lane++) {
      const int slot = position + lane;
      HeadPointers at = headPointers(job.kv, job.layer, job.blocks[slot / job.kv.blockSize], kvHead);
      lanes[lane] = at.keyScales[slot % job.kv.blockSize];
    }
    return load(lanes);
  }

  // Writes the weights to `scores`, and the largest score and sum of weights of each row to `parts`. `from` is a
  // multiple of LANES, so that the lane of a position does not depend on the other rows.
  __attribute__((noinline)) void weigh(int start, int from, int end, Partial (&parts)[R]) {
    const bool whole = job.kv.blockSize % LANES == 0;
    F largest[R], fault[R];  // fault: the score is NaN, which a maximum may hide
    for (int r = 0; r < R; r++) largest[r] = bits(iset1((int32_t)0xff800000)), fault[r] = zero();
    float steps[LANES];
    for (int i = 0; i < LANES; i++) steps[i] = (float)i;
    const auto take = [&](int position, const F* found) {
      const F at = add(load(steps), set1((float)position));
      const F keyScale = job.kv.type == KvType::INT8 ? scalesAt(position, end) : zero();
      for (int r = 0; r < R; r++) {
        F score = mul(found[r], set1(job.scale));
        if (job.kv.type == KvType::INT8) score = mul(score, keyScale);
        if (position < span[r].from || position + LANES > span[r].to) {
          const F none = bits(iset1((int32_t)0xff800000));
          score = choose(less(at, set1((float)span[r].to)), score, none);
          score = choose(less(at, set1((float)span[r].from)), none, score);
        }
        largest[r] = max(largest[r], score);
        fault[r] = orBits(fault[r], isNan(score));
        store(scores[r] + (position - start), score);
      }
    };
    constexpr int K = keyVectors(R);
    int position = from;
    for (; whole && K > 1 && position + K * LANES <= end; position += K * LANES) {
      F found[K * R];
      scoreWhole<K>(position, found);
      for (int k = 0; k < K; k++) take(position + k * LANES, found + k * R);
    }
    for (; position < end; position += LANES) {
      F found[R];
      if (whole) scoreWhole<1>(position, found);
      else scoreScattered(position, end, found);
      take(position, found);
    }
    for (int r = 0; r < R; r++) {
      int32_t faults[LANES];
      istore(faults, bits(fault[r]));
      float most = maxLanes(largest[r]);
      for (int lane = 0; lane < LANES; lane++)
        if (faults[lane] != 0) most = __builtin_nanf("");
      F total = zero();
      if (most != -__builtin_inff()) {
        for (int i = from - start; i < end - start; i += LANES) {
          const F weight = expOf(sub(load(scores[r] + i), set1(most)));
          store(scores[r] + i, weight);
          total = add(total, weight);
        }
      }
      parts[r] = {most, sumLanes(total)};
    }
  }

  // sums[r] += weights of rows `first` to `first + COUNT - 1` times values of positions from, from + 1, ... to - 1.
  template <int COUNT>
  __attribute__((noinline)) void addValues(int first, int start, int from, int to, float* sums) const {
    const int headDim = job.kv.headDim, blockSize = job.kv.blockSize;
    for (int d = 0; d < headDim; d += 2 * LANES) {
      const int left = headDim - d;
      const bool two = left >= 2 * LANES;
      const int count = left < LANES ? left : LANES;
      const int more = two ? LANES : left > LANES ? left - LANES : 0;
      F sum[COUNT][2];
      for (int r = 0; r < COUNT; r++) {
        float* at = sums + (size_t)(first + r) * headDim + d;
        sum[r][0] = loadUpTo(at, count);
        sum[r][1] = two ? load(at + LANES) : loadSome(at + LANES, more);
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
          if (two) {
            value[0] = loadElements(values);
            value[1] = loadElements(values + LANES);
          } else {
            E some[2 * LANES] = {};
            for (int i = 0; i < left; i++) some[i] = values[i];
            value[0] = loadElements(some);
            value[1] = loadElements(some + LANES);
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
        float* at = sums + (size_t)(first + r) * headDim + d;
        storeUpTo(at, sum[r][0], count);
        if (more) storeUpTo(at + LANES, sum[r][1], more);
      }
    }
  }

  // One partition for all rows. A row never reads a value that it does not attend to, because it may be infinite.
  __attribute__((noinline)) void partition(int index, Partial (&parts)[R], float* sums) {
    const int start = index * PARTITION;
    int from = start + PARTITION, to = start, commonFrom = start, commonTo = start + PARTITION;
    for (int r = 0; r < R; r++) {
      const int first = span[r].from > start ? span[r].from : start;
      const int last = span[r].to < start + PARTITION ? span[r].to : start + PARTITION;
      if (first < last) {
        from = first < from ? first : from;
        to = last > to ? last : to;
      }
      commonFrom = first > commonFrom ? first : commonFrom;
      commonTo = last < commonTo ? last : commonTo;
    }
    for (int i = 0; i < R * job.kv.headDim; i++) sums[i] = 0;
    if (from >= to) {
      for (int r = 0; r < R; r++) parts[r] = {-__builtin_inff(), 0};
      return;
    }
    weigh(start, from / LANES * LANES, to, parts);
    if (commonFrom < commonTo) {
      eachAlone(start, start, commonFrom, sums);
      constexpr int FIRST = R > 4 ? 4 : R;  // rows whose sums stay in registers
      addValues<FIRST>(0, start, commonFrom, commonTo, sums);
      if constexpr (R > FIRST) addValues<R - FIRST>(FIRST, start, commonFrom, commonTo, sums);
      eachAlone(start, commonTo, start + PARTITION, sums);
    } else {
      eachAlone(start, start, start + PARTITION, sums);
    }
  }

 private:
  void eachAlone(int start, int from, int to, float* sums) const {
    for (int r = 0; r < R; r++) {
      const int first = span[r].from > from ? span[r].from : from;
      const int last = span[r].to < to ? span[r].to : to;
      if (first < last) addValues<1>(r, start, first, last, sums);
    }
  }
};

inline float expOne(float x) {
  float lanes[LANES];
  store(lanes, expOf(set1(x)));
  return lanes[0];
}

void mergePart(Partial& into, float* sums, const Partial& part, const float* more, int headDim) {
  if (part.largest == -__builtin_inff()) return;
  const float largest = into.largest > part.largest ? into.largest : part.largest;
  const float keep = expOne(into.largest - largest), gain = expOne(part.largest - largest);
  into = {largest, into.total * keep + part.total * gain};
  overFloats(headDim, [&](size_t i, int n) {
    storeUpTo(sums + i, fma(loadUpTo(more + i, n), set1(gain), mul(loadUpTo(sums + i, n), set1(keep))), n);
  });
}

void finishHead(const Partial& whole, const float* sums, int headDim, float* out) {
  overFloats(headDim, [&](size_t i, int n) {
    storeUpTo(out + i, div(loadUpTo(sums + i, n), set1(whole.total)), n);
  });
}

inline Span spanOf(const AttentionJob& job, int row) {
  const int to = job.positions[row] + 1;
  const int from = job.window > 0 && to > job.window ? to - job.window : 0;
  return {from, to};
}

template <class E, int R>
inline void attendRows(const AttentionJob& job, int kvHead, int first) {  // `first` counts rows times group heads
  const int headDim = job.kv.headDim, group = job.heads / job.kv.kvHeads;
  Rows<E, R> rows{job, kvHead, {}, {}, {}};
  size_t at[R];
  int from = 0x7fffffff, to = 0;
  for (int r = 0; r < R; r++) {
    const int row = (first + r) / group, head = kvHead * group + (first + r) % group;
    at[r] = ((size_t)row * job.heads + head) * headDim;
    rows.query[r] = job.query + at[r];
    rows.span[r] = spanOf(job, row);
    from = rows.span[r].from < from ? rows.span[r].from : from;
    to = rows.span[r].to > to ? rows.span[r].to : to;
  }
  Partial whole[R], parts[R];
  float sums[R * MAX_HEAD], more[R * MAX_HEAD];
  for (int r = 0; r < R; r++) whole[r] = {-__builtin_inff(), 0};
  for (int i = 0; i < R * headDim; i++) sums[i] = 0;
  for (int index = from / PARTITION; index * PARTITION < to; index++) {
    rows.partition(index, parts, more);
    for (int r = 0; r < R; r++) mergePart(whole[r], sums + r * headDim, parts[r], more + r * headDim, headDim);
  }
  for (int r = 0; r < R; r++) finishHead(whole[r], sums + r * headDim, headDim, job.out + at[r]);
}

template <class A, class B> constexpr bool SAME = false;
template <class A> constexpr bool SAME<A, A> = true;

// Calls function(Index<R>, first) for items `first` to `end` - 1, eight at a time. The remaining items take a single
// call only for the default type F16, because each R is compiled separately.
template <class E, class Function>
inline void eightAtATime(int first, int end, Function function) {
  for (; first + 8 <= end; first += 8) function(Index<8>{}, first);
  if constexpr (SAME<E, F16Weight>) {
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
inline void attendAll(const AttentionJob& job, int kvHead, int rowFrom, int rowTo) {
  const int group = job.heads / job.kv.kvHeads;
  eightAtATime<E>(rowFrom * group, rowTo * group,
               [&](auto r, int first) { attendRows<E, decltype(r)::VALUE>(job, kvHead, first); });
}

template <class E, int R>
inline void partOf(const AttentionJob& job, int kvHead, int row, int first, int index, Partial* parts, float* sums) {
  const int headDim = job.kv.headDim, group = job.heads / job.kv.kvHeads;
  Rows<E, R> rows{job, kvHead, {}, {}, {}};
  for (int r = 0; r < R; r++) {
    rows.query[r] = job.query + ((size_t)row * job.heads + kvHead * group + first + r) * headDim;
    rows.span[r] = spanOf(job, row);
  }
  Partial found[R];
  rows.partition(index, found, sums + (size_t)first * headDim);
  for (int r = 0; r < R; r++) parts[first + r] = found[r];
}

template <class E>
inline void partOfAll(const AttentionJob& job, int kvHead, int row, int index, Partial* parts, float* sums) {
  const int group = job.heads / job.kv.kvHeads;
  eightAtATime<E>(0, group, [&](auto r, int first) {
    partOf<E, decltype(r)::VALUE>(job, kvHead, row, first, index, parts, sums);
  });
}

void attend(const AttentionJob& job, int kvHead, int rowFrom, int rowTo) {
  switch (job.kv.type) {
    case KvType::F32: return attendAll<float>(job, kvHead, rowFrom, rowTo);
    case KvType::F16: return attendAll<F16Weight>(job, kvHead, rowFrom, rowTo);
    case KvType::BF16: return attendAll<Bf16Weight>(job, kvHead, rowFrom, rowTo);
    case KvType::INT8: return attendAll<Int8Element>(job, kvHead, rowFrom, rowTo);
    case KvType::COUNT: return;
  }
}

void attendPart(const AttentionJob& job, int kvHead, int row, int partition, Partial* parts, float* sums) {
  switch (job.kv.type) {
    case KvType::F32: return partOfAll<float>(job, kvHead, row, partition, parts, sums);
    case KvType::F16: return partOfAll<F16Weight>(job, kvHead, row, partition, parts, sums);
    case KvType::BF16: return partOfAll<Bf16Weight>(job, kvHead, row, partition, parts, sums);
    case KvType::INT8: return partOfAll<Int8Element>(job, kvHead, row, partition, parts, sums);
    case KvType::COUNT: return;
  }
}

}  // namespace quire::QUIRE_ISA
