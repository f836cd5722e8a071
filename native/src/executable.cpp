#include "executable.h"

#include <algorithm>
#include <chrono>
#include <cstring>

namespace quire {

namespace {

size_t kvElementBytes(KvType type) { return type == KvType::F32 ? 4 : type == KvType::INT8 ? 1 : 2; }

}  // namespace

Executable::Executable(std::shared_ptr<Weights> weights, Tape tape, const ExecutableOptions& options)
    : weights_(std::move(weights)), kernels_(*weights_->kernels), tape_(std::move(tape)), options_(options),
      pool_(Pool::withThreads(options.threads)), profile_(tape_.ops.size(), options.threads),
      arena_(allocateAligned(tape_.arenaBytes, "the values of a step")) {
  if (options.blocks.size() != tape_.groups.size())
    throw Failure{"bad_argument", "expected a number of blocks for each layer group"};
  for (size_t g = 0; g < tape_.groups.size(); g++) {
    const KvGroup& group = tape_.groups[g];
    KvBlocks blocks{options.kvType, options.blockSize, group.kvHeads, group.headDim, 0, 0, nullptr};
    const size_t keyBytes = (size_t)options.blockSize * (size_t)group.headDim * kvElementBytes(options.kvType);
    const size_t scaleBytes = options.kvType == KvType::INT8 ? 8 * (size_t)options.blockSize : 0;
    const size_t headBytes = (2 * keyBytes + scaleBytes + 3) / 4 * 4;
    blocks.layerBytes = headBytes * (size_t)group.kvHeads;
    blocks.blockBytes = blocks.layerBytes * (size_t)group.layers;
    size_t bytes;
    if (__builtin_mul_overflow(blocks.blockBytes, (size_t)options.blocks[g], &bytes))
      throw Failure{"out_of_memory", "not enough memory for the blocks of keys and values"};
    AlignedBytes memory = allocateAligned(bytes, "keys and values");
    blocks.data = memory.get();
    kv_.push_back({blocks, std::move(memory)});
  }
  for (const RopeTable& rope : tape_.ropes) rotations_.emplace_back((size_t)tape_.tokens * (size_t)rope.dim);
  int maxWidth = 1;
  for (const Buffer& b : tape_.buffers) maxWidth = std::max(maxWidth, b.width);
  size_t pairBytes = 0, sumBytes = 0;
  size_t partitionFloats = 0, attentionFloats = 0;
  for (const Op& op : tape_.ops) {
    if (op.kind == OpKind::LINEAR) {
      const LinearOp linear = op.as<LinearOp>();
      const PackedShape& shape = matrix(linear.weight).shape;
      const size_t rows = (size_t)(tape_.buffers[(size_t)linear.input].isPerToken ? tape_.tokens : tape_.rows);
      if (blockElements(shape.type) > 1)
        sumBytes = std::max(sumBytes, rows * MAX_BATCH_PANELS * (size_t)shape.lanes * sizeof(float));
      if (shape.pairs) pairBytes = std::max(pairBytes, rows * (((size_t)shape.columns + 1) / 2) * sizeof(uint32_t));
    }
    if (op.kind == OpKind::ATTENTION) {
      const AttentionOp attention = op.as<AttentionOp>();
      partitionFloats = std::max(partitionFloats, (size_t)attention.heads * (2 + (size_t)attention.headDim));
      attentionFloats = std::max(attentionFloats, attentionScratch((size_t)attention.headDim));
    }
  }
  for (int thread = 0; thread < options.threads; thread++) {
    Scratch scratch;
    if (sumBytes > 0) scratch.sums = allocateAligned(sumBytes, "the sums of linear layers");
    if (pairBytes > 0) scratch.pairs = allocateAligned(pairBytes, "activations rounded to bf16");
    scratch.attention = allocateAligned(attentionFloats * sizeof(float) + 64, "the scores of attention");
    scratch.row.resize((size_t)maxWidth + 64);
    scratch.select = allocateAligned((size_t)tape_.vocab * 16 + 256, "the selections of tokens");
    scratch.splitRows.reserve(MAX_SPLIT_ROWS);
    scratch.firstRowItems.reserve(MAX_SPLIT_ROWS);
    scratch_.push_back(std::move(scratch));
  }
  partitionFloats_ = partitionFloats;
  maxPartitions_ = (size_t)(options.contextLength + PARTITION_SIZE - 1) / PARTITION_SIZE;
  const size_t partitionBytes = partitionFloats_ * maxPartitions_ * MAX_SPLIT_ROWS * sizeof(float);
  partitionSums_ = allocateAligned(partitionBytes + 64, "the partial sums of attention");
  counters_ = std::make_unique<std::atomic<int>[]>(2 * tape_.ops.size());
}

uint8_t* Executable::block(int group, int block) const {
  if (group < 0 || group >= groups() || block < 0 || block >= options_.blocks[(size_t)group]) return nullptr;
  const KvBlocks& blocks = kv_[(size_t)group].blocks;
  return blocks.data + (size_t)block * blocks.blockBytes;
}

StepResult Executable::step(const Plan& plan) {
  const auto started = std::chrono::steady_clock::now();
  StepResult result;
  const size_t rows = (size_t)plan.rows;
  result.tokens.resize(rows);
  result.outcomes.resize(rows);
  size_t logprobCount = 0, topTokenCount = 0;
  for (const Selection& s : plan.selections)
    if (s.logprobs >= 0) logprobCount += 1 + (size_t)s.logprobs, topTokenCount += (size_t)s.logprobs;
  result.logprobs.assign(logprobCount, 0.0);
  result.topTokens.assign(topTokenCount, -1);
  if (plan.returnsLogits) result.logits.resize(rows * (size_t)tape_.vocab);
  for (Scratch& scratch : scratch_) {
    scratch.jobs.reserve((size_t)plan.sequences);
    scratch.firstJobItems.reserve((size_t)plan.sequences);
  }
  for (size_t i = 0; i < 2 * tape_.ops.size(); i++) counters_[i].store(0, std::memory_order_relaxed);
  profile_.startStep();
  pool_.runOnAllThreads([&](int thread) { runOperations(plan, result, thread); });
  profile_.endStep();
  result.milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count();
  return result;
}

// One thread copies in order, because a copy may read a block that an earlier copy wrote.
void Executable::copyBlocks(const Plan& plan) {
  for (size_t group = 0; group < kv_.size(); group++) {
    const KvBlocks& blocks = kv_[group].blocks;
    const auto blockAt = [&](int32_t index) { return blocks.data + (size_t)index * blocks.blockBytes; };
    const std::vector<int32_t>& copies = plan.copies[group];
    for (size_t i = 0; i < copies.size(); i += 2)
      memmove(blockAt(copies[i + 1]), blockAt(copies[i]), blocks.blockBytes);
  }
}

void Executable::runOperations(const Plan& plan, StepResult& result, int thread) {
  profile_.enter(thread, profile_.preparing());
  const auto isEmpty = [](const std::vector<int32_t>& copies) { return copies.empty(); };
  if (!std::all_of(plan.copies.begin(), plan.copies.end(), isEmpty)) {
    if (thread == 0) copyBlocks(plan);
    barrier(thread);
  }
  computeRotations(plan, thread);
  if (!rotations_.empty()) barrier(thread);
  for (size_t i = 0; i < tape_.ops.size(); i++) {
    const Op& op = tape_.ops[i];
    if (op.needsBarrier) barrier(thread);
    profile_.enter(thread, i);
    RUNNERS[(size_t)op.kind](*this, op, ThreadContext{plan, result, thread, i});
  }
  profile_.enter(thread, profile_.waiting());
}

void Executable::barrier(int thread) {
  const size_t slot = profile_.enter(thread, profile_.waiting());
  pool_.barrier();
  profile_.enter(thread, slot);
}

constexpr std::array<Executable::Runner, (size_t)OpKind::COUNT> Executable::RUNNERS = runnersOf(AllOps{});

QuantizedRows Executable::quantizedRows(int32_t id) const {
  const Buffer& b = tape_.buffers[(size_t)id];
  const size_t rows = (size_t)(b.isPerToken ? tape_.tokens : tape_.rows);
  const size_t values = rows * (size_t)b.width, groups = values / GROUP_SIZE;
  uint8_t* memory = arena_.get() + b.offset;
  float* scales = (float*)(memory + values);
  return {(int8_t*)memory, scales, scales + groups, (int32_t*)(scales + 2 * groups), (int32_t*)(scales + 3 * groups)};
}

const Matrix& Executable::matrix(int32_t id) const {
  return weights_->matrices[(size_t)tape_.weights[(size_t)id].index];
}
const float* Executable::vector(int32_t id) const {
  return id == ABSENT ? nullptr : weights_->vectors[(size_t)tape_.weights[(size_t)id].index].data();
}
int Executable::rowsOf(int32_t id, const Plan& plan) const {
  return tape_.buffers[(size_t)id].isPerToken ? plan.tokens : plan.rows;
}

// Calls `body` with ranges of items. Each item is processed by one thread. If there are many, a thread that is
// interrupted by another program processes fewer of them.
template <class Body>
void Executable::forEachRange(const ThreadContext& context, size_t count, size_t unit, Body body) {
  if (count < 4 * unit * (size_t)options_.threads) {
    const Range range = threadRange(count, context.thread, options_.threads, unit);
    if (range.from < range.to) body(range.from, range.to);
    return;
  }
  const int units = (int)((count + unit - 1) / unit);  // at most 2^28, as checked by tape.cpp
  std::atomic<int>& claimedUnits = counters_[2 * context.index];
  for (Range range; claimRange(claimedUnits, units, options_.threads, range);)
    body(range.from * unit, std::min(range.to * unit, count));
}

void Executable::run(const EmbedOp& op, const ThreadContext& context) {
  const Range rows = threadRange((size_t)context.plan.tokens, context.thread, options_.threads);
  const Matrix& table = matrix(op.table);
  const std::vector<int32_t>& ids = op.ids == EmbedIds::TOKEN ? context.plan.tokenIds : context.plan.positions;
  float* out = floats(op.output);
  for (size_t row = rows.from; row < rows.to; row++)
    readRow(table.shape, table.packed, ids[row], out + row * (size_t)table.shape.columns);
}

// Writes the rows of this thread with `normalize(row, to)`, and quantizes them if the output is quantized.
template <class Normalize>
void Executable::normalizeRows(int32_t output, const ThreadContext& context, Normalize normalize) {
  if (!tape_.buffers[(size_t)output].isQuantized) {
    const Range range = threadRange((size_t)rowsOf(output, context.plan), context.thread, options_.threads);
    for (size_t row = range.from; row < range.to; row++) normalize(row, floats(output) + row * widthOf(output));
    return;
  }
  // If several threads quantize groups of one row, each of them normalizes the entire row.
  quantizeGroups(output, context, [&](size_t row, size_t, size_t, float* scratchRow) {
    normalize(row, scratchRow);
    return (const float*)scratchRow;
  });
}

void Executable::run(const RmsNormOp& op, const ThreadContext& context) {
  const size_t width = widthOf(op.output);
  const float* x = floats(op.input);
  normalizeRows(op.output, context, [&](size_t row, float* to) {
    kernels_.rmsNorm(x + row * width, vector(op.weight), (int)width / op.size, op.size, op.epsilon, to);
  });
}

void Executable::run(const LayerNormOp& op, const ThreadContext& context) {
  const size_t width = widthOf(op.output);
  const float* x = floats(op.input);
  normalizeRows(op.output, context, [&](size_t row, float* to) {
    kernels_.layerNorm(x + row * width, vector(op.weight), vector(op.bias), (int)width, op.epsilon, to);
  });
}

// Quantizes the groups of an output that this thread processes. `fill(row, from, to, scratchRow)` returns a row that
// contains at least groups `from` to `to - 1`; it may compute them in `scratchRow`.
template <class Fill>
void Executable::quantizeGroups(int32_t output, const ThreadContext& context, Fill fill) {
  const size_t width = widthOf(output), groups = width / GROUP_SIZE;
  const size_t rows = (size_t)rowsOf(output, context.plan);
  const QuantizedRows out = quantizedRows(output);
  float* scratchRow = scratch_[(size_t)context.thread].row.data();
  const auto quantizeRange = [&](size_t firstGroup, size_t endGroup) {
    for (size_t group = firstGroup; group < endGroup;) {
      const size_t row = group / groups, end = std::min(endGroup, (row + 1) * groups);
      const int from = (int)(group % groups), to = (int)(end - row * groups);
      const float* x = fill(row, (size_t)from, (size_t)to, scratchRow);
      kernels_.quantize(x, (int)row, (int)rows, (int)width, from, to, out);
      group = end;
    }
  };
  // With few rows, the threads divide the groups of a row.
  const size_t unit = rows < 4 * (size_t)options_.threads ? 1 : groups;
  if (unit > 1) return forEachRange(context, rows * groups, unit, quantizeRange);
  const Range range = threadRange(rows * groups, context.thread, options_.threads);
  quantizeRange(range.from, range.to);
}

void Executable::run(const QuantizeOp& op, const ThreadContext& context) {
  const size_t width = widthOf(op.output);
  const float* x = floats(op.input);
  quantizeGroups(op.output, context, [&](size_t row, size_t, size_t, float*) { return x + row * width; });
}

// Computes the elements of a float output that this thread processes. `compute` writes `count` elements from element
// `from` on.
template <class Compute>
void Executable::computeElements(int32_t output, const ThreadContext& context, Compute compute) {
  const size_t count = (size_t)rowsOf(output, context.plan) * widthOf(output);
  const Range range = threadRange(count, context.thread, options_.threads, 64);
  compute(range.from, range.to - range.from, floats(output) + range.from);
}

void Executable::run(const AddOp& op, const ThreadContext& context) {
  computeElements(op.output, context, [&](size_t from, size_t count, float* out) {
    kernels_.add(floats(op.left) + from, floats(op.right) + from, count, out);
  });
}

void Executable::run(const MulOp& op, const ThreadContext& context) {
  computeElements(op.output, context, [&](size_t from, size_t count, float* out) {
    kernels_.mul(floats(op.left) + from, floats(op.right) + from, count, out);
  });
}

void Executable::run(const ActivationOp& op, const ThreadContext& context) {
  computeElements(op.output, context, [&](size_t from, size_t count, float* out) {
    kernels_.activate(op.name, floats(op.input) + from, count, out);
  });
}

// Computes activation(gate) * up. The activation is rounded to f32, as if these were two operations.
void Executable::run(const GatedOp& op, const ThreadContext& context) {
  const float *gate = floats(op.gate), *up = floats(op.up);
  const auto compute = [&](size_t from, size_t count, float* out) {
    kernels_.activate(op.name, gate + from, count, out);
    kernels_.mul(out, up + from, count, out);
  };
  if (!tape_.buffers[(size_t)op.output].isQuantized) return computeElements(op.output, context, compute);
  quantizeGroups(op.output, context, [&](size_t row, size_t from, size_t to, float* scratchRow) {
    compute(row * widthOf(op.output) + from * GROUP_SIZE, (to - from) * GROUP_SIZE, scratchRow + from * GROUP_SIZE);
    return (const float*)scratchRow;
  });
}

void Executable::run(const LinearOp& op, const ThreadContext& context) {
  const Matrix& m = matrix(op.weight);
  const int rows = rowsOf(op.output, context.plan);
  if (rows == 0) return;
  const Buffer& in = tape_.buffers[(size_t)op.input];
  LinearJob job{};
  job.type = m.shape.type;
  job.weights = m.packed;
  job.panelBytes = m.shape.panelBytes;
  job.levelBytes = m.shape.levelBytes;
  job.columns = m.shape.columns;
  job.rows = m.shape.rows;
  if (in.isQuantized) job.quantizedX = quantizedRows(op.input);
  else job.x = floats(op.input);
  job.sums = (float*)scratch_[(size_t)context.thread].sums.get();
  job.pairs = (uint32_t*)scratch_[(size_t)context.thread].pairs.get();
  job.tokens = rows;
  job.out = floats(op.output);
  job.bias = vector(op.bias);
  job.residual = op.residual == ABSENT ? nullptr : floats(op.residual);
  forEachRange(context, (size_t)m.shape.panels(), LINEAR_PANELS, [&](size_t from, size_t to) {
    kernels_.linear(job, (int)from, (int)to);
    job.hasPairs = true;
  });
}

void Executable::run(const GatherRowsOp& op, const ThreadContext& context) {
  const size_t width = widthOf(op.output);
  const Range range = threadRange((size_t)context.plan.rows, context.thread, options_.threads);
  for (size_t row = range.from; row < range.to; row++)
    memcpy(floats(op.output) + row * width, floats(op.input) + (size_t)context.plan.logitsRows[row] * width,
           width * sizeof(float));
}

void Executable::run(const SelectOp& op, const ThreadContext& context) {
  const Plan& plan = context.plan;
  StepResult& result = context.result;
  const size_t vocab = (size_t)tape_.vocab;
  uint8_t* scratch = scratch_[(size_t)context.thread].select.get();
  size_t logprobCount = 0, topTokenCount = 0;
  for (int row = 0; row < plan.rows; row++) {
    const Selection& s = plan.selections[(size_t)row];
    const size_t requested = s.logprobs < 0 ? 0 : (size_t)s.logprobs;
    if (row % options_.threads == context.thread) {
      const float* logits = floats(op.input) + (size_t)row * vocab;
      SelectJob job{logits, tape_.vocab, s, plan.adjustTokens.data() + s.adjustmentStart,
                    plan.adjustPenalty.data() + s.adjustmentStart, plan.adjustBias.data() + s.adjustmentStart,
                    (float*)(scratch + vocab * 8), (double*)scratch, (int32_t*)(scratch + vocab * 12),
                    &result.tokens[(size_t)row], (Outcome*)&result.outcomes[(size_t)row],
                    result.logprobs.data() + logprobCount, result.topTokens.data() + topTokenCount};
      selectToken(kernels_, job);
      if (plan.returnsLogits) memcpy(result.logits.data() + (size_t)row * vocab, logits, vocab * sizeof(float));
    }
    if (s.logprobs >= 0) logprobCount += 1 + requested, topTokenCount += requested;
  }
}

}  // namespace quire
