#include "tests/crypto/hsm/session_contract.h"

#include <vector>

#include "crypto/base/curve_table.h"

namespace florin::hsm {

using mechanisms::KeyType;
using mechanisms::Mechanism;
using mechanisms::TypeOf;
using mechanisms::Verb;
using mechanisms::VerbSet;

void SessionContract::SetUp() {
  backend_ = &GetParam().backend();
  if (!backend_->open) GTEST_SKIP() << GetParam().name << ": " << backend_->missing;
  auto session = backend_->open();
  ASSERT_TRUE(session.ok()) << session.error().message() << " " << session.error().detail();
  session_ = std::move(session).value();
}

std::unique_ptr<Session> SessionContract::OpenAnother() {
  auto session = backend_->open();
  EXPECT_TRUE(session.ok()) << session.error().message();
  return std::move(session).value();
}

KeyTemplate SessionContract::Template(KeyType type, std::size_t length, VerbSet verbs) {
  KeyTemplate key;
  key.rules.type = type;
  key.rules.length = length;
  key.rules.verbs = verbs;
  if (type == KeyType::kEcPublic) {
    key.rules.sensitive = false;
    key.rules.extractable = true;
  }
  return key;
}

KeyHandle SessionContract::ImportHex(const KeyTemplate& key, std::string_view hex) {
  auto material = HexDecodeSecret(hex);
  EXPECT_TRUE(material.ok());
  auto handle = session_->Import(key, *material);
  EXPECT_TRUE(handle.ok()) << handle.error().message() << " rv " << handle.error().detail();
  return handle.ok() ? *handle : KeyHandle{};
}

KeyPair SessionContract::Pair(Verb private_verb, Curve curve) {
  const CurveInfo& row = InfoOf(curve);
  KeyPairTemplate pair{Template(KeyType::kEcPrivate, row.private_size, {private_verb}),
                       Template(KeyType::kEcPublic, row.public_size, {Verb::kVerify})};
  pair.private_key.rules.curve = curve;
  pair.public_key.rules.curve = curve;
  auto keys = session_->GeneratePair(pair);
  EXPECT_TRUE(keys.ok()) << keys.error().message() << " rv " << keys.error().detail();
  return keys.ok() ? *keys : KeyPair{};
}

void SessionContract::ExpectCipher(const Mechanism& mechanism, const KeyTemplate& key,
                                   std::string_view key_hex, std::string_view plain_hex,
                                   std::string_view cipher_hex) {
  const KeyHandle handle = ImportHex(key, key_hex);
  const Bytes plain = Hex(plain_hex);
  const Bytes cipher = Hex(cipher_hex);
  Bytes out(cipher.size() + 32);
  auto written = session_->Encrypt(mechanism, handle, plain, out);
  ASSERT_TRUE(written.ok()) << written.error().message() << " rv " << written.error().detail();
  EXPECT_EQ(HexOf(ByteView(out).first(*written)), HexOf(cipher));
  Bytes back(cipher.size());
  written = session_->Decrypt(mechanism, handle, cipher, back);
  ASSERT_TRUE(written.ok()) << written.error().message() << " rv " << written.error().detail();
  EXPECT_EQ(HexOf(ByteView(back).first(*written)), HexOf(plain));
}

void SessionContract::ExpectMac(const Mechanism& mechanism, const KeyTemplate& key,
                                std::string_view key_hex, std::string_view data_hex,
                                std::string_view mac_hex) {
  const KeyHandle handle = ImportHex(key, key_hex);
  const Bytes data = Hex(data_hex);
  const Bytes mac = Hex(mac_hex);
  Bytes out(64);
  auto written = session_->Sign(mechanism, handle, data, out);
  ASSERT_TRUE(written.ok()) << written.error().message() << " rv " << written.error().detail();
  EXPECT_EQ(HexOf(ByteView(out).first(*written)), HexOf(mac));
  const Status verified = session_->Verify(mechanism, handle, data, mac);
  if (verified.code() == ErrorCode::kUnsupported) {
    GTEST_SKIP() << GetParam().name << " lists it, but: " << verified.error().message();
  }
  EXPECT_TRUE(verified.ok()) << verified.error().message();
  Bytes wrong = mac;
  wrong.back() ^= 1;
  EXPECT_EQ(session_->Verify(mechanism, handle, data, wrong).code(),
            ErrorCode::kVerificationFailed);
  wrong.pop_back();
  EXPECT_EQ(session_->Verify(mechanism, handle, data, wrong).code(),
            ErrorCode::kVerificationFailed);
  EXPECT_EQ(session_->Verify(mechanism, handle, data, {}).code(), ErrorCode::kVerificationFailed);
}

}  // namespace florin::hsm
