#include "step-loops.h"

#include <algorithm>
#include <chrono>
#include <cstring>

namespace quire {

namespace {

size_t kvElementBytes(KvType type) { return type == KvType::F32 ? 4 : type == KvType::INT8 ? 1 : 2; }

}  // namespace

Executable::Executable(std::shared_ptr<Weights> weights, Tape tape, const ExecutableOptions& options, Pool& pool)
    : weights_(std::move(weights)), kernels_(*weights_->kernels), tape_(std::move(tape)), options_(options),
      pool_(pool), profile_(tape_.ops.size(), pool.threads()),
      arena_(allocateAligned(tape_.arenaBytes, "the values of a step")) {
  if (options.blocks.size() != tape_.groups.size())
    fail("bad_argument", "expected a number of blocks for each layer group");
  for (size_t g = 0; g < tape_.groups.size(); g++) {
    const KvGroup& group = tape_.groups[g];
    KvBlocks blocks{options.kvType, options.blockSize, group.kvHeads, group.headDim, 0, 0, nullptr};
    const uint64_t keyBytes = (uint64_t)options.blockSize * (uint64_t)group.headDim * kvElementBytes(options.kvType);
    const uint64_t scaleBytes = options.kvType == KvType::INT8 ? 8 * (uint64_t)options.blockSize : 0;
    const uint64_t headBytes = (2 * keyBytes + 3) / 4 * 4 + scaleBytes;  // as headPointers expects
    const uint64_t layerBytes = headBytes * (uint64_t)group.kvHeads, blockBytes = layerBytes * (uint64_t)group.layers;
    uint64_t bytes;
    if (__builtin_mul_overflow(blockBytes, (uint64_t)options.blocks[g], &bytes))
      fail("out_of_memory", "not enough memory for the blocks of keys and values");
    AlignedBytes memory = allocateAligned(bytes, "keys and values");
    blocks.layerBytes = (size_t)layerBytes, blocks.blockBytes = (size_t)blockBytes;
    blocks.data = memory.get();
    kv_.push_back({blocks, std::move(memory)});
  }
  for (const RopeTable& rope : tape_.ropes)
    rotations_.push_back(allocateAligned(sizeof(float) * (uint64_t)tape_.tokens * (uint64_t)rope.dim, "rotary angles"));
  int maxWidth = 1;
  for (const Buffer& b : tape_.buffers) maxWidth = std::max(maxWidth, b.width);
  uint64_t convertedBytes = 0, sumBytes = 0, loraColumns = 0;
  size_t partitionFloats = 0, attentionFloats = 0;
  for (const Op& op : tape_.ops) {
    if (op.kind == OpKind::LINEAR) {
      const LinearOp linear = op.as<LinearOp>();
      const PackedShape& shape = matrix(linear.weight).shape;
      const uint64_t rows = (uint64_t)(tape_.buffers[(size_t)linear.input].isPerToken ? tape_.tokens : tape_.rows);
      if (blockElements(shape.type) > 1)
        sumBytes = std::max(sumBytes, rows * MAX_BATCH_PANELS * (uint64_t)shape.lanes * sizeof(float));
      if (shape.pairs || (kernels_.widensActivations && blockElements(shape.type) > 1))
        convertedBytes = std::max(convertedBytes, rows * (((uint64_t)shape.columns + 1) / 2) * sizeof(uint32_t));
    }
    if (op.kind == OpKind::LORA_DOWN) {
      const LoraDownOp lora = op.as<LoraDownOp>();
      const uint64_t columns = (uint64_t)std::max(tape_.buffers[(size_t)lora.input].width, tape_.loraRank);
      if (tape_.buffers[(size_t)lora.input].isQuantized) loraColumns = std::max(loraColumns, columns);
      if (kernels_.bf16Pairs)
        convertedBytes = std::max(convertedBytes, MAX_LORA_ROWS * ((columns + 1) / 2) * sizeof(uint32_t));
    }
    if (op.kind == OpKind::ATTENTION) {
      const AttentionOp attention = op.as<AttentionOp>();
      partitionFloats = std::max(partitionFloats, (size_t)attention.heads * (2 + (size_t)attention.headDim));
      attentionFloats = std::max(attentionFloats, attentionScratch((size_t)attention.headDim));
    }
  }
  for (int thread = 0; thread < pool.threads(); thread++) {
    Scratch scratch;
    if (sumBytes > 0) scratch.sums = allocateAligned(sumBytes, "the sums of linear layers");
    if (convertedBytes > 0) scratch.converted = allocateAligned(convertedBytes, "converted activations");
    scratch.attention = allocateAligned(attentionFloats * sizeof(float) + 64, "the scores of attention");
    if (loraColumns > 0)
      scratch.lora = allocateAligned(MAX_LORA_ROWS * loraColumns * sizeof(float), "the inputs of adapters");
    scratch.row.resize((size_t)maxWidth + 64);
    scratch.select = allocateAligned((uint64_t)tape_.vocab * 24 + 256, "the selections of tokens");
    scratch_.push_back(std::move(scratch));
  }
  partitionFloats_ = partitionFloats;
  maxPartitions_ = (size_t)(options.contextLength + PARTITION_SIZE - 1) / PARTITION_SIZE;
  const uint64_t partitionBytes = (uint64_t)partitionFloats_ * maxPartitions_ * MAX_SPLIT_ROWS * sizeof(float);
  partitionSums_ = allocateAligned(partitionBytes + 64, "the partial sums of attention");
}

uint8_t* Executable::block(int group, int block) const {
  if (group < 0 || group >= groups() || block < 0 || block >= options_.blocks[(size_t)group]) return nullptr;
  const KvBlocks& blocks = kv_[(size_t)group].blocks;
  return blocks.data + (size_t)block * blocks.blockBytes;
}

StepResult Executable::step(const Plan& plan) {
  const auto started = std::chrono::steady_clock::now();
  stepCount_++;
  const auto loops = std::make_shared<StepLoops>(*this, plan);
  profile_.measureStep([&] { pool_.run(loops); });
  StepResult result = std::move(loops->result);
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

// How the threads divide an operation: into panels, elements, groups of tiles of quantized elements, or rows.
Division Executable::divisionOf(const Op& op, const Plan& plan) const {
  const int threads = pool_.threads();
  const int32_t output = op.words[op.kind == OpKind::SELECT ? 0 : op.info().count - 1];  // without an output: the input
  const size_t rows = (size_t)rowsOf(output, plan);
  if (op.kind == OpKind::LORA_DOWN) return divide(loraRowsOf(output, plan).size(), 1, 1, threads);
  if (op.kind == OpKind::READ_ROWS) return divide(plan.vectorRows.size(), 1, 4, threads);
  if (op.kind == OpKind::LINEAR) {
    const size_t panels = rows == 0 ? 0 : (size_t)matrix(op.as<LinearOp>().weight).shape.panels();
    return divide(panels, LINEAR_PANELS, LINEAR_PANELS, threads);
  }
  if (tape_.buffers[(size_t)output].isQuantized) {
    // The threads divide the groups of tiles and not their rows, which share cache lines.
    const size_t largestTile = (size_t)kernels_.tileTokens, groups = widthOf(output) / GROUP_SIZE;
    const size_t tiles = (size_t)tileCount((int)rows, kernels_.tileTokens);
    const bool normalizes = op.kind == OpKind::RMS_NORM || op.kind == OpKind::LAYER_NORM;
    if (!normalizes) return divide(tiles * groups, 1, 128 / std::clamp(rows, (size_t)1, largestTile), threads);
    // Threads that divide a row all normalize the entire row.
    return tiles < 4 * (size_t)threads ? divide(tiles * groups, 1, tiles * groups, threads)
                                       : divide(tiles * groups, groups, groups, threads);
  }
  switch (op.kind) {
    case OpKind::ADD: case OpKind::MUL: case OpKind::ACTIVATION: case OpKind::GATED: case OpKind::SCALE:
      return divide(rows * widthOf(output), 64, 4096, threads);
    case OpKind::SELECT:
      return divide(rows, 1, 1, threads);
    default:
      return divide(rows, 1, 4, threads);
  }
}

void Executable::run(const EmbedOp& op, const LoopPart& part) {
  const Matrix& table = matrix(op.table);
  const std::vector<int32_t>& ids = op.ids == EmbedIds::TOKEN ? part.plan.tokenIds : part.plan.positions;
  float* out = floats(op.output);
  for (size_t row = part.range.from; row < part.range.to; row++)
    readRow(table.shape, table.packed, ids[row], out + row * (size_t)table.shape.columns);
}

// Writes rows with `normalize(row, to)`, and quantizes them if the output is quantized.
template <class Normalize>
void Executable::normalizeRows(int32_t output, const LoopPart& part, Normalize normalize) {
  if (!tape_.buffers[(size_t)output].isQuantized) {
    for (size_t row = part.range.from; row < part.range.to; row++) normalize(row, floats(output) + row * widthOf(output));
    return;
  }
  // If several threads quantize groups of one row, each of them normalizes the entire row.
  quantizeGroups(output, part, [&](size_t row, size_t, size_t, float* scratchRow) {
    normalize(row, scratchRow);
    return (const float*)scratchRow;
  });
}

void Executable::run(const RmsNormOp& op, const LoopPart& part) {
  const size_t width = widthOf(op.output);
  const float* x = floats(op.input);
  normalizeRows(op.output, part, [&](size_t row, float* to) {
    kernels_.rmsNorm(x + row * width, vector(op.weight), (int)width / op.size, op.size, op.epsilon, to);
  });
}

void Executable::run(const LayerNormOp& op, const LoopPart& part) {
  const size_t width = widthOf(op.output);
  const float* x = floats(op.input);
  normalizeRows(op.output, part, [&](size_t row, float* to) {
    kernels_.layerNorm(x + row * width, vector(op.weight), vector(op.bias), (int)width, op.epsilon, to);
  });
}

// Quantizes groups of an output. `fill(row, from, to, scratchRow)` returns a row that contains at least groups `from` to
// `to - 1`; it may compute them in `scratchRow`.
template <class Fill>
void Executable::quantizeGroups(int32_t output, const LoopPart& part, Fill fill) {
  const size_t width = widthOf(output), groups = width / GROUP_SIZE;
  const QuantizedRows out = quantizedRows(output);
  float* scratchRow = scratch_[(size_t)part.thread].row.data();
  for (size_t item = part.range.from; item < part.range.to;) {
    const size_t index = item / groups, end = std::min(part.range.to, (index + 1) * groups);
    const Tile tile = tileAt((int)index, rowsOf(output, part.plan), kernels_.tileTokens);
    const size_t from = item % groups, to = end - index * groups;
    for (int row = 0; row < tile.tokens; row++) {
      const float* x = fill((size_t)(tile.first + row), from, to, scratchRow);
      kernels_.quantize(x, tile, row, (int)width, (int)from, (int)to, out);
    }
    item = end;
  }
}

void Executable::run(const QuantizeOp& op, const LoopPart& part) {
  const size_t width = widthOf(op.output);
  const float* x = floats(op.input);
  quantizeGroups(op.output, part, [&](size_t row, size_t, size_t, float*) { return x + row * width; });
}

// Computes elements of a float output. `compute` writes `count` elements from element `from` on.
template <class Compute>
void Executable::computeElements(int32_t output, Range range, Compute compute) {
  compute(range.from, range.to - range.from, floats(output) + range.from);
}

void Executable::run(const AddOp& op, const LoopPart& part) {
  computeElements(op.output, part.range, [&](size_t from, size_t count, float* out) {
    kernels_.add(floats(op.left) + from, floats(op.right) + from, count, out);
  });
}

void Executable::run(const MulOp& op, const LoopPart& part) {
  computeElements(op.output, part.range, [&](size_t from, size_t count, float* out) {
    kernels_.mul(floats(op.left) + from, floats(op.right) + from, count, out);
  });
}

void Executable::run(const ActivationOp& op, const LoopPart& part) {
  computeElements(op.output, part.range, [&](size_t from, size_t count, float* out) {
    kernels_.activate(op.name, floats(op.input) + from, count, out);
  });
}

void Executable::run(const ScaleOp& op, const LoopPart& part) {
  const float* x = floats(op.input);
  computeElements(op.output, part.range, [&](size_t from, size_t count, float* out) {
    for (size_t i = 0; i < count; i++) out[i] = x[from + i] * op.factor;
  });
}

// Computes activation(gate) * up. The activation is rounded to f32, as if these were two operations.
void Executable::run(const GatedOp& op, const LoopPart& part) {
  const float *gate = floats(op.gate), *up = floats(op.up);
  const auto compute = [&](size_t from, size_t count, float* out) {
    kernels_.activate(op.name, gate + from, count, out);
    kernels_.mul(out, up + from, count, out);
  };
  if (!tape_.buffers[(size_t)op.output].isQuantized) return computeElements(op.output, part.range, compute);
  quantizeGroups(op.output, part, [&](size_t row, size_t from, size_t to, float* scratchRow) {
    compute(row * widthOf(op.output) + from * GROUP_SIZE, (to - from) * GROUP_SIZE, scratchRow + from * GROUP_SIZE);
    return (const float*)scratchRow;
  });
}

void Executable::run(const LinearOp& op, const LoopPart& part) {
  const Matrix& m = matrix(op.weight);
  Scratch& scratch = scratch_[(size_t)part.thread];
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
  job.sums = (float*)scratch.sums.get();
  job.converted = (uint32_t*)scratch.converted.get();
  job.tokens = rowsOf(op.output, part.plan);
  job.unpackFrom = kernels_.unpackFrom;
  job.out = floats(op.output);
  job.bias = vector(op.bias);
  // The residual is added after the product of the adapter.
  const bool hasLora = op.lora != ABSENT && !loraRowsOf(op.output, part.plan).empty();
  job.residual = op.residual == ABSENT || hasLora ? nullptr : floats(op.residual);
  job.isConverted = scratch.convertedStep == stepCount_ && scratch.convertedLoop == part.loop;
  kernels_.linear(job, (int)part.range.from, (int)part.range.to);
  scratch.convertedStep = stepCount_, scratch.convertedLoop = part.loop;
  if (hasLora) addLora(op, part);
}

void Executable::run(const GatherRowsOp& op, const LoopPart& part) {
  const size_t width = widthOf(op.output);
  for (size_t row = part.range.from; row < part.range.to; row++)
    memcpy(floats(op.output) + row * width, floats(op.input) + (size_t)part.plan.logitsRows[row] * width,
           width * sizeof(float));
}

void Executable::run(const ReadRowsOp& op, const LoopPart& part) {
  const size_t width = widthOf(op.input);
  for (size_t row = part.range.from; row < part.range.to; row++)
    memcpy(part.step.result.vectors.data() + row * width,
           floats(op.input) + (size_t)part.plan.vectorRows[row] * width, width * sizeof(float));
}

void Executable::run(const SelectOp& op, const LoopPart& part) {
  const Plan& plan = part.plan;
  StepResult& result = part.step.result;
  const size_t vocab = (size_t)tape_.vocab;
  uint8_t* scratch = scratch_[(size_t)part.thread].select.get();
  for (size_t row = part.range.from; row < part.range.to; row++) {
    const Selection& s = plan.selections[row];
    const float* logits = floats(op.input) + row * vocab;
    SelectJob job{logits, tape_.vocab, s, plan.adjustTokens.data() + s.adjustmentStart,
                  plan.adjustPenalty.data() + s.adjustmentStart, plan.adjustBias.data() + s.adjustmentStart,
                  (float*)(scratch + vocab * 16), (double*)scratch, (double*)(scratch + vocab * 8),
                  (int32_t*)(scratch + vocab * 20),
                  &result.tokens[row], (Outcome*)&result.outcomes[row],
                  result.logprobs.data() + plan.firstLogprob[row], result.topTokens.data() + plan.firstTopToken[row]};
    selectToken(kernels_, job);
    if (plan.returnsLogits) memcpy(result.logits.data() + row * vocab, logits, vocab * sizeof(float));
  }
}

}  // namespace quire
