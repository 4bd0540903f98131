#include "florin/card/key_parts.h"

#include "crypto/primitives/des_keys.h"
#include "florin/card/kcv.h"

namespace florin::card {
namespace {

Status CheckCombined(ByteView key, KcvMethod method) {
  std::uint8_t any = 0;
  for (const std::uint8_t byte : key) any = static_cast<std::uint8_t>(any | byte);
  if (any == 0) {
    return Error(ErrorCode::kInvalidArgument, "key components: they cancel each other out");
  }
  const bool des = method == KcvMethod::kLegacyTdes || method == KcvMethod::kCmacTdes;
  return des ? primitives::CheckDesKey(key) : OkStatus();
}

}  // namespace

Result<SecretBytes> CombineComponents(std::span<const KeyComponent> components, KcvMethod method) {
  if (components.size() < kMinKeyComponents || components.size() > kMaxKeyComponents) {
    return Error(ErrorCode::kInvalidArgument, "key components: there must be 2 to 9");
  }
  const std::size_t size = components.front().bytes.size();
  if (size > kMaxComponentSize) {
    return Error(ErrorCode::kInvalidArgument, "key components: they have at most 64 bytes");
  }
  FLORIN_TRY(SecretBytes key, SecretBytes::Create(size));
  const MutableBytes bytes = key.Write(SecretAccess{});
  for (const KeyComponent& component : components) {
    if (component.bytes.size() != size) {
      return Error(ErrorCode::kInvalidArgument, "key components: all have the key's length");
    }
    FLORIN_CHECK_OK(VerifyKeyCheckValue(method, component.bytes, component.kcv));
    for (std::size_t i = 0; i < size; ++i) {
      bytes[i] = static_cast<std::uint8_t>(bytes[i] ^ component.bytes[i]);
    }
  }
  FLORIN_CHECK_OK(CheckCombined(bytes, method));
  return key;
}

Status ApplyVariant(std::uint8_t variant, MutableBytes key) {
  if (variant > kMaxKeyVariant || key.empty() || key.size() > 24 || key.size() % 8 != 0) {
    return Error(ErrorCode::kInvalidArgument,
                 "key variant: 0 to 31, of a key of 8, 16 or 24 bytes");
  }
  for (std::size_t at = 0; at < key.size(); at += 8) {
    key[at] = static_cast<std::uint8_t>(key[at] ^ variant << 3U);
  }
  return OkStatus();
}

}  // namespace florin::card
