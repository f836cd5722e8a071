// Attention of a step: appends keys and values, and divides sequences, heads and partitions among the threads.

#include <algorithm>
#include <cstring>

#include "executable.h"

namespace quire {

namespace {

constexpr int ATTEND_ROWS = 16;  // rows of a prefill that a thread processes at a time

}  // namespace

void Executable::run(const AttentionOp& op, const Part& part) {
  const Plan& plan = part.plan;
  const Kv& kv = kv_[(size_t)op.group].kv;
  const std::vector<int32_t>& table = plan.blockTable[(size_t)op.group];
  const size_t keyWidth = widthOf(op.key), queryWidth = widthOf(op.query);
  float *query = floats(op.query), *key = floats(op.key);
  const float* value = floats(op.value);
  // The rows of the sequences are consecutive, so the rows of a thread are found by iterating over the sequences.
  const Share share = shareOf((size_t)plan.tokens, part.thread, options_.threads);
  size_t s = 0;
  for (size_t t = share.from; t < share.to; t++) {
    while ((size_t)plan.queryStart[s + 1] <= t) s++;
    if (op.rope != ABSENT) {
      const RopeTable& rope = tape_.ropes[(size_t)op.rope];
      const float* angles = angles_[(size_t)op.rope].data();
      rotate(rope, angles, (int)t, query + t * queryWidth, query + t * queryWidth, op.heads, op.headDim);
      rotate(rope, angles, (int)t, key + t * keyWidth, key + t * keyWidth, op.kvHeads, op.headDim);
    }
    const int position = plan.positions[t];
    const int block = table[s * (size_t)plan.maxBlocks + (size_t)(position / kv.blockSize)];
    kernels_.append(kv, op.layerInGroup, block, position % kv.blockSize, key + t * keyWidth, value + t * keyWidth);
  }
  pool_.barrier();
  Scratch& scratch = scratch_[(size_t)part.thread];
  std::vector<AttentionJob>& jobs = scratch.jobs;
  std::vector<int>& chunks = scratch.chunks;
  jobs.clear(), chunks.clear();
  int pieces = 0;
  const int window = op.window == ABSENT ? 0 : op.window;
  for (size_t i = 0; i < (size_t)plan.sequences; i++) {
    const int from = plan.queryStart[i], rows = plan.queryStart[i + 1] - from;
    jobs.push_back({kv, op.layerInGroup, op.heads, op.scale, window, table.data() + i * (size_t)plan.maxBlocks,
                    query + (size_t)from * queryWidth, floats(op.output) + (size_t)from * queryWidth,
                    plan.positions.data() + from, rows});
    chunks.push_back(pieces);
    pieces += (rows + ATTEND_ROWS - 1) / ATTEND_ROWS * kv.kvHeads;
  }
  const bool longContext = *std::max_element(plan.positions.begin(), plan.positions.end()) >= 2 * PARTITION;
  if (plan.tokens <= SPLIT_ROWS && longContext && options_.threads > 1) return attendSplit(op, part.index, scratch);
  for (int piece; (piece = counters_[2 * part.index].fetch_add(1, std::memory_order_relaxed)) < pieces;) {
    const size_t i = (size_t)(std::upper_bound(chunks.begin(), chunks.end(), piece) - chunks.begin()) - 1;
    const int inSequence = piece - chunks[i];
    const int from = inSequence / kv.kvHeads * ATTEND_ROWS;
    kernels_.attend(jobs[i], inSequence % kv.kvHeads, from, std::min(from + ATTEND_ROWS, jobs[i].rows));
  }
}

// For few rows with a long context: threads process partitions, whose sums are then merged in order.
void Executable::attendSplit(const AttentionOp& op, size_t index, Scratch& scratch) {
  const Kv& kv = kv_[(size_t)op.group].kv;
  const int group = op.heads / kv.kvHeads, headDim = kv.headDim;
  const std::vector<AttentionJob>& jobs = scratch.jobs;
  std::vector<SplitRow>& rows = scratch.splitRows;
  std::vector<int>& pieces = scratch.pieces;
  rows.clear(), pieces.clear();
  int count = 0;
  for (size_t i = 0; i < jobs.size(); i++)
    for (int row = 0; row < jobs[i].rows; row++) {
      const int to = jobs[i].positions[row] + 1, window = jobs[i].window;
      const int from = window > 0 && to > window ? to - window : 0;
      rows.push_back({i, row, from / PARTITION, (to + PARTITION - 1) / PARTITION - from / PARTITION});
      pieces.push_back(count);
      count += rows.back().partitions * kv.kvHeads;
    }
  auto parts = [&](size_t row, int partition) {  // [heads] of Partial
    return (Partial*)((float*)parts_.get() + (row * partsRows_ + (size_t)partition) * partsEach_);
  };
  auto sums = [&](size_t row, int partition) { return (float*)(parts(row, partition) + op.heads); };
  for (int piece; (piece = counters_[2 * index].fetch_add(1, std::memory_order_relaxed)) < count;) {
    const size_t r = (size_t)(std::upper_bound(pieces.begin(), pieces.end(), piece) - pieces.begin()) - 1;
    const int inRow = piece - pieces[r], kvHead = inRow % kv.kvHeads, partition = inRow / kv.kvHeads;
    kernels_.attendPart(jobs[rows[r].job], kvHead, rows[r].row, rows[r].first + partition,
                        parts(r, partition) + kvHead * group, sums(r, partition) + (size_t)(kvHead * group * headDim));
  }
  pool_.barrier();
  const int heads = (int)rows.size() * op.heads;
  for (int piece; (piece = counters_[2 * index + 1].fetch_add(1, std::memory_order_relaxed)) < heads;) {
    const size_t r = (size_t)(piece / op.heads), head = (size_t)(piece % op.heads);
    const AttentionJob& job = jobs[rows[r].job];
    float whole[512];
    memset(whole, 0, sizeof whole);
    Partial total{-__builtin_inff(), 0};
    for (int partition = 0; partition < rows[r].partitions; partition++)
      kernels_.mergePart(total, whole, parts(r, partition)[head], sums(r, partition) + head * (size_t)headDim, headDim);
    kernels_.finishHead(total, whole, headDim, job.out + ((size_t)rows[r].row * (size_t)op.heads + head) * (size_t)headDim);
  }
}

}  // namespace quire
