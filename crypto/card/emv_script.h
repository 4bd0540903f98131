// Issuer scripts on clear keys: MAC, encryption, the PIN CHANGE/UNBLOCK command. EMV book 2 9.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/card/emv.h"
#include "florin/card/emv_profile.h"
#include "florin/card/pin.h"

namespace florin::card {

inline constexpr std::size_t kScriptHeaderSize = 5;  // CLA INS P1 P2 Lc
inline constexpr std::size_t kMinScriptMac = 4;
inline constexpr std::size_t kMaxScriptMac = 8;
inline constexpr std::size_t kMaxScriptData = 255;
inline constexpr std::size_t kEmvPinBlockSize = 8;

// Header, one padded block with its length byte, MAC.
inline constexpr std::size_t kMaxPinChangeCommand = kScriptHeaderSize + 16 + kMaxScriptMac;

// What ties a script to its transaction.
struct EmvScriptTransaction {
  std::uint16_t atc = 0;
  std::array<std::uint8_t, kCryptogramSize> arqc = {};
};

// Writes mac.size() bytes, 4..8, of the MAC over `header`, the prefix and `data` (0..255 bytes, as
// they go to the card). TDES is proven; for AES the MAC is the CMAC. kInvalidArgument,
// kLimitExceeded.
Status ScriptMac(const EmvKey& smi_session_key,
                 std::span<const std::uint8_t, kScriptHeaderSize> header, EmvScriptMacPrefix prefix,
                 const EmvScriptTransaction& transaction, ByteView data, MutableBytes mac);

// Bytes that EncryptScriptData writes for `size` bytes.
std::size_t EncryptedScriptSize(EmvScriptPadding padding, std::size_t size);

// Encrypts 1..239 bytes, with Visa's padding 1..238, to the start of `out` and returns how many
// bytes that are. Errors:
// kInvalidArgument, kBufferTooSmall, kUnsupported (AES: nothing public says how).
Result<std::size_t> EncryptScriptData(const EmvKey& smc_session_key, EmvScriptPadding padding,
                                      ByteView data, MutableBytes out);

// 2 L PIN F.. (ISO 9564-1 format 2). kInvalidArgument for an empty PIN.
Result<SecretArray<kEmvPinBlockSize>> Iso2PinBlock(const Pin& pin);

// 0 L PIN F.. xor bytes 5 to 8 of the card's cryptogram master key in the right half, and xor the
// current PIN on the left where one is given (VIS). kUnsupported for an AES key.
Result<SecretArray<kEmvPinBlockSize>> VisPinBlock(const EmvKey& icc_ac_key, const Pin& new_pin,
                                                  const Pin* current_pin);

// The keys of one card's PIN change.
struct EmvPinChangeKeys {
  const EmvKey& icc_ac_key;       // the card's cryptogram master key; for VIS blocks
  const EmvKey& smc_session_key;  // confidentiality
  const EmvKey& smi_session_key;  // integrity
};

// Writes 84 24 00 P2 Lc, the encrypted block and a MAC of `mac_size` bytes, 4..8, to the start of
// `out`; returns how many bytes that are, at most kMaxPinChangeCommand. P2 is 02, and 01 where
// `current_pin` is given. Errors: kUnsupported, the profile has no scripts or none with the
// current PIN; kInvalidArgument; kBufferTooSmall. The clear PINs never leave.
Result<std::size_t> PinChangeCommand(const EmvScriptProfile& profile, const EmvPinChangeKeys& keys,
                                     const EmvScriptTransaction& transaction, const Pin& new_pin,
                                     const Pin* current_pin, std::size_t mac_size,
                                     MutableBytes out);

}  // namespace florin::card
