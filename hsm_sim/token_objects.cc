// The objects of a Token: between memory and disk.
#include <utility>

#include "florin/base/hex.h"
#include "hsm_sim/objects/key_objects.h"
#include "hsm_sim/return_value.h"
#include "hsm_sim/token.h"

namespace florin::hsm_sim {
namespace {

bool IsKeyClass(CK_OBJECT_CLASS object_class) {
  return object_class == CKO_PUBLIC_KEY || object_class == CKO_PRIVATE_KEY ||
         object_class == CKO_SECRET_KEY;
}

Error StorageError(const Error& error) {
  // The sealer asks for a PIN with the code that a wrong PIN has.
  if (error.code() == ErrorCode::kAuthenticationFailed) return Fail(CKR_USER_NOT_LOGGED_IN);
  if (error.code() == ErrorCode::kLimitExceeded) return Fail(CKR_DEVICE_MEMORY);
  return error;
}

// The value of a private data object is material, that of another lies among its attributes, so
// that it can be read without a PIN.
Status RestoreData(Object& object, SecretBytes material) {
  if (object.object_class != CKO_DATA) return OkStatus();
  if (const Bytes* value = object.attributes.Find(CKA_VALUE)) {
    if (!value->empty()) {
      FLORIN_TRY(material, SecretBytes::CopyOf(*value));
    }
    object.attributes.Remove(CKA_VALUE);
  }
  object.data = std::make_shared<const SecretBytes>(std::move(material));
  return OkStatus();
}

bool IsPublicData(const Object& object) {
  return object.object_class == CKO_DATA && !object.is_private();
}

}  // namespace

Status Token::Sync() {
  if (store_->Generation() == seen_generation_.load(std::memory_order_acquire)) return OkStatus();
  const std::lock_guard lock(change_mutex_);
  return SyncShared();
}

Status Token::SyncShared() {
  if (sealer_ != nullptr && store_->Generation() == seen_generation_.load()) return OkStatus();
  FLORIN_TRY(const auto file_lock, store_->LockShared());
  return SyncLocked();
}

Status Token::BeginEpoch(const TokenRecord& record) {
  // Session objects too: they were made under the policy of the token that is gone.
  objects_.Clear();
  known_.clear();
  record_ = record;
  imported_keys_may_wrap_.store(record.imported_keys_may_wrap);
  login_.store(LoginState::kNone);
  login_epoch_.fetch_add(1);
  ForgetPrivate();
  login_epoch_.fetch_add(1);
  return UseTokenKey(SecretBytes());
}

Status Token::UseTokenKey(SecretBytes token_key) {
  FLORIN_TRY(ObjectSealer sealer, ObjectSealer::Create(record_, token_key));
  sealer_ = std::make_unique<const ObjectSealer>(std::move(sealer));
  token_key_ = std::move(token_key);
  return OkStatus();
}

Status Token::SyncLocked() {
  const std::uint64_t generation = store_->Generation();
  if (sealer_ != nullptr && generation == seen_generation_.load()) return OkStatus();
  FLORIN_TRY(const TokenRecord record, store_->ReadRecord());
  if (sealer_ == nullptr || record.epoch != record_.epoch) FLORIN_CHECK_OK(BeginEpoch(record));
  FLORIN_TRY(const std::vector<ObjectName> names, store_->ListObjects(record.epoch));
  std::map<ObjectId, Known> gone = known_;
  Status complete;
  for (const ObjectName& name : names) {
    gone.erase(name.id);
    const auto known = known_.find(name.id);
    // A lower version was put there by no change of a token: what is loaded stays.
    if (known != known_.end() && known->second.version >= name.version) continue;
    if (const Status loaded = Load(name); !loaded.ok()) complete = loaded;
  }
  for (const auto& [id, known] : gone) {
    if (known.handle != 0) objects_.Remove(known.handle);
    known_.erase(id);
  }
  // What could not be read is tried again by the next call.
  FLORIN_CHECK_OK(complete);
  seen_generation_.store(generation, std::memory_order_release);
  return OkStatus();
}

Result<Object> Token::Restore(const StoredObject& stored) const {
  Object object;
  object.object_class = stored.object_class;
  object.id = stored.id;
  object.version = stored.version;
  FLORIN_TRY(object.attributes, DecodeAttributes(stored.attributes));
  if (object.attributes.Ulong(CKA_CLASS) != object.object_class || !object.is_token() ||
      object.is_private() != stored.is_private) {
    return Error(ErrorCode::kCorrupted, "an object file contradicts itself");
  }
  SecretBytes material;
  if (!stored.material.empty()) {
    FLORIN_TRY(material, stored.material.Clone());
  }
  if (!IsKeyClass(object.object_class)) {
    FLORIN_CHECK_OK(RestoreData(object, std::move(material)));
    return object;
  }
  FLORIN_CHECK_OK(RestoreLife(object.attributes, stored.format));
  if (material.empty() && object.object_class != CKO_PUBLIC_KEY) {
    object.key_state = KeyState::kSealed;
    return object;
  }
  auto key = RestoreKey(object.object_class, object.attributes, std::move(material), clock());
  object.key_state = key.ok() ? KeyState::kPresent : KeyState::kDamaged;
  if (key.ok()) object.key = std::move(*key);
  return object;
}

Result<Object> Token::Decode(const ObjectName& name, ByteView file) const {
  FLORIN_TRY(const ObjectHeader header, DecodeObjectHeader(file));
  if (header.is_private && login() != LoginState::kUser) return Fail(CKR_USER_NOT_LOGGED_IN);
  auto stored = sealer_->Open(name, file);
  if (!stored.ok() && !header.is_private && sealer_->has_token_key()) {
    // The attributes may still open where only the material was touched: the object is shown, and
    // using it says CKR_DEVICE_ERROR.
    FLORIN_TRY(const auto public_sealer, ObjectSealer::Create(record_, SecretBytes()));
    stored = public_sealer.Open(name, file);
  }
  if (!stored.ok()) return stored.error();
  FLORIN_TRY(Object object, Restore(*stored));
  if (object.key_state == KeyState::kSealed && sealer_->has_token_key()) {
    object.key_state = KeyState::kDamaged;
  }
  return object;
}

void Token::Hide(Known& known) {
  if (known.handle != 0) objects_.Remove(known.handle);
  known.handle = 0;
}

Status Token::Load(const ObjectName& name) {
  const auto file = store_->ReadObject(record_.epoch, name);
  if (file.code() == ErrorCode::kStorage) return file.error();
  Known& known = known_[name.id];
  known.version = name.version;
  auto object = file.ok() ? Decode(name, *file) : Result<Object>(file.error());
  if (!object.ok()) {
    Hide(known);
    return OkStatus();
  }
  auto shared = std::make_shared<const Object>(std::move(*object));
  if (known.handle == 0 || !objects_.Replace(known.handle, shared)) {
    known.handle = objects_.Add(std::move(shared));
  }
  return OkStatus();
}

Status Token::LoadSealed() {
  for (const auto& [id, known] : known_) {
    const ObjectPtr object = known.handle == 0 ? nullptr : objects_.Find(known.handle);
    if (object == nullptr || object->key_state == KeyState::kSealed) {
      FLORIN_CHECK_OK(Load({id, known.version}));
    }
  }
  return OkStatus();
}

void Token::ForgetPrivate() {
  objects_.RemoveIf([](const Object& object) { return object.is_private(); });
  if (sealer_ == nullptr) return;
  // Cannot fail for want of memory in a way that keeps the key: without a sealer nothing opens.
  if (!UseTokenKey(SecretBytes()).ok()) {
    sealer_.reset();
    token_key_ = SecretBytes();
    seen_generation_.store(~std::uint64_t{0});
  }
  for (auto& [id, known] : known_) {
    const ObjectPtr object = known.handle == 0 ? nullptr : objects_.Find(known.handle);
    if (object == nullptr) {
      known.handle = 0;
      continue;
    }
    if (!IsKeyClass(object->object_class) || object->object_class == CKO_PUBLIC_KEY) continue;
    auto sealed = std::make_shared<Object>(*object);
    sealed->key.reset();
    sealed->key_state = KeyState::kSealed;
    objects_.Replace(known.handle, std::move(sealed));
  }
}

Status Token::Write(const Object& object) {
  StoredObject stored;
  stored.is_private = object.is_private();
  stored.id = object.id;
  stored.version = object.version;
  stored.object_class = static_cast<std::uint32_t>(object.object_class);
  Attributes attributes = object.attributes;
  if (IsPublicData(object)) {
    if (object.data != nullptr) attributes.Set(CKA_VALUE, object.data->Read(SecretAccess{}));
  } else {
    FLORIN_TRY(stored.material, MaterialOf(object));
  }
  stored.attributes = EncodeAttributes(attributes);
  auto file = sealer_->Seal(stored, store_->random());
  if (!file.ok()) return StorageError(file.error());
  FLORIN_CHECK_OK(store_->WriteObject(record_.epoch, {object.id, object.version}, *file));
  return OkStatus();
}

Result<CK_OBJECT_HANDLE> Token::AddToken(Object object) {
  const std::lock_guard lock(change_mutex_);
  FLORIN_TRY(const auto file_lock, store_->Lock());
  FLORIN_CHECK_OK(SyncLocked());
  if (object.is_private() && login() != LoginState::kUser) return Fail(CKR_USER_NOT_LOGGED_IN);
  object.version = 1;
  object.owner = 0;
  const ObjectId id = object.id;
  FLORIN_CHECK_OK(Write(object));
  const CK_OBJECT_HANDLE handle = objects_.Add(std::make_shared<const Object>(std::move(object)));
  known_[id] = {1, handle};
  seen_generation_.store(store_->Generation(), std::memory_order_release);
  return handle;
}

Result<CK_OBJECT_HANDLE> Token::Add(Object object) {
  FLORIN_CHECK_OK(store_->random().Fill(object.id));
  object.attributes.Set(CKA_UNIQUE_ID, AsBytes(HexEncode(object.id)));
  if (object.is_token()) return AddToken(std::move(object));
  const bool is_private = object.is_private();
  const CK_OBJECT_HANDLE handle = objects_.Add(std::make_shared<const Object>(std::move(object)));
  // Asked after adding: a logout in between either saw the object or is seen here.
  if (is_private && login() != LoginState::kUser) {
    objects_.Remove(handle);
    return Fail(CKR_USER_NOT_LOGGED_IN);
  }
  return handle;
}

Status Token::ChangeObject(CK_OBJECT_HANDLE handle, const ChangeFunction& change) {
  const std::lock_guard lock(change_mutex_);
  ObjectPtr object = objects_.Find(handle);
  if (object == nullptr) return Fail(CKR_OBJECT_HANDLE_INVALID);
  if (!object->is_token()) {
    FLORIN_TRY(Object changed, change(*object));
    objects_.Replace(handle, std::make_shared<const Object>(std::move(changed)));
    return OkStatus();
  }
  FLORIN_TRY(const auto file_lock, store_->Lock());
  FLORIN_CHECK_OK(SyncLocked());
  object = objects_.Find(handle);
  if (object == nullptr) return Fail(CKR_OBJECT_HANDLE_INVALID);
  if (object->key_state == KeyState::kSealed) return Fail(CKR_USER_NOT_LOGGED_IN);
  if (object->key_state == KeyState::kDamaged) return Fail(CKR_DEVICE_ERROR);
  FLORIN_TRY(Object changed, change(*object));
  ++changed.version;
  const ObjectId id = changed.id;
  const std::uint32_t version = changed.version;
  FLORIN_CHECK_OK(Write(changed));
  objects_.Replace(handle, std::make_shared<const Object>(std::move(changed)));
  known_[id] = {version, handle};
  seen_generation_.store(store_->Generation(), std::memory_order_release);
  return OkStatus();
}

Status Token::Destroy(CK_OBJECT_HANDLE handle) {
  const ObjectPtr object = objects_.Find(handle);
  if (object == nullptr) return Fail(CKR_OBJECT_HANDLE_INVALID);
  if (!object->attributes.Bool(CKA_DESTROYABLE)) return Fail(CKR_ACTION_PROHIBITED);
  if (!object->is_token()) {
    return objects_.Remove(handle) != nullptr ? OkStatus()
                                              : Status(Fail(CKR_OBJECT_HANDLE_INVALID));
  }
  const std::lock_guard lock(change_mutex_);
  FLORIN_TRY(const auto file_lock, store_->Lock());
  FLORIN_CHECK_OK(SyncLocked());
  if (objects_.Find(handle) == nullptr) return Fail(CKR_OBJECT_HANDLE_INVALID);
  FLORIN_CHECK_OK(store_->RemoveObject(record_.epoch, object->id));
  objects_.Remove(handle);
  known_.erase(object->id);
  seen_generation_.store(store_->Generation(), std::memory_order_release);
  return OkStatus();
}

}  // namespace florin::hsm_sim
