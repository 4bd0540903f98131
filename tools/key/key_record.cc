#include "tools/key/key_record.h"

#include <bitset>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "crypto/base/curve_table.h"
#include "florin/base/hex.h"
#include "florin/mechanisms/key_life.h"

namespace florin::tools {
namespace {

using Json = nlohmann::ordered_json;
using mechanisms::KeyType;
using mechanisms::Verb;

template <class T>
Json OrNull(const std::optional<T>& value) {
  return value.has_value() ? Json(*value) : Json();
}

Json TextOrNull(std::string_view text) { return text.empty() ? Json() : Json(std::string(text)); }

Json TimeOrNull(const std::optional<UnixSeconds>& time) {
  return time.has_value() ? Json(TimeText(*time)) : Json();
}

const char* ClassName(hsm::KeyClass key_class) {
  switch (key_class) {
    case hsm::KeyClass::kSecret: return "secret";
    case hsm::KeyClass::kPrivate: return "private";
    case hsm::KeyClass::kPublic: return "public";
  }
  return "";
}

Json TypeName(const std::optional<KeyType>& type) {
  if (!type.has_value()) return {};
  switch (*type) {
    case KeyType::kAes: return "AES";
    case KeyType::kDes3: return "TDES";
    case KeyType::kHmac: return "HMAC";
    case KeyType::kGenericSecret: return "generic secret";
    case KeyType::kChaCha20: return "ChaCha20";
    case KeyType::kEcPrivate:
    case KeyType::kEcPublic: return "EC";
    case KeyType::kRsaPrivate:
    case KeyType::kRsaPublic: return "RSA";
  }
  return {};
}

Json CurveName(const std::optional<Curve>& curve) {
  if (!curve.has_value()) return {};
  return std::string(InfoOf(*curve).name);
}

Json VerbNames(const mechanisms::VerbSet& verbs) {
  constexpr std::pair<Verb, const char*> kNames[] = {
      {Verb::kSign, "sign"},       {Verb::kVerify, "verify"}, {Verb::kEncrypt, "encrypt"},
      {Verb::kDecrypt, "decrypt"}, {Verb::kDerive, "derive"}, {Verb::kWrap, "wrap"},
      {Verb::kUnwrap, "unwrap"}};
  Json names = Json::array();
  for (const auto& [verb, name] : kNames) {
    if (verbs.Has(verb)) names.push_back(name);
  }
  return names;
}

// What a key of this life may do at this moment.
Json UseNow(const hsm::KeyDescription& key, UnixSeconds now) {
  if (!key.state.has_value()) return {};
  switch (mechanisms::UseAt({*key.state, key.not_before, key.not_after}, now)) {
    case mechanisms::KeyUse::kNothing: return "nothing";
    case mechanisms::KeyUse::kProcess: return "process";
    case mechanisms::KeyUse::kProcessAndProtect: return "process and protect";
  }
  return {};
}

void AddHeader(const std::optional<card::KeyBlockHeader>& header, Json& record) {
  const auto field = [&](std::string_view text) {
    return header.has_value() ? Json(std::string(text)) : Json();
  };
  const std::string mode(1, header.has_value() ? header->mode_of_use() : ' ');
  const std::string exportability(1, header.has_value() ? header->exportability() : ' ');
  record["usage"] = field(header.has_value() ? header->usage() : "");
  record["mode_of_use"] = field(mode);
  record["exportability"] = field(exportability);
  record["key_version"] = field(header.has_value() ? header->key_version() : "");
  record["key_block_header"] = field(header.has_value() ? header->text() : "");
}

Json KcvMethodName(const std::optional<card::KcvMethod>& method) {
  if (!method.has_value()) return {};
  switch (*method) {
    case card::KcvMethod::kLegacyTdes:
    case card::KcvMethod::kLegacyAes: return "zero block";
    case card::KcvMethod::kCmacTdes:
    case card::KcvMethod::kCmacAes: return "CMAC";
    case card::KcvMethod::kHmacSha224:
    case card::KcvMethod::kHmacSha256:
    case card::KcvMethod::kHmacSha384:
    case card::KcvMethod::kHmacSha512: return "HMAC";
  }
  return {};
}

void AddCheckValue(const std::optional<hsm::CheckValue>& check, Json& record) {
  record["kcv"] = check.has_value() ? Json(HexEncode(check->value, HexCase::kUpper)) : Json();
  record["kcv_method"] = check.has_value() ? KcvMethodName(check->method) : Json();
}

void AddMechanisms(const hsm::KeyDescription& key, Json& record) {
  Json names = Json::array();
  for (const auto type : key.allowed_mechanisms) names.push_back(mechanisms::MechanismName(type));
  record["allowed_mechanisms"] = std::move(names);
  record["unknown_mechanisms"] = key.unknown_mechanisms;
}

const char* SchemeName(card::EmvScheme scheme) {
  switch (scheme) {
    case card::EmvScheme::kVisa: return "visa";
    case card::EmvScheme::kMastercard: return "mastercard";
    case card::EmvScheme::kInterac: return "interac";
    case card::EmvScheme::kCcd: return "ccd";
    case card::EmvScheme::kAmex: return "amex";
    case card::EmvScheme::kJcb: return "jcb";
    case card::EmvScheme::kUnionPay: return "unionpay";
    case card::EmvScheme::kDiscover: return "discover";
  }
  return "";
}

const char* MasterKeyName(card::EmvMasterKeyOption option) {
  switch (option) {
    case card::EmvMasterKeyOption::kA: return "A";
    case card::EmvMasterKeyOption::kB: return "B";
    case card::EmvMasterKeyOption::kBEveryLength: return "B-every-length";
    case card::EmvMasterKeyOption::kC: return "C";
  }
  return "";
}

const char* SessionKeyName(card::EmvSessionKeyMethod method) {
  switch (method) {
    case card::EmvSessionKeyMethod::kNone: return "none";
    case card::EmvSessionKeyMethod::kCommon: return "common";
    case card::EmvSessionKeyMethod::kMastercard: return "mastercard";
    case card::EmvSessionKeyMethod::kEmv2000: return "emv2000";
    case card::EmvSessionKeyMethod::kUnionPay: return "unionpay";
  }
  return "";
}

// In decimals, as profiles are named and options take them: "10 18"; "all".
Json NumbersText(const std::bitset<256>& numbers) {
  if (numbers.all()) return "all";
  std::string text;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (!numbers.test(i)) continue;
    if (!text.empty()) text += ' ';
    text += std::to_string(i);
  }
  return text;
}

void AddPin(const hsm::KeyDescription& key, Json& record) {
  const bool has = key.pin.has_value();
  record["pin_zone_key"] = has ? Json(key.pin->zone_key) : Json();
  record["pin_forbid_aes_to_tdes"] = has ? Json(key.pin->forbid_aes_to_tdes) : Json();
  record["pin_decimalisation"] = OrNull(key.decimalisation);
}

void AddProfiles(const std::optional<card::EmvAllowedProfiles>& emv, Json& record) {
  const bool has = emv.has_value();
  record["emv_scheme"] = has ? Json(SchemeName(emv->scheme)) : Json();
  record["emv_cvns"] = has ? NumbersText(emv->cvns) : Json();
  record["emv_dkis"] = has ? NumbersText(emv->dkis) : Json();
  record["emv_unproven"] = has ? Json(emv->unproven) : Json();
  record["emv_master_key"] =
      has && emv->master_key.has_value() ? Json(MasterKeyName(*emv->master_key)) : Json();
  record["emv_session_key"] =
      has && emv->session_key.has_value() ? Json(SessionKeyName(*emv->session_key)) : Json();
}

std::string CsvCell(const Json& field) {
  std::string text;
  if (field.is_array()) {
    for (const auto& entry : field) {
      if (!text.empty()) text += ' ';
      text += entry.get<std::string>();
    }
  } else if (field.is_string()) {
    text = field.get<std::string>();
  } else if (!field.is_null()) {
    text = field.dump();
  }
  std::string cell;
  const bool is_formula =
      !text.empty() && std::string_view("=+-@").find(text[0]) != std::string_view::npos;
  if (is_formula) cell += '\'';
  if (text.find_first_of("\",\r\n") == std::string::npos) return cell += text;
  cell.insert(cell.begin(), '"');
  for (const char character : text) {
    if (character == '"') cell += '"';
    cell += character;
  }
  cell += '"';
  return cell;
}

}  // namespace

