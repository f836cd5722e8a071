// LoRA adapters: the low-rank products of steps, and the adapters of an executable.

#include <algorithm>
#include <cstring>

#include "step-loops.h"

namespace quire {

const std::vector<LoraRows>& Executable::loraRowsOf(int32_t id, const Plan& plan) const {
  return tape_.buffers[(size_t)id].isPerToken ? plan.loraTokens : plan.loraRows;
}

// Multiplies rows with panels of a matrix with float weights. Adds the products to `out` or stores them there.
void Executable::multiplyFloats(const Matrix& m, const float* x, int rows, int panelFrom, int panelTo, float* out,
                                bool isAdded, int thread) {
  Scratch& scratch = scratch_[(size_t)thread];
  LinearJob job{};
  job.type = m.shape.type;
  job.weights = m.packed;
  job.panelBytes = m.shape.panelBytes;
  job.levelBytes = m.shape.levelBytes;
  job.columns = m.shape.columns;
  job.rows = m.shape.rows;
  job.x = x;
  job.converted = (uint32_t*)scratch.converted.get();
  job.tokens = rows;
  job.out = out;
  job.residual = isAdded ? out : nullptr;
  kernels_.linear(job, panelFrom, panelTo);
  scratch.convertedStep = 0;  // the call may have overwritten the converted activations of the layer
}

// The products of adjacent rows are stored without a gap, from the first element of the first row on.
void Executable::run(const LoraDownOp& op, const LoopPart& part) {
  const std::vector<LoraRows>& all = loraRowsOf(op.output, part.plan);
  const Buffer& in = tape_.buffers[(size_t)op.input];
  const size_t width = (size_t)in.width;
  for (size_t i = part.range.from; i < part.range.to; i++) {
    const LoraRows& rows = all[i];
    const LoraMatrices& lora = rows.adapter->targets[(size_t)op.target];
    if (lora.a == nullptr) continue;
    const float* x = nullptr;
    if (in.isQuantized) {
      float* converted = (float*)scratch_[(size_t)part.thread].lora.get();
      readQuantizedRows(op.input, rowsOf(op.input, part.plan), rows.first, rows.rows, converted);
      x = converted;
    } else {
      x = floats(op.input) + (size_t)rows.first * width;
    }
    float* out = floats(op.output) + (size_t)rows.first * widthOf(op.output);
    multiplyFloats(*lora.a, x, rows.rows, 0, lora.a->shape.panels(), out, false, part.thread);
    const size_t count = (size_t)rows.rows * (size_t)lora.a->shape.rows;
    for (size_t element = 0; element < count; element++) out[element] *= lora.scale;
  }
}

// Converts rows of a quantized value to floats.
void Executable::readQuantizedRows(int32_t id, int totalRows, int first, int rows, float* out) const {
  const QuantizedRows x = quantizedRows(id);
  const size_t width = widthOf(id);
  for (int index = 0; rows > 0; index++) {
    const Tile tile = tileAt(index, totalRows, kernels_.tileTokens);
    for (; rows > 0 && first < tile.first + tile.tokens; first++, rows--, out += width)
      if (first >= tile.first) kernels_.dequantize(x, tile, first - tile.first, (int)width, out);
  }
}

// Adds the products of adapters, then the residual, to panels of the output of a linear layer.
void Executable::addLora(const LinearOp& op, const LoopPart& part) {
  const size_t width = widthOf(op.output), lanes = (size_t)matrix(op.weight).shape.lanes;
  for (const LoraRows& rows : loraRowsOf(op.output, part.plan)) {
    const LoraMatrices& lora = rows.adapter->targets[(size_t)op.target];
    if (lora.b == nullptr) continue;
    const float* x = floats(op.lora) + (size_t)rows.first * widthOf(op.lora);
    multiplyFloats(*lora.b, x, rows.rows, (int)part.range.from, (int)part.range.to,
                   floats(op.output) + (size_t)rows.first * width, true, part.thread);
  }
  if (op.residual == ABSENT) return;
  const size_t from = part.range.from * lanes, to = std::min(part.range.to * lanes, width);
  for (size_t row = 0; row < (size_t)rowsOf(op.output, part.plan); row++) {
    float* out = floats(op.output) + row * width + from;
    kernels_.add(out, floats(op.residual) + row * width + from, to - from, out);
  }
}

void Executable::setAdapter(int slot, std::shared_ptr<Weights> weights, const int32_t* words, size_t count) {
  constexpr size_t WORDS = 4;
  const auto expect = [](bool condition, const char* reason) {
    if (!condition) fail("bad_argument", std::string("invalid adapter: ") + reason);
  };
  expect(slot >= 0 && slot < MAX_ADAPTERS, "the slot is out of range");
  expect(count % WORDS == 0, "unexpected end");
  expect(weights->kernels == &kernels_, "it was loaded for another instruction set");
  auto adapter = std::make_shared<Adapter>();
  adapter->targets.resize(tape_.loraTargets.size());
  const auto matrixAt = [&](int32_t index) {
    expect(index >= 0 && (size_t)index < weights->matrices.size(), "a matrix does not exist");
    const Matrix& m = weights->matrices[(size_t)index];
    expect(blockElements(m.shape.type) == 1, "a matrix is quantized");
    return &m;
  };
  for (size_t i = 0; i < count; i += WORDS) {
    const int32_t index = words[i];
    expect(index >= 0 && (size_t)index < adapter->targets.size(), "a target does not exist");
    const LoraTarget& target = tape_.loraTargets[(size_t)index];
    LoraMatrices& lora = adapter->targets[(size_t)index];
    lora.a = matrixAt(words[i + 1]), lora.b = matrixAt(words[i + 2]);
    memcpy(&lora.scale, words + i + 3, sizeof lora.scale);
    expect(lora.a->shape.columns == target.columns && lora.b->shape.rows == target.rows, "a matrix has another shape than its target");
    expect(lora.a->shape.rows == lora.b->shape.columns && lora.a->shape.rows <= tape_.loraRank, "the rank is out of range");
  }
  adapter->weights = std::move(weights);
  if (adapters_.size() <= (size_t)slot) adapters_.resize((size_t)slot + 1);
  adapters_[(size_t)slot] = std::move(adapter);
}

void Executable::removeAdapter(int slot) {
  if (slot >= 0 && (size_t)slot < adapters_.size()) adapters_[(size_t)slot] = nullptr;
}

}  // namespace quire
