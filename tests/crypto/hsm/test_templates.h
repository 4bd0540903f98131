// Key templates for the tests of sessions.
#pragma once

#include <gtest/gtest.h>

#include <string_view>

#include "florin/base/hex.h"
#include "florin/base/random.h"
#include "florin/hsm/session.h"
#include "florin/hsm/soft_session.h"

namespace florin::hsm {

using mechanisms::KeyType;
using mechanisms::Verb;
using mechanisms::VerbSet;

inline KeyTemplate Ephemeral(KeyType type, VerbSet verbs, std::size_t length = 0) {
  KeyTemplate key;
  key.rules.type = type;
  key.rules.verbs = verbs;
  key.rules.length = length;
  return key;
}

inline KeyRef Name(KeyClass key_class, std::string_view label, ByteView id = {}) {
  return KeyRef::Create(key_class, label, id).value();
}

inline KeyTemplate Persistent(KeyTemplate key, KeyRef name) {
  key.persistent = true;
  key.name = std::move(name);
  return key;
}

inline KeyTemplate Extractable(KeyTemplate key) {
  key.rules.extractable = true;
  return key;
}

inline SecretBytes SecretHex(std::string_view hex) {
  return SecretBytes::CopyOf(HexDecode(hex).value()).value();
}

}  // namespace florin::hsm
