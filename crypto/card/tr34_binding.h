// Tr34Binding: the certificate to which one role of TR-34 is bound.
#pragma once

#include "crypto/primitives/certificate.h"
#include "crypto/primitives/rsa.h"
#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/base/result.h"
#include "florin/card/tr34_options.h"

namespace florin::card {

// kExpired outside the certificate's validity.
Status CheckTr34Time(const primitives::Certificate& certificate, UnixSeconds now);

// kVerificationFailed unless the key usage is that of `role`: digitalSignature for a KDH,
// keyEncipherment for a KRD.
Status CheckTr34KeyUsage(const primitives::Certificate& certificate, Tr34Role role);

// The two authorities that issue credentials, one for each role. With a common one a rogue KRD
// could act as KDH; so both must have keys of their own.
class Tr34Authorities {
 public:
  // kInvalidArgument where both have one key.
  static Result<Tr34Authorities> Create(primitives::Certificate kdh, primitives::Certificate krd);

  const primitives::Certificate& Of(Tr34Role role) const {
    return role == Tr34Role::kKdh ? kdh_ : krd_;
  }

  // kExpired unless both are valid at `now`.
  Status CheckValid(UnixSeconds now) const;

 private:
  Tr34Authorities(primitives::Certificate kdh, primitives::Certificate krd)
      : kdh_(std::move(kdh)), krd_(std::move(krd)) {}
  primitives::Certificate kdh_;
  primitives::Certificate krd_;
};

// Invariant: the certificate was issued by the authority of its role, for the work of its role, and
// has an RSA key. Move-only. Thread-compatible.
class Tr34Binding {
 public:
  // Binds `certificate` to `role`: the role's authority itself signed it (TR-34 knows no chain
  // between them), under the rules of primitives::VerifyChain at `now`, and the key usage holds
  // digitalSignature for a KDH, keyEncipherment for a KRD. kVerificationFailed, kExpired,
  // kUnsupported for a key that is not RSA.
  static Result<Tr34Binding> Bind(const Tr34Authorities& authorities, Tr34Role role,
                                  primitives::Certificate certificate, UnixSeconds now);
  // The same where only the authority of that role is known.
  static Result<Tr34Binding> Bind(const primitives::Certificate& authority, Tr34Role role,
                                  primitives::Certificate certificate, UnixSeconds now);

  Tr34Role role() const { return role_; }
  const primitives::Certificate& certificate() const { return certificate_; }
  const primitives::RsaPublicKey& key() const { return key_; }
  ByteView id() const { return id_; }  // DER IssuerAndSerialNumber

  // kExpired outside the certificate's validity.
  Status CheckValid(UnixSeconds now) const;
  // kPermissionDenied for a binding of the other role.
  Status ExpectRole(Tr34Role role) const;

 private:
  Tr34Binding(Tr34Role role, primitives::Certificate certificate, primitives::RsaPublicKey key,
              Bytes id)
      : role_(role),
        certificate_(std::move(certificate)),
        key_(std::move(key)),
        id_(std::move(id)) {}

  Tr34Role role_;
  primitives::Certificate certificate_;
  primitives::RsaPublicKey key_;
  Bytes id_;
};

}  // namespace florin::card
