// Library: one PKCS#11 module in this process: loaded, initialised, with its function lists.
#pragma once

#include <string>
#include <string_view>

#include "crypto/cryptoki/pkcs11.h"
#include "florin/base/result.h"

namespace florin::pkcs11 {

// Owns the dlopen handle and, where it was the one to initialise the module, its finalisation.
// Safe for many threads once loaded. Invariant: `functions()` is never null.
class Library {
 public:
  // kNotFound where the file cannot be loaded or is no module; kDeviceError where C_Initialize
  // fails. `parameters` goes into the reserved field of CK_C_INITIALIZE_ARGS unless it is empty.
  static Result<Library> Load(const std::string& path, const std::string& parameters);

  Library(Library&& other) noexcept;
  Library& operator=(Library&&) = delete;
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  // Finalises and unloads.
  ~Library();

  const CK_FUNCTION_LIST& functions() const { return *functions_; }
  // Null before PKCS#11 3.0.
  const CK_FUNCTION_LIST_3_0* functions_3_0() const { return functions_3_0_; }
  // The interface "Vendor Florin"; null where the module has none.
  const FLORIN_FUNCTION_LIST_1_0* vendor() const { return vendor_; }

 private:
  explicit Library(void* handle) : handle_(handle) {}
  Status FindFunctions();
  void FindInterfaces(CK_C_GetInterface get_interface);
  void FindVendorInterface();
  Status Initialize(const std::string& parameters);

  void* handle_;
  const CK_FUNCTION_LIST* functions_ = nullptr;
  const CK_FUNCTION_LIST_3_0* functions_3_0_ = nullptr;
  const FLORIN_FUNCTION_LIST_1_0* vendor_ = nullptr;
  bool initialized_ = false;
};

}  // namespace florin::pkcs11
