// Certificate revocation lists (RFC 5280 5): reading and asking.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "crypto/primitives/certificate.h"
#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/base/result.h"

namespace florin::primitives {

inline constexpr std::size_t kMaxRevocationListSize = 64 * 1024;

class RevocationListImpl;

// A parsed CertificateList. Immutable; copies share it; any thread. Parsing verifies nothing.
// Lists with an unknown critical extension, and delta and indirect lists, are refused.
class RevocationList {
 public:
  // Reads one list with nothing behind it. kMalformed; kLimitExceeded above 64 KiB.
  static Result<RevocationList> FromDer(ByteView der);

  UnixSeconds this_update() const;
  std::optional<UnixSeconds> next_update() const;

  // kVerificationFailed unless `issuer` is the list's issuer by name and its key signed the list,
  // over SHA-256, SHA-384 or SHA-512.
  Status CheckSignedBy(const Certificate& issuer) const;

  // Whether the list names the serial number, given as content octets (Certificate::serial).
  bool Revokes(ByteView serial) const;

 private:
  explicit RevocationList(std::shared_ptr<const RevocationListImpl> impl);
  std::shared_ptr<const RevocationListImpl> impl_;
};

}  // namespace florin::primitives
