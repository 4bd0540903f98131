// Derive, Wrap and Unwrap: the calls that make keys from keys.
#pragma once

#include <cstddef>
#include <cstdint>

#include "crypto/mechanisms/key.h"
#include "florin/base/bytes.h"
#include "florin/base/random.h"
#include "florin/base/result.h"
#include "florin/mechanisms/key_rules.h"
#include "florin/mechanisms/mechanism.h"

namespace florin::mechanisms {

// Derives a key from `base`. `rules.length` 0 takes the mechanism's natural length (Z, the digest,
// the concatenation). Never shorter than kMinKeyLength, and a concatenation is never cut: a cut one
// could leave a guessable rest of the base key. The result is no less sensitive and no more
// extractable than the base; it carries a key block header after a key agreement, and only then.
// Errors: kPermissionDenied, kUnsupported, kInvalidArgument (length, shared info), kMalformed (peer
// point not on the curve).
Result<KeyPtr> Derive(const Mechanism& mechanism, const Key& base, KeyRules rules);

// Bytes that Wrap writes for `target`, an upper bound for tokens of TR-34. `wrapping` is of a type
// that the mechanism takes.
Result<std::size_t> WrappedSize(const Mechanism& mechanism, const Key& wrapping, const Key& target);

// Writes `target` wrapped under `wrapping`; returns the length. The target must be extractable and
// no stronger than the wrapping key, and must not carry a key block header that the form of
// wrapping would lose; it wraps or unwraps itself only where the form keeps its header. `random`
// pads key blocks. Errors: kPermissionDenied, kUnsupported, kBufferTooSmall, kInvalidArgument
// (length not a multiple of 8; optional blocks).
Result<std::size_t> Wrap(const Mechanism& mechanism, const Key& wrapping, const Key& target,
                         MutableBytes out, RandomSource& random = SystemRandom());

// detail() of a kPermissionDenied from Unwrap whose reason is what the unwrapping key puts up with
// (KeyRules::key_block_import), and not the rules that were asked for.
inline constexpr std::uint32_t kRefusedByUnwrappingKey = 1;

// Opens `wrapped` into a key of `rules`, which must say sensitive. `rules.length` 0 means as long
// as what is inside; a key block states the header. `random` stands in for a content key of TR-34
// that does not open. Errors: kPermissionDenied, kVerificationFailed,
// kMalformed, Key::Import's.
Result<KeyPtr> Unwrap(const Mechanism& mechanism, const Key& unwrapping, ByteView wrapped,
                      KeyRules rules, RandomSource& random = SystemRandom());

}  // namespace florin::mechanisms
