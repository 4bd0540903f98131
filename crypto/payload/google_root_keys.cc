#include "florin/payload/google_root_keys.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "crypto/base/json.h"
#include "crypto/payload/google_root_key_set.h"
#include "crypto/primitives/hash.h"
#include "florin/base/base64.h"

namespace florin::payload {
namespace {

constexpr std::size_t kMaxBytes = 64 * 1024;
constexpr std::size_t kMaxEntries = 64;
constexpr std::size_t kMaxKeys = 16;
constexpr std::size_t kMaxTimeDigits = 15;
constexpr std::int64_t kDay = 86400;
constexpr std::int64_t kMaxLifetime = 30 * kDay;
constexpr std::int64_t kMaxStale = 30 * kDay;
constexpr std::int64_t kMinInterval = 60;
constexpr UnixSeconds kNever{std::numeric_limits<std::int64_t>::max()};

constexpr GoogleProtocol kProtocols[] = {GoogleProtocol::kEcV1, GoogleProtocol::kEcV2,
                                         GoogleProtocol::kEcV2SigningOnly};

bool IsDigits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::int64_t NumberOf(std::string_view digits) {
  std::int64_t value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}

JsonLimits KeyListLimits() {
  JsonLimits limits;
  limits.max_bytes = kMaxBytes;
  limits.max_depth = 6;
  limits.max_values = 1024;
  limits.max_members = 16;
  return limits;
}

// Empty: keys of a version that is not known here.
Result<std::optional<GoogleRootKey>> ReadKey(const JsonObject& entry) {
  FLORIN_TRY(const std::string_view version, entry.GetString("protocolVersion"));
  const auto* protocol = std::find_if(
      std::begin(kProtocols), std::end(kProtocols),
      [version](GoogleProtocol known) { return version == GoogleProtocolName(known); });
  if (protocol == std::end(kProtocols)) return std::optional<GoogleRootKey>();
  FLORIN_TRY(const std::string_view text, entry.GetString("keyValue"));
  std::array<std::uint8_t, primitives::SpkiSize(Curve::kP256)> spki;
  const auto size = Base64Decode(text, Base64Form::kStandard, spki);
  if (!size.ok()) return Error(ErrorCode::kMalformed, "keyValue is not a P-256 key in base64");
  FLORIN_TRY(auto key, primitives::EcPublicKey::FromSpki(ByteView(spki).first(*size)));
  if (key.curve() != Curve::kP256) {
    return Error(ErrorCode::kMalformed, "keyValue is not a P-256 key in base64");
  }
  UnixSeconds refused_from = *protocol == GoogleProtocol::kEcV1 ? kNever : UnixSeconds{0};
  if (const auto expiration = entry.Find("keyExpiration")) {
    FLORIN_TRY(const std::string_view time, expiration->AsString());
    FLORIN_TRY(const std::int64_t milliseconds, ParseGoogleTime(time));
    refused_from = FirstSecondRefused(milliseconds);
  }
  return std::optional<GoogleRootKey>(GoogleRootKey{*protocol, std::move(key), refused_from});
}

void AddToId(primitives::Hasher& hasher, const GoogleRootKey& key) {
  std::array<std::uint8_t, 9> head{};
  head[0] = static_cast<std::uint8_t>(key.protocol);
  for (std::size_t i = 0; i < 8; ++i) {
    head[1 + i] =
        static_cast<std::uint8_t>(static_cast<std::uint64_t>(key.refused_from.value) >> (8 * i));
  }
  hasher.Update(ByteView(head));
  hasher.Update(key.key.point());
}

Result<std::shared_ptr<GoogleRootKeySet>> ReadKeys(ByteView body) {
  FLORIN_TRY(JsonParser parser, JsonParser::Create(KeyListLimits()));
  FLORIN_TRY(const JsonObject root, parser.ParseObject(body));
  FLORIN_TRY(const JsonArray entries, root.GetArray("keys"));
  if (entries.size() > kMaxEntries) {
    return Error(ErrorCode::kLimitExceeded, "the list has more than 64 keys");
  }
  auto set = std::make_shared<GoogleRootKeySet>();
  primitives::Hasher hasher(Hash::kSha256);
  for (const JsonValue value : entries) {
    FLORIN_TRY(const JsonObject entry, value.AsObject());
    FLORIN_TRY(const std::optional<GoogleRootKey> key, ReadKey(entry));
    if (!key) continue;
    if (set->keys.size() == kMaxKeys) {
      return Error(ErrorCode::kLimitExceeded, "the list has more than 16 keys of known versions");
    }
    AddToId(hasher, *key);
    set->keys.push_back(*key);
  }
  if (set->keys.empty()) {
    return Error(ErrorCode::kMalformed, "the list has no key of a version that is known here");
  }
  FLORIN_CHECK_OK(hasher.Finish(set->id));
  return set;
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool SameIgnoringCase(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + ('a' - 'A')) : a) == b;
  });
}

// A number of seconds (RFC 9111 1.2.2); 0 where it is none.
std::int64_t DeltaSeconds(std::string_view text) {
  if (!IsDigits(text)) return 0;
  return text.size() > 9 ? kMaxLifetime : std::min(NumberOf(text), kMaxLifetime);
}

