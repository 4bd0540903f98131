// The contract of the hash that an HMAC key is bound to.
#include "tests/crypto/hsm/session_contract_key_blocks.h"

namespace florin::hsm {
namespace {

class SessionContractHmacHash : public SessionContractKeyExchange {};

// HM is a rule of the key: it came with the block, is obeyed, and leaves with the key.
TEST_P(SessionContractHmacHash, AnHmacKeyServesTheHashOfItsBlock) {
  CONTRACT_NEEDS(kKeyBlockWrap, kWrap);
  const KeyHandle kbpk = Aes();
  KeyTemplate born = Exportable(KeyType::kHmac, 16, kBoth, "D0000M7HC00E0000");
  const auto text = Wrap({'D', "HM0622", 1}, kbpk, ImportHex(born, kHmacSecret));
  ASSERT_TRUE(text.ok()) << text.error().message();
  const auto key = Unwrap(kbpk, *text, [](KeyTemplate& t) { t.rules.extractable = true; });
  ASSERT_TRUE(key.ok()) << key.error().message();
  Bytes mac(64);
  EXPECT_TRUE(session().Sign(mechanisms::Hmac{Hash::kSha384}, *key, Bytes(5), mac).ok());
  for (const Hash other : {Hash::kSha256, Hash::kSha512}) {
    EXPECT_EQ(session().Sign(mechanisms::Hmac{other}, *key, Bytes(5), mac).code(),
              ErrorCode::kPermissionDenied);
  }
  const auto again = Wrap({'D'}, kbpk, *key);
  ASSERT_TRUE(again.ok()) << again.error().message();
  EXPECT_NE(again->find("HM0622"), std::string::npos);
  EXPECT_TRUE(Wrap({'D', "HM0622", 1}, kbpk, *key).ok());
  EXPECT_TRUE(IsRefusal(Wrap({'D', "HM0621", 1}, kbpk, *key).code()));
  // A template may say the same, not another.
  const auto with = [&](Hash hash) {
    return Unwrap(kbpk, *text, [&](KeyTemplate& t) { t.rules.hmac_hash = hash; }).code();
  };
  EXPECT_EQ(with(Hash::kSha384), ErrorCode::kOk);
  EXPECT_TRUE(IsRefusal(with(Hash::kSha256)));
  // No such hash is kept here: SHA3-256.
  const auto sha3 = Wrap({'D', "HM0631", 1}, kbpk, ImportHex(born, kHmacSecret));
  ASSERT_TRUE(sha3.ok()) << sha3.error().message();
  EXPECT_FALSE(Unwrap(kbpk, *sha3).ok());
  // An imported key names its hash, too; no other type does.
  born.rules.hmac_hash = Hash::kSha256;
  const KeyHandle named = ImportHex(born, kHmacSecret);
  EXPECT_TRUE(session().Sign(mechanisms::Hmac{Hash::kSha256}, named, Bytes(5), mac).ok());
  EXPECT_EQ(session().Sign(mechanisms::Hmac{Hash::kSha384}, named, Bytes(5), mac).code(),
            ErrorCode::kPermissionDenied);
  KeyTemplate aes = Exportable(KeyType::kAes, 16, {Verb::kEncrypt}, "D0000D0AB00E0000");
  aes.rules.hmac_hash = Hash::kSha256;
  const auto material = HexDecodeSecret(kAes128);
  EXPECT_TRUE(IsRefusal(session().Import(aes, *material).code()));
}

INSTANTIATE_TEST_SUITE_P(Sessions, SessionContractHmacHash, testing::ValuesIn(ContractCases()),
                         ContractCaseName);

}  // namespace
}  // namespace florin::hsm
