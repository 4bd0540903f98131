// BerReader::ReadTime: UTCTime and GeneralizedTime.
#include <cstdint>

#include "crypto/base/asn1_time.h"
#include "crypto/base/ber_reader.h"

namespace florin {
namespace {

constexpr std::int64_t kSecondsPerDay = 86400;
constexpr std::int64_t kYear1 = -62135596800;     // 0001-01-01T00:00:00Z
constexpr std::int64_t kYear9999 = 253402300799;  // 9999-12-31T23:59:59Z

bool IsLeapYear(std::int64_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int DaysInMonth(std::int64_t year, int month) {
  constexpr std::uint8_t kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && IsLeapYear(year) ? 29 : kDays[month - 1];
}

// Days from 1970-01-01 to the day in the proleptic Gregorian calendar. March counts as the first
// month, so that the leap day is the last day of its year.
std::int64_t DaysFromCivil(std::int64_t year, int month, int day) {
  if (month <= 2) --year;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

struct Civil {
  std::int64_t year;
  int month;
  int day;
};

Civil CivilFromDays(std::int64_t days) {
  days += 719468;
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const std::int64_t day_of_era = days - era * 146097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const int day = static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  const int month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

int TwoDigits(ByteView text, std::size_t at) {
  return (text[at] - '0') * 10 + (text[at + 1] - '0');
}

void PutTwoDigits(std::int64_t value, std::uint8_t* out) {
  out[0] = static_cast<std::uint8_t>('0' + value / 10 % 10);
  out[1] = static_cast<std::uint8_t>('0' + value % 10);
}

}  // namespace

Result<UnixSeconds> ParseAsn1Time(std::uint8_t tag, ByteView text) {
  const Error malformed(ErrorCode::kMalformed,
                        "a time is not YYMMDDHHMMSSZ (UTCTime) or YYYYMMDDHHMMSSZ");
  const bool utc = tag == asn1::kUtcTime;
  if (!utc && tag != asn1::kGeneralizedTime) return malformed;
  const std::size_t year_digits = utc ? 2 : 4;
  if (text.size() != year_digits + 11 || text.back() != 'Z') return malformed;
  for (const std::uint8_t digit : text.first(text.size() - 1)) {
    if (digit < '0' || digit > '9') return malformed;
  }
  std::int64_t year = TwoDigits(text, 0);
  // RFC 5280 4.1.2.5.1: 50..99 is the twentieth century.
  year = utc ? (year >= 50 ? 1900 : 2000) + year : year * 100 + TwoDigits(text, 2);
  const ByteView tail = text.subspan(year_digits);
  const int month = TwoDigits(tail, 0);
  const int day = TwoDigits(tail, 2);
  const int hour = TwoDigits(tail, 4);
  const int minute = TwoDigits(tail, 6);
  const int second = TwoDigits(tail, 8);
  if (month < 1 || month > 12 || day < 1 || day > DaysInMonth(year, month) || hour > 23 ||
      minute > 59 || second > 59) {
    return malformed;
  }
  return UnixSeconds{DaysFromCivil(year, month, day) * kSecondsPerDay + hour * 3600 + minute * 60 +
                     second};
}

Result<std::size_t> FormatAsn1Time(UnixSeconds time, std::uint8_t& tag, MutableBytes out) {
  if (time.value < kYear1 || time.value > kYear9999) {
    return Error(ErrorCode::kInvalidArgument, "a time lies outside the years 1 to 9999");
  }
  const std::int64_t days =
      (time.value >= 0 ? time.value : time.value - (kSecondsPerDay - 1)) / kSecondsPerDay;
  const std::int64_t second_of_day = time.value - days * kSecondsPerDay;
  const Civil civil = CivilFromDays(days);
  // RFC 5652 11.3: UTCTime from 1950 through 2049, GeneralizedTime else.
  const bool utc = civil.year >= 1950 && civil.year <= 2049;
  const std::size_t size = utc ? 13 : 15;
  if (out.size() < size) return Error(ErrorCode::kBufferTooSmall, "a time needs 15 bytes");
  tag = utc ? asn1::kUtcTime : asn1::kGeneralizedTime;
  std::uint8_t* next = out.data();
  if (!utc) {
    PutTwoDigits(civil.year / 100, next);
    next += 2;
  }
  for (const std::int64_t field :
       {civil.year % 100, std::int64_t{civil.month}, std::int64_t{civil.day}, second_of_day / 3600,
        second_of_day / 60 % 60, second_of_day % 60}) {
    PutTwoDigits(field, next);
    next += 2;
  }
  *next = 'Z';
  return size;
}

Result<UnixSeconds> BerReader::ReadTime() {
  const ByteView before = rest_;
  FLORIN_TRY(const BerElement element, Read());
  auto time = ParseAsn1Time(element.tag, element.content);
  if (!time.ok()) return FailAt(before, time.error().message());
  return time;
}

}  // namespace florin
