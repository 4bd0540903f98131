#include <array>

#include "crypto/primitives/ec.h"
#include "crypto/primitives/ed25519.h"
#include "crypto/primitives/hash.h"
#include "crypto/primitives/known_answers.h"
#include "crypto/primitives/rsa.h"
#include "crypto/primitives/x25519.h"

namespace florin::primitives {
namespace {

// RFC 5903 8.1.
bool TestEcdh(std::string_view expected) {
  auto key = EcPrivateKey::FromScalar(
      Curve::kP256, Known("c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433"));
  const Known peer(
      "04d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf6356fbf3ca366cc23e8157854c13"
      "c58d6aac23f046ada30f8353e74f33039872ab");
  std::array<std::uint8_t, 32> z{};
  return key.ok() && Ecdh(*key, peer, z).ok() && Equals(z, expected);
}

// RFC 6979 A.2.5, SHA-256, "sample"; then a signature of our own.
bool TestEcdsaP256(std::string_view expected) {
  auto key = EcPrivateKey::FromScalar(
      Curve::kP256, Known("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"));
  std::array<std::uint8_t, 64> signature{};
  std::array<std::uint8_t, 32> digest{};
  if (!key.ok() || !Digest(Hash::kSha256, AsBytes("sample"), digest).ok() ||
      !EcdsaVerify(key->public_key(), digest, Known(expected), SignatureForm::kRaw).ok() ||
      !EcdsaSign(*key, digest, signature).ok() ||
      !EcdsaVerify(key->public_key(), digest, signature, SignatureForm::kRaw).ok()) {
    return false;
  }
  signature[63] = static_cast<std::uint8_t>(signature[63] ^ 1);
  return !EcdsaVerify(key->public_key(), digest, signature, SignatureForm::kRaw).ok();
}

// RFC 6979 A.2.6, SHA-384, "sample".
bool TestEcdsaP384(std::string_view expected) {
  auto key = EcPublicKey::FromPoint(
      Curve::kP384,
      Known(
          "04ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a25"
          "4515480bc138015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae"
          "0d4fe7344fd2533264720"));
  std::array<std::uint8_t, 48> digest{};
  return key.ok() && Digest(Hash::kSha384, AsBytes("sample"), digest).ok() &&
         EcdsaVerify(*key, digest, Known(expected), SignatureForm::kRaw).ok();
}

// RFC 6979 A.2.7, SHA-512, "sample".
bool TestEcdsaP521(std::string_view expected) {
  auto key =
      EcPublicKey::FromPoint(Curve::kP521, Known("0401894550d0785932e00eaa23b694f213f8c3121f86dc97a"
                                                 "04e5a7167db4e5bcd371123d46e45db6b5d5370a7"
                                                 "f20fb633155d38ffa16d2bd761dcac474b9a2f5023a400493"
                                                 "101c962cd4d2fddf782285e64584139c2f91b47f8"
                                                 "7ff82354d6630f746a28a0db25741b5b34a828008b22acc23"
                                                 "f924faafbd4d33f81ea66956dfeaa2bfdfcf5"));
  std::array<std::uint8_t, 64> digest{};
  return key.ok() && Digest(Hash::kSha512, AsBytes("sample"), digest).ok() &&
         EcdsaVerify(*key, digest, Known(expected), SignatureForm::kRaw).ok();
}

// RFC 8032 7.1, test 2.
bool TestEd25519(std::string_view expected) {
  const auto key = Ed25519PrivateKey::FromBytes(
      Known("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
  const std::array<std::uint8_t, 1> message = {0x72};
  std::array<std::uint8_t, kEd25519SignatureSize> signature{};
  return key.ok() && key->Sign(message, signature).ok() && Equals(signature, expected) &&
         Ed25519Verify(key->public_key(), message, signature).ok() &&
         !Ed25519Verify(key->public_key(), {}, signature).ok();
}

// RFC 7748 6.1.
bool TestX25519(std::string_view expected) {
  auto key = X25519PrivateKey::FromBytes(
      Known("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"));
  const Known peer("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
  std::array<std::uint8_t, 32> z{};
  return key.ok() && key->Agree(peer, z).ok() && Equals(z, expected);
}

// RFC 7515 A.2: RS256, 2048 bits.
bool TestRsaPkcs1(std::string_view expected) {
  auto key = RsaPublicKey::FromNumbers(
      Known("a1f8160ae2e3c9b465ce8d2d656263362b927dbe29e1f02477fc1625cc90a136e38bd93497c5b6ea63dd77"
            "11e67c7429f956b0fb8a8f089adc4b69893cc1333f53edd019b87784252fec914fe4857769594bea4280d3"
            "2c0f55bf62944f130396bc6e9bdf6ebdd2bda3678eeca0c668f701b38dbffb38c8342ce2fe6d27fade4a5a"
            "4874979dd4b9cf9adec4c75b05852c2c0f5ef8a5c1750392f944e8ed64c110c6b647609aa4783aeb9c6c9a"
            "d755313050638b83665c6f6f7a82a396702a1f641b82d3ebf2392219491fb686872c5716f50af8358d9a8b"
            "9d17c340728f7f87d89a18d8fcab67ad84590c2ecf759339363c07034d6f606f9e21e05456cae5e9a1"),
      Known("010001"));
  constexpr std::string_view kSigned =
      "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLm"
      "NvbS9pc19yb290Ijp0cnVlfQ";
  std::array<std::uint8_t, 32> digest{};
  return key.ok() && Digest(Hash::kSha256, AsBytes(kSigned), digest).ok() &&
         key->VerifyPkcs1(Hash::kSha256, digest, Known(expected)).ok();
}

constexpr std::array<KnownAnswer, 7> kAnswers = {{
    {"ecdh", TestEcdh, "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de"},
    {"ecdsa-p256", TestEcdsaP256,
     "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29"
     "f65f3e900dbb9aff4064dc4ab2f843acda8"},
    {"ecdsa-p384", TestEcdsaP384,
     "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fab"
     "e4699ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38"
     "628ac8"},
    {"ecdsa-p521", TestEcdsaP521,
     "00c328fafcbd79dd77850370c46325d987cb525569fb63c5d3bc53950e6d4c5f174e25a1ee9017b5d450606add15"
     "2b534931d7d4e8455cc91f9b15bf05ec36e377fa00617cce7cf5064806c467f678d3b4080d6f1cc50af26ca20941"
     "7308281b68af282623eaa63e5b5c0723d8b8c37ff0777b1a20f8ccb1dccc43997f1ee0e44da4a67a"},
    {"ed25519", TestEd25519,
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
     "d"
     "8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"x25519", TestX25519, "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"},
    {"rsa-pkcs1", TestRsaPkcs1,
     "702e218943e88fd11eb5d82dbf7845f34106ae1b81fff7731116add1717d83656d420afd3c96eedd73a2663e51666"
     "87b000b87226e0187ed1073f945e582adfcef16d85a798ee8c66ddb3db8975b17d09402beedd5d9d97007108db281"
     "60d5f8040ca7445762b81fbe7ff9d92e0ae76f24f25b33bbe6f44ae61eb1040acb20044d3ef9128ed40130795bd4b"
     "d3b41eecad066ab651981fde48df77f372dc38b9fafdd3befb18b5da3cc3c2eb02f9e3a41d612caad15911273a05f"
     "23b9e838faaf849d698429ef5a1e88798236c3d40e604522a544c8f27a7a2db80663d16cf7caea56de405cb2215a4"
     "5b2c25566b55ac1a748a070dfc8a32a469543d019eefb47"},
}};

}  // namespace

std::span<const KnownAnswer> KnownPublicKeys() { return kAnswers; }

}  // namespace florin::primitives
