// The contract of payment keys by published values: cryptograms, and the ARPCs that answer them.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "florin/base/pan.h"
#include "tests/crypto/hsm/session_contract.h"
#include "tools/vectors/vector_file.h"

namespace florin::hsm {
namespace {

using namespace mechanisms;
using vectors::TestCase;
using vectors::VectorFile;

constexpr const char* kVectors = FLORIN_SOURCE_DIR "/tests/vectors/card/emv_cryptogram.json";

bool HasFlag(const TestCase& test, const char* flag) {
  return std::find(test.flags.begin(), test.flags.end(), flag) != test.flags.end();
}

EmvCardAndAtc CardOf(const TestCase& test, const Pan& pan, const Bytes& atc) {
  EmvCardAndAtc card;
  card.pan = &pan;
  card.psn = static_cast<std::uint8_t>(std::stoi(test.Text("psn")));
  card.atc = static_cast<std::uint16_t>(atc.at(0) << 8U | atc.at(1));
  card.option = test.Text("option") == "A" ? EmvMasterKeyOption::kA : EmvMasterKeyOption::kB;
  return card;
}

// The methods of the mechanism; empty for diversification values that no card makes, and for keys
// that are single DES.
std::optional<EmvCardAndAtc> ChainCardOf(const TestCase& test, const Pan& pan) {
  if (HasFlag(test, "equal_key_halves")) return std::nullopt;
  if (HasFlag(test, "no_session_key")) {
    EmvCardAndAtc card = CardOf(test, pan, Bytes(2));
    card.session_key = EmvSessionKeyMethod::kNone;
    return card;
  }
  const Bytes r = test.Hex("r");
  EmvCardAndAtc card = CardOf(test, pan, r);
  if (HasFlag(test, "common_session_key")) return card;
  if (r.at(2) != 0 || r.at(3) != 0) return std::nullopt;
  card.session_key = EmvSessionKeyMethod::kMastercard;
  std::copy_n(r.begin() + 4, 4, card.un.begin());
  return card;
}

EmvPadding PaddingOf(const TestCase& test) {
  return test.Number("padding") == 1 ? EmvPadding::kMethod1 : EmvPadding::kMethod2;
}

class SessionContractEmv : public SessionContract {
 protected:
  static KeyTemplate Issuer(VerbSet verbs, const char* header) {
    KeyTemplate key = Template(KeyType::kDes3, 16, verbs);
    key.rules.header = *KeyBlockHeader::Parse(header);
    return key;
  }

  void ExpectCryptogram(const TestCase& test, KeyHandle key, const EmvCardAndAtc& card) {
    const Mechanism mechanism = EmvCryptogram{card, PaddingOf(test)};
    const Bytes data = test.Hex("data");
    Bytes cryptogram(8);
    const auto written = session().Sign(mechanism, key, data, cryptogram);
    ASSERT_TRUE(written.ok()) << test.place() << " " << written.error().message();
    EXPECT_EQ(*written, 8U) << test.place();
    EXPECT_EQ(HexOf(cryptogram), HexOf(test.Hex("ac"))) << test.place();
    EXPECT_TRUE(session().Verify(mechanism, key, data, test.Hex("ac")).ok()) << test.place();
  }

