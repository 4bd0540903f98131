#include "tools/key/components.h"

#include <termios.h>
#include <unistd.h>

#include <bit>
#include <cstdio>
#include <string_view>
#include <utility>

#include "florin/base/hex.h"
#include "florin/card/kcv.h"
#include "florin/card/key_parts.h"

namespace florin::tools {
namespace {

constexpr std::size_t kMaxLine = 256;

// Keeps a terminal from showing what is typed.
class EchoOff {
 public:
  EchoOff() : terminal_(isatty(STDIN_FILENO) == 1 && tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!terminal_) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    off_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
  }
  EchoOff(const EchoOff&) = delete;
  EchoOff& operator=(const EchoOff&) = delete;
  ~EchoOff() {
    if (off_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  bool terminal() const { return terminal_; }
  bool off() const { return off_; }

 private:
  termios before_{};
  bool terminal_;
  bool off_ = false;
};

// Byte by byte: a buffered reader would keep a copy.
Result<SecretBytes> ReadLine(std::size_t number) {
  FLORIN_TRY(SecretBytes line, SecretBytes::Create(kMaxLine));
  const EchoOff echo;
  if (echo.terminal() && !echo.off()) {
    return Error(ErrorCode::kInvalidArgument, "the terminal would show what is typed");
  }
  if (echo.terminal()) std::fprintf(stderr, "Component %zu: ", number);
  const MutableBytes bytes = line.Write(SecretAccess{});
  std::size_t size = 0;
  while (size < bytes.size() && read(STDIN_FILENO, &bytes[size], 1) == 1) {
    if (bytes[size] == '\n') break;
    ++size;
  }
  if (echo.terminal()) std::fputc('\n', stderr);
  if (size == bytes.size()) {
    return Error(ErrorCode::kInvalidArgument, "a component has at most 64 bytes");
  }
  line.Truncate(size);
  return line;
}

struct Component {
  SecretBytes bytes;
  Bytes kcv;  // as computed; as long as the holder's, if one was given
  std::array<std::uint8_t, 3> shown{};
};

Result<Component> Decode(std::string_view text, card::KcvMethod method) {
  const std::size_t colon = text.find(':');
  auto bytes = HexDecodeSecret(text.substr(0, colon));
  if (!bytes.ok()) {
    return Error(ErrorCode::kInvalidArgument, "a component is hex digits, two a byte");
  }
  Component component;
  component.bytes = *std::move(bytes);
  FLORIN_CHECK_OK(
      card::KeyCheckValue(method, component.bytes.Read(SecretAccess{}), component.shown));
  component.kcv.assign(component.shown.begin(), component.shown.end());
  if (colon != std::string_view::npos) {
    auto given = HexDecode(text.substr(colon + 1));
    if (!given.ok() || given->size() < card::kMinKcvSize) {
      return Error(ErrorCode::kInvalidArgument, "a component's check value is 4 to 10 hex digits");
    }
    component.kcv = *std::move(given);
  }
  return component;
}

Result<Component> ReadComponent(const std::string& typed, std::size_t number,
                                card::KcvMethod method) {
  if (typed != "-") return Decode(typed, method);
  FLORIN_TRY(const SecretBytes line, ReadLine(number));
  const ByteView bytes = line.Read(SecretAccess{});
  return Decode({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, method);
}

// Returns whether a bit changed.
bool SetOddParity(MutableBytes key) {
  std::uint8_t changed = 0;
  for (std::uint8_t& byte : key) {
    const auto even = static_cast<std::uint8_t>((std::popcount(byte) & 1) ^ 1);
    byte = static_cast<std::uint8_t>(byte ^ even);
    changed = static_cast<std::uint8_t>(changed | even);
  }
  return changed != 0;
}

}  // namespace

Result<CombinedKey> CombineTypedComponents(const std::vector<std::string>& typed, char algorithm) {
  if (algorithm != 'A' && algorithm != 'T') {
    return Error(ErrorCode::kInvalidArgument, "components are of keys of algorithm A or T");
  }
  const auto method = algorithm == 'T' ? card::KcvMethod::kLegacyTdes : card::KcvMethod::kCmacAes;
  std::vector<Component> components;
  std::vector<card::KeyComponent> views;
  CombinedKey combined;
  components.reserve(typed.size());
  for (const std::string& text : typed) {
    FLORIN_TRY(Component component, ReadComponent(text, components.size() + 1, method));
    combined.component_kcvs.push_back(component.shown);
    components.push_back(std::move(component));
    views.push_back({components.back().bytes.Read(SecretAccess{}), components.back().kcv});
  }
  FLORIN_TRY(combined.key, card::CombineComponents(views, method));
  if (algorithm == 'T') combined.parity_set = SetOddParity(combined.key.Write(SecretAccess{}));
  FLORIN_CHECK_OK(card::KeyCheckValue(method, combined.key.Read(SecretAccess{}), combined.kcv));
  return combined;
}

}  // namespace florin::tools
