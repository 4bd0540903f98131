// The request MAC of the American Express token service: the "Authorization: MAC ..." header.
// Source: the public client libraries of American Express.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/hsm/session.h"

#pragma GCC visibility push(default)

namespace florin::payload {

// What the MAC covers. No part may hold a line feed or a quotation mark: kInvalidArgument.
struct AmexRequest {
  std::string_view method;  // "POST"
  std::string_view path;    // with the query, as it is sent
  std::string_view host;
  std::uint16_t port = 443;
  ByteView body = {};
  std::int64_t timestamp_ms = 0;  // since 1970
  std::string_view nonce;         // never twice; a UUID in their libraries
};

// Base64 of HMAC-SHA-256 of the body under the client secret, an HMAC key of the session.
Result<std::string> AmexBodyHash(hsm::Session& session, const hsm::KeyRef& client_secret,
                                 ByteView body);

// The value of the header: MAC id="...",ts="...",nonce="...",bodyhash="...",mac="...".
Result<std::string> AmexMacHeader(hsm::Session& session, const hsm::KeyRef& client_secret,
                                  std::string_view client_id, const AmexRequest& request);

}  // namespace florin::payload

#pragma GCC visibility pop
