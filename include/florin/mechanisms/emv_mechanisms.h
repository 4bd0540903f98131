// The EMV mechanisms: parameters of issuer master keys (usage E0). EMV book 2 chapter 8.
//
// Two families. EmvCryptogram, EmvArpc and EmvVerifiedArpc are raw: the caller chooses derivation,
// padding and data. EmvAuthorization and EmvArqcTrace are bound to profiles: they take field 55 as
// it came, and the key says what it serves (KeyRules::emv). A key serves one family only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "florin/base/bytes.h"
#include "florin/card/emv_options.h"
#include "florin/card/emv_profile.h"
#include "florin/mechanisms/pin_mechanisms.h"

#pragma GCC visibility push(default)

namespace florin {
class Pan;
}

namespace florin::mechanisms {

using card::EmvArpcKey;
using card::EmvMasterKeyOption;
using card::EmvPadding;
using card::EmvSessionKeyMethod;
using card::EmvTree;

// Which card and which transaction: what the card's master key (EMV book 2 A1.4) and the session
// key (A1.3) are derived from. Option C and AES keys go together, with session key methods kNone
// and kCommon.
struct EmvCardAndAtc {
  const Pan* pan = nullptr;
  std::uint8_t psn = 0;  // PAN sequence number, 0..99
  std::uint16_t atc = 0;
  EmvMasterKeyOption option = EmvMasterKeyOption::kA;
  EmvSessionKeyMethod session_key = EmvSessionKeyMethod::kCommon;
  std::array<std::uint8_t, 4> un = {};  // unpredictable number; for kMastercard
  EmvTree tree = {};                    // for kEmv2000
};
// ARQC, TC or AAC, 8 bytes, under a session key derived inside from the issuer master key: TDES by
// MAC algorithm 3 with `padding`, AES by CMAC. Input: the data in the order of the profile,
// unpadded, 9..4096 bytes.
struct EmvCryptogram {
  EmvCardAndAtc card;
  EmvPadding padding = EmvPadding::kMethod2;
};
// Method 1 (8 bytes): the encryption of ARQC xor ARC. Method 2 (4 bytes): MAC of ARQC || CSU ||
// proprietary. EMV book 2 8.2. Input: the 8-byte ARQC, which nobody verifies here: for keys that
// may generate cryptograms too. Method 1 under the card's master key is refused
// (kPermissionDenied): it would encrypt a block of the caller's choice, and so give out the card's
// session keys.
struct EmvArpc {
  EmvCardAndAtc card;
  std::array<std::uint8_t, 2> arc{};                    // method 1
  std::optional<std::array<std::uint8_t, 4>> csu = {};  // present: method 2
  ByteView proprietary = {};                            // method 2, 0..8 bytes
  EmvArpcKey key = EmvArpcKey::kSessionKey;             // which of the card's keys answers
};
// Verifies `arqc` and, only where it is right, makes the ARPC that answers it: what an issuer does
// for each transaction, with one derivation of the session key. Input: the data of the ARQC, as
// EmvCryptogram takes it. kVerificationFailed for a wrong ARQC.
struct EmvVerifiedArpc {
  std::array<std::uint8_t, 8> arqc{};
  EmvPadding padding = EmvPadding::kMethod2;  // of the ARQC's data
  EmvArpc arpc;                               // the answer, and whose ARQC it is
};

// The card of an authorisation request, by its fields 2 and 23.
struct EmvCard {
  const Pan* pan = nullptr;
  std::uint8_t psn = 0;  // PAN sequence number, 0..99; 0 where the card has none
};
// Verifies the ARQC of field 55 and answers it, by the profile that field 55 names among those that
// the key allows. Input: the bytes of field 55. Sign writes the issuer authentication data (tag 91,
// at most 16 bytes): ARPC || ARC for method 1, ARPC || CSU || proprietary for method 2, nothing
// where the profile has no issuer authentication. Verify only verifies; its signature is the ARQC
// itself (9F26). Errors: kVerificationFailed, a wrong ARQC; kPermissionDenied, a cryptogram version
// or key index that the key does not serve; kMalformed, a tag is missing or wrong, or another card;
// kUnsupported, no such profile; kInvalidArgument, the profile's answer is not in the parameter.
struct EmvAuthorization {
  EmvCard card;
  std::optional<std::array<std::uint8_t, 2>> arc = {};  // for profiles with method 1
  std::optional<std::array<std::uint8_t, 4>> csu = {};  // for profiles with method 2
  ByteView proprietary = {};                            // method 2, 0..8 bytes
};
// Why does an ARQC not match? Input as EmvAuthorization; Sign writes one JSON object of at most
// kMaxEmvTrace bytes: profile, methods, input, padding, check values of all keys, verdict. Never a
// key, a PAN or the right ARQC (card::EmvArqcTrace).
struct EmvArqcTrace {
  EmvCard card;
};

// --- issuer scripts, EMV book 2 section 9 ---

// Which card, which transaction and which command of its script: what the session keys of secure
// messaging are derived from.
struct EmvScript {
  const Pan* pan = nullptr;
  std::uint8_t psn = 0;
  EmvMasterKeyOption option = EmvMasterKeyOption::kA;
  card::EmvScriptKeyMethod key = card::EmvScriptKeyMethod::kCommon;
  std::uint16_t atc = 0;
  std::array<std::uint8_t, 8> arqc = {};
  std::uint16_t command = 0;  // 0 for the first; M/Chip counts the following ones
};

// MAC of one script command: kSign and kVerify, usage E2 (integrity). Input: the command header
// (CLA INS P1 P2 Lc, 5 bytes) and its data as it goes to the card, 0..255 bytes.
struct EmvScriptMac {
  EmvScript script = {};
  card::EmvScriptMacPrefix prefix = card::EmvScriptMacPrefix::kAtcAndArqc;
  std::size_t mac_length = 8;  // 4..8 bytes
};

// Encryption of script data: kEncrypt, usage E1 (confidentiality), TDES. Input: 1..239 bytes, with
// Visa's padding 1..238. Only for keys whose allowed mechanisms are this one alone: whoever may
// encrypt chosen blocks under the session key of a PIN change finds its PIN by trying all.
struct EmvScriptEncryption {
  EmvScript script = {};
  card::EmvScriptPadding padding = card::EmvScriptPadding::kEmv;
};

// The command PIN CHANGE/UNBLOCK, ready for the card: kSign under the integrity key (E2). Input:
// the PIN block of the new PIN, and behind it that of the current PIN where `with_current`. Output:
// 84 24 00 P2 Lc, the encrypted PIN block of `form`, the MAC; at most kMaxEmvPinChange bytes. The
// translation into the card's format obeys card::CheckTranslation.
struct EmvPinChange {
  EmvScript script = {};
  card::EmvScriptMacPrefix prefix = card::EmvScriptMacPrefix::kAtcAndArqc;
  card::EmvScriptPadding padding = card::EmvScriptPadding::kEmv;
  card::EmvPinBlock form = card::EmvPinBlock::kIso2;
  bool with_current = false;  // VIS blocks only
  std::size_t mac_length = 8;
  OtherKey confidentiality_key = {};  // usage E1, verb kEncrypt
  OtherKey cryptogram_key = {};  // usage E0, verb kVerify; for VIS blocks, which are bound to it
  PinBlock block = {};           // how the input looks
  OtherKey block_key = {};       // usage P0 or B0, verb kDecrypt
};

inline constexpr std::size_t kMaxEmvPinChange = 29;
inline constexpr std::size_t kMaxIssuerAuthenticationData = 16;
inline constexpr std::size_t kMaxEmvTrace = 1024;

}  // namespace florin::mechanisms

#pragma GCC visibility pop
