// JsonNode: one value of a parsed document, as the parser lays it down and the views read it.
#pragma once

#include <cstdint>

#include "crypto/base/json.h"

namespace florin {

// Nodes stand in document order: the first child is the next node, a sibling is `span` further.
struct JsonNode {
  const char* name;  // of a member, unescaped; else null
  const char* text;  // a string unescaped, a number as written; else null
  std::uint32_t name_size;
  std::uint32_t text_size;
  std::uint32_t span;   // nodes of this value, itself included
  std::uint32_t count;  // members or elements
  JsonKind kind;
  bool truth;  // of a kBool
};

}  // namespace florin
