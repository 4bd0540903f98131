// What a caller hears of a payload that is refused: one error, whatever was wrong. Told to a caller
// the reason would tell an attacker which check to work on next; it is for the operator.
#pragma once

#include <cstdint>

#include "florin/base/result.h"

namespace florin::payload {

// Who answers a step, which tells whether an error of it is the payload's fault.
enum class Answers : std::uint8_t {
  kOurselves,  // only a lack of memory is not the payload's fault
  kOthers,     // the session or the replay guard: only a verdict is the payload's fault
  kDecrypt,    // the session, about bytes of the payload
};

// True for errors of the session and of this process, as against errors of the payload.
bool PassesThrough(ErrorCode code, Answers answers);

}  // namespace florin::payload
