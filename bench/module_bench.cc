// What a PKCS#11 call costs: HMAC-SHA-256 of 64 bytes through modules, against the bare HMAC.
#include <stdlib.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "bench/entries.h"
#include "bench/simulator_token.h"
#include "crypto/primitives/mac.h"
#include "florin/base/random.h"
#include "florin/hsm/soft_session.h"
#include "florin/pkcs11/pkcs11_session.h"
#include "tools/temporary_directory.h"

namespace florin::bench {
namespace {

constexpr std::size_t kInputLength = 64;
constexpr const char* kSoftHsm = "/usr/lib/softhsm/libsofthsm2.so";

// A session with an HMAC key in it, and whatever must live as long: destroyed in reverse.
struct HmacSession {
  std::optional<tools::TemporaryDirectory> directory;
  std::shared_ptr<pkcs11::Module> module;
  std::shared_ptr<SimulatorToken> simulator;
  std::unique_ptr<hsm::SoftToken> soft;
  std::unique_ptr<hsm::Session> session;
  hsm::KeyHandle key;
};

Result<tools::TemporaryDirectory> NewDirectory() {
  return tools::TemporaryDirectory::Create("florin-bench");
}

Result<SecretBytes> TestPin() { return SecretBytes::CopyOf(AsBytes("12345678")); }

Status AddKey(HmacSession& hmac) {
  hsm::KeyTemplate key;
  key.rules.type = mechanisms::KeyType::kHmac;
  key.rules.length = 32;
  key.rules.verbs = {mechanisms::Verb::kSign, mechanisms::Verb::kVerify};
  FLORIN_TRY(SecretBytes material, SecretBytes::Create(32));
  FLORIN_CHECK_OK(SystemRandom().Fill(material.Write(SecretAccess{})));
  FLORIN_TRY(hmac.key, hmac.session->Import(key, material));
  return OkStatus();
}

Result<std::shared_ptr<HmacSession>> OpenModule(const std::string& path, std::string parameters,
                                                tools::TemporaryDirectory directory) {
  auto hmac = std::make_shared<HmacSession>();
  hmac->directory = std::move(directory);
  FLORIN_TRY(hmac->module, pkcs11::Module::Load(path, {.parameters = std::move(parameters)}));
  FLORIN_TRY(SecretBytes so_pin, TestPin());
  FLORIN_TRY(SecretBytes user_pin, TestPin());
  FLORIN_TRY(pkcs11::TokenInfo token, hmac->module->InitToken("bench", so_pin, user_pin));
  FLORIN_TRY(hmac->session, hmac->module->OpenSession(token, user_pin));
  FLORIN_CHECK_OK(AddKey(*hmac));
  return hmac;
}

Result<std::shared_ptr<HmacSession>> OpenSimulator() {
  auto hmac = std::make_shared<HmacSession>();
  FLORIN_TRY(hmac->simulator, SimulatorToken::Get());
  FLORIN_TRY(hmac->session, hmac->simulator->OpenSession());
  FLORIN_CHECK_OK(AddKey(*hmac));
  return hmac;
}

Result<std::shared_ptr<HmacSession>> OpenSoftHsm() {
  if (!std::filesystem::exists(kSoftHsm)) {
    return Error(ErrorCode::kNotFound, "SoftHSM2 is not installed");
  }
  FLORIN_TRY(auto directory, NewDirectory());
  const std::string tokens = directory.path() + "/tokens";
  const std::string configuration = directory.path() + "/softhsm2.conf";
  std::filesystem::create_directory(tokens);
  std::ofstream(configuration) << "directories.tokendir = " << tokens
                               << "\nobjectstore.backend = file\nlog.level = ERROR\n";
  setenv("SOFTHSM2_CONF", configuration.c_str(), 1);
  return OpenModule(kSoftHsm, "", std::move(directory));
}

Result<std::shared_ptr<HmacSession>> OpenSoft() {
  auto hmac = std::make_shared<HmacSession>();
  FLORIN_TRY(hsm::SoftToken token, hsm::SoftToken::Create());
  hmac->soft = std::make_unique<hsm::SoftToken>(std::move(token));
  FLORIN_TRY(hmac->session, hmac->soft->OpenSession());
  FLORIN_CHECK_OK(AddKey(*hmac));
  return hmac;
}

Work SignWith(std::shared_ptr<HmacSession> hmac) {
  return [hmac](std::size_t iterations) -> Status {
    const std::array<std::uint8_t, kInputLength> input{};
    std::array<std::uint8_t, 32> mac{};
    for (std::size_t i = 0; i < iterations; ++i) {
      FLORIN_TRY(std::size_t length,
                 hmac->session->Sign(mechanisms::Hmac{}, hmac->key, input, mac));
      if (length != mac.size()) return Error(ErrorCode::kInternal, "the MAC is too short");
    }
    return OkStatus();
  };
}

Result<Work> BareHmac() {
  const std::array<std::uint8_t, 32> material{1};
  FLORIN_TRY(primitives::HmacKey created, primitives::HmacKey::Create(Hash::kSha256, material));
  auto key = std::make_shared<primitives::HmacKey>(std::move(created));
  return Work([key](std::size_t iterations) -> Status {
    const std::array<std::uint8_t, kInputLength> input{};
    std::array<std::uint8_t, 32> mac{};
    for (std::size_t i = 0; i < iterations; ++i) {
      FLORIN_CHECK_OK(key->Sign({ByteView(input)}, mac));
    }
    return OkStatus();
  });
}

}  // namespace

Result<Entries> ModuleEntries() {
  Entries entries;
  FLORIN_TRY(Work bare, BareHmac());
  FLORIN_TRY(std::shared_ptr<HmacSession> simulator, OpenSimulator());
  FLORIN_TRY(std::shared_ptr<HmacSession> soft, OpenSoft());
  const Work ours = SignWith(simulator);
  entries.contests.push_back({.name = "pkcs11/hmac_call_overhead",
                              .ours_name = "C_SignInit and C_Sign, simulator",
                              .rival_name = "bare HMAC, key prepared",
                              .ours = ours,
                              .rival = bare,
                              .bound = Bound{Bound::Kind::kAtMostMoreNs, 400}});
  entries.contests.push_back({.name = "soft/hmac_call_overhead",
                              .ours_name = "SoftSession",
                              .rival_name = "bare HMAC, key prepared",
                              .ours = SignWith(soft),
                              .rival = bare,
                              .bound = std::nullopt});
  if (auto soft_hsm = OpenSoftHsm(); soft_hsm.ok()) {
    entries.contests.push_back({.name = "pkcs11/hmac_vs_softhsm2",
                                .ours_name = "C_SignInit and C_Sign, simulator",
                                .rival_name = "C_SignInit and C_Sign, SoftHSM2",
                                .ours = ours,
                                .rival = SignWith(*soft_hsm),
                                .bound = std::nullopt});
  } else {
    entries.absent.push_back({"pkcs11/hmac_vs_softhsm2", soft_hsm.error().message()});
  }
  return entries;
}

}  // namespace florin::bench
