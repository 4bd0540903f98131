#include "crypto/payload/agreed_key.h"

#include <array>

#include "crypto/payload/session_keys.h"

namespace florin::payload {
namespace {

using mechanisms::MechanismType;
using mechanisms::Verb;

// SP 800-56A 5.8.1.1: counters of the one or two blocks that are needed.
using Counter = std::array<std::uint8_t, 4>;
constexpr Counter kFirst = {0, 0, 0, 1};
constexpr Counter kSecond = {0, 0, 0, 2};

constexpr std::size_t kBlock = 32;  // a digest of SHA-256

struct Step {
  MechanismType type;
  const char* lacks;
};
constexpr Step kHashStep = {MechanismType::kHashDerive,
                            "this token has neither CKD_SHA256_KDF_SP800 for CKM_ECDH1_DERIVE nor "
                            "CKM_SHA256_KEY_DERIVATION; one of them is needed"};
constexpr Step kSteps[] = {
    {MechanismType::kEcdhDerive, "this token has no CKM_ECDH1_DERIVE"},
    {MechanismType::kConcatenateDataAndBase,
     "this token has neither CKD_SHA256_KDF_SP800 for CKM_ECDH1_DERIVE nor "
     "CKM_CONCATENATE_DATA_AND_BASE; one of them is needed"},
    {MechanismType::kConcatenateBaseAndData,
     "this token has neither CKD_SHA256_KDF_SP800 for CKM_ECDH1_DERIVE nor "
     "CKM_CONCATENATE_BASE_AND_DATA; one of them is needed"},
    kHashStep,
};

Status CheckSteps(const hsm::Session& session, std::size_t length) {
  for (const Step& step : kSteps) {
    if (!session.Supports(step.type, Verb::kDerive)) {
      return Error(ErrorCode::kUnsupported, step.lacks);
    }
  }
  if (length <= kBlock || session.Supports(MechanismType::kConcatenateBaseAndKey, Verb::kDerive)) {
    return OkStatus();
  }
  return Error(ErrorCode::kUnsupported,
               "this token has neither CKD_SHA256_KDF_SP800 for CKM_ECDH1_DERIVE nor "
               "CKM_CONCATENATE_BASE_AND_KEY; one of them is needed for a key of this length");
}

// SHA-256(counter || Z || info), or its first bytes.
Result<hsm::KeyHandle> DeriveBlock(hsm::Session& session, hsm::KeyHandle z, std::size_t z_length,
                                   const Counter& counter, ByteView info,
                                   const hsm::KeyTemplate& block) {
  const std::size_t counted = counter.size() + z_length;
  FLORIN_TRY(const auto counter_and_z,
             DeriveScoped(session, mechanisms::ConcatenateDataAndBase{counter}, z,
                          DerivingSecret(counted)));
  FLORIN_TRY(const auto input,
             DeriveScoped(session, mechanisms::ConcatenateBaseAndData{info}, counter_and_z.handle(),
                          DerivingSecret(counted + info.size())));
  auto hashed = session.Derive(mechanisms::HashDerive{Hash::kSha256}, input.handle(), block);
  // A session that has the mechanism with another hash is found out only here.
  if (hashed.code() == ErrorCode::kUnsupported) {
    return Error(ErrorCode::kUnsupported, kHashStep.lacks, hashed.error().detail());
  }
  return hashed;
}

}  // namespace

Result<hsm::KeyHandle> DeriveAgreedKeyInSteps(hsm::Session& session, hsm::KeyHandle private_key,
                                              ByteView peer_public, std::size_t z_length,
                                              ByteView info, const hsm::KeyTemplate& agreed) {
  const std::size_t length = agreed.rules.length;
  FLORIN_CHECK_OK(CheckSteps(session, length));
  const mechanisms::EcdhDerive agreement{peer_public, mechanisms::EcdhKdf::kNull, {}};
  FLORIN_TRY(const auto z, DeriveScoped(session, agreement, private_key, DerivingSecret(z_length)));
  if (length <= kBlock) return DeriveBlock(session, z.handle(), z_length, kFirst, info, agreed);
  FLORIN_TRY(const hsm::KeyHandle one,
             DeriveBlock(session, z.handle(), z_length, kFirst, info, DerivingSecret(kBlock)));
  const hsm::ScopedKey first(session, one);
  FLORIN_TRY(const hsm::KeyHandle two, DeriveBlock(session, z.handle(), z_length, kSecond, info,
                                                   DerivingSecret(length - kBlock)));
  const hsm::ScopedKey second(session, two);
  auto both = session.Derive(mechanisms::ConcatenateBaseAndKey{{two, nullptr}}, one, agreed);
  // Nothing of the peer's is in this step any more: the token's rules refuse it. Florin's do where
  // the key is to be cut into pieces.
  if (both.code() == ErrorCode::kPermissionDenied || both.code() == ErrorCode::kInvalidArgument) {
    return Error(ErrorCode::kUnsupported,
                 "this token has no CKD_SHA256_KDF_SP800 for CKM_ECDH1_DERIVE, and its rules do "
                 "not let a key of CKM_CONCATENATE_BASE_AND_KEY do what this one is for",
                 both.error().detail());
  }
  return both;
}

Result<hsm::KeyHandle> DeriveAgreedKey(hsm::Session& session, hsm::KeyHandle private_key,
                                       ByteView peer_public, std::size_t z_length, ByteView info,
                                       const hsm::KeyTemplate& agreed) {
  const mechanisms::EcdhDerive agreement{peer_public, mechanisms::EcdhKdf::kSp800Sha256, info};
  auto key = session.Derive(agreement, private_key, agreed);
  if (key.ok() || key.error().code() != ErrorCode::kUnsupported) return key;
  if (agreed.rules.length > 2 * kBlock) return key;
  return DeriveAgreedKeyInSteps(session, private_key, peer_public, z_length, info, agreed);
}

}  // namespace florin::payload
