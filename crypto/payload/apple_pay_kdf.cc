#include "crypto/payload/apple_pay_kdf.h"

#include <algorithm>
#include <string_view>

#include "crypto/payload/agreed_key.h"
#include "crypto/payload/session_keys.h"

namespace florin::payload {
namespace {

using mechanisms::Verb;

constexpr std::size_t kSecretSize = 32;

}  // namespace

ApplePaySharedInfo MakeApplePaySharedInfo(const std::array<std::uint8_t, 32>& merchant_id_hash) {
  ApplePaySharedInfo info;
  static_assert(kApplePayInfoPrefix.size() + 32 == std::tuple_size_v<ApplePaySharedInfo>);
  auto next = std::copy(kApplePayInfoPrefix.begin(), kApplePayInfoPrefix.end(), info.begin());
  std::copy(merchant_id_hash.begin(), merchant_id_hash.end(), next);
  return info;
}

ApplePayKeyDeriver::ApplePayKeyDeriver(Verb verb)
    : payment_key_(SessionKey(mechanisms::KeyType::kAes, 32, verb)) {}

Result<hsm::ScopedKey> ApplePayKeyDeriver::Derive(hsm::Session& session, hsm::KeyHandle private_key,
                                                  ByteView peer_point, ByteView shared_info) const {
  const bool steps_first = steps_first_.load(std::memory_order_relaxed);
  if (!steps_first) {
    auto key = DeriveInOneCall(session, private_key, peer_point, shared_info);
    if (key.ok() || key.error().code() != ErrorCode::kUnsupported) return key;
  }
  auto key = DeriveInSteps(session, private_key, peer_point, shared_info);
  if (key.ok()) {
    if (!steps_first) steps_first_.store(true, std::memory_order_relaxed);
    return key;
  }
  if (!steps_first || key.error().code() != ErrorCode::kUnsupported) return key;
  steps_first_.store(false, std::memory_order_relaxed);
  return DeriveInOneCall(session, private_key, peer_point, shared_info);
}

Result<hsm::ScopedKey> ApplePayKeyDeriver::DeriveInOneCall(hsm::Session& session,
                                                           hsm::KeyHandle private_key,
                                                           ByteView peer_point,
                                                           ByteView shared_info) const {
  const mechanisms::EcdhDerive ecdh{peer_point, mechanisms::EcdhKdf::kSp800Sha256, shared_info};
  return DeriveScoped(session, ecdh, private_key, payment_key_);
}

Result<hsm::ScopedKey> ApplePayKeyDeriver::DeriveInSteps(hsm::Session& session,
                                                         hsm::KeyHandle private_key,
                                                         ByteView peer_point,
                                                         ByteView shared_info) const {
  FLORIN_TRY(const hsm::KeyHandle key,
             DeriveAgreedKeyInSteps(session, private_key, peer_point, kSecretSize, shared_info,
                                    payment_key_));
  return hsm::ScopedKey(session, key);
}

}  // namespace florin::payload
