#include "tools/card/value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "florin/base/hex.h"
#include "florin/base/pan.h"
#include "florin/card/emv_tlv.h"
#include "florin/card/ksn.h"
#include "florin/hsm/key_templates.h"
#include "tools/card/command_keys.h"

namespace florin::tools {
namespace {

using Json = nlohmann::ordered_json;
using mechanisms::CardVerificationKind;
using mechanisms::Mechanism;
using mechanisms::MechanismType;
using mechanisms::ThreeDsKind;

constexpr int kDone = 0;
constexpr int kWrong = 1;
constexpr int kNotJudged = 2;

Error Bad(const char* message) { return {ErrorCode::kInvalidArgument, message}; }

Result<Bytes> HexOption(const std::string& text, const char* message) {
  auto bytes = HexDecode(text);
  if (!bytes.ok()) return Bad(message);
  return bytes;
}

template <std::size_t N>
Result<std::array<std::uint8_t, N>> HexArray(const std::string& text, const char* message) {
  std::array<std::uint8_t, N> out{};
  if (text.size() != 2 * N || !HexDecode(text, out).ok()) return Bad(message);
  return out;
}

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

Status MakeThreeDs(const ValueOptions& options, Call& call) {
  mechanisms::ThreeDsAuthentication value;
  value.pan = &call.pan;
  const auto tracking = card::CavvTracking::Parse(options.tracking);
  if (!tracking.ok()) return Bad("--tracking must have four digits, the last of the ATN");
  value.tracking = *tracking;
  value.result_code = static_cast<std::uint8_t>(options.result_code);
  value.second_factor = static_cast<std::uint8_t>(options.second_factor);
  value.currency = static_cast<std::uint16_t>(options.currency);
  const char* end = options.amount.data() + options.amount.size();
  if (std::from_chars(options.amount.data(), end, value.amount).ptr != end) {
    return Bad("--amount must be a number, in minor units");
  }
  FLORIN_TRY(value.ds_transaction_id,
             HexArray<4>(options.transaction_id, "--transaction-id must be 8 hex digits"));
  switch (options.kind) {
    case ValueKind::kCavv:
      value.kind = ThreeDsKind::kVisaCavv;
      call.test_key = "C0TC";
      call.text_value = true;
      break;
    case ValueKind::kAav:
      value.kind = ThreeDsKind::kSpaAavHmac;
      call.test_key = "M7HC";
      break;
    default: value.kind = ThreeDsKind::kSpa2Iav; call.test_key = "M7HC";
  }
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
  call.test_key = "E0TX";
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
    case ValueKind::kIav: return MakeThreeDs(options, call);
    case ValueKind::kMac: return MakeMac(options, call);
    case ValueKind::kDukptMac: return MakeDukptMac(options, call);
    case ValueKind::kArqc: return MakeArqc(options, call);
  }
  return Error(ErrorCode::kInternal, "there is no such value");
}

Result<hsm::KeyHandle> FindKey(CommandKeys& keys, const std::string& argument, const Call& call) {
  FLORIN_TRY(const auto header,
             mechanisms::KeyBlockHeader::Parse("D0000" + call.test_key + "00N0000"));
  FLORIN_TRY(hsm::KeyTemplate test_key, hsm::PaymentKey("test", header, 0));
  // 3-D Secure takes keys of its own only.
  if (TypeOf(call.mechanism) == MechanismType::kThreeDsAuthentication) {
    test_key.rules.allowed_mechanisms = {MechanismType::kThreeDsAuthentication};
  }
  return keys.Find(argument, std::move(test_key));
}

std::string Shown(ByteView value, bool text) {
  return text ? std::string(AsText(value)) : HexEncode(value, HexCase::kUpper);
}

Result<Json> MakeOrVerify(const ValueOptions& options) {
  Call call;
  FLORIN_CHECK_OK(MakeCall(options, call));
  FLORIN_TRY(CommandKeys keys, CommandKeys::Open(options.token, std::span(&options.key, 1)));
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
  FLORIN_TRY(CommandKeys keys, CommandKeys::Open(options.token, std::span(&options.key, 1)));
  FLORIN_TRY(const hsm::KeyHandle key, FindKey(keys, options.key, call));
  FLORIN_TRY(SecretBytes out, SecretBytes::Create(std::max<std::size_t>(call.input.size(), 1)));
  const MutableBytes room = out.Write(SecretAccess{});
  FLORIN_TRY(const std::size_t written, options.action == ValueAction::kEncrypt
                                            ? keys.session().Encrypt(data, key, call.input, room)
                                            : keys.session().Decrypt(data, key, call.input, room));
  return Json{{"value", Shown(ByteView(room).first(written), false)}};
}

// Prints what came out; a wrong value is an answer, everything else an error.
int Finish(bool as_json, Result<Json> result) {
  const bool wrong = !result.ok() && result.code() == ErrorCode::kVerificationFailed;
  if (!result.ok() && !wrong) {
    std::fprintf(stderr, "florin card: %s\n", result.error().message());
    return kNotJudged;
  }
  const Json json = wrong ? Json{{"right", false}} : std::move(result).value();
  if (as_json) {
    std::puts(json.dump().c_str());
    return wrong ? kWrong : kDone;
  }
  for (const auto& [name, value] : json.items()) {
    const std::string text = value.is_string()    ? value.get<std::string>()
                             : value.is_boolean() ? (value.get<bool>() ? "yes" : "no")
                                                  : value.dump();
    std::printf("%-8s %s\n", name.c_str(), text.c_str());
  }
  return wrong ? kWrong : kDone;
}

// Values of field 55 that tell whose card it is.
bool IsMasked(card::EmvTag tag) {
  constexpr card::EmvTag kTags[] = {0x57, 0x5A, 0x5F20, 0x9F0B, 0x9F1F, 0x9F20};
  return std::find(std::begin(kTags), std::end(kTags), tag) != std::end(kTags);
}

std::string TagText(card::EmvTag tag) {
  std::array<char, 9> text{};
  std::snprintf(text.data(), text.size(),
                tag > 0xFFFF ? "%06X"
                : tag > 0xFF ? "%04X"
                             : "%02X",
                static_cast<unsigned>(tag));
  return text.data();
}

Result<Json> ReadTlv(const std::string& text) {
  FLORIN_TRY(const Bytes bytes, HexOption(text, "field 55 must be hex digits"));
  FLORIN_TRY(const auto tlv, card::EmvTlv::Parse(bytes));
  Json json = Json::object();
  for (const auto& element : tlv.elements()) {
    json[TagText(element.tag)] = IsMasked(element.tag)
                                     ? "(" + std::to_string(element.value.size()) + " bytes)"
                                     : HexEncode(element.value, HexCase::kUpper);
  }
  return json;
}

Result<Json> ReadKsn(const std::string& text) {
  FLORIN_TRY(const Bytes ksn, HexOption(text, "a KSN is given in hex digits"));
  if (ksn.size() == card::AesKsn::kSize) {
    FLORIN_TRY(const auto aes, card::AesKsn::Parse(ksn));
    const ByteView id = aes.initial_key_id();
    return Json{{"scheme", "AES DUKPT"},
                {"bdk_id", HexEncode(id.first(4), HexCase::kUpper)},
                {"device", HexEncode(id.subspan(4), HexCase::kUpper)},
                {"counter", aes.counter()},
                {"last", !aes.Next().ok()}};
  }
  FLORIN_TRY(const auto tdes, card::TdesKsn::Parse(ksn));
  return Json{{"scheme", "TDES DUKPT"},
              {"initial", tdes.At(0).ToHex()},
              {"counter", tdes.counter()},
              {"last", !tdes.Next().ok()}};
}

}  // namespace

int RunValue(const ValueOptions& options) { return Finish(options.json, MakeOrVerify(options)); }
int RunDukptData(const ValueOptions& options) { return Finish(options.json, Crypt(options)); }
int RunKsn(const std::string& ksn, bool json) { return Finish(json, ReadKsn(ksn)); }
int RunTlv(const std::string& data, bool json) { return Finish(json, ReadTlv(data)); }

}  // namespace florin::tools
