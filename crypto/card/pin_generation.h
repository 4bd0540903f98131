// Random PINs, and which PINs are too easy to guess.
#pragma once

#include <cstddef>
#include <span>

#include "crypto/card/random_batch.h"
#include "florin/base/result.h"
#include "florin/card/pin.h"

namespace florin::card {

inline constexpr std::size_t kMaxExcludedPins = 1000;

// kInvalidArgument for a weak PIN: one digit all through, a run upwards or downwards by one (9 and
// 0 are neighbours), or one of `excluded`, an issuer's list of at most 1000.
Status CheckPinStrength(const Pin& pin, std::span<const Pin> excluded = {});

// A uniformly chosen PIN of `length` digits that is not weak. Errors: kInvalidArgument (length,
// too long a list), kInternal where the list leaves next to nothing, those of the source.
Result<Pin> GeneratePin(RandomBatch& random, std::size_t length,
                        std::span<const Pin> excluded = {});

}  // namespace florin::card
