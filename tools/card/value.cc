#include "tools/card/value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <utility>

#include "florin/base/hex.h"
#include "florin/base/pan.h"
#include "tools/command_io.h"

namespace florin::tools {
namespace {

using mechanisms::CardVerificationKind;
using mechanisms::Mechanism;
using mechanisms::MechanismType;
using mechanisms::ThreeDsKind;

// A mechanism, its input, and what a test key for it is; with everything that views refer to.
struct Call {
  Mechanism mechanism;
  Bytes input;
  std::string test_key;  // header: usage, algorithm, mode of use
  bool text_value = false;
  Pan pan;
  Bytes ksn;
};

Result<Bytes> InputOf(const ValueOptions& options) {
  if (!options.text.empty()) return Bytes(options.text.begin(), options.text.end());
  return HexOption(options.data, "--data must be hex digits");
}

Status MakeCardValue(const ValueOptions& options, Call& call) {
  mechanisms::CardVerification value;
  value.pan = &call.pan;
  value.digits = static_cast<std::uint8_t>(options.digits);
  value.psn = static_cast<std::uint8_t>(options.psn);
  value.atc = static_cast<std::uint16_t>(options.atc);
  value.option = options.option;
  const auto expiry = card::Expiry::Parse(options.expiry);
  const auto service_code = card::ServiceCode::Parse(options.service_code);
  if (!expiry.ok()) return Bad("--expiry must have four digits, as they enter the calculation");
  if (!service_code.ok()) return Bad("--service-code must have three digits");
  value.expiry = *expiry;
  value.service_code = *service_code;
  FLORIN_TRY(value.unpredictable_number, HexArray<4>(options.un, "--un must be 8 hex digits"));
  call.test_key = options.kind == ValueKind::kCvv ? "C0TC" : "E4TX";
  switch (options.kind) {
    case ValueKind::kDcvv: value.kind = CardVerificationKind::kDcvv; break;
    case ValueKind::kCvc3: {
      value.kind = CardVerificationKind::kCvc3;
      FLORIN_TRY(call.input, HexOption(options.data, "--track must be hex digits"));
      break;
    }
    default:
      value.kind = options.csc == 1   ? CardVerificationKind::kCscVersion1
                   : options.csc == 2 ? CardVerificationKind::kCscVersion2
                                      : CardVerificationKind::kCvv;
  }
  call.mechanism = value;
  call.text_value = true;
  return OkStatus();
}

void ChooseThreeDs(const ValueOptions& options, mechanisms::ThreeDsAuthentication& value,
                   Call& call) {
  const auto choose = [&](ThreeDsKind kind, const char* test_key, bool text) {
    value.kind = kind;
    call.test_key = test_key;
    call.text_value = text;
  };
  switch (options.kind) {
    case ValueKind::kCavv: return choose(ThreeDsKind::kVisaCavv, "C0TC", true);
    case ValueKind::kTokenCryptogram: return choose(ThreeDsKind::kTokenCryptogram, "E0TX", false);
    case ValueKind::kTokenValue: return choose(ThreeDsKind::kTokenValue, "E4TX", true);
    case ValueKind::kAav:
      return options.cvc2 ? choose(ThreeDsKind::kSpaAavCvc2, "C0TC", false)
                          : choose(ThreeDsKind::kSpaAavHmac, "M7HC", false);
    default: return choose(ThreeDsKind::kSpa2Iav, "M7HC", false);
  }
}

Status ReadAmount(const std::string& text, std::uint64_t& amount) {
  const char* end = text.data() + text.size();
  if (std::from_chars(text.data(), end, amount).ptr == end) return OkStatus();
  return Bad("--amount must be a number, in minor units");
}

Status MakeThreeDs(const ValueOptions& options, Call& call) {
  mechanisms::ThreeDsAuthentication value;
  value.pan = &call.pan;
  if (options.rightmost_16) value.pan_form = card::CavvPanForm::kRightmost16;
  const auto tracking = card::CavvTracking::Parse(options.tracking);
  const auto requestor = card::TokenRequestor::Parse(options.requestor);
  const auto expiry = card::Expiry::Parse(options.expiry);
  if (!tracking.ok()) return Bad("--tracking must have four digits, the last of the ATN");
  if (!requestor.ok()) return Bad("--requestor must have eleven digits");
  if (!expiry.ok()) return Bad("--expiry must have four digits, as they enter the calculation");
  value.tracking = *tracking;
  value.requestor = *requestor;
  value.expiry = *expiry;
  value.result_code = static_cast<std::uint8_t>(options.result_code);
  value.second_factor = static_cast<std::uint8_t>(options.second_factor);
  value.currency = static_cast<std::uint16_t>(options.currency);
  value.psn = static_cast<std::uint8_t>(options.psn);
  value.counter = static_cast<std::uint16_t>(options.atc);
  FLORIN_CHECK_OK(ReadAmount(options.amount, value.amount));
  FLORIN_TRY(value.ds_transaction_id,
             HexArray<4>(options.transaction_id, "--transaction-id must be 8 hex digits"));
  FLORIN_TRY(value.unpredictable_number, HexArray<4>(options.un, "--un must be 8 hex digits"));
  ChooseThreeDs(options, value, call);
  FLORIN_TRY(call.input, InputOf(options));
  call.mechanism = value;
  return OkStatus();
}

Status MakeMac(const ValueOptions& options, Call& call) {
  FLORIN_TRY(call.input, InputOf(options));
  const auto length = static_cast<std::size_t>(options.length);
  const auto padding = static_cast<MacPadding>(options.padding - 1);
  using card::MacAlgorithm;
  const auto iso = [&](MacAlgorithm algorithm, const char* usage) {
    call.mechanism = mechanisms::Iso9797Mac{{algorithm, padding}, length == 0 ? 8 : length};
    call.test_key = usage;
  };
  switch (options.mac) {
    case MacName::kIso1: iso(MacAlgorithm::kIso9797Algorithm1, "M1TC"); break;
    case MacName::kIso3: iso(MacAlgorithm::kIso9797Algorithm3, "M3TC"); break;
    case MacName::kIso5: iso(MacAlgorithm::kCmacTdes, "M6TC"); break;
    case MacName::kAs2805: iso(MacAlgorithm::kAs2805Part41, "M3TC"); break;
    case MacName::kAesCmac:
      call.mechanism = mechanisms::AesCmac{length == 0 ? 16 : length};
      call.test_key = "M6AC";
      break;
    case MacName::kHmac:
      call.mechanism = mechanisms::Hmac{Hash::kSha256, length};
      call.test_key = "M7HC";
  }
  return OkStatus();
}

Status ReadTransaction(const ValueOptions& options, mechanisms::DukptTransaction& out, Call& call) {
  FLORIN_TRY(call.ksn, HexOption(options.ksn, "--ksn must be hex digits"));
  out.ksn = call.ksn;
  out.direction = options.direction;
  out.key_type = options.dukpt_type;
  call.test_key = options.dukpt_type.has_value() ? "B0AX" : "B0TX";
  return OkStatus();
}

Status MakeDukptMac(const ValueOptions& options, Call& call) {
  using KeyType = card::AesDukptKeyType;
  mechanisms::DukptMac mac;
  FLORIN_CHECK_OK(ReadTransaction(options, mac.transaction, call));
  FLORIN_TRY(call.input, InputOf(options));
  const KeyType type = options.dukpt_type.value_or(KeyType::kTdes2);
  const bool hmac = type >= KeyType::kHmac128;
  const bool aes = type >= KeyType::kAes128 && !hmac;
  mac.method = hmac                  ? mechanisms::DukptMacMethod::kHmacSha256
               : aes || options.cmac ? mechanisms::DukptMacMethod::kCmac
                                     : mechanisms::DukptMacMethod::kRetail;
  if (options.length != 0) mac.mac_length = static_cast<std::size_t>(options.length);
  call.mechanism = mac;
  return OkStatus();
}

Status MakeArqc(const ValueOptions& options, Call& call) {
  mechanisms::EmvCryptogram cryptogram;
  cryptogram.card.pan = &call.pan;
  cryptogram.card.psn = static_cast<std::uint8_t>(options.psn);
  cryptogram.card.atc = static_cast<std::uint16_t>(options.atc);
  cryptogram.card.option = options.option;
  cryptogram.card.session_key = options.session_key;
  FLORIN_TRY(cryptogram.card.un, HexArray<4>(options.un, "--un must be 8 hex digits"));
  cryptogram.padding =
      options.padding == 1 ? mechanisms::EmvPadding::kMethod1 : mechanisms::EmvPadding::kMethod2;
  FLORIN_TRY(call.input, InputOf(options));
  call.mechanism = cryptogram;
  call.test_key = options.option == card::EmvMasterKeyOption::kC ? "E0AX" : "E0TX";
  return OkStatus();
}

Status MakeCall(const ValueOptions& options, Call& call) {
  if (!options.pan.empty()) {
    auto pan = Pan::Parse(options.pan);
    if (!pan.ok()) return Bad("--pan must have 12 to 19 digits");
    call.pan = std::move(pan).value();
  }
  switch (options.kind) {
    case ValueKind::kCvv:
    case ValueKind::kDcvv:
    case ValueKind::kCvc3: return MakeCardValue(options, call);
    case ValueKind::kCavv:
    case ValueKind::kAav:
    case ValueKind::kTokenCryptogram:
    case ValueKind::kTokenValue:
    case ValueKind::kIav: return MakeThreeDs(options, call);
    case ValueKind::kMac: return MakeMac(options, call);
    case ValueKind::kDukptMac: return MakeDukptMac(options, call);
    case ValueKind::kArqc: return MakeArqc(options, call);
  }
  return Error(ErrorCode::kInternal, "there is no such value");
}

Result<hsm::KeyHandle> FindKey(CommandKeys& keys, const KeyArgument& argument, const Call& call) {
  FLORIN_TRY(hsm::KeyTemplate test_key, TestKeyTemplate(call.test_key));
  // 3-D Secure takes keys of its own only.
  if (TypeOf(call.mechanism) == MechanismType::kThreeDsAuthentication) {
    test_key.rules.allowed_mechanisms = {MechanismType::kThreeDsAuthentication};
  }
  return keys.Find(argument, std::move(test_key));
}

std::string Shown(ByteView value, bool text) {
  return text ? std::string(AsText(value)) : UpperHex(value);
}

Result<Json> MakeOrVerify(const ValueOptions& options) {
  Call call;
  FLORIN_CHECK_OK(MakeCall(options, call));
  FLORIN_TRY(CommandKeys keys, CommandKeys::Open(options.token, {&options.key}));
  FLORIN_TRY(const hsm::KeyHandle key, FindKey(keys, options.key, call));
  if (options.action == ValueAction::kVerify) {
    Bytes expected(options.value.begin(), options.value.end());
    if (!call.text_value) {
      FLORIN_TRY(expected, HexOption(options.value, "--value must be hex digits"));
    }
    FLORIN_CHECK_OK(keys.session().Verify(call.mechanism, key, call.input, expected));
    return Json{{"right", true}};
  }
  Bytes out(64);
  FLORIN_TRY(const std::size_t written, keys.session().Sign(call.mechanism, key, call.input, out));
  return Json{{"value", Shown(ByteView(out).first(written), call.text_value)}};
}

Result<Json> Crypt(const ValueOptions& options) {
  Call call;
  mechanisms::DukptData data;
  FLORIN_CHECK_OK(ReadTransaction(options, data.transaction, call));
  FLORIN_TRY(const Bytes iv, HexOption(options.iv, "--iv must be hex digits"));
  FLORIN_TRY(call.input, InputOf(options));
  data.iv = iv;
  FLORIN_TRY(CommandKeys keys, CommandKeys::Open(options.token, {&options.key}));
  FLORIN_TRY(const hsm::KeyHandle key, FindKey(keys, options.key, call));
  FLORIN_TRY(SecretBytes out, SecretBytes::Create(std::max<std::size_t>(call.input.size(), 1)));
  const MutableBytes room = out.Write(SecretAccess{});
  FLORIN_TRY(const std::size_t written, options.action == ValueAction::kEncrypt
                                            ? keys.session().Encrypt(data, key, call.input, room)
                                            : keys.session().Decrypt(data, key, call.input, room));
  return Json{{"value", Shown(ByteView(room).first(written), false)}};
}

}  // namespace

int RunValue(const ValueOptions& options) {
  return Finish("card", options.json, MakeOrVerify(options));
}
int RunDukptData(const ValueOptions& options) {
  return Finish("card", options.json, Crypt(options));
}

}  // namespace florin::tools
