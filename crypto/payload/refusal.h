// What a caller hears of a token that is refused, and what passes through as an error of his own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "florin/base/result.h"

namespace florin::payload {

// Who answers a step, which tells whether an error of it is the token's fault.
enum class Answers : std::uint8_t {
  kOurselves,  // only a lack of memory is not the token's fault
  kOthers,     // the session or the replay guard: only a verdict is the token's fault
  kDecrypt,    // the session, about a tag
  kUnwrap,     // the session, about a padding
};

// True for the errors of a session that a wrong tag may have caused. Some modules answer one with a
// device error; losing the session, lacking the mechanism and lacking memory are other things.
bool IsDecryptRefusal(ErrorCode code);

// True for errors of the session and of this process, as against errors of the token.
bool PassesThrough(ErrorCode code, Answers answers);

// The step of a call that is in hand, for the observer, and who answers it.
class StagedCall {
 public:
  const char* stage() const { return stage_; }
  Answers answers() const { return answers_; }

 protected:
  explicit StagedCall(const char* first) : stage_(first) {}

  void Enter(const char* stage, Answers answers = Answers::kOurselves) {
    stage_ = stage;
    answers_ = answers;
  }

 private:
  const char* stage_;
  Answers answers_ = Answers::kOurselves;
};

// The first 8 bytes of a hash or an identifier, big-endian: enough to find its other traces.
// Event::subject.
std::uint64_t SubjectOf(const std::array<std::uint8_t, 32>& bytes);

}  // namespace florin::payload
