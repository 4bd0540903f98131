// The choices EMV leaves to an issuer's profile, as types of their own.
#pragma once

#include <array>
#include <cstdint>

#pragma GCC visibility push(default)

namespace florin::card {

enum class EmvAlgorithm : std::uint8_t { kTdes, kAes };

// Of application cryptograms under TDES. AES cryptograms are CMACs, which pad by themselves.
enum class EmvPadding : std::uint8_t {
  kMethod1,  // ISO 9797-1 padding method 1: zeros to a block boundary
  kMethod2,  // ISO 9797-1 padding method 2: 80, then zeros
};

// ICC master key derivation, EMV book 2 A1.4.
enum class EmvMasterKeyOption : std::uint8_t {
  kA,             // TDES: the rightmost 16 digits of PAN || PSN
  kB,             // TDES: for PANs of more than 16 digits the decimalised SHA-1; else as A
  kBEveryLength,  // TDES: the hash of B for every PAN length; not EMV's, but found at issuers
  kC,             // AES: 32 digits of PAN || PSN. No published value proves it
};

// The session key of application cryptograms.
enum class EmvSessionKeyMethod : std::uint8_t {
  kNone,        // the ICC master key itself
  kCommon,      // EMV book 2 A1.3.1, with ATC || 000000000000
  kMastercard,  // M/Chip SKD: the same with ATC || 0000 || UN
  kEmv2000,     // the tree of EMV 2000, with the parameters of EmvTree
  kUnionPay,    // E[ATC] || E[~ATC], the practice of PBOC. In doubt: no published value proves it
};

// The session keys of secure messaging, SMI and SMC alike.
enum class EmvScriptKeyMethod : std::uint8_t {
  kNone,    // the profile has no issuer scripts
  kCommon,  // EMV book 2 A1.3.1, with the ARQC plus the number of the command
  kVisa,    // VIS: the ICC master key xor ATC || ~ATC
};

// EMV 2000 book 2 A1.3.
struct EmvTree {
  std::uint8_t branch = 4;  // 2 or more
  std::uint8_t height = 8;  // 1..16
  std::array<std::uint8_t, 16> iv = {};

  // Whether branch and height are in range, and branch ^ height is 65536 or more.
  constexpr bool HasLeafForEachAtc() const {
    if (branch < 2 || height < 1 || height > 16) return false;
    std::uint64_t leaves = 1;
    for (unsigned level = 0; level < height && leaves < 65536; ++level) leaves *= branch;
    return leaves >= 65536;
  }
  friend bool operator==(const EmvTree&, const EmvTree&) = default;
};

enum class EmvArpcMethod : std::uint8_t {
  kNone,     // the profile has no issuer authentication
  kMethod1,  // EMV book 2 8.2.1: 8 bytes, answers with a 2-byte response code (ARC)
  kMethod2,  // EMV book 2 8.2.2: 4 bytes, answers with a card status update (CSU)
};

// Which key of the card answers.
enum class EmvArpcKey : std::uint8_t { kMasterKey, kSessionKey };

// What a script MAC covers between the command header and the data.
enum class EmvScriptMacPrefix : std::uint8_t { kNone, kAtcAndArqc };

// How confidential script data is padded and encrypted, with TDES and an IV of zeros.
enum class EmvScriptPadding : std::uint8_t {
  kMastercard,  // CBC; padding method 2 only where the data has no whole blocks
  kEmv,         // CBC; padding method 2 always
  kVisa,        // ECB; a length byte in front, then padding method 2
};

// The clear block of a PIN change.
enum class EmvPinBlock : std::uint8_t {
  kIso2,  // ISO 9564-1 format 2
  kVis,   // VIS: bound to the card's cryptogram key, and to the current PIN where it is known
};

}  // namespace florin::card

#pragma GCC visibility pop
