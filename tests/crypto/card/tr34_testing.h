// What the tests of TR-34 share: the norm's sample authorities and leaves of our own.
#pragma once

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

namespace florin::card::tr34_testing {

using primitives::Certificate;
using primitives::RsaPrivateKey;
using primitives::TestRandom;

inline constexpr UnixSeconds kNow{
    1289779200};  // 2010-11-15, while the norm's sample CRL is current

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

inline PkeyPtr ReadKey(const Bytes& der) {
  const unsigned char* next = der.data();
  return PkeyPtr(d2i_AutoPrivateKey(nullptr, &next, static_cast<long>(der.size())));
}

// A leaf under one of the norm's sample authorities.
inline Party IssueLeaf(const Party& authority, const char* name, const char* serial,
                       const char* usage, const EVP_MD* digest = EVP_sha256(),
                       const char* critical_extension = nullptr) {
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
  if (critical_extension != nullptr) {
    const int nid = OBJ_create(critical_extension, critical_extension, critical_extension);
    const std::unique_ptr<ASN1_OCTET_STRING, Free<ASN1_OCTET_STRING_free>> value(
        ASN1_OCTET_STRING_new());
    ASN1_OCTET_STRING_set(value.get(), Bytes{5, 0}.data(), 2);
    const std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>> unknown(
        X509_EXTENSION_create_by_NID(nullptr, nid, 1, value.get()));
    X509_add_ext(x509.get(), unknown.get(), -1);
  }
  const PkeyPtr signer = ReadKey(authority.key_der);
  EXPECT_GT(X509_sign(x509.get(), signer.get(), digest), 0);
  return {Der(x509.get(), i2d_X509), Der(key.get(), i2d_PrivateKey)};
}

// An empty list of `authority`, current at kNow.
inline Bytes IssueList(const Party& authority, const EVP_MD* digest,
                       const char* revoked = nullptr) {
  const unsigned char* next = authority.certificate_der.data();
  const X509Ptr issuer(
      d2i_X509(nullptr, &next, static_cast<long>(authority.certificate_der.size())));
  const std::unique_ptr<X509_CRL, Free<X509_CRL_free>> crl(X509_CRL_new());
  X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(issuer.get()));
  const std::unique_ptr<ASN1_TIME, Free<ASN1_TIME_free>> time(ASN1_TIME_new());
  ASN1_TIME_set(time.get(), kNow.value - 1);
  X509_CRL_set1_lastUpdate(crl.get(), time.get());
  if (revoked != nullptr) {
    X509_REVOKED* entry = X509_REVOKED_new();
    BIGNUM* number = nullptr;
    BN_hex2bn(&number, revoked);
    const std::unique_ptr<ASN1_INTEGER, Free<ASN1_INTEGER_free>> serial(
        BN_to_ASN1_INTEGER(number, nullptr));
    BN_free(number);
    X509_REVOKED_set_serialNumber(entry, serial.get());
    X509_REVOKED_set_revocationDate(entry, time.get());
    X509_CRL_add0_revoked(crl.get(), entry);
  }
  ASN1_TIME_set(time.get(), kNow.value + 86400);
  X509_CRL_set1_nextUpdate(crl.get(), time.get());
  const PkeyPtr signer = ReadKey(authority.key_der);
  EXPECT_GT(X509_CRL_sign(crl.get(), signer.get(), digest), 0);
  return Der(crl.get(), i2d_X509_CRL);
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
    parties["sha1_kdh"] = IssueLeaf(ca_kdh, "SHA-1", "16", "digitalSignature", EVP_sha1());
    parties["critical_kdh"] = IssueLeaf(ca_kdh, "Critical", "17", "digitalSignature", EVP_sha256(),
                                        "1.3.6.1.4.1.99999.34");
    krd_crl = IssueList(ca_krd, EVP_sha256(), "12");  // other_krd
    parties["encrypting_kdh"] = IssueLeaf(ca_kdh, "Encrypting", "15", "keyEncipherment");
  }

  std::map<std::string, Party> parties;
  Bytes crl;      // the norm's sample, of the KDHs' authority
  Bytes krd_crl;  // of the KRDs' authority
};

inline const World& TheWorld() {
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
                  KeyBlockImportPolicy policy = {.weaker_rsa = true}, bool allow_one_pass = true,
                  bool timeless_unbind = false) {
    auto krd = Tr34Krd::Create({.authorities = Authorities(),
                                .certificate = PartyOf(name).certificate(),
                                .key = PartyOf(name).key(),
                                .revocation = revocation != nullptr ? *revocation : no_revocation_,
                                .state = *state_,
                                .clock = clock_,
                                .random = random_,
                                .policy = policy,
                                .allow_one_pass = allow_one_pass,
                                .timeless_unbind = timeless_unbind});
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

  Tr34Binding BindingOf(Tr34Role role, const char* name) const {
    return Tr34Binding::Bind(Authorities(), role, PartyOf(name).certificate(), kNow).value();
  }

  // A token of `kdh` for `krd`.
  Result<Bytes> Token(const Tr34Freshness& freshness, Tr34Cipher cipher = Tr34Cipher::kAes256Cbc,
                      const char* kdh = "kdh_2", const char* krd = "krd",
                      KeyBlockExportPolicy policy = {.weaker_rsa = true}) {
    const Certificate certificate = PartyOf(kdh).certificate();
    const RsaPrivateKey private_key = PartyOf(kdh).key();
    const Tr34Binding binding = BindingOf(Tr34Role::kKrd, krd);
    return MakeTr34KeyToken({certificate, private_key, TheWorld().crl}, To(binding),
                            {header_, blocks_, key_}, freshness, cipher, policy, random_);
  }

  Tr34Recipient To(const Tr34Binding& krd, std::int64_t offset = 0) {
    return {krd, TheWorld().krd_crl, no_revocation_, UnixSeconds{kNow.value + offset}};
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

}  // namespace florin::card::tr34_testing
