// GoogleRecipientId: for whom Google signs a payment token.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "florin/base/result.h"

#pragma GCC visibility push(default)

namespace florin::payload {

// "merchant:<merchant id>" for one who decrypts for himself, "gateway:<gateway id>" for a gateway
// that Google encrypts to on behalf of its merchants. A bare id is neither, and verifying against
// one finds every token wrong or, worse, takes another party's. Google's TEST environment signs for
// "merchant:12345678901234567890". A value type.
class GoogleRecipientId {
 public:
  enum class Kind : std::uint8_t { kMerchant, kGateway };

  // From the id alone, 1 to 128 letters, digits, '.', '-' and '_'. kInvalidArgument else.
  static Result<GoogleRecipientId> Merchant(std::string_view merchant_id);
  static Result<GoogleRecipientId> Gateway(std::string_view gateway_id);

  // From the whole text, prefix included. kInvalidArgument for a bare id.
  static Result<GoogleRecipientId> Parse(std::string_view text);

  Kind kind() const { return kind_; }
  // With its prefix, as it is signed.
  const std::string& text() const { return text_; }

  friend bool operator==(const GoogleRecipientId&, const GoogleRecipientId&) = default;

 private:
  GoogleRecipientId(Kind kind, std::string text) : kind_(kind), text_(std::move(text)) {}
  Kind kind_;
  std::string text_;
};

}  // namespace florin::payload

#pragma GCC visibility pop
