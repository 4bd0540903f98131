#include "crypto/card/tr34_revocation.h"

#include "crypto/primitives/revocation_list.h"

namespace florin::card {

Status CheckTr34Revocation(const primitives::Certificate& authority, ByteView serial, ByteView crl,
                           UnixSeconds now) {
  if (crl.empty()) {
    return Error(ErrorCode::kVerificationFailed, "the token carries no revocation list");
  }
  FLORIN_TRY(const auto list, primitives::RevocationList::FromDer(crl));
  FLORIN_CHECK_OK(list.CheckSignedBy(authority));
  if (now < list.this_update() || !list.next_update() || now > *list.next_update()) {
    return Error(ErrorCode::kExpired, "the revocation list is not current; ask for a new one");
  }
  if (list.Revokes(serial)) {
    return Error(ErrorCode::kVerificationFailed, "the certificate has been revoked");
  }
  return OkStatus();
}

Status Tr34CrlRevocation::Check(Tr34Role role, ByteView serial, ByteView crl, UnixSeconds now) {
  return CheckTr34Revocation(authorities_.Of(role), serial, crl, now);
}

}  // namespace florin::card
