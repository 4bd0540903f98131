#include "tools/card/arqc.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>
#include <utility>

#include "florin/base/hex.h"
#include "florin/base/pan.h"
#include "florin/card/emv.h"
#include "tools/command_io.h"

namespace florin::tools {
namespace {

struct Verdict {
  std::string profile;
  std::string card;
  Bytes answer;  // tag 91; empty where the ARQC is wrong or the profile answers nothing
  Json trace;
  bool right = false;
};

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
  if (!pan.ok()) return Bad("--pan must have 12 to 19 digits");
  FLORIN_TRY(const Bytes field55, HexOption(options.field55, "--field55 must be hex digits"));
  const auto proprietary = HexDecode(options.proprietary);
  if (!proprietary.ok() || options.arc.size() != 2) {
    return Bad("--arc has two characters, --proprietary hex digits");
  }
  mechanisms::EmvAuthorization authorization;
  authorization.card = {&*pan, options.psn};
  authorization.arc.emplace();
  std::ranges::copy(AsBytes(options.arc), authorization.arc->begin());
  FLORIN_TRY(authorization.csu, HexArray<4>(options.csu, "--csu must have 8 hex digits"));
  authorization.proprietary = *proprietary;

  FLORIN_TRY(CommandKeys keys, CommandKeys::Open(options.token, {&options.key}));
  hsm::Session& session = keys.session();
  FLORIN_TRY(hsm::KeyTemplate test_key, TestKeyTemplate(options.aes ? "E0AV" : "E0TV"));
  test_key.rules.emv = options.allowed;
  FLORIN_TRY(const hsm::KeyHandle key, keys.Find(options.key, std::move(test_key)));
  Bytes text(mechanisms::kMaxEmvTrace);
  FLORIN_TRY(const std::size_t length,
             session.Sign(mechanisms::EmvArqcTrace{authorization.card}, key, field55, text));
  Verdict verdict;
  verdict.card = pan->Masked();
  verdict.trace = Json::parse(AsText(ByteView(text).first(length)), nullptr, false);
  if (!verdict.trace.is_object())
    return Error(ErrorCode::kCorrupted, "the trace is no JSON object");
  verdict.profile = verdict.trace.value("profile", "unknown");
  Bytes answer(mechanisms::kMaxIssuerAuthenticationData);
  const auto written = session.Sign(authorization, key, field55, answer);
  verdict.right = written.ok();
  if (!written.ok() && written.code() != ErrorCode::kVerificationFailed) return written.error();
  answer.resize(written.ok() ? *written : 0);
  verdict.answer = std::move(answer);
  return verdict;
}

std::string ArpcOf(const Verdict& verdict) {
  const std::size_t size = std::min(ArpcSizeOf(verdict.profile), verdict.answer.size());
  return UpperHex(ByteView(verdict.answer).first(size));
}

void PrintText(const Verdict& verdict, bool trace) {
  std::printf("profile  %s\ncard     %s\nARQC     %s\n", verdict.profile.c_str(),
              verdict.card.c_str(), verdict.right ? "right" : "WRONG");
  if (!verdict.answer.empty()) {
    std::printf("ARPC     %s\ntag 91   %s\n", ArpcOf(verdict).c_str(),
                UpperHex(verdict.answer).c_str());
  } else if (verdict.right) {
    std::puts("ARPC     none: this profile has no issuer authentication");
  }
  if (trace) std::printf("trace    %s\n", verdict.trace.dump().c_str());
}

void PrintJson(const Verdict& verdict, bool trace) {
  Json json = {{"profile", verdict.profile}, {"card", verdict.card}, {"right", verdict.right}};
  if (!verdict.answer.empty()) {
    json["arpc"] = ArpcOf(verdict);
    json["tag_91"] = UpperHex(verdict.answer);
  }
  if (trace) json["trace"] = verdict.trace;
  std::puts(json.dump().c_str());
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
  return verdict->right ? kDone : kWrong;
}

}  // namespace florin::tools
