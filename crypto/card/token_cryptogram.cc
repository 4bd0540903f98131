#include "crypto/card/token_cryptogram.h"

#include "crypto/card/card_verification.h"
#include "crypto/card/digit_block.h"
#include "crypto/card/emv_derivation.h"
#include "florin/base/byte_reader.h"
#include "florin/base/byte_writer.h"
#include "florin/card/emv.h"

namespace florin::card {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kReserved = 4;
constexpr std::size_t kInputSize = 21;

static_assert(kTokenCryptogramSize == kCryptogramSize);

void AppendNumber(std::uint64_t number, std::size_t digits, DigitBlock<kInputSize>& block) {
  std::uint64_t unit = 1;
  for (std::size_t i = 1; i < digits; ++i) unit *= 10;
  for (; unit != 0; unit /= 10) {
    block.AppendNibble(static_cast<std::uint32_t>(number / unit % 10));
  }
}

void AppendByte(std::uint32_t byte, DigitBlock<kInputSize>& block) {
  block.AppendNibble(byte >> 4U & 15U);
  block.AppendNibble(byte & 15U);
}

Error Malformed() {
  return Error(ErrorCode::kMalformed, "a token cryptogram field has version 1 and 20 bytes");
}

}  // namespace

Status TokenCryptogram(const primitives::KeyedCipher& master_key, const Pan& token,
                       std::uint8_t psn, const TokenTransaction& transaction,
                       std::span<std::uint8_t, kTokenCryptogramSize> out) {
  if (transaction.amount > kMaxTokenAmount || transaction.currency > 999) {
    return Error(ErrorCode::kInvalidArgument,
                 "an amount has at most twelve digits, a currency three");
  }
  DigitBlock<kInputSize> input;
  AppendByte(kVersion, input);
  input.AppendNibble(0);
  input.Append(transaction.requestor.digits());
  AppendNumber(transaction.amount, 12, input);
  AppendNumber(transaction.currency, 4, input);
  for (const std::uint8_t byte : transaction.unpredictable_number) AppendByte(byte, input);
  AppendByte(transaction.counter >> 8U, input);
  AppendByte(transaction.counter & 0xFFU, input);
  FLORIN_TRY(const EmvKey token_key,
             DeriveIccMasterKeyWith(master_key, EmvMasterKeyOption::kB, token, psn));
  FLORIN_TRY(const EmvKey session_key, DeriveCryptogramSessionKey(token_key, transaction.counter));
  return ApplicationCryptogram(session_key, EmvPadding::kMethod2, input.Read(SecretAccess{}), out);
}

Status VerifyTokenCryptogram(const primitives::KeyedCipher& master_key, const Pan& token,
                             std::uint8_t psn, const TokenTransaction& transaction,
                             std::span<const std::uint8_t, kTokenCryptogramSize> cryptogram) {
  SecretArray<kTokenCryptogramSize> expected;
  FLORIN_CHECK_OK(
      TokenCryptogram(master_key, token, psn, transaction, expected.Write(SecretAccess{})));
  if (ConstantTimeEqual(expected.Read(SecretAccess{}), cryptogram)) return OkStatus();
  return Error(ErrorCode::kVerificationFailed, "the token cryptogram does not match");
}

Result<VerificationValue> TokenVerificationValue(const primitives::KeyedCipher& master_key,
                                                 const Pan& token, std::uint8_t psn,
                                                 const Expiry& expiry,
                                                 const TokenRequestor& requestor,
                                                 std::uint16_t counter) {
  FLORIN_TRY(const EmvKey token_key,
             DeriveIccMasterKeyWith(master_key, EmvMasterKeyOption::kB, token, psn));
  const primitives::TransientRetailMacKey key(token_key.Read(SecretAccess{}));
  FLORIN_TRY(const ServiceCode code, ServiceCode::Parse(requestor.digits().substr(8)));
  return Dcvv(key, token, expiry, code, counter, DcvvAtcForm::kHex);
}

Result<TokenCryptogramField> TokenCryptogramField::Parse(ByteView field) {
  if (field.size() != kTokenCryptogramFieldSize || field[0] != kVersion) return Malformed();
  TokenCryptogramField parsed;
  ByteReader reader(field.subspan(1));
  FLORIN_TRY(parsed.key_index, reader.ReadU8());
  FLORIN_TRY(parsed.counter, reader.ReadU16());
  FLORIN_CHECK_OK(reader.ReadInto(parsed.unpredictable_number));
  FLORIN_CHECK_OK(reader.ReadInto(parsed.cryptogram));
  for (const std::uint8_t byte : reader.Rest()) {
    if (byte != 0) return Malformed();
  }
  return parsed;
}

Status TokenCryptogramField::Write(std::span<std::uint8_t, kTokenCryptogramFieldSize> out) const {
  ByteWriter writer(out);
  FLORIN_CHECK_OK(writer.WriteU8(kVersion));
  FLORIN_CHECK_OK(writer.WriteU8(key_index));
  FLORIN_CHECK_OK(writer.WriteU16(counter));
  FLORIN_CHECK_OK(writer.Write(unpredictable_number));
  FLORIN_CHECK_OK(writer.Write(cryptogram));
  return writer.WriteRepeated(0, kReserved);
}

}  // namespace florin::card
