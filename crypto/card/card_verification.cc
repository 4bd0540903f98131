#include "crypto/card/card_verification.h"

#include <array>

#include "crypto/card/decimalise.h"
#include "crypto/card/digit_block.h"

namespace florin::card {
namespace {

constexpr std::size_t kBlockSize = 16;
constexpr std::size_t kReplacedDigits = 4;  // of the PAN in a dCVV

Result<VerificationValue> ValueOf(const primitives::RetailMac& cvk, ByteView block,
                                  std::size_t digits) {
  if (digits < kCvvDigits || digits > VerificationValue::kMaxDigits) {
    return Error(ErrorCode::kInvalidArgument, "a card verification value has 3 to 8 digits");
  }
  SecretArray<primitives::kRetailMacSize> cryptogram;
  FLORIN_CHECK_OK(
      cvk.Sign(primitives::MacPadding::kMethod1, block, cryptogram.Write(SecretAccess{})));
  SecretArray<VerificationValue::kMaxDigits> characters;
  const MutableBytes value = characters.Write(SecretAccess{}).first(digits);
  Decimalise(cryptogram.Read(SecretAccess{}), value);
  return VerificationValue::Parse(AsText(value));
}

Status CheckPan(const Pan& pan) {
  if (!pan.empty()) return OkStatus();
  return Error(ErrorCode::kInvalidArgument, "a card verification value needs a PAN");
}

}  // namespace

Result<VerificationValue> CvvOfFields(const primitives::RetailMac& cvk, std::string_view account,
                                      std::string_view date, std::string_view code,
                                      std::size_t digits) {
  if (account.size() + date.size() + code.size() > 2 * kBlockSize) {
    return Error(ErrorCode::kInvalidArgument, "the fields of a CVV have at most 32 digits");
  }
  DigitBlock<kBlockSize> block;
  for (const std::string_view field : {account, date, code}) block.Append(field);
  return ValueOf(cvk, block.Read(SecretAccess{}), digits);
}

Result<VerificationValue> Cvv(const primitives::RetailMac& cvk, const Pan& pan,
                              const Expiry& expiry, const ServiceCode& service_code,
                              std::size_t digits) {
  FLORIN_CHECK_OK(CheckPan(pan));
  return CvvOfFields(cvk, pan.Read(SecretAccess{}), expiry.digits(), service_code.digits(), digits);
}

Result<VerificationValue> Dcvv(const primitives::RetailMac& card_key, const Pan& pan,
                               const Expiry& expiry, const ServiceCode& service_code,
                               std::uint16_t atc, DcvvAtcForm form) {
  FLORIN_CHECK_OK(CheckPan(pan));
  if (form == DcvvAtcForm::kDecimal && atc > 9999) {
    return Error(ErrorCode::kInvalidArgument,
                 "a transaction counter above 9999 has no four decimal digits; use the hex form");
  }
  DigitBlock<kBlockSize> block;
  if (form == DcvvAtcForm::kHex) {
    for (unsigned shift = 16; shift > 0; shift -= 4) block.AppendNibble(atc >> (shift - 4) & 15U);
  } else {
    for (unsigned unit = 1000; unit > 0; unit /= 10) block.AppendNibble(atc / unit % 10);
  }
  block.Append(pan.Read(SecretAccess{}).substr(kReplacedDigits));
  block.Append(expiry.digits());
  block.Append(service_code.digits());
  return ValueOf(card_key, block.Read(SecretAccess{}), kCvvDigits);
}

Status Ivcvc3(const primitives::RetailMac& card_key, ByteView static_track_data,
              std::span<std::uint8_t, 2> out) {
  if (static_track_data.empty() || static_track_data.size() > kMaxStaticTrackData) {
    return Error(ErrorCode::kInvalidArgument, "the static track data has 1 to 128 bytes");
  }
  SecretArray<primitives::kRetailMacSize> mac;
  FLORIN_CHECK_OK(card_key.Sign(primitives::MacPadding::kMethod2, static_track_data,
                                mac.Write(SecretAccess{})));
  const auto bytes = mac.Read(SecretAccess{});
  out[0] = bytes[6];
  out[1] = bytes[7];
  return OkStatus();
}

Result<VerificationValue> Cvc3(const primitives::RetailMac& card_key,
                               std::span<const std::uint8_t, 2> ivcvc3,
                               std::span<const std::uint8_t, 4> unpredictable_number,
                               std::uint16_t atc, std::size_t digits) {
  if (digits == 0 || digits > kMaxCvc3Digits) {
    return Error(ErrorCode::kInvalidArgument, "a CVC3 has 1 to 5 digits");
  }
  const std::array<std::uint8_t, 2> counter = {static_cast<std::uint8_t>(atc >> 8U),
                                               static_cast<std::uint8_t>(atc & 0xFFU)};
  // Over a single block the MAC is one TDES encryption, which is what is asked for.
  SecretArray<primitives::kRetailMacSize> cryptogram;
  FLORIN_CHECK_OK(card_key.Sign(primitives::MacPadding::kMethod1,
                                {ivcvc3, unpredictable_number, counter},
                                cryptogram.Write(SecretAccess{})));
  const auto bytes = cryptogram.Read(SecretAccess{});
  std::uint32_t number = static_cast<std::uint32_t>(bytes[6]) << 8U | bytes[7];
  SecretArray<kMaxCvc3Digits> characters;
  const MutableBytes five = characters.Write(SecretAccess{});
  for (std::size_t i = five.size(); i-- > 0; number /= 10) {
    five[i] = static_cast<std::uint8_t>('0' + number % 10);
  }
  return VerificationValue::Parse(AsText(five.last(digits)));
}

Status VerifyValue(const VerificationValue& expected, const VerificationValue& presented) {
  if (expected.EqualTo(presented)) return OkStatus();
  return Error(ErrorCode::kVerificationFailed, "the card verification value does not match");
}

}  // namespace florin::card
