// What the tests of key blocks share.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/card/key_block_keys.h"
#include "crypto/card/key_block_unwrap.h"
#include "crypto/card/key_block_wrap.h"
#include "florin/card/key_block.h"
#include "tools/vectors/vector_file.h"

namespace florin::card {

inline constexpr KeyBlockImportPolicy kTolerant = {true, true, true, true, true};

inline vectors::VectorFile LoadCardVectors(const char* name) {
  return vectors::VectorFile::Load(std::string(FLORIN_SOURCE_DIR "/tests/vectors/card/") + name);
}

inline KeyBlockKeys KeysFor(char version, ByteView kbpk) {
  return KeyBlockKeys::Create(version, kbpk).value();
}

inline Bytes BytesOf(const SecretBytes& secret) {
  const ByteView view = secret.Read(SecretAccess{});
  return {view.begin(), view.end()};
}

// Reads and unwraps with keys for whatever version the block claims.
inline Result<Bytes> Unwrap(ByteView kbpk, std::string_view text,
                            const KeyBlockImportPolicy& policy = kTolerant) {
  FLORIN_TRY(const KeyBlock block, KeyBlock::Parse(text));
  FLORIN_TRY(const auto keys, KeyBlockKeys::Create(block.header().version(), kbpk));
  FLORIN_TRY(const SecretBytes key, UnwrapKeyBlock(keys, block, policy));
  return BytesOf(key);
}

inline Result<std::string> Wrap(ByteView kbpk, std::string_view header, ByteView key,
                                RandomSource& random, const std::vector<OptionalBlock>& blocks = {},
                                const KeyBlockExportPolicy& policy = {}) {
  FLORIN_TRY(const auto parsed, KeyBlockHeader::Parse(header));
  FLORIN_TRY(const auto keys, KeyBlockKeys::Create(parsed.version(), kbpk));
  std::string out(kMaxKeyBlockSize, '\0');
  FLORIN_TRY(const std::size_t size,
             WrapKeyBlock(keys, parsed, blocks, key, policy, random, std::span<char>(out)));
  out.resize(size);
  return out;
}

// The key inside one of the published blocks: an RSA or EC private key of the norm's examples.
inline Bytes PublishedKey(std::string_view id) {
  const vectors::VectorFile file = LoadCardVectors("key_block.json");
  for (const auto* group : file.GroupsOf("unwrap")) {
    for (const vectors::TestCase& test : group->tests) {
      if (test.id == id) return test.Hex("key");
    }
  }
  ADD_FAILURE() << "no vector " << id;
  return {};
}

}  // namespace florin::card
