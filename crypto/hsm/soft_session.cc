#include "florin/hsm/soft_session.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <unordered_map>
#include <utility>

#include "crypto/hsm/soft_token_keys.h"
#include "crypto/mechanisms/operation.h"
#include "crypto/mechanisms/other_keys.h"
#include "crypto/mechanisms/registry.h"
#include "crypto/mechanisms/transfer.h"
#include "florin/hsm/session.h"

namespace florin::hsm {

using mechanisms::Key;
using mechanisms::KeyPtr;
using mechanisms::KeyType;
using mechanisms::Mechanism;
using mechanisms::Verb;

namespace {

// Handles are drawn in blocks, so that sessions share a counter once in a million keys only.
constexpr std::uint64_t kHandleBlock = std::uint64_t{1} << 20;

std::uint64_t NextHandleBlock() {
  static std::atomic<std::uint64_t> next{1};
  return next.fetch_add(kHandleBlock, std::memory_order_relaxed);
}

KeyClass ClassOf(KeyType type) {
  if (mechanisms::IsPrivateKey(type)) return KeyClass::kPrivate;
  return mechanisms::IsPublicKey(type) ? KeyClass::kPublic : KeyClass::kSecret;
}

Status CheckTemplate(const KeyTemplate& key) {
  if (key.persistent && !key.name.has_value()) {
    return Error(ErrorCode::kInvalidArgument, "a persistent key must have a name");
  }
  if (key.name.has_value() && key.name->key_class() != ClassOf(key.rules.type)) {
    return Error(ErrorCode::kInvalidArgument, "the class of the name is not that of the key type");
  }
  return OkStatus();
}

KeyDescription DescribeKey(const Key& key) {
  const mechanisms::KeyRules& rules = key.rules();
  KeyDescription description;
  description.key_class = ClassOf(rules.type);
  description.type = rules.type;
  description.length = rules.length;
  description.strength = key.StrengthBits();
  if (mechanisms::IsEcKey(rules.type)) description.curve = rules.curve;
  description.verbs = rules.verbs;
  if (description.key_class != KeyClass::kPublic) {
    description.sensitive = rules.sensitive;
    description.extractable = rules.extractable;
  }
  description.allowed_mechanisms = rules.allowed_mechanisms;
  description.header = rules.header;
  description.emv = rules.emv;
  const std::string_view usage = rules.header.has_value() ? rules.header->usage() : "";
  if (usage == "P0") description.pin = rules.pin;
  if (usage == "V1") description.decimalisation = rules.decimalisation.has_value();
  description.tr34_peers = rules.tr34_peers;
  description.state = rules.life.state;
  description.not_before = rules.life.not_before;
  description.not_after = rules.life.not_after;
  description.origin = key.origin();
  if (const auto value = key.CheckValue(); value.ok()) {
    description.check_value = {*value, rules.type == KeyType::kAes ? card::KcvMethod::kCmacAes
                                                                   : card::KcvMethod::kLegacyTdes};
  }
  return description;
}

struct NameHasher {
  std::size_t operator()(const KeyRef& name) const { return static_cast<std::size_t>(name.hash()); }
};

}  // namespace

// Maps handles to keys and hands everything else to mechanisms. One thread at a time. No other
// session of this process has the same handles, and none is used twice.
class SoftSession final : public Session {
 public:
  explicit SoftSession(std::shared_ptr<SoftToken::Keys> token)
      : token_(std::move(token)), seen_changes_(token_->changes()) {}

  bool Supports(mechanisms::MechanismType type, Verb verb) const override {
    return mechanisms::Offers(type, verb);
  }
  bool alive() const override { return true; }

