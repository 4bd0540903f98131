// Chapter "General-purpose functions": C_Initialize, C_Finalize, C_GetInfo, the function lists.
#include <array>
#include <iterator>
#include <vector>

#include "florin/version.h"
#include "hsm_sim/api/function_lists.h"
#include "hsm_sim/api/shell.h"

namespace florin::hsm_sim {
namespace {

struct InterfaceRow {
  CK_INTERFACE interface;
  std::string_view name;
  CK_VERSION version;
};

constexpr std::string_view kStandardName = "PKCS 11";
constexpr std::string_view kVendorName = FLORIN_INTERFACE_NAME;

CK_INTERFACE MakeInterface(std::string_view name, const void* list) {
  // The struct of the standard is not const; nobody writes through it.
  return {reinterpret_cast<CK_UTF8CHAR*>(const_cast<char*>(name.data())), const_cast<void*>(list),
          0};
}

// The first of a name is its default, the first of all is the default of the module.
std::array<InterfaceRow, 3>& Interfaces() {
  static std::array<InterfaceRow, 3> rows = {{
      {MakeInterface(kStandardName, &FunctionList30()), kStandardName, {3, 0}},
      {MakeInterface(kStandardName, &FunctionList240()), kStandardName, {2, 40}},
      {MakeInterface(kVendorName, &VendorFunctionList()),
       kVendorName,
       {FLORIN_INTERFACE_VERSION_MAJOR, FLORIN_INTERFACE_VERSION_MINOR}},
  }};
  return rows;
}

Status GetInfo(CK_INFO* info) {
  if (info == nullptr) return Fail(CKR_ARGUMENTS_BAD);
  *info = CK_INFO();
  info->cryptokiVersion = {3, 0};
  SetText(info->manufacturerID, "Florin");
  SetText(info->libraryDescription, "HSM simulator: test equipment");
  info->libraryVersion = {FLORIN_VERSION_MAJOR, FLORIN_VERSION_MINOR};
  return OkStatus();
}

// Before C_Initialize the module does not know its quirks yet.
bool IsShown(const InterfaceRow& row) {
  if (row.name != kVendorName) return true;
  const auto module = Module::Current();
  return !module.ok() || !(*module)->quirks().no_vendor;
}

Status GetInterfaceList(CK_INTERFACE* list, CK_ULONG* count) {
  std::vector<CK_INTERFACE> interfaces;
  for (const InterfaceRow& row : Interfaces()) {
    if (IsShown(row)) interfaces.push_back(row.interface);
  }
  return WriteList(interfaces, list, count);
}

bool IsNamed(const InterfaceRow& row, const CK_UTF8CHAR* name) {
  return name == nullptr || row.name == reinterpret_cast<const char*>(name);
}

Status GetInterface(const CK_UTF8CHAR* name, const CK_VERSION* version, CK_INTERFACE** found,
                    CK_FLAGS flags) {
  if (found == nullptr) return Fail(CKR_ARGUMENTS_BAD);
  for (InterfaceRow& row : Interfaces()) {
    const bool same_version = version == nullptr || (version->major == row.version.major &&
                                                     version->minor == row.version.minor);
    if (!IsNamed(row, name) || !same_version || !IsShown(row)) continue;
    if ((flags & ~row.interface.flags) != 0) continue;
    *found = &row.interface;
    return OkStatus();
  }
  return Fail(CKR_FUNCTION_FAILED);
}

}  // namespace
}  // namespace florin::hsm_sim

using florin::Status;
using florin::hsm_sim::Fail;
using florin::hsm_sim::Module;
using florin::hsm_sim::ModuleShell;
using florin::hsm_sim::Shell;

extern "C" {

CK_RV C_Initialize(CK_VOID_PTR pInitArgs) {
  return Shell(
      [=] { return Module::Initialize(static_cast<const CK_C_INITIALIZE_ARGS*>(pInitArgs)); });
}

CK_RV C_Finalize(CK_VOID_PTR pReserved) {
  return Shell([=]() -> Status {
    if (pReserved != nullptr) return Fail(CKR_ARGUMENTS_BAD);
    return Module::Finalize();
  });
}

CK_RV C_GetInfo(CK_INFO_PTR pInfo) {
  return ModuleShell([=](Module&) { return florin::hsm_sim::GetInfo(pInfo); });
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR ppFunctionList) {
  if (ppFunctionList == nullptr) return CKR_ARGUMENTS_BAD;
  *ppFunctionList = const_cast<CK_FUNCTION_LIST*>(&florin::hsm_sim::FunctionList240());
  return CKR_OK;
}

CK_RV C_GetInterfaceList(CK_INTERFACE_PTR pInterfacesList, CK_ULONG_PTR pulCount) {
  return Shell([=] { return florin::hsm_sim::GetInterfaceList(pInterfacesList, pulCount); });
}

CK_RV C_GetInterface(CK_UTF8CHAR_PTR pInterfaceName, CK_VERSION_PTR pVersion,
                     CK_INTERFACE_PTR_PTR ppInterface, CK_FLAGS flags) {
  return Shell(
      [=] { return florin::hsm_sim::GetInterface(pInterfaceName, pVersion, ppInterface, flags); });
}

CK_RV C_GetFunctionStatus(CK_SESSION_HANDLE) {
  return ModuleShell([](Module&) -> Status { return Fail(CKR_FUNCTION_NOT_PARALLEL); });
}

CK_RV C_CancelFunction(CK_SESSION_HANDLE) {
  return ModuleShell([](Module&) -> Status { return Fail(CKR_FUNCTION_NOT_PARALLEL); });
}

}  // extern "C"