  // `verifier` holds the same key, for verification only.
  void ExpectArpcs(const TestCase& test, KeyHandle key, KeyHandle verifier,
                   const EmvCardAndAtc& card) {
    EmvArpc arpc;
    arpc.card = card;
    const Bytes proprietary = test.Has("proprietary") ? test.Hex("proprietary") : Bytes();
    if (test.Has("arc")) {
      const Bytes arc = test.Hex("arc");
      std::copy_n(arc.begin(), 2, arpc.arc.begin());
    } else {
      const Bytes csu = test.Hex("csu");
      arpc.csu.emplace();
      std::copy_n(csu.begin(), 4, arpc.csu->begin());
      arpc.proprietary = proprietary;
    }
    if (test.Text("arpc_key") == "mk") arpc.key = EmvArpcKey::kMasterKey;
    Bytes none(8);
    const bool gives_session_keys = arpc.key == EmvArpcKey::kMasterKey && !arpc.csu.has_value();
    if (gives_session_keys) {
      EXPECT_EQ(session().Sign(arpc, key, test.Hex("ac"), none).code(),
                ErrorCode::kPermissionDenied)
          << test.place();
    } else {
      ExpectAnswer(test, arpc, key, test.Hex("ac"));
    }

    EmvVerifiedArpc verified{.padding = PaddingOf(test), .arpc = arpc};
    std::copy_n(test.Hex("ac").begin(), 8, verified.arqc.begin());
    const Bytes data = test.Hex("data");
    ExpectAnswer(test, verified, key, data);
    ExpectAnswer(test, verified, verifier, data);
    EXPECT_EQ(session().Sign(arpc, verifier, test.Hex("ac"), none).code(),
              ErrorCode::kPermissionDenied)
        << test.place();
    verified.arqc[0] ^= 1;
    EXPECT_EQ(session().Sign(verified, verifier, data, none).code(), ErrorCode::kVerificationFailed)
        << test.place();
  }

  void ExpectAnswer(const TestCase& test, const Mechanism& mechanism, KeyHandle key,
                    ByteView input) {
    Bytes answer(8);
    const auto written = session().Sign(mechanism, key, input, answer);
    ASSERT_TRUE(written.ok()) << test.place() << " " << written.error().message();
    EXPECT_EQ(HexOf(ByteView(answer).first(*written)), HexOf(test.Hex("arpc"))) << test.place();
  }
};

TEST_P(SessionContractEmv, PublishedCryptogramsAndArpcs) {
  CONTRACT_NEEDS(kEmvCryptogram, kSign);
  const VectorFile file = VectorFile::Load(kVectors);
  int cryptograms = 0;
  int arpcs = 0;
  for (const auto* group : file.GroupsOf("chain")) {
    for (const TestCase& test : group->tests) {
      const Pan pan = std::move(Pan::Parse(test.Text("pan"))).value();
      const auto card = ChainCardOf(test, pan);
      if (!card.has_value()) continue;
      const KeyHandle key =
          ImportHex(Issuer({Verb::kSign, Verb::kVerify}, "D0000E0TC00N0000"), test.Text("imk"));
      const KeyHandle verifier =
          ImportHex(Issuer({Verb::kSign}, "D0000E0TV00N0000"), test.Text("imk"));
      ExpectCryptogram(test, key, *card);
      ++cryptograms;
      if (!test.Has("arpc")) continue;
      ExpectArpcs(test, key, verifier, *card);
      ++arpcs;
    }
  }
  EXPECT_GE(cryptograms, 8);
  EXPECT_GE(arpcs, 8);
}

TEST_P(SessionContractEmv, PublishedAndChangedCryptogramsAreToldApart) {
  CONTRACT_NEEDS(kEmvCryptogram, kVerify);
  const VectorFile file = VectorFile::Load(kVectors);
  int checked = 0;
  for (const auto* group : file.GroupsOf("verify")) {
    for (const TestCase& test : group->tests) {
      const KeyHandle key =
          ImportHex(Issuer({Verb::kVerify}, "D0000E0TV00N0000"), test.Text("imk"));
      const Pan pan = std::move(Pan::Parse(test.Text("pan"))).value();
      const Mechanism mechanism =
          EmvCryptogram{CardOf(test, pan, test.Hex("atc")), PaddingOf(test)};
      EXPECT_EQ(session().Verify(mechanism, key, test.Hex("data"), test.Hex("ac")).code(),
                test.valid ? ErrorCode::kOk : ErrorCode::kVerificationFailed)
          << test.place();
      ++checked;
    }
  }
  EXPECT_GE(checked, 10);
}

INSTANTIATE_TEST_SUITE_P(Sessions, SessionContractEmv, testing::ValuesIn(ContractCases()),
                         ContractCaseName);

}  // namespace
}  // namespace florin::hsm
