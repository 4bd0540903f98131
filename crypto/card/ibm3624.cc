#include <algorithm>
#include <array>

#include "crypto/base/constant_time.h"
#include "crypto/card/digit_block.h"
#include "crypto/card/pin_generation.h"
#include "crypto/card/pin_verification.h"

namespace florin::card {
namespace {

constexpr std::size_t kNibbles = 16;

Error OffsetFailed() { return Error(ErrorCode::kVerificationFailed, "PIN verification failed"); }

// The sixteen digits that natural PINs are the beginning of, as numbers.
using Intermediate = SecretArray<kNibbles>;

Result<Intermediate> IntermediatePin(const Ibm3624Context& card) {
  if (card.pvk.block_size() != primitives::kTdesBlockSize) {
    return Error(ErrorCode::kInvalidArgument, "a PVK is a TDES key");
  }
  SecretArray<8> cryptogram;
  FLORIN_CHECK_OK(card.pvk.EncryptBlocks(card.validation_data.Read(SecretAccess{}),
                                         cryptogram.Write(SecretAccess{})));
  const auto bytes = cryptogram.Read(SecretAccess{});
  const auto table = card.table.Read(SecretAccess{});
  Intermediate intermediate;
  const auto digits = intermediate.Write(SecretAccess{});
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const std::uint32_t nibble = i % 2 == 0 ? bytes[i / 2] >> 4U : bytes[i / 2] & 15U;
    // Every entry is read: which one counts is secret.
    for (std::uint32_t entry = 0; entry < table.size(); ++entry) {
      digits[i] = static_cast<std::uint8_t>(
          digits[i] | (table[entry] & ValueBarrier(RangeMask(nibble, entry, entry))));
    }
  }
  return intermediate;
}

// Digits of `text` plus, or minus, those of `by`, each modulo ten, as characters into `out`.
enum class Step { kAdd, kSubtract };
void Combine(std::string_view text, Step step, ByteView by, MutableBytes out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digit = static_cast<std::uint32_t>(text[i] - '0');
    const std::uint32_t sum = step == Step::kAdd ? digit + by[i] : digit + 10 - by[i];
    out[i] = static_cast<std::uint8_t>('0' + (sum - (10 & ValueBarrier(RangeMask(sum, 10, 19)))));
  }
}

}  // namespace

Result<ValidationData> ValidationData::Parse(std::string_view nibbles) {
  constexpr Error kWrong(ErrorCode::kMalformed,
                         "validation data has 16 characters, 0 to 9 and A to F");
  if (nibbles.size() != kNibbles) return kWrong;
  DigitBlock<8> block;
  for (const char c : nibbles) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit && (c < 'A' || c > 'F')) return kWrong;
    block.AppendNibble(static_cast<std::uint32_t>(digit ? c - '0' : c - 'A' + 10));
  }
  ValidationData data;
  const auto bytes = block.Read(SecretAccess{});
  std::copy(bytes.begin(), bytes.end(), data.block_.Write(SecretAccess{}).begin());
  return data;
}

Result<ValidationData> ValidationData::FromPan(const Pan& pan, std::size_t first, std::size_t count,
                                               std::uint8_t fill) {
  if (count == 0 || count > kNibbles || first > pan.size() || count > pan.size() - first ||
      fill > 15) {
    return Error(ErrorCode::kInvalidArgument,
                 "validation data takes 1 to 16 digits of the PAN and a filling nibble");
  }
  DigitBlock<8> block;
  block.Append(pan.Read(SecretAccess{}).substr(first, count));
  block.AppendNibbles(fill, kNibbles - count);
  ValidationData data;
  const auto bytes = block.Read(SecretAccess{});
  std::copy(bytes.begin(), bytes.end(), data.block_.Write(SecretAccess{}).begin());
  return data;
}

