#include "florin/hsm/key_ref.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "florin/hsm/session.h"

namespace florin::hsm {
namespace {

constexpr std::size_t kMaxLabel = 64;
constexpr std::size_t kMaxId = 64;
constexpr std::size_t kMaxUri = 1024;
constexpr std::string_view kScheme = "pkcs11:";

// FNV-1a, 64 bits: names are public and few, so speed and spread are all it needs.
class NameHash {
 public:
  void Add(ByteView bytes) {
    for (const std::uint8_t byte : bytes) Add(byte);
  }
  void Add(std::uint8_t byte) { hash_ = (hash_ ^ byte) * 0x100000001B3U; }
  std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xCBF29CE484222325U;
};

const char* TypeName(KeyClass key_class) {
  switch (key_class) {
    case KeyClass::kSecret: return "secret-key";
    case KeyClass::kPrivate: return "private";
    case KeyClass::kPublic: return "public";
  }
  return "";
}

bool IsAlphanumeric(char character) {
  return (character >= '0' && character <= '9') || (character >= 'A' && character <= 'Z') ||
         (character >= 'a' && character <= 'z');
}

// RFC 3986 2.3.
bool IsUnreserved(char character) {
  return IsAlphanumeric(character) ||
         std::string_view("-._~").find(character) != std::string_view::npos;
}

// RFC 7512 2.3: what an attribute value may hold unencoded.
bool MayStandPlain(char character) {
  return IsUnreserved(character) ||
         std::string_view(":[]@!$'()*+,=&").find(character) != std::string_view::npos;
}

int HexValue(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  return -1;
}

Error BadUri() {
  return {ErrorCode::kMalformed, "key URI: not of the form pkcs11:object=...;id=...;type=..."};
}

Result<Bytes> PercentDecode(std::string_view text) {
  Bytes bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      if (!MayStandPlain(text[i])) return BadUri();
      bytes.push_back(static_cast<std::uint8_t>(text[i]));
      continue;
    }
    if (text.size() - i < 3) return BadUri();
    const int high = HexValue(text[i + 1]);
    const int low = HexValue(text[i + 2]);
    if (high < 0 || low < 0) return BadUri();
    bytes.push_back(static_cast<std::uint8_t>(high * 16 + low));
    i += 2;
  }
  return bytes;
}

void AppendPercent(std::string& out, std::uint8_t byte) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  out += '%';
  out += kDigits[byte >> 4U];
  out += kDigits[byte & 15U];
}

std::optional<KeyClass> ClassOf(std::string_view type) {
  for (const KeyClass key_class : {KeyClass::kSecret, KeyClass::kPrivate, KeyClass::kPublic}) {
    if (type == TypeName(key_class)) return key_class;
  }
  return std::nullopt;
}

// The attributes of a URI, each at most once.
struct UriParts {
  std::optional<Bytes> object;
  std::optional<Bytes> id;
  std::optional<Bytes> type;

  Status Add(std::string_view attribute) {
    const std::size_t equals = attribute.find('=');
    if (equals == std::string_view::npos) return BadUri();
    const std::string_view name = attribute.substr(0, equals);
    std::optional<Bytes>* place = name == "object" ? &object
                                  : name == "id"   ? &id
                                  : name == "type" ? &type
                                                   : nullptr;
    // An attribute that was ignored would name fewer keys than this KeyRef finds.
    if (place == nullptr) {
      return Error(ErrorCode::kUnsupported, "key URI: only object, id and type name a key here");
    }
    if (place->has_value()) return BadUri();
    FLORIN_TRY(*place, PercentDecode(attribute.substr(equals + 1)));
    return OkStatus();
  }
};

}  // namespace

KeyRef::KeyRef(KeyClass key_class, std::string_view label, ByteView id)
    : label_(label), id_(id.begin(), id.end()), hash_(0), key_class_(key_class) {
  NameHash hash;
  hash.Add(static_cast<std::uint8_t>(key_class));
  hash.Add(static_cast<std::uint8_t>(label.size()));
  hash.Add(AsBytes(label));
  hash.Add(id);
  hash_ = hash.value();
}

Result<KeyRef> KeyRef::Create(KeyClass key_class, std::string_view label, ByteView id) {
  if (label.empty() || label.size() > kMaxLabel) {
    return Error(ErrorCode::kInvalidArgument, "key name: the label has 1 to 64 characters");
  }
  if (!std::all_of(label.begin(), label.end(), [](char c) { return c >= ' ' && c <= '~'; })) {
    return Error(ErrorCode::kInvalidArgument, "key name: the label has printable ASCII only");
  }
  if (id.size() > kMaxId) {
    return Error(ErrorCode::kInvalidArgument, "key name: the id has at most 64 bytes");
  }
  return KeyRef(key_class, label, id);
}

Result<KeyRef> KeyRef::FromUri(std::string_view uri) {
  if (uri.size() > kMaxUri) return Error(ErrorCode::kLimitExceeded, "key URI: too long");
  if (uri.substr(0, kScheme.size()) != kScheme) return BadUri();
  UriParts parts;
  std::string_view rest = uri.substr(kScheme.size());
  while (true) {
    const std::size_t end = rest.find(';');
    FLORIN_CHECK_OK(parts.Add(rest.substr(0, end)));
    if (end == std::string_view::npos) break;
    rest = rest.substr(end + 1);
  }
  if (!parts.object.has_value() || !parts.type.has_value()) return BadUri();
  const auto key_class = ClassOf(AsText(*parts.type));
  if (!key_class.has_value()) return BadUri();
  const auto name = Create(*key_class, AsText(*parts.object),
                           parts.id.has_value() ? ByteView(*parts.id) : ByteView());
  if (!name.ok()) return Error(ErrorCode::kMalformed, name.error().message());
  return *name;
}

std::string KeyRef::ToUri() const {
  std::string uri(kScheme);
  uri += "object=";
  for (const char character : label_) {
    if (IsUnreserved(character)) {
      uri += character;
    } else {
      AppendPercent(uri, static_cast<std::uint8_t>(character));
    }
  }
  if (!id_.empty()) {
    uri += ";id=";
    for (const std::uint8_t byte : id_) AppendPercent(uri, byte);
  }
  uri += ";type=";
  uri += TypeName(key_class_);
  return uri;
}

ScopedKey::ScopedKey(ScopedKey&& other) noexcept
    : session_(other.session_), key_(std::exchange(other.key_, KeyHandle{})) {}

ScopedKey& ScopedKey::operator=(ScopedKey&& other) noexcept {
  std::swap(session_, other.session_);
  std::swap(key_, other.key_);
  return *this;
}

ScopedKey::~ScopedKey() {
  if (key_ == KeyHandle{}) return;
  // A session that is lost has taken the key with it: there is nothing left to do about it here.
  const Status ignored = session_->Destroy(key_);
  (void)ignored;
}

}  // namespace florin::hsm
