// EmvProfile: everything that a cryptogram version number decides, as data; and which profiles an
// issuer key may serve.
//
// A CVN identifies nothing by itself: 11h is one profile of Visa and another of Mastercard. And a
// request that could choose its own profile could choose a weaker one. So the key says what it
// serves (EmvAllowedProfiles), the request picks among that, and the rest is refused.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <span>

#include "florin/base/result.h"
#include "florin/card/emv_iad.h"
#include "florin/card/emv_options.h"
#include "florin/card/emv_tlv.h"

#pragma GCC visibility push(default)

namespace florin::card {

// What the card itself adds to the input of a cryptogram.
enum class EmvCardPart : std::uint8_t {
  kWholeIad,
  kCvr,
  kCvrAndCounters,  // proven for counters of 8 bytes
  kCvrByte2,        // the one after the length byte
};

// The input of a cryptogram: the values of `tags` in this order, then the card's part.
struct EmvInputTemplate {
  std::span<const EmvTag> tags = {};
  EmvCardPart card_part = EmvCardPart::kWholeIad;
};

struct EmvArpcProfile {
  EmvArpcMethod method = EmvArpcMethod::kNone;
  EmvArpcKey key = EmvArpcKey::kSessionKey;
};

struct EmvScriptProfile {
  EmvScriptKeyMethod key = EmvScriptKeyMethod::kNone;
  EmvScriptMacPrefix mac_prefix = EmvScriptMacPrefix::kNone;
  EmvScriptPadding padding = EmvScriptPadding::kEmv;
  EmvPinBlock pin_block = EmvPinBlock::kIso2;              // of a new PIN alone
  std::optional<EmvPinBlock> pin_block_with_current = {};  // empty: the card has no such command
  bool proven = false;  // published values prove the MAC and the PIN change
};

// One row of the table. An option that stands empty is in doubt: public sources disagree, or there
// is none. It must be named by the key.
struct EmvProfile {
  const char* name;  // such as "Visa CVN 18"; static
  EmvScheme scheme;
  EmvIadFormat format;
  std::uint8_t cvn;
  std::optional<EmvMasterKeyOption> master_key;
  std::optional<EmvSessionKeyMethod> session_key;
  EmvInputTemplate input;
  EmvPadding padding;
  EmvArpcProfile arpc;
  EmvScriptProfile script;
  bool proven;  // published values prove the input, the cryptogram and the ARPC
};

// The table. Proven: Visa 10, 18 and 22, Interac 133, Mastercard 16, 17, 20 and 21, CCD A5 (its
// input by a published value, its algorithms by those of others). In doubt, because no published
// value covers them: Visa 14 and 17, Mastercard 12h and 13h, CCD A6 (AES), Amex, JCB, UnionPay,
// Discover. Absent, because nothing about their algorithms is public: Visa's issuer proprietary 0C,
// 2C and 32..3B, and its 43 of cloud-based tokens.
std::span<const EmvProfile> EmvProfiles();

// What one issuer master key serves. An attribute of the key, never part of a request.
struct EmvAllowedProfiles {
  EmvScheme scheme = EmvScheme::kVisa;
  std::bitset<256> cvns = {};  // cryptogram version numbers; none by default
  std::bitset<256> dkis = {};  // derivation key indices; none by default
  bool unproven = false;       // also profiles that no published value proves

  // How this issuer's cards were personalised, where that is not as the table says or where the
  // table leaves it open. The tree belongs to EmvSessionKeyMethod::kEmv2000.
  std::optional<EmvMasterKeyOption> master_key = {};
  std::optional<EmvSessionKeyMethod> session_key = {};
  EmvTree tree = {};

  friend bool operator==(const EmvAllowedProfiles&, const EmvAllowedProfiles&) = default;
};

// Whether `narrow` serves nothing that `wide` does not serve, and in the same way.
bool IsNarrower(const EmvAllowedProfiles& narrow, const EmvAllowedProfiles& wide);

// The profile of a card's data, with the master key option and the session key method filled in.
// kPermissionDenied: CVN or DKI not allowed to this key, or a profile that is in doubt, as it is
// for counters of another length than 8 bytes in its input, and the key does not allow those;
// kUnsupported: no such profile, or one whose open options the key does not name.
Result<EmvProfile> SelectEmvProfile(const EmvAllowedProfiles& allowed, const EmvIad& iad);

}  // namespace florin::card

#pragma GCC visibility pop
