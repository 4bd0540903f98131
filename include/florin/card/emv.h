// EMV issuer cryptography on clear keys: card keys, session keys, application cryptograms, ARPC.
//
// For whoever owns the keys: the session below the seam, simulators, tests. EMV 4.3 book 2.
// TDES is proven by published values. For AES (option C, session keys, ARPC) none is known; its
// cryptograms are AES-CMAC, which is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "florin/base/bytes.h"
#include "florin/base/pan.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/card/emv_options.h"

#pragma GCC visibility push(default)

namespace florin::card {

inline constexpr std::size_t kCryptogramSize = 8;
inline constexpr std::size_t kArpcMethod1Size = 8;
inline constexpr std::size_t kArpcMethod2Size = 4;
inline constexpr std::size_t kMaxProprietaryData = 8;
inline constexpr std::uint8_t kMaxPsn = 99;
inline constexpr std::size_t kEmvTdesKeySize = 16;

// An issuer, card or session key: TDES of 16 bytes or AES of 16, 24 or 32. Move-only.
// Thread-compatible.
class EmvKey {
 public:
  // Issuer keys may have any parity. kInvalidArgument for another length. The caller still owns,
  // and should wipe, the original.
  static Result<EmvKey> Create(EmvAlgorithm algorithm, ByteView bytes);

  EmvAlgorithm algorithm() const { return algorithm_; }
  std::size_t size() const { return size_; }
  ByteView Read(SecretAccess access) const { return ByteView(bytes_.Read(access)).first(size_); }

  // Returns a second copy: copying a secret is said aloud.
  EmvKey Clone() const;

 private:
  EmvKey(EmvAlgorithm algorithm, ByteView bytes);

  SecretArray<32> bytes_;
  std::uint8_t size_;
  EmvAlgorithm algorithm_;
};

// Derives the card's key from the issuer's (EMV book 2 A1.4); it has the issuer key's length, with
// odd parity for TDES. `psn` is 0..99, 0 where the card has none. kInvalidArgument: no PAN, psn
// above 99, or an option of the other algorithm (A and B are TDES, C is AES).
Result<EmvKey> DeriveIccMasterKey(const EmvKey& issuer_key, EmvMasterKeyOption option,
                                  const Pan& pan, std::uint8_t psn);

// The common session key derivation (EMV book 2 A1.3.1) with diversification value `r`, whose
// third byte is replaced (but not for AES of 16 bytes). For cryptograms r is ATC || 000000000000,
// for scripts the ARQC. For AES r is followed by eight zero bytes.
Result<EmvKey> DeriveCommonSessionKey(const EmvKey& icc_key, std::span<const std::uint8_t, 8> r);

// The common session key of one transaction's cryptogram.
Result<EmvKey> DeriveCryptogramSessionKey(const EmvKey& icc_key, std::uint16_t atc);

// ARQC, TC or AAC over `data`, not padded by the caller (EMV book 2 8.1.2): for TDES ISO/IEC 9797-1
// MAC algorithm 3, for AES the leftmost eight bytes of the CMAC. Compare cryptograms with
// ConstantTimeEqual.
Status ApplicationCryptogram(const EmvKey& session_key, EmvPadding padding, ByteView data,
                             std::span<std::uint8_t, kCryptogramSize> out);

// Method 1 (EMV book 2 8.2.1): TDES of ARQC xor (ARC || 000000000000); for AES the leftmost eight
// bytes of the encryption of the same followed by eight zero bytes. The profile says whether `key`
// is the card's or the session's.
Status ArpcMethod1(const EmvKey& key, std::span<const std::uint8_t, kCryptogramSize> arqc,
                   std::span<const std::uint8_t, 2> arc,
                   std::span<std::uint8_t, kArpcMethod1Size> out);

// Method 2: the leftmost four bytes of the MAC over ARQC || CSU || proprietary data of 0..8 bytes
// (EMV book 2 8.2.2). kInvalidArgument for longer proprietary data.
Status ArpcMethod2(const EmvKey& session_key, std::span<const std::uint8_t, kCryptogramSize> arqc,
                   std::span<const std::uint8_t, 4> csu, ByteView proprietary,
                   std::span<std::uint8_t, kArpcMethod2Size> out);

}  // namespace florin::card

#pragma GCC visibility pop
