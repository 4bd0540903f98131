#include "crypto/card/emv_script.h"

#include <algorithm>
#include <utility>

#include "crypto/card/emv_primitives.h"
#include "crypto/card/pin_block.h"
#include "crypto/primitives/tdes.h"

namespace florin::card {
namespace {

constexpr std::size_t kBlock = primitives::kTdesBlockSize;
// With padding and a MAC it still fits into one command; Visa's padding also has a length byte.
constexpr std::size_t kMaxClearScriptData = 239;
constexpr std::size_t kMaxVisaScriptData = 238;

constexpr std::size_t WithMethod2(std::size_t size) { return (size / kBlock + 1) * kBlock; }

// Filled with F.
Result<SecretArray<kEmvPinBlockSize>> FilledPinField(std::uint32_t control, const Pin& pin) {
  if (pin.empty()) return Error(ErrorCode::kInvalidArgument, "EMV: the PIN is missing");
  std::array<std::uint8_t, kPinNibbles> fill;
  fill.fill(0xF);
  return PinField(control, pin, fill).Take();
}

Result<SecretArray<kEmvPinBlockSize>> PinBlockOf(EmvPinBlock form, const EmvPinChangeKeys& keys,
                                                 const Pin& new_pin, const Pin* current_pin) {
  if (form == EmvPinBlock::kVis) return VisPinBlock(keys.icc_ac_key, new_pin, current_pin);
  if (current_pin == nullptr) return Iso2PinBlock(new_pin);
  return Error(ErrorCode::kUnsupported, "EMV: a format 2 block has no place for the current PIN");
}

}  // namespace

Status ScriptMac(const EmvKey& smi_session_key,
                 std::span<const std::uint8_t, kScriptHeaderSize> header, EmvScriptMacPrefix prefix,
                 const EmvScriptTransaction& transaction, ByteView data, MutableBytes mac) {
  if (mac.size() < kMinScriptMac || mac.size() > kMaxScriptMac) {
    return Error(ErrorCode::kInvalidArgument, "EMV: a script MAC has 4 to 8 bytes");
  }
  if (data.size() > kMaxScriptData) {
    return Error(ErrorCode::kLimitExceeded, "EMV: a script command has at most 255 bytes of data");
  }
  const std::array<std::uint8_t, 2> atc = {static_cast<std::uint8_t>(transaction.atc >> 8U),
                                           static_cast<std::uint8_t>(transaction.atc & 0xFFU)};
  if (prefix == EmvScriptMacPrefix::kNone) {
    return EmvMac(smi_session_key, EmvPadding::kMethod2, {header, data}, mac);
  }
  return EmvMac(smi_session_key, EmvPadding::kMethod2, {header, atc, transaction.arqc, data}, mac);
}

std::size_t EncryptedScriptSize(EmvScriptPadding padding, std::size_t size) {
  if (padding == EmvScriptPadding::kVisa) return WithMethod2(size + 1);
  const bool whole = size % kBlock == 0;
  return padding == EmvScriptPadding::kMastercard && whole ? size : WithMethod2(size);
}

Result<std::size_t> EncryptScriptData(const EmvKey& smc_session_key, EmvScriptPadding padding,
                                      ByteView data, MutableBytes out) {
  if (smc_session_key.algorithm() != EmvAlgorithm::kTdes) {
    return Error(ErrorCode::kUnsupported, "EMV: script encryption is defined for TDES only");
  }
  const std::size_t most =
      padding == EmvScriptPadding::kVisa ? kMaxVisaScriptData : kMaxClearScriptData;
  if (data.empty() || data.size() > most) {
    return Error(ErrorCode::kInvalidArgument,
                 "EMV: script data to encrypt has 1 to 239 bytes, with Visa's padding to 238");
  }
  const std::size_t size = EncryptedScriptSize(padding, data.size());
  if (out.size() < size) {
    return Error(ErrorCode::kBufferTooSmall, "EMV: the encrypted script data needs more room");
  }
  SecretArray<WithMethod2(kMaxClearScriptData)> storage;
  const MutableBytes padded = storage.Write(SecretAccess{}).first(size);
  std::size_t at = 0;
  if (padding == EmvScriptPadding::kVisa) padded[at++] = static_cast<std::uint8_t>(data.size());
  std::ranges::copy(data, padded.subspan(at).begin());
  at += data.size();
  if (at < size) padded[at] = 0x80;

  constexpr std::array<std::uint8_t, kBlock> kZeros{};
  const bool ecb = padding == EmvScriptPadding::kVisa;
  FLORIN_CHECK_OK(primitives::TdesCryptOnce(
      smc_session_key.Read(SecretAccess{}), primitives::Direction::kEncrypt,
      ecb ? ByteView() : ByteView(kZeros), padded, out.first(size)));
  return size;
}

Result<SecretArray<kEmvPinBlockSize>> Iso2PinBlock(const Pin& pin) {
  return FilledPinField(2, pin);
}

Result<SecretArray<kEmvPinBlockSize>> VisPinBlock(const EmvKey& icc_ac_key, const Pin& new_pin,
                                                  const Pin* current_pin) {
  if (icc_ac_key.algorithm() != EmvAlgorithm::kTdes) {
    return Error(ErrorCode::kUnsupported, "EMV: a VIS PIN block needs a TDES key");
  }
  FLORIN_TRY(auto block, FilledPinField(0, new_pin));
  const auto bytes = block.Write(SecretAccess{});
  const ByteView key = icc_ac_key.Read(SecretAccess{});
  for (std::size_t i = 4; i < kEmvPinBlockSize; ++i) {
    bytes[i] = static_cast<std::uint8_t>(bytes[i] ^ key[i]);
  }
  if (current_pin == nullptr) return block;
  if (current_pin->empty()) {
    return Error(ErrorCode::kInvalidArgument, "EMV: the current PIN is missing");
  }
  const std::string_view digits = current_pin->Read(SecretAccess{});
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const auto digit = static_cast<unsigned>(digits[i] - '0') << (i % 2 == 0 ? 4U : 0U);
    bytes[i / 2] = static_cast<std::uint8_t>(bytes[i / 2] ^ digit);
  }
  return block;
}

