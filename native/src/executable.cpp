#include "executable.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>

namespace quire {

namespace {

// Sine and cosine of an angle up to a million, in doubles: reduction by pi / 2 in three parts, then Taylor series.
void sineCosine(double angle, double& sine, double& cosine) {
  const double n = __builtin_rint(angle * 0.63661977236758134308);
  const double r = ((angle - n * 1.57079632673412561417e+00) - n * 6.07710050630396597660e-11) -
                   n * 2.02226624879595063154e-21;
  const double z = r * r;
  double s = 1, c = 1;
  for (int i = 9; i >= 1; i--) {
    s = 1 - z / (double)(2 * i * (2 * i + 1)) * s;
    c = 1 - z / (double)((2 * i - 1) * 2 * i) * c;
  }
  s *= r;
  switch ((int64_t)n & 3) {
    case 0: sine = s, cosine = c; return;
    case 1: sine = c, cosine = -s; return;
    case 2: sine = -s, cosine = -c; return;
    default: sine = -c, cosine = s; return;
  }
}

size_t kvElementBytes(KvType type) { return type == KvType::F32 ? 4 : type == KvType::INT8 ? 1 : 2; }

}  // namespace

Executable::Executable(std::shared_ptr<Weights> weights, Tape tape, const ExecutableOptions& options)
    : weights_(std::move(weights)), kernels_(*weights_->kernels), tape_(std::move(tape)), options_(options),
      pool_(Pool::of(options.threads)), arena_(alignedBytes(tape_.arenaBytes, "values of a step")) {
  if (options.blocks.size() != tape_.groups.size())
    throw Failure{"bad_argument", "expected a number of blocks for each group of layers"};
  for (size_t g = 0; g < tape_.groups.size(); g++) {
    const KvGroup& group = tape_.groups[g];
    Kv kv{options.kvType, options.blockSize, group.kvHeads, group.headDim, 0, 0, nullptr};
    const size_t side = (size_t)options.blockSize * (size_t)group.headDim * kvElementBytes(options.kvType);
    const size_t scales = options.kvType == KvType::INT8 ? 8 * (size_t)options.blockSize : 0;
    const size_t head = (2 * side + scales + 3) / 4 * 4;
    kv.layerBytes = head * (size_t)group.kvHeads;
    kv.blockBytes = kv.layerBytes * (size_t)group.layers;
    size_t bytes;
    if (__builtin_mul_overflow(kv.blockBytes, (size_t)options.blocks[g], &bytes))
      throw Failure{"out_of_memory", "not enough memory for the blocks of keys and values"};
    AlignedBytes memory = alignedBytes(bytes, "keys and values");
    kv.data = memory.get();
    kv_.push_back({kv, std::move(memory)});
  }
  for (const RopeTable& rope : tape_.ropes) angles_.emplace_back((size_t)tape_.tokens * (size_t)rope.dim);
  int widest = 1;
  for (const Buffer& b : tape_.buffers) widest = std::max(widest, b.width);
  size_t pairBytes = 0;
  size_t partFloats = 0;
  for (const Op& op : tape_.ops) {
    if (op.kind == OpKind::LINEAR) {
      const LinearOp linear = op.as<LinearOp>();
      const PackedShape& shape = matrix(linear.weight).shape;
      const size_t rows = (size_t)(tape_.buffers[(size_t)linear.input].perToken ? tape_.tokens : tape_.rows);
      if (shape.pairs) pairBytes = std::max(pairBytes, rows * (((size_t)shape.columns + 1) / 2) * sizeof(uint32_t));
    }
    if (op.kind == OpKind::ATTENTION) {
      const AttentionOp attention = op.as<AttentionOp>();
      partFloats = std::max(partFloats, (size_t)attention.heads * (2 + (size_t)attention.headDim));
    }
  }
  for (int thread = 0; thread < options.threads; thread++) {
    Scratch scratch;
    if (pairBytes > 0) scratch.pairs = alignedBytes(pairBytes, "rounded rows");
    scratch.row.resize((size_t)widest + 64);
    scratch.choice = alignedBytes((size_t)tape_.vocab * 16 + 256, "logits");
    scratch.splitRows.reserve(SPLIT_ROWS);
    scratch.pieces.reserve(SPLIT_ROWS);
    scratch_.push_back(std::move(scratch));
  }
  partsEach_ = partFloats;
  partsRows_ = (size_t)(options.contextLength + PARTITION - 1) / PARTITION;
  parts_ = alignedBytes(partsEach_ * partsRows_ * SPLIT_ROWS * sizeof(float) + 64, "partial sums of attention");
  counters_ = std::make_unique<std::atomic<int>[]>(2 * tape_.ops.size());
}

uint8_t* Executable::block(int group, int block) const {
  if (group < 0 || group >= groups() || block < 0 || block >= options_.blocks[(size_t)group]) return nullptr;
  const Kv& kv = kv_[(size_t)group].kv;
  return kv.data + (size_t)block * kv.blockBytes;
}

StepResult Executable::step(const Plan& plan) {
  const auto started = std::chrono::steady_clock::now();
  StepResult result;
  const size_t rows = (size_t)plan.rows;
  result.tokens.resize(rows);
  result.outcomes.resize(rows);
  size_t probabilities = 0, likeliest = 0;
  for (const Selection& s : plan.selection)
    if (s.logprobs >= 0) probabilities += 1 + (size_t)s.logprobs, likeliest += (size_t)s.logprobs;
  result.logprobs.assign(probabilities, 0.0);
  result.likeliest.assign(likeliest, -1);
  if (plan.wantLogits) result.logits.resize(rows * (size_t)tape_.vocab);
  for (Scratch& scratch : scratch_) {
    scratch.jobs.reserve((size_t)plan.sequences);
    scratch.chunks.reserve((size_t)plan.sequences);
  }
  for (size_t i = 0; i < 2 * tape_.ops.size(); i++) counters_[i].store(0, std::memory_order_relaxed);
  pool_.region([&](int thread) { runAll(plan, result, thread); });
  result.milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count();
  return result;
}

// Copies run in order on one thread, because a copy may read a block that an earlier copy wrote.
void Executable::copyBlocks(const Plan& plan) {
  for (size_t group = 0; group < kv_.size(); group++) {
    const Kv& kv = kv_[group].kv;
    const std::vector<int32_t>& pairs = plan.copies[group];
    for (size_t i = 0; i < pairs.size(); i += 2)
      memmove(kv.data + (size_t)pairs[i + 1] * kv.blockBytes, kv.data + (size_t)pairs[i] * kv.blockBytes, kv.blockBytes);
  }
}

void Executable::runAll(const Plan& plan, StepResult& result, int thread) {
  const auto isEmpty = [](const std::vector<int32_t>& pairs) { return pairs.empty(); };
  if (!std::all_of(plan.copies.begin(), plan.copies.end(), isEmpty)) {
    if (thread == 0) copyBlocks(plan);
    pool_.barrier();
  }
  makeAngles(plan, thread);
  if (!angles_.empty()) pool_.barrier();
  for (size_t i = 0; i < tape_.ops.size(); i++) {
    const Op& op = tape_.ops[i];
    if (op.needsBarrier) pool_.barrier();
    RUNNERS[(size_t)op.kind](*this, op, Part{plan, result, thread, i});
  }
}

constexpr std::array<Executable::Runner, (size_t)OpKind::COUNT> Executable::RUNNERS = runnersOf(AllOps{});

QuantizedRows Executable::quantized(int32_t id) const {
  const Buffer& b = tape_.buffers[(size_t)id];
  const size_t rows = (size_t)(b.perToken ? tape_.tokens : tape_.rows);
  const size_t values = rows * (size_t)b.width, groups = values / GROUP;
  uint8_t* at = arena_.get() + b.offset;
  float* scales = (float*)(at + values);
  return {(int8_t*)at, scales, scales + groups, (int32_t*)(scales + 2 * groups), (int32_t*)(scales + 3 * groups)};
}

const Matrix& Executable::matrix(int32_t id) const {
  return weights_->matrices[(size_t)tape_.weights[(size_t)id].index];
}
const float* Executable::vector(int32_t id) const {
  return id == ABSENT ? nullptr : weights_->vectors[(size_t)tape_.weights[(size_t)id].index].data();
}
int Executable::rowsOf(int32_t id, const Plan& plan) const {
  return tape_.buffers[(size_t)id].perToken ? plan.tokens : plan.rows;
}

void Executable::makeAngles(const Plan& plan, int thread) {
  for (size_t i = 0; i < tape_.ropes.size(); i++) {
    const RopeTable& rope = tape_.ropes[i];
    const size_t half = rope.frequencies.size();
    const Share part = shareOf((size_t)plan.tokens * half, thread, options_.threads, 16);
    for (size_t at = part.from; at < part.to; at++) {
      const float angle = (float)((double)plan.positions[at / half] * (double)rope.frequencies[at % half]);
      double sine, cosine;
      sineCosine(angle, sine, cosine);
      angles_[i][2 * at] = (float)((double)(float)cosine * (double)rope.magnitude);
      angles_[i][2 * at + 1] = (float)((double)(float)sine * (double)rope.magnitude);
    }
  }
}

void Executable::rotate(const RopeTable& table, const float* angles, int row, const float* in, float* out, int heads,
                      int headDim) const {
  const int half = table.dim / 2, stride = table.halves ? 1 : 2, distance = table.halves ? half : 1;
  const float* angle = angles + (size_t)row * (size_t)table.dim;
  for (int head = 0; head < heads; head++, in += headDim, out += headDim) {
    for (int i = 0; i < half; i++) {
      const int a = i * stride, b = a + distance;
      const double cosine = angle[2 * i], sine = angle[2 * i + 1], left = in[a], right = in[b];
      out[a] = (float)(left * cosine - right * sine);
      out[b] = (float)(right * cosine + left * sine);
    }
    if (in != out)
      for (int i = table.dim; i < headDim; i++) out[i] = in[i];
  }
}

void Executable::run(const EmbedOp& op, const Part& part) {
  const Share rows = shareOf((size_t)part.plan.tokens, part.thread, options_.threads);
  const Matrix& table = matrix(op.table);
  const std::vector<int32_t>& ids = op.by == EmbedBy::TOKEN ? part.plan.tokenIds : part.plan.positions;
  float* out = floats(op.output);
  for (size_t row = rows.from; row < rows.to; row++)
    readRow(table.shape, table.packed, ids[row], out + row * (size_t)table.shape.columns);
}

// `normalize` writes one row, which is quantized if the output is.
template <class Normalize>
void Executable::norm(int32_t output, const Part& part, Normalize normalize) {
  if (!tape_.buffers[(size_t)output].quantized) {
    const Share share = shareOf((size_t)rowsOf(output, part.plan), part.thread, options_.threads);
    for (size_t row = share.from; row < share.to; row++) normalize(row, floats(output) + row * widthOf(output));
    return;
  }
  // Each thread that quantizes part of a row normalizes the whole row itself.
  quantizeShare(output, part, [&](size_t row, size_t, size_t, float* own) {
    normalize(row, own);
    return (const float*)own;
  });
}

void Executable::run(const RmsNormOp& op, const Part& part) {
  const size_t width = widthOf(op.output);
  const float* x = floats(op.input);
  norm(op.output, part, [&](size_t row, float* to) {
    kernels_.rmsNorm(x + row * width, vector(op.weight), (int)width / op.size, op.size, op.epsilon, to);
  });
}

void Executable::run(const LayerNormOp& op, const Part& part) {
  const size_t width = widthOf(op.output);
  const float* x = floats(op.input);
  norm(op.output, part, [&](size_t row, float* to) {
    kernels_.layerNorm(x + row * width, vector(op.weight), vector(op.bias), (int)width, op.epsilon, to);
  });
}

// Quantizes this thread's groups of an output. `fill` returns the row, of which groups `from` to `to` are valid; it
// may use the thread's scratch row.
template <class Fill>
void Executable::quantizeShare(int32_t output, const Part& part, Fill fill) {
  const size_t width = widthOf(output), groups = width / GROUP;
  const size_t rows = (size_t)rowsOf(output, part.plan);
  const Share share = shareOf(rows * groups, part.thread, options_.threads);
  const QuantizedRows to = quantized(output);
  float* own = scratch_[(size_t)part.thread].row.data();
  for (size_t at = share.from; at < share.to;) {
    const size_t row = at / groups, end = std::min(share.to, (row + 1) * groups);
    const int from = (int)(at % groups), until = (int)(end - row * groups);
    const float* x = fill(row, (size_t)from, (size_t)until, own);
    kernels_.quantize(x, (int)row, (int)rows, (int)width, from, until, to);
    at = end;
  }
}

void Executable::run(const QuantizeOp& op, const Part& part) {
  const size_t width = widthOf(op.output);
  const float* x = floats(op.input);
  quantizeShare(op.output, part, [&](size_t row, size_t, size_t, float*) { return x + row * width; });
}

void Executable::run(const RopeOp& op, const Part& part) {
  const RopeTable& table = tape_.ropes[(size_t)op.rope];
  const float* angles = angles_[(size_t)op.rope].data();
  const size_t width = widthOf(op.output);
  const Share rows = shareOf((size_t)part.plan.tokens, part.thread, options_.threads);
  for (size_t row = rows.from; row < rows.to; row++)
    rotate(table, angles, (int)row, floats(op.input) + row * width, floats(op.output) + row * width, op.heads, op.headDim);
}

// Computes this thread's elements of a float output: `compute` writes `count` elements from element `from` on.
template <class Compute>
void Executable::elements(int32_t output, const Part& part, Compute compute) {
  const size_t count = (size_t)rowsOf(output, part.plan) * widthOf(output);
  const Share share = shareOf(count, part.thread, options_.threads, 64);
  compute(share.from, share.to - share.from, floats(output) + share.from);
}

void Executable::run(const AddOp& op, const Part& part) {
  elements(op.output, part, [&](size_t from, size_t count, float* out) {
    kernels_.add(floats(op.left) + from, floats(op.right) + from, count, out);
  });
}

void Executable::run(const MulOp& op, const Part& part) {
  elements(op.output, part, [&](size_t from, size_t count, float* out) {
    kernels_.mul(floats(op.left) + from, floats(op.right) + from, count, out);
  });
}

void Executable::run(const ActivationOp& op, const Part& part) {
  elements(op.output, part, [&](size_t from, size_t count, float* out) {
    kernels_.activate(op.name, floats(op.input) + from, count, out);
  });
}

// activation(gate) * up, each rounded to f32 as two operations would.
void Executable::run(const GatedOp& op, const Part& part) {
  const float *gate = floats(op.gate), *up = floats(op.up);
  const auto compute = [&](size_t from, size_t count, float* out) {
    kernels_.activate(op.name, gate + from, count, out);
    kernels_.mul(out, up + from, count, out);
  };
  if (!tape_.buffers[(size_t)op.output].quantized) return elements(op.output, part, compute);
  quantizeShare(op.output, part, [&](size_t row, size_t from, size_t to, float* own) {
    compute(row * widthOf(op.output) + from * GROUP, (to - from) * GROUP, own + from * GROUP);
    return (const float*)own;
  });
}

void Executable::run(const LinearOp& op, const Part& part) {
  const Matrix& m = matrix(op.weight);
  const int rows = rowsOf(op.output, part.plan);
  if (rows == 0) return;
  const Buffer& in = tape_.buffers[(size_t)op.input];
  LinearJob job{};
  job.type = m.shape.type;
  job.weights = m.packed;
  job.panelBytes = m.shape.panelBytes;
  job.levelBytes = m.shape.levelBytes;
  job.columns = m.shape.columns;
  job.rows = m.shape.rows;
  if (in.quantized) job.q = quantized(op.input);
  else job.x = floats(op.input);
  job.pairs = (uint32_t*)scratch_[(size_t)part.thread].pairs.get();
  job.tokens = rows;
  job.out = floats(op.output);
  job.bias = vector(op.bias);
  job.residual = op.residual == ABSENT ? nullptr : floats(op.residual);
  const Share share = shareOf((size_t)m.shape.panels(), part.thread, options_.threads);
  kernels_.linear(job, (int)share.from, (int)share.to);
}

void Executable::run(const GatherRowsOp& op, const Part& part) {
  const size_t width = widthOf(op.output);
  const Share share = shareOf((size_t)part.plan.rows, part.thread, options_.threads);
  for (size_t row = share.from; row < share.to; row++)
    memcpy(floats(op.output) + row * width, floats(op.input) + (size_t)part.plan.logitsRows[row] * width,
           width * sizeof(float));
}

void Executable::run(const SelectOp& op, const Part& part) {
  const Plan& plan = part.plan;
  StepResult& result = part.result;
  const size_t vocab = (size_t)tape_.vocab;
  uint8_t* scratch = scratch_[(size_t)part.thread].choice.get();
  size_t probabilities = 0, likeliest = 0;
  for (int row = 0; row < plan.rows; row++) {
    const Selection& s = plan.selection[(size_t)row];
    const size_t requested = s.logprobs < 0 ? 0 : (size_t)s.logprobs;
    if (row % options_.threads == part.thread) {
      const float* logits = floats(op.input) + (size_t)row * vocab;
      SelectJob job{logits, tape_.vocab, s, plan.adjustTokens.data() + s.adjustFrom,
                    plan.adjustPenalty.data() + s.adjustFrom, plan.adjustBias.data() + s.adjustFrom,
                    (float*)(scratch + vocab * 8), (double*)scratch, (int32_t*)(scratch + vocab * 12),
                    &result.tokens[(size_t)row], (Outcome*)&result.outcomes[(size_t)row],
                    result.logprobs.data() + probabilities, result.likeliest.data() + likeliest};
      quire::select(kernels_, job);
      if (plan.wantLogits) memcpy(result.logits.data() + (size_t)row * vocab, logits, vocab * sizeof(float));
    }
    if (s.logprobs >= 0) probabilities += 1 + requested, likeliest += requested;
  }
}

}  // namespace quire
