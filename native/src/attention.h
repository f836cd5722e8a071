// Attention with keys and values in blocks that a block table lists (Kwon et al. 2023). Each lane computes the score of
// one key by multiply-adds over the elements of the head, in order. Weighted values are added in order of position. The
// result of a query row therefore does not depend on the block size, the other rows of the step, other sequences or the
// number of threads.
#pragma once

namespace quire::QUIRE_ISA {

constexpr int MANY_QUERY_ROWS = 40;  // from this number of rows on, it is faster to convert keys and values only once

template <class E>
inline void attendRows(const AttentionJob& job, int kvHead, int rowFrom, int rowTo) {
  const int queryHeads = job.heads / job.kv.kvHeads, end = rowTo * queryHeads;
  for (int first = rowFrom * queryHeads; first < end; first += MAX_QUERY_ROWS) {
    const int rows = end - first < MAX_QUERY_ROWS ? end - first : MAX_QUERY_ROWS;
    if (rows >= MANY_QUERY_ROWS) {
      ManyQueryRows<E>(job, kvHead, first, rows).attend();
    } else {
      forBatches(first, first + rows, [&](auto r, int row, int count) {
        attendQueryRows<E, decltype(r)::VALUE>(job, kvHead, row, count);
      });
    }
  }
}

template <class E>
inline void attendPartitionAs(const AttentionJob& job, int kvHead, int row, int index, SoftmaxState* states,
                              float* sums) {
  const int queryHeads = job.heads / job.kv.kvHeads, begin = row * queryHeads;
  forBatches(begin, begin + queryHeads, [&](auto r, int first, int count) {
    attendQueryRowsPartition<E, decltype(r)::VALUE>(job, kvHead, first, count, index, states + (first - begin),
                                                    sums + (size_t)(first - begin) * job.kv.headDim);
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
