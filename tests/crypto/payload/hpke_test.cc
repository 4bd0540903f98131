// HPKE between two parties: every suite and mode there is, streams, exports, and what is left.
#include "florin/payload/hpke.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "crypto/payload/hpke_access.h"
#include "tests/crypto/payload/hpke_testing.h"
#include "tests/crypto/payload/test_sessions.h"

namespace florin::payload {
namespace {

constexpr HpkeKem kKems[] = {HpkeKem::kP256Sha256, HpkeKem::kP384Sha384, HpkeKem::kP521Sha512,
                             HpkeKem::kX25519Sha256};
constexpr HpkeKdf kKdfs[] = {HpkeKdf::kSha256, HpkeKdf::kSha384, HpkeKdf::kSha512};
constexpr HpkeAead kAeads[] = {HpkeAead::kAes128Gcm, HpkeAead::kAes256Gcm,
                               HpkeAead::kChaCha20Poly1305, HpkeAead::kExportOnly};
constexpr HpkeMode kModes[] = {HpkeMode::kBase, HpkeMode::kPsk, HpkeMode::kAuth,
                               HpkeMode::kAuthPsk};

// Two parties with a session of their own each.
struct Parties {
  Parties(std::unique_ptr<hsm::Session> sends, std::unique_ptr<hsm::Session> receives,
          const HpkeSuite& suite, HpkeMode mode)
      : sender_session(std::move(sends)), receiver_session(std::move(receives)) {
    const Curve curve = DescribeHpkeSuite(suite).value().curve;
    const HpkeTestKey recipient = MakeHpkeKey(*receiver_session, curve);
    recipient_public = recipient.public_key;
    from.profile = to.profile = {suite, {mode}};
    from.recipient_public_key = recipient_public;
    to.private_key = recipient.handle;
    to.public_key = recipient_public;
    from.info = to.info = info;
    if (mode == HpkeMode::kPsk || mode == HpkeMode::kAuthPsk) {
      from.psk = {ImportPsk(*sender_session, psk).value(), psk_id};
      to.psk = {ImportPsk(*receiver_session, psk).value(), psk_id};
    }
    if (mode == HpkeMode::kAuth || mode == HpkeMode::kAuthPsk) {
      const HpkeTestKey own = MakeHpkeKey(*sender_session, curve);
      sender_public = own.public_key;
      from.sender_key = own.handle;
      from.sender_public_key = sender_public;
      to.sender_public_key = sender_public;
    }
  }

