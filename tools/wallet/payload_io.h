// Payloads that commands read and write: from an argument, a file or standard input, to a file or
// standard output.
#pragma once

#include <cstddef>
#include <string>

#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"

namespace florin::tools {

// As ReadTextFile (key/der_file.h), into secret memory; an empty file is empty content.
Result<SecretBytes> ReadSecretPayload(const std::string& path, std::size_t limit);

// A text given as an argument; "-" reads standard input. White space around it is dropped.
Result<std::string> TextArgument(const std::string& argument);

// Writes content that may hold a card number to a new file which only its owner may read, or to
// standard output where `path` is "-". Nothing where it is empty. kConflict: the file is there.
Status WritePayload(const std::string& path, ByteView content);

// --at: such as 2026-11-27T01:51:42Z, or seconds since 1970; now where it is empty.
Result<UnixSeconds> TimeOption(const std::string& text);

}  // namespace florin::tools
