// The grammar of a JSON number, for the reader and the writer.
#pragma once

#include <string_view>

namespace florin {

// RFC 8259 section 6: -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?
bool IsJsonNumber(std::string_view text);

}  // namespace florin
