// KeyBlockKeys: the encryption key (KBEK) and the authentication key (KBAK) that one key block
// protection key (KBPK) yields (X9.143 7, ISO 20038 A.5), and the two ciphers made of them.
#pragma once

#include <cstddef>
#include <variant>

#include "crypto/primitives/cipher.h"
#include "crypto/primitives/mac.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"

namespace florin::card {

inline constexpr std::size_t kMaxKbpkSize = 32;

// Derives both keys for `version`: by XOR with 45 and 4D for A and C, by CMAC for B, D and E.
// `kbpk`: TDES of 16 or 24 bytes for A, B and C, AES of 16, 24 or 32 for D and E; `kbek` and `kbak`
// have its length. kInvalidArgument else. DES parity is left as it comes out.
Status DeriveKeyBlockKeys(char version, ByteView kbpk, MutableBytes kbek, MutableBytes kbak);

// Both keys, expanded for one version. Shareable by threads; wiped on destruction. Move-only.
class KeyBlockKeys {
 public:
  // As DeriveKeyBlockKeys.
  static Result<KeyBlockKeys> Create(char version, ByteView kbpk);

  char version() const { return version_; }
  // The KBPK's security strength in bits (SP 800-57 part 1 table 2): 80, 112, 128, 192, 256; 56 for
  // a TDES KBPK that amounts to single DES.
  int strength() const { return strength_; }

  // Encrypts or decrypts `data` in place. `mac` is the block's MAC, `bound_text` the header: one of
  // them gives the IV. kMalformed unless `data` is in whole cipher units.
  Status Crypt(primitives::Direction direction, ByteView bound_text, ByteView mac,
               MutableBytes data) const;

  // Writes KeyBlockMacSize(version()) bytes over `bound_text` and `data`: the ciphertext in
  // versions A and C, the clear payload else.
  Status Mac(ByteView bound_text, ByteView data, MutableBytes mac) const;

  // Whether the MAC covers the ciphertext.
  bool MacsCiphertext() const { return version_ == 'A' || version_ == 'C'; }

 private:
  // CBC-MAC with the TDES key itself, or CMAC.
  using Kbak = std::variant<primitives::KeyedCipher, primitives::CmacKey>;
  KeyBlockKeys(char version, int strength, primitives::KeyedCipher cipher, Kbak kbak)
      : version_(version),
        strength_(strength),
        cipher_(std::move(cipher)),
        kbak_(std::move(kbak)) {}

  char version_;
  int strength_;
  primitives::KeyedCipher cipher_;
  Kbak kbak_;
};

}  // namespace florin::card
