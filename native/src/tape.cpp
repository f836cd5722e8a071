#include "tape.h"

#include <algorithm>
#include <array>
#include <set>

namespace quire {

namespace {

constexpr int32_t MAGIC = 0x51524532;  // "QRE2"
constexpr int32_t MAX_VALUE = 1 << 28;
constexpr int32_t MAX_ROWS = 1 << 20;

[[noreturn]] void bad(const std::string& what) { throw Failure{"bad_tape", "invalid tape: " + what}; }
void expect(bool holds, const char* what) {
  if (!holds) bad(what);
}

class Words {
 public:
  Words(const int32_t* words, size_t count) : words_(words), left_(count) {}
  int32_t next() {
    expect(left_ > 0, "unexpected end");
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
  /** Reads a count of items of at least `each` words. */
  int32_t count(int32_t each) {
    const int32_t value = next();
    expect(value >= 0 && (uint64_t)value * (uint64_t)each <= left_, "a count exceeds the remaining words");
    return value;
  }
  bool ended() const { return left_ == 0; }

 private:
  const int32_t* words_;
  size_t left_;
};

Op readOp(Words& words) {
  Op op{};
  op.kind = (OpKind)words.between(0, (int32_t)OpKind::COUNT - 1, "unknown operation");
  for (int i = 0; i < op.row().count; i++) op.words[i] = words.next();
  return op;
}

// Checks an operation against its row of the table and, with `relations`, against further constraints.
class Checker {
 public:
  Checker(Tape& tape, const Weights& weights) : tape_(tape), weights_(weights), written_(tape.buffers.size()) {}

  void check(const Op& op) {
    std::fill(std::begin(sizes_), std::end(sizes_), UNKNOWN);
    sizes_[0] = TOKENS, sizes_[1] = LOGITS;
    const OpRow& row = op.row();
    // Integers first: they are factors of the sizes that other fields must have.
    for (int i = 0; i < row.count; i++) setContext(row, i), number(row.fields[i], op.words[i]);
    for (int i = 0; i < row.count; i++) setContext(row, i), operand(row.fields[i], op.words[i]);
    for (int i = 0; i < row.count; i++)
      if (row.fields[i].type == FieldType::OUTPUT) setContext(row, i), output(op, op.words[i]);
    operation_ = row.name;
    RELATIONS[(size_t)op.kind](*this, op);
  }

 private:
  static constexpr int64_t UNKNOWN = -1, TOKENS = 0, LOGITS = 1;

  // Sets the field that is being checked, for error messages.
  void setContext(const OpRow& row, int field) { operation_ = row.name, field_ = row.fields[field].name; }
  void expect(bool holds, const char* what) const {
    if (!holds) bad(std::string(operation_) + (field_ == nullptr ? "" : std::string(".") + field_) + ": " + what);
  }

  static bool isAbsent(const Field& field, int32_t word) { return field.optional && word == ABSENT; }

  void number(const Field& field, int32_t word) {
    const bool choice = field.type == FieldType::CHOICE;
    if ((!choice && field.type != FieldType::INTEGER) || isAbsent(field, word)) return;
    expect(word >= field.from && word <= field.to, choice ? "unknown enumeration value" : "out of range");
    if (field.sizes[0] >= 0) sizes_[field.sizes[0]] = word;
  }

  void operand(const Field& field, int32_t word) {
    if (isAbsent(field, word)) return;
    switch (field.type) {
      case FieldType::INPUT:
      case FieldType::OUTPUT: return value(field, word);
      case FieldType::MATRIX:
      case FieldType::VECTOR: return weight(field, word);
      case FieldType::ROPE: return rope(field, word);
      case FieldType::INTEGER:
      case FieldType::FLOAT:
      case FieldType::CHOICE: return;
    }
  }

  void value(const Field& field, int32_t id) {
    expect(id >= 0 && id < (int32_t)tape_.buffers.size(), "unknown value");
    if (field.type == FieldType::INPUT) expect(written_[(size_t)id], "a value is read before it is written");
    const Buffer& found = buffer(id);
    expect(found.quantized ? field.quantized : field.floats, "wrong type of value");
    matchSize(field.sizes[0], found.perToken ? TOKENS : LOGITS, "row counts differ");
    if (field.sizes[2] < 0) matchSize(field.sizes[1], found.width, "widths differ");
    else expect(sizes_[field.sizes[1]] * sizes_[field.sizes[2]] == found.width,
                "heads times head size is not the row width");
  }

  void weight(const Field& field, int32_t id) {
    expect(id >= 0 && id < (int32_t)tape_.weights.size(), "unknown weight");
    const WeightHandle& found = tape_.weights[(size_t)id];
    const bool vector = field.type == FieldType::VECTOR;
    expect(found.vector == vector, vector ? "expected a vector" : "expected a matrix");
    matchSize(field.sizes[0], found.rows, "weight shapes differ");
    if (!vector) matchSize(field.sizes[1], found.columns, "weight shapes differ");
  }

