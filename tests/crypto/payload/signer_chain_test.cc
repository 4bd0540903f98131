#include "crypto/payload/signer_chain.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>
#include <thread>
#include <vector>

#include "crypto/base/ber_reader.h"
#include "crypto/payload/oids.h"
#include "florin/base/hex.h"
#include "florin/base/random.h"
#include "tests/crypto/payload/forge.h"

namespace florin::payload {
namespace {

class Recorder final : public Observer {
 public:
  void OnEvent(const Event& event) override {
    const std::scoped_lock lock(mutex_);
    events_.push_back(event);
  }
  std::size_t Count(std::string_view stage) const {
    return static_cast<std::size_t>(
        std::count_if(events_.begin(), events_.end(),
                      [stage](const Event& event) { return event.stage == stage; }));
  }
  const std::vector<Event>& events() const { return events_; }

 private:
  std::mutex mutex_;
  std::vector<Event> events_;
};

std::unique_ptr<SignerChains> Trusting(const ForgedPki& pki, Observer& observer = NullObserver()) {
  return std::move(SignerChains::Create({pki.root.certificate}, observer)).value();
}

// Verifies, and remembers what is good as the token's signature would have it.
ErrorCode VerifyCode(SignerChains& chains, ByteView leaf, ByteView intermediate,
                     UnixSeconds now = kForgeNow) {
  const auto chain = chains.Verify(leaf, intermediate, now);
  if (chain.ok()) chains.Remember(*chain, now, 7);
  return chain.code();
}

ErrorCode VerifyCode(SignerChains& chains, const ForgedPki& pki, UnixSeconds now = kForgeNow) {
  return VerifyCode(chains, DerOf(pki.leaf.certificate), DerOf(pki.intermediate.certificate), now);
}

// Another leaf under the same intermediate, valid until `not_after`.
Bytes AnotherLeaf(const ForgedPki& pki, UnixSeconds not_after) {
  primitives::CertificateTemplate contents;
  contents.common_name = "another leaf";
  contents.validity = {UnixSeconds{kForgeNow.value - 86400}, not_after};
  contents.extensions.push_back({oids::kAppleLeaf, Bytes{0x05, 0x00}, false});
  const auto certificate = primitives::IssueCertificate(contents, pki.leaf.key.public_key(),
                                                        pki.intermediate.certificate,
                                                        pki.intermediate.key, SystemRandom());
  FLORIN_INVARIANT(certificate.ok());
  return DerOf(*certificate);
}

// A certificate taken apart, and put together again in DER.
struct CertificateParts {
  Bytes signed_part;
  Bytes algorithm;
  Bytes signature;  // the content of the BIT STRING

  explicit CertificateParts(const primitives::Certificate& certificate) {
    const Bytes der = DerOf(certificate);
    BerReader outer(der, BerRules::kDer);
    BerReader reader = outer.Enter(asn1::kSequence).value();
    const auto copy = [](ByteView view) { return Bytes(view.begin(), view.end()); };
    signed_part = copy(reader.Read(asn1::kSequence).value().whole);
    algorithm = copy(reader.Read(asn1::kSequence).value().whole);
    signature = copy(reader.Read(asn1::kBitString).value().content);
  }

