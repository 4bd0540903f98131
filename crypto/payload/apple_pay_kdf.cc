#include "crypto/payload/apple_pay_kdf.h"

#include <algorithm>
#include <string_view>

namespace florin::payload {
namespace {

using mechanisms::KeyType;
using mechanisms::MechanismType;
using mechanisms::Verb;

// SP 800-56A 5.8.1.1: the counter is 32 bits; one SHA-256 block is all that is needed.
constexpr std::array<std::uint8_t, 4> kCounter = {0, 0, 0, 1};

hsm::KeyTemplate Template(KeyType type, std::size_t length, Verb verb) {
  hsm::KeyTemplate key;
  key.rules.type = type;
  key.rules.length = length;
  key.rules.verbs = mechanisms::VerbSet{verb};
  return key;
}

// What a session that lacks the KDF must have instead.
Status CheckSteps(const hsm::Session& session) {
  if (!session.Supports(MechanismType::kEcdhDerive, Verb::kDerive)) {
    return Error(ErrorCode::kUnsupported, "this token has no CKM_ECDH1_DERIVE");
  }
  if (!session.Supports(MechanismType::kConcatenateDataAndBase, Verb::kDerive)) {
    return Error(ErrorCode::kUnsupported,
                 "this token has neither CKD_SHA256_KDF_SP800 for CKM_ECDH1_DERIVE nor "
                 "CKM_CONCATENATE_DATA_AND_BASE; Apple Pay needs one of them");
  }
  if (!session.Supports(MechanismType::kConcatenateBaseAndData, Verb::kDerive)) {
    return Error(ErrorCode::kUnsupported,
                 "this token has neither CKD_SHA256_KDF_SP800 for CKM_ECDH1_DERIVE nor "
                 "CKM_CONCATENATE_BASE_AND_DATA; Apple Pay needs one of them");
  }
  if (!session.Supports(MechanismType::kHashDerive, Verb::kDerive)) {
    return Error(ErrorCode::kUnsupported,
                 "this token has neither CKD_SHA256_KDF_SP800 for CKM_ECDH1_DERIVE nor "
                 "CKM_SHA256_KEY_DERIVATION; Apple Pay needs one of them");
  }
  return OkStatus();
}

Result<hsm::ScopedKey> DeriveScoped(hsm::Session& session, const mechanisms::Mechanism& mechanism,
                                    hsm::KeyHandle base, const hsm::KeyTemplate& derived) {
  FLORIN_TRY(const hsm::KeyHandle key, session.Derive(mechanism, base, derived));
  return hsm::ScopedKey(session, key);
}

}  // namespace

ApplePaySharedInfo MakeApplePaySharedInfo(const std::array<std::uint8_t, 32>& merchant_id_hash) {
  ApplePaySharedInfo info;
  static_assert(kApplePayInfoPrefix.size() + 32 == std::tuple_size_v<ApplePaySharedInfo>);
  auto next = std::copy(kApplePayInfoPrefix.begin(), kApplePayInfoPrefix.end(), info.begin());
  std::copy(merchant_id_hash.begin(), merchant_id_hash.end(), next);
  return info;
}

ApplePayKeyDeriver::ApplePayKeyDeriver(Verb verb, std::size_t info_size)
    : payment_key_(Template(KeyType::kAes, 32, verb)),
      shared_secret_(Template(KeyType::kGenericSecret, 32, Verb::kDerive)),
      counter_and_secret_(Template(KeyType::kGenericSecret, kCounter.size() + 32, Verb::kDerive)),
      kdf_input_(
          Template(KeyType::kGenericSecret, kCounter.size() + 32 + info_size, Verb::kDerive)) {}

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
  FLORIN_CHECK_OK(CheckSteps(session));
  FLORIN_TRY(
      const hsm::ScopedKey z,
      DeriveScoped(session, mechanisms::EcdhDerive{peer_point, mechanisms::EcdhKdf::kNull, {}},
                   private_key, shared_secret_));
  FLORIN_TRY(const hsm::ScopedKey counter_and_z,
             DeriveScoped(session, mechanisms::ConcatenateDataAndBase{kCounter}, z.handle(),
                          counter_and_secret_));
  FLORIN_TRY(const hsm::ScopedKey input,
             DeriveScoped(session, mechanisms::ConcatenateBaseAndData{shared_info},
                          counter_and_z.handle(), kdf_input_));
  return DeriveScoped(session, mechanisms::HashDerive{Hash::kSha256}, input.handle(), payment_key_);
}

}  // namespace florin::payload