  std::unique_ptr<hsm::Session> sender_session, receiver_session;
  Bytes info = {1, 2, 3}, psk = Bytes(32, 0x77), psk_id = {9}, recipient_public, sender_public;
  HpkeSenderSetup from;
  HpkeReceiverSetup to;
};

// What an AES key encrypts tells whether two of them are the same.
Bytes BlockUnder(hsm::Session& session, hsm::KeyHandle key) {
  Bytes out(16);
  EXPECT_TRUE(session.Encrypt(mechanisms::AesEcb{}, key, Bytes(16, 5), out).ok());
  return out;
}

void ExpectConversation(Parties& parties, const HpkeSuite& suite) {
  auto sender = HpkeSender::Create(*parties.sender_session, parties.from);
  ASSERT_TRUE(sender.ok()) << sender.error().message() << " " << sender.error().detail();
  auto receiver = HpkeReceiver::Create(*parties.receiver_session, parties.to, sender->enc());
  ASSERT_TRUE(receiver.ok()) << receiver.error().message() << " " << receiver.error().detail();
  for (std::size_t length : {0U, 1U, 256U, 1000U}) {
    const Bytes plaintext(length, 0x3C), aad(length / 2, 4);
    const auto sealed = sender->Seal(aad, plaintext);
    if (suite.aead == HpkeAead::kExportOnly) {
      EXPECT_EQ(sealed.code(), ErrorCode::kUnsupported);
      EXPECT_EQ(receiver->Open(aad, Bytes(20)).code(), ErrorCode::kUnsupported);
      continue;
    }
    ASSERT_TRUE(sealed.ok()) << sealed.error().message();
    EXPECT_EQ(sealed->size(), length + 16);
    const auto opened = receiver->Open(aad, *sealed);
    ASSERT_TRUE(opened.ok()) << opened.error().message();
    EXPECT_EQ(Revealed(*opened), plaintext);
  }
  const Bytes context = {7, 7};
  for (const std::size_t length : {1U, 32U, 100U}) {
    const auto one = sender->Export(context, length);
    const auto two = receiver->Export(context, length);
    ASSERT_TRUE(one.ok() && two.ok());
    EXPECT_EQ(one->size(), length);
    EXPECT_EQ(Revealed(*one), Revealed(*two));
  }
  hsm::KeyTemplate aes;
  aes.rules.type = mechanisms::KeyType::kAes;
  aes.rules.length = 32;
  aes.rules.verbs = {mechanisms::Verb::kEncrypt};
  const auto one = sender->ExportKey(context, aes);
  const auto two = receiver->ExportKey(context, aes);
  ASSERT_TRUE(one.ok() && two.ok());
  const Bytes block = BlockUnder(*parties.sender_session, *one);
  EXPECT_EQ(block, BlockUnder(*parties.receiver_session, *two));
  // The key is what Export gives as bytes.
  const auto bytes = receiver->Export(context, 32);
  ASSERT_TRUE(bytes.ok());
  const auto imported = parties.receiver_session->Import(aes, *bytes);
  ASSERT_TRUE(imported.ok());
  EXPECT_EQ(block, BlockUnder(*parties.receiver_session, *imported));
}

TEST(Hpke, EverySuiteAndModeBetweenSoftSessions) {
  for (const HpkeKem kem : kKems) {
    for (const HpkeKdf kdf : kKdfs) {
      for (const HpkeAead aead : kAeads) {
        for (const HpkeMode mode : kModes) {
          const HpkeSuite suite{kem, kdf, aead};
          const auto info = DescribeHpkeSuite(suite).value();
          SCOPED_TRACE(std::string(info.kem) + " " + info.kdf + " " + info.aead + " mode " +
                       std::to_string(static_cast<int>(mode)));
          Parties parties(OpenSoft(), OpenSoft(), suite, mode);
          ExpectConversation(parties, suite);
        }
      }
    }
  }
}

// A token on either side, and its contents are not told apart.
TEST(Hpke, EveryKemAndModeWithATokenOnEitherSide) {
  for (const SessionKind& kind : SessionKinds()) {
    if (kind.name == "Soft" || kind.name == "SoftInSteps" || kind.open() == nullptr) continue;
    for (const HpkeKem kem : kKems) {
      // NSS has its own number for X25519.
      if (kind.name == "Nss" && kem == HpkeKem::kX25519Sha256) continue;
      for (const HpkeMode mode : kModes) {
        const HpkeSuite suite{kem, HpkeKdf::kSha384, HpkeAead::kAes256Gcm};
        SCOPED_TRACE(kind.name + " " + DescribeHpkeSuite(suite).value().kem + " mode " +
                     std::to_string(static_cast<int>(mode)));
        Parties receives(OpenSoft(), kind.open(), suite, mode);
        ExpectConversation(receives, suite);
        Parties sends(kind.open(), OpenSoft(), suite, mode);
        ExpectConversation(sends, suite);
      }
    }
  }
}

// RFC 9180 5.1.3 with the suite that merchant tokens of Apple Pay use; no vector of it is
// published.
TEST(Hpke, SingleShotAsksTheSessionForPublicKeys) {
  const HpkeSuite suite{HpkeKem::kP384Sha384, HpkeKdf::kSha384, HpkeAead::kAes256Gcm};
  Parties parties(OpenSoft(), OpenSoft(), suite, HpkeMode::kAuth);
  parties.to.public_key = {};
  parties.from.sender_public_key = {};
  const Bytes aad = {1}, plaintext(77, 2);
  const auto message = HpkeSeal(*parties.sender_session, parties.from, aad, plaintext);
  ASSERT_TRUE(message.ok()) << message.error().message();
  EXPECT_EQ(message->enc.size(), 97U);
  const auto opened =
      HpkeOpen(*parties.receiver_session, parties.to, message->enc, aad, message->ciphertext);
  ASSERT_TRUE(opened.ok()) << opened.error().message();
  EXPECT_EQ(Revealed(*opened), plaintext);
  Bytes room(77);
  auto receiver = HpkeReceiver::Create(*parties.receiver_session, parties.to, message->enc);
  ASSERT_TRUE(receiver.ok());
  EXPECT_EQ(receiver->Open(aad, message->ciphertext, MutableBytes(room).first(76)).code(),
            ErrorCode::kBufferTooSmall);
  EXPECT_EQ(receiver->Open(aad, message->ciphertext, room).value(), 77U);
  EXPECT_EQ(room, plaintext);
}

TEST(Hpke, TwoContextsShareNothing) {
  const HpkeSuite suite;
  Parties parties(OpenSoft(), OpenSoft(), suite, HpkeMode::kBase);
  auto one = HpkeSender::Create(*parties.sender_session, parties.from);
  auto two = HpkeSender::Create(*parties.sender_session, parties.from);
  ASSERT_TRUE(one.ok() && two.ok());
  EXPECT_FALSE(SameBytes(one->enc(), two->enc()));
  const Bytes plaintext(32);
  EXPECT_NE(one->Seal({}, plaintext).value(), two->Seal({}, plaintext).value());
  EXPECT_NE(Revealed(one->Export({}, 32).value()), Revealed(two->Export({}, 32).value()));
  EXPECT_NE(one->Seal({}, plaintext).value(), one->Seal({}, plaintext).value()) << "numbers go up";
}

// Keys of the schedule end with the context, and with an error on the way to it.
TEST(Hpke, NoKeyIsLeftBehind) {
  for (const HpkeMode mode : kModes) {
    Parties parties(OpenSoft(), OpenSoft(), HpkeSuite(), mode);
    const auto message = HpkeSeal(*parties.sender_session, parties.from, {}, Bytes(5));
    ASSERT_TRUE(message.ok());
    const auto keys = [&] { return parties.receiver_session->List().value().size(); };
    const std::size_t before = keys();
    ASSERT_TRUE(
        HpkeOpen(*parties.receiver_session, parties.to, message->enc, {}, message->ciphertext)
            .ok());
    EXPECT_EQ(keys(), before);
    Bytes forged = message->ciphertext;
    forged[0] ^= 1;
    EXPECT_FALSE(HpkeOpen(*parties.receiver_session, parties.to, message->enc, {}, forged).ok());
    EXPECT_EQ(keys(), before);
    const std::size_t sender_before = parties.sender_session->List().value().size();
    ASSERT_TRUE(HpkeSeal(*parties.sender_session, parties.from, {}, Bytes(5)).ok());
    EXPECT_EQ(parties.sender_session->List().value().size(), sender_before);
  }
}

TEST(Hpke, AContextMayMove) {
  Parties parties(OpenSoft(), OpenSoft(), HpkeSuite(), HpkeMode::kBase);
  auto made = HpkeSender::Create(*parties.sender_session, parties.from);
  ASSERT_TRUE(made.ok());
  HpkeSender sender = std::move(made).value();
  auto opened = HpkeReceiver::Create(*parties.receiver_session, parties.to, sender.enc());
  ASSERT_TRUE(opened.ok());
  HpkeReceiver receiver = std::move(opened).value();
  EXPECT_TRUE(receiver.Open({}, sender.Seal({}, Bytes(3)).value()).ok());
}

TEST(Hpke, SuitesAreDescribed) {
  const auto info =
      DescribeHpkeSuite({HpkeKem::kP521Sha512, HpkeKdf::kSha512, HpkeAead::kChaCha20Poly1305});
  ASSERT_TRUE(info.ok());
  EXPECT_STREQ(info->kem, "DHKEM(P-521, HKDF-SHA512)");
  EXPECT_EQ(info->enc_size, 133U);
  EXPECT_EQ(info->tag_size, 16U);
  for (const HpkeSuite& unknown :
       {HpkeSuite{static_cast<HpkeKem>(0x21), HpkeKdf::kSha256, HpkeAead::kAes128Gcm},
        HpkeSuite{HpkeKem::kP256Sha256, static_cast<HpkeKdf>(0), HpkeAead::kAes128Gcm},
        HpkeSuite{HpkeKem::kP256Sha256, HpkeKdf::kSha256, static_cast<HpkeAead>(4)}}) {
    EXPECT_EQ(DescribeHpkeSuite(unknown).code(), ErrorCode::kUnsupported);
  }
}

}  // namespace
}  // namespace florin::payload
