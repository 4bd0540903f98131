#include "crypto/cryptoki/key_life_codec.h"

#include <algorithm>
#include <chrono>
#include <string>

#include "crypto/cryptoki/rv.h"

namespace florin::cryptoki {
namespace {

using mechanisms::KeyOrigin;
using mechanisms::KeyState;

constexpr std::int64_t kSecondsOfDay = 86400;

static_assert(sizeof(CK_DATE) == 8);
static_assert(CK_FLORIN_KEY_STATE_PRE_ACTIVE == static_cast<CK_ULONG>(KeyState::kPreActive));
static_assert(CK_FLORIN_KEY_STATE_ACTIVE == static_cast<CK_ULONG>(KeyState::kActive));
static_assert(CK_FLORIN_KEY_STATE_SUSPENDED == static_cast<CK_ULONG>(KeyState::kSuspended));
static_assert(CK_FLORIN_KEY_STATE_RETIRED == static_cast<CK_ULONG>(KeyState::kRetired));
static_assert(CK_FLORIN_KEY_STATE_COMPROMISED == static_cast<CK_ULONG>(KeyState::kCompromised));
static_assert(CK_FLORIN_KEY_ORIGIN_GENERATED == static_cast<CK_ULONG>(KeyOrigin::kGenerated));
static_assert(CK_FLORIN_KEY_ORIGIN_IMPORTED == static_cast<CK_ULONG>(KeyOrigin::kImported));
static_assert(CK_FLORIN_KEY_ORIGIN_UNWRAPPED == static_cast<CK_ULONG>(KeyOrigin::kUnwrapped));
static_assert(CK_FLORIN_KEY_ORIGIN_DERIVED == static_cast<CK_ULONG>(KeyOrigin::kDerived));

Error BadValue(const char* message) {
  return RvError(CKR_ATTRIBUTE_VALUE_INVALID, ErrorCode::kInvalidArgument, message);
}

void WriteDigits(unsigned number, std::span<CK_CHAR> out) {
  for (std::size_t i = out.size(); i > 0; --i) {
    out[i - 1] = static_cast<CK_CHAR>('0' + number % 10);
    number /= 10;
  }
}

// `day` counts from 1970-01-01 and lies in the years 1 to 9999.
CK_DATE DateOf(std::int64_t day) {
  const std::chrono::year_month_day date{
      std::chrono::sys_days(std::chrono::days(static_cast<std::chrono::days::rep>(day)))};
  CK_DATE encoded;
  WriteDigits(static_cast<unsigned>(static_cast<int>(date.year())), encoded.year);
  WriteDigits(static_cast<unsigned>(date.month()), encoded.month);
  WriteDigits(static_cast<unsigned>(date.day()), encoded.day);
  return encoded;
}

// The whole days before `time`; nullopt where it is no midnight.
std::optional<std::int64_t> DaysAt(std::int64_t time) {
  if (time % kSecondsOfDay != 0) return std::nullopt;
  return time / kSecondsOfDay;
}

// "20261126" as "2026-11-26".
std::string TextOf(ByteView value) {
  const std::string_view digits = AsText(value);
  std::string text(digits.substr(0, 4));
  text += '-';
  text += digits.substr(4, 2);
  text += '-';
  text += digits.substr(6, 2);
  return text;
}

template <class Read>
Result<std::optional<UnixSeconds>> ReadDate(ByteView value, Read read) {
  if (value.empty()) return std::optional<UnixSeconds>();
  if (value.size() == sizeof(CK_DATE)) {
    const auto time = read(TextOf(value));
    if (time.ok()) return std::optional<UnixSeconds>(*time);
  }
  return BadValue("a date of use is a day of the years 1 to 9999 as CK_DATE");
}

}  // namespace

Result<EncodedLife> EncodeLife(const mechanisms::KeyLife& life) {
  EncodedLife encoded;
  encoded.state = StateNumber(life.state);
  if (life.not_before.has_value()) {
    const auto day = DaysAt(life.not_before->value);
    if (!day.has_value()) {
      return BadValue("a token keeps days: not_before must be midnight UTC (StartOfDay)");
    }
    encoded.dates[0] = DateOf(*day);
    encoded.has_start = true;
  }
  if (life.not_after.has_value()) {
    const auto day = DaysAt(life.not_after->value + 1);
    if (!day.has_value()) {
      return BadValue("a token keeps days: not_after must be the last second of one (EndOfDay)");
    }
    encoded.dates[1] = DateOf(*day - 1);
    encoded.has_end = true;
  }
  return encoded;
}

CK_ULONG StateNumber(KeyState state) { return static_cast<CK_ULONG>(state); }

Result<KeyState> StateFromNumber(CK_ULONG number) {
  if (number < CK_FLORIN_KEY_STATE_PRE_ACTIVE || number > CK_FLORIN_KEY_STATE_COMPROMISED) {
    return BadValue("CKA_FLORIN_KEY_STATE: no state has this number");
  }
  return static_cast<KeyState>(number);
}

CK_ULONG OriginNumber(KeyOrigin origin) { return static_cast<CK_ULONG>(origin); }

Result<KeyOrigin> OriginFromNumber(CK_ULONG number) {
  if (number < CK_FLORIN_KEY_ORIGIN_GENERATED || number > CK_FLORIN_KEY_ORIGIN_DERIVED) {
    return BadValue("CKA_FLORIN_KEY_ORIGIN: no origin has this number");
  }
  return static_cast<KeyOrigin>(number);
}

Result<std::optional<UnixSeconds>> NotBeforeFromDate(ByteView value) {
  return ReadDate(value, [](const std::string& day) { return mechanisms::StartOfDay(day); });
}

Result<std::optional<UnixSeconds>> NotAfterFromDate(ByteView value) {
  return ReadDate(value, [](const std::string& day) { return mechanisms::EndOfDay(day); });
}

}  // namespace florin::cryptoki
