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
  requires(!std::is_same_v<std::remove_cvref_t<F>, FunctionRef>) FunctionRef(F&& callable)
      : object_(const_cast<void*>(static_cast<const void*>(std::addressof(callable)))),
        call_([](void* object, Args... args) -> R {
          return (*static_cast<std::remove_reference_t<F>*>(object))(std::forward<Args>(args)...);
        }) {}

  R operator()(Args... args) const { return call_(object_, std::forward<Args>(args)...); }

 private:
  void* object_;
  R (*call_)(void*, Args...);
};

}  // namespace florin::tokenizer
