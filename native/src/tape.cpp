#include "tape.h"

#include <cstring>
#include <set>

namespace quire {

namespace {

constexpr int32_t MAGIC = 0x51524531;  // "QRE1"
constexpr int32_t MOST = 1 << 28;
constexpr int32_t MOST_ROWS = 1 << 20;

[[noreturn]] void bad(const std::string& what) { throw Failure{"bad_tape", "the tape is damaged: " + what}; }
void expect(bool holds, const char* what) {
  if (!holds) bad(what);
}

class Words {
 public:
  Words(const int32_t* words, size_t count) : words_(words), left_(count) {}
  int32_t next() {
    expect(left_ > 0, "it ends early");
    left_--;
    return *words_++;
  }
  int32_t between(int32_t from, int32_t to, const char* what) {
    const int32_t value = next();
    expect(value >= from && value <= to, what);
    return value;
  }
  uint64_t wide() {
    const uint64_t low = (uint32_t)next(), high = (uint32_t)next();
    return high << 32 | low;
  }
  float number() {
    const int32_t word = next();
    float x;
    memcpy(&x, &word, 4);
    return x;
  }
  /** A count of things of at least `each` words. */
  int32_t count(int32_t each) {
    const int32_t value = next();
    expect(value >= 0 && (uint64_t)value * (uint64_t)each <= left_, "a count is more than the tape holds");
    return value;
  }
  bool ended() const { return left_ == 0; }

 private:
  const int32_t* words_;
  size_t left_;
};

struct Operands {
  int inputs;  // at most
  bool output;
};
constexpr Operands OPERANDS[(size_t)OpKind::COUNT] = {
    {0, true}, {1, true}, {1, true}, {1, true}, {2, true}, {1, true},  // embed, norms, quantize, linear, rope
    {3, true}, {2, true}, {2, true}, {1, true}, {1, true}, {1, false}, {2, true},  // attention ... select, gated
};

class Checker {
 public:
  Checker(Tape& tape, const Weights& weights) : tape_(tape), weights_(weights), written_(tape.buffers.size()) {}

