// The Node-API interface to weights and executables. Long work runs on the pool and settles a promise. A job holds
// references to the objects it uses, so that they are not freed while it runs. Errors carry the codes of QuireError.

#include <node_api.h>

#include <cstring>
#include <memory>
#include <optional>

#include "executable.h"
#include "isa.h"
#include "limits.h"

namespace quire {

namespace {

using Executables = std::shared_ptr<Executable>;
using SharedWeights = std::shared_ptr<Weights>;

/** State of a pending promise; `makeResult` creates its value on the application's thread. */
struct Completion {
  napi_deferred deferred;
  napi_ref pinned = nullptr;  // a JavaScript array that the job reads
  std::function<napi_value(napi_env)> makeResult;
  std::optional<Failure> failure;
};

/** Lets other threads settle promises of a Node environment until the environment ends. */
struct SettleQueue {
  std::mutex mutex;
  bool closed = false;
  napi_threadsafe_function settle = nullptr;
};

/** The state of one Node environment. */
struct Instance {
  std::shared_ptr<SettleQueue> gate = std::make_shared<SettleQueue>();
  int pending = 0;
};

void check(napi_status status, const char* what) {
  if (status != napi_ok) throw Failure{"bad_argument", what};
}

napi_value errorOf(napi_env env, const Failure& failure) {
  napi_value code, message, error;
  napi_create_string_utf8(env, failure.code, NAPI_AUTO_LENGTH, &code);
  napi_create_string_utf8(env, failure.message.c_str(), failure.message.size(), &message);
  napi_create_error(env, code, message, &error);
  return error;
}

Instance& instanceOf(napi_env env) {
  void* data = nullptr;
  napi_get_instance_data(env, &data);
  return *(Instance*)data;
}

void settle(napi_env env, napi_value, void*, void* data) {
  std::unique_ptr<Completion> done((Completion*)data);
  if (env == nullptr) return;  // the environment is shutting down
  Instance& instance = instanceOf(env);
  if (--instance.pending == 0) napi_unref_threadsafe_function(env, instance.gate->settle);
  if (done->pinned != nullptr) napi_delete_reference(env, done->pinned);
  if (done->failure) napi_reject_deferred(env, done->deferred, errorOf(env, *done->failure));
  else try {
    napi_resolve_deferred(env, done->deferred, done->makeResult(env));
  } catch (const Failure& failure) {
    napi_reject_deferred(env, done->deferred, errorOf(env, failure));
  }
}

/** Runs `work` on the pool; returns a promise of its result. `pinned` stays alive in the meantime. */
napi_value promiseOf(napi_env env, Pool& pool, napi_value pinned,
                     std::function<std::function<napi_value(napi_env)>()> work) {
  Instance& instance = instanceOf(env);
  auto completion = std::make_unique<Completion>();
  napi_value promise;
  check(napi_create_promise(env, &completion->deferred, &promise), "no promise");
  if (pinned != nullptr) check(napi_create_reference(env, pinned, 1, &completion->pinned), "no reference");
  if (instance.pending++ == 0) napi_ref_threadsafe_function(env, instance.gate->settle);
  Completion* raw = completion.release();
  pool.submit([raw, gate = instance.gate, work = std::move(work)] {
    try {
      raw->makeResult = work();
    } catch (const Failure& failure) {
      raw->failure = failure;
    } catch (const std::exception& error) {
      raw->failure = Failure{"backend_failed", error.what()};
    }
    std::lock_guard lock(gate->mutex);
    const bool sent = !gate->closed && napi_call_threadsafe_function(gate->settle, raw, napi_tsfn_nonblocking) == napi_ok;
    if (!sent) delete raw;  // the environment has ended
  });
  return promise;
}

class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info) : env_(env) {
    count_ = MOST;
    check(napi_get_cb_info(env, info, &count_, values_, nullptr, nullptr), "no arguments");
  }
  napi_value at(size_t i) const {
    if (i >= count_) throw Failure{"bad_argument", "missing argument"};
    return values_[i];
  }
  int32_t whole(size_t i) const {
    int32_t value;
    check(napi_get_value_int32(env_, at(i), &value), "expected a whole number");
    return value;
  }
  std::string text(size_t i) const {
    char text[64];
    size_t length;
    check(napi_get_value_string_utf8(env_, at(i), text, sizeof text, &length), "expected a string");
    return text;
  }
  template <class T> T* array(size_t i, napi_typedarray_type wanted, size_t& length) const {
    napi_typedarray_type type;
    void* data = nullptr;
    check(napi_get_typedarray_info(env_, at(i), &type, &length, &data, nullptr, nullptr), "expected a typed array");
    if (type != wanted) throw Failure{"bad_argument", "wrong type of typed array"};
    return (T*)data;
  }
  template <class T> T& unwrap(size_t i, const napi_type_tag& tag) const {
    bool same = false;
    void* data = nullptr;
    if (napi_check_object_type_tag(env_, at(i), &tag, &same) != napi_ok || !same ||
        napi_unwrap(env_, at(i), &data) != napi_ok)
      throw Failure{"bad_argument", "wrong kind of object"};
    if (!*(T*)data) throw Failure{"disposed", "the object was disposed"};
    return *(T*)data;
  }

