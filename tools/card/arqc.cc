#include "tools/card/arqc.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <string_view>
#include <utility>

#include "crypto/base/json_writer.h"
#include "florin/base/hex.h"
#include "florin/base/pan.h"
#include "florin/card/emv.h"
#include "tools/card/issuer_key.h"

namespace florin::tools {
namespace {

constexpr int kRight = 0;
constexpr int kWrong = 1;
constexpr int kNotJudged = 2;

struct Verdict {
  std::string profile;
  std::string card;
  Bytes answer;  // tag 91; empty where the ARQC is wrong or the profile answers nothing
  std::string trace;
  bool right = false;
};

template <std::size_t N>
Result<std::array<std::uint8_t, N>> HexArray(const std::string& text, const char* message) {
  std::array<std::uint8_t, N> out{};
  if (text.size() != 2 * N || !HexDecode(text, out).ok()) {
    return Error(ErrorCode::kInvalidArgument, message);
  }
  return out;
}

// The name stands first in the trace.
std::string ProfileOf(std::string_view trace) {
  constexpr std::string_view kBefore = "\"profile\":\"";
  const std::size_t start = trace.find(kBefore);
  if (start == std::string_view::npos) return "unknown";
  trace.remove_prefix(start + kBefore.size());
  return std::string(trace.substr(0, trace.find('"')));
}

std::size_t ArpcSizeOf(const std::string& profile) {
  for (const card::EmvProfile& row : card::EmvProfiles()) {
    if (row.name != profile) continue;
    switch (row.arpc.method) {
      case card::EmvArpcMethod::kNone: return 0;
      case card::EmvArpcMethod::kMethod1: return card::kArpcMethod1Size;
      case card::EmvArpcMethod::kMethod2: return card::kArpcMethod2Size;
    }
  }
  return 0;
}

Result<Verdict> Judge(const ArqcOptions& options) {
  const auto pan = Pan::Parse(options.pan);
  if (!pan.ok()) return Error(ErrorCode::kInvalidArgument, "--pan must have 12 to 19 digits");
  const auto field55 = HexDecode(options.field55);
  if (!field55.ok()) return Error(ErrorCode::kInvalidArgument, "--field55 must be hex digits");
  const auto proprietary = HexDecode(options.proprietary);
  if (!proprietary.ok() || options.arc.size() != 2) {
    return Error(ErrorCode::kInvalidArgument, "--arc has two characters, --proprietary hex digits");
  }
  mechanisms::EmvAuthorization authorization;
  authorization.card = {&*pan, options.psn};
  authorization.arc.emplace();
  std::ranges::copy(AsBytes(options.arc), authorization.arc->begin());
  FLORIN_TRY(authorization.csu, HexArray<4>(options.csu, "--csu must have 8 hex digits"));
  authorization.proprietary = *proprietary;

  FLORIN_TRY(const IssuerKey key, OpenIssuerKey(options));
  Bytes text(mechanisms::kMaxEmvTrace);
  FLORIN_TRY(
      const std::size_t length,
      key.session->Sign(mechanisms::EmvArqcTrace{authorization.card}, key.handle, *field55, text));
  Verdict verdict;
  verdict.card = pan->Masked();
  verdict.trace = AsText(ByteView(text).first(length));
  verdict.profile = ProfileOf(verdict.trace);
  Bytes answer(mechanisms::kMaxIssuerAuthenticationData);
  const auto written = key.session->Sign(authorization, key.handle, *field55, answer);
  verdict.right = written.ok();
  if (!written.ok() && written.code() != ErrorCode::kVerificationFailed) return written.error();
  answer.resize(written.ok() ? *written : 0);
  verdict.answer = std::move(answer);
  return verdict;
}

std::string ArpcOf(const Verdict& verdict) {
  const std::size_t size = std::min(ArpcSizeOf(verdict.profile), verdict.answer.size());
  return HexEncode(ByteView(verdict.answer).first(size), HexCase::kUpper);
}

void PrintText(const Verdict& verdict, bool trace) {
  std::printf("profile  %s\ncard     %s\nARQC     %s\n", verdict.profile.c_str(),
              verdict.card.c_str(), verdict.right ? "right" : "WRONG");
  if (!verdict.answer.empty()) {
    std::printf("ARPC     %s\ntag 91   %s\n", ArpcOf(verdict).c_str(),
                HexEncode(verdict.answer, HexCase::kUpper).c_str());
  } else if (verdict.right) {
    std::puts("ARPC     none: this profile has no issuer authentication");
  }
  if (trace) std::printf("trace    %s\n", verdict.trace.c_str());
}

void PrintJson(const Verdict& verdict, bool trace) {
  std::string text;
  JsonWriter json(&text);
  json.BeginObject().String("profile", verdict.profile).String("card", verdict.card);
  json.Bool("right", verdict.right);
  if (!verdict.answer.empty()) {
    json.String("arpc", ArpcOf(verdict));
    json.String("tag_91", HexEncode(verdict.answer, HexCase::kUpper));
  }
  json.EndObject();
  FLORIN_INVARIANT(json.Finish().ok());
  if (trace) text.replace(text.size() - 1, 1, ",\"trace\":" + verdict.trace + "}");
  std::puts(text.c_str());
}

}  // namespace

int RunArqcVerify(const ArqcOptions& options) {
  const auto verdict = Judge(options);
  if (!verdict.ok()) {
    std::fprintf(stderr, "florin card arqc verify: %s\n", verdict.error().message());
    return kNotJudged;
  }
  if (options.json) {
    PrintJson(*verdict, options.trace);
  } else {
    PrintText(*verdict, options.trace);
  }
  return verdict->right ? kRight : kWrong;
}

}  // namespace florin::tools
