// The header of a JWE or JWS: up to three objects, of which one is protected, read as one (RFC 7516
// 4, RFC 7515 4).
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/base/json.h"
#include "florin/base/result.h"

namespace florin::payload {

class JoseHeader {
 public:
  // kMalformed where two of them have a member in common.
  static Result<JoseHeader> Of(const std::optional<JsonObject>& protected_header,
                               const std::optional<JsonObject>& shared,
                               const std::optional<JsonObject>& own);

  std::optional<JsonValue> Find(std::string_view name) const;
  // kMalformed where it is absent or no string.
  Result<std::string_view> GetString(std::string_view name) const;
  // Empty where absent.
  Result<std::string_view> FindString(std::string_view name) const;

  // kVerificationFailed unless every required member is there and every other is one of `known`,
  // `required`, `optional`; any where `any_member`. "crit" (RFC 7515 4.1.11: nothing of it is
  // understood) and "zip" never pass.
  Status CheckMembers(std::span<const std::string_view> known,
                      const std::vector<std::string>& required,
                      const std::vector<std::string>& optional, bool any_member) const;

 private:
  std::array<std::optional<JsonObject>, 3> objects_;
};

}  // namespace florin::payload
