#include "crypto/card/tr34_revocation.h"

#include "crypto/primitives/revocation_list.h"

namespace florin::card {

Status Tr34CrlRevocation::Check(Tr34Role role, ByteView serial, ByteView crl, UnixSeconds now) {
  if (crl.empty()) {
    return Error(ErrorCode::kVerificationFailed, "the token carries no revocation list");
  }
  FLORIN_TRY(const auto list, primitives::RevocationList::FromDer(crl));
  FLORIN_CHECK_OK(list.CheckSignedBy(authorities_.Of(role)));
  if (now < list.this_update() || !list.next_update() || now > *list.next_update()) {
    return Error(ErrorCode::kExpired, "the revocation list is not current; ask for a new one");
  }
  if (list.Revokes(serial)) {
    return Error(ErrorCode::kVerificationFailed, "the certificate has been revoked");
  }
  return OkStatus();
}

}  // namespace florin::card
