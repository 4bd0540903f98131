#include <algorithm>

#include "florin/base/byte_reader.h"
#include "florin/base/byte_writer.h"
#include "florin/base/secret.h"
#include "florin/card/three_ds.h"

namespace florin::card {
namespace {

constexpr std::size_t kAtnDigits = 16;
constexpr std::size_t kTrackingDigits = 4;
constexpr std::size_t kOutputDigits = 3;

Error MalformedCavv() {
  return Error(ErrorCode::kMalformed, "a CAVV has 20 bytes with digits where they belong");
}

// Writes the packed digits of `packed` as characters; false for a nibble above 9.
bool Unpack(ByteView packed, MutableBytes out) {
  bool decimal = true;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const unsigned nibble = i % 2 == 0 ? packed[i / 2] >> 4U : packed[i / 2] & 15U;
    decimal = decimal && nibble <= 9;
    out[i] = static_cast<std::uint8_t>('0' + nibble);
  }
  return decimal;
}

std::uint8_t Packed(char high, char low) {
  return static_cast<std::uint8_t>((high - '0') << 4 | (low - '0'));
}

}  // namespace

Result<VisaCavv> VisaCavv::Parse(ByteView field) {
  if (field.size() != kVisaCavvSize) return MalformedCavv();
  VisaCavv cavv;
  std::array<std::uint8_t, 2> factor;
  SecretArray<1 + kOutputDigits> padded_output;
  const auto output = padded_output.Write(SecretAccess{});
  std::array<std::uint8_t, kTrackingDigits> last;
  std::array<std::uint8_t, kAtnDigits> atn;
  if (field[0] > 9 || !Unpack(field.subspan(1, 1), factor) ||
      !Unpack(field.subspan(3, 2), output) || !Unpack(field.subspan(5, 2), last) ||
      !Unpack(field.subspan(7, 8), atn) || output[0] != '0' ||
      !std::equal(last.begin(), last.end(), atn.end() - kTrackingDigits)) {
    return MalformedCavv();
  }
  cavv.result_code = field[0];
  cavv.second_factor = static_cast<std::uint8_t>((factor[0] - '0') * 10 + (factor[1] - '0'));
  cavv.key_indicator = field[2];
  FLORIN_TRY(cavv.output, VerificationValue::Parse(AsText(output.subspan(1))));
  FLORIN_TRY(cavv.atn, Atn::Parse(AsText(atn)));
  cavv.version_and_action = field[15];
  std::copy_n(field.begin() + 16, cavv.ip_address.size(), cavv.ip_address.begin());
  return cavv;
}

Status VisaCavv::Write(std::span<std::uint8_t, kVisaCavvSize> out) const {
  if (result_code > 9 || second_factor > 99 || output.size() != kOutputDigits) {
    return Error(ErrorCode::kInvalidArgument,
                 "a CAVV has a result code of one digit, a second factor of two, output of three");
  }
  const std::string_view value = output.Read(SecretAccess{});
  const std::string_view number = atn.digits();
  ByteWriter writer(out);
  FLORIN_CHECK_OK(writer.WriteU8(result_code));
  FLORIN_CHECK_OK(
      writer.WriteU8(static_cast<std::uint8_t>(second_factor / 10 << 4 | second_factor % 10)));
  FLORIN_CHECK_OK(writer.WriteU8(key_indicator));
  FLORIN_CHECK_OK(writer.WriteU8(Packed('0', value[0])));
  FLORIN_CHECK_OK(writer.WriteU8(Packed(value[1], value[2])));
  for (std::size_t i = kAtnDigits - kTrackingDigits; i < kAtnDigits; i += 2) {
    FLORIN_CHECK_OK(writer.WriteU8(Packed(number[i], number[i + 1])));
  }
  for (std::size_t i = 0; i < kAtnDigits; i += 2) {
    FLORIN_CHECK_OK(writer.WriteU8(Packed(number[i], number[i + 1])));
  }
  FLORIN_CHECK_OK(writer.WriteU8(version_and_action));
  return writer.Write(ip_address);
}

CavvTracking VisaCavv::tracking() const {
  return CavvTracking::Parse(atn.digits().substr(kAtnDigits - kTrackingDigits)).value();
}

Result<std::uint8_t> CavvResultCode(char transaction_status) {
  switch (transaction_status) {
    case 'Y': return std::uint8_t{0};
    case 'U': return std::uint8_t{5};
    case 'A': return std::uint8_t{7};
    case 'N':
    case 'R': return std::uint8_t{9};
    default: break;
  }
  return Error(ErrorCode::kInvalidArgument, "this transaction status has no CAVV result code");
}

Result<SpaAav> SpaAav::Parse(ByteView field) {
  if (field.size() != kSpaAavSize) {
    return Error(ErrorCode::kMalformed, "an SPA AAV has 20 bytes");
  }
  SpaAav aav;
  ByteReader reader(field);
  FLORIN_TRY(aav.control, reader.ReadU8());
  FLORIN_CHECK_OK(reader.ReadInto(aav.merchant_hash));
  FLORIN_TRY(aav.acs_id, reader.ReadU8());
  FLORIN_TRY(const std::uint8_t nibbles, reader.ReadU8());
  aav.authentication_method = static_cast<std::uint8_t>(nibbles >> 4U);
  aav.bin_key_id = static_cast<std::uint8_t>(nibbles & 15U);
  FLORIN_TRY(aav.transaction_sequence_number, reader.ReadU32());
  FLORIN_CHECK_OK(reader.ReadInto(aav.mac));
  return aav;
}

Status SpaAav::Write(std::span<std::uint8_t, kSpaAavSize> out) const {
  if (authentication_method > 15 || bin_key_id > 15) {
    return Error(ErrorCode::kInvalidArgument,
                 "the authentication method and the BIN key id of an SPA AAV are 0 to 15");
  }
  ByteWriter writer(out);
  FLORIN_CHECK_OK(writer.WriteU8(control));
  FLORIN_CHECK_OK(writer.Write(merchant_hash));
  FLORIN_CHECK_OK(writer.WriteU8(acs_id));
  FLORIN_CHECK_OK(
      writer.WriteU8(static_cast<std::uint8_t>(authentication_method << 4U | bin_key_id)));
  FLORIN_CHECK_OK(writer.WriteU32(transaction_sequence_number));
  return writer.Write(mac);
}

}  // namespace florin::card
