// Forge: makes Apple Pay tokens that are right in everything but what a test changes.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/payload/cms_signed_data.h"
#include "crypto/primitives/certificate.h"
#include "crypto/primitives/ec.h"
#include "crypto/primitives/rsa.h"
#include "florin/base/bytes.h"
#include "florin/base/clock.h"

namespace florin::payload {

inline constexpr UnixSeconds kForgeNow{1700000000};
inline constexpr char kForgeMerchant[] = "merchant.test.florin";

// What certificates to make, and what to leave out of them.
struct PkiOptions {
  const char* root_name = "Test Root CA - G3";
  bool leaf_marker = true;
  bool intermediate_marker = true;
  bool intermediate_is_ca = true;
  UnixSeconds leaf_not_after{kForgeNow.value + 86400};
  Curve leaf_curve = Curve::kP256;
  bool rsa_leaf_marker = true;
};

struct ForgedIdentity {
  primitives::Certificate certificate;
  primitives::EcPrivateKey key;
};

struct ForgedPki {
  ForgedIdentity root;
  ForgedIdentity intermediate;
  ForgedIdentity leaf;
  // Signs tokens of RSA_v1, with SignerRsaKey.
  primitives::Certificate rsa_leaf;
};

// RSA keys of 2048 bits, made once for the process: a signer's and a merchant's.
const primitives::RsaPrivateKey& SignerRsaKey();
const primitives::RsaPrivateKey& MerchantRsaKey();
// SubjectPublicKeyInfo.
Bytes InfoOf(const primitives::RsaPrivateKey& key);

ForgedPki MakePki(const PkiOptions& options = {});
Bytes DerOf(const primitives::Certificate& certificate);

// One ASN.1 element in DER around parts.
Bytes Element(std::uint8_t tag, std::initializer_list<Bytes> parts);
Bytes Join(std::initializer_list<ByteView> parts);

// A CMS SignedData in pieces, each a whole element, to be changed before it is built.
struct ForgedSigner {
  Bytes version;
  Bytes name;  // issuer and serial number
  Bytes digest_algorithm;
  std::vector<Bytes> attributes;
  bool sort_attributes = true;
  bool sign_as_sent = false;  // over the tag [0] instead of SET OF
  Bytes signature_algorithm;
  Bytes unsigned_attributes;  // empty: none
  CmsSigningKey key;
};

struct ForgedCms {
  Bytes version;
  std::vector<Bytes> digest_algorithms;
  Bytes encapsulated_content;
  std::vector<Bytes> certificates;
  Bytes crls;  // empty: none
  std::vector<ForgedSigner> signers;
  bool segmented_signature = false;  // constructed OCTET STRING
};

// Makes the message as a phone would; `content_digest` is signed at `time`.
ForgedCms MakeCms(const ForgedPki& pki, const std::array<std::uint8_t, 32>& content_digest,
                  UnixSeconds time = kForgeNow, bool null_parameters = false);

// Signs and encodes, BER with indefinite lengths outside.
Bytes BuildCms(const ForgedCms& cms);

// The same by the RSA leaf, with sha256WithRSAEncryption.
ForgedCms MakeRsaCms(const ForgedPki& pki, const std::array<std::uint8_t, 32>& content_digest,
                     UnixSeconds time = kForgeNow);

// The pieces that MakeCms uses.
Bytes Sha256Algorithm(bool null_parameters = false);
Bytes EcdsaAlgorithm();
Bytes RsaAlgorithm();
Bytes ContentTypeAttribute();
Bytes SigningTimeAttribute(UnixSeconds time);
Bytes MessageDigestAttribute(ByteView digest);
Bytes AlgorithmProtectionAttribute(const Bytes& digest_algorithm, const Bytes& signature_algorithm);

// A token in decoded fields.
struct ForgedToken {
  std::string version = "EC_v1";
  Bytes data;
  Bytes signature;
  Bytes key;  // ephemeralPublicKey, or wrappedKey where the version is RSA_v1
  Bytes public_key_hash;
  Bytes transaction_id;
  std::optional<Bytes> application_data;
};

// Encrypts `plaintext` (JSON) to the merchant under a fresh key. The signature is left empty.
ForgedToken Encrypt(std::string_view plaintext, ByteView merchant_point,
                    std::string_view merchant_identifier = kForgeMerchant);
// The same for RSA_v1. `key_size` is the length of the wrapped key: 16 in good tokens.
ForgedToken EncryptToRsa(std::string_view plaintext, const primitives::RsaPrivateKey& merchant,
                         std::size_t key_size = 16);
std::array<std::uint8_t, 32> ContentDigest(const ForgedToken& token);
std::string ToJson(const ForgedToken& token);

// Payment data of a 3DSecure payment.
std::string SamplePlaintext();

}  // namespace florin::payload
