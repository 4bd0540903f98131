// The shell of every exported function: from Result to CK_RV, and from handles to what they name.
#pragma once

#include <cstring>
#include <new>
#include <string_view>
#include <utility>

#include "hsm_sim/module.h"
#include "hsm_sim/return_value.h"

namespace florin::hsm_sim {

// Longest run of bytes a caller may pass: what no mechanism takes is refused before it is touched.
inline constexpr CK_ULONG kMaxInput = CK_ULONG{1} << 30;

// Runs the inner function. The module throws nothing of its own; only the standard library may run
// out of memory.
template <class Function>
CK_RV Shell(Function function) noexcept {
  try {
    const Status status = function();
    return status.ok() ? CKR_OK : ToReturnValue(status.error());
  } catch (const std::bad_alloc&) {
    return CKR_HOST_MEMORY;
  }
}

// Runs the inner function with the module, or fails with CKR_CRYPTOKI_NOT_INITIALIZED.
template <class Function>
CK_RV ModuleShell(Function function) noexcept {
  return Shell([&function]() -> Status {
    FLORIN_TRY(Module* const module, Module::Current());
    return function(*module);
  });
}

// Runs the inner function with the module and the session, locked.
template <class Function>
CK_RV SessionShell(CK_SESSION_HANDLE handle, Function function) noexcept {
  return Shell([&function, handle]() -> Status {
    FLORIN_TRY(Module* const module, Module::Current());
    FLORIN_TRY(const LockedSession session, module->sessions().Lock(handle));
    return function(*module, *session);
  });
}

// What a module without the function answers, once it is initialised.
inline CK_RV NotSupported() noexcept {
  return ModuleShell([](Module&) -> Status { return Fail(CKR_FUNCTION_NOT_SUPPORTED); });
}

// Views the caller's bytes. CKR_ARGUMENTS_BAD where there are none but a length,
// CKR_DATA_LEN_RANGE where the length is absurd.
inline Result<ByteView> Input(const void* bytes, CK_ULONG length) {
  if (bytes == nullptr && length != 0) return Fail(CKR_ARGUMENTS_BAD);
  if (length > kMaxInput) return Fail(CKR_DATA_LEN_RANGE);
  return ByteView{static_cast<const std::uint8_t*>(bytes), length};
}

// Pads a text with blanks as the info structs want it.
template <std::size_t N>
void SetText(CK_UTF8CHAR (&field)[N], std::string_view text) {
  std::memset(field, ' ', N);
  std::memcpy(field, text.data(), text.size() < N ? text.size() : N);
}

// Writes a list the standard way: the count alone where `out` is null, CKR_BUFFER_TOO_SMALL where
// it is short.
template <class Item, class List>
Status WriteList(const List& list, Item* out, CK_ULONG* count) {
  if (count == nullptr) return Fail(CKR_ARGUMENTS_BAD);
  const CK_ULONG room = *count;
  *count = list.size();
  if (out == nullptr) return OkStatus();
  if (room < list.size()) return Fail(CKR_BUFFER_TOO_SMALL);
  std::size_t i = 0;
  for (const auto& item : list) out[i++] = item;
  return OkStatus();
}

}  // namespace florin::hsm_sim
