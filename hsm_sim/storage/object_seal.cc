#include "hsm_sim/storage/object_seal.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "florin/base/byte_writer.h"

namespace florin::hsm_sim {
namespace {

Error NeedsPin() {
  return Error(ErrorCode::kAuthenticationFailed, "this object is sealed by the PIN; log in first");
}

Error Forged() {
  return Error(ErrorCode::kCorrupted, "an object file was damaged or changed; restore it");
}

}  // namespace

Result<ObjectSealer> ObjectSealer::Create(const TokenRecord& record, const SecretBytes& token_key) {
  Context context;
  ByteWriter out(context);
  FLORIN_CHECK_OK(out.Write(AsBytes({record.serial.data(), record.serial.size()})));
  FLORIN_CHECK_OK(out.WriteU32(record.epoch));
  FLORIN_TRY(primitives::AesGcmKey public_key, primitives::AesGcmKey::Create(record.public_key));
  std::unique_ptr<primitives::AesGcmKey> secret_key;
  if (!token_key.empty()) {
    FLORIN_TRY(primitives::AesGcmKey key,
               primitives::AesGcmKey::Create(token_key.Read(SecretAccess{})));
    secret_key = std::make_unique<primitives::AesGcmKey>(std::move(key));
  }
  return ObjectSealer(context, std::move(public_key), std::move(secret_key));
}

Result<const primitives::AesGcmKey*> ObjectSealer::AttributesKey(bool is_private) const {
  if (!is_private) return &public_key_;
  if (token_key_ == nullptr) return NeedsPin();
  return static_cast<const primitives::AesGcmKey*>(token_key_.get());
}

ObjectSealer::Binding ObjectSealer::Bind(ByteView header) const {
  Binding binding;
  std::copy(context_.begin(), context_.end(), binding.begin());
  std::copy(header.begin(), header.end(), binding.begin() + kContextSize);
  return binding;
}

Result<Bytes> ObjectSealer::Seal(const StoredObject& object, RandomSource& random) const {
  if (object.attributes.size() > kMaxAttributesSize || object.material.size() > kMaxMaterialSize) {
    return Error(ErrorCode::kLimitExceeded, "the object is too large for the token");
  }
  if (!object.material.empty() && token_key_ == nullptr) return NeedsPin();
  FLORIN_TRY(const primitives::AesGcmKey* attributes_key, AttributesKey(object.is_private));
  ObjectHeader header;
  header.format = object.format;
  header.is_private = object.is_private;
  header.id = object.id;
  header.version = object.version;
  header.object_class = object.object_class;
  header.attributes_size = static_cast<std::uint32_t>(object.attributes.size());
  header.material_size = static_cast<std::uint32_t>(object.material.size());
  FLORIN_CHECK_OK(random.Fill(header.attributes_nonce));
  FLORIN_CHECK_OK(random.Fill(header.material_nonce));

  Bytes file(header.FileSize());
  ByteWriter out(file);
  const auto head = EncodeObjectHeader(header);
  FLORIN_CHECK_OK(out.Write(head));
  FLORIN_TRY(const MutableBytes attributes, out.Reserve(header.attributes_size));
  FLORIN_TRY(const MutableBytes attributes_tag, out.Reserve(kSealTagSize));
  const Binding binding = Bind(head);
  FLORIN_CHECK_OK(attributes_key->Seal(header.attributes_nonce, binding, object.attributes,
                                       attributes, attributes_tag));
  if (header.material_size == 0) return file;
  FLORIN_TRY(const MutableBytes material, out.Reserve(header.material_size));
  FLORIN_TRY(const MutableBytes material_tag, out.Reserve(kSealTagSize));
  // The tag of the attributes is bound too: the public key lies open, so a forger could write other
  // attributes, but not such that this material still opens.
  Bytes both(binding.begin(), binding.end());
  both.insert(both.end(), attributes_tag.begin(), attributes_tag.end());
  FLORIN_CHECK_OK(token_key_->Seal(header.material_nonce, both,
                                   object.material.Read(SecretAccess{}), material, material_tag));
  return file;
}

Result<StoredObject> ObjectSealer::Open(const ObjectName& name, ByteView file) const {
  FLORIN_TRY(const ObjectHeader header, DecodeObjectHeader(file));
  if (header.id != name.id || header.version != name.version) return Forged();
  FLORIN_TRY(const primitives::AesGcmKey* attributes_key, AttributesKey(header.is_private));
  const Binding binding = Bind(file.first(ObjectHeader::kSize));
  ByteView rest = file.subspan(ObjectHeader::kSize);
  const ByteView sealed = rest.first(header.attributes_size);
  const ByteView tag = rest.subspan(sealed.size(), kSealTagSize);
  rest = rest.subspan(sealed.size() + kSealTagSize);

  StoredObject object;
  object.format = header.format;
  object.is_private = header.is_private;
  object.id = header.id;
  object.version = header.version;
  object.object_class = header.object_class;
  object.attributes.resize(sealed.size());
  if (!attributes_key->Open(header.attributes_nonce, binding, sealed, tag, object.attributes)
           .ok()) {
    return Forged();
  }
  if (header.material_size == 0 || token_key_ == nullptr) return object;
  FLORIN_TRY(object.material, SecretBytes::Create(header.material_size));
  Bytes both(binding.begin(), binding.end());
  both.insert(both.end(), tag.begin(), tag.end());
  if (!token_key_
           ->Open(header.material_nonce, both, rest.first(header.material_size),
                  rest.last(kSealTagSize), object.material.Write(SecretAccess{}))
           .ok()) {
    return Forged();
  }
  return object;
}

}  // namespace florin::hsm_sim
