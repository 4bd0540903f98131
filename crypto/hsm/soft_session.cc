#include "florin/hsm/soft_session.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <unordered_map>
#include <utility>

#include "crypto/hsm/soft_token_keys.h"
#include "crypto/mechanisms/operation.h"
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
  if (type == KeyType::kEcPrivate) return KeyClass::kPrivate;
  return type == KeyType::kEcPublic ? KeyClass::kPublic : KeyClass::kSecret;
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

struct NameHasher {
  std::size_t operator()(const KeyRef& name) const { return static_cast<std::size_t>(name.hash()); }
};

}  // namespace

// Maps handles to keys and hands everything else to mechanisms. One thread at a time. No other
// session of this process has the same handles, and none is used twice.
class SoftSession final : public Session {
 public:
  explicit SoftSession(std::shared_ptr<SoftToken::Keys> token)
      : token_(std::move(token)), seen_removals_(token_->removals()) {}

  bool Supports(mechanisms::MechanismType type, Verb verb) const override {
    return mechanisms::Offers(type, verb);
  }
  bool alive() const override { return true; }

  Result<KeyHandle> Resolve(const KeyRef& ref) override;
  Result<KeyHandle> Generate(const KeyTemplate& key) override;
  Result<KeyPair> GeneratePair(const KeyPairTemplate& pair) override;
  Result<KeyHandle> Import(const KeyTemplate& key, const SecretBytes& material) override;
  Result<std::size_t> PublicPoint(KeyHandle key, MutableBytes out) override;
  Status Destroy(KeyHandle key) override;

  Result<std::size_t> Sign(const Mechanism& mechanism, KeyHandle key, ByteView data,
                           MutableBytes out) override {
    return Run(Verb::kSign, mechanism, key, data, out);
  }
  Status Verify(const Mechanism& mechanism, KeyHandle key, ByteView data,
                ByteView signature) override {
    FLORIN_TRY(const Key* found, Find(key));
    return mechanisms::VerifyOnce(mechanism, *found, data, signature);
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
    FLORIN_TRY(const Key* found, Find(key));
    return mechanisms::RunBatchOnce(verb, mechanism, *found, items);
  }

  Status Random(MutableBytes out) override { return token_->random.Fill(out); }

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
  void DropRemoved();

  Result<std::size_t> Run(Verb verb, const Mechanism& mechanism, KeyHandle key, ByteView input,
                          MutableBytes out) {
    FLORIN_TRY(const Key* found, Find(key));
    return mechanisms::RunOnce(verb, mechanism, *found, input, out);
  }

  bool HasOwn(const KeyRef& name) const;
  KeyHandle Remember(Entry entry);
  Result<KeyHandle> Keep(const KeyTemplate& key, KeyPtr made);

  std::shared_ptr<SoftToken::Keys> token_;
  std::unordered_map<std::uint64_t, Entry> entries_;
  std::unordered_map<KeyRef, KeyHandle, NameHasher> resolved_;
  std::uint64_t next_handle_ = 0;
  std::uint64_t block_end_ = 0;
  std::uint64_t seen_removals_;
};

void SoftSession::DropRemoved() {
  seen_removals_ = token_->removals();
  for (auto it = entries_.begin(); it != entries_.end();) {
    const bool gone = it->second.serial != 0 && !token_->Has(it->second.serial);
    it = gone ? entries_.erase(it) : std::next(it);
  }
}

Result<const Key*> SoftSession::Find(KeyHandle handle) {
  if (seen_removals_ != token_->removals()) DropRemoved();
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
  if (seen_removals_ != token_->removals()) DropRemoved();
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
    handle = Remember({std::move(persistent[0].key), ref, persistent[0].serial});
  }
  resolved_.emplace(ref, handle);
  return handle;
}

Result<KeyHandle> SoftSession::Generate(const KeyTemplate& key) {
  FLORIN_CHECK_OK(CheckTemplate(key));
  FLORIN_TRY(auto made, Key::Generate(key.rules, token_->random));
  return Keep(key, std::move(made));
}

Result<KeyPair> SoftSession::GeneratePair(const KeyPairTemplate& pair) {
  FLORIN_CHECK_OK(CheckTemplate(pair.private_key));
  FLORIN_CHECK_OK(CheckTemplate(pair.public_key));
  FLORIN_TRY(auto made,
             Key::GeneratePair(pair.private_key.rules, pair.public_key.rules, token_->random));
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
  FLORIN_TRY(auto made, Key::Import(key.rules, std::move(copy)));
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
  FLORIN_TRY(const Key* found, Find(base));
  FLORIN_TRY(auto made, mechanisms::Derive(mechanism, *found, derived.rules));
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

Result<std::unique_ptr<Session>> SoftToken::OpenSession() const {
  return std::unique_ptr<Session>(std::make_unique<SoftSession>(keys_));
}

}  // namespace florin::hsm