  void rope(const Field& field, int32_t index) const {
    expect(index >= 0 && index < (int32_t)tape_.ropes.size(), "unknown rope table");
    expect(tape_.ropes[(size_t)index].dim <= sizes_[field.sizes[0]], "the rope table is longer than a head");
  }

  // The first field with a size defines it; the others must match.
  void matchSize(int8_t size, int64_t value, const char* what) {
    if (sizes_[size] == UNKNOWN) sizes_[size] = value;
    expect(sizes_[size] == value, what);
  }

  void output(const Op& op, int32_t id) {
    const Buffer& out = buffer(id);
    const OpRow& row = op.row();
    for (int i = 0; i < row.count; i++) {
      const Field& field = row.fields[i];
      if (field.type != FieldType::INPUT || isAbsent(field, op.words[i])) continue;
      const Buffer& read = buffer(op.words[i]);
      const bool inPlace = field.inPlace && read.offset == out.offset && read.width == out.width;
      expect(inPlace || !overlap(read, out), "the output overlaps an input");
    }
    written_[(size_t)id] = true;
  }

  // Constraints between fields that a row of the table cannot express; most operations have none.
  template <class Fields> void relations(const Fields&) {}

  void relations(const EmbedOp& op) {
    int32_t& limit = op.by == EmbedBy::TOKEN ? tape_.tokenLimit : tape_.positionLimit;
    limit = std::min(limit, tape_.weights[(size_t)op.table].rows);
  }
  void relations(const RmsNormOp& op) {
    const Buffer& out = buffer(op.output);
    expect(out.width % op.size == 0, "the size does not divide the row width");
    expect(!out.quantized || op.size == out.width, "a quantized output must be normalized by whole rows");
  }
  void relations(const LinearOp& op) {
    const WeightHandle& weight = tape_.weights[(size_t)op.weight];
    const WeightType type = weights_.matrices[(size_t)weight.index].shape.type;
    expect(buffer(op.input).quantized == (blockElements(type) > 1),
           "quantized activations are required for quantized weights only");
  }
  void relations(const AttentionOp& op) {
    expect(op.group < (int32_t)tape_.groups.size(), "unknown group of layers");
    const KvGroup& group = tape_.groups[(size_t)op.group];
    expect(op.layerInGroup < group.layers, "unknown layer");
    expect(op.kvHeads == group.kvHeads && op.headDim == group.headDim, "the heads do not match the group");
    expect(op.heads % op.kvHeads == 0, "the number of heads is not a multiple of kvHeads");
    expect((int64_t)op.heads * tape_.tokens < 1 << 30, "too many heads");
    expect(attended_.insert({op.group, op.layerInGroup}).second, "two attention operations use the same layer");
    if (op.rope == ABSENT) return;  // otherwise query and key are rotated in place
    const Buffer &query = buffer(op.query), &key = buffer(op.key), &value = buffer(op.value);
    expect(!overlap(query, key) && !overlap(query, value) && !overlap(key, value), "query, key and value overlap");
  }
  void relations(const SelectOp& op) { tape_.vocab = buffer(op.input).width; }

  using Relations = void (*)(Checker&, const Op&);
  template <class Fields> static void relationsOf(Checker& checker, const Op& op) {
    checker.field_ = nullptr;
    checker.relations(op.as<Fields>());
  }
  template <class... Fields>
  static constexpr std::array<Relations, sizeof...(Fields)> allRelations(OpList<Fields...>) {
    return {relationsOf<Fields>...};
  }
  static const std::array<Relations, (size_t)OpKind::COUNT> RELATIONS;

  const Buffer& buffer(int32_t id) const { return tape_.buffers[(size_t)id]; }
  static bool overlap(const Buffer& a, const Buffer& b) {
    return a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
  }

