// UTF-8 as RFC 3629 has it: no surrogates, no overlong forms, nothing above U+10FFFF.
#pragma once

#include <string_view>

namespace florin {

bool IsValidUtf8(std::string_view text);

}  // namespace florin
