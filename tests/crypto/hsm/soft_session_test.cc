// SoftSession: handles, names and lives of keys.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "tests/crypto/hsm/test_templates.h"
#include "tests/crypto/mechanisms/test_clock.h"

namespace florin::hsm {
namespace {

using mechanisms::AesGcm;
using mechanisms::Hmac;

class SoftSessionTest : public ::testing::Test {
 protected:
  SoftSessionTest() : token_(SoftToken::Create().value()), session_(Open()) {}

  std::unique_ptr<Session> Open() { return token_.OpenSession().value(); }

  bool Works(Session& session, KeyHandle key) {
    Bytes mac(32);
    return session.Sign(Hmac{}, key, Bytes(10), mac).ok();
  }

  SoftToken token_;
  std::unique_ptr<Session> session_;
  const KeyTemplate mac_ = Ephemeral(KeyType::kHmac, {Verb::kSign, Verb::kVerify}, 32);
};

TEST_F(SoftSessionTest, RunsEveryVerb) {
  const KeyHandle mac = session_->Generate(mac_).value();
  Bytes tag(32);
  const Bytes data(50, 3);
  ASSERT_EQ(session_->Sign(Hmac{}, mac, data, tag).value(), 32U);
  EXPECT_TRUE(session_->Verify(Hmac{}, mac, data, tag).ok());

  const KeyHandle aes =
      session_->Generate(Ephemeral(KeyType::kAes, {Verb::kEncrypt, Verb::kDecrypt}, 32)).value();
  const Bytes iv(12, 1);
  Bytes cipher(66);
  Bytes plain(50);
  ASSERT_EQ(session_->Encrypt(AesGcm{iv, {}, 16}, aes, data, cipher).value(), 66U);
  ASSERT_EQ(session_->Decrypt(AesGcm{iv, {}, 16}, aes, cipher, plain).value(), 50U);
  EXPECT_EQ(plain, data);

  const auto pair = session_->GeneratePair(
      {Ephemeral(KeyType::kEcPrivate, {Verb::kDerive}), Ephemeral(KeyType::kEcPublic, {})});
  ASSERT_TRUE(pair.ok());
  Bytes point(65);
  Bytes same(65);
  ASSERT_EQ(session_->PublicPoint(pair->private_key, point).value(), 65U);
  ASSERT_EQ(session_->PublicPoint(pair->public_key, same).value(), 65U);
  EXPECT_EQ(point, same);
  EXPECT_EQ(session_->PublicPoint(mac, point).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(session_->PublicPoint(pair->public_key, MutableBytes(point).first(64)).code(),
            ErrorCode::kBufferTooSmall);
  const mechanisms::Mechanism ecdh =
      mechanisms::EcdhDerive{point, mechanisms::EcdhKdf::kSp800Sha256, {}};
  EXPECT_TRUE(
      session_->Derive(ecdh, pair->private_key, Ephemeral(KeyType::kAes, {Verb::kDecrypt}, 32))
          .ok());

  const KeyHandle kek =
      session_->Generate(Ephemeral(KeyType::kAes, {Verb::kWrap, Verb::kUnwrap}, 32)).value();
  const KeyHandle target = session_->Generate(Extractable(mac_)).value();
  Bytes wrapped(40);
  ASSERT_EQ(session_->Wrap(mechanisms::AesKeyWrap{}, kek, target, wrapped).value(), 40U);
  const auto back = session_->Unwrap(mechanisms::AesKeyWrap{}, kek, wrapped, mac_);
  ASSERT_TRUE(back.ok());
  ASSERT_TRUE(session_->Sign(Hmac{}, target, data, tag).ok());
  EXPECT_TRUE(session_->Verify(Hmac{}, *back, data, tag).ok());

  std::array<std::uint8_t, 32> random{};
  EXPECT_TRUE(session_->Random(random).ok());
  EXPECT_NE(random, (std::array<std::uint8_t, 32>{}));
  EXPECT_TRUE(session_->alive());
  EXPECT_TRUE(session_->Supports(mechanisms::MechanismType::kHmac, Verb::kSign));
  EXPECT_FALSE(session_->Supports(mechanisms::MechanismType::kHmac, Verb::kEncrypt));
}

TEST_F(SoftSessionTest, RunsBatches) {
  const KeyHandle mac = session_->Generate(mac_).value();
  std::vector<Bytes> outputs(5, Bytes(32));
  std::vector<BatchItem> items(5);
  const Bytes data(9);
  for (std::size_t i = 0; i < items.size(); ++i) {
    items[i].input = ByteView(data).first(i);
    items[i].output = outputs[i];
  }
  ASSERT_TRUE(session_->RunBatch(Verb::kSign, Hmac{}, mac, items).ok());
  for (const BatchItem& item : items) {
    EXPECT_TRUE(item.status.ok());
    EXPECT_TRUE(session_->Verify(Hmac{}, mac, item.input, item.output).ok());
  }
  EXPECT_EQ(session_->RunBatch(Verb::kDerive, Hmac{}, mac, items).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(session_->RunBatch(Verb::kSign, Hmac{}, KeyHandle{}, items).code(),
            ErrorCode::kInvalidArgument);
}

TEST_F(SoftSessionTest, HandlesBelongToTheirSession) {
  const auto other = Open();
  const KeyHandle mine = session_->Generate(mac_).value();
  EXPECT_TRUE(Works(*session_, mine));
  EXPECT_FALSE(Works(*other, mine));
  EXPECT_EQ(other->Destroy(mine).code(), ErrorCode::kInvalidArgument);
  EXPECT_TRUE(Works(*session_, mine));
  for (const std::uint64_t value : {std::uint64_t{0}, mine.value + 1, ~std::uint64_t{0}}) {
    EXPECT_FALSE(Works(*session_, KeyHandle{value}));
  }
}

TEST_F(SoftSessionTest, HandlesAreNotUsedTwice) {
  const KeyHandle first = session_->Generate(mac_).value();
  ASSERT_TRUE(session_->Destroy(first).ok());
  EXPECT_FALSE(Works(*session_, first));
  EXPECT_EQ(session_->Destroy(first).code(), ErrorCode::kInvalidArgument);
  const KeyHandle second = session_->Generate(mac_).value();
  EXPECT_NE(first.value, second.value);
}

TEST_F(SoftSessionTest, PersistentKeysAreSeenByAllAndEndForAll) {
  const KeyRef name = Name(KeyClass::kSecret, "mac");
  const KeyHandle here = session_->Generate(Persistent(mac_, name)).value();
  const auto other = Open();
  const KeyHandle there = other->Resolve(name).value();
  EXPECT_NE(here.value, there.value);
  EXPECT_TRUE(Works(*other, there));
  EXPECT_EQ(other->Resolve(name).value().value, there.value);
  session_.reset();
  EXPECT_TRUE(Works(*other, there));

  const auto third = Open();
  ASSERT_TRUE(third->Destroy(third->Resolve(name).value()).ok());
  EXPECT_FALSE(Works(*other, there));
  EXPECT_EQ(other->Resolve(name).code(), ErrorCode::kNotFound);
  EXPECT_EQ(Open()->Resolve(name).code(), ErrorCode::kNotFound);
}

TEST_F(SoftSessionTest, EphemeralKeysEndWithTheirSession) {
  KeyTemplate named = mac_;
  named.name = Name(KeyClass::kSecret, "mine");
  ASSERT_TRUE(session_->Generate(named).ok());
  EXPECT_TRUE(session_->Resolve(*named.name).ok());
  EXPECT_EQ(Open()->Resolve(*named.name).code(), ErrorCode::kNotFound);
}

TEST_F(SoftSessionTest, NamesAreUniqueOrAmbiguous) {
  const Bytes one = {1};
  const Bytes two = {2};
  ASSERT_TRUE(session_->Generate(Persistent(mac_, Name(KeyClass::kSecret, "k", one))).ok());
  EXPECT_EQ(session_->Generate(Persistent(mac_, Name(KeyClass::kSecret, "k", one))).code(),
            ErrorCode::kAlreadyExists);
  EXPECT_TRUE(session_->Resolve(Name(KeyClass::kSecret, "k")).ok());
  ASSERT_TRUE(session_->Generate(Persistent(mac_, Name(KeyClass::kSecret, "k", two))).ok());
  EXPECT_EQ(session_->Resolve(Name(KeyClass::kSecret, "k")).code(), ErrorCode::kConflict);
  EXPECT_TRUE(session_->Resolve(Name(KeyClass::kSecret, "k", two)).ok());
  EXPECT_EQ(session_->Resolve(Name(KeyClass::kPrivate, "k", two)).code(), ErrorCode::kNotFound);

  KeyTemplate named = mac_;
  named.name = Name(KeyClass::kSecret, "e");
  ASSERT_TRUE(session_->Generate(named).ok());
  EXPECT_EQ(session_->Generate(named).code(), ErrorCode::kAlreadyExists);
  ASSERT_TRUE(session_->Generate(Persistent(mac_, *named.name)).ok());
  EXPECT_EQ(session_->Resolve(*named.name).code(), ErrorCode::kConflict);
}

TEST_F(SoftSessionTest, TemplatesMustFit) {
  KeyTemplate nameless = mac_;
  nameless.persistent = true;
  EXPECT_EQ(session_->Generate(nameless).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(session_->Generate(Persistent(mac_, Name(KeyClass::kPublic, "k"))).code(),
            ErrorCode::kInvalidArgument);
}

TEST_F(SoftSessionTest, APairIsMadeWholeOrNotAtAll) {
  const KeyRef taken = Name(KeyClass::kPublic, "pair");
  const KeyPairTemplate pair = {
      Persistent(Ephemeral(KeyType::kEcPrivate, {Verb::kSign}), Name(KeyClass::kPrivate, "pair")),
      Persistent(Ephemeral(KeyType::kEcPublic, {Verb::kVerify}), taken)};
  ASSERT_TRUE(session_->GeneratePair(pair).ok());
  ASSERT_TRUE(session_->Destroy(session_->Resolve(Name(KeyClass::kPrivate, "pair")).value()).ok());
  EXPECT_EQ(session_->GeneratePair(pair).code(), ErrorCode::kAlreadyExists);
  EXPECT_EQ(session_->Resolve(Name(KeyClass::kPrivate, "pair")).code(), ErrorCode::kNotFound);
}

TEST_F(SoftSessionTest, ScopedKeysEndWithTheirScope) {
  const KeyHandle key = session_->Generate(mac_).value();
  const KeyHandle other = session_->Generate(mac_).value();
  {
    ScopedKey outer(*session_, other);
    {
      ScopedKey scoped(*session_, key);
      ScopedKey moved(std::move(scoped));
      EXPECT_TRUE(Works(*session_, moved.handle()));
      std::swap(outer, moved);
    }
    EXPECT_FALSE(Works(*session_, other));
    EXPECT_TRUE(Works(*session_, key));
  }
  EXPECT_FALSE(Works(*session_, key));
}

TEST_F(SoftSessionTest, SessionsOutliveTheToken) {
  auto token = std::make_unique<SoftToken>(SoftToken::Create().value());
  const auto session = token->OpenSession().value();
  token.reset();
  EXPECT_TRUE(session->Generate(mac_).ok());
}

TEST_F(SoftSessionTest, ManyThreadsShareTheToken) {
  const KeyRef shared = Name(KeyClass::kSecret, "shared");
  ASSERT_TRUE(session_->Generate(Persistent(mac_, shared)).ok());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, &shared, t] {
      const auto session = Open();
      const KeyHandle key = session->Resolve(shared).value();
      const KeyRef own = Name(KeyClass::kSecret, "own" + std::to_string(t));
      for (int i = 0; i < 50; ++i) {
        ASSERT_TRUE(Works(*session, key));
        const KeyHandle made = session->Generate(Persistent(mac_, own)).value();
        ASSERT_TRUE(Works(*session, made));
        ASSERT_TRUE(session->Destroy(made).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(SoftSessionTest, AWrappingKeyMayBeRemovedWhileItWraps) {
  const KeyTemplate kek = Persistent(Ephemeral(KeyType::kAes, {Verb::kWrap}, 32),
                                     Name(KeyClass::kSecret, "key encryption"));
  const KeyHandle target = session_->Generate(Extractable(mac_)).value();
  const auto other = Open();
  for (int round = 0; round < 200; ++round) {
    const KeyHandle theirs = other->Generate(kek).value();
    const KeyHandle ours = session_->Resolve(*kek.name).value();
    std::thread remover([&] { EXPECT_TRUE(other->Destroy(theirs).ok()); });
    Bytes wrapped(40);
    const auto written = session_->Wrap(mechanisms::AesKeyWrap{}, ours, target, wrapped);
    remover.join();
    EXPECT_TRUE(written.ok() || written.code() == ErrorCode::kInvalidArgument);
  }
}

TEST_F(SoftSessionTest, AStateReachesEveryThread) {
  using mechanisms::KeyState;
  const KeyRef name = Name(KeyClass::kSecret, "suspended and resumed");
  const KeyHandle key = session_->Generate(Persistent(mac_, name)).value();
  std::atomic<bool> compromised{false};
  std::atomic<int> signed_after{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      const auto session = Open();
      const KeyHandle mine = session->Resolve(name).value();
      for (bool last = false; !last;) {
        last = compromised;
        if (Works(*session, mine) && last) ++signed_after;
      }
      EXPECT_EQ(session->Describe(mine).value().state, KeyState::kCompromised);
    });
  }
  for (int round = 0; round < 200; ++round) {
    ASSERT_TRUE(session_->SetState(key, KeyState::kSuspended).ok());
    ASSERT_FALSE(Works(*session_, key));
    ASSERT_TRUE(session_->SetState(key, KeyState::kActive).ok());
    ASSERT_TRUE(Works(*session_, key));
  }
  ASSERT_TRUE(session_->SetState(key, KeyState::kCompromised).ok());
  compromised = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(signed_after, 0);
}

// Two sessions that move a key at once: the first wins, and the second is judged by what it did.
TEST_F(SoftSessionTest, CompromisedIsFinalForWhoeverComesLater) {
  using mechanisms::KeyState;
  for (int round = 0; round < 100; ++round) {
    const KeyRef name = Name(KeyClass::kSecret, "raced" + std::to_string(round));
    const KeyHandle ours = session_->Generate(Persistent(mac_, name)).value();
    const auto other = Open();
    const KeyHandle theirs = other->Resolve(name).value();
    std::thread suspender([&] { (void)other->SetState(theirs, KeyState::kSuspended).ok(); });
    EXPECT_TRUE(session_->SetState(ours, KeyState::kCompromised).ok());
    suspender.join();
    EXPECT_EQ(session_->Describe(ours).value().state, KeyState::kCompromised);
  }
}

TEST(SoftToken, ItsClockJudgesTheDatesOfItsKeys) {
  mechanisms::TestClock clock(mechanisms::EndOfDay("2026-12-31").value());
  const SoftToken token = SoftToken::Create(SystemRandom(), clock).value();
  const auto session = token.OpenSession().value();
  KeyTemplate mac = Ephemeral(KeyType::kHmac, {Verb::kSign, Verb::kVerify}, 32);
  mac.rules.life.not_after = mechanisms::EndOfDay("2026-12-31").value();
  const SecretBytes material = SecretBytes::CopyOf(Bytes(32, 7)).value();
  const std::array keys = {session->Generate(mac).value(), session->Import(mac, material).value()};
  Bytes tag(32);
  for (const KeyHandle key : keys) {
    EXPECT_TRUE(session->Sign(Hmac{}, key, Bytes(10), tag).ok());
  }
  clock.Set(mechanisms::StartOfDay("2027-01-01").value());
  for (const KeyHandle key : keys) {
    EXPECT_EQ(session->Sign(Hmac{}, key, Bytes(10), tag).code(), ErrorCode::kPermissionDenied);
    EXPECT_EQ(session->Verify(Hmac{}, key, Bytes(10), Bytes(32)).code(),
              ErrorCode::kVerificationFailed);
  }
}

}  // namespace
}  // namespace florin::hsm
