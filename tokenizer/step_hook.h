// StepHook: lets a test stop the process between any two steps of a durable change.
#pragma once

#include <array>
#include <string_view>

namespace florin::tokenizer {

// Called at each named step, on the thread that takes it. Safe for many threads.
class StepHook {
 public:
  virtual ~StepHook() = default;
  virtual void At(std::string_view step) = 0;
};

namespace steps {

inline constexpr std::string_view kDirectoryMade = "directory made";
inline constexpr std::string_view kDirectorySynced = "directory synced";
inline constexpr std::string_view kRingSealed = "ring sealed";
inline constexpr std::string_view kMetaPut = "meta record put";
inline constexpr std::string_view kFingerprinted = "fingerprint computed";
inline constexpr std::string_view kQueued = "queued for commit";
inline constexpr std::string_view kBegun = "transaction begun";
inline constexpr std::string_view kTokenDrawn = "token drawn";
inline constexpr std::string_view kRecordSealed = "record sealed";
inline constexpr std::string_view kTokenPut = "token record put";
inline constexpr std::string_view kFingerprintPut = "fingerprint put";
inline constexpr std::string_view kBeforeCommit = "before commit";
inline constexpr std::string_view kAfterCommit = "after commit";
inline constexpr std::string_view kAnswering = "answering";

// Every step, in the order in which a new vault meets them.
inline constexpr std::array<std::string_view, 14> kAll = {
    kDirectoryMade,  kDirectorySynced, kRingSealed,  kMetaPut,      kFingerprinted,
    kQueued,         kBegun,           kTokenDrawn,  kRecordSealed, kTokenPut,
    kFingerprintPut, kBeforeCommit,    kAfterCommit, kAnswering};

}  // namespace steps

inline void Step(StepHook* hook, std::string_view step) {
  if (hook != nullptr) hook->At(step);
}

}  // namespace florin::tokenizer
