// The memory that one verification of a Google message works in.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "crypto/base/json.h"
#include "crypto/payload/google_root_key_set.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"

namespace florin::payload {

// Parsers that hold their text in wiped memory, the decoded fields, and the root keys that were
// read last, which are kept.
struct GoogleWorkspace {
  static Result<std::unique_ptr<GoogleWorkspace>> Create(std::size_t max_bytes);
  void Clear();

  GoogleWorkspace(std::size_t limit, JsonParser token, JsonParser inner)
      : max_bytes(limit),
        token_parser(std::move(token)),
        inner_parser(std::move(inner)),
        fields(limit) {}

  std::size_t max_bytes;
  JsonParser token_parser;
  JsonParser inner_parser;  // what the token's texts hold, one after the other
  Bytes fields;             // ciphertext and signatures: nothing secret
  GoogleRootKeySets root_keys;
};

}  // namespace florin::payload
