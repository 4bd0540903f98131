#include "tests/crypto/pkcs11/backends.h"

#include <stdlib.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <utility>
#include <vector>

#include "florin/hsm/soft_session.h"
#include "tools/temporary_directory.h"

namespace florin::pkcs11 {
namespace {

namespace fs = std::filesystem;

// A module with one token, initialised or found by `label`; logged in to by every session.
hsm::ContractBackend TokenBackend(const std::string& path, const ModuleOptions& options,
                                  const std::string& label, bool initialize) {
  hsm::ContractBackend backend;
  auto module = Module::Load(path, options);
  if (!module.ok()) {
    ADD_FAILURE() << path << ": " << module.error().message() << " " << module.error().detail();
    return backend;
  }
  auto token = initialize ? (*module)->InitToken(label, Pin(kSoPin), Pin(kUserPin))
                          : (*module)->FindToken(label);
  if (!token.ok()) {
    ADD_FAILURE() << path << ": " << token.error().message() << " " << token.error().detail();
    return backend;
  }
  backend.open = [owner = *module, info = *token] {
    return owner->OpenSession(info, Pin(kUserPin));
  };
  return backend;
}

hsm::ContractBackend Missing(const char* why) {
  hsm::ContractBackend backend;
  backend.missing = why;
  return backend;
}

// Backends are never destroyed: modules must not be finalised while statics die.
const hsm::ContractBackend& Keep(hsm::ContractBackend backend) {
  return *new hsm::ContractBackend(std::move(backend));
}

}  // namespace

std::string FreshFolder() {
  static std::vector<tools::TemporaryDirectory> folders;
  folders.push_back(tools::TemporaryDirectory::Create("florin-test").value());
  return folders.back().path();
}

std::string FirstExisting(std::initializer_list<const char*> paths) {
  for (const char* path : paths) {
    if (fs::exists(path)) return path;
  }
  return "";
}

std::string SoftHsmPath() {
#ifdef __SANITIZE_THREAD__
  return "";  // it calls gmtime from several threads, and was not built to be watched
#else
  return FirstExisting({"/usr/lib/softhsm/libsofthsm2.so",
                        "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
                        "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so"});
#endif
}

std::string NssPath() {
  return FirstExisting({"/usr/lib/x86_64-linux-gnu/libsoftokn3.so",
                        "/usr/lib/x86_64-linux-gnu/nss/libsoftokn3.so",
                        "/usr/lib/aarch64-linux-gnu/libsoftokn3.so",
                        "/usr/lib/aarch64-linux-gnu/nss/libsoftokn3.so"});
}

std::string FlorinModulePath() {
#ifdef FLORIN_PKCS11_MODULE
  return fs::exists(FLORIN_PKCS11_MODULE) ? FLORIN_PKCS11_MODULE : "";
#else
  return "";
#endif
}

ModuleOptions SoftHsmOptions() {
  static const bool ready = [] {
    const std::string folder = FreshFolder();
    fs::create_directory(folder + "/tokens");
    std::ofstream(folder + "/softhsm2.conf") << "directories.tokendir = " << folder << "/tokens\n"
                                             << "objectstore.backend = file\n"
                                             << "log.level = ERROR\n"
                                             << "slots.removable = false\n";
    return setenv("SOFTHSM2_CONF", (folder + "/softhsm2.conf").c_str(), 1) == 0;
  }();
  EXPECT_TRUE(ready);
  return {};
}

ModuleOptions NssOptions() {
  ModuleOptions options;
  options.parameters =
      "configdir='' certPrefix='' keyPrefix='' secmod='' flags=readOnly,noCertDB,noModDB,"
      "forceOpen,optimizeSpace";
  return options;
}

ModuleOptions FlorinOptions() {
  static const bool ready = [] {
    // The cheapest PIN hash: these tests are about sessions. Imported keys may wrap, as the
    // published key wrap vectors need.
    return setenv("FLORIN_HSM_DIR", FreshFolder().c_str(), 1) == 0 &&
           setenv("FLORIN_HSM_PIN_KDF", "minimal", 1) == 0 &&
           setenv("FLORIN_HSM_POLICY", "vectors", 1) == 0;
  }();
  EXPECT_TRUE(ready);
  return {};
}

SecretBytes Pin(const char* text) { return std::move(SecretBytes::CopyOf(AsBytes(text))).value(); }

const hsm::ContractBackend& SoftBackend() {
  static const hsm::ContractBackend& backend = [&]() -> const hsm::ContractBackend& {
    auto token = hsm::SoftToken::Create();
    EXPECT_TRUE(token.ok());
    auto shared = std::make_shared<hsm::SoftToken>(std::move(token).value());
    hsm::ContractBackend made;
    made.open = [shared] { return shared->OpenSession(); };
    return Keep(std::move(made));
  }();
  return backend;
}

const hsm::ContractBackend& SoftHsmBackend() {
  static const hsm::ContractBackend& backend = []() -> const hsm::ContractBackend& {
    if (SoftHsmPath().empty()) return Keep(Missing("not installed (package softhsm2)"));
    auto made = TokenBackend(SoftHsmPath(), SoftHsmOptions(), "florin contract", true);
    made.knows_headers = false;
    made.keeps_life = false;
    return Keep(std::move(made));
  }();
  return backend;
}

const hsm::ContractBackend& NssBackend() {
  static const hsm::ContractBackend& backend = []() -> const hsm::ContractBackend& {
    if (NssPath().empty()) return Keep(Missing("not installed (package libnss3)"));
    auto made = TokenBackend(NssPath(), NssOptions(), "NSS Generic Crypto Services", false);
    made.knows_headers = false;
    made.keeps_life = false;
    made.keeps_persistent = false;
    return Keep(std::move(made));
  }();
  return backend;
}

const hsm::ContractBackend& FlorinBackend() {
  static const hsm::ContractBackend& backend = []() -> const hsm::ContractBackend& {
    if (FlorinModulePath().empty()) return Keep(Missing("libflorin-pkcs11.so is not built"));
    return Keep(TokenBackend(FlorinModulePath(), FlorinOptions(), "florin contract", true));
  }();
  return backend;
}

}  // namespace florin::pkcs11
