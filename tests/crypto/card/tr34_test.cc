// TR-34 between a KDH and a KRD: what arrives, and what must not.
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <map>
#include <memory>
#include <string>

#include "crypto/base/oids.h"
#include "crypto/card/tr34_credential.h"
#include "crypto/card/tr34_envelope.h"
#include "crypto/card/tr34_kdh.h"
#include "crypto/card/tr34_krd.h"
#include "crypto/card/tr34_revocation.h"
#include "florin/base/hex.h"
#include "tests/crypto/card/key_block_testing.h"
#include "tests/crypto/primitives/test_util.h"

namespace florin::card {
namespace {

using primitives::Certificate;
using primitives::RsaPrivateKey;
using primitives::TestRandom;

constexpr UnixSeconds kNow{1289779200};  // 2010-11-15, while the norm's sample CRL is current

class TestClock final : public Clock {
 public:
  UnixSeconds Now() const override { return now; }
  UnixSeconds now = kNow;
};

class NoRevocation final : public Tr34Revocation {
 public:
  Status Check(Tr34Role, ByteView, ByteView, UnixSeconds) override { return OkStatus(); }
};

template <auto Function>
struct Free {
  template <class T>
  void operator()(T* object) const {
    Function(object);
  }
};
using PkeyPtr = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using X509Ptr = std::unique_ptr<X509, Free<X509_free>>;

template <class T>
Bytes Der(T* object, int (*encode)(const T*, unsigned char**)) {
  unsigned char* buffer = nullptr;
  const int size = encode(object, &buffer);
  EXPECT_GT(size, 0);
  Bytes out(buffer, buffer + size);
  OPENSSL_free(buffer);
  return out;
}

struct Party {
  Bytes certificate_der;
  Bytes key_der;
  Certificate certificate() const { return Certificate::FromDer(certificate_der).value(); }
  RsaPrivateKey key() const { return RsaPrivateKey::FromDer(key_der).value(); }
};

PkeyPtr ReadKey(const Bytes& der) {
  const unsigned char* next = der.data();
  return PkeyPtr(d2i_AutoPrivateKey(nullptr, &next, static_cast<long>(der.size())));
}

// A leaf under one of the norm's sample authorities.
Party IssueLeaf(const Party& authority, const char* name, const char* serial, const char* usage) {
  static const PkeyPtr key(EVP_RSA_gen(2048));
  const unsigned char* next = authority.certificate_der.data();
  const X509Ptr issuer(
      d2i_X509(nullptr, &next, static_cast<long>(authority.certificate_der.size())));
  const X509Ptr x509(X509_new());
  X509_set_version(x509.get(), X509_VERSION_3);
  BIGNUM* number = nullptr;
  BN_hex2bn(&number, serial);
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509.get()));
  BN_free(number);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x509.get()), "CN", MBSTRING_ASC,
                             AsBytes(name).data(), -1, -1, 0);
  X509_set_issuer_name(x509.get(), X509_get_subject_name(issuer.get()));
  ASN1_TIME_set(X509_getm_notBefore(x509.get()), kNow.value - 86400);
  ASN1_TIME_set(X509_getm_notAfter(x509.get()), kNow.value + 86400 * 365);
  X509_set_pubkey(x509.get(), key.get());
  const std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_key_usage, usage));
  X509_add_ext(x509.get(), extension.get(), -1);
  const PkeyPtr signer = ReadKey(authority.key_der);
  EXPECT_GT(X509_sign(x509.get(), signer.get(), EVP_sha256()), 0);
  return {Der(x509.get(), i2d_X509), Der(key.get(), i2d_PrivateKey)};
}

// The sample authorities and KDH 2 of TR-34:2019 Annex B, and leaves of our own.
struct World {
  World() {
    const vectors::VectorFile file = LoadCardVectors("tr34.json");
    for (const auto* group : file.GroupsOf("credential")) {
      for (const vectors::TestCase& test : group->tests) {
        parties[test.Text("name")] = {test.Hex("certificate"), test.Hex("private_key")};
      }
    }
    for (const auto* group : file.GroupsOf("revocation_list")) crl = group->tests[0].Hex("der");
    const Party& ca_kdh = parties.at("ca_kdh");
    const Party& ca_krd = parties.at("ca_krd");
    parties["krd"] = IssueLeaf(ca_krd, "KRD", "11", "critical,keyEncipherment");
    parties["other_krd"] = IssueLeaf(ca_krd, "Other KRD", "12", "critical,keyEncipherment");
    parties["rogue_krd"] = IssueLeaf(ca_krd, "Rogue", "13", "digitalSignature,keyEncipherment");
    parties["kdh_3"] = IssueLeaf(ca_kdh, "KDH 3", "14", "digitalSignature");
    parties["revoked_kdh"] = IssueLeaf(ca_kdh, "Revoked", "340000000A", "digitalSignature");
    parties["encrypting_kdh"] = IssueLeaf(ca_kdh, "Encrypting", "15", "keyEncipherment");
  }

