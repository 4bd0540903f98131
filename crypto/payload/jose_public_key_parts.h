// What a JosePublicKey is made of, for those who compute with it.
#pragma once

#include <algorithm>
#include <array>
#include <variant>

#include "crypto/base/curve_table.h"
#include "crypto/base/json.h"
#include "crypto/base/json_writer.h"
#include "crypto/primitives/rsa.h"
#include "florin/payload/jose_public_key.h"

namespace florin::payload {

// A public key on any curve, checked: a point, or the 32 bytes of RFC 7748 or RFC 8032.
class JwkCurveKey {
 public:
  static Result<JwkCurveKey> Create(Curve curve, ByteView bytes);

  // Members of type "EC" (RFC 7518 6.2.1) or "OKP" (RFC 8037 2): coordinates as long as the curve's
  // field. Which members may be there is for the caller to check. kMalformed, kUnsupported.
  static Result<JwkCurveKey> FromJwk(const JsonObject& jwk);
  // The required members, in the order of RFC 7638 3.2.
  void WriteMembers(JsonWriter& writer) const;

  Curve curve() const { return curve_; }
  ByteView bytes() const { return ByteView(bytes_).first(InfoOf(curve_).public_size); }

 private:
  JwkCurveKey(Curve curve, ByteView bytes) : curve_(curve) {
    std::copy(bytes.begin(), bytes.end(), bytes_.begin());
  }
  Curve curve_;
  std::array<std::uint8_t, kMaxCurvePublicSize> bytes_{};
};

struct JosePublicKey::Parts {
  std::variant<JwkCurveKey, primitives::RsaPublicKey> key;
  Bytes spki;
  std::string jwk;
};

// Null for another type of key.
const JwkCurveKey* CurvePartOf(const JosePublicKey& key);
const primitives::RsaPublicKey* RsaPartOf(const JosePublicKey& key);

}  // namespace florin::payload
