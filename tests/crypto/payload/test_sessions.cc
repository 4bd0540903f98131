#include "tests/crypto/payload/test_sessions.h"

#include <gtest/gtest.h>

#include "florin/hsm/soft_session.h"
#include "tests/crypto/pkcs11/backends.h"

namespace florin::payload {

namespace {

std::unique_ptr<hsm::Session> OpenOver(const hsm::ContractBackend& backend) {
  if (!backend.open) return nullptr;
  auto session = backend.open();
  if (!session.ok()) {
    ADD_FAILURE() << session.error().message();
    return nullptr;
  }
  return std::move(session).value();
}

std::unique_ptr<hsm::Session> OpenWithoutKdf() {
  auto limited = std::make_unique<LimitedSession>(OpenSoft());
  limited->without_one_step_kdf = true;
  return limited;
}

}  // namespace

std::unique_ptr<hsm::Session> OpenSoft() {
  auto token = hsm::SoftToken::Create();
  FLORIN_INVARIANT(token.ok());
  auto session = token->OpenSession();
  FLORIN_INVARIANT(session.ok());
  return std::move(session).value();
}

std::unique_ptr<hsm::Session> OpenSoftHsm() { return OpenOver(pkcs11::SoftHsmBackend()); }

std::vector<SessionKind> SessionKinds() {
  return {{"Soft", OpenSoft},
          {"SoftInSteps", OpenWithoutKdf},
          {"FlorinModule", [] { return OpenOver(pkcs11::FlorinBackend()); }},
          {"Nss", [] { return OpenOver(pkcs11::NssBackend()); }}};
}

bool LimitedSession::Supports(mechanisms::MechanismType type, mechanisms::Verb verb) const {
  return without.count(type) == 0 && inner_->Supports(type, verb);
}

Status LimitedSession::Destroy(hsm::KeyHandle key) {
  calls.push_back("destroy");
  const Status destroyed = inner_->Destroy(key);
  if (destroyed.ok()) --live_derived_keys_;
  return destroyed;
}

Result<std::size_t> LimitedSession::Decrypt(const mechanisms::Mechanism& mechanism,
                                            hsm::KeyHandle key, ByteView ciphertext,
                                            MutableBytes out) {
  calls.push_back("decrypt");
  if (before_decrypt) before_decrypt();
  if (decrypt_error) return *decrypt_error;
  return inner_->Decrypt(mechanism, key, ciphertext, out);
}

Result<hsm::KeyHandle> LimitedSession::Generate(const hsm::KeyTemplate& key) {
  calls.push_back("generate");
  if (generate_error) return *generate_error;
  auto made = inner_->Generate(key);
  if (made.ok() && !key.persistent) ++live_derived_keys_;
  return made;
}

Result<hsm::KeyHandle> LimitedSession::Unwrap(const mechanisms::Mechanism& mechanism,
                                              hsm::KeyHandle unwrapping, ByteView wrapped,
                                              const hsm::KeyTemplate& unwrapped) {
  ++unwraps_;
  calls.push_back("unwrap");
  if (unwrap_error) return *unwrap_error;
  auto key = inner_->Unwrap(mechanism, unwrapping, wrapped, unwrapped);
  if (key.ok()) ++live_derived_keys_;
  return key;
}

Result<hsm::KeyHandle> LimitedSession::Derive(const mechanisms::Mechanism& mechanism,
                                              hsm::KeyHandle base,
                                              const hsm::KeyTemplate& derived) {
  ++derives_;
  const auto* ecdh = std::get_if<mechanisms::EcdhDerive>(&mechanism);
  const bool one_step = ecdh != nullptr && ecdh->kdf == mechanisms::EcdhKdf::kSp800Sha256;
  if ((one_step && without_one_step_kdf) || without.count(mechanisms::TypeOf(mechanism)) != 0) {
    return Error(ErrorCode::kUnsupported, "this session was told to lack the mechanism");
  }
  if (derive_error && derives_ > derives_before_error) return *derive_error;
  auto key = inner_->Derive(mechanism, base, derived);
  if (key.ok()) ++live_derived_keys_;
  return key;
}

}  // namespace florin::payload