  std::map<std::string, Party> parties;
  Bytes crl;
};

const World& TheWorld() {
  static const World world;
  return world;
}

class Tr34 : public testing::Test {
 protected:
  const Party& PartyOf(const char* name) const { return TheWorld().parties.at(name); }

  Tr34Authorities Authorities() const {
    return Tr34Authorities::Create(PartyOf("ca_kdh").certificate(), PartyOf("ca_krd").certificate())
        .value();
  }

  Tr34Krd MakeKrd(const char* name = "krd", Tr34Revocation* revocation = nullptr,
                  KeyBlockImportPolicy policy = {}) {
    auto krd = Tr34Krd::Create({Authorities(), PartyOf(name).certificate(), PartyOf(name).key(),
                                revocation != nullptr ? *revocation : no_revocation_, *state_,
                                clock_, random_, policy});
    EXPECT_TRUE(krd.ok()) << krd.error().message();
    return std::move(krd).value();
  }

  Bytes Credential(const char* name, bool with_crl = true) const {
    return WriteTr34Credential(
               {PartyOf(name).certificate_der, with_crl ? ByteView(TheWorld().crl) : ByteView()})
        .value();
  }

  Tr34Krd BoundKrd(const char* kdh = "kdh_2") {
    Tr34Krd krd = MakeKrd();
    EXPECT_TRUE(krd.Bind(Credential(kdh)).ok());
    return krd;
  }

  Tr34Pin Pin(Tr34Role role, const char* name) const {
    return Tr34Pin::Bind(Authorities(), role, PartyOf(name).certificate(), kNow).value();
  }

  // A token of `kdh` for `krd`.
  Result<Bytes> Token(const Tr34Freshness& freshness, Tr34Cipher cipher = Tr34Cipher::kAes256Cbc,
                      const char* kdh = "kdh_2", const char* krd = "krd",
                      KeyBlockExportPolicy policy = {}) {
    const Certificate certificate = PartyOf(kdh).certificate();
    const RsaPrivateKey private_key = PartyOf(kdh).key();
    return MakeTr34KeyToken({certificate, private_key, TheWorld().crl}, Pin(Tr34Role::kKrd, krd),
                            {header_, blocks_, key_}, freshness, cipher, policy, random_);
  }

  // The KDH's side of the first pass.
  Bytes RandomOf(Tr34Krd& krd) {
    const Bytes token = krd.MakeRandomToken().value();
    const ByteView random = ReadTr34RandomToken(token).value();
    return {random.begin(), random.end()};
  }

  // With the bound KDH's key; the content type of key tokens.
  Bytes SignAsKdh(ByteView content, std::vector<Bytes> attributes, bool sign_attributes = true) {
    const Bytes id = IssuerAndSerialOf(PartyOf("kdh_2").certificate()).value();
    return SignTr34({oids::kEnvelopedData, content, std::move(attributes), sign_attributes,
                     TheWorld().crl, id},
                    PartyOf("kdh_2").key())
        .value();
  }

  TestClock clock_;
  TestRandom random_{60};
  NoRevocation no_revocation_;
  std::unique_ptr<Tr34State> state_ = MakeMemoryTr34State(16);
  KeyBlockHeader header_ = KeyBlockHeader::Parse("D0000K0AB00E0000").value();
  std::vector<OptionalBlock> blocks_ = {{"LB", "terminal key"}};
  Bytes key_ = random_.Take(32);
};

