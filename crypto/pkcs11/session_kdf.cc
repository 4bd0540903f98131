// Pkcs11Session: asking a token which key derivation functions its ECDH offers.
#include <array>

#include "crypto/cryptoki/ec_codec.h"
#include "crypto/cryptoki/mechanism_codec.h"
#include "crypto/cryptoki/rv.h"
#include "crypto/pkcs11/session.h"
#include "crypto/pkcs11/session_batch.h"

namespace florin::pkcs11 {
namespace {

using hsm::KeyTemplate;
using mechanisms::EcdhDerive;
using mechanisms::EcdhKdf;
using mechanisms::KeyType;
using mechanisms::Verb;

constexpr std::size_t kProbeKeyLength = 32;

KeyTemplate EcKey(KeyType type) {
  KeyTemplate key;
  key.rules.type = type;
  key.rules.curve = Curve::kP256;
  if (type == KeyType::kEcPrivate) {
    key.rules.verbs = {Verb::kDerive};
  } else {
    // A public key must permit something in some modules.
    key.rules.verbs = {Verb::kVerify};
    key.rules.sensitive = false;
  }
  return key;
}

KeyTemplate ProbeKey() {
  KeyTemplate key;
  key.rules.type = KeyType::kGenericSecret;
  key.rules.length = kProbeKeyLength;
  key.rules.verbs = {Verb::kDerive};
  return key;
}

}  // namespace

// No PKCS#11 call lists key derivation functions, and modules refuse an unknown one with the number
// they use for a wrong point. So a derivation that must work is tried, between a throw-away pair
// and itself: first without a function, then with the one asked for.
KdfAnswer Pkcs11Session::AskForKdf(EcdhKdf kdf) {
  if (token_->kdf(kdf) != KdfAnswer::kUnknown) return token_->kdf(kdf);
  auto pair = GeneratePair({EcKey(KeyType::kEcPrivate), EcKey(KeyType::kEcPublic)});
  if (!pair.ok()) return KdfAnswer::kUnknown;
  const hsm::ScopedKey private_key(*this, pair->private_key);
  const hsm::ScopedKey public_key(*this, pair->public_key);
  std::array<std::uint8_t, cryptoki::kMaxPointLength> buffer;
  const auto length = PublicPoint(public_key.handle(), buffer);
  if (!length.ok()) return KdfAnswer::kUnknown;

  const auto derive = [&](EcdhKdf with) -> CK_RV {
    Call call;
    cryptoki::EncodedTemplate attributes;
    const Status ready =
        Prepare(EcdhDerive{ByteView(buffer.data(), *length), with, {}}, private_key.handle(), call);
    if (!ready.ok() || !Encode(cryptoki::TemplateUse::kDerive, ProbeKey(), attributes).ok()) {
      return CKR_FUNCTION_FAILED;
    }
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
    const CK_RV rv = c().C_DeriveKey(handle_, call.mechanism.get(), call.object, attributes.data(),
                                     attributes.count(), &object);
    if (rv == CKR_OK) static_cast<void>(c().C_DestroyObject(handle_, object));
    return rv;
  };
  // Where even plain ECDH fails, nothing is learned about the function.
  if (derive(EcdhKdf::kNull) != CKR_OK) return KdfAnswer::kUnknown;
  const KdfAnswer answer = derive(kdf) == CKR_OK ? KdfAnswer::kOffered : KdfAnswer::kRefused;
  token_->LearnKdf(kdf, answer);
  return answer;
}

}  // namespace florin::pkcs11
