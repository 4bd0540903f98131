// DUKPT: the keys that a device is loaded with, out of the BDK.
#include <algorithm>

#include "crypto/mechanisms/dukpt_keys.h"
#include "crypto/mechanisms/implementation.h"

namespace florin::mechanisms {
namespace {

using card::AesDukptKeyType;
using card::InitialKeyId;

bool IsAes(AesDukptKeyType type) {
  return type == AesDukptKeyType::kAes128 || type == AesDukptKeyType::kAes192 ||
         type == AesDukptKeyType::kAes256;
}

Result<InitialKeyId> InitialKeyIdOf(ByteView device) {
  InitialKeyId id;
  if (device.size() != id.size()) {
    return Error(ErrorCode::kMalformed, "DUKPT: an initial key id has 8 bytes");
  }
  std::copy(device.begin(), device.end(), id.begin());
  return id;
}

Status CheckKind(const DukptDeviceKey& parameter, const Key& bdk) {
  if (parameter.kind == DukptDeviceKeyKind::kInitial) {
    if (!parameter.key_type.has_value()) return OkStatus();
    return BadTransaction("DUKPT: an initial key is of the BDK's type; name none");
  }
  if (bdk.rules().type == KeyType::kDes3) {
    return BadTransaction("DUKPT: only an AES BDK has update keys");
  }
  if (parameter.key_type.has_value() && IsAes(*parameter.key_type)) return OkStatus();
  return BadTransaction("DUKPT: the type of an update key must be named, and be AES");
}

// The header says which of the keys may be asked for: the same bytes have one use only.
Status CheckResult(const DukptDeviceKey& parameter, const Key& bdk, const KeyRules& result) {
  const bool initial = parameter.kind == DukptDeviceKeyKind::kInitial;
  // The rule table has seen to it that there is a header.
  if (result.header->usage() != (initial ? "B1" : "K1")) {
    return Error(ErrorCode::kPermissionDenied,
                 "DUKPT: an initial key has usage B1, an update key K1");
  }
  if (initial && result.type != bdk.rules().type) {
    return BadTransaction("DUKPT: an initial key is of the BDK's type");
  }
  return OkStatus();
}

class DeviceKey final : public Implementation {
 public:
  Status Check(Verb, const Mechanism& mechanism, const Key& key) const override {
    const auto& parameter = ParameterOf<DukptDeviceKey>(mechanism);
    FLORIN_CHECK_OK(CheckKind(parameter, key));
    if (key.rules().type == KeyType::kDes3) {
      FLORIN_CHECK_OK(card::TdesKsn::ParseInitial(parameter.device));
      FLORIN_CHECK_OK(key.schedules().TdesBdk());
    } else {
      FLORIN_CHECK_OK(InitialKeyIdOf(parameter.device));
      FLORIN_CHECK_OK(key.schedules().AesBdk());
    }
    return OkStatus();
  }

  Result<SecretBytes> Derive(const Mechanism& mechanism, const Key& base,
                             const KeyRules& result) const override {
    const auto& parameter = ParameterOf<DukptDeviceKey>(mechanism);
    FLORIN_CHECK_OK(CheckResult(parameter, base, result));
    FLORIN_TRY(SecretBytes key, Compute(parameter, base));
    if (result.length != 0 && result.length != key.size()) {
      return BadTransaction("DUKPT: the key to be derived is of another length");
    }
    return key;
  }

 private:
  static Result<SecretBytes> Compute(const DukptDeviceKey& parameter, const Key& base) {
    if (base.rules().type == KeyType::kDes3) {
      FLORIN_TRY(const auto ksn, card::TdesKsn::ParseInitial(parameter.device));
      FLORIN_TRY(const card::TdesBdk* bdk, base.schedules().TdesBdk());
      FLORIN_TRY(const auto key, bdk->InitialKey(ksn));
      return SecretBytes::CopyOf(key.Read(SecretAccess{}));
    }
    FLORIN_TRY(const auto id, InitialKeyIdOf(parameter.device));
    FLORIN_TRY(const card::AesBdk* bdk, base.schedules().AesBdk());
    FLORIN_TRY(const auto key, parameter.kind == DukptDeviceKeyKind::kInitial
                                   ? bdk->InitialKey(id)
                                   : bdk->UpdateKey(id, *parameter.key_type));
    return SecretBytes::CopyOf(key.Read(SecretAccess{}));
  }
};

}  // namespace

const Implementation& DukptDeviceKeyImplementation() { return Forever<DeviceKey>(); }

}  // namespace florin::mechanisms
