// SessionContract: what every hsm::Session must do, whoever owns the keys. One suite, instantiated
// per backend: SoftSession, and Pkcs11Session over each module that is installed.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "florin/base/hex.h"
#include "florin/hsm/session.h"
#include "florin/hsm/session_pool.h"

namespace florin::hsm {

// Where the sessions come from.
struct ContractBackend {
  SessionOpener open;            // empty: not on this machine
  std::string missing;           // then why, and what to install
  bool keeps_persistent = true;  // persistent keys are found by other sessions
  bool knows_headers = true;     // keys may carry a key block header
  bool imports_ec_private = true;
  bool keeps_life = true;  // states, dates and origins of keys
};

struct ContractCase {
  const char* name;
  const ContractBackend& (*backend)();  // made once per process, at first use
};

// The backends of this test program; each program defines it.
std::vector<ContractCase> ContractCases();

inline std::string ContractCaseName(const testing::TestParamInfo<ContractCase>& info) {
  return info.param.name;
}

class SessionContract : public testing::TestWithParam<ContractCase> {
 protected:
  void SetUp() override;

  const ContractBackend& backend() const { return *backend_; }
  Session& session() { return *session_; }
  std::unique_ptr<Session> OpenAnother();

  // A template of a session key without a name.
  static KeyTemplate Template(mechanisms::KeyType type, std::size_t length,
                              mechanisms::VerbSet verbs);
  KeyHandle ImportHex(const KeyTemplate& key, std::string_view hex);
  // A pair on `curve`; the private key derives or signs, the public one verifies.
  KeyPair Pair(mechanisms::Verb private_verb, Curve curve = Curve::kP256);

  bool Offers(mechanisms::MechanismType type, mechanisms::Verb verb) {
    return session_->Supports(type, verb);
  }

  // One-shot known answer in both directions.
  void ExpectCipher(const mechanisms::Mechanism& mechanism, const KeyTemplate& key,
                    std::string_view key_hex, std::string_view plain_hex,
                    std::string_view cipher_hex);
  void ExpectMac(const mechanisms::Mechanism& mechanism, const KeyTemplate& key,
                 std::string_view key_hex, std::string_view data_hex, std::string_view mac_hex);

 private:
  const ContractBackend* backend_ = nullptr;
  std::unique_ptr<Session> session_;
};

// Says what is missing; a run without a module must be seen to be one.
#define CONTRACT_NEEDS(type, verb)                                             \
  if (!Offers(mechanisms::MechanismType::type, mechanisms::Verb::verb)) {      \
    GTEST_SKIP() << GetParam().name << " does not offer " #type " for " #verb; \
  }

inline Bytes Hex(std::string_view text) { return std::move(HexDecode(text)).value(); }

inline std::string HexOf(ByteView bytes) { return HexEncode(bytes); }

}  // namespace florin::hsm
