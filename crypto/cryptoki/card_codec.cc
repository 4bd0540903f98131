#include "crypto/cryptoki/card_codec.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "crypto/cryptoki/param_fields.h"

namespace florin::cryptoki {
namespace {

using card::DcvvAtcForm;
using card::EmvMasterKeyOption;
using card::MacAlgorithm;
using mechanisms::CardVerification;
using mechanisms::CardVerificationKind;
using mechanisms::Iso9797Mac;
using mechanisms::ThreeDsAuthentication;
using mechanisms::ThreeDsKind;

constexpr std::size_t kMinMac = 4;
constexpr std::size_t kMaxMac = 8;

Error NotOfTheKind() { return BadParameter("a field that the kind does not take must be zero"); }

template <class Value, std::size_t N>
Status FromNumber(const Numbered<Value> (&table)[N], CK_BYTE number, Value& value) {
  const auto known = ValueOf(table, number);
  if (!known.has_value()) {
    return BadParameter("a number of the parameter is none of those that its field can have");
  }
  value = *known;
  return OkStatus();
}

template <class Value, std::size_t N>
Status ToNumber(const Numbered<Value> (&table)[N], Value value, CK_BYTE& number) {
  number = NumberOf(table, value);
  return number != 0 ? OkStatus() : Status(BadParameter("the mechanism does not take this choice"));
}

constexpr Numbered<MacAlgorithm> kAlgorithms[] = {
    {MacAlgorithm::kIso9797Algorithm1, CK_FLORIN_MAC_ALGORITHM_1},
    {MacAlgorithm::kIso9797Algorithm3, CK_FLORIN_MAC_ALGORITHM_3},
    {MacAlgorithm::kCmacTdes, CK_FLORIN_MAC_ALGORITHM_5},
    {MacAlgorithm::kAs2805Part41, CK_FLORIN_MAC_AS2805_4_1}};
constexpr Numbered<MacPadding> kPaddings[] = {{MacPadding::kMethod1, CK_FLORIN_PADDING_METHOD_1},
                                              {MacPadding::kMethod2, CK_FLORIN_PADDING_METHOD_2},
                                              {MacPadding::kMethod3, CK_FLORIN_PADDING_METHOD_3}};
constexpr Numbered<CardVerificationKind> kVerificationKinds[] = {
    {CardVerificationKind::kCvv, CK_FLORIN_CARD_VERIFICATION_CVV},
    {CardVerificationKind::kCscVersion1, CK_FLORIN_CARD_VERIFICATION_CSC_1},
    {CardVerificationKind::kCscVersion2, CK_FLORIN_CARD_VERIFICATION_CSC_2},
    {CardVerificationKind::kDcvv, CK_FLORIN_CARD_VERIFICATION_DCVV},
    {CardVerificationKind::kCvc3, CK_FLORIN_CARD_VERIFICATION_CVC3}};
constexpr Numbered<EmvMasterKeyOption> kOptions[] = {
    {EmvMasterKeyOption::kA, CK_FLORIN_EMV_OPTION_A},
    {EmvMasterKeyOption::kB, CK_FLORIN_EMV_OPTION_B},
    {EmvMasterKeyOption::kBEveryLength, CK_FLORIN_EMV_OPTION_B_EVERY_LENGTH}};
constexpr Numbered<DcvvAtcForm> kAtcForms[] = {{DcvvAtcForm::kHex, CK_FLORIN_DCVV_ATC_HEX},
                                               {DcvvAtcForm::kDecimal, CK_FLORIN_DCVV_ATC_DECIMAL}};
constexpr Numbered<ThreeDsKind> kThreeDsKinds[] = {
    {ThreeDsKind::kVisaCavv, CK_FLORIN_3DS_VISA_CAVV},
    {ThreeDsKind::kSpaAavHmac, CK_FLORIN_3DS_SPA_AAV_HMAC},
    {ThreeDsKind::kSpaAavCvc2, CK_FLORIN_3DS_SPA_AAV_CVC2},
    {ThreeDsKind::kSpa2Iav, CK_FLORIN_3DS_SPA2_IAV},
    {ThreeDsKind::kTokenCryptogram, CK_FLORIN_3DS_TOKEN_CRYPTOGRAM},
    {ThreeDsKind::kTokenValue, CK_FLORIN_3DS_TOKEN_VALUE}};
constexpr Numbered<card::CavvPanForm> kPanForms[] = {
    {card::CavvPanForm::kFullPan, CK_FLORIN_CAVV_FULL_PAN},
    {card::CavvPanForm::kRightmost16, CK_FLORIN_CAVV_RIGHTMOST_16}};

// Writes the fields that a kind takes. Reader has the same functions, so that one list of fields
// serves both ways.
struct FieldWriter {
  template <class Digits, std::size_t N>
  Status Digit(bool taken, const Digits& value, CK_BYTE (&field)[N]) {
    if (taken) std::copy_n(value.digits().begin(), N, field);
    return OkStatus();
  }
  template <std::size_t N>
  Status Bytes(bool taken, const std::array<std::uint8_t, N>& value, CK_BYTE (&field)[N]) {
    if (taken) std::copy(value.begin(), value.end(), field);
    return OkStatus();
  }
  template <class Value, std::size_t N>
  Status BigEndian(bool taken, Value value, CK_BYTE (&field)[N]) {
    static_assert(sizeof(Value) == N);
    std::uint64_t rest = taken ? value : 0;
    for (std::size_t i = N; i-- > 0; rest >>= 8U) field[i] = static_cast<CK_BYTE>(rest & 0xFFU);
    return OkStatus();
  }
  Status Byte(bool taken, std::uint8_t value, CK_BYTE& field) {
    field = taken ? value : CK_BYTE{0};
    return OkStatus();
  }
  template <class Value, std::size_t N>
  Status Choice(bool taken, const Numbered<Value> (&table)[N], Value value, CK_BYTE& field) {
    return taken ? ToNumber(table, value, field) : OkStatus();
  }
};

struct FieldReader {
  template <class Digits, std::size_t N>
  Status Digit(bool taken, Digits& value, const CK_BYTE (&field)[N]) {
    if (!taken) return AllZero(field) ? OkStatus() : Status(NotOfTheKind());
    auto parsed = Digits::Parse(AsText(ByteView(field)));
    if (!parsed.ok()) return BadParameter("a field of digits must have ASCII digits only");
    value = *parsed;
    return OkStatus();
  }
  template <std::size_t N>
  Status Bytes(bool taken, std::array<std::uint8_t, N>& value, const CK_BYTE (&field)[N]) {
    if (!taken) return AllZero(field) ? OkStatus() : Status(NotOfTheKind());
    std::copy(field, field + N, value.begin());
    return OkStatus();
  }
  template <class Value, std::size_t N>
  Status BigEndian(bool taken, Value& value, const CK_BYTE (&field)[N]) {
    static_assert(sizeof(Value) == N);
    if (!taken) return AllZero(field) ? OkStatus() : Status(NotOfTheKind());
    std::uint64_t number = 0;
    for (const CK_BYTE byte : field) number = number << 8U | byte;
    value = static_cast<Value>(number);
    return OkStatus();
  }
  Status Byte(bool taken, std::uint8_t& value, CK_BYTE field) {
    if (!taken) return field == 0 ? OkStatus() : Status(NotOfTheKind());
    value = field;
    return OkStatus();
  }
  template <class Value, std::size_t N>
  Status Choice(bool taken, const Numbered<Value> (&table)[N], Value& value, CK_BYTE field) {
    if (!taken) return field == 0 ? OkStatus() : Status(NotOfTheKind());
    return FromNumber(table, field, value);
  }
};

// `fields` is a FieldWriter or FieldReader; which of `m` and `p` is const says the direction.
Status CardVerificationFields(auto fields, auto& m, auto& p) {
  using Kind = CardVerificationKind;
  const bool derives = m.kind == Kind::kDcvv || m.kind == Kind::kCvc3;
  const bool has_code =
      m.kind == Kind::kCvv || m.kind == Kind::kCscVersion2 || m.kind == Kind::kDcvv;
  FLORIN_CHECK_OK(fields.Byte(true, m.digits, p.digits));
  FLORIN_CHECK_OK(fields.Digit(m.kind != Kind::kCvc3, m.expiry, p.expiry));
  FLORIN_CHECK_OK(fields.Digit(has_code, m.service_code, p.serviceCode));
  FLORIN_CHECK_OK(fields.Byte(derives, m.psn, p.psn));
  FLORIN_CHECK_OK(fields.Choice(derives, kOptions, m.option, p.masterKeyOption));
  FLORIN_CHECK_OK(fields.BigEndian(derives, m.atc, p.atc));
  FLORIN_CHECK_OK(fields.Choice(m.kind == Kind::kDcvv, kAtcForms, m.atc_form, p.atcForm));
  return fields.Bytes(m.kind == Kind::kCvc3, m.unpredictable_number, p.unpredictableNumber);
}

Status ThreeDsFields(auto fields, auto& m, auto& p) {
  using Kind = ThreeDsKind;
  const bool is_cavv = m.kind == Kind::kVisaCavv;
  const bool is_iav = m.kind == Kind::kSpa2Iav;
  const bool is_cryptogram = m.kind == Kind::kTokenCryptogram;
  const bool is_value = m.kind == Kind::kTokenValue;
  FLORIN_CHECK_OK(fields.Choice(is_cavv, kPanForms, m.pan_form, p.panForm));
  FLORIN_CHECK_OK(fields.Digit(is_cavv, m.tracking, p.tracking));
  FLORIN_CHECK_OK(fields.Byte(is_cavv, m.result_code, p.resultCode));
  FLORIN_CHECK_OK(fields.Byte(is_cavv, m.second_factor, p.secondFactor));
  FLORIN_CHECK_OK(fields.BigEndian(is_iav || is_cryptogram, m.amount, p.amount));
  FLORIN_CHECK_OK(fields.BigEndian(is_iav || is_cryptogram, m.currency, p.currency));
  FLORIN_CHECK_OK(fields.Bytes(is_iav, m.ds_transaction_id, p.dsTransactionId));
  FLORIN_CHECK_OK(fields.Byte(is_cryptogram || is_value, m.psn, p.psn));
  FLORIN_CHECK_OK(fields.BigEndian(is_cryptogram || is_value, m.counter, p.counter));
  FLORIN_CHECK_OK(fields.Digit(is_cryptogram || is_value, m.requestor, p.requestor));
  FLORIN_CHECK_OK(fields.Bytes(is_cryptogram, m.unpredictable_number, p.unpredictableNumber));
  return fields.Digit(is_value, m.expiry, p.expiry);
}

Status CheckMacLength(std::size_t length) {
  if (length >= kMinMac && length <= kMaxMac) return OkStatus();
  return BadParameter("the MAC length must be 4 to 8 bytes");
}

}  // namespace

Status EncodeIso9797Mac(const Iso9797Mac& in, CK_FLORIN_ISO9797_MAC_PARAMS& out) {
  out = {};
  out.ulVersion = CK_FLORIN_VERSION_1;
  FLORIN_CHECK_OK(ToNumber(kAlgorithms, in.method.algorithm, out.algorithm));
  FLORIN_CHECK_OK(CheckMacLength(in.mac_length));
  out.macLength = static_cast<CK_BYTE>(in.mac_length);
  if (card::TakesPadding(in.method.algorithm))
    return ToNumber(kPaddings, in.method.padding, out.padding);
  if (in.method.padding == MacPadding::kMethod1) return OkStatus();
  return BadParameter("this MAC algorithm leaves no choice of padding");
}

Status DecodeIso9797Mac(const CK_FLORIN_ISO9797_MAC_PARAMS& in, Iso9797Mac& out) {
  FLORIN_CHECK_OK(CheckVersion(in.ulVersion));
  FLORIN_CHECK_OK(CheckReserved(in.reserved));
  FLORIN_CHECK_OK(FromNumber(kAlgorithms, in.algorithm, out.method.algorithm));
  FLORIN_CHECK_OK(CheckMacLength(in.macLength));
  out.mac_length = in.macLength;
  if (card::TakesPadding(out.method.algorithm))
    return FromNumber(kPaddings, in.padding, out.method.padding);
  if (in.padding == 0) return OkStatus();
  return BadParameter("this MAC algorithm leaves no choice of padding; it must be 0");
}

Status EncodeCardVerification(const CardVerification& in, CK_FLORIN_CARD_VERIFICATION_PARAMS& out) {
  out = {};
  out.ulVersion = CK_FLORIN_VERSION_1;
  FLORIN_CHECK_OK(ToNumber(kVerificationKinds, in.kind, out.kind));
  FLORIN_CHECK_OK(EncodePan(in.pan, out.pan, out.panLength));
  return CardVerificationFields(FieldWriter(), in, out);
}

Status DecodeCardVerification(const CK_FLORIN_CARD_VERIFICATION_PARAMS& in, CardVerification& out,
                              Pan& pan) {
  FLORIN_CHECK_OK(CheckVersion(in.ulVersion));
  FLORIN_CHECK_OK(CheckReserved(in.reserved));
  FLORIN_CHECK_OK(FromNumber(kVerificationKinds, in.kind, out.kind));
  FLORIN_CHECK_OK(CardVerificationFields(FieldReader(), out, in));
  FLORIN_CHECK_OK(DecodePan(in.pan, in.panLength, pan));
  out.pan = &pan;
  return OkStatus();
}

Status EncodeThreeDs(const ThreeDsAuthentication& in, CK_FLORIN_3DS_PARAMS& out) {
  out = {};
  out.ulVersion = CK_FLORIN_VERSION_1;
  FLORIN_CHECK_OK(ToNumber(kThreeDsKinds, in.kind, out.kind));
  FLORIN_CHECK_OK(EncodePan(in.pan, out.pan, out.panLength));
  return ThreeDsFields(FieldWriter(), in, out);
}

Status DecodeThreeDs(const CK_FLORIN_3DS_PARAMS& in, ThreeDsAuthentication& out, Pan& pan) {
  FLORIN_CHECK_OK(CheckVersion(in.ulVersion));
  FLORIN_CHECK_OK(CheckReserved(in.reserved));
  FLORIN_CHECK_OK(FromNumber(kThreeDsKinds, in.kind, out.kind));
  FLORIN_CHECK_OK(ThreeDsFields(FieldReader(), out, in));
  FLORIN_CHECK_OK(DecodePan(in.pan, in.panLength, pan));
  out.pan = &pan;
  return OkStatus();
}

}  // namespace florin::cryptoki
