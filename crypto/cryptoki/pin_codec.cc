#include "crypto/cryptoki/pin_codec.h"

#include <algorithm>
#include <cstddef>

#include "crypto/cryptoki/dukpt_codec.h"
#include "crypto/cryptoki/emv_numbers.h"
#include "crypto/cryptoki/param_fields.h"
#include "florin/card/emv.h"

namespace florin::cryptoki {
namespace {

using card::EmvPinBlock;
using card::EmvScriptKeyMethod;
using card::EmvScriptMacPrefix;
using card::EmvScriptPadding;
using card::Format4PanField;
using card::PinBlockFormat;
using mechanisms::EmvPinChange;
using mechanisms::EmvScript;
using mechanisms::EmvScriptEncryption;
using mechanisms::EmvScriptMac;
using mechanisms::PinBlock;
using mechanisms::PinChange;
using mechanisms::PinGeneration;
using mechanisms::PinReference;
using mechanisms::PinReferenceKind;
using mechanisms::PinTranslation;
using mechanisms::PinVerification;

constexpr Numbered<EmvScriptKeyMethod> kScriptKeys[] = {
    {EmvScriptKeyMethod::kCommon, CK_FLORIN_EMV_SCRIPT_KEY_COMMON},
    {EmvScriptKeyMethod::kVisa, CK_FLORIN_EMV_SCRIPT_KEY_VISA},
};
constexpr Numbered<EmvScriptMacPrefix> kPrefixes[] = {
    {EmvScriptMacPrefix::kNone, CK_FLORIN_EMV_SCRIPT_PREFIX_NONE},
    {EmvScriptMacPrefix::kAtcAndArqc, CK_FLORIN_EMV_SCRIPT_PREFIX_ATC_ARQC},
};
constexpr Numbered<EmvScriptPadding> kScriptPaddings[] = {
    {EmvScriptPadding::kMastercard, CK_FLORIN_EMV_SCRIPT_PADDING_MASTERCARD},
    {EmvScriptPadding::kEmv, CK_FLORIN_EMV_SCRIPT_PADDING_EMV},
    {EmvScriptPadding::kVisa, CK_FLORIN_EMV_SCRIPT_PADDING_VISA},
};
constexpr Numbered<EmvPinBlock> kForms[] = {
    {EmvPinBlock::kIso2, CK_FLORIN_EMV_PIN_BLOCK_ISO2},
    {EmvPinBlock::kVis, CK_FLORIN_EMV_PIN_BLOCK_VIS},
};
constexpr Numbered<Format4PanField> kPanFields[] = {
    {Format4PanField::kFullPan, CK_FLORIN_PIN_PAN_FIELD_FULL},
    {Format4PanField::kPan12, CK_FLORIN_PIN_PAN_FIELD_12},
};
constexpr Numbered<PinReferenceKind> kKinds[] = {
    {PinReferenceKind::kVisaPvv, CK_FLORIN_PIN_VISA_PVV},
    {PinReferenceKind::kIbm3624, CK_FLORIN_PIN_IBM3624},
};

// A choice that must be one of its table.
template <class Value, std::size_t N>
Status Choose(const Numbered<Value> (&table)[N], CK_BYTE number, Value& out) {
  const auto value = ValueOf(table, number);
  if (!value.has_value()) return BadParameter("a field of the parameter has no such choice");
  out = *value;
  return OkStatus();
}

void EncodeNumber(std::uint16_t number, CK_BYTE (&out)[2]) {
  out[0] = static_cast<CK_BYTE>(number >> 8);
  out[1] = static_cast<CK_BYTE>(number & 0xFF);
}
std::uint16_t DecodeNumber(const CK_BYTE (&in)[2]) {
  return static_cast<std::uint16_t>(in[0] << 8 | in[1]);
}

// --- parts of the structs ---

Status EncodeScript(const EmvScript& in, CK_FLORIN_EMV_SCRIPT& out) {
  if (in.psn > card::kMaxPsn) return BadParameter("the PAN sequence number must be 0..99");
  FLORIN_CHECK_OK(EncodePan(in.pan, out.pan, out.panLength));
  out.psn = in.psn;
  out.masterKeyOption = NumberOf(kMasterKeyOptions, in.option);
  out.keyMethod = NumberOf(kScriptKeys, in.key);
  EncodeNumber(in.atc, out.atc);
  EncodeNumber(in.command, out.command);
  CopyBytes(in.arqc, out.arqc);
  return OkStatus();
}

Status DecodeScript(const CK_FLORIN_EMV_SCRIPT& in, EmvScript& out, Pan& pan) {
  if (in.psn > card::kMaxPsn) return BadParameter("the PAN sequence number must be 0..99");
  FLORIN_CHECK_OK(DecodePan(in.pan, in.panLength, pan));
  FLORIN_CHECK_OK(Choose(kMasterKeyOptions, in.masterKeyOption, out.option));
  FLORIN_CHECK_OK(Choose(kScriptKeys, in.keyMethod, out.key));
  FLORIN_CHECK_OK(CheckReserved(in.reserved));
  out.pan = &pan;
  out.psn = in.psn;
  out.atc = DecodeNumber(in.atc);
  out.command = DecodeNumber(in.command);
  std::copy(in.arqc, in.arqc + sizeof(in.arqc), out.arqc.begin());
  return OkStatus();
}

Status EncodeBlock(const PinBlock& in, CK_FLORIN_PIN_BLOCK& out) {
  if (in.dukpt.has_value()) FLORIN_CHECK_OK(EncodeTransaction(*in.dukpt, out.dukpt));
  out.format = static_cast<CK_BYTE>(in.profile.format);
  if (in.profile.format == PinBlockFormat::kFormat4) {
    out.panField = NumberOf(kPanFields, in.profile.pan_field);
  }
  out.minDigits = in.profile.lengths.min;
  out.maxDigits = in.profile.lengths.max;
  return OkStatus();
}

Status DecodeBlock(const CK_FLORIN_PIN_BLOCK& in, const std::uint8_t* original, PinBlock& out) {
  if (in.format > static_cast<CK_BYTE>(PinBlockFormat::kFormat4)) {
    return BadParameter("the PIN block format must be 0 to 4");
  }
  out.profile.format = static_cast<PinBlockFormat>(in.format);
  if (out.profile.format == PinBlockFormat::kFormat4) {
    FLORIN_CHECK_OK(Choose(kPanFields, in.panField, out.profile.pan_field));
  } else if (in.panField != 0) {
    return BadParameter("the choice of the PAN field belongs to PIN block format 4");
  }
  out.profile.lengths = {in.minDigits, in.maxDigits};
  FLORIN_CHECK_OK(CheckReserved(in.reserved));
  const CK_FLORIN_DUKPT_TRANSACTION& dukpt = in.dukpt;
  if (dukpt.ksnLength == 0) {
    if (AllZero(dukpt.ksn) && dukpt.direction == 0 && dukpt.keyType == 0 && dukpt.reserved == 0) {
      return OkStatus();
    }
    return BadParameter("without a KSN the transaction must be all zero");
  }
  out.dukpt.emplace();
  return DecodeTransaction(dukpt, original + offsetof(CK_FLORIN_PIN_BLOCK, dukpt), *out.dukpt);
}

void EncodeReference(const PinReference& in, CK_FLORIN_PIN_REFERENCE& out) {
  out.kind = NumberOf(kKinds, in.kind);
  if (in.kind == PinReferenceKind::kVisaPvv) {
    out.pvki = in.pvki;
    return;
  }
  out.panStart = in.pan_start;
  out.panDigits = in.pan_digits;
  out.fill = in.fill;
}

Status DecodeReference(const CK_FLORIN_PIN_REFERENCE& in, PinReference& out) {
  FLORIN_CHECK_OK(Choose(kKinds, in.kind, out.kind));
  FLORIN_CHECK_OK(CheckReserved(in.reserved));
  const bool pvv = out.kind == PinReferenceKind::kVisaPvv;
  if (pvv ? (in.panStart | in.panDigits | in.fill) != 0 : in.pvki != 0) {
    return BadParameter("fields that the kind of reference does not take must be zero");
  }
  if (pvv) {
    out.pvki = in.pvki;
    return OkStatus();
  }
  out.pan_start = in.panStart;
  out.pan_digits = in.panDigits;
  out.fill = in.fill;
  return OkStatus();
}

// What verification, change and generation have in common.
template <class T>
Status EncodeVerification(const T& in, CK_FLORIN_PIN_VERIFICATION_PARAMS& out) {
  out.ulVersion = CK_FLORIN_VERSION_1;
  out.hBlockKey = in.block_key.handle.value;
  EncodeReference(in.reference, out.reference);
  FLORIN_CHECK_OK(EncodeBlock(in.block, out.block));
  return EncodePan(in.pan, out.pan, out.panLength);
}

template <class T>
Status DecodeVerification(const CK_FLORIN_PIN_VERIFICATION_PARAMS& in, const std::uint8_t* original,
                          T& out, Pan& pan) {
  FLORIN_CHECK_OK(CheckVersion(in.ulVersion));
  FLORIN_CHECK_OK(CheckReserved(in.reserved));
  FLORIN_CHECK_OK(DecodeReference(in.reference, out.reference));
  FLORIN_CHECK_OK(DecodeBlock(
      in.block, original + offsetof(CK_FLORIN_PIN_VERIFICATION_PARAMS, block), out.block));
  FLORIN_CHECK_OK(DecodePan(in.pan, in.panLength, pan));
  out.pan = &pan;
  out.block_key.handle.value = in.hBlockKey;
  return OkStatus();
}

// Digits at the start of a field, the rest of it zero.
using DigitsField = CK_BYTE[12];

Status EncodeDigits(ByteView digits, DigitsField& out, CK_BYTE& length) {
  if (digits.size() > sizeof(out)) return BadParameter("PVV or offset must have at most 12 digits");
  CopyBytes(digits, out);
  length = static_cast<CK_BYTE>(digits.size());
  return OkStatus();
}

Result<ByteView> DecodeDigits(const DigitsField& in, CK_BYTE length, const std::uint8_t* original) {
  if (length > sizeof(in) || !AllZero(in, length)) {
    return BadParameter("PVV or offset must have at most 12 digits, the bytes after it zero");
  }
  return ByteView(original, length);
}

Result<CK_BYTE> EncodeMacLength(std::size_t length) {
  if (length > 0xFF) return BadParameter("a script MAC must have 4 to 8 bytes");
  return static_cast<CK_BYTE>(length);
}

}  // namespace

Status Encode(const EmvScriptMac& in, CK_FLORIN_EMV_SCRIPT_MAC_PARAMS& out) {
  out = {};
  out.ulVersion = CK_FLORIN_VERSION_1;
  out.prefix = NumberOf(kPrefixes, in.prefix);
  FLORIN_TRY(out.macLength, EncodeMacLength(in.mac_length));
  return EncodeScript(in.script, out.script);
}

Status Decode(const CK_FLORIN_EMV_SCRIPT_MAC_PARAMS& in, const std::uint8_t*, EmvScriptMac& out,
              Pan& pan) {
  FLORIN_CHECK_OK(CheckVersion(in.ulVersion));
  FLORIN_CHECK_OK(CheckReserved(in.reserved));
  FLORIN_CHECK_OK(Choose(kPrefixes, in.prefix, out.prefix));
  out.mac_length = in.macLength;
  return DecodeScript(in.script, out.script, pan);
}

Status Encode(const EmvScriptEncryption& in, CK_FLORIN_EMV_SCRIPT_ENCRYPTION_PARAMS& out) {
  out = {};
  out.ulVersion = CK_FLORIN_VERSION_1;
  out.padding = NumberOf(kScriptPaddings, in.padding);
  return EncodeScript(in.script, out.script);
}

Status Decode(const CK_FLORIN_EMV_SCRIPT_ENCRYPTION_PARAMS& in, const std::uint8_t*,
              EmvScriptEncryption& out, Pan& pan) {
  FLORIN_CHECK_OK(CheckVersion(in.ulVersion));
  FLORIN_CHECK_OK(CheckReserved(in.reserved));
  FLORIN_CHECK_OK(Choose(kScriptPaddings, in.padding, out.padding));
  return DecodeScript(in.script, out.script, pan);
}

Status Encode(const EmvPinChange& in, CK_FLORIN_EMV_PIN_CHANGE_PARAMS& out) {
  out = {};
  out.ulVersion = CK_FLORIN_VERSION_1;
  out.hConfidentialityKey = in.confidentiality_key.handle.value;
  out.hCryptogramKey = in.cryptogram_key.handle.value;
  out.hBlockKey = in.block_key.handle.value;
  FLORIN_CHECK_OK(EncodeScript(in.script, out.script));
  FLORIN_CHECK_OK(EncodeBlock(in.block, out.block));
  out.prefix = NumberOf(kPrefixes, in.prefix);
  out.padding = NumberOf(kScriptPaddings, in.padding);
  out.form = NumberOf(kForms, in.form);
  out.withCurrent = in.with_current ? 1 : 0;
  FLORIN_TRY(out.macLength, EncodeMacLength(in.mac_length));
  return OkStatus();
}

Status Decode(const CK_FLORIN_EMV_PIN_CHANGE_PARAMS& in, const std::uint8_t* original,
              EmvPinChange& out, Pan& pan) {
  FLORIN_CHECK_OK(CheckVersion(in.ulVersion));
  FLORIN_CHECK_OK(CheckReserved(in.reserved));
  FLORIN_CHECK_OK(Choose(kPrefixes, in.prefix, out.prefix));
  FLORIN_CHECK_OK(Choose(kScriptPaddings, in.padding, out.padding));
  FLORIN_CHECK_OK(Choose(kForms, in.form, out.form));
  if (in.withCurrent > 1) return BadParameter("withCurrent must be 0 or 1");
  FLORIN_CHECK_OK(DecodeBlock(in.block, original + offsetof(CK_FLORIN_EMV_PIN_CHANGE_PARAMS, block),
                              out.block));
  out.with_current = in.withCurrent == 1;
  out.mac_length = in.macLength;
  out.confidentiality_key.handle.value = in.hConfidentialityKey;
  out.cryptogram_key.handle.value = in.hCryptogramKey;
  out.block_key.handle.value = in.hBlockKey;
  return DecodeScript(in.script, out.script, pan);
}

Status Encode(const PinTranslation& in, CK_FLORIN_PIN_TRANSLATION_PARAMS& out) {
  out = {};
  out.ulVersion = CK_FLORIN_VERSION_1;
  out.hFromKey = in.from_key.handle.value;
  FLORIN_CHECK_OK(EncodeBlock(in.from, out.from));
  FLORIN_CHECK_OK(EncodeBlock(in.to, out.to));
  return in.pan == nullptr ? OkStatus() : EncodePan(in.pan, out.pan, out.panLength);
}

Status Decode(const CK_FLORIN_PIN_TRANSLATION_PARAMS& in, const std::uint8_t* original,
              PinTranslation& out, Pan& pan) {
  FLORIN_CHECK_OK(CheckVersion(in.ulVersion));
  FLORIN_CHECK_OK(CheckReserved(in.reserved));
  FLORIN_CHECK_OK(
      DecodeBlock(in.from, original + offsetof(CK_FLORIN_PIN_TRANSLATION_PARAMS, from), out.from));
  FLORIN_CHECK_OK(
      DecodeBlock(in.to, original + offsetof(CK_FLORIN_PIN_TRANSLATION_PARAMS, to), out.to));
  out.from_key.handle.value = in.hFromKey;
  if (in.panLength == 0 && AllZero(in.pan)) return OkStatus();
  FLORIN_CHECK_OK(DecodePan(in.pan, in.panLength, pan));
  out.pan = &pan;
  return OkStatus();
}

Status Encode(const PinVerification& in, CK_FLORIN_PIN_VERIFICATION_PARAMS& out) {
  out = {};
  return EncodeVerification(in, out);
}

Status Decode(const CK_FLORIN_PIN_VERIFICATION_PARAMS& in, const std::uint8_t* original,
              PinVerification& out, Pan& pan) {
  return DecodeVerification(in, original, out, pan);
}

Status Encode(const PinChange& in, CK_FLORIN_PIN_CHANGE_PARAMS& out) {
  out = {};
  FLORIN_CHECK_OK(EncodeVerification(in, out.verification));
  return EncodeDigits(in.current, out.current, out.currentLength);
}

Status Decode(const CK_FLORIN_PIN_CHANGE_PARAMS& in, const std::uint8_t* original, PinChange& out,
              Pan& pan) {
  FLORIN_CHECK_OK(CheckReserved(in.reserved));
  FLORIN_TRY(out.current, DecodeDigits(in.current, in.currentLength,
                                       original + offsetof(CK_FLORIN_PIN_CHANGE_PARAMS, current)));
  return DecodeVerification(in.verification, original, out, pan);
}

Status Encode(const PinGeneration& in, CK_FLORIN_PIN_GENERATION_PARAMS& out) {
  out = {};
  FLORIN_CHECK_OK(EncodeVerification(in, out.verification));
  out.pinDigits = in.pin_length;
  return EncodeDigits(in.offset, out.offset, out.offsetLength);
}

Status Decode(const CK_FLORIN_PIN_GENERATION_PARAMS& in, const std::uint8_t* original,
              PinGeneration& out, Pan& pan) {
  FLORIN_CHECK_OK(CheckReserved(in.reserved));
  FLORIN_TRY(out.offset,
             DecodeDigits(in.offset, in.offsetLength,
                          original + offsetof(CK_FLORIN_PIN_GENERATION_PARAMS, offset)));
  out.pin_length = in.pinDigits;
  return DecodeVerification(in.verification, original, out, pan);
}

}  // namespace florin::cryptoki
