// What HPKE refuses, what callers are told, and what operators are.
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "crypto/payload/hpke_access.h"
#include "florin/base/hex.h"
#include "tests/crypto/payload/hpke_testing.h"
#include "tests/crypto/payload/test_sessions.h"

namespace florin::payload {
namespace {

using mechanisms::MechanismType;

class Stages final : public Observer {
 public:
  void OnEvent(const Event& event) override {
    if (event.outcome.code() != ErrorCode::kOk) last = event.stage;
  }
  std::string last;
};

// One message of each mode, and everything that was right about it.
class HpkeRefusal : public testing::TestWithParam<HpkeMode> {
 protected:
  void SetUp() override {
    const HpkeTestKey recipient = MakeHpkeKey(*session_, Curve::kP256);
    const HpkeTestKey sender = MakeHpkeKey(*session_, Curve::kP256);
    recipient_public_ = recipient.public_key;
    sender_public_ = sender.public_key;
    from_.profile = to_.profile = {HpkeSuite(), {GetParam()}};
    from_.recipient_public_key = recipient_public_;
    from_.info = to_.info = info_;
    to_.private_key = recipient.handle;
    if (HasPsk()) from_.psk = to_.psk = {ImportPsk(*session_, Bytes(32, 3)).value(), psk_id_};
    if (HasSender()) {
      from_.sender_key = sender.handle;
      to_.sender_public_key = sender_public_;
    }
    auto message = HpkeSeal(*session_, from_, aad_, Bytes(40, 1));
    ASSERT_TRUE(message.ok()) << message.error().message();
    message_ = std::move(message).value();
    ASSERT_EQ(Open(), ErrorCode::kOk);
  }

  bool HasPsk() const { return GetParam() == HpkeMode::kPsk || GetParam() == HpkeMode::kAuthPsk; }
  bool HasSender() const {
    return GetParam() == HpkeMode::kAuth || GetParam() == HpkeMode::kAuthPsk;
  }

  // What a caller is told of a message; whatever lies in it has one text.
  ErrorCode Open() {
    stages_.last.clear();
    const auto opened = HpkeOpen(*session_, to_, message_.enc, aad_, message_.ciphertext, stages_);
    if (opened.code() == ErrorCode::kVerificationFailed) {
      EXPECT_STREQ(opened.error().message(), "HPKE: the message was refused");
    }
    return opened.code();
  }
  void ExpectRefused(const char* stage) {
    EXPECT_EQ(Open(), ErrorCode::kVerificationFailed);
    EXPECT_EQ(stages_.last, stage);
  }

