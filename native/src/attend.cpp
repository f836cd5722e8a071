// The loops of attention in a step: store keys and values in the KV blocks, then compute the attention of sequences, heads
// and partitions.

#include <algorithm>
#include <cstring>

#include "step-loops.h"

namespace quire {

void Executable::run(const AttentionOp& op, const LoopPart& part) {
  const StepLoop& loop = part.step.loop(part.loop);
  if (loop.kind == StepLoop::STORE_KV) return storeKv(op, part.plan, part.range);
  if (loop.kind == StepLoop::ATTEND) return attend(op, *loop.items, part);
  if (loop.kind == StepLoop::ATTEND_PARTITIONS) return attendPartitions(op, *loop.items, part);
  mergePartitions(op, *loop.items, part);
}

// Rotates queries and keys, and stores keys and values.
void Executable::storeKv(const AttentionOp& op, const Plan& plan, Range tokens) {
  const KvBlocks& kv = kv_[(size_t)op.group].blocks;
  const std::vector<int32_t>& blockTable = plan.blockTable[(size_t)op.group];
  const size_t keyWidth = widthOf(op.key), queryWidth = widthOf(op.query);
  float *query = floats(op.query), *key = floats(op.key);
  const float* value = floats(op.value);
  // Tokens are ordered by sequence. `s` is the sequence of token `t`.
  size_t s = 0;
  for (size_t t = tokens.from; t < tokens.to; t++) {
    while ((size_t)plan.queryStart[s + 1] <= t) s++;
    if (op.rope != ABSENT) {
      rotate(op.rope, t, op.heads, op.headDim, query + t * queryWidth, query + t * queryWidth);
      rotate(op.rope, t, op.kvHeads, op.headDim, key + t * keyWidth, key + t * keyWidth);
    }
    const int position = plan.positions[t];
    const int block = blockTable[s * (size_t)plan.maxBlocks + (size_t)(position / kv.blockSize)];
    kernels_.storeKv(kv, op.layerInGroup, block, position % kv.blockSize, key + t * keyWidth, value + t * keyWidth);
  }
}

AttentionJob Executable::attentionJob(const AttentionOp& op, const Plan& plan, size_t sequence, int thread) const {
  const KvBlocks& kv = kv_[(size_t)op.group].blocks;
  const int from = plan.queryStart[sequence], rows = plan.queryStart[sequence + 1] - from;
  const size_t firstValue = (size_t)from * widthOf(op.query);
  const int32_t* blocks = plan.blockTable[(size_t)op.group].data() + sequence * (size_t)plan.maxBlocks;
  return {kv, op.layerInGroup, op.heads, op.scale, op.window == ABSENT ? 0 : op.window,
          isAbsent(op.softCap) ? 0.0f : op.softCap, blocks,
          floats(op.query) + firstValue, floats(op.output) + firstValue, plan.positions.data() + from, rows,
          (float*)scratch_[(size_t)thread].attention.get()};
}

void Executable::attend(const AttentionOp& op, const AttentionItems& items, const LoopPart& part) {
  for (size_t item = part.range.from; item < part.range.to; item++) {
    const size_t sequence = items.indexOf(item);
    const AttentionJob job = attentionJob(op, part.plan, sequence, part.thread);
    const int itemOfSequence = (int)item - items.firstItems[sequence];
    const int from = itemOfSequence / items.kvHeads * items.tokensPerItem;
    kernels_.attend(job, itemOfSequence % items.kvHeads, from, std::min(from + items.tokensPerItem, job.rows));
  }
}

// Returns the results of a partition of a split row: a state per head, then the sums as [heads][headDim].
SoftmaxState* Executable::partitionStates(size_t row, size_t partition) const {
  return (SoftmaxState*)((float*)partitionSums_.get() + (row * maxPartitions_ + partition) * partitionFloats_);
}

// Used for few rows with a long context. `mergePartitions` then merges the results of the partitions in order.
void Executable::attendPartitions(const AttentionOp& op, const AttentionItems& items, const LoopPart& part) {
  const size_t queryHeads = (size_t)(op.heads / items.kvHeads), headDim = (size_t)op.headDim;
  for (size_t item = part.range.from; item < part.range.to; item++) {
    const size_t r = items.indexOf(item);
    const AttentionItems::SplitRow& row = items.splitRows[r];
    const int itemOfRow = (int)item - items.firstItems[r];
    const int kvHead = itemOfRow % items.kvHeads, partition = itemOfRow / items.kvHeads;
    const size_t firstHead = (size_t)kvHead * queryHeads;
    SoftmaxState* states = partitionStates(r, (size_t)partition);
    float* sums = (float*)(states + op.heads);
    kernels_.attendPartition(attentionJob(op, part.plan, row.sequence, part.thread), kvHead, row.row,
                             row.firstPartition + partition, states + firstHead, sums + firstHead * headDim);
  }
}

void Executable::mergePartitions(const AttentionOp& op, const AttentionItems& items, const LoopPart& part) {
  const size_t headDim = (size_t)op.headDim, heads = (size_t)op.heads;
  for (size_t item = part.range.from; item < part.range.to; item++) {
    const size_t r = item / heads, head = item % heads;
    const AttentionItems::SplitRow& row = items.splitRows[r];
    float totalSums[512];
    memset(totalSums, 0, sizeof totalSums);
    SoftmaxState total{-__builtin_inff(), 0};
    for (size_t partition = 0; partition < (size_t)row.partitions; partition++) {
      const SoftmaxState* states = partitionStates(r, partition);
      const float* sums = (const float*)(states + heads) + head * headDim;
      kernels_.mergePartition(total, totalSums, states[head], sums, (int)headDim);
    }
    const size_t token = (size_t)(part.plan.queryStart[row.sequence] + row.row);
    kernels_.normalizeHead(total, totalSums, (int)headDim, floats(op.output) + (token * heads + head) * headDim);
  }
}

}  // namespace quire