Result<std::size_t> PinChangeCommand(const EmvScriptProfile& profile, const EmvPinChangeKeys& keys,
                                     const EmvScriptTransaction& transaction, const Pin& new_pin,
                                     const Pin* current_pin, std::size_t mac_size,
                                     MutableBytes out) {
  if (profile.key == EmvScriptKeyMethod::kNone ||
      (current_pin != nullptr && !profile.pin_block_with_current.has_value())) {
    return Error(ErrorCode::kUnsupported, "EMV: the profile has no such PIN change command");
  }
  if (mac_size < kMinScriptMac || mac_size > kMaxScriptMac) {
    return Error(ErrorCode::kInvalidArgument, "EMV: a script MAC has 4 to 8 bytes");
  }
  const std::size_t encrypted_size = EncryptedScriptSize(profile.padding, kEmvPinBlockSize);
  const std::size_t size = kScriptHeaderSize + encrypted_size + mac_size;
  if (out.size() < size) {
    return Error(ErrorCode::kBufferTooSmall, "EMV: the PIN change command needs more room");
  }
  const EmvPinBlock form =
      current_pin == nullptr ? profile.pin_block : *profile.pin_block_with_current;
  FLORIN_TRY(const auto block, PinBlockOf(form, keys, new_pin, current_pin));

  const auto header = out.first<kScriptHeaderSize>();
  const std::uint8_t p2 = current_pin == nullptr ? 0x02 : 0x01;
  const auto lc = static_cast<std::uint8_t>(encrypted_size + mac_size);
  std::ranges::copy(std::array<std::uint8_t, kScriptHeaderSize>{0x84, 0x24, 0x00, p2, lc},
                    header.begin());
  const MutableBytes encrypted = out.subspan(kScriptHeaderSize, encrypted_size);
  FLORIN_CHECK_OK(EncryptScriptData(keys.smc_session_key, profile.padding,
                                    block.Read(SecretAccess{}), encrypted));
  FLORIN_CHECK_OK(ScriptMac(keys.smi_session_key, header, profile.mac_prefix, transaction,
                            encrypted, out.subspan(kScriptHeaderSize + encrypted_size, mac_size)));
  return size;
}

}  // namespace florin::card
