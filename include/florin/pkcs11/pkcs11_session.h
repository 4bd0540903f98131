// Module and Pkcs11Session: the seam over any PKCS#11 module, loaded at run time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "florin/base/secret.h"
#include "florin/hsm/session.h"

#pragma GCC visibility push(default)

namespace florin::pkcs11 {

struct ModuleOptions {
  // Passed as CK_C_INITIALIZE_ARGS.pReserved / LibraryParameters. NSS softokn needs, for example,
  // "configdir='' flags=noModDB,noCertDB". Empty: none.
  std::string parameters;
};

struct TokenInfo {
  std::uint64_t slot_id = 0;
  std::string label, manufacturer, model, serial;
  bool initialized = false;
  bool login_required = false;
};

// A loaded and initialised module. Safe for many threads. Loading one path twice in a process
// returns the same module; it is finalised and unloaded with its last owner.
class Module {
 public:
  // kNotFound where the file cannot be loaded or has no C_GetFunctionList; kDeviceError where
  // C_Initialize fails; kInvalidArgument and kUnsupported for a FLORIN_FORCE_KERNEL that cannot be.
  static Result<std::shared_ptr<Module>> Load(const std::string& path, ModuleOptions options = {});
  virtual ~Module() = default;

  virtual Result<std::vector<TokenInfo>> Tokens() const = 0;

  // The token with this label; kNotFound, or kConflict where several bear it.
  virtual Result<TokenInfo> FindToken(std::string_view label) const = 0;

  // Initialises the token in the first free slot: sets label, SO PIN and user PIN. For set-up,
  // tests and demos. PINs 4..255 bytes.
  virtual Result<TokenInfo> InitToken(std::string_view label, const SecretBytes& so_pin,
                                      const SecretBytes& user_pin) = 0;

  // Opens a read/write session and logs the user in (once per token; later sessions share it).
  // kAuthenticationFailed, kLocked, kNotFound.
  virtual Result<std::unique_ptr<hsm::Session>> OpenSession(const TokenInfo& token,
                                                            const SecretBytes& user_pin) = 0;
};

}  // namespace florin::pkcs11

#pragma GCC visibility pop
