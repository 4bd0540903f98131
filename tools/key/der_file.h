// Files as partners send them: DER, bare or as PEM (RFC 7468), and text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "florin/base/bytes.h"
#include "florin/base/result.h"

namespace florin::tools {

// The DER of a file, or of the first PEM text in it, of any label; "-" reads standard input. At
// most `limit` bytes of DER. kNotFound, kMalformed, kLimitExceeded.
Result<Bytes> ReadDerFile(const std::string& path, std::size_t limit);

// What a file holds, at most `limit` bytes; "-" reads standard input. kNotFound (also of an empty
// file), kLimitExceeded.
Result<std::string> ReadTextFile(const std::string& path, std::size_t limit);

// A PEM text with that label, such as "PUBLIC KEY", without a newline at its end.
std::string PemOf(std::string_view label, ByteView der);

}  // namespace florin::tools
