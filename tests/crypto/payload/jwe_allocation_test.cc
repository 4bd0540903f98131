// What one Jwe::Open allocates once it has warmed up: the result, and nothing else of its own.
#include <gtest/gtest.h>

#include "crypto/payload/decoded_fields.h"
#include "crypto/payload/jose_workspace.h"
#include "crypto/payload/jwe_content_key.h"
#include "tests/crypto/payload/jose_keys.h"
#include "tests/support/allocation_counter.h"

namespace florin::payload {
namespace {

constexpr std::size_t kCalls = 10;  // of AllocationsOf
// The header, which is longer than a std::string holds in place; the kid is not.
constexpr std::size_t kResult = 1;
constexpr std::string_view kPlaintext = R"({"cardNumber":"5555555555554444"})";

struct Choice {
  JweAlgorithm algorithm;
  JweEncryption encryption;
};

std::string NameOf(const ::testing::TestParamInfo<Choice>& info) {
  std::string name =
      std::string(JoseName(info.param.algorithm)) + "_" + JoseName(info.param.encryption).data();
  for (char& c : name) {
    if (c == '-' || c == '+') c = '_';
  }
  return name;
}

// A key in a soft session, and a text for it.
class JweAllocations : public ::testing::TestWithParam<Choice> {
 protected:
  void SetUp() override {
    session_ = OpenSoft();
    profile_ = RfcProfile(GetParam().algorithm, GetParam().encryption);
    auto text = Result<std::string>(Error(ErrorCode::kInternal, "unset"));
    if (auto pair = JweKeyPair("partner", GetParam().algorithm); pair.ok()) {
      pair->private_key.persistent = pair->public_key.persistent = false;
      const auto made = session_->GeneratePair(*pair);
      ASSERT_TRUE(made.ok()) << made.error().message();
      Bytes info(hsm::kMaxPublicKeyInfo);
      const auto length = session_->PublicKeyInfo(made->public_key, info);
      ASSERT_TRUE(length.ok());
      key_ = pair->private_key.name;
      text = JweSender::ToPublicKey(
                 profile_, JosePublicKey::FromSpki(ByteView(info).first(*length)).value(), "kid")
                 ->Seal(AsBytes(kPlaintext));
    } else {
      key_ = Import("receive", JweDirection::kReceive);
      text = JweSender::UnderSharedKey(profile_, Import("send", JweDirection::kSend), "kid")
                 ->Seal(*session_, AsBytes(kPlaintext));
    }
    ASSERT_TRUE(text.ok()) << text.error().message();
    text_ = *text;
    jwe_.emplace(Jwe::Create(profile_, {{*key_}}).value());
  }

  hsm::KeyRef Import(const char* label, JweDirection direction) {
    auto key = JweSharedKey(label, GetParam().algorithm, GetParam().encryption, direction);
    FLORIN_INVARIANT(key.ok());
    key->persistent = false;
    EXPECT_TRUE(session_->Import(*key, *SecretBytes::CopyOf(Bytes(key->rules.length, 7))).ok());
    return *key->name;
  }

  bool Open(const std::string& text) const {
    const auto message = jwe_->Open(*session_, text);
    return message.ok() && AsText(message->plaintext.Read(SecretAccess{})) == kPlaintext;
  }

  // Of bringing the content key and opening the content, beneath the seam.
  std::size_t SessionAllocations() {
    auto workspace = JoseWorkspace::Create(64 * 1024).value();
    DecodedFields fields(workspace->fields, Base64Form::kUrl);
    const auto read = ReadJweText(*workspace, text_, false, fields);
    EXPECT_TRUE(read.ok());
    const auto header = ReadJweHeader(profile_, *read, read->recipients[0], fields);
    EXPECT_TRUE(header.ok());
    const ByteView encrypted_key = *fields.DecodeBase64(read->recipients[0].encrypted_key);
    SealedContent content;
    content.tag = *fields.DecodeBase64(read->tag);
    const MutableBytes whole = fields.rest();
    content.aad = *fields.Copy(AsBytes(read->protected_text));
    content.iv = *fields.DecodeBase64(read->iv);
    content.ciphertext = *fields.DecodeBase64(read->ciphertext);
    const bool gcm = header->encryption->gcm;
    EXPECT_TRUE((gcm ? fields.Copy(content.tag) : fields.Copy(BitLength(content.aad.size()))).ok());
    content.bytes = whole.first(whole.size() - fields.rest().size());
    return testing::AllocationsOf([&] {
      const auto key = session_->Resolve(*key_);
      if (!key.ok()) return false;
      std::optional<ContentKey> substitute;
      if (header->algorithm->management == KeyManagement::kRsa) {
        const auto random = session_->Generate(OpeningKeyTemplate(*header->encryption));
        if (!random.ok()) return false;
        substitute = ContentKey::Owned(*session_, *random);
      }
      const auto cek = BringContentKey(*session_, *key, *header, encrypted_key);
      return cek.ok() && OpenContent(*session_, cek->handle(), *header->encryption, content).ok();
    });
  }

  JweProfile profile_;
  std::unique_ptr<hsm::Session> session_;
  std::optional<hsm::KeyRef> key_;
  std::optional<Jwe> jwe_;
  std::string text_;
};

INSTANTIATE_TEST_SUITE_P(
    Algorithms, JweAllocations,
    ::testing::Values(Choice{JweAlgorithm::kRsaOaep256, JweEncryption::kA256Gcm},
                      Choice{JweAlgorithm::kRsaOaep256, JweEncryption::kA128CbcHs256},
                      Choice{JweAlgorithm::kEcdhEs, JweEncryption::kA256Gcm},
                      Choice{JweAlgorithm::kEcdhEsA256Kw, JweEncryption::kA256Gcm},
                      Choice{JweAlgorithm::kA256Kw, JweEncryption::kA128Gcm},
                      Choice{JweAlgorithm::kA256GcmKw, JweEncryption::kA256Gcm},
                      Choice{JweAlgorithm::kDirect, JweEncryption::kA256Gcm}),
    NameOf);

TEST_P(JweAllocations, NothingButTheResult) {
  const std::size_t whole = testing::AllocationsOf([&] { return Open(text_); });
  EXPECT_EQ(whole, SessionAllocations() + kCalls * kResult);
}

TEST_P(JweAllocations, NothingForWhatIsRefused) {
  std::string changed = text_;
  changed.back() = changed.back() == 'A' ? 'Q' : 'A';
  changed.pop_back();
  EXPECT_EQ(testing::AllocationsOf([&] { return !Open(changed); }), 0U) << "a tag that is cut";
}

}  // namespace
}  // namespace florin::payload
