// The attention of a step: stores keys and values in the KV blocks, and divides sequences, heads and partitions among
// the threads.

#include <algorithm>
#include <cstring>

#include "executable.h"

namespace quire {

namespace {

// Returns the number of tokens of a work item: about MAX_QUERY_ROWS query rows, in full tiles of rows where possible.
int itemTokens(int queryHeads) {
  const int tokens = std::max(MAX_QUERY_ROWS / queryHeads, 1);
  return tokens < 8 ? tokens : tokens / 8 * 8;
}

// Returns the index of the sequence or row to which a work item belongs, given the first work item of each.
size_t indexOfItem(const std::vector<int>& firstItems, int item) {
  return (size_t)(std::upper_bound(firstItems.begin(), firstItems.end(), item) - firstItems.begin()) - 1;
}

}  // namespace

void Executable::run(const AttentionOp& op, const ThreadContext& context) {
  const Plan& plan = context.plan;
  const KvBlocks& kv = kv_[(size_t)op.group].blocks;
  const std::vector<int32_t>& blockTable = plan.blockTable[(size_t)op.group];
  const size_t keyWidth = widthOf(op.key), queryWidth = widthOf(op.query);
  float *query = floats(op.query), *key = floats(op.key);
  const float* value = floats(op.value);
  // Tokens are ordered by sequence. `s` is the sequence of token `t`.
  const Range range = threadRange((size_t)plan.tokens, context.thread, options_.threads);
  size_t s = 0;
  for (size_t t = range.from; t < range.to; t++) {
    while ((size_t)plan.queryStart[s + 1] <= t) s++;
    if (op.rope != ABSENT) {
      const RopeTable& rope = tape_.ropes[(size_t)op.rope];
      const float* rotations = rotations_[(size_t)op.rope].data();
      rotate(rope, rotations, (int)t, query + t * queryWidth, query + t * queryWidth, op.heads, op.headDim);
      rotate(rope, rotations, (int)t, key + t * keyWidth, key + t * keyWidth, op.kvHeads, op.headDim);
    }
    const int position = plan.positions[t];
    const int block = blockTable[s * (size_t)plan.maxBlocks + (size_t)(position / kv.blockSize)];
    kernels_.storeKv(kv, op.layerInGroup, block, position % kv.blockSize, key + t * keyWidth, value + t * keyWidth);
  }
  barrier(context.thread);
  Scratch& scratch = scratch_[(size_t)context.thread];
  std::vector<AttentionJob>& jobs = scratch.jobs;
  std::vector<int>& firstJobItems = scratch.firstJobItems;
  jobs.clear(), firstJobItems.clear();
  int itemCount = 0;
  const int window = op.window == ABSENT ? 0 : op.window, tokensPerItem = itemTokens(op.heads / kv.kvHeads);
  for (size_t i = 0; i < (size_t)plan.sequences; i++) {
    const int from = plan.queryStart[i], rows = plan.queryStart[i + 1] - from;
    jobs.push_back({kv, op.layerInGroup, op.heads, op.scale, window, blockTable.data() + i * (size_t)plan.maxBlocks,
                    query + (size_t)from * queryWidth, floats(op.output) + (size_t)from * queryWidth,
                    plan.positions.data() + from, rows,
                    (float*)scratch.attention.get()});
    firstJobItems.push_back(itemCount);
    itemCount += (rows + tokensPerItem - 1) / tokensPerItem * kv.kvHeads;
  }
  const int maxPosition = *std::max_element(plan.positions.begin(), plan.positions.end());
  const bool splitsContext = plan.tokens <= MAX_SPLIT_ROWS && maxPosition >= 2 * PARTITION_SIZE && options_.threads > 1;
  if (splitsContext) return attendSplit(op, context, scratch);
  for (int item; (item = counters_[2 * context.index].fetch_add(1, std::memory_order_relaxed)) < itemCount;) {
    const size_t i = indexOfItem(firstJobItems, item);
    const int itemOfJob = item - firstJobItems[i];
    const int from = itemOfJob / kv.kvHeads * tokensPerItem;
    kernels_.attend(jobs[i], itemOfJob % kv.kvHeads, from, std::min(from + tokensPerItem, jobs[i].rows));
  }
}

// Divides the partitions of the context among the threads, then merges the results in order. Used for few rows with a
// long context.
void Executable::attendSplit(const AttentionOp& op, const ThreadContext& context, Scratch& scratch) {
  const size_t index = context.index;
  const KvBlocks& kv = kv_[(size_t)op.group].blocks;
  const int queryHeads = op.heads / kv.kvHeads, headDim = kv.headDim;
  const std::vector<AttentionJob>& jobs = scratch.jobs;
  std::vector<SplitRow>& rows = scratch.splitRows;
  std::vector<int>& firstRowItems = scratch.firstRowItems;
  rows.clear(), firstRowItems.clear();
  int itemCount = 0;
  for (size_t i = 0; i < jobs.size(); i++)
    for (int row = 0; row < jobs[i].rows; row++) {
      const int to = jobs[i].positions[row] + 1, window = jobs[i].window;
      const int from = window > 0 && to > window ? to - window : 0;
      const int firstPartition = from / PARTITION_SIZE, endPartition = (to + PARTITION_SIZE - 1) / PARTITION_SIZE;
      rows.push_back({i, row, firstPartition, endPartition - firstPartition});
      firstRowItems.push_back(itemCount);
      itemCount += rows.back().partitions * kv.kvHeads;
    }
  // The results of a partition of a row: a state per head, then the sums as [heads][headDim].
  auto states = [&](size_t row, int partition) {
    const size_t index = row * maxPartitions_ + (size_t)partition;
    return (SoftmaxState*)((float*)partitionSums_.get() + index * partitionFloats_);
  };
  auto sums = [&](size_t row, int partition) { return (float*)(states(row, partition) + op.heads); };
  for (int item; (item = counters_[2 * index].fetch_add(1, std::memory_order_relaxed)) < itemCount;) {
    const size_t r = indexOfItem(firstRowItems, item);
    const int itemOfRow = item - firstRowItems[r];
    const int kvHead = itemOfRow % kv.kvHeads, partition = itemOfRow / kv.kvHeads;
    const int firstHead = kvHead * queryHeads;
    kernels_.attendPartition(jobs[rows[r].job], kvHead, rows[r].row, rows[r].firstPartition + partition,
                             states(r, partition) + firstHead, sums(r, partition) + (size_t)(firstHead * headDim));
  }
  barrier(context.thread);
  const int headCount = (int)rows.size() * op.heads;
  for (int item; (item = counters_[2 * index + 1].fetch_add(1, std::memory_order_relaxed)) < headCount;) {
    const size_t r = (size_t)(item / op.heads), head = (size_t)(item % op.heads);
    const AttentionJob& job = jobs[rows[r].job];
    float totalSums[512];
    memset(totalSums, 0, sizeof totalSums);
    SoftmaxState total{-__builtin_inff(), 0};
    for (int partition = 0; partition < rows[r].partitions; partition++)
      kernels_.mergePartition(total, totalSums, states(r, partition)[head],
                              sums(r, partition) + head * (size_t)headDim, headDim);
    float* out = job.out + ((size_t)rows[r].row * (size_t)op.heads + head) * (size_t)headDim;
    kernels_.normalizeHead(total, totalSums, headDim, out);
  }
}

}  // namespace quire