 private:
  static constexpr size_t MOST = 8;
  napi_env env_;
  size_t count_;
  napi_value values_[MOST];
};

constexpr napi_type_tag WEIGHTS{0x7175697265000001, 1};
constexpr napi_type_tag EXECUTABLE{0x7175697265000002, 1};

template <class T> napi_value wrap(napi_env env, T shared, const napi_type_tag& tag) {
  napi_value object;
  check(napi_create_object(env, &object), "no object");
  auto* data = new T(std::move(shared));
  check(napi_wrap(env, object, data, [](napi_env, void* held, void*) { delete (T*)held; }, nullptr, nullptr), "no object");
  check(napi_type_tag_object(env, object, &tag), "no object");
  return object;
}

napi_value number(napi_env env, double value) {
  napi_value result;
  napi_create_double(env, value, &result);
  return result;
}

napi_value undefined(napi_env env) {
  napi_value result;
  napi_get_undefined(env, &result);
  return result;
}

template <class T> napi_value arrayOf(napi_env env, napi_typedarray_type type, const T* from, size_t count) {
  void* data = nullptr;
  napi_value buffer, array;
  check(napi_create_arraybuffer(env, count * sizeof(T), &data, &buffer), "no memory for an array");
  if (count > 0) memcpy(data, from, count * sizeof(T));
  check(napi_create_typedarray(env, type, count, buffer, 0, &array), "no array");
  return array;
}

// instructionSets(): names, best first
napi_value instructionSets(napi_env env, Arguments&) {
  napi_value names;
  napi_create_array(env, &names);
  uint32_t i = 0;
  for (const Kernels* kernels : supportedKernels()) {
    napi_value name;
    napi_create_string_utf8(env, kernels->name, NAPI_AUTO_LENGTH, &name);
    napi_set_element(env, names, i++, name);
  }
  return names;
}

// createWeights(instructionSet)
napi_value createWeights(napi_env env, Arguments& arguments) {
  const std::string name = arguments.text(0);
  for (const Kernels* kernels : supportedKernels())
    if (name == kernels->name) return wrap(env, std::make_shared<Weights>(Weights{kernels, {}, {}, {}, 0, 0}), WEIGHTS);
  throw Failure{"bad_option", "this machine has no instruction set " + name};
}

WeightType weightType(int32_t word) {
  if (word < 0 || word >= (int32_t)WeightType::COUNT) throw Failure{"bad_argument", "unknown weight type"};
  return (WeightType)word;
}

// addMatrix(weights, type, rows, columns): the index of the matrix
napi_value addMatrix(napi_env env, Arguments& arguments) {
  const WeightType type = weightType(arguments.whole(1));
  const int32_t rows = arguments.whole(2), columns = arguments.whole(3);
  if (rows < 1 || columns < 1 || columns % blockElements(type) != 0 || rows > 1 << 28 || columns > 1 << 28)
    throw Failure{"bad_argument", "invalid shape of a matrix"};
  return number(env, arguments.unwrap<SharedWeights>(0, WEIGHTS)->addMatrix(type, rows, columns));
}

// addVector(weights, type, bytes, count): the index of the vector
napi_value addVector(napi_env env, Arguments& arguments) {
  const WeightType type = weightType(arguments.whole(1));
  size_t length;
  const uint8_t* bytes = arguments.array<uint8_t>(2, napi_uint8_array, length);
  const int32_t count = arguments.whole(3);
  const int block = blockElements(type);
  if (count < 1 || storedRowBytes(type, (count + block - 1) / block * block) > length)
    throw Failure{"bad_argument", "too few bytes for the vector"};
  return number(env, arguments.unwrap<SharedWeights>(0, WEIGHTS)->addVector(type, bytes, (size_t)count));
}