TEST_F(Tr34, TwoPassesBringAKeyOnce) {
  Tr34Krd krd = BoundKrd();
  for (const auto cipher : {Tr34Cipher::kAes256Cbc, Tr34Cipher::kAes192Cbc, Tr34Cipher::kAes128Cbc,
                            Tr34Cipher::kTdesCbc}) {
    key_ = random_.Take(cipher == Tr34Cipher::kTdesCbc     ? 16
                        : cipher == Tr34Cipher::kAes128Cbc ? 16
                        : cipher == Tr34Cipher::kAes192Cbc ? 24
                                                           : 32);
    if (cipher == Tr34Cipher::kTdesCbc) {
      header_ = KeyBlockHeader::Parse("B0000K0TB00E0000").value();
    }
    const Bytes token = Token(ByteView(RandomOf(krd)), cipher).value();
    const auto key = krd.OpenKeyToken(token);
    ASSERT_TRUE(key.ok()) << key.error().message();
    EXPECT_EQ(BytesOf(key->key), key_);
    EXPECT_EQ(key->header, header_);
    EXPECT_EQ(krd.OpenKeyToken(token).code(), ErrorCode::kReplayed);
  }
  EXPECT_EQ(
      krd.OpenKeyToken(Token(ByteView(random_.Take(16)), Tr34Cipher::kTdesCbc).value()).code(),
      ErrorCode::kReplayed);
}

TEST_F(Tr34, OnePassTimesRiseStrictly) {
  Tr34Krd krd = BoundKrd();
  const auto open = [&](std::int64_t offset) {
    return krd.OpenKeyToken(Token(UnixSeconds{kNow.value + offset}).value()).code();
  };
  EXPECT_EQ(open(0), ErrorCode::kOk);
  EXPECT_EQ(open(0), ErrorCode::kReplayed);
  EXPECT_EQ(open(-1), ErrorCode::kReplayed);
  EXPECT_EQ(open(1), ErrorCode::kOk);
  EXPECT_EQ(open(300), ErrorCode::kOk);
  EXPECT_EQ(open(301), ErrorCode::kExpired);
  EXPECT_EQ(open(299), ErrorCode::kReplayed);
}

TEST_F(Tr34, AFlippedBitOpensNothingAndUsesNothingUp) {
  Tr34Krd krd = BoundKrd();
  const Bytes token = Token(ByteView(RandomOf(krd))).value();
  const std::size_t crl_begin = static_cast<std::size_t>(
      std::search(token.begin(), token.end(), TheWorld().crl.begin(), TheWorld().crl.end()) -
      token.begin());
  for (std::size_t i = 0; i < token.size(); ++i) {
    // The list is the revocation check's, which this device does not make.
    if (i >= crl_begin && i < crl_begin + TheWorld().crl.size()) continue;
    Bytes changed = token;
    changed[i] = static_cast<std::uint8_t>(changed[i] ^ (1U << random_.Below(8)));
    EXPECT_FALSE(krd.OpenKeyToken(changed).ok()) << "byte " << i;
  }
  EXPECT_TRUE(krd.OpenKeyToken(token).ok());
}

TEST_F(Tr34, OnlyTheBoundKdhAndOnlyForThisDevice) {
  Tr34Krd unbound = MakeKrd();
  EXPECT_EQ(unbound.OpenKeyToken(Token(kNow).value()).code(), ErrorCode::kPermissionDenied);
  Tr34Krd krd = BoundKrd();
  const auto code = [&](const char* kdh, const char* to) {
    return krd.OpenKeyToken(Token(kNow, Tr34Cipher::kAes256Cbc, kdh, to).value()).code();
  };
  EXPECT_EQ(code("kdh_3", "krd"), ErrorCode::kVerificationFailed);
  EXPECT_EQ(code("rogue_krd", "krd"), ErrorCode::kVerificationFailed);
  EXPECT_EQ(code("kdh_2", "other_krd"), ErrorCode::kVerificationFailed);
  EXPECT_EQ(krd.Bind(Credential("kdh_3")).code(), ErrorCode::kPermissionDenied);
  clock_.now = UnixSeconds{kNow.value + 86400LL * 365 * 11};
  EXPECT_EQ(krd.OpenKeyToken(Token(clock_.now).value()).code(), ErrorCode::kExpired);
}

