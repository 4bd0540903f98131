// Tr34Token: the CMS SignedData around every TR-34 message, read, signed and verified.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "crypto/primitives/certificate.h"
#include "crypto/primitives/rsa.h"
#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/base/result.h"

namespace florin::card {

inline constexpr std::size_t kMaxTr34TokenSize = 64 * 1024;

// A signed token, taken apart; nothing is verified. Views of the DER, which must outlive it.
struct Tr34Token {
  ByteView content_type;  // object identifier, content octets
  ByteView content;       // what the OCTET STRING holds
  ByteView crl;           // the first CertificateList, or empty
  ByteView signer;        // DER IssuerAndSerialNumber
  ByteView attributes;    // the signed attributes as they stand, [0] tagged, or empty
  ByteView signature;

  // Out of the signed attributes; empty where they are absent.
  ByteView signed_content_type;
  ByteView message_digest;
  ByteView random;
  ByteView header;  // the key block header
  std::optional<UnixSeconds> time;

  // Reads DER with one signer by issuer and serial number, SHA-256 and RSA. An attribute that
  // occurs twice is kMalformed; kLimitExceeded above 64 KiB.
  static Result<Tr34Token> Parse(ByteView der);
};

// kVerificationFailed unless the signature (PKCS#1 v1.5 over the attributes, tagged as SET, or
// over the content where there are none) is of `key`, the digest is the content's and the signed
// content type is the content's.
Status VerifyTr34Signature(const Tr34Token& token, const primitives::RsaPublicKey& key);

// What is to be signed. Attributes are whole DER Attributes; content type and digest are added.
struct Tr34Signing {
  ByteView content_type;
  ByteView content;
  std::vector<Bytes> attributes;
  bool sign_attributes = true;
  ByteView crl;  // may be empty
  ByteView signer;
};
Result<Bytes> SignTr34(const Tr34Signing& contents, const primitives::RsaPrivateKey& key);

// DER IssuerAndSerialNumber.
Result<Bytes> IssuerAndSerialOf(const primitives::Certificate& certificate);

// DER Attributes: the random number (also the whole of a random number token, TR-34 B.12), the
// signing time, the key block header.
Result<Bytes> Tr34RandomAttribute(ByteView random);
Result<Bytes> Tr34TimeAttribute(UnixSeconds time);
Result<Bytes> Tr34HeaderAttribute(ByteView header);

// The random number of a random number token: 8..16 bytes. kMalformed.
Result<ByteView> ReadTr34RandomToken(ByteView der);

}  // namespace florin::card