  Result<KeyHandle> Resolve(const KeyRef& ref) override;
  Result<KeyHandle> Generate(const KeyTemplate& key) override;
  Result<KeyPair> GeneratePair(const KeyPairTemplate& pair) override;
  Result<KeyHandle> Import(const KeyTemplate& key, const SecretBytes& material) override;
  Result<std::size_t> PublicPoint(KeyHandle key, MutableBytes out) override;
  Result<std::size_t> PublicKeyInfo(KeyHandle key, MutableBytes out) override;
  Status Destroy(KeyHandle key) override;

  Result<std::size_t> Sign(const Mechanism& mechanism, KeyHandle key, ByteView data,
                           MutableBytes out) override {
    return Run(Verb::kSign, mechanism, key, data, out);
  }
  Status Verify(const Mechanism& mechanism, KeyHandle key, ByteView data,
                ByteView signature) override {
    return WithKeys(mechanism, key, [&](const Mechanism& complete, const Key& found) {
      return mechanisms::VerifyOnce(complete, found, data, signature);
    });
  }
  Result<std::size_t> Encrypt(const Mechanism& mechanism, KeyHandle key, ByteView plaintext,
                              MutableBytes out) override {
    return Run(Verb::kEncrypt, mechanism, key, plaintext, out);
  }
  Result<std::size_t> Decrypt(const Mechanism& mechanism, KeyHandle key, ByteView ciphertext,
                              MutableBytes out) override {
    return Run(Verb::kDecrypt, mechanism, key, ciphertext, out);
  }

  Result<KeyHandle> Derive(const Mechanism& mechanism, KeyHandle base,
                           const KeyTemplate& derived) override;
  Result<std::size_t> Wrap(const Mechanism& mechanism, KeyHandle wrapping, KeyHandle target,
                           MutableBytes out) override;
  Result<KeyHandle> Unwrap(const Mechanism& mechanism, KeyHandle unwrapping, ByteView wrapped,
                           const KeyTemplate& unwrapped) override;

  Status RunBatch(Verb verb, const Mechanism& mechanism, KeyHandle key,
                  std::span<BatchItem> items) override {
    return WithKeys(mechanism, key, [&](const Mechanism& complete, const Key& found) {
      return mechanisms::TakesOtherKeys(TypeOf(complete))
                 ? RunBatchWithOtherKeys(verb, complete, found, items)
                 : mechanisms::RunBatchOnce(verb, complete, found, items);
    });
  }

  Status Random(MutableBytes out) override { return token_->random.Fill(out); }

  Result<std::vector<KeyHandle>> List() override;
  Result<KeyDescription> Describe(KeyHandle key) override;
  Status SetState(KeyHandle key, mechanisms::KeyState state) override;

 private:
  struct Entry {
    KeyPtr key;
    std::optional<KeyRef> name;
    std::uint64_t serial = 0;  // of the token's key; 0: a key of this session alone
  };

  // Good until the next call of Find, Resolve or Destroy, which may drop the key.
  Result<const Key*> Find(KeyHandle handle);
  // The same key, kept alive: for calls that look up more than one.
  Result<KeyPtr> Hold(KeyHandle handle);
  // Drops persistent keys that are gone, and takes those that changed anew.
  void Renew();

  Result<std::size_t> Run(Verb verb, const Mechanism& mechanism, KeyHandle key, ByteView input,
                          MutableBytes out) {
    return WithKeys(mechanism, key, [&](const Mechanism& complete, const Key& found) {
      return mechanisms::RunOnce(verb, complete, found, input, out);
    });
  }

  // Calls use(mechanism, key) with the keys that the mechanism takes beside the main one.
  template <class Use>
  auto WithKeys(const Mechanism& mechanism, KeyHandle key, const Use& use)
      -> decltype(use(mechanism, std::declval<const Key&>())) {
    if (!mechanisms::TakesOtherKeys(TypeOf(mechanism))) {
      FLORIN_TRY(const Key* found, Find(key));
      return use(mechanism, *found);
    }
    FLORIN_TRY(const KeyPtr found, Hold(key));
    Mechanism complete = mechanism;
    FLORIN_TRY([[maybe_unused]] const mechanisms::HeldKeys held, FindOtherKeys(complete));
    return use(complete, *found);
  }

