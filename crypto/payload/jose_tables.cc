#include "crypto/payload/jose_tables.h"

#include <algorithm>
#include <array>
#include <span>

#include "florin/base/result.h"

namespace florin::payload {
namespace {

using enum KeyManagement;

// RFC 7518 4.1.
constexpr std::array<JweAlgorithmRow, 14> kJweAlgorithms = {{
    {JweAlgorithm::kRsaOaep, "RSA-OAEP", kRsa},
    {JweAlgorithm::kRsaOaep256, "RSA-OAEP-256", kRsa},
    {JweAlgorithm::kRsa15, "RSA1_5", kRsa},
    {JweAlgorithm::kEcdhEs, "ECDH-ES", kAgreement},
    {JweAlgorithm::kEcdhEsA128Kw, "ECDH-ES+A128KW", kAgreedKeyWrap, 16},
    {JweAlgorithm::kEcdhEsA192Kw, "ECDH-ES+A192KW", kAgreedKeyWrap, 24},
    {JweAlgorithm::kEcdhEsA256Kw, "ECDH-ES+A256KW", kAgreedKeyWrap, 32},
    {JweAlgorithm::kA128Kw, "A128KW", kKeyWrap, 16},
    {JweAlgorithm::kA192Kw, "A192KW", kKeyWrap, 24},
    {JweAlgorithm::kA256Kw, "A256KW", kKeyWrap, 32},
    {JweAlgorithm::kA128GcmKw, "A128GCMKW", kGcmKeyWrap, 16},
    {JweAlgorithm::kA192GcmKw, "A192GCMKW", kGcmKeyWrap, 24},
    {JweAlgorithm::kA256GcmKw, "A256GCMKW", kGcmKeyWrap, 32},
    {JweAlgorithm::kDirect, "dir", KeyManagement::kDirect},
}};

// RFC 7518 5.1.
constexpr std::array<JweEncryptionRow, 6> kJweEncryptions = {{
    {JweEncryption::kA128Gcm, "A128GCM", 16, true, Hash::kSha256, 16},
    {JweEncryption::kA192Gcm, "A192GCM", 24, true, Hash::kSha256, 16},
    {JweEncryption::kA256Gcm, "A256GCM", 32, true, Hash::kSha256, 16},
    {JweEncryption::kA128CbcHs256, "A128CBC-HS256", 32, false, Hash::kSha256, 16},
    {JweEncryption::kA192CbcHs384, "A192CBC-HS384", 48, false, Hash::kSha384, 24},
    {JweEncryption::kA256CbcHs512, "A256CBC-HS512", 64, false, Hash::kSha512, 32},
}};

// RFC 7518 3.1, RFC 8037 3.1.
constexpr std::array<JwsAlgorithmRow, 13> kJwsAlgorithms = {{
    {JwsAlgorithm::kHs256, "HS256", SignatureScheme::kHmac, Hash::kSha256},
    {JwsAlgorithm::kHs384, "HS384", SignatureScheme::kHmac, Hash::kSha384},
    {JwsAlgorithm::kHs512, "HS512", SignatureScheme::kHmac, Hash::kSha512},
    {JwsAlgorithm::kRs256, "RS256", SignatureScheme::kRsaPkcs1, Hash::kSha256},
    {JwsAlgorithm::kRs384, "RS384", SignatureScheme::kRsaPkcs1, Hash::kSha384},
    {JwsAlgorithm::kRs512, "RS512", SignatureScheme::kRsaPkcs1, Hash::kSha512},
    {JwsAlgorithm::kPs256, "PS256", SignatureScheme::kRsaPss, Hash::kSha256},
    {JwsAlgorithm::kPs384, "PS384", SignatureScheme::kRsaPss, Hash::kSha384},
    {JwsAlgorithm::kPs512, "PS512", SignatureScheme::kRsaPss, Hash::kSha512},
    {JwsAlgorithm::kEs256, "ES256", SignatureScheme::kEcdsa, Hash::kSha256},
    {JwsAlgorithm::kEs384, "ES384", SignatureScheme::kEcdsa, Hash::kSha384},
    {JwsAlgorithm::kEs512, "ES512", SignatureScheme::kEcdsa, Hash::kSha512},
    {JwsAlgorithm::kEdDsa, "EdDSA", SignatureScheme::kEdDsa, Hash::kSha512},
}};

// Rows stand in the order of their enumeration.
template <class Rows, class Key>
constexpr bool InOrder(const Rows& rows, Key key) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (static_cast<std::size_t>(rows[i].*key) != i) return false;
  }
  return true;
}
static_assert(InOrder(kJweAlgorithms, &JweAlgorithmRow::algorithm));
static_assert(InOrder(kJweEncryptions, &JweEncryptionRow::encryption));
static_assert(InOrder(kJwsAlgorithms, &JwsAlgorithmRow::algorithm));

template <class Rows, class Key>
const auto& RowAt(const Rows& rows, Key key) {
  const auto index = static_cast<std::size_t>(key);
  FLORIN_INVARIANT(index < rows.size());
  return rows[index];
}

template <class Rows>
const typename Rows::value_type* Named(const Rows& rows, std::string_view name) {
  const auto* found =
      std::find_if(rows.begin(), rows.end(), [name](const auto& row) { return row.name == name; });
  return found == rows.end() ? nullptr : found;
}

}  // namespace

const JweAlgorithmRow& RowOf(JweAlgorithm algorithm) { return RowAt(kJweAlgorithms, algorithm); }
const JweEncryptionRow& RowOf(JweEncryption enc) { return RowAt(kJweEncryptions, enc); }
const JwsAlgorithmRow& RowOf(JwsAlgorithm algorithm) { return RowAt(kJwsAlgorithms, algorithm); }

const JweAlgorithmRow* FindJweAlgorithm(std::string_view name) {
  return Named(kJweAlgorithms, name);
}
const JweEncryptionRow* FindJweEncryption(std::string_view name) {
  return Named(kJweEncryptions, name);
}
const JwsAlgorithmRow* FindJwsAlgorithm(std::string_view name) {
  return Named(kJwsAlgorithms, name);
}

std::string_view JoseName(JweAlgorithm algorithm) { return RowOf(algorithm).name; }
std::string_view JoseName(JweEncryption encryption) { return RowOf(encryption).name; }
std::string_view JoseName(JwsAlgorithm algorithm) { return RowOf(algorithm).name; }

}  // namespace florin::payload
