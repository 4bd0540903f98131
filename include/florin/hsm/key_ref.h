// KeyRef: the name of a key. ScopedKey: a key that lives as long as a scope.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/mechanisms/other_key.h"

#pragma GCC visibility push(default)

namespace florin::hsm {

enum class KeyClass : std::uint8_t { kSecret, kPrivate, kPublic };

// Names a key by label and id, never by value. Holds across sessions, processes and restarts, and
// is resolved again whenever a session is renewed. Cheap to hash and compare; immutable.
class KeyRef {
 public:
  // `label` 1..64 printable characters, `id` 0..64 bytes (empty: the label alone decides).
  static Result<KeyRef> Create(KeyClass key_class, std::string_view label, ByteView id = {});

  // Parses an RFC 7512 URI: pkcs11:object=...;id=%01%02;type=secret-key
  static Result<KeyRef> FromUri(std::string_view uri);
  std::string ToUri() const;

  KeyClass key_class() const { return key_class_; }
  const std::string& label() const { return label_; }
  ByteView id() const { return id_; }
  std::uint64_t hash() const { return hash_; }

  friend bool operator==(const KeyRef& a, const KeyRef& b) {
    return a.hash_ == b.hash_ && a.key_class_ == b.key_class_ && a.label_ == b.label_ &&
           a.id_ == b.id_;
  }

 private:
  KeyRef(KeyClass key_class, std::string_view label, ByteView id);

  std::string label_;
  Bytes id_;
  std::uint64_t hash_;
  KeyClass key_class_;
};

using mechanisms::KeyHandle;

class Session;

// Destroys its key at the end of the scope. Move-only; must not outlive its session.
class ScopedKey {
 public:
  ScopedKey(Session& session, KeyHandle key) : session_(&session), key_(key) {}
  ScopedKey(ScopedKey&& other) noexcept;
  ScopedKey& operator=(ScopedKey&& other) noexcept;
  ScopedKey(const ScopedKey&) = delete;
  ScopedKey& operator=(const ScopedKey&) = delete;
  ~ScopedKey();

  KeyHandle handle() const { return key_; }

 private:
  Session* session_;
  KeyHandle key_;
};

}  // namespace florin::hsm

#pragma GCC visibility pop
