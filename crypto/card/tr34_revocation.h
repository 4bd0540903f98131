// Revocation by the CRL that a TR-34 token carries.
#pragma once

#include "crypto/card/tr34_binding.h"
#include "florin/card/tr34_options.h"

namespace florin::card {

// Judges the holder of `serial` by the list of `authority`. kVerificationFailed: no list, not the
// authority's, or revoked; kExpired: a list that is not current at `now` or does not say until when
// it is.
Status CheckTr34Revocation(const primitives::Certificate& authority, ByteView serial, ByteView crl,
                           UnixSeconds now);

// Demands a list in every token, signed by the role's authority and current, that does not name the
// certificate. Any thread.
class Tr34CrlRevocation final : public Tr34Revocation {
 public:
  explicit Tr34CrlRevocation(Tr34Authorities authorities) : authorities_(std::move(authorities)) {}

  // As CheckTr34Revocation, for the authority of `role`.
  Status Check(Tr34Role role, ByteView serial, ByteView crl, UnixSeconds now) override;

 private:
  const Tr34Authorities authorities_;
};

}  // namespace florin::card