  Tape& tape_;
  const Weights& weights_;
  std::vector<bool> written_;
  int64_t sizes_[SIZES];  // sizes of the operation; the table numbers them
  const char *operation_ = nullptr, *field_ = nullptr;
  std::set<std::pair<int32_t, int32_t>> attended_;  // group and layer
};

constexpr std::array<Checker::Relations, (size_t)OpKind::COUNT> Checker::RELATIONS = allRelations(AllOps{});

// An operation needs a barrier if its inputs were written, or its output was accessed, since the last barrier.
void findBarriers(Tape& tape) {
  struct Range { uint64_t from, to; };
  std::vector<Range> reads, writes;
  auto overlap = [](const std::vector<Range>& ranges, Range r) {
    for (const Range& other : ranges)
      if (r.from < other.to && other.from < r.to) return true;
    return false;
  };
  for (Op& op : tape.ops) {
    std::vector<Range> newReads, newWrites;
    for (int i = 0; i < op.row().count; i++) {
      const Field& field = op.row().fields[i];
      const bool read = field.type == FieldType::INPUT, written = field.type == FieldType::OUTPUT;
      if ((!read && !written) || op.words[i] == ABSENT) continue;
      const Buffer& b = tape.buffers[(size_t)op.words[i]];
      if (read) newReads.push_back({b.offset, b.offset + b.bytes});
      if (written || field.updated) newWrites.push_back({b.offset, b.offset + b.bytes});
    }
    op.needsBarrier = op.kind == OpKind::SELECT;
    for (const Range& r : newReads) op.needsBarrier = op.needsBarrier || overlap(writes, r);
    for (const Range& r : newWrites) op.needsBarrier = op.needsBarrier || overlap(writes, r) || overlap(reads, r);
    if (op.needsBarrier) reads.clear(), writes.clear();
    reads.insert(reads.end(), newReads.begin(), newReads.end());
    writes.insert(writes.end(), newWrites.begin(), newWrites.end());
  }
}

void readBuffers(Words& words, Tape& tape) {
  const int32_t count = words.count(5);
  for (int32_t i = 0; i < count; i++) {
    Buffer b;
    b.perToken = words.between(0, 1, "unknown kind of rows") == 0;
    b.width = words.between(1, MAX_VALUE, "width out of range");
    b.quantized = words.between(0, 1, "unknown type of value") == 1;
    b.offset = words.wide();
    const uint64_t rows = (uint64_t)(b.perToken ? tape.tokens : tape.rows);
    expect(!b.quantized || b.width % GROUP == 0, "the width of a quantized value is not a multiple of 32");
    b.bytes = rows * (b.quantized ? (uint64_t)b.width + (uint64_t)b.width / GROUP * 16 : (uint64_t)b.width * 4);
    expect(b.offset % 64 == 0 && b.offset <= tape.arenaBytes && b.bytes <= tape.arenaBytes - b.offset,
           "a value is outside the arena");
    tape.buffers.push_back(b);
  }
}

void readWeights(Words& words, Tape& tape, const Weights& weights) {
  const int32_t count = words.count(2);
  for (int32_t i = 0; i < count; i++) {
    WeightHandle handle;
    handle.vector = words.between(0, 1, "unknown kind of weight") == 1;
    const size_t most = handle.vector ? weights.vectors.size() : weights.matrices.size();
    handle.index = words.between(0, MAX_VALUE, "weight index out of range");
    expect((size_t)handle.index < most, "a weight was not loaded");
    if (handle.vector) {
      handle.rows = (int32_t)weights.vectors[(size_t)handle.index].size() - 16;
      handle.columns = 1;
    } else {
      const PackedShape& shape = weights.matrices[(size_t)handle.index].shape;
      handle.rows = shape.rows, handle.columns = shape.columns;
    }
    tape.weights.push_back(handle);
  }
}

void readRopes(Words& words, Tape& tape) {
  const int32_t count = words.count(3);
  for (int32_t i = 0; i < count; i++) {
    RopeTable rope;
    rope.halves = words.between(0, 1, "unknown rope layout") == 0;
    rope.dim = words.between(2, 1 << 16, "rope size out of range");
    expect(rope.dim % 2 == 0, "odd rope size");
    rope.magnitude = words.number();
    for (int32_t pair = 0; pair < rope.dim / 2; pair++) rope.frequencies.push_back(words.number());
    tape.ropes.push_back(std::move(rope));
  }
}

void readGroups(Words& words, Tape& tape) {
  const int32_t count = words.count(3);
  for (int32_t i = 0; i < count; i++) {
    KvGroup group;
    group.layers = words.between(1, 1 << 16, "number of layers out of range");
    group.kvHeads = words.between(1, 1 << 12, "number of KV heads out of range");
    group.headDim = words.between(1, 512, "head size is not from 1 to 512");
    tape.groups.push_back(group);
  }
}

}  // namespace

Tape readTape(const int32_t* data, size_t count, const Weights& weights) {
  Words words(data, count);
  Tape tape{};
  tape.tokenLimit = tape.positionLimit = MAX_VALUE;
  expect(words.next() == MAGIC, "wrong magic number");
  tape.tokens = words.between(1, MAX_ROWS, "capacity out of range");
  tape.rows = words.between(1, MAX_ROWS, "capacity out of range");
  tape.arenaBytes = words.wide();
  expect(tape.arenaBytes <= (uint64_t)1 << 40, "arena size out of range");
  readBuffers(words, tape);
  readWeights(words, tape, weights);
  readRopes(words, tape);
  readGroups(words, tape);
  const int32_t ops = words.count(1 + MIN_OP_WORDS);
  Checker checker(tape, weights);
  for (int32_t i = 0; i < ops; i++) {
    const Op op = readOp(words);
    checker.check(op);
    tape.ops.push_back(op);
  }
  expect(words.ended(), "extra words at the end");
  expect(!tape.ops.empty() && tape.ops.back().kind == OpKind::SELECT, "the last operation is not select");
  for (size_t i = 0; i + 1 < tape.ops.size(); i++)
    expect(tape.ops[i].kind != OpKind::SELECT, "more than one select operation");
  findBarriers(tape);
  return tape;
}

}  // namespace quire