  std::unique_ptr<hsm::Session> session_ = OpenSoft();
  Bytes info_ = {1, 2, 3}, aad_ = {4, 5}, psk_id_ = {6}, recipient_public_, sender_public_;
  HpkeSenderSetup from_;
  HpkeReceiverSetup to_;
  HpkeMessage message_;
  Stages stages_;
};

TEST_P(HpkeRefusal, EveryFlippedBitOfTheMessage) {
  const Bytes good = message_.ciphertext;
  for (std::size_t at = 0; at < good.size(); ++at) {
    message_.ciphertext = good;
    message_.ciphertext[at] ^= static_cast<std::uint8_t>(1U << (at % 8));
    ExpectRefused("open");
  }
  for (const std::size_t length :
       {std::size_t{0}, std::size_t{1}, std::size_t{15}, good.size() - 1}) {
    message_.ciphertext.assign(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length));
    ExpectRefused("open");
  }
  message_.ciphertext = good;
  message_.ciphertext.push_back(0);
  ExpectRefused("open");
}

TEST_P(HpkeRefusal, WhateverTheKeysAreBoundTo) {
  info_[0] = 9;
  ExpectRefused("open");
  info_[0] = 1;
  aad_[0] = 9;
  ExpectRefused("open");
  aad_[0] = 4;
  // Another encapsulated key that is a point all the same.
  const Bytes enc = message_.enc;
  message_.enc = recipient_public_;
  ExpectRefused("open");
  message_.enc = enc;
  // Another recipient.
  const hsm::KeyHandle own = to_.private_key;
  to_.private_key = MakeHpkeKey(*session_, Curve::kP256).handle;
  ExpectRefused("open");
  to_.private_key = own;
  // The right private key with a public key that is not its own: the secret binds it.
  const Bytes other = MakeHpkeKey(*session_, Curve::kP256).public_key;
  to_.public_key = other;
  ExpectRefused("open");
  to_.public_key = {};
  if (HasSender()) {
    to_.sender_public_key = other;
    ExpectRefused("open");
    to_.sender_public_key = sender_public_;
  }
  if (HasPsk()) {
    const HpkePsk psk = to_.psk;
    to_.psk.key = ImportPsk(*session_, Bytes(32, 4)).value();
    ExpectRefused("open");
    to_.psk = psk;
    psk_id_[0] = 7;
    ExpectRefused("open");
    psk_id_[0] = 6;
  }
  EXPECT_EQ(Open(), ErrorCode::kOk);
}

TEST_P(HpkeRefusal, EverySuiteButTheSendersOwn) {
  for (const HpkeSuite& other :
       {HpkeSuite{HpkeKem::kP256Sha256, HpkeKdf::kSha384, HpkeAead::kAes128Gcm},
        HpkeSuite{HpkeKem::kP256Sha256, HpkeKdf::kSha256, HpkeAead::kAes256Gcm},
        HpkeSuite{HpkeKem::kP256Sha256, HpkeKdf::kSha256, HpkeAead::kChaCha20Poly1305}}) {
    to_.profile.suite = other;
    ExpectRefused("open");
  }
  to_.profile.suite.aead = HpkeAead::kExportOnly;
  EXPECT_EQ(Open(), ErrorCode::kUnsupported);
}

TEST_P(HpkeRefusal, EncapsulatedKeysThatAreNone) {
  const Bytes good = message_.enc;
  const auto with = [&](Bytes enc) {
    message_.enc = std::move(enc);
    ExpectRefused("encapsulated key");
  };
  with({});
  with({0});            // the identity (SEC 1 2.3.3)
  with(Bytes(65));      // zeros
  with(Bytes(32, 9));   // of another KEM
  with(Bytes(200, 4));  // too long
  Bytes bad = good;
  bad[64] ^= 1;  // off the curve
  with(bad);
  bad = good;
  bad[0] = 2;  // compressed
  with(bad);
  bad = good;
  bad.pop_back();
  with(bad);
  bad = good;
  bad.push_back(0);
  with(bad);
  Bytes compressed(good.begin(), good.begin() + 33);
  compressed[0] = 2;
  with(compressed);
  bad = Bytes(65, 0xff);  // coordinates above p
  bad[0] = 4;
  with(bad);
}

// A key that was forgotten or put in too many is another mode, and the profile has one.
TEST_P(HpkeRefusal, EveryOtherMode) {
  const HpkeReceiverSetup good = to_;
  if (HasSender()) {
    to_.sender_public_key = {};
  } else {
    to_.sender_public_key = sender_public_;
  }
  EXPECT_EQ(Open(), ErrorCode::kPermissionDenied);
  to_ = good;
  if (HasPsk()) {
    to_.psk = {};
  } else {
    to_.psk = {ImportPsk(*session_, Bytes(32, 3)).value(), psk_id_};
  }
  EXPECT_EQ(Open(), ErrorCode::kPermissionDenied);
  // Where the profile has all of them, the mode is part of what is authenticated.
  to_.profile.modes = {HpkeMode::kBase, HpkeMode::kPsk, HpkeMode::kAuth, HpkeMode::kAuthPsk};
  ExpectRefused("open");
  to_ = good;
  from_.profile.modes = {};
  EXPECT_EQ(HpkeSeal(*session_, from_, {}, {}).code(), ErrorCode::kPermissionDenied);
}

// RFC 9180 5.1: VerifyPSKInputs.
TEST_P(HpkeRefusal, HalfAPskIsNone) {
  const HpkePsk whole{ImportPsk(*session_, Bytes(32, 3)).value(), psk_id_};
  for (const HpkePsk& half : {HpkePsk{whole.key, {}}, HpkePsk{{}, whole.id}}) {
    to_.psk = half;
    EXPECT_EQ(Open(), ErrorCode::kInvalidArgument);
    from_.psk = half;
    EXPECT_EQ(HpkeSeal(*session_, from_, {}, {}).code(), ErrorCode::kInvalidArgument);
  }
  if (!HasPsk()) return;
  to_.psk = {ImportPsk(*session_, Bytes(31, 3)).value(), psk_id_};
  EXPECT_EQ(Open(), ErrorCode::kInvalidArgument) << "31 bytes";
  to_.psk.key.value = 999'999;
  EXPECT_NE(Open(), ErrorCode::kOk);
}

TEST_P(HpkeRefusal, SetupsThatCannotBe) {
  const Bytes far_off = MakeHpkeKey(*session_, Curve::kP384).public_key;
  from_.recipient_public_key = far_off;
  EXPECT_EQ(HpkeSeal(*session_, from_, {}, {}).code(), ErrorCode::kInvalidArgument);
  Bytes off_curve = recipient_public_;
  off_curve[40] ^= 1;
  from_.recipient_public_key = off_curve;
  EXPECT_EQ(HpkeSeal(*session_, from_, {}, {}).code(), ErrorCode::kInvalidArgument);
  from_.recipient_public_key = {};
  EXPECT_EQ(HpkeSeal(*session_, from_, {}, {}).code(), ErrorCode::kInvalidArgument);
  if (HasSender()) {
    to_.sender_public_key = off_curve;
    EXPECT_EQ(Open(), ErrorCode::kInvalidArgument);
    to_.sender_public_key = sender_public_;
  }
  to_.public_key = far_off;
  EXPECT_EQ(Open(), ErrorCode::kInvalidArgument);
  to_.public_key = {};
  to_.private_key = MakeHpkeKey(*session_, Curve::kX25519).handle;
  EXPECT_EQ(Open(), ErrorCode::kInvalidArgument) << "a key on another curve";
  to_.private_key = {};
  EXPECT_EQ(Open(), ErrorCode::kInvalidArgument) << "no key";
}

TEST_P(HpkeRefusal, InputsThatAreTooLong) {
  const Bytes long_info(kMaxHpkeInfo + 1);
  to_.info = long_info;
  EXPECT_EQ(Open(), ErrorCode::kLimitExceeded);
  to_.info = info_;
  to_.psk.id = long_info;
  EXPECT_EQ(Open(), ErrorCode::kLimitExceeded);
  auto sender = HpkeSender::Create(*session_, from_);
  ASSERT_TRUE(sender.ok());
  EXPECT_EQ(sender->Seal({}, Bytes(kMaxHpkeMessage + 1)).code(), ErrorCode::kLimitExceeded);
  EXPECT_EQ(sender->Seal(Bytes(kMaxHpkeAssociated + 1), {}).code(), ErrorCode::kLimitExceeded);
  EXPECT_EQ(sender->Export(Bytes(kMaxHpkeExportContext + 1), 32).code(), ErrorCode::kLimitExceeded);
  EXPECT_EQ(sender->Export({}, 0).code(), ErrorCode::kLimitExceeded);
  EXPECT_EQ(sender->Export({}, 255 * 32 + 1).code(), ErrorCode::kLimitExceeded);
  EXPECT_EQ(sender->Export(Bytes(kMaxHpkeExportContext), 255 * 32).value().size(), 255U * 32);
  EXPECT_EQ(sender->ExportKey({}, hsm::KeyTemplate()).code(), ErrorCode::kInvalidArgument);
  // Long inputs that are allowed.
  const Bytes info(kMaxHpkeInfo, 1), aad(100'000, 2), plaintext(200'000, 3);
  from_.info = info;
  to_.psk = from_.psk;
  to_.info = info;
  const auto message = HpkeSeal(*session_, from_, aad, plaintext);
  ASSERT_TRUE(message.ok()) << message.error().message();
  const auto opened = HpkeOpen(*session_, to_, message->enc, aad, message->ciphertext);
  ASSERT_TRUE(opened.ok()) << opened.error().message();
  EXPECT_EQ(Revealed(*opened), plaintext);
}

// RFC 9180 5.2: the number never comes back to 0.
TEST_P(HpkeRefusal, NumbersRunOut) {
  auto sender = HpkeSender::Create(*session_, from_);
  ASSERT_TRUE(sender.ok());
  auto receiver = HpkeReceiver::Create(*session_, to_, sender->enc());
  ASSERT_TRUE(receiver.ok());
  const std::uint64_t last = std::numeric_limits<std::uint64_t>::max() - 1;
  HpkeAccess::SetNumber(*sender, last);
  HpkeAccess::SetNumber(*receiver, last);
  const auto sealed = sender->Seal({}, Bytes(3));
  ASSERT_TRUE(sealed.ok());
  EXPECT_TRUE(receiver->Open({}, *sealed).ok());
  EXPECT_EQ(sender->Seal({}, Bytes(3)).code(), ErrorCode::kLimitExceeded);
  EXPECT_EQ(receiver->Open({}, *sealed).code(), ErrorCode::kLimitExceeded);
  EXPECT_EQ(sender->Seal({}, Bytes(3)).code(), ErrorCode::kLimitExceeded) << "and stay so";
}

// A forged message costs no number, a replayed one has the wrong one.
TEST_P(HpkeRefusal, MessagesComeInTheirOrder) {
  auto sender = HpkeSender::Create(*session_, from_);
  ASSERT_TRUE(sender.ok());
  auto receiver = HpkeReceiver::Create(*session_, to_, sender->enc());
  ASSERT_TRUE(receiver.ok());
  const Bytes first = sender->Seal({}, Bytes(3, 1)).value();
  const Bytes second = sender->Seal({}, Bytes(3, 2)).value();
  EXPECT_EQ(receiver->Open({}, second).code(), ErrorCode::kVerificationFailed);
  Bytes forged = first;
  forged[0] ^= 1;
  EXPECT_EQ(receiver->Open({}, forged).code(), ErrorCode::kVerificationFailed);
  EXPECT_TRUE(receiver->Open({}, first).ok());
  EXPECT_EQ(receiver->Open({}, first).code(), ErrorCode::kVerificationFailed);
  EXPECT_TRUE(receiver->Open({}, second).ok());
}

TEST_P(HpkeRefusal, ASessionThatLacksAMechanismSaysWhich) {
  const std::pair<MechanismType, const char*> needs[] = {
      {MechanismType::kHkdfDerive, "CKM_HKDF_DERIVE"},
      {MechanismType::kEcdhDerive, "CKM_ECDH1_DERIVE"},
      {MechanismType::kConcatenateDataAndBase, "CKM_CONCATENATE_DATA_AND_BASE"},
      {MechanismType::kConcatenateBaseAndKey, "CKM_CONCATENATE_BASE_AND_KEY"},
      {MechanismType::kHmac, "CKM_SHA*_HMAC"},
      {MechanismType::kAesGcm, "CKM_AES_GCM"},
  };
  for (const auto& [type, name] : needs) {
    LimitedSession limited(OpenSoft());
    limited.without = {type};
    const HpkeTestKey key = MakeHpkeKey(limited, Curve::kP256);
    HpkeReceiverSetup setup = to_;
    setup.private_key = key.handle;
    setup.public_key = key.public_key;
    if (HasPsk()) setup.psk.key = ImportPsk(limited, Bytes(32, 3)).value();
    const auto receiver = HpkeReceiver::Create(limited, setup, message_.enc);
    if (type == MechanismType::kConcatenateBaseAndKey && !HasSender()) {
      EXPECT_TRUE(receiver.ok()) << "the other modes do without";
      continue;
    }
    ASSERT_EQ(receiver.code(), ErrorCode::kUnsupported) << name;
    EXPECT_NE(std::string(receiver.error().message()).find(name), std::string::npos)
        << receiver.error().message();
  }
}

// What the session itself reports passes through and is not taken for a bad message.
TEST_P(HpkeRefusal, ErrorsOfTheSessionAreNotOfTheMessage) {
  for (const ErrorCode code : {ErrorCode::kSessionLost, ErrorCode::kDeviceError}) {
    // Each step of the schedule in turn.
    for (int step = 0; step < 5; ++step) {
      LimitedSession limited(OpenSoft());
      const HpkeTestKey key = MakeHpkeKey(limited, Curve::kP256);
      HpkeReceiverSetup setup = to_;
      setup.private_key = key.handle;
      setup.public_key = key.public_key;
      if (HasPsk()) setup.psk.key = ImportPsk(limited, Bytes(32, 3)).value();
      limited.derive_error = Error(code, "told to fail");
      limited.derives_before_error = step;
      EXPECT_EQ(HpkeReceiver::Create(limited, setup, message_.enc).code(), code) << step;
      EXPECT_LE(limited.live_derived_keys(), 0) << step;
    }
  }
}

std::string ModeName(const testing::TestParamInfo<HpkeMode>& info) {
  constexpr const char* kNames[] = {"Base", "Psk", "Auth", "AuthPsk"};
  return kNames[static_cast<std::size_t>(info.param)];
}
INSTANTIATE_TEST_SUITE_P(Modes, HpkeRefusal,
                         testing::Values(HpkeMode::kBase, HpkeMode::kPsk, HpkeMode::kAuth,
                                         HpkeMode::kAuthPsk),
                         ModeName);

// RFC 9180 7.1.4: the all-zero secret of X25519 is refused, whatever the token does.
TEST(HpkeX25519Refusal, PointsOfSmallOrder) {
  const auto session = OpenSoft();
  const HpkeTestKey key = MakeHpkeKey(*session, Curve::kX25519);
  HpkeReceiverSetup to;
  to.profile.suite = {HpkeKem::kX25519Sha256, HpkeKdf::kSha256, HpkeAead::kAes128Gcm};
  to.private_key = key.handle;
  HpkeSenderSetup from;
  from.profile = to.profile;
  for (const char* point : {"0000000000000000000000000000000000000000000000000000000000000000",
                            "0100000000000000000000000000000000000000000000000000000000000000",
                            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"}) {
    const Bytes enc = HexDecode(point).value();
    EXPECT_EQ(HpkeReceiver::Create(*session, to, enc).code(), ErrorCode::kVerificationFailed)
        << point;
    from.recipient_public_key = enc;
    EXPECT_EQ(HpkeSender::Create(*session, from).code(), ErrorCode::kInvalidArgument) << point;
  }
}

// SoftHSM2 has neither HKDF nor concatenation.
TEST(HpkeSoftHsm, TheErrorNamesWhatItLacks) {
  const auto session = OpenSoftHsm();
  if (session == nullptr) GTEST_SKIP() << "SoftHSM2 is not installed";
  const HpkeTestKey key = MakeHpkeKey(*session, Curve::kP256);
  HpkeReceiverSetup setup;
  setup.private_key = key.handle;
  setup.public_key = key.public_key;
  const auto receiver = HpkeReceiver::Create(*session, setup, key.public_key);
  ASSERT_EQ(receiver.code(), ErrorCode::kUnsupported);
  EXPECT_NE(std::string(receiver.error().message()).find("CKM_HKDF_DERIVE"), std::string::npos);
}

}  // namespace
}  // namespace florin::payload
