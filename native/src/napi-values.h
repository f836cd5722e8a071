// Converts between C++ and JavaScript values with Node-API.
#pragma once
#include <node_api.h>

#include <cstring>
#include <string>

#include "weights.h"

namespace quire {

inline void check(napi_status status, const char* message) {
  if (status != napi_ok) fail("bad_argument", message);
}

inline napi_value createError(napi_env env, const Failure& failure) {
  napi_value code, message, error;
  napi_create_string_utf8(env, failure.code, NAPI_AUTO_LENGTH, &code);
  napi_create_string_utf8(env, failure.message.c_str(), failure.message.size(), &message);
  napi_create_error(env, code, message, &error);
  return error;
}

/** The arguments of a call from JavaScript. The methods throw Failure "bad_argument" for arguments of another type. */
class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info) : env_(env) {
    count_ = MAX_ARGUMENTS;
    check(napi_get_cb_info(env, info, &count_, values_, nullptr, nullptr), "could not read the arguments");
  }
  napi_value at(size_t i) const {
    if (i >= count_) fail("bad_argument", "missing argument");
    return values_[i];
  }
  int32_t integer(size_t i) const {
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
  template <class T> T* array(size_t i, napi_typedarray_type expectedType, size_t& length) const {
    napi_typedarray_type type;
    void* data = nullptr;
    check(napi_get_typedarray_info(env_, at(i), &type, &length, &data, nullptr, nullptr), "expected a typed array");
    if (type != expectedType) fail("bad_argument", "wrong type of typed array");
    return (T*)data;
  }
  template <class T> T& unwrap(size_t i, const napi_type_tag& tag) const {
    bool hasTag = false;
    void* data = nullptr;
    if (napi_check_object_type_tag(env_, at(i), &tag, &hasTag) != napi_ok || !hasTag ||
        napi_unwrap(env_, at(i), &data) != napi_ok)
      fail("bad_argument", "wrong kind of object");
    if (!*(T*)data) fail("disposed", "the object was disposed");
    return *(T*)data;
  }

 private:
  static constexpr size_t MAX_ARGUMENTS = 8;
  napi_env env_;
  size_t count_;
  napi_value values_[MAX_ARGUMENTS];
};

template <class T> napi_value wrap(napi_env env, T shared, const napi_type_tag& tag) {
  napi_value object;
  check(napi_create_object(env, &object), "could not create an object");
  auto* data = new T(std::move(shared));
  const auto finalize = [](napi_env, void* wrapped, void*) { delete (T*)wrapped; };
  check(napi_wrap(env, object, data, finalize, nullptr, nullptr), "could not create an object");
  check(napi_type_tag_object(env, object, &tag), "could not create an object");
  return object;
}

inline napi_value createNumber(napi_env env, double value) {
  napi_value result;
  napi_create_double(env, value, &result);
  return result;
}

inline napi_value createUndefined(napi_env env) {
  napi_value result;
  napi_get_undefined(env, &result);
  return result;
}

template <class T> napi_value createArray(napi_env env, napi_typedarray_type type, const T* from, size_t count) {
  void* data = nullptr;
  napi_value buffer, array;
  check(napi_create_arraybuffer(env, count * sizeof(T), &data, &buffer), "could not allocate an array");
  if (count > 0) memcpy(data, from, count * sizeof(T));
  check(napi_create_typedarray(env, type, count, buffer, 0, &array), "could not create an array");
  return array;
}

}  // namespace quire