  Result<mechanisms::HeldKeys> FindOtherKeys(Mechanism& mechanism) {
    return mechanisms::FindOtherKeys(mechanism, [this](KeyHandle other) { return Hold(other); });
  }
  Status RunBatchWithOtherKeys(Verb verb, const Mechanism& mechanism, const Key& key,
                               std::span<BatchItem> items);

  bool HasOwn(const KeyRef& name) const;
  KeyHandle Remember(Entry entry);
  Result<KeyHandle> Keep(const KeyTemplate& key, KeyPtr made);

  std::shared_ptr<SoftToken::Keys> token_;
  std::unordered_map<std::uint64_t, Entry> entries_;
  std::unordered_map<KeyRef, KeyHandle, NameHasher> resolved_;
  std::uint64_t next_handle_ = 0;
  std::uint64_t block_end_ = 0;
  std::uint64_t seen_changes_;
};

void SoftSession::Renew() {
  seen_changes_ = token_->changes();
  for (auto it = entries_.begin(); it != entries_.end();) {
    Entry& entry = it->second;
    if (entry.serial != 0) {
      auto now = token_->Get(entry.serial);
      if (!now.has_value()) {
        it = entries_.erase(it);
        continue;
      }
      entry.key = std::move(now->key);
    }
    ++it;
  }
}

Result<const Key*> SoftSession::Find(KeyHandle handle) {
  if (seen_changes_ != token_->changes()) Renew();
  const auto entry = entries_.find(handle.value);
  if (entry == entries_.end()) {
    return Error(ErrorCode::kInvalidArgument, "this session has no key of this handle");
  }
  return entry->second.key.get();
}

Result<KeyPtr> SoftSession::Hold(KeyHandle handle) {
  FLORIN_CHECK_OK(Find(handle));
  return entries_.find(handle.value)->second.key;
}

KeyHandle SoftSession::Remember(Entry entry) {
  if (next_handle_ == block_end_) {
    next_handle_ = NextHandleBlock();
    block_end_ = next_handle_ + kHandleBlock;
  }
  const KeyHandle handle{next_handle_++};
  entries_.emplace(handle.value, std::move(entry));
  return handle;
}

bool SoftSession::HasOwn(const KeyRef& name) const {
  for (const auto& [handle, entry] : entries_) {
    if (entry.serial == 0 && entry.name.has_value() && *entry.name == name) return true;
  }
  return false;
}

Result<KeyHandle> SoftSession::Keep(const KeyTemplate& key, KeyPtr made) {
  if (key.persistent) {
    FLORIN_TRY(const std::uint64_t serial, token_->Add(*key.name, made));
    resolved_.clear();
    return Remember({std::move(made), key.name, serial});
  }
  if (key.name.has_value()) {
    if (HasOwn(*key.name)) {
      return Error(ErrorCode::kAlreadyExists, "a key of this class, label and id exists already");
    }
    // A name that was unique may have become ambiguous.
    resolved_.clear();
  }
  return Remember({std::move(made), key.name, 0});
}

Result<KeyHandle> SoftSession::Resolve(const KeyRef& ref) {
  if (seen_changes_ != token_->changes()) Renew();
  if (const auto known = resolved_.find(ref); known != resolved_.end()) {
    if (entries_.count(known->second.value) != 0) return known->second;
    resolved_.erase(known);
  }
  auto persistent = token_->Find(ref);
  std::size_t matches = persistent.size();
  KeyHandle handle;
  for (const auto& [value, entry] : entries_) {
    if (entry.serial != 0) {
      // Resolved before, under another form of its name.
      if (persistent.size() == 1 && entry.serial == persistent[0].serial) handle.value = value;
    } else if (entry.name.has_value() && Answers(*entry.name, ref)) {
      handle.value = value;
      ++matches;
    }
  }
  if (matches == 0) return Error(ErrorCode::kNotFound, "no key bears this name");
  if (matches > 1) return Error(ErrorCode::kConflict, "several keys bear this name");
  if (handle == KeyHandle{}) {
    handle = Remember(
        {std::move(persistent[0].key), std::move(persistent[0].name), persistent[0].serial});
  }
  resolved_.emplace(ref, handle);
  return handle;
}

Result<KeyHandle> SoftSession::Generate(const KeyTemplate& key) {
  FLORIN_CHECK_OK(CheckTemplate(key));
  FLORIN_TRY(auto made, Key::Generate(key.rules, token_->random, token_->clock));
  return Keep(key, std::move(made));
}

Result<KeyPair> SoftSession::GeneratePair(const KeyPairTemplate& pair) {
  FLORIN_CHECK_OK(CheckTemplate(pair.private_key));
  FLORIN_CHECK_OK(CheckTemplate(pair.public_key));
  FLORIN_TRY(auto made, Key::GeneratePair(pair.private_key.rules, pair.public_key.rules,
                                          token_->random, token_->clock));
  if (pair.private_key.persistent && pair.public_key.persistent) {
    FLORIN_TRY(const auto serials, token_->AddPair(*pair.private_key.name, made.private_key,
                                                   *pair.public_key.name, made.public_key));
    resolved_.clear();
    const KeyHandle first =
        Remember({std::move(made.private_key), pair.private_key.name, serials.first});
    return KeyPair{first,
                   Remember({std::move(made.public_key), pair.public_key.name, serials.second})};
  }
  FLORIN_TRY(const KeyHandle private_key, Keep(pair.private_key, std::move(made.private_key)));
  auto public_key = Keep(pair.public_key, std::move(made.public_key));
  if (!public_key.ok()) {
    FLORIN_CHECK_OK(Destroy(private_key));
    return public_key.error();
  }
  return KeyPair{private_key, *public_key};
}

Result<KeyHandle> SoftSession::Import(const KeyTemplate& key, const SecretBytes& material) {
  FLORIN_CHECK_OK(CheckTemplate(key));
  FLORIN_TRY(auto copy, material.Clone());
  FLORIN_TRY(auto made, Key::Import(key.rules, std::move(copy), token_->clock));
  return Keep(key, std::move(made));
}

Result<std::size_t> SoftSession::PublicPoint(KeyHandle key, MutableBytes out) {
  FLORIN_TRY(const Key* found, Find(key));
  const ByteView point = found->PublicPoint();
  if (point.empty()) return Error(ErrorCode::kInvalidArgument, "the key is no EC key");
  if (out.size() < point.size()) {
    return Error(ErrorCode::kBufferTooSmall, "no room for the point");
  }
  std::copy(point.begin(), point.end(), out.begin());
  return point.size();
}

Result<std::size_t> SoftSession::PublicKeyInfo(KeyHandle key, MutableBytes out) {
  FLORIN_TRY(const Key* found, Find(key));
  return found->PublicKeyInfo(out);
}

Status SoftSession::Destroy(KeyHandle key) {
  FLORIN_CHECK_OK(Find(key));
  const auto entry = entries_.find(key.value);
  const std::uint64_t serial = entry->second.serial;
  entries_.erase(entry);
  return serial == 0 ? OkStatus() : token_->Remove(serial);
}

Result<KeyHandle> SoftSession::Derive(const Mechanism& mechanism, KeyHandle base,
                                      const KeyTemplate& derived) {
  FLORIN_CHECK_OK(CheckTemplate(derived));
  FLORIN_TRY(auto made, WithKeys(mechanism, base, [&](const Mechanism& complete, const Key& found) {
               return mechanisms::Derive(complete, found, derived.rules);
             }));
  return Keep(derived, std::move(made));
}

Result<std::size_t> SoftSession::Wrap(const Mechanism& mechanism, KeyHandle wrapping,
                                      KeyHandle target, MutableBytes out) {
  FLORIN_TRY(const KeyPtr wrapping_key, Hold(wrapping));
  FLORIN_TRY(const KeyPtr target_key, Hold(target));
  return mechanisms::Wrap(mechanism, *wrapping_key, *target_key, out, token_->random);
}

Result<KeyHandle> SoftSession::Unwrap(const Mechanism& mechanism, KeyHandle unwrapping,
                                      ByteView wrapped, const KeyTemplate& unwrapped) {
  FLORIN_CHECK_OK(CheckTemplate(unwrapped));
  FLORIN_TRY(const Key* found, Find(unwrapping));
  FLORIN_TRY(auto made, mechanisms::Unwrap(mechanism, *found, wrapped, unwrapped.rules));
  return Keep(unwrapped, std::move(made));
}

// Each item may name other keys than the call does.
Status SoftSession::RunBatchWithOtherKeys(Verb verb, const Mechanism& mechanism, const Key& key,
                                          std::span<BatchItem> items) {
  FLORIN_CHECK_OK(mechanisms::RunBatchOnce(verb, mechanism, key, {}));
  for (BatchItem& item : items) {
    Mechanism complete = item.parameter == nullptr ? mechanism : *item.parameter;
    item.written = 0;
    mechanisms::HeldKeys held;
    if (item.parameter != nullptr) {
      auto found = FindOtherKeys(complete);
      item.status = found.ok() ? OkStatus() : Status(found.error());
      if (!found.ok()) continue;
      held = std::move(*found);
    }
    BatchItem ready = item;
    if (item.parameter != nullptr) ready.parameter = &complete;
    FLORIN_CHECK_OK(mechanisms::RunBatchOnce(verb, mechanism, key, std::span(&ready, 1)));
    item.written = ready.written;
    item.status = ready.status;
  }
  return OkStatus();
}

Result<std::vector<KeyHandle>> SoftSession::List() {
  if (seen_changes_ != token_->changes()) Renew();
  std::unordered_map<std::uint64_t, KeyHandle> known;
  std::vector<KeyHandle> handles;
  for (const auto& [value, entry] : entries_) {
    if (entry.serial == 0) {
      handles.push_back({value});
    } else {
      known.emplace(entry.serial, KeyHandle{value});
    }
  }
  auto persistent = token_->All();
  if (handles.size() + persistent.size() > kMaxListedKeys) {
    return Error(ErrorCode::kLimitExceeded, "there are more keys than a list may have");
  }
  for (auto& named : persistent) {
    const auto found = known.find(named.serial);
    handles.push_back(found != known.end()
                          ? found->second
                          : Remember({std::move(named.key), std::move(named.name), named.serial}));
  }
  return handles;
}

Result<KeyDescription> SoftSession::Describe(KeyHandle key) {
  FLORIN_TRY(const Key* found, Find(key));
  const Entry& entry = entries_.find(key.value)->second;
  KeyDescription description = DescribeKey(*found);
  description.persistent = entry.serial != 0;
  if (entry.name.has_value()) {
    description.label = entry.name->label();
    description.id.assign(entry.name->id().begin(), entry.name->id().end());
  }
  return description;
}

Status SoftSession::SetState(KeyHandle key, mechanisms::KeyState state) {
  FLORIN_CHECK_OK(Find(key));
  Entry& entry = entries_.find(key.value)->second;
  if (entry.serial != 0) return token_->SetState(entry.serial, state);
  FLORIN_TRY(entry.key, entry.key->InState(state));
  return OkStatus();
}

Result<std::unique_ptr<Session>> SoftToken::OpenSession() const {
  return std::unique_ptr<Session>(std::make_unique<SoftSession>(keys_));
}

}  // namespace florin::hsm
