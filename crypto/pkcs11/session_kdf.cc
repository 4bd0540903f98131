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

// The DER OCTET STRING around a point of a NIST curve; anything else as it is.
ByteView InDer(ByteView point, std::array<std::uint8_t, cryptoki::kMaxWrappedPointLength>& out) {
  for (const CurveInfo& row : kCurveTable) {
    if (IsWeierstrass(row.curve) && row.public_size == point.size()) {
      return ByteView(out).first(cryptoki::WrapPoint(row.curve, point, out));
    }
  }
  return point;
}

}  // namespace

// No PKCS#11 call lists key derivation functions or tells the form of points, and modules refuse an
// unknown one with the number they use for a wrong point. So a derivation that must work is tried,
// between a throw-away pair and itself: first without a function, with either form of the point,
// then with the function asked for.
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
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
    CK_RV rv = CKR_OK;
    const Status sent = DeriveOnce(EcdhDerive{ByteView(buffer.data(), *length), with, {}},
                                   private_key.handle(), ProbeKey(), object, rv);
    if (!sent.ok()) return CKR_FUNCTION_FAILED;
    if (rv == CKR_OK) static_cast<void>(c().C_DestroyObject(handle_, object));
    return rv;
  };
  if (derive(EcdhKdf::kNull) != CKR_OK) {
    const PointForm before = token_->point_form();
    token_->LearnPointForm(before == PointForm::kRaw ? PointForm::kDer : PointForm::kRaw);
    if (derive(EcdhKdf::kNull) != CKR_OK) {
      // Where even plain ECDH fails, nothing is learned.
      token_->LearnPointForm(before);
      return KdfAnswer::kUnknown;
    }
  }
  const KdfAnswer answer = derive(kdf) == CKR_OK ? KdfAnswer::kOffered : KdfAnswer::kRefused;
  token_->LearnKdf(kdf, answer);
  return answer;
}

Status Pkcs11Session::DeriveOnce(const mechanisms::Mechanism& mechanism, hsm::KeyHandle base,
                                 const KeyTemplate& derived, CK_OBJECT_HANDLE& object,
                                 CK_RV& rv) const {
  std::array<std::uint8_t, cryptoki::kMaxWrappedPointLength> wrapped;
  Call call;
  const auto* ecdh = std::get_if<EcdhDerive>(&mechanism);
  if (ecdh != nullptr && token_->point_form() == PointForm::kDer) {
    const EcdhDerive in_der{InDer(ecdh->peer_point, wrapped), ecdh->kdf, ecdh->shared_info};
    FLORIN_CHECK_OK(Prepare(in_der, base, call));
  } else {
    FLORIN_CHECK_OK(Prepare(mechanism, base, call));
  }
  cryptoki::EncodedTemplate attributes;
  FLORIN_CHECK_OK(Encode(cryptoki::TemplateUse::kDerive, derived, attributes));
  rv = c().C_DeriveKey(handle_, call.mechanism.get(), call.object, attributes.data(),
                       attributes.count(), &object);
  return OkStatus();
}

}  // namespace florin::pkcs11
