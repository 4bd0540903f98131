#include "crypto/pkcs11/library.h"

#include <dlfcn.h>

#include <cstring>
#include <utility>

#include "crypto/cryptoki/rv.h"

namespace florin::pkcs11 {
namespace {

// What the standard calls pReserved, NSS calls LibraryParameters, with one more pointer after it.
// Modules that keep to the standard read only the part they know.
struct InitializeArgs {
  CK_C_INITIALIZE_ARGS standard;
  void* after;
};

// The interface hands out non-const pointers to names it only reads.
CK_UTF8CHAR_PTR Name(std::string& text) { return reinterpret_cast<CK_UTF8CHAR_PTR>(text.data()); }

const void* GetList(CK_C_GetInterface get_interface, std::string name, CK_VERSION version) {
  CK_INTERFACE_PTR interface = nullptr;
  if (get_interface(Name(name), &version, &interface, 0) != CKR_OK || interface == nullptr) {
    return nullptr;
  }
  // A module must not answer with another version than asked for; one that does is not believed.
  CK_VERSION got{};
  if (interface->pFunctionList == nullptr) return nullptr;
  std::memcpy(&got, interface->pFunctionList, sizeof(got));
  return got.major == version.major && got.minor == version.minor ? interface->pFunctionList
                                                                  : nullptr;
}

template <class Function>
Function Symbol(void* handle, const char* name) {
  void* symbol = dlsym(handle, name);
  Function function = nullptr;
  static_assert(sizeof(function) == sizeof(symbol));
  std::memcpy(&function, &symbol, sizeof(function));
  return function;
}

}  // namespace

Result<Library> Library::Load(const std::string& path, const std::string& parameters) {
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    return Error(ErrorCode::kNotFound,
                 "the PKCS#11 module cannot be loaded; check its path and the libraries it needs");
  }
  Library library(handle);
  FLORIN_CHECK_OK(library.FindFunctions());
  FLORIN_CHECK_OK(library.Initialize(parameters));
  library.FindVendorInterface();
  return library;
}

Library::Library(Library&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)),
      functions_(other.functions_),
      functions_3_0_(other.functions_3_0_),
      vendor_(other.vendor_),
      initialized_(std::exchange(other.initialized_, false)) {}

Library::~Library() {
  if (initialized_) static_cast<void>(functions_->C_Finalize(nullptr));
  if (handle_ != nullptr) dlclose(handle_);
}

Status Library::FindFunctions() {
  if (auto get_interface = Symbol<CK_C_GetInterface>(handle_, "C_GetInterface")) {
    FindInterfaces(get_interface);
  }
  if (functions_ != nullptr) return OkStatus();
  auto get_list = Symbol<CK_C_GetFunctionList>(handle_, "C_GetFunctionList");
  CK_FUNCTION_LIST_PTR list = nullptr;
  if (get_list == nullptr || get_list(&list) != CKR_OK || list == nullptr) {
    return Error(ErrorCode::kNotFound,
                 "the library gives no PKCS#11 function list; it is no PKCS#11 module");
  }
  functions_ = list;
  return OkStatus();
}

void Library::FindInterfaces(CK_C_GetInterface get_interface) {
  functions_3_0_ = static_cast<const CK_FUNCTION_LIST_3_0*>(
      GetList(get_interface, "PKCS 11", {CRYPTOKI_VERSION_MAJOR, CRYPTOKI_VERSION_MINOR}));
  // The newer list begins with the older one.
  functions_ = reinterpret_cast<const CK_FUNCTION_LIST*>(functions_3_0_);
}

// Which of its own interfaces a module has may be a setting, which it reads in C_Initialize.
void Library::FindVendorInterface() {
  auto get_interface = Symbol<CK_C_GetInterface>(handle_, "C_GetInterface");
  if (get_interface == nullptr) return;
  vendor_ = static_cast<const FLORIN_FUNCTION_LIST_1_0*>(
      GetList(get_interface, FLORIN_INTERFACE_NAME,
              {FLORIN_INTERFACE_VERSION_MAJOR, FLORIN_INTERFACE_VERSION_MINOR}));
}

Status Library::Initialize(const std::string& parameters) {
  InitializeArgs args{};
  args.standard.flags = CKF_OS_LOCKING_OK;
  std::string copy = parameters;
  if (!copy.empty()) args.standard.pReserved = copy.data();
  const CK_RV rv = functions_->C_Initialize(&args);
  // Somebody else in this process uses the module too, and finalises it.
  if (rv == CKR_CRYPTOKI_ALREADY_INITIALIZED) return OkStatus();
  if (rv == CKR_ARGUMENTS_BAD) {
    return Error(ErrorCode::kDeviceError,
                 "the PKCS#11 module does not take its parameters; check the names and values in "
                 "them and in the variables that it reads",
                 static_cast<std::uint32_t>(rv));
  }
  if (rv != CKR_OK) {
    return Error(ErrorCode::kDeviceError,
                 "the PKCS#11 module refuses to start; check its configuration and its log",
                 static_cast<std::uint32_t>(rv));
  }
  initialized_ = true;
  return OkStatus();
}

}  // namespace florin::pkcs11
