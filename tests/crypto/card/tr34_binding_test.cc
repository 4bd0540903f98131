// How a KRD is bound, unbound and rebound, and what it remembers.
#include "tests/crypto/card/tr34_testing.h"

namespace florin::card {
namespace {

using namespace tr34_testing;

TEST_F(Tr34, RolesArePinned) {
  Tr34Krd krd = MakeKrd();
  for (const char* wrong :
       {"rogue_krd", "krd", "encrypting_kdh", "ca_krd", "kdh_1", "sha1_kdh", "critical_kdh"}) {
    EXPECT_FALSE(krd.Bind(Credential(wrong)).ok()) << wrong;
  }
  EXPECT_EQ(krd.kdh(), nullptr);
  EXPECT_EQ(
      Tr34Authorities::Create(PartyOf("root").certificate(), PartyOf("root").certificate()).code(),
      ErrorCode::kInvalidArgument);
  const Certificate certificate = PartyOf("kdh_2").certificate();
  const RsaPrivateKey key = PartyOf("kdh_2").key();
  const Tr34Binding no_krd = BindingOf(Tr34Role::kKdh, "kdh_3");
  EXPECT_EQ(MakeTr34KeyToken({certificate, key}, To(no_krd), {header_, {}, key_}, kNow,
                             Tr34Cipher::kAes256Cbc, {.weaker_rsa = true}, random_)
                .code(),
            ErrorCode::kPermissionDenied);
  EXPECT_EQ(Tr34Binding::Bind(Authorities(), Tr34Role::kKrd, certificate, kNow).code(),
            ErrorCode::kVerificationFailed);
  EXPECT_EQ(Tr34Binding::Bind(Authorities(), Tr34Role::kKdh, certificate, UnixSeconds{0}).code(),
            ErrorCode::kExpired);
  EXPECT_EQ(Tr34Krd::Create({Authorities(), PartyOf("krd").certificate(), PartyOf("kdh_2").key(),
                             no_revocation_, *state_, clock_, random_})
                .code(),
            ErrorCode::kInvalidArgument);
}

TEST_F(Tr34, RevocationIsAsked) {
  Tr34CrlRevocation revocation(Authorities());
  Tr34Krd krd = MakeKrd("krd", &revocation);
  EXPECT_EQ(krd.Bind(Credential("kdh_2", false)).code(), ErrorCode::kVerificationFailed);
  EXPECT_EQ(krd.Bind(Credential("revoked_kdh")).code(), ErrorCode::kVerificationFailed);
  ASSERT_TRUE(krd.Bind(Credential("kdh_2")).ok());
  EXPECT_TRUE(krd.OpenKeyToken(Token(kNow).value()).ok());
  clock_.now = UnixSeconds{kNow.value + 86400 * 30};  // behind the list's next update
  EXPECT_EQ(krd.OpenKeyToken(Token(clock_.now).value()).code(), ErrorCode::kExpired);
  Bytes broken = TheWorld().crl;
  broken.back() ^= 1;
  EXPECT_EQ(revocation.Check(Tr34Role::kKdh, Bytes{1}, broken, kNow).code(),
            ErrorCode::kVerificationFailed);
  EXPECT_EQ(revocation.Check(Tr34Role::kKrd, Bytes{1}, TheWorld().crl, kNow).code(),
            ErrorCode::kVerificationFailed);
  EXPECT_TRUE(revocation.Check(Tr34Role::kKdh, Bytes{1}, TheWorld().crl, kNow).ok());
}

TEST_F(Tr34, TheKdhUnbindsAndRebinds) {
  Tr34Krd krd = BoundKrd();
  const Certificate certificate = PartyOf("kdh_2").certificate();
  const RsaPrivateKey key = PartyOf("kdh_2").key();
  const Tr34Signer kdh{certificate, key, TheWorld().crl};
  const Tr34Binding device = BindingOf(Tr34Role::kKrd, "krd");
  const Tr34Binding other = BindingOf(Tr34Role::kKrd, "other_krd");
  const Tr34Binding next = BindingOf(Tr34Role::kKdh, "kdh_3");
  EXPECT_EQ(krd.Unbind(MakeTr34KdhUnbindToken(kdh, other, RandomOf(krd)).value()).code(),
            ErrorCode::kVerificationFailed);
  EXPECT_EQ(krd.Rebind(MakeTr34KdhRebindToken(kdh, To(other), next, RandomOf(krd)).value()).code(),
            ErrorCode::kVerificationFailed);
  EXPECT_EQ(
      krd.Rebind(MakeTr34KdhRebindToken(kdh, To(device), next, random_.Take(8)).value()).code(),
      ErrorCode::kReplayed);
  EXPECT_EQ(MakeTr34KdhRebindToken(kdh, To(device), device, random_.Take(8)).code(),
            ErrorCode::kPermissionDenied);
  const Bytes rebind = MakeTr34KdhRebindToken(kdh, To(device), next, RandomOf(krd)).value();
  ASSERT_TRUE(krd.Rebind(rebind).ok());
  EXPECT_TRUE(SameBytes(krd.kdh()->id(), next.id()));
  EXPECT_EQ(krd.Rebind(rebind).code(), ErrorCode::kVerificationFailed);
  EXPECT_TRUE(krd.OpenKeyToken(Token(kNow, Tr34Cipher::kAes256Cbc, "kdh_3").value()).ok());
  EXPECT_FALSE(krd.OpenKeyToken(Token(kNow).value()).ok());

  const Certificate certificate_3 = PartyOf("kdh_3").certificate();
  const RsaPrivateKey key_3 = PartyOf("kdh_3").key();
  const Bytes unbind =
      MakeTr34KdhUnbindToken({certificate_3, key_3, TheWorld().crl}, device, RandomOf(krd)).value();
  ASSERT_TRUE(krd.Unbind(unbind).ok());
  EXPECT_EQ(krd.kdh(), nullptr);
  ASSERT_TRUE(krd.Bind(Credential("kdh_3")).ok());
  EXPECT_EQ(krd.Unbind(unbind).code(), ErrorCode::kReplayed);
}

TEST_F(Tr34, TheAuthorityUnbindsAndRebinds) {
  Tr34Krd krd = BoundKrd();
  const Certificate certificate = PartyOf("ca_krd").certificate();
  const RsaPrivateKey key = PartyOf("ca_krd").key();
  const Tr34Signer authority{certificate, key, TheWorld().crl};
  const Tr34Binding device = BindingOf(Tr34Role::kKrd, "krd");
  const Tr34Binding old_kdh = BindingOf(Tr34Role::kKdh, "kdh_2");
  const Tr34Binding next = BindingOf(Tr34Role::kKdh, "kdh_3");
  const auto rebind = [&](const Tr34Binding& from, const Tr34Binding& to, std::int64_t offset) {
    return krd.Rebind(MakeTr34CaRebindToken(authority, To(device, offset), from, to).value())
        .code();
  };
  EXPECT_EQ(rebind(next, old_kdh, 0), ErrorCode::kVerificationFailed);
  EXPECT_EQ(rebind(old_kdh, next, 0), ErrorCode::kOk);
  EXPECT_EQ(rebind(next, old_kdh, 0), ErrorCode::kReplayed);
  EXPECT_EQ(rebind(next, old_kdh, 1), ErrorCode::kOk);
  const auto unbind = [&](const Tr34Signer& signer, const Tr34Binding& from, std::int64_t offset) {
    return krd
        .Unbind(
            MakeTr34CaUnbindToken(signer, device, from, UnixSeconds{kNow.value + offset}).value())
        .code();
  };
  EXPECT_EQ(unbind(authority, next, 2), ErrorCode::kVerificationFailed);
  const Certificate false_authority = PartyOf("ca_kdh").certificate();
  const RsaPrivateKey false_key = PartyOf("ca_kdh").key();
  EXPECT_EQ(unbind({false_authority, false_key}, old_kdh, 2), ErrorCode::kVerificationFailed);
  EXPECT_EQ(unbind({certificate, false_key}, old_kdh, 2), ErrorCode::kVerificationFailed);
  EXPECT_EQ(unbind(authority, old_kdh, 301), ErrorCode::kExpired);
  EXPECT_EQ(unbind(authority, old_kdh, -86401), ErrorCode::kExpired);
  EXPECT_EQ(unbind(authority, old_kdh, 2), ErrorCode::kOk);
  EXPECT_EQ(krd.kdh(), nullptr);
  ASSERT_TRUE(krd.Bind(Credential("kdh_2")).ok());
  EXPECT_EQ(unbind(authority, old_kdh, 2), ErrorCode::kReplayed);
  clock_.now = UnixSeconds{certificate.not_after().value + 1};
  const auto late = MakeTr34CaUnbindToken(authority, device, old_kdh, clock_.now).value();
  EXPECT_EQ(krd.Unbind(late).code(), ErrorCode::kExpired);
}

TEST_F(Tr34, TheAuthoritysUnbindTokenWithoutATimeNeedsItsPolicy) {
  const Certificate certificate = PartyOf("ca_krd").certificate();
  const RsaPrivateKey key = PartyOf("ca_krd").key();
  const Bytes timeless = MakeTr34CaUnbindToken({certificate, key}, BindingOf(Tr34Role::kKrd, "krd"),
                                               BindingOf(Tr34Role::kKdh, "kdh_2"), std::nullopt)
                             .value();
  Tr34Krd krd = BoundKrd();
  EXPECT_EQ(krd.Unbind(timeless).code(), ErrorCode::kPermissionDenied);
  EXPECT_NE(krd.kdh(), nullptr);
  Tr34Krd tolerant = MakeKrd("krd", nullptr, {}, false, true);
  ASSERT_TRUE(tolerant.Bind(Credential("kdh_2")).ok());
  EXPECT_TRUE(tolerant.Unbind(timeless).ok());
}

// The KDHs' authority's list judges the next KDH, also where the KRDs' authority signs.
TEST_F(Tr34, ARebindTokenCarriesTheListOfTheKdhsAuthority) {
  Tr34CrlRevocation revocation(Authorities());
  Tr34Krd krd = MakeKrd("krd", &revocation);
  ASSERT_TRUE(krd.Bind(Credential("kdh_2")).ok());
  const Certificate certificate = PartyOf("ca_krd").certificate();
  const RsaPrivateKey key = PartyOf("ca_krd").key();
  const Tr34Binding device = BindingOf(Tr34Role::kKrd, "krd");
  const Tr34Binding kdh = BindingOf(Tr34Role::kKdh, "kdh_2");
  const Tr34Recipient judged{device, TheWorld().krd_crl, revocation, kNow};
  const auto make = [&](ByteView crl, const Tr34Recipient& recipient, const char* next) {
    return MakeTr34CaRebindToken({certificate, key, crl}, recipient, kdh,
                                 BindingOf(Tr34Role::kKdh, next));
  };
  EXPECT_EQ(make(TheWorld().krd_crl, judged, "kdh_3").code(), ErrorCode::kVerificationFailed);
  EXPECT_EQ(make(TheWorld().crl, judged, "revoked_kdh").code(), ErrorCode::kVerificationFailed);
  EXPECT_EQ(krd.Rebind(make(TheWorld().krd_crl, To(device), "kdh_3").value()).code(),
            ErrorCode::kVerificationFailed);
  EXPECT_EQ(krd.Rebind(make(TheWorld().crl, To(device), "revoked_kdh").value()).code(),
            ErrorCode::kVerificationFailed);
  EXPECT_TRUE(krd.Rebind(make(TheWorld().crl, judged, "kdh_3").value()).ok());
}

TEST_F(Tr34, RevocationListsAreSignedOverSha2) {
  Tr34CrlRevocation revocation(Authorities());
  const auto code = [&](const EVP_MD* digest) {
    const Bytes list = IssueList(PartyOf("ca_krd"), digest);
    return revocation.Check(Tr34Role::kKrd, Bytes{1}, list, kNow).code();
  };
  EXPECT_EQ(code(EVP_sha1()), ErrorCode::kVerificationFailed);
  EXPECT_EQ(code(EVP_sha256()), ErrorCode::kOk);
  EXPECT_EQ(code(EVP_sha384()), ErrorCode::kOk);
}

TEST_F(Tr34, RandomNumbersBelongToOneBinding) {
  Tr34Krd unbound = MakeKrd();
  EXPECT_EQ(unbound.MakeRandomToken().code(), ErrorCode::kPermissionDenied);
  Tr34Krd krd = BoundKrd();
  const Bytes old = RandomOf(krd);
  const Certificate certificate = PartyOf("kdh_2").certificate();
  const RsaPrivateKey key = PartyOf("kdh_2").key();
  const Tr34Signer kdh{certificate, key, TheWorld().crl};
  const Tr34Binding device = BindingOf(Tr34Role::kKrd, "krd");
  const Tr34Binding next = BindingOf(Tr34Role::kKdh, "kdh_3");
  ASSERT_TRUE(
      krd.Rebind(MakeTr34KdhRebindToken(kdh, To(device), next, RandomOf(krd)).value()).ok());
  EXPECT_EQ(krd.OpenKeyToken(Token(ByteView(old), Tr34Cipher::kAes256Cbc, "kdh_3").value()).code(),
            ErrorCode::kReplayed);
  // Nor does it come back with the first KDH.
  const Certificate certificate_3 = PartyOf("kdh_3").certificate();
  const RsaPrivateKey key_3 = PartyOf("kdh_3").key();
  ASSERT_TRUE(krd.Unbind(MakeTr34KdhUnbindToken({certificate_3, key_3, TheWorld().crl}, device,
                                                RandomOf(krd))
                             .value())
                  .ok());
  ASSERT_TRUE(krd.Bind(Credential("kdh_2")).ok());
  EXPECT_EQ(krd.OpenKeyToken(Token(ByteView(old)).value()).code(), ErrorCode::kReplayed);
}

TEST(Tr34State, IsBounded) {
  const auto state = MakeMemoryTr34State(2);
  const Bytes a = {1};
  const Bytes b = {2};
  EXPECT_TRUE(state->Remember(a, Bytes(8, 1)).ok());
  EXPECT_EQ(state->Remember(a, Bytes(8, 1)).code(), ErrorCode::kAlreadyExists);
  EXPECT_TRUE(state->Remember(b, Bytes(8, 2)).ok());
  EXPECT_TRUE(state->Remember(a, Bytes(8, 3)).ok());  // the oldest falls out
  EXPECT_EQ(state->Claim(a, Bytes(8, 1)).code(), ErrorCode::kReplayed);
  EXPECT_EQ(state->Claim(a, Bytes(8, 2)).code(), ErrorCode::kReplayed);
  EXPECT_TRUE(state->Claim(b, Bytes(8, 2)).ok());
  EXPECT_EQ(state->Claim(b, Bytes(8, 2)).code(), ErrorCode::kReplayed);
  EXPECT_TRUE(state->Forget(a).ok());
  EXPECT_EQ(state->Claim(a, Bytes(8, 3)).code(), ErrorCode::kReplayed);
  EXPECT_TRUE(state->Advance(a, UnixSeconds{5}).ok());
  EXPECT_TRUE(state->Advance(b, UnixSeconds{5}).ok());
  EXPECT_EQ(state->Advance(Bytes{3}, UnixSeconds{5}).code(), ErrorCode::kResourceExhausted);
}

}  // namespace
}  // namespace florin::card
