// Published contexts of HPKE, both sides, in every session that has the suite's mechanisms.
#include <gtest/gtest.h>

#include <cstdio>
#include <set>
#include <string>
#include <vector>

#include "crypto/payload/hpke_access.h"
#include "tests/crypto/payload/hpke_testing.h"
#include "tests/crypto/payload/test_sessions.h"
#include "tools/vectors/vector_file.h"

namespace florin::payload {
namespace {

using vectors::TestCase;
using vectors::TestGroup;
using vectors::VectorFile;

VectorFile Load() {
  return VectorFile::Load(std::string(FLORIN_SOURCE_DIR) + "/tests/vectors/wallet/hpke.json");
}

// One published context.
struct Published {
  explicit Published(const TestGroup& group)
      : suite{static_cast<HpkeKem>(group.Number("kem")), static_cast<HpkeKdf>(group.Number("kdf")),
              static_cast<HpkeAead>(group.Number("aead"))},
        mode(static_cast<HpkeMode>(group.Number("mode"))),
        info(group.Hex("info")),
        enc(group.Hex("enc")),
        recipient_private(group.Hex("recipient_private")),
        recipient_public(group.Hex("recipient_public")),
        ephemeral_private(EphemeralOf(group, suite.kem)) {
    ExpectDerived(group, "recipient_ikm", recipient_private);
    if (group.Has("sender_private")) {
      sender_private = group.Hex("sender_private");
      sender_public = group.Hex("sender_public");
      if (group.Has("sender_ikm")) ExpectDerived(group, "sender_ikm", sender_private);
    }
    if (group.Has("psk")) {
      psk = group.Hex("psk");
      psk_id = group.Hex("psk_id");
    }
  }

  void ExpectDerived(const TestGroup& group, const char* name, const Bytes& expected) const {
    const auto key = DeriveHpkePrivateKey(suite.kem, group.Hex(name));
    ASSERT_TRUE(key.ok()) << group.place();
    EXPECT_EQ(Revealed(*key), expected) << group.place();
  }

  static Bytes EphemeralOf(const TestGroup& group, HpkeKem kem) {
    Bytes derived;
    if (group.Has("ephemeral_ikm")) {
      const auto key = DeriveHpkePrivateKey(kem, group.Hex("ephemeral_ikm"));
      EXPECT_TRUE(key.ok()) << group.place();
      if (key.ok()) derived = Revealed(*key);
    }
    if (!group.Has("ephemeral_private")) return derived;
    Bytes stated = group.Hex("ephemeral_private");
    if (!derived.empty()) {
      EXPECT_EQ(derived, stated) << group.place();
    }
    return stated;
  }

