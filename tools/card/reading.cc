#include "tools/card/reading.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>
#include <string_view>

#include "florin/card/emv_profile.h"
#include "florin/card/emv_tlv.h"
#include "florin/card/ksn.h"
#include "florin/card/token_cryptogram.h"
#include "florin/card/track2.h"
#include "tools/card/choices.h"
#include "tools/command_io.h"

namespace florin::tools {
namespace {

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

std::string Digits(std::size_t count) { return "(" + std::to_string(count) + " digits)"; }

// Packed nibbles are whole bytes of hex; characters have '=', sentinels, or an odd number.
Result<card::Track2> ParseTrack2(const std::string& text) {
  const auto packed = HexDecode(text);
  return packed.ok() ? card::Track2::ParseEquivalent(*packed) : card::Track2::Parse(text);
}

Result<Json> ReadTrack2(const std::string& text) {
  FLORIN_TRY(const card::Track2 track, ParseTrack2(text));
  return Json{{"pan", track.pan.Masked()},
              {"luhn", track.pan.IsLuhnValid()},
              {"expiry", std::string(track.expiry.digits())},
              {"service_code", std::string(track.service_code.digits())},
              {"discretionary_data", Digits(track.discretionary_data.size())}};
}

Result<Json> ReadTokenField(const std::string& text) {
  FLORIN_TRY(const Bytes bytes, HexOption(text, "the field must be hex digits"));
  FLORIN_TRY(const auto field, card::TokenCryptogramField::Parse(bytes));
  return Json{{"key_index", field.key_index},
              {"counter", field.counter},
              {"un", UpperHex(field.unpredictable_number)},
              {"cryptogram", UpperHex(field.cryptogram)}};
}

const char* FormatName(card::EmvIadFormat format) {
  switch (format) {
    case card::EmvIadFormat::kVis013: return "VIS 0, 1, 3";
    case card::EmvIadFormat::kVis24: return "VIS 2, 4";
    case card::EmvIadFormat::kCcd: return "CCD";
    case card::EmvIadFormat::kMchip: return "M/Chip";
    case card::EmvIadFormat::kInterac: return "Interac";
    case card::EmvIadFormat::kPboc: return "PBOC";
  }
  return "";
}

const card::EmvProfile* FindProfile(card::EmvScheme scheme, const card::EmvIad& iad) {
  for (const card::EmvProfile& row : card::EmvProfiles()) {
    if (row.scheme == scheme && row.format == iad.format && row.cvn == iad.cvn) return &row;
  }
  return nullptr;
}

Result<Json> ReadIad(card::EmvScheme scheme, const std::string& text) {
  FLORIN_TRY(const Bytes bytes, HexOption(text, "the IAD (tag 9F10) must be hex digits"));
  FLORIN_TRY(const auto iad, card::EmvIad::Parse(scheme, bytes));
  const card::EmvProfile* profile = FindProfile(scheme, iad);
  const std::array<std::uint8_t, 1> cvn = {iad.cvn};
  return Json{{"scheme", ChoiceName(kSchemes, scheme)},
              {"format", FormatName(iad.format)},
              {"cvn", iad.cvn},
              {"cvn_hex", UpperHex(cvn)},
              {"dki", iad.dki},
              {"profile", profile == nullptr ? Json() : Json(profile->name)},
              {"cvr", UpperHex(iad.cvr)},
              {"counters", UpperHex(iad.counters)}};
}

const char* CardPartName(card::EmvCardPart part) {
  switch (part) {
    case card::EmvCardPart::kWholeIad: return "IAD";
    case card::EmvCardPart::kCvr: return "CVR";
    case card::EmvCardPart::kCvrAndCounters: return "CVR and counters";
    case card::EmvCardPart::kCvrByte2: return "byte 2 of the CVR";
  }
  return "";
}

Json InputOf(const card::EmvInputTemplate& input) {
  Json parts = Json::array();
  for (const card::EmvTag tag : input.tags) parts.push_back(TagText(tag));
  parts.push_back(CardPartName(input.card_part));
  return parts;
}

Json ArpcOf(const card::EmvArpcProfile& arpc) {
  if (arpc.method == card::EmvArpcMethod::kNone) return nullptr;
  return {{"method", arpc.method == card::EmvArpcMethod::kMethod1 ? 1 : 2},
          {"key", arpc.key == card::EmvArpcKey::kMasterKey ? "master key" : "session key"}};
}

Json ScriptOf(const card::EmvScriptProfile& script) {
  if (script.key == card::EmvScriptKeyMethod::kNone) return nullptr;
  return {{"session_key", ChoiceName(kScriptKeys, script.key)},
          {"mac_prefix", ChoiceName(kMacPrefixes, script.mac_prefix)},
          {"padding", ChoiceName(kScriptPaddings, script.padding)},
          {"pin_block", ChoiceName(kEmvPinBlocks, script.pin_block)},
          {"pin_change_with_current", script.pin_block_with_current.has_value()},
          {"proven", script.proven}};
}

// An option that stands empty must be named by the key.
template <class Map, class Option>
Json OpenChoice(const Map& names, const Option& option) {
  return option.has_value() ? Json(ChoiceName(names, *option)) : Json();
}

Json ProfileRecord(const card::EmvProfile& profile) {
  const bool aes = profile.master_key == card::EmvMasterKeyOption::kC;
  return {{"name", profile.name},
          {"scheme", ChoiceName(kSchemes, profile.scheme)},
          {"iad_format", FormatName(profile.format)},
          {"cvn", profile.cvn},
          {"master_key", OpenChoice(kMasterKeys, profile.master_key)},
          {"session_key", OpenChoice(kSessionKeys, profile.session_key)},
          {"input", InputOf(profile.input)},
          {"mac", aes ? "AES-CMAC" : "ISO 9797-1 algorithm 3"},
          {"padding", aes ? Json() : Json(profile.padding == card::EmvPadding::kMethod1 ? 1 : 2)},
          {"arpc", ArpcOf(profile.arpc)},
          {"script", ScriptOf(profile.script)},
          {"proven", profile.proven}};
}

using Row = std::array<std::string, 9>;

Row RowOf(const Json& record) {
  const Json& arpc = record["arpc"];
  std::string answer = "none";
  if (arpc.is_object()) {
    answer = arpc["method"].dump() + ", " + arpc["key"].get<std::string>();
  }
  return {TextOr(record["name"], ""),
          TextOr(record["iad_format"], ""),
          record["cvn"].dump(),
          TextOr(record["master_key"], "(key says)"),
          TextOr(record["session_key"], "(key says)"),
          TextOr(record["mac"], ""),
          record["padding"].is_null() ? "-" : record["padding"].dump(),
          answer,
          record["proven"].get<bool>() ? "yes" : "in doubt"};
}

void PrintProfiles(const Json& records) {
  std::vector<Row> rows = {{"PROFILE", "IAD", "CVN", "MASTER KEY", "SESSION KEY", "MAC", "PADDING",
                            "ARPC METHOD", "PROVEN"}};
  for (const Json& record : records) rows.push_back(RowOf(record));
  PrintTable(rows);
}

}  // namespace

int RunTlv(const std::string& field55, bool json) {
  return Finish("card tlv", json, ReadTlv(field55));
}
int RunKsn(const std::string& ksn, bool json) { return Finish("card ksn", json, ReadKsn(ksn)); }
int RunTrack2(const std::string& track, bool json) {
  return Finish("card track2", json, ReadTrack2(track));
}
int RunTokenField(const std::string& field, bool json) {
  return Finish("card token-field", json, ReadTokenField(field));
}
int RunIad(card::EmvScheme scheme, const std::string& iad, bool json) {
  return Finish("card iad", json, ReadIad(scheme, iad));
}

int RunProfiles(const card::EmvScheme* scheme, bool json) {
  Json records = Json::array();
  for (const card::EmvProfile& profile : card::EmvProfiles()) {
    if (scheme == nullptr || profile.scheme == *scheme) records.push_back(ProfileRecord(profile));
  }
  if (json) {
    std::puts(Json{{"profiles", records}}.dump().c_str());
  } else {
    PrintProfiles(records);
  }
  return kDone;
}

}  // namespace florin::tools
