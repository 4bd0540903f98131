// AES DUKPT (X9.24-3:2017) on clear keys: from a BDK and a KSN to a working key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "crypto/card/dukpt_terminal.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/card/dukpt_options.h"
#include "florin/card/ksn.h"

namespace florin::card {

inline constexpr std::size_t kMaxAesDukptKeySize = 32;

// A key of 16, 24 or 32 bytes where its owner lies, as SecretArray. Move-only. TDES keys come as
// derived, without parity.
class AesDukptKey {
 public:
  // Zeros; `size` is at most 32.
  explicit AesDukptKey(std::size_t size) : size_(size) {
    FLORIN_INVARIANT(size <= kMaxAesDukptKeySize);
  }

  std::size_t size() const { return size_; }
  ByteView Read(SecretAccess access) const { return bytes_.Read(access).first(size_); }
  MutableBytes Write(SecretAccess access) { return bytes_.Write(access).first(size_); }

 private:
  SecretArray<kMaxAesDukptKeySize> bytes_;
  std::size_t size_;
};

// A BDK. Immutable, shareable by threads; wiped on destruction. Move-only.
class AesBdk {
 public:
  // Takes 16, 24 or 32 bytes.
  static Result<AesBdk> Create(ByteView bdk);

  // The device's initial key, as long as the BDK.
  Result<AesDukptKey> InitialKey(const InitialKeyId& id) const;

  // The working key of one transaction. Allocates nothing. kInvalidArgument: an initial KSN, a key
  // stronger than the BDK (TDES never is), an HMAC key that is not for MACs, a derivation key that
  // is not for AES, the usage of initial keys.
  Result<AesDukptKey> WorkingKey(const AesKsn& ksn, AesDukptUsage usage,
                                 AesDukptKeyType type) const;

  // The key that encrypts the device's next initial key: counter FFFFFFFF, which is no
  // transaction's. kInvalidArgument: as WorkingKey, or a type that is not AES.
  Result<AesDukptKey> UpdateKey(const InitialKeyId& id, AesDukptKeyType type) const;

 private:
  explicit AesBdk(SecretBytes bdk) : bdk_(std::move(bdk)) {}

  SecretBytes bdk_;
};

// X9.24-3:2017 6.3, the steps. Keys are views of 16, 24 or 32 bytes, else kInvalidArgument.
struct AesDukpt {
  using Ksn = AesKsn;
  using Usage = AesDukptUsage;

  static Status CheckKey(ByteView key);

  // The key of one transaction, from which its working keys come. kInvalidArgument: an initial KSN.
  static Result<AesDukptKey> TransactionKey(ByteView initial_key, const AesKsn& ksn);

  // The key at `counter` from the one at `counter` without its lowest bit, of the same length.
  static Status DeriveChild(ByteView parent, const AesKsn& device, std::uint32_t counter,
                            MutableBytes child);

  // One working key of the transaction. Errors: as AesBdk::WorkingKey.
  static Result<AesDukptKey> WorkingKey(ByteView transaction_key, const AesKsn& ksn,
                                        AesDukptUsage usage, AesDukptKeyType type);
};

using AesDukptTerminal = DukptTerminal<AesDukpt>;

}  // namespace florin::card