  void check(const Op& op) {
    // What a kind does not use must not be there: later passes look at every operand.
    const Operands& has = OPERANDS[(size_t)op.kind];
    expect(has.inputs > 0 || op.input == -1, "an operand too many");
    expect(has.inputs > 1 || op.second == -1, "an operand too many");
    expect(has.inputs > 2 || op.third == -1, "an operand too many");
    expect(has.output || op.output == -1, "an output too many");
    switch (op.kind) {
      case OpKind::EMBED: {
        const Buffer& out = output(op, true);
        const WeightPlace& table = matrix(op.weight);
        expect(out.perToken && !out.quantized && table.columns == out.width, "embed: shapes differ");
        expect(op.a == 0 || op.a == 1, "embed: by what?");
        int32_t& limit = op.a == 0 ? tape_.tokenLimit : tape_.positionLimit;
        limit = table.rows < limit ? table.rows : limit;
        return;
      }
      case OpKind::RMS_NORM: {
        const Buffer &in = floats(op.input), &out = same(op, in);
        expect(op.a >= 1 && out.width % op.a == 0, "rmsNorm: a size that does not divide the row");
        vector(op.weight, op.a);
        expect(!out.quantized || op.a == out.width, "rmsNorm: quantized by heads");
        return;
      }
      case OpKind::LAYER_NORM: {
        const Buffer &in = floats(op.input), &out = same(op, in);
        vector(op.weight, out.width);
        vector(op.bias, out.width);
        return;
      }
      case OpKind::QUANTIZE:
        expect(same(op, floats(op.input)).quantized, "quantize: into floats");
        return;
      case OpKind::LINEAR: {
        const WeightPlace& weight = matrix(op.weight);
        const Buffer& in = input(op.input);
        const Buffer& out = output(op, true);
        expect(in.width == weight.columns && out.width == weight.rows, "linear: shapes differ");
        expect(in.perToken == out.perToken && !out.quantized, "linear: rows differ");
        const WeightType type = weights_.matrices[(size_t)weight.index].shape.type;
        expect(in.quantized == (blockElements(type) > 1), "linear: activations of the wrong kind");
        if (op.bias >= 0) vector(op.bias, weight.rows);
        if (op.second >= 0) {
          const Buffer& residual = floats(op.second);
          expect(residual.width == out.width && residual.perToken == out.perToken, "linear: residual differs");
        }
        return;
      }
      case OpKind::ROPE: {
        const Buffer& in = floats(op.input);
        expect(!same(op, in).quantized && in.perToken, "rope: of what?");
        heads(in, op.a, op.b);
        rope(op.c, op.b);
        return;
      }
      case OpKind::ATTENTION: {
        expect(op.a >= 0 && op.a < (int32_t)tape_.groups.size(), "attention: no such group");
        const KvGroup& group = tape_.groups[(size_t)op.a];
        expect(op.b >= 0 && op.b < group.layers, "attention: no such layer");
        expect(op.c >= 1 && op.c % group.kvHeads == 0, "attention: heads do not share evenly");
        expect(op.c <= 1 << 12 && (int64_t)op.c * tape_.tokens < 1 << 30, "attention: too many heads");
        expect(attended_.insert({op.a, op.b}).second, "attention: a layer twice");
        const Buffer &query = floats(op.input), &key = floats(op.second), &value = floats(op.third);
        const Buffer& out = output(op, true);
        heads(query, op.c, group.headDim);
        heads(out, op.c, group.headDim);
        heads(key, group.kvHeads, group.headDim);
        heads(value, group.kvHeads, group.headDim);
        expect(query.perToken && key.perToken && value.perToken && out.perToken && !out.quantized,
               "attention: rows are not tokens");
        expect(op.d >= 0, "attention: a window below zero");
        if (op.e < 0) return;
        rope(op.e, group.headDim);  // in place
        expect(!overlap(query, key) && !overlap(query, value) && !overlap(key, value), "attention: turned twice");
        return;
      }
      case OpKind::ADD:
      case OpKind::MUL:
        expect(!pair(op).quantized, "a sum cannot be quantized");
        return;
      case OpKind::GATED:
        pair(op);
        activation(op.a);
        return;
      case OpKind::ACTIVATION:
        expect(!same(op, floats(op.input)).quantized, "activation: quantized");
        activation(op.a);
        return;
      case OpKind::GATHER_ROWS: {
        const Buffer& in = floats(op.input);
        const Buffer& out = output(op, true);
        expect(in.perToken && !out.perToken && !out.quantized && in.width == out.width, "gatherRows: shapes differ");
        return;
      }
      case OpKind::SELECT: {
        const Buffer& in = floats(op.input);
        expect(!in.perToken, "select: rows are not those of logits");
        tape_.vocab = in.width;
        return;
      }
      case OpKind::COUNT: break;
    }
    bad("an operation of no kind");
  }

