// KeyRecord: a KeyDescription as an auditor reads it, the same for JSON and for CSV.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "florin/base/clock.h"
#include "florin/hsm/key_description.h"

namespace florin::tools {

// Every record has every field, in the same order; null: there is none, or the token does not tell.
// Holds no key and no secret.
nlohmann::ordered_json KeyRecord(const hsm::KeyDescription& key, UnixSeconds now);

// "2026-11-26T09:20:28Z".
std::string TimeText(UnixSeconds time);

// A label as it may be printed: what is not printable ASCII, and the backslash, as \xNN.
std::string PrintableText(std::string_view text);

// The fields of records as lines of RFC 4180, ended by CRLF. A text that a spreadsheet would take
// for a formula gets an apostrophe in front.
std::string CsvHeader(const nlohmann::ordered_json& record);
std::string CsvLine(const nlohmann::ordered_json& record);

}  // namespace florin::tools
