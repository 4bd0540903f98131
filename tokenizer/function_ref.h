// FunctionRef: a callable passed by reference for the length of one call, without allocation.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace florin::tokenizer {

template <class Signature>
class FunctionRef;

// Must not outlive the callable it was made from. Never empty.
template <class R, class... Args>
class FunctionRef<R(Args...)> {
 public:
  template <class F>
  requires(!std::is_same_v<F, FunctionRef>) FunctionRef(const F& callable)
      : object_(std::addressof(callable)), call_([](const void* object, Args... args) -> R {
          return (*static_cast<const F*>(object))(std::forward<Args>(args)...);
        }) {}

  R operator()(Args... args) const { return call_(object_, std::forward<Args>(args)...); }

 private:
  const void* object_;
  R (*call_)(const void*, Args...);
};

}  // namespace florin::tokenizer
