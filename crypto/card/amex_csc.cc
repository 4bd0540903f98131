#include "crypto/card/amex_csc.h"

#include <array>

#include "crypto/card/decimalise.h"
#include "crypto/card/digit_block.h"

namespace florin::card {
namespace {

constexpr std::size_t kAmexPanDigits = 15;
constexpr std::size_t kAllDigits = 12;  // 5CSC || 4CSC || 3CSC

Status CheckInputs(const primitives::KeyedCipher& csck, const Pan& pan, std::size_t digits) {
  if (csck.block_size() != primitives::kTdesBlockSize) {
    return Error(ErrorCode::kInvalidArgument, "a CSC key is a TDES key");
  }
  const std::string_view account = pan.Read(SecretAccess{});
  if (account.size() != kAmexPanDigits ||
      (account.substr(0, 2) != "34" && account.substr(0, 2) != "37")) {
    return Error(ErrorCode::kInvalidArgument,
                 "a CSC needs a PAN of 15 digits that begins with 34 or 37");
  }
  if (digits < 3 || digits > 5) {
    return Error(ErrorCode::kInvalidArgument, "a CSC has 3, 4 or 5 digits");
  }
  return OkStatus();
}

template <std::size_t kSize>
void AppendAccountAndExpiry(const Pan& pan, const Expiry& expiry, DigitBlock<kSize>& block) {
  const std::string_view account = pan.Read(SecretAccess{});
  const std::string_view middle = account.substr(2, 12);  // without the check digit
  const bool expiry_first = account[1] == '7';
  block.Append(expiry_first ? expiry.digits() : middle);
  block.Append(expiry_first ? middle : expiry.digits());
}

// Letters are 1..6 in the first five places and five more, modulo ten, behind them.
std::uint32_t CscLetter(std::uint32_t nibble, std::uint32_t position) {
  const std::uint32_t value = nibble - 9 + (position >= 5 ? 5 : 0);
  return value - (10 & ValueBarrier(RangeMask(value, 10, 11)));
}

Result<VerificationValue> PartOf(ByteView cryptogram, std::size_t digits) {
  SecretArray<kAllDigits> characters;
  const MutableBytes all = characters.Write(SecretAccess{});
  GatherDigits(cryptogram, all, CscLetter);
  constexpr std::array<std::size_t, 3> kFirst = {9, 5, 0};  // of 3, 4 and 5 digits
  return VerificationValue::Parse(AsText(all.subspan(kFirst[digits - 3], digits)));
}

}  // namespace

Result<VerificationValue> AmexCscVersion1(const primitives::KeyedCipher& csck, const Pan& pan,
                                          const Expiry& expiry, std::size_t digits) {
  FLORIN_CHECK_OK(CheckInputs(csck, pan, digits));
  DigitBlock<8> block;
  AppendAccountAndExpiry(pan, expiry, block);
  SecretArray<8> cryptogram;
  FLORIN_CHECK_OK(csck.EncryptBlocks(block.Read(SecretAccess{}), cryptogram.Write(SecretAccess{})));
  return PartOf(cryptogram.Read(SecretAccess{}), digits);
}

Result<VerificationValue> AmexCscVersion2(const primitives::KeyedCipher& csck, const Pan& pan,
                                          const Expiry& expiry, const ServiceCode& service_code,
                                          std::size_t digits) {
  FLORIN_CHECK_OK(CheckInputs(csck, pan, digits));
  DigitBlock<16> blocks;
  AppendAccountAndExpiry(pan, expiry, blocks);
  blocks.Append(service_code.digits());
  SecretArray<8> chain;
  FLORIN_CHECK_OK(csck.ChainBlocks(blocks.Read(SecretAccess{}), chain.Write(SecretAccess{})));
  return PartOf(chain.Read(SecretAccess{}), digits);
}

}  // namespace florin::card