TEST_F(Tr34, RolesArePinned) {
  Tr34Krd krd = MakeKrd();
  for (const char* wrong : {"rogue_krd", "krd", "encrypting_kdh", "ca_krd", "kdh_1"}) {
    EXPECT_FALSE(krd.Bind(Credential(wrong)).ok()) << wrong;
  }
  EXPECT_EQ(krd.kdh(), nullptr);
  EXPECT_EQ(
      Tr34Authorities::Create(PartyOf("root").certificate(), PartyOf("root").certificate()).code(),
      ErrorCode::kInvalidArgument);
  const Certificate certificate = PartyOf("kdh_2").certificate();
  const RsaPrivateKey key = PartyOf("kdh_2").key();
  EXPECT_EQ(MakeTr34KeyToken({certificate, key}, Pin(Tr34Role::kKdh, "kdh_3"), {header_, {}, key_},
                             kNow, Tr34Cipher::kAes256Cbc, {}, random_)
                .code(),
            ErrorCode::kPermissionDenied);
  EXPECT_EQ(Tr34Pin::Bind(Authorities(), Tr34Role::kKrd, certificate, kNow).code(),
            ErrorCode::kVerificationFailed);
  EXPECT_EQ(Tr34Pin::Bind(Authorities(), Tr34Role::kKdh, certificate, UnixSeconds{0}).code(),
            ErrorCode::kExpired);
  EXPECT_EQ(Tr34Krd::Create({Authorities(), PartyOf("krd").certificate(), PartyOf("kdh_2").key(),
                             no_revocation_, *state_, clock_, random_})
                .code(),
            ErrorCode::kInvalidArgument);
}

TEST_F(Tr34, TheSignedHeaderIsTheInnerOne) {
  Tr34Krd krd = BoundKrd();
  const Bytes kdh = IssuerAndSerialOf(PartyOf("kdh_2").certificate()).value();
  const Bytes other = IssuerAndSerialOf(PartyOf("kdh_3").certificate()).value();
  const Tr34Pin recipient = Pin(Tr34Role::kKrd, "krd");
  const auto make = [&](ByteView id, std::string_view inner, std::string_view outer) {
    const auto content = WriteTr34KeyContent({id, key_, AsBytes(inner)}).value();
    const Bytes envelope = SealTr34Envelope(content.Read(SecretAccess{}), recipient.id(),
                                            recipient.key(), Tr34Cipher::kAes256Cbc, random_)
                               .value();
    return SignAsKdh(
        envelope, {Tr34TimeAttribute(kNow).value(), Tr34HeaderAttribute(AsBytes(outer)).value()});
  };
  const auto code = [&](const Bytes& token) { return krd.OpenKeyToken(token).code(); };
  constexpr std::string_view kHeader = "D0016K0AB00E0000";
  EXPECT_EQ(code(make(kdh, kHeader, "D0016K0AB00N0000")), ErrorCode::kVerificationFailed);
  EXPECT_EQ(code(make(other, kHeader, kHeader)), ErrorCode::kVerificationFailed);
  EXPECT_EQ(code(make(kdh, "D0016K0AB00E0100", "D0016K0AB00E0100")), ErrorCode::kMalformed);
  EXPECT_EQ(code(make(kdh, "D0020K0AB00E0000LB04", "D0020K0AB00E0000LB04")),
            ErrorCode::kVerificationFailed);
  EXPECT_EQ(code(make(kdh, "D0016K0AG00E0000", "D0016K0AG00E0000")), ErrorCode::kPermissionDenied);
  EXPECT_EQ(code(make(kdh, kHeader, kHeader)), ErrorCode::kOk);
}

