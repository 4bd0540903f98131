// What commands have in common: options in hex, results as text or JSON, the exit status.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "florin/base/bytes.h"
#include "florin/base/hex.h"
#include "florin/base/result.h"

namespace florin::tools {

using Json = nlohmann::ordered_json;

// The exit status: done, or what was to be verified is right; it is wrong; it could not be judged.
inline constexpr int kDone = 0;
inline constexpr int kWrong = 1;
inline constexpr int kNotJudged = 2;

inline Error Bad(const char* message) { return {ErrorCode::kInvalidArgument, message}; }

// An option in hex; `message` where it is not. Empty text is no bytes.
Result<Bytes> HexOption(const std::string& text, const char* message);

template <std::size_t N>
Result<std::array<std::uint8_t, N>> HexArray(const std::string& text, const char* message) {
  std::array<std::uint8_t, N> out{};
  if (text.size() != 2 * N || !HexDecode(text, out).ok()) return Bad(message);
  return out;
}

// A text, or `absent` where there is none.
std::string TextOr(const Json& field, const char* absent);

std::string UpperHex(ByteView bytes);

// The lines that a verdict is as text.
struct VerdictText {
  const char* right = "right    yes";
  const char* wrong = "right    no";
};

// Prints what came out, as one line of JSON or a line for each of its members, or says on stderr
// why nothing did. A wrong value (kVerificationFailed) is an answer, everything else an error.
// `command` is what stands behind "florin".
int Finish(const char* command, bool as_json, Result<Json> result, const VerdictText& text = {});

// Prints rows, the first of which are headings, in columns.
template <std::size_t kColumns>
void PrintTable(const std::vector<std::array<std::string, kColumns>>& rows) {
  std::array<std::size_t, kColumns> widths{};
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < kColumns; ++i) {
      line += row[i];
      if (i + 1 < kColumns) line.append(widths[i] - row[i].size() + 2, ' ');
    }
    std::puts(line.c_str());
  }
}

}  // namespace florin::tools