Result<PinOffset> ParsePaddedOffset(std::string_view text) {
  if (text.size() > kMaxPinDigits) {
    return Error(ErrorCode::kMalformed, "a PIN offset has at most 12 characters");
  }
  // Only filling behind the digits is taken off: an F between digits stays, and is refused.
  return PinOffset::Parse(text.substr(0, text.find_last_not_of('F') + 1));
}

Result<Pin> NaturalPin(const Ibm3624Context& card, std::size_t length) {
  if (length < kMinPinDigits || length > kMaxPinDigits) {
    return Error(ErrorCode::kInvalidArgument, "a PIN has 4 to 12 digits");
  }
  FLORIN_TRY(const Intermediate intermediate, IntermediatePin(card));
  const auto digits = intermediate.Read(SecretAccess{});
  SecretArray<kMaxPinDigits> characters;
  const MutableBytes pin = characters.Write(SecretAccess{}).first(length);
  for (std::size_t i = 0; i < length; ++i) pin[i] = static_cast<std::uint8_t>('0' + digits[i]);
  return Pin::Parse(AsText(pin));
}

Result<PinOffset> MakeOffset(const Ibm3624Context& card, const Pin& pin) {
  FLORIN_TRY(const Intermediate intermediate, IntermediatePin(card));
  SecretArray<kMaxPinDigits> characters;
  const MutableBytes offset = characters.Write(SecretAccess{}).first(pin.size());
  Combine(pin.Read(SecretAccess{}), Step::kSubtract, intermediate.Read(SecretAccess{}), offset);
  return PinOffset::Parse(AsText(offset));
}

Result<Pin> PinFromOffset(const Ibm3624Context& card, const PinOffset& offset) {
  FLORIN_TRY(const Intermediate intermediate, IntermediatePin(card));
  SecretArray<kMaxPinDigits> characters;
  const MutableBytes pin = characters.Write(SecretAccess{}).first(offset.size());
  Combine(offset.Read(SecretAccess{}), Step::kAdd, intermediate.Read(SecretAccess{}), pin);
  return Pin::Parse(AsText(pin));
}

Status VerifyOffset(const Ibm3624Context& card, const Pin& pin, const PinOffset& offset) {
  FLORIN_TRY(const Pin expected, PinFromOffset(card, offset));
  return expected.EqualTo(pin) ? OkStatus() : OffsetFailed();
}

Status VerifyPinBlockOffset(const Ibm3624Context& card, const primitives::BlockCipher& pin_key,
                            const PinBlockProfile& profile, ByteView block, const Pan& pan,
                            const PinOffset& offset) {
  if (profile.format == PinBlockFormat::kFormat2) {
    return Error(ErrorCode::kPermissionDenied, "PIN block format 2 comes from no terminal");
  }
  FLORIN_TRY(const DecodedPin decoded, OpenPinBlock(pin_key, profile, block, pan));
  FLORIN_TRY(const Pin expected, PinFromOffset(card, offset));
  SecretArray<kMaxPinDigits> padded;  // as the decoded digits are
  const auto characters = padded.Write(SecretAccess{});
  std::fill(characters.begin(), characters.end(), std::uint8_t{'0'});
  const std::string_view digits = expected.Read(SecretAccess{});
  std::copy(digits.begin(), digits.end(), characters.begin());
  const bool same_length = decoded.length == digits.size();
  const bool same_digits = decoded.digits.EqualTo(padded);
  const bool good = (decoded.good != 0) & same_length & same_digits;
  return good ? OkStatus() : OffsetFailed();
}

Result<PinOffset> ChangePinOffset(const Ibm3624Context& card, const Pin& old_pin,
                                  const PinOffset& old_offset, const Pin& new_pin,
                                  std::span<const Pin> excluded) {
  FLORIN_CHECK_OK(VerifyOffset(card, old_pin, old_offset));
  FLORIN_CHECK_OK(CheckPinStrength(new_pin, excluded));
  return MakeOffset(card, new_pin);
}

}  // namespace florin::card
