#include "tools/key/state.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "florin/base/hex.h"
#include "florin/mechanisms/key_life.h"

namespace florin::tools {
namespace {

using mechanisms::KeyState;

constexpr int kDone = 0;
constexpr int kRefused = 1;
constexpr int kNotTried = 2;

struct Moved {
  KeyState from;
  KeyState to;
};

Result<Moved> Move(const KeyStateOptions& options) {
  const auto wanted = mechanisms::KeyStateOf(options.state);
  if (!wanted.has_value()) return Error(ErrorCode::kInvalidArgument, "there is no such state");
  const bool is_final = *wanted == KeyState::kRetired || *wanted == KeyState::kCompromised;
  if (is_final && !options.final) {
    return Error(ErrorCode::kInvalidArgument,
                 "retired and compromised cannot be undone: say --final if you mean it");
  }
  const auto id = HexDecode(options.id);
  if (!id.ok()) return Error(ErrorCode::kInvalidArgument, "--id must be hex digits");
  FLORIN_TRY(const auto name, hsm::KeyRef::Create(options.key_class, options.label, *id));
  FLORIN_TRY(const TokenSession token, OpenTokenSession(options.token));
  FLORIN_TRY(const hsm::KeyHandle key, token.session->Resolve(name));
  FLORIN_TRY(const hsm::KeyDescription before, token.session->Describe(key));
  FLORIN_CHECK_OK(token.session->SetState(key, *wanted));
  return Moved{before.state.value_or(*wanted), *wanted};
}

void Print(const KeyStateOptions& options, const Moved& moved) {
  const std::string from(mechanisms::NameOf(moved.from));
  const std::string to(mechanisms::NameOf(moved.to));
  if (options.json) {
    const nlohmann::ordered_json json = {{"label", options.label}, {"from", from}, {"to", to}};
    std::puts(json.dump().c_str());
  } else {
    std::printf("%s: %s, was %s\n", options.label.c_str(), to.c_str(), from.c_str());
  }
}

}  // namespace

int RunKeyState(const KeyStateOptions& options) {
  const auto moved = Move(options);
  if (!moved.ok()) {
    std::fprintf(stderr, "florin key state: %s\n", moved.error().message());
    const ErrorCode code = moved.code();
    return code == ErrorCode::kPermissionDenied || code == ErrorCode::kUnsupported ? kRefused
                                                                                   : kNotTried;
  }
  Print(options, *moved);
  return kDone;
}

}  // namespace florin::tools
