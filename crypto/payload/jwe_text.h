// The text of a JWE (RFC 7516 7), compact or JSON, and its headers. Nothing here is verified.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "crypto/base/json.h"
#include "crypto/payload/decoded_fields.h"
#include "crypto/payload/jose_header.h"
#include "crypto/payload/jose_public_key_parts.h"
#include "crypto/payload/jose_tables.h"
#include "crypto/payload/jose_workspace.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/payload/jwe_profile.h"

namespace florin::payload {

inline constexpr std::size_t kMaxRecipients = 16;
inline constexpr std::size_t kMaxPartyInfo = 256;
inline constexpr std::size_t kGcmKeyWrapIv = 12;  // RFC 7518 4.7.1.1
inline constexpr std::size_t kGcmTag = 16;

struct JweRecipientText {
  std::optional<JsonObject> header;
  std::string_view encrypted_key;
};

// Base64url text, except the headers.
struct JweText {
  std::string_view protected_text;
  std::string_view protected_json;
  std::optional<JsonObject> protected_header;
  std::optional<JsonObject> unprotected_header;
  std::optional<std::string_view> aad;
  std::string_view iv;
  std::string_view ciphertext;
  std::string_view tag;
  std::array<JweRecipientText, kMaxRecipients> recipients;
  std::size_t recipient_count = 0;
};

// What the header of one recipient says.
struct JweHeader {
  const JweAlgorithmRow* algorithm = nullptr;
  const JweEncryptionRow* encryption = nullptr;
  std::string_view kid;
  std::string_view content_type;
  std::optional<JwkCurveKey> epk;  // agreements
  ByteView apu;                    // agreements
  ByteView apv;
  ByteView wrap_iv;  // GCM key wrap
  ByteView wrap_tag;
};

// kMalformed, kLimitExceeded; kUnsupported: JSON that the profile does not take.
Result<JweText> ReadJweText(JoseWorkspace& workspace, std::string_view text, bool json_allowed,
                            DecodedFields& fields);

// Checks the header against the profile: members, algorithms, what they need.
Result<JweHeader> ReadJweHeader(const JweProfile& profile, const JweText& text,
                                const JweRecipientText& recipient, DecodedFields& fields);

// The number of bits in as many bytes, 64 bits long: AL of RFC 7518 5.2.2.1.
std::array<std::uint8_t, 8> BitLength(std::size_t bytes);

// OtherInfo of the concatenation KDF (RFC 7518 4.6.2), behind Z: into `out`, at most
// kMaxAgreementInfo bytes; returns it.
inline constexpr std::size_t kMaxAgreementInfo = 3 * 4 + 32 + 2 * kMaxPartyInfo + 4;
ByteView WriteAgreementInfo(std::string_view algorithm, ByteView apu, ByteView apv,
                            std::size_t key_length,
                            std::array<std::uint8_t, kMaxAgreementInfo>& out);

// What the agreement of `algorithm` and `encryption` derives, and under which name.
struct AgreedKey {
  std::string_view name;
  std::size_t length;
};
AgreedKey AgreedKeyOf(const JweAlgorithmRow& algorithm, const JweEncryptionRow& encryption);

}  // namespace florin::payload
