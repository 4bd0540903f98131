#include "crypto/payload/session_keys.h"

namespace florin::payload {

hsm::KeyTemplate SessionKey(mechanisms::KeyType type, std::size_t length, mechanisms::Verb verb) {
  hsm::KeyTemplate key;
  key.rules.type = type;
  key.rules.length = length;
  key.rules.verbs = mechanisms::VerbSet{verb};
  return key;
}

hsm::KeyTemplate DerivingSecret(std::size_t length) {
  return SessionKey(mechanisms::KeyType::kGenericSecret, length, mechanisms::Verb::kDerive);
}

Result<hsm::ScopedKey> DeriveScoped(hsm::Session& session, const mechanisms::Mechanism& mechanism,
                                    hsm::KeyHandle base, const hsm::KeyTemplate& key) {
  FLORIN_TRY(const hsm::KeyHandle derived, session.Derive(mechanism, base, key));
  return hsm::ScopedKey(session, derived);
}

}  // namespace florin::payload
