#include "florin/payload/google_recipient_id.h"

#include <algorithm>

namespace florin::payload {
namespace {

constexpr std::string_view kMerchantPrefix = "merchant:";
constexpr std::string_view kGatewayPrefix = "gateway:";
constexpr std::size_t kMaxId = 128;

bool IsIdCharacter(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
         c == '-' || c == '_';
}

Status CheckId(std::string_view id) {
  if (!id.empty() && id.size() <= kMaxId && std::all_of(id.begin(), id.end(), IsIdCharacter)) {
    return OkStatus();
  }
  return Error(ErrorCode::kInvalidArgument,
               "a merchant or gateway id has 1 to 128 letters, digits, '.', '-' and '_', and no "
               "prefix");
}

}  // namespace

Result<GoogleRecipientId> GoogleRecipientId::Merchant(std::string_view merchant_id) {
  FLORIN_CHECK_OK(CheckId(merchant_id));
  return GoogleRecipientId(Kind::kMerchant,
                           std::string(kMerchantPrefix) + std::string(merchant_id));
}

Result<GoogleRecipientId> GoogleRecipientId::Gateway(std::string_view gateway_id) {
  FLORIN_CHECK_OK(CheckId(gateway_id));
  return GoogleRecipientId(Kind::kGateway, std::string(kGatewayPrefix) + std::string(gateway_id));
}

Result<GoogleRecipientId> GoogleRecipientId::Parse(std::string_view text) {
  if (text.substr(0, kMerchantPrefix.size()) == kMerchantPrefix) {
    return Merchant(text.substr(kMerchantPrefix.size()));
  }
  if (text.substr(0, kGatewayPrefix.size()) == kGatewayPrefix) {
    return Gateway(text.substr(kGatewayPrefix.size()));
  }
  return Error(ErrorCode::kInvalidArgument,
               "a recipient id of payments begins with merchant: or gateway:");
}

}  // namespace florin::payload
