// TDES DUKPT (X9.24-1:2009 annex A) on clear keys: from a BDK and a KSN to a working key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "crypto/card/dukpt_terminal.h"
#include "crypto/primitives/cipher.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/card/dukpt_options.h"
#include "florin/card/ksn.h"

namespace florin::card {

// BDK, initial key, transaction key and working key have 16 bytes. Nobody adjusts their parity.
inline constexpr std::size_t kTdesDukptKeySize = 16;
using TdesDukptKey = SecretArray<kTdesDukptKeySize>;

// A BDK with its schedules. Immutable, shareable by threads; wiped on destruction. Move-only.
class TdesBdk {
 public:
  // Takes 16 bytes.
  static Result<TdesBdk> Create(ByteView bdk);

  // The device's initial key ("IPEK"); the KSN's counter does not matter.
  Result<TdesDukptKey> InitialKey(const TdesKsn& ksn) const;

  // The working key of one transaction. Allocates nothing. kInvalidArgument: an initial KSN.
  Result<TdesDukptKey> WorkingKey(const TdesKsn& ksn, TdesDukptUsage usage) const;

 private:
  TdesBdk(primitives::KeyedCipher bdk, primitives::KeyedCipher masked)
      : bdk_(std::move(bdk)), masked_(std::move(masked)) {}

  primitives::KeyedCipher bdk_;
  primitives::KeyedCipher masked_;  // BDK xor C0C0C0C000000000 C0C0C0C000000000
};

// X9.24-1:2009 A.2 and A.3, the steps. Keys are views of 16 bytes, else kInvalidArgument.
struct TdesDukpt {
  using Ksn = TdesKsn;
  using Usage = TdesDukptUsage;

  static Status CheckKey(ByteView key);

  // The key of one transaction, from which its working keys come. kInvalidArgument: an initial KSN.
  static Result<TdesDukptKey> TransactionKey(ByteView initial_key, const TdesKsn& ksn);

  // The key at `counter` from the one at `counter` without its lowest bit ("non-reversible key
  // generation process").
  static Status DeriveChild(ByteView parent, const TdesKsn& device, std::uint32_t counter,
                            MutableBytes child);

  // One working key of the transaction.
  static Result<TdesDukptKey> WorkingKey(ByteView transaction_key, const TdesKsn& ksn,
                                         TdesDukptUsage usage);
};

using TdesDukptTerminal = DukptTerminal<TdesDukpt>;

}  // namespace florin::card
