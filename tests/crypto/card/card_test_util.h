// What the card tests share.
#pragma once

#include <string>
#include <string_view>

#include "florin/base/bytes.h"
#include "florin/base/hex.h"
#include "florin/base/secret.h"
#include "tools/vectors/vector_file.h"

namespace florin::card {

inline vectors::VectorFile LoadVectors(std::string_view name) {
  return vectors::VectorFile::Load(FLORIN_SOURCE_DIR "/tests/vectors/card/" + std::string(name));
}

inline Bytes Hex(std::string_view digits) { return HexDecode(digits).value(); }

// The clear bytes of a SecretArray or another secret type.
template <class Secret>
Bytes Clear(const Secret& secret) {
  const ByteView view = secret.Read(SecretAccess{});
  return {view.begin(), view.end()};
}

inline Bytes ZeroPadded(Bytes data, std::size_t block) {
  data.resize((data.size() + block - 1) / block * block);
  return data;
}

}  // namespace florin::card
