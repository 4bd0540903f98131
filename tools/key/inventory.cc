#include "tools/key/inventory.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "tools/command_io.h"
#include "tools/key/key_record.h"

namespace florin::tools {
namespace {

struct Inventory {
  pkcs11::TokenInfo token;
  UnixSeconds taken;
  std::vector<hsm::KeyDescription> keys;  // by label, class and id
};

Result<Inventory> Take(const InventoryOptions& options) {
  FLORIN_TRY(const TokenSession token, OpenTokenSession(options.token));
  Inventory inventory;
  inventory.token = token.token;
  inventory.taken = SystemClock().Now();
  FLORIN_TRY(const auto handles, token.session->List());
  for (const hsm::KeyHandle handle : handles) {
    FLORIN_TRY(auto key, token.session->Describe(handle));
    inventory.keys.push_back(std::move(key));
  }
  std::sort(inventory.keys.begin(), inventory.keys.end(),
            [](const hsm::KeyDescription& a, const hsm::KeyDescription& b) {
              return std::tie(a.label, a.key_class, a.id) < std::tie(b.label, b.key_class, b.id);
            });
  return inventory;
}

void PrintJson(const Inventory& inventory) {
  Json keys = Json::array();
  for (const auto& key : inventory.keys) keys.push_back(KeyRecord(key, inventory.taken));
  const pkcs11::TokenInfo& token = inventory.token;
  const Json json = {{"token",
                      {{"label", PrintableText(token.label)},
                       {"manufacturer", PrintableText(token.manufacturer)},
                       {"model", PrintableText(token.model)},
                       {"serial", PrintableText(token.serial)}}},
                     {"taken", TimeText(inventory.taken)},
                     {"keys", std::move(keys)}};
  std::puts(json.dump(2).c_str());
}

void PrintCsv(const Inventory& inventory) {
  // The header stands also where there is no key.
  std::fputs(CsvHeader(KeyRecord(hsm::KeyDescription(), inventory.taken)).c_str(), stdout);
  for (const auto& key : inventory.keys) {
    std::fputs(CsvLine(KeyRecord(key, inventory.taken)).c_str(), stdout);
  }
}

constexpr std::size_t kColumns = 9;
using Row = std::array<std::string, kColumns>;

// The key block's word on what the key is for, else the verbs.
std::string UsageText(const Json& record) {
  if (record["usage"].is_string()) {
    return record["usage"].get<std::string>() + " " + record["mode_of_use"].get<std::string>() +
           " " + record["exportability"].get<std::string>();
  }
  std::string text;
  for (const auto& verb : record["verbs"]) {
    if (!text.empty()) text += ',';
    text += verb.get<std::string>();
  }
  return text.empty() ? "-" : text;
}

// The state, and what the dates take from it.
std::string StateText(const Json& record) {
  std::string text = TextOr(record["state"], "?");
  const std::string use = TextOr(record["use_now"], "");
  if (text == "active" && use == "process") text += ", past its end";
  if (text == "active" && use == "nothing") text += ", before its start";
  return text;
}

Row RowOf(const Json& record) {
  const std::string strength =
      record["strength_bits"].is_number() ? record["strength_bits"].dump() : "?";
  const auto day = [](const Json& date) {
    return date.is_string() ? date.get<std::string>().substr(0, 10) : std::string();
  };
  const bool dated = !record["not_before"].is_null() || !record["not_after"].is_null();
  return {TextOr(record["label"], "-"),
          TextOr(record["class"], "?"),
          TextOr(record["type"], "?"),
          strength,
          UsageText(record),
          StateText(record),
          dated ? day(record["not_before"]) + ".." + day(record["not_after"]) : "-",
          TextOr(record["origin"], "?"),
          TextOr(record["kcv"], "-")};
}

void PrintText(const Inventory& inventory) {
  std::vector<Row> rows = {
      {"LABEL", "CLASS", "TYPE", "BITS", "USAGE", "STATE", "DATES", "ORIGIN", "KCV"}};
  for (const auto& key : inventory.keys) rows.push_back(RowOf(KeyRecord(key, inventory.taken)));
  PrintTable(rows);
  std::printf("%zu keys in token \"%s\" (serial %s), %s\n", inventory.keys.size(),
              PrintableText(inventory.token.label).c_str(),
              PrintableText(inventory.token.serial).c_str(), TimeText(inventory.taken).c_str());
}

}  // namespace

int RunKeyList(const InventoryOptions& options) {
  const auto inventory = Take(options);
  if (!inventory.ok()) {
    std::fprintf(stderr, "florin key list: %s\n", inventory.error().message());
    return 2;
  }
  if (options.json) {
    PrintJson(*inventory);
  } else if (options.csv) {
    PrintCsv(*inventory);
  } else {
    PrintText(*inventory);
  }
  return 0;
}

}  // namespace florin::tools
