// ByteView and MutableBytes: how bytes are passed. Views never own and never outlive their owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)

namespace florin {

using ByteView = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

// Owned bytes that are not secret. Secrets live in SecretBytes or SecretArray (secret.h).
using Bytes = std::vector<std::uint8_t>;

// Views the characters of `text` as bytes; `text` must outlive the view.
inline ByteView AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// Views `bytes` as characters; `bytes` must outlive the view.
inline std::string_view AsText(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Compares two public values. For secrets use ConstantTimeEqual (secret.h).
inline bool SameBytes(ByteView a, ByteView b) { return AsText(a) == AsText(b); }

}  // namespace florin

#pragma GCC visibility pop
