#include "crypto/payload/signer_chain.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "tests/crypto/payload/forge.h"

namespace florin::payload {
namespace {

std::unique_ptr<SignerChains> Trusting(const ForgedPki& pki) {
  return std::move(SignerChains::Create({pki.root.certificate})).value();
}

ErrorCode VerifyCode(SignerChains& chains, const ForgedPki& pki, UnixSeconds now = kForgeNow) {
  return chains.Verify(DerOf(pki.leaf.certificate), DerOf(pki.intermediate.certificate), now)
      .code();
}

TEST(SignerChains, RemembersWhatItVerified) {
  const ForgedPki pki = MakePki();
  const auto chains = Trusting(pki);
  for (int i = 0; i < 3; ++i) {
    auto key =
        chains->Verify(DerOf(pki.leaf.certificate), DerOf(pki.intermediate.certificate), kForgeNow);
    ASSERT_TRUE(key.ok()) << key.error().message();
    EXPECT_TRUE(key->SameAs(pki.leaf.key.public_key()));
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
