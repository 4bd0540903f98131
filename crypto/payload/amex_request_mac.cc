#include "florin/payload/amex_request_mac.h"

#include <array>

#include "florin/base/base64.h"

namespace florin::payload {
namespace {

constexpr std::size_t kMaxPart = 4096;

Result<std::string> MacOf(hsm::Session& session, const hsm::KeyRef& secret, ByteView text) {
  FLORIN_TRY(const hsm::KeyHandle key, session.Resolve(secret));
  std::array<std::uint8_t, HashSize(Hash::kSha256)> mac;
  FLORIN_CHECK_OK(session.Sign(mechanisms::Hmac{Hash::kSha256, 0}, key, text, mac));
  return Base64Encode(mac, Base64Form::kStandard);
}

Status CheckParts(std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts) {
    if (part.empty() || part.size() > kMaxPart ||
        part.find_first_of("\n\r\"") != std::string_view::npos) {
      return Error(ErrorCode::kInvalidArgument,
                   "a part of the request is empty, too long, or holds a line feed or a quotation "
                   "mark");
    }
  }
  return OkStatus();
}

}  // namespace

Result<std::string> AmexBodyHash(hsm::Session& session, const hsm::KeyRef& client_secret,
                                 ByteView body) {
  return MacOf(session, client_secret, body);
}

Result<std::string> AmexMacHeader(hsm::Session& session, const hsm::KeyRef& client_secret,
                                  std::string_view client_id, const AmexRequest& request) {
  FLORIN_CHECK_OK(
      CheckParts({client_id, request.method, request.path, request.host, request.nonce}));
  FLORIN_TRY(const std::string body_hash, AmexBodyHash(session, client_secret, request.body));
  const std::string timestamp = std::to_string(request.timestamp_ms);
  const std::string port = std::to_string(request.port);
  std::string base;
  for (const std::string_view part :
       {std::string_view(timestamp), request.nonce, request.method, request.path, request.host,
        std::string_view(port), std::string_view(body_hash)}) {
    base.append(part).push_back('\n');
  }
  FLORIN_TRY(const std::string mac, MacOf(session, client_secret, AsBytes(base)));
  std::string header = "MAC ";
  header.append("id=\"").append(client_id).append("\",ts=\"").append(timestamp);
  header.append("\",nonce=\"").append(request.nonce).append("\",bodyhash=\"").append(body_hash);
  header.append("\",mac=\"").append(mac).append("\"");
  return header;
}

}  // namespace florin::payload