 private:
  const Buffer& buffer(int32_t id) const {
    expect(id >= 0 && id < (int32_t)tape_.buffers.size(), "no such value");
    return tape_.buffers[(size_t)id];
  }
  const Buffer& input(int32_t id) const {
    const Buffer& found = buffer(id);
    expect(written_[(size_t)id], "a value is read before it is written");
    return found;
  }
  const Buffer& floats(int32_t id) const {
    const Buffer& found = input(id);
    expect(!found.quantized, "floats expected");
    return found;
  }
  const Buffer& output(const Op& op, bool apart) {
    const Buffer& out = buffer(op.output);
    written_[(size_t)op.output] = true;
    if (apart)
      for (int32_t id : {op.input, op.second, op.third}) {
        // A residual that is added in place is read where it is written, number by number.
        if (id < 0) continue;
        const Buffer& read = buffer(id);
        const bool inPlace = op.kind == OpKind::LINEAR && id == op.second && id != op.input &&
                             read.offset == out.offset && read.width == out.width;
        expect(inPlace || !overlap(read, out), "an operation writes over what it reads");
      }
    return out;
  }
  /** The output, of the input's shape. */
  const Buffer& same(const Op& op, const Buffer& in) {
    const Buffer& out = output(op, true);
    expect(out.width == in.width && out.perToken == in.perToken, "shapes differ");
    return out;
  }
  const Buffer& pair(const Op& op) {
    const Buffer &left = floats(op.input), &right = floats(op.second);
    expect(left.width == right.width && left.perToken == right.perToken, "two operands differ");
    return same(op, left);
  }
  static bool overlap(const Buffer& a, const Buffer& b) {
    return a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
  }
  const WeightPlace& place(int32_t id) const {
    expect(id >= 0 && id < (int32_t)tape_.weights.size(), "no such weight");
    return tape_.weights[(size_t)id];
  }
  const WeightPlace& matrix(int32_t id) const {
    const WeightPlace& found = place(id);
    expect(!found.vector, "a matrix expected");
    return found;
  }
  void vector(int32_t id, int32_t length) const {
    const WeightPlace& found = place(id);
    expect(found.vector && found.rows == length, "a vector of another length expected");
  }
  static void heads(const Buffer& b, int32_t count, int32_t size) {
    expect(count >= 1 && size >= 1 && (int64_t)count * size == b.width, "heads do not make the row");
  }
  void rope(int32_t index, int32_t headDim) const {
    expect(index >= 0 && index < (int32_t)tape_.ropes.size(), "no such rope");
    expect(tape_.ropes[(size_t)index].dim <= headDim, "a rope longer than the head");
  }
  static void activation(int32_t kind) { expect(kind >= 0 && kind < (int32_t)Activation::COUNT, "no such activation"); }

