// Session keys of every method on clear keys: cryptograms, and secure messaging of issuer scripts.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "florin/card/emv.h"
#include "florin/card/emv_options.h"

namespace florin::card {

// What a method may take from the transaction.
struct EmvSessionInput {
  std::uint16_t atc = 0;
  std::array<std::uint8_t, 4> un = {};  // kMastercard
  EmvTree tree = {};                    // kEmv2000
};

// The key under which one transaction's cryptogram is computed; odd parity, but for kNone.
// kInvalidArgument for a tree that is too small or too high; kUnsupported for AES with a method
// other than kNone and kCommon.
Result<EmvKey> DeriveSessionKey(const EmvKey& icc_key, EmvSessionKeyMethod method,
                                const EmvSessionInput& input);

// The n-th command's diversification value: ARQC + n as a 64-bit number, 0 for the first. Proven
// for n = 0; M/Chip is said to count so for the following commands of one script.
std::array<std::uint8_t, kCryptogramSize> ScriptRand(
    std::span<const std::uint8_t, kCryptogramSize> arqc, std::uint16_t n);

// The SMI or SMC session key from the card's SMI or SMC master key. `rand` is used by kCommon,
// `atc` by kVisa. kUnsupported: kNone, and AES with kVisa.
Result<EmvKey> DeriveScriptKey(const EmvKey& icc_key, EmvScriptKeyMethod method, std::uint16_t atc,
                               std::span<const std::uint8_t, kCryptogramSize> rand);

}  // namespace florin::card
