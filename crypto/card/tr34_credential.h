// TR-34 credential tokens (B.3 to B.7): a certificate, and a CRL where the sender has one, in a CMS
// SignedData that nobody signed. They carry; they prove nothing.
#pragma once

#include "florin/base/bytes.h"
#include "florin/base/result.h"

namespace florin::card {

// Views of the token.
struct Tr34Credential {
  ByteView certificate;  // DER
  ByteView crl;          // DER, or empty

  // Reads DER with one certificate. The norm's sample B.6 has the CRL behind the signers, against
  // RFC 5652: that order is read as well. kMalformed, kLimitExceeded above 64 KiB.
  static Result<Tr34Credential> Parse(ByteView der);
};
Result<Bytes> WriteTr34Credential(const Tr34Credential& credential);

// What a rebind token signs: identities, and the certificate of the new KDH (B.10, B.11). There the
// SignedData stands without its outer SEQUENCE.
struct Tr34Rebinding {
  ByteView ids;          // one or two IssuerAndSerialNumbers
  ByteView certificate;  // DER

  static Result<Tr34Rebinding> Parse(ByteView der);
};
Result<Bytes> WriteTr34Rebinding(const Tr34Rebinding& rebinding);

}  // namespace florin::card
