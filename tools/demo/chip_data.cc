#include "tools/demo/chip_data.h"

#include <algorithm>

#include "florin/base/bcd.h"
#include "florin/base/byte_reader.h"
#include "florin/base/byte_writer.h"
#include "florin/card/emv_tlv.h"

namespace florin::demo {
namespace {

namespace tags = card::emv_tags;

// Constant in this demo: other amount 0, terminal in Germany, nothing wrong at the terminal, a
// date, a purchase, DDA and CDA supported, issuer application data of CVN 18 (format 0).
constexpr std::array<std::uint8_t, 6> kOtherAmount = {};
constexpr std::array<std::uint8_t, 2> kTerminalCountry = {0x02, 0x80};
constexpr std::array<std::uint8_t, 5> kTvr = {};
constexpr std::array<std::uint8_t, 3> kDate = {0x26, 0x11, 0x25};
constexpr std::array<std::uint8_t, 1> kPurchase = {0x00};
constexpr std::array<std::uint8_t, 2> kAip = {0x1C, 0xC0};
constexpr std::array<std::uint8_t, 7> kIssuerApplicationData = {0x06, 0x01, 0x12, 0x03,
                                                                0xA0, 0x00, 0x00};
constexpr std::array<std::uint8_t, 1> kArqcRequested = {0x80};

constexpr std::uint8_t kDomainFormat = 0xF1;
constexpr std::size_t kOnlineCryptogramLength = 20;

std::array<std::uint8_t, 2> BigEndian(std::uint16_t value) {
  return {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

// Reads the fields that both forms of a payment carry outside the cryptogram.
ChipData FieldsOf(const payload::PaymentCredential& payment) {
  ChipData chip;
  chip.amount = payment.amount->minor_units;  // Apple Pay tells it always
  chip.currency_code = payment.amount->currency_code;
  return chip;
}

}  // namespace

Result<CryptogramInput> ChipData::Input() const {
  if (amount < 0) return Error(ErrorCode::kInvalidArgument, "the amount is negative");
  std::array<std::uint8_t, 6> amount_bcd{};
  std::array<std::uint8_t, 2> currency_bcd{};
  FLORIN_CHECK_OK(BcdPackRightPad0(std::to_string(amount), amount_bcd));
  FLORIN_CHECK_OK(BcdPackRightPad0(currency_code, currency_bcd));
  const std::array<std::uint8_t, 2> counter = BigEndian(atc);

  CryptogramInput input{};
  ByteWriter writer(input);
  for (const ByteView part :
       {ByteView(amount_bcd), ByteView(kOtherAmount), ByteView(kTerminalCountry), ByteView(kTvr),
        ByteView(currency_bcd), ByteView(kDate), ByteView(kPurchase), ByteView(unpredictable),
        ByteView(kAip), ByteView(counter), ByteView(kIssuerApplicationData)}) {
    FLORIN_CHECK_OK(writer.Write(part));
  }
  return input;
}

Result<SecretBytes> ChipData::ToTlv() const {
  const auto counter = BigEndian(atc);
  std::array<std::uint8_t, 128> buffer{};
  ByteWriter writer(buffer);
  const std::pair<std::uint32_t, ByteView> objects[] = {
      {tags::kCryptogramInformation, kArqcRequested},
      {tags::kAtc, counter},
      {tags::kCryptogram, cryptogram},
      {tags::kIssuerApplicationData, kIssuerApplicationData},
      {tags::kTvr, kTvr},
      {tags::kAip, kAip},
      {tags::kAmountOther, kOtherAmount},
      {tags::kTerminalCountry, kTerminalCountry},
      {tags::kTransactionDate, kDate},
      {tags::kTransactionType, kPurchase},
      {tags::kUnpredictableNumber, unpredictable}};
  for (const auto& [tag, value] : objects) {
    FLORIN_CHECK_OK(card::WriteEmvTlv(tag, value, writer));
  }
  return SecretBytes::CopyOf(writer.written());
}

Result<ChipData> ChipData::FromTlv(const payload::PaymentCredential& payment) {
  const auto* emv = std::get_if<payload::EmvData>(&payment.cryptogram);
  if (emv == nullptr) return Error(ErrorCode::kInvalidArgument, "the payment is not of type EMV");
  FLORIN_TRY(card::EmvTlv tlv, card::EmvTlv::Parse(emv->tlv.Read(SecretAccess{})));
  ChipData chip = FieldsOf(payment);
  FLORIN_TRY(chip.atc, tlv.GetU16(tags::kAtc));
  FLORIN_TRY(chip.unpredictable, tlv.GetArray<4>(tags::kUnpredictableNumber));
  FLORIN_TRY(chip.cryptogram, tlv.GetArray<8>(tags::kCryptogram));
  return chip;
}

Result<SecretBytes> ChipData::ToOnlineCryptogram() const {
  FLORIN_TRY(SecretBytes online, SecretBytes::Create(kOnlineCryptogramLength));
  ByteWriter writer(online.Write(SecretAccess{}));
  FLORIN_CHECK_OK(writer.WriteU8(kDomainFormat));
  FLORIN_CHECK_OK(writer.WriteU16(atc));
  FLORIN_CHECK_OK(writer.Write(unpredictable));
  FLORIN_CHECK_OK(writer.Write(cryptogram));
  FLORIN_CHECK_OK(writer.WriteRepeated(0, writer.remaining()));
  return online;
}

Result<ChipData> ChipData::FromOnlineCryptogram(const payload::PaymentCredential& payment) {
  const auto* secure = std::get_if<payload::ThreeDSecureData>(&payment.cryptogram);
  if (secure == nullptr || secure->cryptogram.size() != kOnlineCryptogramLength) {
    return Error(ErrorCode::kMalformed, "the online cryptogram is not of this token domain");
  }
  ChipData chip = FieldsOf(payment);
  ByteReader reader(secure->cryptogram.Read(SecretAccess{}));
  FLORIN_TRY(std::uint8_t format, reader.ReadU8());
  if (format != kDomainFormat) {
    return Error(ErrorCode::kMalformed, "the online cryptogram is not of this token domain");
  }
  FLORIN_TRY(chip.atc, reader.ReadU16());
  FLORIN_TRY(ByteView unpredictable, reader.ReadBytes(chip.unpredictable.size()));
  std::copy(unpredictable.begin(), unpredictable.end(), chip.unpredictable.begin());
  FLORIN_TRY(ByteView cryptogram, reader.ReadBytes(chip.cryptogram.size()));
  std::copy(cryptogram.begin(), cryptogram.end(), chip.cryptogram.begin());
  return chip;
}

}  // namespace florin::demo
