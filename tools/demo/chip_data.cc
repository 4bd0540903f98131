#include "tools/demo/chip_data.h"

#include <algorithm>

#include "florin/base/bcd.h"
#include "florin/base/byte_reader.h"
#include "florin/base/byte_writer.h"
#include "florin/payload/emv_tlv.h"

namespace florin::demo {
namespace {

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
ChipData FieldsOf(const payload::PaymentData& payment) {
  ChipData chip;
  chip.amount = payment.amount;
  chip.currency_code = payment.currency_code;
  return chip;
}

template <std::size_t N>
Status CopyField(const payload::EmvTlv& tlv, std::uint32_t tag, std::array<std::uint8_t, N>& out) {
  FLORIN_TRY(ByteView value, tlv.Get(tag));
  if (value.size() != N) {
    return Error(ErrorCode::kMalformed, "an EMV data object does not have its length");
  }
  std::copy(value.begin(), value.end(), out.begin());
  return OkStatus();
}

}  // namespace

CryptogramInput ChipData::Input() const {
  CryptogramInput input{};
  ByteWriter writer(input);
  std::array<std::uint8_t, 6> amount_bcd{};
  std::array<std::uint8_t, 2> currency_bcd{};
  const auto counter = BigEndian(atc);  // outlives the views below
  Status written = BcdPackRightPad0(std::to_string(amount), amount_bcd);
  if (written.ok()) written = BcdPackRightPad0(currency_code, currency_bcd);
  for (ByteView part :
       {ByteView(amount_bcd), ByteView(kOtherAmount), ByteView(kTerminalCountry), ByteView(kTvr),
        ByteView(currency_bcd), ByteView(kDate), ByteView(kPurchase), ByteView(unpredictable),
        ByteView(kAip), ByteView(counter), ByteView(kIssuerApplicationData)}) {
    if (written.ok()) written = writer.Write(part);
  }
  FLORIN_INVARIANT(written.ok());
  return input;
}

Result<SecretBytes> ChipData::ToTlv() const {
  const auto counter = BigEndian(atc);
  std::array<std::uint8_t, 128> buffer{};
  ByteWriter writer(buffer);
  const std::pair<std::uint32_t, ByteView> objects[] = {{0x9F27, kArqcRequested},
                                                        {0x9F36, counter},
                                                        {0x9F26, cryptogram},
                                                        {0x9F10, kIssuerApplicationData},
                                                        {0x95, kTvr},
                                                        {0x82, kAip},
                                                        {0x9F03, kOtherAmount},
                                                        {0x9F1A, kTerminalCountry},
                                                        {0x9A, kDate},
                                                        {0x9C, kPurchase},
                                                        {0x9F37, unpredictable}};
  for (const auto& [tag, value] : objects) {
    FLORIN_CHECK_OK(payload::WriteEmvTlv(tag, value, writer));
  }
  return SecretBytes::CopyOf(writer.written());
}

Result<ChipData> ChipData::FromTlv(const payload::PaymentData& payment) {
  const auto* emv = std::get_if<payload::EmvData>(&payment.cryptogram);
  if (emv == nullptr) return Error(ErrorCode::kInvalidArgument, "the payment is not of type EMV");
  FLORIN_TRY(payload::EmvTlv tlv, payload::EmvTlv::Parse(emv->tlv.Read(SecretAccess{})));
  ChipData chip = FieldsOf(payment);
  std::array<std::uint8_t, 2> counter{};
  FLORIN_CHECK_OK(CopyField(tlv, 0x9F36, counter));
  FLORIN_CHECK_OK(CopyField(tlv, 0x9F37, chip.unpredictable));
  FLORIN_CHECK_OK(CopyField(tlv, 0x9F26, chip.cryptogram));
  chip.atc = static_cast<std::uint16_t>(counter[0] << 8 | counter[1]);
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

Result<ChipData> ChipData::FromOnlineCryptogram(const payload::PaymentData& payment) {
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