  Bytes Build() const {
    return Element(asn1::kSequence,
                   {signed_part, algorithm, Element(asn1::kBitString, {signature})});
  }
};

// The same signature with n - s for s: as valid, and no part of what is signed.
Bytes OtherSignature(const Bytes& bit_string) {
  const Bytes order =
      HexDecode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551").value();
  std::array<std::uint8_t, 64> raw;
  FLORIN_INVARIANT(
      primitives::EcdsaDerToRaw(Curve::kP256, ByteView(bit_string).subspan(1), raw).ok());
  int borrow = 0;
  for (std::size_t i = 32; i-- > 0;) {
    const int difference = order[i] - raw[32 + i] - borrow;
    borrow = difference < 0 ? 1 : 0;
    raw[32 + i] = static_cast<std::uint8_t>(difference & 0xff);
  }
  std::array<std::uint8_t, primitives::kMaxDerSignatureSize> der;
  const std::size_t size = primitives::EcdsaRawToDer(Curve::kP256, raw, der).value();
  return Join({Bytes{0x00}, ByteView(der).first(size)});
}

TEST(SignerChains, RemembersWhatItVerified) {
  const ForgedPki pki = MakePki();
  const auto chains = Trusting(pki);
  for (int i = 0; i < 3; ++i) {
    auto chain =
        chains->Verify(DerOf(pki.leaf.certificate), DerOf(pki.intermediate.certificate), kForgeNow);
    ASSERT_TRUE(chain.ok()) << chain.error().message();
    ASSERT_EQ(chain->leaf_key_size, 64U);
    EXPECT_TRUE(SameBytes(ByteView(chain->leaf_key).first(64),
                          pki.leaf.key.public_key().point().subspan(1)));
    EXPECT_EQ(chains->size(), i == 0 ? 0U : 1U) << "not before the token's signature holds";
    chains->Remember(*chain, kForgeNow);
    EXPECT_EQ(chains->size(), 1U);
  }
}

TEST(SignerChains, ValidityCountsForWhatIsRememberedToo) {
  const ForgedPki pki = MakePki();
  const UnixSeconds last{kForgeNow.value + 86400};
  for (const bool warm : {false, true}) {
    const auto chains = Trusting(pki);
    if (warm) {
      EXPECT_EQ(VerifyCode(*chains, pki), ErrorCode::kOk);
    }
    EXPECT_EQ(VerifyCode(*chains, pki, UnixSeconds{last.value + 1}), ErrorCode::kExpired) << warm;
    EXPECT_EQ(VerifyCode(*chains, pki, UnixSeconds{kForgeNow.value - 86401}), ErrorCode::kExpired)
        << warm;
    EXPECT_EQ(VerifyCode(*chains, pki, last), ErrorCode::kOk) << warm;
    EXPECT_EQ(VerifyCode(*chains, pki, UnixSeconds{kForgeNow.value - 86400}), ErrorCode::kOk);
  }
}

TEST(SignerChains, RefusesWhatIsNotTrustedAndForgetsIt) {
  const ForgedPki pki = MakePki();
  const auto chains = Trusting(pki);
  // The same names, another key.
  const ForgedPki impostor = MakePki();
  EXPECT_EQ(VerifyCode(*chains, impostor), ErrorCode::kVerificationFailed);
  // A leaf of one, the intermediate of the other.
  EXPECT_FALSE(
      chains
          ->Verify(DerOf(pki.leaf.certificate), DerOf(impostor.intermediate.certificate), kForgeNow)
          .ok());
  EXPECT_FALSE(
      chains
          ->Verify(DerOf(impostor.leaf.certificate), DerOf(pki.intermediate.certificate), kForgeNow)
          .ok());
  // Around the intermediate, and the wrong way round.
  EXPECT_FALSE(
      chains->Verify(DerOf(pki.intermediate.certificate), DerOf(pki.root.certificate), kForgeNow)
          .ok());
  EXPECT_FALSE(
      chains->Verify(DerOf(pki.intermediate.certificate), DerOf(pki.leaf.certificate), kForgeNow)
          .ok());
  EXPECT_EQ(chains->size(), 0U);
  EXPECT_EQ(VerifyCode(*chains, pki), ErrorCode::kOk);
}

TEST(SignerChains, RefusesCertificatesOfOtherKinds) {
  struct Case {
    const char* name;
    PkiOptions options;
  };
  std::vector<Case> cases(4);
  cases[0].name = "no marker in the leaf";
  cases[0].options.leaf_marker = false;
  cases[1].name = "no marker in the intermediate";
  cases[1].options.intermediate_marker = false;
  cases[2].name = "the intermediate is no CA";
  cases[2].options.intermediate_is_ca = false;
  cases[3].name = "the leaf's key is on P-384";
  cases[3].options.leaf_curve = Curve::kP384;
  for (const Case& test : cases) {
    const ForgedPki pki = MakePki(test.options);
    const auto chains = Trusting(pki);
    EXPECT_NE(VerifyCode(*chains, pki), ErrorCode::kOk) << test.name;
    EXPECT_EQ(chains->size(), 0U) << test.name;
  }
}

TEST(SignerChains, TakesSeveralRoots) {
  const ForgedPki first = MakePki();
  const ForgedPki second = MakePki();
  auto chains =
      std::move(SignerChains::Create({first.root.certificate, second.root.certificate})).value();
  EXPECT_EQ(VerifyCode(*chains, first), ErrorCode::kOk);
  EXPECT_EQ(VerifyCode(*chains, second), ErrorCode::kOk);
  EXPECT_EQ(VerifyCode(*chains, MakePki()), ErrorCode::kVerificationFailed);
  EXPECT_EQ(SignerChains::Create({}).code(), ErrorCode::kInvalidArgument);
}

// Certificates of wallets are public: nobody may make new ones out of them.
TEST(SignerChains, RefusesOtherEncodings) {
  const ForgedPki pki = MakePki();
  const auto chains = Trusting(pki);
  const Bytes leaf = DerOf(pki.leaf.certificate);
  const CertificateParts good(pki.leaf.certificate);
  ASSERT_EQ(good.Build(), leaf);
  const Bytes signature = Element(asn1::kBitString, {good.signature});
  const Bytes long_form = Join({Bytes{signature[0], 0x81}, ByteView(signature).subspan(1)});
  const Bytes oid(good.algorithm.begin() + 2, good.algorithm.end());
  const Bytes long_oid = Join({Bytes{oid[0], 0x81}, ByteView(oid).subspan(1)});
  CertificateParts padded_r = good;  // a zero in front of r that is not needed
  padded_r.signature = Join({Bytes{0x00, 0x30, static_cast<std::uint8_t>(good.signature[2] + 1),
                                   0x02, static_cast<std::uint8_t>(good.signature[4] + 1), 0x00},
                             ByteView(good.signature).subspan(5)});
  CertificateParts unused_bits = good;
  unused_bits.signature[0] = 1;
  const Bytes content = Join({good.signed_part, good.algorithm, signature});
  struct Case {
    const char* name;
    Bytes leaf;
  };
  const Case cases[] = {
      {"a length in long form",
       Element(asn1::kSequence, {good.signed_part, good.algorithm, long_form})},
      {"an algorithm in long form",
       Element(asn1::kSequence,
               {good.signed_part, Element(asn1::kSequence, {long_oid}), signature})},
      {"parameters that are not signed",
       Element(asn1::kSequence,
               {good.signed_part, Element(asn1::kSequence, {oid, Bytes{0x05, 0x00}}), signature})},
      {"an outer length in 3 octets",
       Join({Bytes{0x30, 0x83, 0x00, static_cast<std::uint8_t>(content.size() >> 8),
                   static_cast<std::uint8_t>(content.size())},
             content})},
      {"indefinite", Join({Bytes{0x30, 0x80}, content, Bytes{0x00, 0x00}})},
      {"an element behind the signature", Element(asn1::kSequence, {content, Bytes{0x05, 0x00}})},
      {"a byte behind", Join({leaf, Bytes{0x00}})},
      {"a padded integer", padded_r.Build()},
      {"unused bits", unused_bits.Build()},
  };
  for (const Case& test : cases) {
    EXPECT_NE(VerifyCode(*chains, test.leaf, DerOf(pki.intermediate.certificate)), ErrorCode::kOk)
        << test.name;
  }
  EXPECT_EQ(chains->size(), 0U);
}

TEST(SignerChains, TheOtherSignatureIsAllThatCanBeMade) {
  const ForgedPki pki = MakePki();
  const auto chains = Trusting(pki);
  CertificateParts other(pki.leaf.certificate);
  other.signature = OtherSignature(other.signature);
  EXPECT_NE(other.Build(), DerOf(pki.leaf.certificate));
  const Bytes intermediate = DerOf(pki.intermediate.certificate);
  const auto verified = chains->Verify(other.Build(), intermediate, kForgeNow);
  ASSERT_TRUE(verified.ok()) << verified.error().message();
  EXPECT_EQ(chains->size(), 0U) << "verified alone, it takes no place";
}

TEST(SignerChains, TheOldestMakesWayAndTheExpiredFirst) {
  Recorder observer;
  const ForgedPki pki = MakePki();
  const auto chains = Trusting(pki, observer);
  const Bytes intermediate = DerOf(pki.intermediate.certificate);
  const UnixSeconds far{kForgeNow.value + 365 * 86400};
  const UnixSeconds later{kForgeNow.value + 10};
  std::vector<Bytes> leaves;
  for (std::size_t i = 0; i < SignerChainCache::kCapacity; ++i) {
    leaves.push_back(AnotherLeaf(pki, i == 3 ? UnixSeconds{later.value - 1} : far));
    ASSERT_EQ(VerifyCode(*chains, leaves.back(), intermediate), ErrorCode::kOk);
  }
  EXPECT_EQ(chains->size(), SignerChainCache::kCapacity);
  EXPECT_EQ(observer.Count("chain.cache_full"), 0U);
  EXPECT_EQ(VerifyCode(*chains, AnotherLeaf(pki, far), intermediate, later), ErrorCode::kOk);
  EXPECT_EQ(observer.Count("chain.cache_full"), 0U) << "an expired one was there";
  EXPECT_EQ(VerifyCode(*chains, AnotherLeaf(pki, far), intermediate, later), ErrorCode::kOk);
  EXPECT_EQ(observer.Count("chain.cache_full"), 1U);
  EXPECT_EQ(observer.events().back().subject, 7U);
  EXPECT_EQ(VerifyCode(*chains, leaves[1], intermediate, later), ErrorCode::kOk);
  EXPECT_EQ(observer.Count("chain.cache_full"), 1U) << "still remembered";
  EXPECT_EQ(VerifyCode(*chains, leaves[0], intermediate, later), ErrorCode::kOk);
  EXPECT_EQ(observer.Count("chain.cache_full"), 2U) << "the oldest had gone";
  EXPECT_EQ(chains->size(), SignerChainCache::kCapacity);
}

TEST(SignerChains, SaysOnceThatAChainEndsSoon) {
  constexpr std::int64_t kDay = 86400;
  Recorder observer;
  PkiOptions options;
  options.leaf_not_after = UnixSeconds{kForgeNow.value + 400 * kDay};
  const ForgedPki pki = MakePki(options);
  const auto chains = Trusting(pki, observer);
  EXPECT_EQ(VerifyCode(*chains, pki), ErrorCode::kOk);
  EXPECT_EQ(VerifyCode(*chains, pki, UnixSeconds{kForgeNow.value + 220 * kDay}), ErrorCode::kOk);
  EXPECT_EQ(observer.events().size(), 0U);
  for (int i = 0; i < 3; ++i) {
    const UnixSeconds now{kForgeNow.value + (221 + i) * kDay};
    EXPECT_EQ(VerifyCode(*chains, pki, now), ErrorCode::kOk);
    ASSERT_EQ(observer.Count("chain.expires_soon"), 1U);
  }
  EXPECT_EQ(observer.events()[0].outcome.code(), ErrorCode::kExpired);
  EXPECT_EQ(observer.events()[0].outcome.detail(), 179U);
  EXPECT_EQ(VerifyCode(*chains, AnotherLeaf(pki, UnixSeconds{kForgeNow.value + kDay}),
                       DerOf(pki.intermediate.certificate)),
            ErrorCode::kOk);
  EXPECT_EQ(observer.Count("chain.expires_soon"), 2U) << "once for each";
}

SignerChain NumberedChain(std::uint64_t number) {
  SignerChain chain;
  // The number in every word: a torn read shows.
  for (std::size_t i = 0; i < chain.id.size(); i += 8) {
    std::memcpy(chain.id.data() + i, &number, sizeof(number));
  }
  for (std::size_t i = 0; i < chain.leaf_key.size(); i += 8) {
    std::memcpy(chain.leaf_key.data() + i, &number, sizeof(number));
  }
  chain.validity.not_after.value = static_cast<std::int64_t>(number);
  return chain;
}

TEST(SignerChainsThreads, NoHalfChainIsEverRead) {
  SignerChainCache cache;
  constexpr std::uint64_t kChains = 3 * SignerChainCache::kCapacity;
  std::atomic<std::uint64_t> torn{0};
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::uint64_t i = 0; i < 20000; ++i) {
        const SignerChain wanted = NumberedChain((i * (t + 1)) % kChains);
        const auto found = cache.Find(wanted.id);
        if (!found) {
          if (t < 2) cache.Add(wanted, UnixSeconds{0});
        } else if (found->id != wanted.id || found->leaf_key != wanted.leaf_key ||
                   found->validity.not_after != wanted.validity.not_after) {
          ++torn;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(torn, 0U);
  EXPECT_EQ(cache.size(), SignerChainCache::kCapacity);
}

TEST(SignerChainsThreads, ManyVerifyAtOnce) {
  std::vector<ForgedPki> leaves;
  for (int i = 0; i < 3; ++i) leaves.push_back(MakePki());
  std::vector<primitives::Certificate> roots;
  for (const ForgedPki& pki : leaves) roots.push_back(pki.root.certificate);
  const auto chains = std::move(SignerChains::Create(std::move(roots))).value();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 60; ++i) {
        const ForgedPki& pki = leaves[static_cast<std::size_t>(i) % leaves.size()];
        EXPECT_EQ(VerifyCode(*chains, pki), ErrorCode::kOk);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(chains->size(), leaves.size());
}

}  // namespace
}  // namespace florin::payload
