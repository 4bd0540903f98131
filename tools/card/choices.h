// The names by which commands choose, and know, what card algorithms leave open.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>

#include "florin/card/dukpt_options.h"
#include "florin/card/emv_iad.h"
#include "florin/card/emv_options.h"

namespace florin::tools {

inline const std::map<std::string, card::EmvScheme> kSchemes = {
    {"visa", card::EmvScheme::kVisa},         {"mastercard", card::EmvScheme::kMastercard},
    {"interac", card::EmvScheme::kInterac},   {"ccd", card::EmvScheme::kCcd},
    {"amex", card::EmvScheme::kAmex},         {"jcb", card::EmvScheme::kJcb},
    {"unionpay", card::EmvScheme::kUnionPay}, {"discover", card::EmvScheme::kDiscover}};
inline const std::map<std::string, card::EmvMasterKeyOption> kMasterKeys = {
    {"A", card::EmvMasterKeyOption::kA},
    {"B", card::EmvMasterKeyOption::kB},
    {"B-every-length", card::EmvMasterKeyOption::kBEveryLength},
    {"C", card::EmvMasterKeyOption::kC}};
// EMV 2000 needs a tree, which a key in a token has.
inline const std::map<std::string, card::EmvSessionKeyMethod> kSessionKeys = {
    {"none", card::EmvSessionKeyMethod::kNone},
    {"common", card::EmvSessionKeyMethod::kCommon},
    {"mastercard", card::EmvSessionKeyMethod::kMastercard},
    {"unionpay", card::EmvSessionKeyMethod::kUnionPay}};
inline const std::map<std::string, card::AesDukptKeyType> kDukptTypes = {
    {"tdes2", card::AesDukptKeyType::kTdes2},     {"tdes3", card::AesDukptKeyType::kTdes3},
    {"aes128", card::AesDukptKeyType::kAes128},   {"aes192", card::AesDukptKeyType::kAes192},
    {"aes256", card::AesDukptKeyType::kAes256},   {"hmac128", card::AesDukptKeyType::kHmac128},
    {"hmac192", card::AesDukptKeyType::kHmac192}, {"hmac256", card::AesDukptKeyType::kHmac256}};

// Secure messaging.
inline const std::map<std::string, card::EmvScriptKeyMethod> kScriptKeys = {
    {"common", card::EmvScriptKeyMethod::kCommon}, {"visa", card::EmvScriptKeyMethod::kVisa}};
inline const std::map<std::string, card::EmvScriptMacPrefix> kMacPrefixes = {
    {"none", card::EmvScriptMacPrefix::kNone}, {"atc-arqc", card::EmvScriptMacPrefix::kAtcAndArqc}};
inline const std::map<std::string, card::EmvScriptPadding> kScriptPaddings = {
    {"mastercard", card::EmvScriptPadding::kMastercard},
    {"emv", card::EmvScriptPadding::kEmv},
    {"visa", card::EmvScriptPadding::kVisa}};
inline const std::map<std::string, card::EmvPinBlock> kEmvPinBlocks = {
    {"iso2", card::EmvPinBlock::kIso2}, {"vis", card::EmvPinBlock::kVis}};

// The name of a value; empty where it has none.
template <class Map>
std::string ChoiceName(const Map& names, typename Map::mapped_type value) {
  for (const auto& [name, candidate] : names) {
    if (candidate == value) return name;
  }
  return {};
}

// Takes the names of a choice, and shows them without the numbers behind them.
template <class Map>
CLI::Option* Choose(CLI::Option* option, const Map& names) {
  std::string text;
  for (const auto& [name, value] : names) text += (text.empty() ? "" : "|") + name;
  option->transform(CLI::CheckedTransformer(names).description(""));
  return option->type_name(text);
}

}  // namespace florin::tools