// pack(weights, matrix, bytes, threads, row): a promise
napi_value pack(napi_env env, Arguments& arguments) {
  SharedWeights weights = arguments.unwrap<SharedWeights>(0, WEIGHTS);
  const int32_t index = arguments.whole(1), threads = arguments.whole(3);
  size_t length;
  const uint8_t* bytes = arguments.array<uint8_t>(2, napi_uint8_array, length);
  if (index < 0 || (size_t)index >= weights->matrices.size()) throw Failure{"bad_argument", "unknown matrix"};
  const Matrix matrix = weights->matrices[(size_t)index];  // a copy: the list may grow while the job runs
  const PackedShape& shape = matrix.shape;
  const int64_t rowBytes = (int64_t)storedRowBytes(shape.type, shape.columns), row = arguments.whole(4);
  const int64_t end = row + (int64_t)length / rowBytes;
  const bool whole = row % shape.lanes == 0 && (end % shape.lanes == 0 || end == shape.rows);
  if (!whole || (int64_t)length % rowBytes != 0 || row < 0 || end > shape.rows)
    throw Failure{"bad_argument", "the rows are not whole panels of the matrix"};
  Pool& pool = Pool::of(threads);
  const int64_t first = row / shape.lanes, panels = (end + shape.lanes - 1) / shape.lanes - first;
  return promiseOf(env, pool, arguments.at(2), [weights, matrix, bytes, &pool, threads, first, panels] {
    pool.region([&](int thread) {
      const auto from = [&](int part) { return (int)(first + panels * part / threads); };
      packPanels(matrix, bytes, (int)first, from(thread), from(thread + 1));
    });
    return std::function(undefined);
  });
}

// createExecutable(weights, tapeWords, [blockSize, contextLength, threads, kvType, blocks of each group])
napi_value createExecutable(napi_env env, Arguments& arguments) {
  SharedWeights weights = arguments.unwrap<SharedWeights>(0, WEIGHTS);
  size_t words, count;
  const int32_t* tape = arguments.array<int32_t>(1, napi_int32_array, words);
  const int32_t* o = arguments.array<int32_t>(2, napi_int32_array, count);
  bool inRange = count >= 5 && o[0] >= 1 && o[0] <= 1024 && o[1] >= 1 && o[1] <= 1 << 24 && o[2] >= 1 && o[2] <= 1024 &&
                 o[3] >= 0 && o[3] < (int32_t)KvType::COUNT;
  for (size_t i = 4; i < count; i++) inRange = inRange && o[i] >= 1;
  if (!inRange) throw Failure{"bad_argument", "an option is missing or out of range"};
  const ExecutableOptions options{o[0], o[1], o[2], (KvType)o[3], std::vector<int>(o + 4, o + count)};
  Tape checked = readTape(tape, words, *weights);
  return wrap(env, std::make_shared<Executable>(std::move(weights), std::move(checked), options), EXECUTABLE);
}

void set(napi_env env, napi_value object, const char* name, napi_value value) {
  check(napi_set_named_property(env, object, name, value), "no property");
}

napi_value resultOf(napi_env env, const StepResult& result) {
  napi_value object;
  napi_create_object(env, &object);
  set(env, object, "tokens", arrayOf(env, napi_int32_array, result.tokens.data(), result.tokens.size()));
  set(env, object, "outcomes", arrayOf(env, napi_int32_array, result.outcomes.data(), result.outcomes.size()));
  set(env, object, "stepMs", number(env, result.milliseconds));
  if (!result.logprobs.empty()) {
    set(env, object, "logprobs", arrayOf(env, napi_float64_array, result.logprobs.data(), result.logprobs.size()));
    set(env, object, "likeliest", arrayOf(env, napi_int32_array, result.likeliest.data(), result.likeliest.size()));
  }
  if (!result.logits.empty())
    set(env, object, "logits", arrayOf(env, napi_float32_array, result.logits.data(), result.logits.size()));
  return object;
}

// step(executable, words, numbers): a promise of the selected tokens
napi_value step(napi_env env, Arguments& arguments) {
  Executables executable = arguments.unwrap<Executables>(0, EXECUTABLE);
  size_t words, numbers;
  const int32_t* wordData = arguments.array<int32_t>(1, napi_int32_array, words);
  const double* numberData = arguments.array<double>(2, napi_float64_array, numbers);
  auto plan = std::make_shared<Plan>(executable->readPlan(wordData, words, numberData, numbers));
  return promiseOf(env, executable->pool(), nullptr, [executable, plan] {
    auto result = std::make_shared<StepResult>(executable->step(*plan));
    return std::function([result](napi_env inner) { return resultOf(inner, *result); });
  });
}

// readBlock(executable, group, block): a promise of its bytes
napi_value readBlock(napi_env env, Arguments& arguments) {
  Executables executable = arguments.unwrap<Executables>(0, EXECUTABLE);
  const int group = arguments.whole(1);
  const uint8_t* block = executable->block(group, arguments.whole(2));
  if (block == nullptr) throw Failure{"bad_argument", "no such block"};
  return promiseOf(env, executable->pool(), nullptr, [executable, block, group] {
    auto bytes = std::make_shared<std::vector<uint8_t>>(block, block + executable->blockBytes(group));
    return std::function([bytes](napi_env inner) {
      return arrayOf(inner, napi_uint8_array, bytes->data(), bytes->size());
    });
  });
}