TEST_F(Tr34, AttributesAreNeeded) {
  Tr34Krd krd = BoundKrd();
  const Bytes token = Token(kNow).value();
  const Tr34Token parsed = Tr34Token::Parse(token).value();
  const auto code = [&](const Bytes& changed) { return krd.OpenKeyToken(changed).code(); };
  EXPECT_EQ(code(SignAsKdh(parsed.content, {}, false)), ErrorCode::kVerificationFailed);
  const Bytes header = Tr34HeaderAttribute(parsed.header).value();
  const Bytes time = Tr34TimeAttribute(kNow).value();
  const Bytes random = Tr34RandomAttribute(RandomOf(krd)).value();
  EXPECT_EQ(code(SignAsKdh(parsed.content, {header})), ErrorCode::kVerificationFailed);
  EXPECT_EQ(code(SignAsKdh(parsed.content, {time})), ErrorCode::kVerificationFailed);
  EXPECT_EQ(code(SignAsKdh(parsed.content, {header, time, random})),
            ErrorCode::kVerificationFailed);
  EXPECT_EQ(code(SignAsKdh(parsed.content, {header, time, time})), ErrorCode::kMalformed);
  EXPECT_EQ(code(SignAsKdh(parsed.content, {header, header, time})), ErrorCode::kMalformed);
  EXPECT_EQ(code(SignAsKdh(parsed.content, {header, time})), ErrorCode::kOk);
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
  const Tr34Pin device = Pin(Tr34Role::kKrd, "krd");
  const Tr34Pin other = Pin(Tr34Role::kKrd, "other_krd");
  const Tr34Pin next = Pin(Tr34Role::kKdh, "kdh_3");
  EXPECT_EQ(krd.Unbind(MakeTr34KdhUnbindToken(kdh, other, RandomOf(krd)).value()).code(),
            ErrorCode::kVerificationFailed);
  EXPECT_EQ(krd.Rebind(MakeTr34KdhRebindToken(kdh, other, next, RandomOf(krd)).value()).code(),
            ErrorCode::kVerificationFailed);
  EXPECT_EQ(krd.Rebind(MakeTr34KdhRebindToken(kdh, device, next, random_.Take(8)).value()).code(),
            ErrorCode::kReplayed);
  EXPECT_EQ(MakeTr34KdhRebindToken(kdh, device, device, random_.Take(8)).code(),
            ErrorCode::kPermissionDenied);
  const Bytes rebind = MakeTr34KdhRebindToken(kdh, device, next, RandomOf(krd)).value();
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
  const Tr34Pin device = Pin(Tr34Role::kKrd, "krd");
  const Tr34Pin old_kdh = Pin(Tr34Role::kKdh, "kdh_2");
  const Tr34Pin next = Pin(Tr34Role::kKdh, "kdh_3");
  const auto rebind = [&](const Tr34Pin& from, const Tr34Pin& to, std::int64_t offset) {
    return krd
        .Rebind(MakeTr34CaRebindToken(authority, device, from, to, UnixSeconds{kNow.value + offset})
                    .value())
        .code();
  };
  EXPECT_EQ(rebind(next, old_kdh, 0), ErrorCode::kVerificationFailed);
  EXPECT_EQ(rebind(old_kdh, next, 0), ErrorCode::kOk);
  EXPECT_EQ(rebind(next, old_kdh, 0), ErrorCode::kReplayed);
  EXPECT_EQ(rebind(next, old_kdh, 1), ErrorCode::kOk);
  EXPECT_EQ(krd.Unbind(MakeTr34CaUnbindToken(authority, device, next).value()).code(),
            ErrorCode::kVerificationFailed);
  const Certificate false_authority = PartyOf("ca_kdh").certificate();
  const RsaPrivateKey false_key = PartyOf("ca_kdh").key();
  EXPECT_EQ(krd.Unbind(MakeTr34CaUnbindToken({false_authority, false_key}, device, old_kdh).value())
                .code(),
            ErrorCode::kVerificationFailed);
  EXPECT_EQ(
      krd.Unbind(MakeTr34CaUnbindToken({certificate, false_key}, device, old_kdh).value()).code(),
      ErrorCode::kVerificationFailed);
  EXPECT_TRUE(krd.Unbind(MakeTr34CaUnbindToken(authority, device, old_kdh).value()).ok());
  EXPECT_EQ(krd.kdh(), nullptr);
}

TEST_F(Tr34, TheCipherIsAsStrongAsTheKey) {
  EXPECT_EQ(Token(kNow, Tr34Cipher::kTdesCbc).code(), ErrorCode::kPermissionDenied);
  const Bytes weak =
      Token(kNow, Tr34Cipher::kTdesCbc, "kdh_2", "krd", {.weaker_kbpk = true}).value();
  Tr34Krd krd = BoundKrd();
  EXPECT_EQ(krd.OpenKeyToken(weak).code(), ErrorCode::kPermissionDenied);
  Tr34Krd tolerant = MakeKrd("krd", nullptr, {.weaker_kbpk = true});
  ASSERT_TRUE(tolerant.Bind(Credential("kdh_2")).ok());
  EXPECT_TRUE(tolerant.OpenKeyToken(weak).ok());
}

TEST(Tr34State, IsBounded) {
  const auto state = MakeMemoryTr34State(1);
  EXPECT_TRUE(state->Remember(Bytes(8, 1)).ok());
  EXPECT_EQ(state->Remember(Bytes(8, 2)).code(), ErrorCode::kResourceExhausted);
  EXPECT_TRUE(state->Claim(Bytes(8, 1)).ok());
  EXPECT_EQ(state->Claim(Bytes(8, 1)).code(), ErrorCode::kReplayed);
  EXPECT_TRUE(state->Advance(Bytes(1), UnixSeconds{5}).ok());
  EXPECT_EQ(state->Advance(Bytes(2), UnixSeconds{5}).code(), ErrorCode::kResourceExhausted);
}

}  // namespace
}  // namespace florin::card