// RFC 9111 4.2.1 and 4.2.3: max-age less what the response spent in caches. Doubtful: not fresh.
std::int64_t FreshnessLifetime(std::string_view cache_control, std::string_view age) {
  std::int64_t lifetime = 0;
  constexpr std::string_view kMaxAge = "max-age=";
  while (!cache_control.empty()) {
    const std::size_t comma = std::min(cache_control.find(','), cache_control.size());
    const std::string_view directive = Trimmed(cache_control.substr(0, comma));
    cache_control.remove_prefix(std::min(comma + 1, cache_control.size()));
    if (SameIgnoringCase(directive, "no-store") || SameIgnoringCase(directive, "no-cache")) {
      return 0;
    }
    if (SameIgnoringCase(directive.substr(0, kMaxAge.size()), kMaxAge)) {
      lifetime = DeltaSeconds(directive.substr(kMaxAge.size()));
    }
  }
  return std::max<std::int64_t>(lifetime - DeltaSeconds(Trimmed(age)), 0);
}

void SetTimes(GoogleRootKeySet& set, const GoogleKeysResponse& response, std::int64_t max_stale) {
  const std::int64_t received = response.received.value;
  const std::int64_t lifetime = FreshnessLifetime(response.cache_control, response.age);
  set.trusted_until = UnixSeconds{received + lifetime + max_stale};
  std::int64_t refresh = received + lifetime / 2;
  for (const GoogleRootKey& key : set.keys) {
    if (key.refused_from > response.received) {
      refresh = std::min(refresh, key.refused_from.value - kDay);
    }
  }
  set.refresh_at = UnixSeconds{std::max(refresh, received + kMinInterval)};
}

// The times are sums of a caller's: they must not overflow.
Status CheckReceived(const GoogleKeysResponse& response) {
  if (response.received.value >= 0 && response.received.value <= 1'000'000'000'000) {
    return OkStatus();
  }
  return Error(ErrorCode::kInvalidArgument, "the time at which the keys were received is absurd");
}

std::uint64_t NextSerial() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

}  // namespace

const char* GoogleProtocolName(GoogleProtocol protocol) {
  switch (protocol) {
    case GoogleProtocol::kEcV1: return "ECv1";
    case GoogleProtocol::kEcV2: return "ECv2";
    case GoogleProtocol::kEcV2SigningOnly: return "ECv2SigningOnly";
  }
  return "";
}

Result<std::int64_t> ParseGoogleTime(std::string_view text) {
  if (!IsDigits(text) || text.size() > kMaxTimeDigits) {
    return Error(ErrorCode::kMalformed, "an expiration is not a string of 1 to 15 digits");
  }
  return NumberOf(text);
}

UnixSeconds FirstSecondRefused(std::int64_t expiration_ms) {
  return UnixSeconds{(expiration_ms + 999) / 1000};
}

// Gives way to the private parts, to those of this room.
struct GoogleRootKeysAccess {
  static const GoogleRootKeys::State& StateOf(const GoogleRootKeys& keys) { return *keys.state_; }
};

const GoogleRootKeySet& GoogleRootKeySets::Current(const GoogleRootKeys& keys) {
  const auto& state = GoogleRootKeysAccess::StateOf(keys);
  const std::uint64_t serial = state.serial.load(std::memory_order_acquire);
  for (const auto& set : seen_) {
    if (set != nullptr && set->serial == serial) return *set;
  }
  auto& place = seen_[next_];
  next_ = (next_ + 1) % seen_.size();
  const std::scoped_lock lock(state.mutex);
  place = state.set;
  return *place;
}

GoogleRootKeys::GoogleRootKeys(std::unique_ptr<State> state) : state_(std::move(state)) {}
GoogleRootKeys::~GoogleRootKeys() = default;

Result<std::unique_ptr<GoogleRootKeys>> GoogleRootKeys::Create(const GoogleKeysResponse& response,
                                                               std::int64_t max_stale_seconds) {
  if (max_stale_seconds < 0 || max_stale_seconds > kMaxStale) {
    return Error(ErrorCode::kInvalidArgument, "keys may be stale for 0 seconds to 30 days");
  }
  auto state = std::make_unique<State>();
  state->max_stale_seconds = max_stale_seconds;
  std::unique_ptr<GoogleRootKeys> keys(new GoogleRootKeys(std::move(state)));
  FLORIN_CHECK_OK(keys->Replace(response));
  return keys;
}

Result<std::unique_ptr<GoogleRootKeys>> GoogleRootKeys::Pinned(ByteView keys_json) {
  FLORIN_TRY(std::shared_ptr<GoogleRootKeySet> set, ReadKeys(keys_json));
  set->refresh_at = kNever;
  set->trusted_until = kNever;
  set->serial = NextSerial();
  auto state = std::make_unique<State>();
  state->pinned = true;
  state->serial.store(set->serial);
  state->set = std::move(set);
  return std::unique_ptr<GoogleRootKeys>(new GoogleRootKeys(std::move(state)));
}

Status GoogleRootKeys::Replace(const GoogleKeysResponse& response) {
  if (state_->pinned) {
    return Error(ErrorCode::kInvalidArgument, "a pinned list of root keys is not replaced");
  }
  FLORIN_CHECK_OK(CheckReceived(response));
  FLORIN_TRY(std::shared_ptr<GoogleRootKeySet> set, ReadKeys(response.body));
  SetTimes(*set, response, state_->max_stale_seconds);
  const std::scoped_lock lock(state_->mutex);
  set->serial = NextSerial();
  state_->set = std::move(set);
  state_->serial.store(state_->set->serial, std::memory_order_release);
  return OkStatus();
}

UnixSeconds GoogleRootKeys::refresh_at() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->set->refresh_at;
}

UnixSeconds GoogleRootKeys::trusted_until() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->set->trusted_until;
}

}  // namespace florin::payload
