// The fields that carry 3-D Secure authentication values: Visa CAVV, Mastercard SPA AAV.
//
// Visa and Mastercard do not publish these. The layouts are those of pablom/go-cavv with its
// values as tests; the docstrings say what no published value proves.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/card/card_data.h"

#pragma GCC visibility push(default)

namespace florin::card {

inline constexpr std::size_t kVisaCavvSize = 20;
inline constexpr std::size_t kSpaAavSize = 20;
inline constexpr std::size_t kSpaMerchantHashSize = 8;
inline constexpr std::size_t kSpaMacSize = 5;

// Which PAN digits a CAVV is computed over. Sources disagree; each has a published value for PANs
// of at most 16 digits with that form only.
enum class CavvPanForm : std::uint8_t {
  kFullPan,      // as it is (jPOS)
  kRightmost16,  // rightmost 16 digits, zeros in front of shorter ones (go-cavv)
};

// The access control server's tracking number.
using Atn = FixedDigits<struct AtnTag, 16>;

// Four digits that make a CAVV unique: the last four of the ATN; for usage 3 version 7 the
// unpredictable number in its place.
using CavvTracking = FixedDigits<struct CavvTrackingTag, 4>;

// The CAVV of usage 0 and 2 with an ATN, 20 bytes.
struct VisaCavv {
  std::uint8_t result_code = 0;    // authentication results code, 0..9
  std::uint8_t second_factor = 0;  // second factor authentication code, 0..99
  std::uint8_t key_indicator = 0;
  VerificationValue output;  // three digits
  Atn atn = Atn::Of("0000000000000000");
  std::uint8_t version_and_action = 0;
  std::array<std::uint8_t, 4> ip_address{};

  // Errors: kMalformed, also when the last four digits are not those of the ATN.
  static Result<VisaCavv> Parse(ByteView field);
  // Errors: kInvalidArgument.
  Status Write(std::span<std::uint8_t, kVisaCavvSize> out) const;

  CavvTracking tracking() const;  // the last four digits of the ATN
};

// The authentication results code of a 3-D Secure transaction status: Y 0, U 5, A 7, N and R 9
// (go-cavv). Errors: kInvalidArgument.
Result<std::uint8_t> CavvResultCode(char transaction_status);

// SPA AAV, 20 bytes.
struct SpaAav {
  std::uint8_t control = 0;
  std::array<std::uint8_t, kSpaMerchantHashSize> merchant_hash{};
  std::uint8_t acs_id = 0;
  std::uint8_t authentication_method = 0;  // 0..15
  std::uint8_t bin_key_id = 0;             // 0..15
  std::uint32_t transaction_sequence_number = 0;
  std::array<std::uint8_t, kSpaMacSize> mac{};

  // Errors: kMalformed (another length).
  static Result<SpaAav> Parse(ByteView field);
  // Errors: kInvalidArgument.
  Status Write(std::span<std::uint8_t, kSpaAavSize> out) const;
};

}  // namespace florin::card

#pragma GCC visibility pop
