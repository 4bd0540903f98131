// What the contracts of card mechanisms share: keys with headers, values of vectors, and a value
// that one key makes and another checks.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "florin/base/pan.h"
#include "tests/crypto/hsm/session_contract.h"
#include "tools/vectors/vector_file.h"

namespace florin::hsm {

using mechanisms::KeyBlockHeader;
using mechanisms::KeyType;
using mechanisms::Mechanism;
using mechanisms::MechanismType;
using mechanisms::Verb;
using mechanisms::VerbSet;
using vectors::TestCase;
using vectors::VectorFile;

inline const VerbSet kBoth = {Verb::kSign, Verb::kVerify};

inline VectorFile Load(const char* name) {
  return VectorFile::Load(std::string(FLORIN_SOURCE_DIR "/tests/vectors/card/") + name);
}

inline Pan PanOf(const std::string& digits) { return std::move(Pan::Parse(digits)).value(); }

inline std::uint8_t Number8(const std::string& text) {
  return static_cast<std::uint8_t>(std::stoi(text));
}

inline std::uint16_t CounterOf(const Bytes& bytes) {
  return static_cast<std::uint16_t>(bytes.at(0) << 8U | bytes.at(1));
}

template <std::size_t N>
std::array<std::uint8_t, N> ArrayOf(const Bytes& bytes) {
  std::array<std::uint8_t, N> array{};
  EXPECT_EQ(bytes.size(), N);
  std::copy_n(bytes.begin(), N, array.begin());
  return array;
}

inline Bytes TextBytes(const std::string& text) { return {text.begin(), text.end()}; }

// Two equal halves are single DES: such a key is not imported.
inline bool IsTdes(const Bytes& key) {
  return key.size() != 16 || !std::equal(key.begin(), key.begin() + 8, key.begin() + 8);
}

class SessionContractCard : public SessionContract {
 protected:
  static KeyTemplate Keyed(KeyType type, std::size_t length, VerbSet verbs,
                           const std::string& header, std::vector<MechanismType> names = {}) {
    KeyTemplate key = Template(type, length, verbs);
    key.rules.header = *KeyBlockHeader::Parse("D0000" + header + "00N0000");
    key.rules.allowed_mechanisms = std::move(names);
    return key;
  }

  // `value` comes out of a key that signs, is accepted by a key that only verifies, and a changed
  // one is refused.
  void ExpectValue(const std::string& place, const Mechanism& mechanism, KeyTemplate key,
                   const std::string& key_hex, ByteView input, const Bytes& value) {
    key.rules.verbs = kBoth;
    const KeyHandle signer = ImportHex(key, key_hex);
    Bytes out(64);
    const auto written = session().Sign(mechanism, signer, input, out);
    ASSERT_TRUE(written.ok()) << place << " " << written.error().message();
    out.resize(*written);
    EXPECT_EQ(HexOf(out), HexOf(value)) << place;
    key.rules.verbs = {Verb::kVerify};
    const KeyHandle verifier = ImportHex(key, key_hex);
    ExpectVerdict(place, mechanism, verifier, input, value, true);
    for (const std::size_t at : {std::size_t{0}, value.size() - 1}) {
      Bytes changed = value;
      changed[at] ^= 1;
      ExpectVerdict(place, mechanism, verifier, input, changed, false);
    }
    Bytes longer = value;
    longer.push_back('0');
    ExpectVerdict(place, mechanism, verifier, input, longer, false);
    ExpectVerdict(place, mechanism, verifier, input, ByteView(value).first(value.size() - 1),
                  false);
    ExpectVerdict(place, mechanism, verifier, input, Bytes(value.size(), 'x'), false);
    EXPECT_EQ(session().Sign(mechanism, verifier, input, longer).code(),
              ErrorCode::kPermissionDenied)
        << place;
  }

  void ExpectVerdict(const std::string& place, const Mechanism& mechanism, KeyHandle key,
                     ByteView input, ByteView value, bool right) {
    EXPECT_EQ(session().Verify(mechanism, key, input, value).code(),
              right ? ErrorCode::kOk : ErrorCode::kVerificationFailed)
        << place;
  }

  ErrorCode SignCode(const Mechanism& mechanism, KeyHandle key, ByteView input = {}) {
    Bytes out(16);
    return session().Sign(mechanism, key, input, out).code();
  }
};

}  // namespace florin::hsm
