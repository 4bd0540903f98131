// Certificate requests (PKCS #10, RFC 2986): what a merchant sends to have a key certified, signed
// by the key itself, inside its token.
#pragma once

#include <string>

#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/hsm/session.h"

#pragma GCC visibility push(default)

namespace florin::payload {

// Who asks. UTF-8, at most 64 characters each (RFC 5280 A.1).
struct CertificateSubject {
  std::string common_name;   // required
  std::string organization;  // empty: none
  std::string country;       // two letters (ISO 3166); empty: none
};

// What a request says, once its signature holds.
struct CertificateRequest {
  Bytes subject;          // Name, DER
  Bytes public_key_info;  // SubjectPublicKeyInfo, DER
};

// Writes a request for a pair of `session`, P-256 or RSA-2048, in DER. The private key signs it
// (ecdsa-with-SHA256, sha256WithRSAEncryption), so it must be allowed to: CertifiedKeyPair
// (hsm/key_templates.h) makes such pairs. kInvalidArgument: a subject that is too long or no UTF-8;
// kUnsupported: a key of another kind; kVerificationFailed: the two are no pair; errors of the
// session.
Result<Bytes> MakeCertificateRequest(hsm::Session& session, hsm::KeyHandle private_key,
                                     hsm::KeyHandle public_key, const CertificateSubject& subject);

// Reads a request in DER, at most 8 KiB, and verifies its signature. Attributes are passed over.
// kMalformed, kLimitExceeded; kUnsupported: another key or algorithm than MakeCertificateRequest
// writes; kVerificationFailed: the signature does not hold.
Result<CertificateRequest> ReadCertificateRequest(ByteView der);

}  // namespace florin::payload

#pragma GCC visibility pop
