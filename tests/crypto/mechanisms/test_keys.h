// Keys and bytes for the tests of mechanisms.
#pragma once

#include <gtest/gtest.h>

#include <string_view>
#include <utility>

#include "crypto/mechanisms/key.h"
#include "florin/base/hex.h"
#include "florin/base/random.h"

namespace florin::mechanisms {

inline Bytes FromHex(std::string_view text) { return HexDecode(text).value(); }

inline SecretBytes Secret(ByteView bytes) { return SecretBytes::CopyOf(bytes).value(); }

inline KeyRules Rules(KeyType type, VerbSet verbs) {
  KeyRules rules;
  rules.type = type;
  rules.verbs = verbs;
  return rules;
}

inline KeyRules WithHeader(KeyRules rules, std::string_view header) {
  rules.header = KeyBlockHeader::Parse(header).value();
  return rules;
}

inline KeyPtr ImportKey(KeyRules rules, std::string_view hex) {
  auto key = Key::Import(std::move(rules), Secret(FromHex(hex)));
  EXPECT_TRUE(key.ok()) << (key.ok() ? "" : key.error().message());
  return std::move(key).value();
}

inline KeyPtr GenerateKey(KeyRules rules, std::size_t length) {
  rules.length = length;
  auto key = Key::Generate(std::move(rules), SystemRandom());
  EXPECT_TRUE(key.ok()) << (key.ok() ? "" : key.error().message());
  return std::move(key).value();
}

inline Bytes MaterialOf(const Key& key) {
  const ByteView view = key.Material(SecretAccess{});
  return {view.begin(), view.end()};
}

inline Bytes RandomBytes(std::size_t size) {
  Bytes bytes(size);
  EXPECT_TRUE(SystemRandom().Fill(bytes).ok());
  return bytes;
}

}  // namespace florin::mechanisms
