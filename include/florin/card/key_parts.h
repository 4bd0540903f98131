// Keys that people carry in components, and the variants of a key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/card/kcv_method.h"

#pragma GCC visibility push(default)

namespace florin::card {

inline constexpr std::size_t kMinKeyComponents = 2;
inline constexpr std::size_t kMaxKeyComponents = 9;
inline constexpr std::size_t kMaxComponentSize = 64;
inline constexpr std::uint8_t kMaxKeyVariant = 31;

// A component as long as the key, and the check value its holder was given. Views.
struct KeyComponent {
  ByteView bytes;
  ByteView kcv;
};

// Xors 2..9 components, all of one length of at most 64 bytes and each with the right check value
// by `method`. Errors: kVerificationFailed for a wrong check value; kInvalidArgument for the count,
// lengths, components that cancel each other out, so that the key would be zeros, or a TDES key
// (by its method) with a weak part or equal neighbours.
Result<SecretBytes> CombineComponents(std::span<const KeyComponent> components, KcvMethod method);

// Turns `key` into its X9.24 variant, as the values of knovichikhin/psec prove it: xors the first
// byte of each 8-byte part with variant * 8. kInvalidArgument: a key of other than 8, 16 or 24
// bytes, or a variant above 31.
Status ApplyVariant(std::uint8_t variant, MutableBytes key);

}  // namespace florin::card

#pragma GCC visibility pop
