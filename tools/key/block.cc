#include "tools/key/block.h"

#include <cstdio>
#include <iostream>
#include <string_view>

#include "florin/card/key_block.h"
#include "tools/command_io.h"
#include "tools/key/key_record.h"

namespace florin::tools {
namespace {

struct Meaning {
  std::string_view code;
  const char* text;
};

constexpr Meaning kVersions[] = {
    {"A", "TDES, variant binding, MAC of 4 bytes; withdrawn"},
    {"B", "TDES, derivation binding"},
    {"C", "TDES, variant binding, MAC of 4 bytes; withdrawn"},
    {"D", "AES in CBC, derivation binding"},
    {"E", "AES in CTR, derivation binding (ISO 20038)"},
};

constexpr Meaning kUsages[] = {
    {"B0", "base derivation key (DUKPT)"},
    {"B1", "initial key (DUKPT)"},
    {"B2", "base key variant"},
    {"B3", "derivation of keys, not by ANSI X9.24"},
    {"C0", "card verification"},
    {"D0", "data encryption, symmetric"},
    {"D1", "data encryption, asymmetric"},
    {"D2", "data encryption of decimalisation tables"},
    {"D3", "data encryption of sensitive data"},
    {"E0", "issuer master key: application cryptograms"},
    {"E1", "issuer master key: secure messaging, confidentiality"},
    {"E2", "issuer master key: secure messaging, integrity"},
    {"E3", "issuer master key: data authentication code"},
    {"E4", "issuer master key: dynamic numbers"},
    {"E5", "issuer master key: card personalisation"},
    {"E6", "issuer master key: other"},
    {"E7", "asymmetric key pair of a chip card"},
    {"I0", "initialisation vector"},
    {"K0", "key encryption or wrapping"},
    {"K1", "key block protection key"},
    {"K2", "TR-34 asymmetric key"},
    {"K3", "asymmetric key: key agreement or wrapping"},
    {"K4", "key block protection key, ISO 20038"},
    {"M0", "MAC, ISO 16609 with TDES"},
    {"M1", "MAC, ISO 9797-1 algorithm 1"},
    {"M2", "MAC, ISO 9797-1 algorithm 2"},
    {"M3", "MAC, ISO 9797-1 algorithm 3"},
    {"M4", "MAC, ISO 9797-1 algorithm 4"},
    {"M5", "MAC, ISO 9797-1 algorithm 5 of 1999"},
    {"M6", "CMAC, ISO 9797-1 algorithm 5 of 2011"},
    {"M7", "HMAC"},
    {"M8", "MAC, ISO 9797-1 algorithm 6"},
    {"P0", "PIN encryption"},
    {"P1", "PIN generation"},
    {"S0", "asymmetric key pair: signatures"},
    {"S1", "asymmetric key pair: certification authority"},
    {"S2", "asymmetric key pair: not for X9.24"},
    {"V0", "PIN verification, by another algorithm"},
    {"V1", "PIN verification, IBM 3624"},
    {"V2", "PIN verification, Visa PVV"},
    {"V3", "PIN verification, X9.132 algorithm 1"},
    {"V4", "PIN verification, X9.132 algorithm 2"},
    {"V5", "PIN verification, X9.132 algorithm 3"},
};

constexpr Meaning kAlgorithms[] = {
    {"A", "AES"},
    {"D", "DES"},
    {"E", "elliptic curve"},
    {"H", "HMAC"},
    {"I", "HMAC with SHA-2 (ISO 20038)"},
    {"J", "HMAC with SHA-3 (ISO 20038)"},
    {"R", "RSA"},
    {"S", "DSA"},
    {"T", "TDES"},
};

constexpr Meaning kModes[] = {
    {"B", "encrypts and decrypts, wraps and unwraps"},
    {"C", "generates and verifies"},
    {"D", "decrypts, unwraps"},
    {"E", "encrypts, wraps"},
    {"G", "generates only"},
    {"N", "no restriction"},
    {"S", "signs"},
    {"T", "signs and decrypts"},
    {"V", "verifies only"},
    {"X", "derives other keys"},
    {"Y", "creates variants of the key"},
};

constexpr Meaning kExportabilities[] = {
    {"E", "under a key block protection key, in the forms of X9.24"},
    {"N", "never"},
    {"S", "under any key-encrypting key"},
};

constexpr Meaning kBlocks[] = {
    {"AL", "life of an asymmetric key"},
    {"BI", "identifier of the base derivation key"},
    {"CT", "certificates"},
    {"DA", "derivations allowed"},
    {"FL", "flags"},
    {"HM", "hash of an HMAC key"},
    {"IK", "initial key identifier (AES DUKPT)"},
    {"KC", "check value of the key"},
    {"KP", "check value of the key block protection key"},
    {"KS", "initial key serial number (TDES DUKPT)"},
    {"KV", "key block values"},
    {"LB", "label"},
    {"PB", "padding"},
    {"PK", "check value of the key block protection key of an earlier export"},
    {"TC", "time of creation"},
    {"TS", "time stamp"},
    {"WP", "wrapping pedigree"},
};

template <std::size_t N>
Json Explain(const Meaning (&meanings)[N], std::string_view code, const char* otherwise) {
  const char* text = otherwise;
  for (const Meaning& meaning : meanings) {
    if (meaning.code == code) text = meaning.text;
  }
  return {{"code", std::string(code)}, {"meaning", text}};
}

// X9.143 6.3.1: "00" says nothing, and a 'c' in front marks a component.
const char* VersionNumberMeaning(std::string_view number) {
  if (number == "00") return "none";
  return number[0] == 'c' ? "component of a key" : "version of the key";
}

Json OptionalBlocksOf(const card::KeyBlock& block) {
  Json list = Json::array();
  for (const card::OptionalBlock optional : block.optional_blocks()) {
    Json entry = Explain(kBlocks, optional.id, "of its maker alone");
    entry["data"] = PrintableText(optional.data);
    list.push_back(std::move(entry));
  }
  return list;
}

Json Describe(const card::KeyBlock& block) {
  const card::KeyBlockHeader& header = block.header();
  const auto one = [](char code) { return std::string(1, code); };
  constexpr const char* kUnknown = "not of the norm";
  return {{"version", Explain(kVersions, one(header.version()), kUnknown)},
          {"length", block.text().size()},
          {"usage", Explain(kUsages, header.usage(), "of its maker alone")},
          {"algorithm", Explain(kAlgorithms, one(header.algorithm()), kUnknown)},
          {"mode_of_use", Explain(kModes, one(header.mode_of_use()), kUnknown)},
          {"version_number",
           {{"code", std::string(header.key_version())},
            {"meaning", VersionNumberMeaning(header.key_version())}}},
          {"exportability", Explain(kExportabilities, one(header.exportability()), kUnknown)},
          {"optional_blocks", OptionalBlocksOf(block)},
          {"ciphertext_bytes", block.ciphertext_hex().size() / 2},
          {"mac_bytes", block.mac_hex().size() / 2},
          {"of_the_norm", card::CheckKeyBlockCombination(header).ok()}};
}

std::string Line(const Json& coded) {
  return coded["code"].get<std::string>() + "  " + coded["meaning"].get<std::string>();
}

void PrintText(const Json& record) {
  for (const auto& [name, value] : record.items()) {
    if (name == "optional_blocks") {
      for (const Json& entry : value) {
        std::printf("%-17s %s: %s\n", "optional_block", Line(entry).c_str(),
                    entry["data"].get<std::string>().c_str());
      }
      continue;
    }
    std::string text = value.is_object() ? Line(value) : value.dump();
    if (value.is_boolean()) text = value.get<bool>() ? "yes" : "no";
    std::printf("%-17s %s\n", name.c_str(), text.c_str());
  }
}

}  // namespace

int RunKeyBlockShow(const std::string& given, bool json) {
  std::string text = given;
  if (text == "-") std::getline(std::cin, text);
  const auto block = card::KeyBlock::Parse(text);
  if (!block.ok()) {
    std::fprintf(stderr, "florin key block show: %s\n", block.error().message());
    return kNotJudged;
  }
  const Json record = Describe(*block);
  if (json) {
    std::puts(record.dump().c_str());
  } else {
    PrintText(record);
  }
  return record["of_the_norm"].get<bool>() ? kDone : kWrong;
}

}  // namespace florin::tools