// writeBlock(executable, group, block, bytes): a promise
napi_value writeBlock(napi_env env, Arguments& arguments) {
  Executables executable = arguments.unwrap<Executables>(0, EXECUTABLE);
  const int group = arguments.whole(1);
  uint8_t* block = executable->block(group, arguments.whole(2));
  size_t length;
  const uint8_t* bytes = arguments.array<uint8_t>(3, napi_uint8_array, length);
  if (block == nullptr || length != executable->blockBytes(group)) throw Failure{"bad_argument", "no such block"};
  return promiseOf(env, executable->pool(), arguments.at(3), [executable, block, bytes, length] {
    memcpy(block, bytes, length);
    return std::function(undefined);
  });
}

// measureLimits(instructionSet, threads): a promise of [bytes, operations in int8, f32, bf16] per second
napi_value limits(napi_env env, Arguments& arguments) {
  const std::string name = arguments.text(0);
  Pool& pool = Pool::of(arguments.whole(1));
  for (const Kernels* kernels : supportedKernels()) {
    if (name != kernels->name) continue;
    return promiseOf(env, pool, nullptr, [kernels, &pool] {
      const Limits found = measureLimits(*kernels, pool);
      return std::function([found](napi_env inner) {
        const double numbers[] = {found.bandwidth, found.int8, found.f32, found.bf16};
        return arrayOf(inner, napi_float64_array, numbers, 4);
      });
    });
  }
  throw Failure{"bad_option", "this machine has no instruction set " + name};
}

// dispose(weights or executable): the memory is freed when no job uses it any more
template <class T, const napi_type_tag& TAG> napi_value dispose(napi_env env, Arguments& arguments) {
  arguments.unwrap<T>(0, TAG).reset();
  return undefined(env);
}

template <napi_value (*FUNCTION)(napi_env, Arguments&)> napi_value guarded(napi_env env, napi_callback_info info) {
  try {
    Arguments arguments(env, info);
    return FUNCTION(env, arguments);
  } catch (const Failure& failure) {
    napi_throw(env, errorOf(env, failure));
  } catch (const std::bad_alloc&) {
    napi_throw(env, errorOf(env, {"out_of_memory", "no memory"}));
  } catch (const std::exception& error) {
    napi_throw(env, errorOf(env, {"backend_failed", error.what()}));
  }
  return nullptr;
}

template <napi_value (*FUNCTION)(napi_env, Arguments&)> void exportFunction(napi_env env, napi_value exports, const char* name) {
  napi_value function;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, guarded<FUNCTION>, nullptr, &function);
  napi_set_named_property(env, exports, name, function);
}

}  // namespace

napi_value start(napi_env env, napi_value exports) {
  auto* instance = new Instance;
  napi_value name;
  napi_create_string_utf8(env, "quire", NAPI_AUTO_LENGTH, &name);
  SettleQueue& gate = *instance->gate;
  napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, nullptr, settle, &gate.settle);
  napi_unref_threadsafe_function(env, gate.settle);
  // Runs before the function is taken down, because hooks run the last first. The gate outlives the environment.
  napi_add_env_cleanup_hook(env, [](void* data) {
    std::unique_ptr<std::shared_ptr<SettleQueue>> held((std::shared_ptr<SettleQueue>*)data);
    std::lock_guard lock((*held)->mutex);
    (*held)->closed = true;
  }, new std::shared_ptr<SettleQueue>(instance->gate));
  napi_set_instance_data(env, instance, [](napi_env, void* data, void*) { delete (Instance*)data; }, nullptr);
  exportFunction<instructionSets>(env, exports, "instructionSets");
  exportFunction<createWeights>(env, exports, "createWeights");
  exportFunction<addMatrix>(env, exports, "addMatrix");
  exportFunction<addVector>(env, exports, "addVector");
  exportFunction<pack>(env, exports, "pack");
  exportFunction<createExecutable>(env, exports, "createExecutable");
  exportFunction<step>(env, exports, "step");
  exportFunction<readBlock>(env, exports, "readBlock");
  exportFunction<writeBlock>(env, exports, "writeBlock");
  exportFunction<limits>(env, exports, "measureLimits");
  exportFunction<dispose<SharedWeights, WEIGHTS>>(env, exports, "disposeWeights");
  exportFunction<dispose<Executables, EXECUTABLE>>(env, exports, "disposeExecutable");
  return exports;
}

}  // namespace quire

NAPI_MODULE_INIT() { return quire::start(env, exports); }