std::string TimeText(UnixSeconds time) {
  const auto point = std::chrono::sys_seconds(std::chrono::seconds(time.value));
  const auto day = std::chrono::floor<std::chrono::days>(point);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock(point - day);
  char text[32];
  std::snprintf(text, sizeof(text), "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text;
}

std::string PrintableText(std::string_view text) {
  std::string printable;
  for (const char character : text) {
    if (character >= ' ' && character <= '~' && character != '\\') {
      printable += character;
      continue;
    }
    const auto byte = static_cast<std::uint8_t>(character);
    printable += "\\x";
    printable += HexEncode(ByteView(&byte, 1), HexCase::kUpper);
  }
  return printable;
}

Json KeyRecord(const hsm::KeyDescription& key, UnixSeconds now) {
  Json record;
  record["label"] = TextOrNull(PrintableText(key.label));
  record["id"] = TextOrNull(HexEncode(key.id, HexCase::kUpper));
  record["class"] = ClassName(key.key_class);
  record["type"] = TypeName(key.type);
  record["curve"] = CurveName(key.curve);
  record["length_bytes"] = OrNull(key.length);
  record["strength_bits"] = OrNull(key.strength);
  AddHeader(key.header, record);
  record["verbs"] = VerbNames(key.verbs);
  record["state"] =
      key.state.has_value() ? Json(std::string(mechanisms::NameOf(*key.state))) : Json();
  record["use_now"] = UseNow(key, now);
  record["not_before"] = TimeOrNull(key.not_before);
  record["not_after"] = TimeOrNull(key.not_after);
  record["origin"] =
      key.origin.has_value() ? Json(std::string(mechanisms::NameOf(*key.origin))) : Json();
  AddCheckValue(key.check_value, record);
  record["sensitive"] = OrNull(key.sensitive);
  record["extractable"] = OrNull(key.extractable);
  record["persistent"] = OrNull(key.persistent);
  AddMechanisms(key, record);
  AddProfiles(key.emv, record);
  AddPin(key, record);
  return record;
}

std::string CsvHeader(const Json& record) {
  std::string line;
  for (const auto& [name, field] : record.items()) {
    if (!line.empty()) line += ',';
    line += name;
  }
  return line += "\r\n";
}

std::string CsvLine(const Json& record) {
  std::string line;
  bool first = true;
  for (const auto& [name, field] : record.items()) {
    if (!first) line += ',';
    first = false;
    line += CsvCell(field);
  }
  return line += "\r\n";
}

}  // namespace florin::tools