  HpkeSuite suite;
  HpkeMode mode;
  Bytes info, enc, recipient_private, recipient_public, ephemeral_private;
  Bytes sender_private, sender_public, psk, psk_id;
};

// Nothing where the session has no such curve or mechanism.
template <class T>
bool Has(const Result<T>& result, const std::string& kind, const std::string& place) {
  if (result.ok()) return true;
  // Florin's own sessions have all of it.
  EXPECT_EQ(kind, "Nss") << place << ": " << result.error().message();
  return false;
}

std::optional<HpkeReceiver> Receiver(hsm::Session& session, const std::string& kind,
                                     const std::string& place, const Published& p) {
  HpkeReceiverSetup setup;
  setup.profile = {p.suite, {p.mode}};
  const Curve curve = DescribeHpkeSuite(p.suite).value().curve;
  const auto key = ImportHpkeKey(session, curve, p.recipient_private);
  if (!Has(key, kind, place)) return std::nullopt;
  setup.private_key = *key;
  setup.public_key = p.recipient_public;
  setup.info = p.info;
  setup.sender_public_key = p.sender_public;
  if (!p.psk.empty()) setup.psk = {ImportPsk(session, p.psk).value(), p.psk_id};
  auto receiver = HpkeReceiver::Create(session, setup, p.enc);
  if (!Has(receiver, kind, place)) return std::nullopt;
  return std::move(receiver).value();
}

std::optional<HpkeSender> Sender(hsm::Session& session, const std::string& kind,
                                 const std::string& place, const Published& p) {
  HpkeSenderSetup setup;
  setup.profile = {p.suite, {p.mode}};
  const Curve curve = DescribeHpkeSuite(p.suite).value().curve;
  const auto ephemeral = ImportHpkeKey(session, curve, p.ephemeral_private);
  if (!Has(ephemeral, kind, place)) return std::nullopt;
  setup.recipient_public_key = p.recipient_public;
  setup.info = p.info;
  if (!p.sender_private.empty()) {
    setup.sender_key = ImportHpkeKey(session, curve, p.sender_private).value();
    setup.sender_public_key = p.sender_public;
  }
  if (!p.psk.empty()) setup.psk = {ImportPsk(session, p.psk).value(), p.psk_id};
  const auto own = primitives::CurvePrivateKey::FromBytes(curve, p.ephemeral_private);
  EXPECT_TRUE(own.ok()) << place;
  EXPECT_TRUE(SameBytes(own->public_key(), p.enc)) << place;
  auto sender = HpkeAccess::CreateSender(session, setup, *ephemeral, own->public_key());
  if (!Has(sender, kind, place)) return std::nullopt;
  return std::move(sender).value();
}

void RunExport(const TestCase& test, HpkeReceiver& receiver, HpkeSender& sender) {
  const Bytes context = test.Hex("context");
  const Bytes expected = test.Hex("exported");
  const auto of_receiver = receiver.Export(context, expected.size());
  const auto of_sender = sender.Export(context, expected.size());
  ASSERT_TRUE(of_receiver.ok()) << test.id << " " << of_receiver.error().message();
  ASSERT_TRUE(of_sender.ok()) << test.id;
  EXPECT_EQ(Revealed(*of_receiver), expected) << test.id;
  EXPECT_EQ(Revealed(*of_sender), expected) << test.id;
}

void RunMessage(const TestCase& test, HpkeReceiver& receiver, HpkeSender& sender) {
  const auto number = static_cast<std::uint64_t>(test.Number("sequence"));
  const Bytes aad = test.Hex("aad"), plaintext = test.Hex("plaintext"),
              ciphertext = test.Hex("ciphertext");
  HpkeAccess::SetNumber(receiver, number);
  HpkeAccess::SetNumber(sender, number);
  const auto opened = receiver.Open(aad, ciphertext);
  ASSERT_TRUE(opened.ok()) << test.id << " " << opened.error().message();
  EXPECT_EQ(Revealed(*opened), plaintext) << test.id;
  const auto sealed = sender.Seal(aad, plaintext);
  ASSERT_TRUE(sealed.ok()) << test.id << " " << sealed.error().message();
  EXPECT_EQ(*sealed, ciphertext) << test.id;
}

TEST(HpkeVectors, EveryPublishedContextInEverySession) {
  const VectorFile file = Load();
  for (const SessionKind& kind : SessionKinds()) {
    if (kind.name == "SoftInSteps") continue;  // the same for HPKE
    const auto session = kind.open();
    if (session == nullptr) continue;
    std::size_t contexts = 0;
    for (const TestGroup& group : file.groups()) {
      const Published published(group);
      auto receiver = Receiver(*session, kind.name, group.place(), published);
      auto sender = Sender(*session, kind.name, group.place(), published);
      for (const TestCase& test : group.tests) {
        EXPECT_TRUE(test.valid);
        if (!receiver.has_value() || !sender.has_value()) continue;
        test.Has("exported") ? RunExport(test, *receiver, *sender)
                             : RunMessage(test, *receiver, *sender);
      }
      contexts += receiver.has_value() && sender.has_value() ? 1 : 0;
    }
    std::printf("%s: %zu of %zu contexts\n", kind.name.c_str(), contexts, file.groups().size());
    EXPECT_EQ(file.groups().size(), 45U);
    if (kind.name != "Nss") {
      EXPECT_EQ(contexts, file.groups().size()) << kind.name;
    }
  }
  EXPECT_EQ(file.Problems(), std::vector<std::string>{});
}

// In order and without choosing numbers, as applications do: 257 messages.
TEST(HpkeVectors, MessagesComeInOrder) {
  const VectorFile file = Load();
  const auto session = OpenSoft();
  for (const TestGroup* group : file.GroupsOf("boringssl")) {
    const Published published(*group);
    auto receiver = Receiver(*session, "Soft", group->place(), published);
    auto sender = Sender(*session, "Soft", group->place(), published);
    ASSERT_TRUE(receiver.has_value() && sender.has_value());
    std::uint64_t next = 0;
    for (const TestCase& test : group->tests) {
      if (!test.Has("sequence")) continue;
      const Bytes aad = test.Hex("aad"), plaintext = test.Hex("plaintext");
      for (; next < static_cast<std::uint64_t>(test.Number("sequence")); ++next) {
        const auto filler = sender->Seal({}, plaintext);
        ASSERT_TRUE(filler.ok() && receiver->Open({}, *filler).ok());
      }
      ++next;
      EXPECT_EQ(sender->Seal(aad, plaintext).value(), test.Hex("ciphertext")) << test.id;
      EXPECT_EQ(Revealed(receiver->Open(aad, test.Hex("ciphertext")).value()), plaintext);
    }
    EXPECT_EQ(next, 257U);
  }
}

}  // namespace
}  // namespace florin::payload
