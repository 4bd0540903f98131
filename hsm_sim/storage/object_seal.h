// Sealing of objects for the disk: attributes and material, each AES-256-GCM, bound to each other.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "crypto/primitives/aes.h"
#include "florin/base/bytes.h"
#include "florin/base/random.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "hsm_sim/storage/token_format.h"

namespace florin::hsm_sim {

// An object as it lies on disk: encoded attributes, and material that always needs a PIN.
struct StoredObject {
  std::uint8_t format = kObjectFormat;  // of the file it was read from
  bool is_private = false;
  ObjectId id{};
  std::uint32_t version = 0;
  std::uint32_t object_class = 0;
  Bytes attributes;      // may hold what a private object does not show before login
  SecretBytes material;  // empty: none
};

// Seals and opens the objects of one token in one epoch. The attributes of a private object and all
// material take the token key, which only a PIN yields; the attributes of other objects take the
// public key of the token's record. Immutable; safe for many threads.
class ObjectSealer {
 public:
  // `token_key` empty: nobody is logged in.
  static Result<ObjectSealer> Create(const TokenRecord& record, const SecretBytes& token_key);

  bool has_token_key() const { return token_key_ != nullptr; }

  // The object file. kAuthenticationFailed where the token key is needed and absent.
  Result<Bytes> Seal(const StoredObject& object, RandomSource& random) const;

  // Opens what the keys allow: material stays empty without the token key. kCorrupted where a tag
  // does not match or the file bears another object's name; kAuthenticationFailed for a private
  // object without the token key.
  Result<StoredObject> Open(const ObjectName& name, ByteView file) const;

 private:
  // Serial and epoch of the token, then the header of the file.
  static constexpr std::size_t kContextSize = 20;
  using Context = std::array<std::uint8_t, kContextSize>;
  using Binding = std::array<std::uint8_t, kContextSize + ObjectHeader::kSize>;

  ObjectSealer(const Context& context, primitives::AesGcmKey public_key,
               std::unique_ptr<primitives::AesGcmKey> token_key)
      : context_(context), public_key_(std::move(public_key)), token_key_(std::move(token_key)) {}

  Result<const primitives::AesGcmKey*> AttributesKey(bool is_private) const;
  Binding Bind(ByteView header) const;

  Context context_;
  primitives::AesGcmKey public_key_;
  std::unique_ptr<primitives::AesGcmKey> token_key_;
};

}  // namespace florin::hsm_sim
