#include "crypto/payload/agreed_key.h"

#include <array>

#include "crypto/payload/session_keys.h"

namespace florin::payload {
namespace {

using mechanisms::MechanismType;
using mechanisms::Verb;

// SP 800-56A 5.8.1.1: the counter of the one block that is needed.
constexpr std::array<std::uint8_t, 4> kCounter = {0, 0, 0, 1};

struct Step {
  MechanismType type;
  const char* lacks;
};
constexpr Step kSteps[] = {
    {MechanismType::kEcdhDerive, "this token has no CKM_ECDH1_DERIVE"},
    {MechanismType::kConcatenateDataAndBase,
     "this token has neither CKD_SHA256_KDF_SP800 for CKM_ECDH1_DERIVE nor "
     "CKM_CONCATENATE_DATA_AND_BASE; one of them is needed"},
    {MechanismType::kConcatenateBaseAndData,
     "this token has neither CKD_SHA256_KDF_SP800 for CKM_ECDH1_DERIVE nor "
     "CKM_CONCATENATE_BASE_AND_DATA; one of them is needed"},
    {MechanismType::kHashDerive,
     "this token has neither CKD_SHA256_KDF_SP800 for CKM_ECDH1_DERIVE nor "
     "CKM_SHA256_KEY_DERIVATION; one of them is needed"},
};

}  // namespace

Result<hsm::KeyHandle> DeriveAgreedKeyInSteps(hsm::Session& session, hsm::KeyHandle private_key,
                                              ByteView peer_public, std::size_t z_length,
                                              ByteView info, const hsm::KeyTemplate& agreed) {
  for (const Step& step : kSteps) {
    if (!session.Supports(step.type, Verb::kDerive)) {
      return Error(ErrorCode::kUnsupported, step.lacks);
    }
  }
  const mechanisms::EcdhDerive agreement{peer_public, mechanisms::EcdhKdf::kNull, {}};
  FLORIN_TRY(const auto z, DeriveScoped(session, agreement, private_key, DerivingSecret(z_length)));
  const std::size_t counted = kCounter.size() + z_length;
  FLORIN_TRY(const auto counter_and_z,
             DeriveScoped(session, mechanisms::ConcatenateDataAndBase{kCounter}, z.handle(),
                          DerivingSecret(counted)));
  FLORIN_TRY(const auto input,
             DeriveScoped(session, mechanisms::ConcatenateBaseAndData{info}, counter_and_z.handle(),
                          DerivingSecret(counted + info.size())));
  return session.Derive(mechanisms::HashDerive{Hash::kSha256}, input.handle(), agreed);
}

Result<hsm::KeyHandle> DeriveAgreedKey(hsm::Session& session, hsm::KeyHandle private_key,
                                       ByteView peer_public, std::size_t z_length, ByteView info,
                                       const hsm::KeyTemplate& agreed) {
  const mechanisms::EcdhDerive agreement{peer_public, mechanisms::EcdhKdf::kSp800Sha256, info};
  auto key = session.Derive(agreement, private_key, agreed);
  if (key.ok() || key.error().code() != ErrorCode::kUnsupported) return key;
  if (agreed.rules.length > HashSize(Hash::kSha256)) return key;
  return DeriveAgreedKeyInSteps(session, private_key, peer_public, z_length, info, agreed);
}

}  // namespace florin::payload