  Tape& tape_;
  const Weights& weights_;
  std::vector<bool> written_;
  std::set<std::pair<int32_t, int32_t>> attended_;  // group and layer
};

// An operation waits when what it touches was written, or what it writes was touched, since the last wait.
void findWaits(Tape& tape) {
  struct Range { uint64_t from, to; };
  std::vector<Range> reads, writes;
  auto meet = [](const std::vector<Range>& ranges, Range r) {
    for (const Range& other : ranges)
      if (r.from < other.to && other.from < r.to) return true;
    return false;
  };
  for (Op& op : tape.ops) {
    std::vector<Range> ownReads, ownWrites;
    auto rangeOf = [&](int32_t id) -> Range {
      const Buffer& b = tape.buffers[(size_t)id];
      return {b.offset, b.offset + b.bytes};
    };
    for (int32_t id : {op.input, op.second, op.third})
      if (id >= 0) ownReads.push_back(rangeOf(id));
    if (op.output >= 0) ownWrites.push_back(rangeOf(op.output));
    if (op.kind == OpKind::ATTENTION) ownWrites.push_back(ownReads[0]), ownWrites.push_back(ownReads[1]);
    op.waits = op.kind == OpKind::SELECT;
    for (const Range& r : ownReads) op.waits = op.waits || meet(writes, r);
    for (const Range& r : ownWrites) op.waits = op.waits || meet(writes, r) || meet(reads, r);
    if (op.waits) reads.clear(), writes.clear();
    reads.insert(reads.end(), ownReads.begin(), ownReads.end());
    writes.insert(writes.end(), ownWrites.begin(), ownWrites.end());
  }
}

void readBuffers(Words& words, Tape& tape) {
  const int32_t count = words.count(5);
  for (int32_t i = 0; i < count; i++) {
    Buffer b;
    b.perToken = words.between(0, 1, "rows of no kind") == 0;
    b.width = words.between(1, MOST, "a width out of range");
    b.quantized = words.between(0, 1, "a value of no type") == 1;
    b.offset = words.wide();
    const uint64_t rows = (uint64_t)(b.perToken ? tape.tokens : tape.rows);
    expect(!b.quantized || b.width % GROUP == 0, "a quantized row of parts of a group");
    b.bytes = rows * (b.quantized ? (uint64_t)b.width + (uint64_t)b.width / GROUP * 16 : (uint64_t)b.width * 4);
    expect(b.offset % 64 == 0 && b.offset <= tape.arenaBytes && b.bytes <= tape.arenaBytes - b.offset,
           "a value outside the arena");
    tape.buffers.push_back(b);
  }
}

void readWeights(Words& words, Tape& tape, const Weights& weights) {
  const int32_t count = words.count(2);
  for (int32_t i = 0; i < count; i++) {
    WeightPlace place;
    place.vector = words.between(0, 1, "a weight of no kind") == 1;
    const size_t most = place.vector ? weights.vectors.size() : weights.matrices.size();
    place.index = words.between(0, MOST, "a weight out of range");
    expect((size_t)place.index < most, "a weight that was not loaded");
    if (place.vector) {
      place.rows = (int32_t)weights.vectors[(size_t)place.index].size() - 16;
      place.columns = 1;
    } else {
      const PackedShape& shape = weights.matrices[(size_t)place.index].shape;
      place.rows = shape.rows, place.columns = shape.columns;
    }
    tape.weights.push_back(place);
  }
}

void readRopes(Words& words, Tape& tape) {
  const int32_t count = words.count(3);
  for (int32_t i = 0; i < count; i++) {
    RopeTable rope;
    rope.halves = words.between(0, 1, "a rope of no layout") == 0;
    rope.dim = words.between(2, 1 << 16, "a rope of no size");
    expect(rope.dim % 2 == 0, "a rope of odd size");
    rope.magnitude = words.number();
    for (int32_t pair = 0; pair < rope.dim / 2; pair++) rope.frequencies.push_back(words.number());
    tape.ropes.push_back(std::move(rope));
  }
}

void readGroups(Words& words, Tape& tape) {
  const int32_t count = words.count(3);
  for (int32_t i = 0; i < count; i++) {
    KvGroup group;
    group.layers = words.between(1, 1 << 16, "a group of no layers");
    group.kvHeads = words.between(1, 1 << 12, "a group of no heads");
    group.headDim = words.between(1, 512, "a head larger than 512");
    tape.groups.push_back(group);
  }
}

}  // namespace

Tape readTape(const int32_t* data, size_t count, const Weights& weights) {
  Words words(data, count);
  Tape tape{};
  tape.tokenLimit = tape.positionLimit = MOST;
  expect(words.next() == MAGIC, "it does not begin as one");
  tape.tokens = words.between(1, MOST_ROWS, "a capacity out of range");
  tape.rows = words.between(1, MOST_ROWS, "a capacity out of range");
  tape.arenaBytes = words.wide();
  expect(tape.arenaBytes <= (uint64_t)1 << 40, "an arena out of range");
  readBuffers(words, tape);
  readWeights(words, tape, weights);
  readRopes(words, tape);
  readGroups(words, tape);
  const int32_t ops = words.count(14);
  Checker checker(tape, weights);
  for (int32_t i = 0; i < ops; i++) {
    Op op{};
    op.kind = (OpKind)words.between(0, (int32_t)OpKind::COUNT - 1, "an operation of no kind");
    for (int32_t* field : {&op.input, &op.second, &op.third, &op.output, &op.weight, &op.bias, &op.a, &op.b, &op.c,
                           &op.d, &op.e, &op.f})
      *field = words.next();
    op.x = words.number();
    checker.check(op);
    tape.ops.push_back(op);
  }
  expect(words.ended(), "words are left over");
  expect(!tape.ops.empty() && tape.ops.back().kind == OpKind::SELECT, "it chooses nothing");
  for (size_t i = 0; i + 1 < tape.ops.size(); i++)
    expect(tape.ops[i].kind != OpKind::SELECT, "it chooses twice");
  findWaits(tape);
  return tape;
}

}  // namespace quire
