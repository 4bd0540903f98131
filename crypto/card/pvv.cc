#include "crypto/base/constant_time.h"
#include "crypto/card/decimalise.h"
#include "crypto/card/digit_block.h"
#include "crypto/card/pin_generation.h"
#include "crypto/card/pin_verification.h"

namespace florin::card {
namespace {

constexpr std::size_t kPvvPanDigits = 11;

Error PvvFailed() { return Error(ErrorCode::kVerificationFailed, "PIN verification failed"); }

Status CheckContext(const PvvContext& card) {
  if (card.pvk.block_size() != primitives::kTdesBlockSize) {
    return Error(ErrorCode::kInvalidArgument, "a PVK is a TDES key");
  }
  if (card.pan.empty()) return Error(ErrorCode::kInvalidArgument, "a PVV needs the PAN");
  if (card.pvki > kMaxPvki) return Error(ErrorCode::kInvalidArgument, "a PVKI is 0 to 6");
  return OkStatus();
}

// `pin` has at least four digits.
Result<Pvv> PvvOf(const PvvContext& card, std::string_view pin) {
  FLORIN_CHECK_OK(CheckContext(card));
  const std::string_view account = card.pan.Read(SecretAccess{});
  DigitBlock<8> security_parameter;
  security_parameter.Append(account.substr(account.size() - 1 - kPvvPanDigits, kPvvPanDigits));
  security_parameter.AppendNibble(card.pvki);
  security_parameter.Append(pin.substr(0, Pvv::kMaxDigits));
  SecretArray<8> cryptogram;
  FLORIN_CHECK_OK(card.pvk.EncryptBlocks(security_parameter.Read(SecretAccess{}),
                                         cryptogram.Write(SecretAccess{})));
  SecretArray<Pvv::kMaxDigits> digits;
  Decimalise(cryptogram.Read(SecretAccess{}), digits.Write(SecretAccess{}));
  return Pvv::Parse(AsText(digits.Read(SecretAccess{})));
}

}  // namespace

Result<Pvv> MakePvv(const PvvContext& card, const Pin& pin) {
  if (pin.empty()) return Error(ErrorCode::kInvalidArgument, "a PVV needs the PIN");
  return PvvOf(card, pin.Read(SecretAccess{}));
}

Status VerifyPvv(const PvvContext& card, const Pin& pin, const Pvv& pvv) {
  FLORIN_TRY(const Pvv expected, MakePvv(card, pin));
  return expected.EqualTo(pvv) ? OkStatus() : PvvFailed();
}

Status VerifyPinBlockPvv(const PvvContext& card, const primitives::BlockCipher& pin_key,
                         const PinBlockProfile& profile, ByteView block, const Pvv& pvv) {
  FLORIN_CHECK_OK(CheckPvvSource(profile.format));
  FLORIN_TRY(const DecodedPin pin, OpenPinBlock(pin_key, profile, block, card.pan));
  FLORIN_TRY(const Pvv expected, PvvOf(card, AsText(pin.digits.Read(SecretAccess{}))));
  const bool same = expected.EqualTo(pvv);
  const bool good = (pin.good != 0) & same;
  return good ? OkStatus() : PvvFailed();
}

Result<Pvv> ChangePinPvv(const PvvContext& card, const Pin& old_pin, const Pvv& old_pvv,
                         const Pin& new_pin, std::span<const Pin> excluded) {
  FLORIN_CHECK_OK(VerifyPvv(card, old_pin, old_pvv));
  FLORIN_CHECK_OK(CheckPinStrength(new_pin, excluded));
  return MakePvv(card, new_pin);
}

}  // namespace florin::card
