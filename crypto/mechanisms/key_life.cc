#include "crypto/mechanisms/key_life.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace florin::mechanisms {
namespace {

constexpr KeyStateChange kChanges[] = {
    {KeyState::kPreActive, KeyState::kActive},    {KeyState::kPreActive, KeyState::kCompromised},
    {KeyState::kActive, KeyState::kSuspended},    {KeyState::kActive, KeyState::kRetired},
    {KeyState::kActive, KeyState::kCompromised},  {KeyState::kSuspended, KeyState::kActive},
    {KeyState::kSuspended, KeyState::kRetired},   {KeyState::kSuspended, KeyState::kCompromised},
    {KeyState::kRetired, KeyState::kCompromised},
};

// What a state permits within the dates, and what a refusal says.
struct StateRow {
  KeyState state;
  std::string_view name;
  KeyUse use;
  const char* refusal;
  const char* no_change;
};
constexpr StateRow kStates[] = {
    {KeyState::kPreActive, "pre-active", KeyUse::kNothing,
     "the key is pre-active: it is not used before its state is set to active",
     "a pre-active key can become active or compromised only"},
    {KeyState::kActive, "active", KeyUse::kProcessAndProtect, "",
     "an active key can become suspended, retired or compromised only"},
    {KeyState::kSuspended, "suspended", KeyUse::kNothing,
     "the key is suspended: it is not used before its state is set back to active",
     "a suspended key can become active, retired or compromised only"},
    {KeyState::kRetired, "retired", KeyUse::kProcess,
     "the key is retired: it verifies, decrypts and unwraps only; take its successor",
     "a retired key can become compromised only"},
    {KeyState::kCompromised, "compromised", KeyUse::kNothing,
     "the key is compromised: it is never used again; replace it",
     "a compromised key stays compromised; destroy it when it is no longer needed as evidence"},
};

struct OriginRow {
  KeyOrigin origin;
  std::string_view name;
};
constexpr OriginRow kOrigins[] = {
    {KeyOrigin::kGenerated, "generated"},
    {KeyOrigin::kImported, "imported"},
    {KeyOrigin::kUnwrapped, "unwrapped"},
    {KeyOrigin::kDerived, "derived"},
};

const StateRow& RowOf(KeyState state) {
  const auto* row = std::find_if(std::begin(kStates), std::end(kStates),
                                 [state](const StateRow& each) { return each.state == state; });
  FLORIN_INVARIANT(row != std::end(kStates));
  return *row;
}

KeyUse UseFor(Verb verb) {
  switch (verb) {
    case Verb::kVerify:
    case Verb::kDecrypt:
    case Verb::kUnwrap: return KeyUse::kProcess;
    case Verb::kSign:
    case Verb::kEncrypt:
    case Verb::kDerive:
    case Verb::kWrap:
    case Verb::kGenerate: return KeyUse::kProcessAndProtect;
  }
  return KeyUse::kProcessAndProtect;
}

Error Denied(const char* message) { return {ErrorCode::kPermissionDenied, message}; }

constexpr std::int64_t kSecondsOfDay = 86400;
constexpr std::int64_t kFirstSecond = -62135596800;  // 0001-01-01T00:00:00Z
constexpr std::int64_t kLastSecond = 253402300799;   // 9999-12-31T23:59:59Z

bool IsInCalendar(const std::optional<UnixSeconds>& date) {
  return !date.has_value() || (date->value >= kFirstSecond && date->value <= kLastSecond);
}

bool IsBefore(const KeyLife& life, UnixSeconds now) {
  return life.not_before.has_value() && now.value < life.not_before->value;
}

// Exactly `text.size()` decimal digits.
std::optional<unsigned> Number(std::string_view text) {
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return std::nullopt;
  }
  unsigned number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

std::span<const KeyStateChange> KeyStateChanges() { return kChanges; }

bool MayBecome(KeyState from, KeyState to) {
  return std::any_of(std::begin(kChanges), std::end(kChanges), [=](const KeyStateChange& change) {
    return change.from == from && change.to == to;
  });
}

KeyUse UseAt(const KeyLife& life, UnixSeconds now) {
  const KeyUse use = RowOf(life.state).use;
  if (IsBefore(life, now)) return KeyUse::kNothing;
  const bool is_over = life.not_after.has_value() && now.value > life.not_after->value;
  return is_over ? std::min(use, KeyUse::kProcess) : use;
}

std::string_view NameOf(KeyState state) { return RowOf(state).name; }

std::optional<KeyState> KeyStateOf(std::string_view name) {
  for (const StateRow& row : kStates) {
    if (row.name == name) return row.state;
  }
  return std::nullopt;
}

std::string_view NameOf(KeyOrigin origin) {
  for (const OriginRow& row : kOrigins) {
    if (row.origin == origin) return row.name;
  }
  FLORIN_INVARIANT(false);
  return {};
}

Result<UnixSeconds> StartOfDay(std::string_view day) {
  const Error malformed(ErrorCode::kMalformed, "a day is written as 2026-11-26");
  if (day.size() != 10 || day[4] != '-' || day[7] != '-') return malformed;
  const auto year = Number(day.substr(0, 4));
  const auto month = Number(day.substr(5, 2));
  const auto of_month = Number(day.substr(8, 2));
  if (!year.has_value() || !month.has_value() || !of_month.has_value()) return malformed;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(*month), std::chrono::day(*of_month)};
  if (*year == 0 || !date.ok()) return malformed;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return UnixSeconds{days * kSecondsOfDay};
}

Result<UnixSeconds> EndOfDay(std::string_view day) {
  FLORIN_TRY(const UnixSeconds start, StartOfDay(day));
  return UnixSeconds{start.value + kSecondsOfDay - 1};
}

Status CheckStateChange(KeyState from, KeyState to) {
  return MayBecome(from, to) ? OkStatus() : Status(Denied(RowOf(from).no_change));
}

Status CheckNewLife(const KeyLife& life) {
  if (life.state == KeyState::kActive || life.state == KeyState::kPreActive) return OkStatus();
  return Denied("key rules: a new key is pre-active or active");
}

Status CheckDates(const KeyLife& life) {
  if (!IsInCalendar(life.not_before) || !IsInCalendar(life.not_after)) {
    return Error(ErrorCode::kInvalidArgument, "key rules: dates of use lie in the years 1 to 9999");
  }
  if (life.not_before.has_value() && life.not_after.has_value() &&
      life.not_after->value < life.not_before->value) {
    return Error(ErrorCode::kInvalidArgument,
                 "key rules: the last date of use lies before the first");
  }
  return OkStatus();
}

Status JudgeLife(Verb verb, const KeyLife& life, UnixSeconds now) {
  if (UseAt(life, now) >= UseFor(verb)) return OkStatus();
  const StateRow& row = RowOf(life.state);
  if (row.use < UseFor(verb)) return Denied(row.refusal);
  if (IsBefore(life, now)) {
    return Denied("the key is not used before its start date (not_before)");
  }
  return Denied(
      "the end date of the key (not_after) has passed: it verifies, decrypts and unwraps only; "
      "take its successor");
}

Status JudgeLife(Verb verb, const Key& key) {
  const KeyLife& life = key.rules().life;
  const bool dated = life.not_before.has_value() || life.not_after.has_value();
  return JudgeLife(verb, life, dated ? key.clock().Now() : UnixSeconds{});
}

}  // namespace florin::mechanisms
