// The mechanisms of card systems: MACs under TDES, card verification values, 3-D Secure.
//
// Their keys carry a key block header; which usage each takes is said here. Verification compares
// the whole value in constant time and answers kVerificationFailed, whatever is wrong with it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "florin/card/card_data.h"
#include "florin/card/emv_options.h"
#include "florin/card/mac_options.h"
#include "florin/card/three_ds.h"
#include "florin/card/token_cryptogram.h"

#pragma GCC visibility push(default)

namespace florin {
class Pan;
}

namespace florin::mechanisms {

// MACs of ISO/IEC 9797-1 with TDES, and AS 2805.4.1. Usage by algorithm: M1 algorithm 1, M0 the
// same as ISO 16609 has it, M3 algorithm 3 and AS 2805.4.1, M6 algorithm 5. The AES and HMAC
// algorithms of MacMethod are mechanisms of their own: AesCmac, Hmac.
struct Iso9797Mac {
  card::MacMethod method = card::kX919Mac;
  std::size_t mac_length = 8;  // 4..8 bytes
};
// Algorithm 5 of ISO/IEC 9797-1 once more, as PKCS#11 knows it; for keys without a header too.
struct TdesCmac {
  std::size_t mac_length = 8;  // 4..8 bytes
};

enum class CardVerificationKind : std::uint8_t {
  kCvv,          // CVV, CVC, CVV2, CVC2, iCVV by service code; 3..8 digits; usage C0
  kCscVersion1,  // American Express; 3..5 digits; usage C0
  kCscVersion2,  // the same over the service code too
  kDcvv,         // Visa; 3 digits; usage E4, the card's key is derived inside
  kCvc3,         // Mastercard; 3..5 digits; usage E4; a static CVC3 has UN and ATC zero
};
// The value in ASCII digits. Input: none, but for CVC3 the static track data, 1..128 bytes (track 2
// as packed nibbles, track 1 as ASCII), of which IVCVC3 is computed. Keys have 16 bytes. Fields
// that a kind does not name are not looked at.
struct CardVerification {
  CardVerificationKind kind = CardVerificationKind::kCvv;
  std::uint8_t digits = 3;
  const Pan* pan = nullptr;
  card::Expiry expiry = card::Expiry::Of("0000");                  // all but CVC3
  card::ServiceCode service_code = card::kCvv2ServiceCode;         // CVV, CSC version 2, dCVV
  std::uint8_t psn = 0;                                            // dCVV, CVC3: 0..99
  card::EmvMasterKeyOption option = card::EmvMasterKeyOption::kA;  // dCVV, CVC3: A and both B
  std::uint16_t atc = 0;                                           // dCVV, CVC3
  card::DcvvAtcForm atc_form = card::DcvvAtcForm::kHex;            // dCVV
  std::array<std::uint8_t, 4> unpredictable_number{};              // CVC3
};

enum class ThreeDsKind : std::uint8_t {
  kVisaCavv,         // CAVV output: 3 ASCII digits; input: none; usage C0
  kSpaAavHmac,       // MAC of an SPA AAV: 5 bytes; input: the 15 bytes before it; usage M7
  kSpaAavCvc2,       // the same as CVC2 in BCD; usage C0
  kSpa2Iav,          // IAV: 6 bytes; input: the merchant's name, 1..255 bytes; usage M7
  kTokenCryptogram,  // the own token domain, EMV-like: 8 bytes; input: none; usage E0
  kTokenValue,       // the own token domain, CVV-like: 3 ASCII digits; input: none; usage E4
};
// Bytes of the value that a kind has.
constexpr std::size_t ThreeDsValueSize(ThreeDsKind kind) {
  switch (kind) {
    case ThreeDsKind::kVisaCavv:
    case ThreeDsKind::kTokenValue: return 3;
    case ThreeDsKind::kSpaAavHmac:
    case ThreeDsKind::kSpaAavCvc2: return card::kSpaMacSize;
    case ThreeDsKind::kSpa2Iav: return 6;
    case ThreeDsKind::kTokenCryptogram: return card::kTokenCryptogramSize;
  }
  return 0;
}
// Authentication values of card payments without a card. Only for keys whose allowed mechanisms are
// this one alone: a CAVV is a CVV of chosen fields, so that a key for both would make CVV2s. The
// three usages of TDES keys keep the calculations apart as well. TDES keys have 16 bytes. Fields
// that a kind does not name are not looked at.
struct ThreeDsAuthentication {
  ThreeDsKind kind = ThreeDsKind::kVisaCavv;
  const Pan* pan = nullptr;  // the card's; the token for the own token domain
  card::CavvPanForm pan_form = card::CavvPanForm::kFullPan;      // CAVV
  card::CavvTracking tracking = card::CavvTracking::Of("0000");  // CAVV
  std::uint8_t result_code = 0;                                  // CAVV: 0..9
  std::uint8_t second_factor = 0;                                // CAVV: 0..99
  std::uint64_t amount = 0;    // IAV, token cryptogram: minor units, at most twelve digits
  std::uint16_t currency = 0;  // IAV, token cryptogram: ISO 4217 number, 0..999
  std::array<std::uint8_t, 4> ds_transaction_id{};  // IAV
  std::uint8_t psn = 0;                             // token domain: 0..99
  std::uint16_t counter = 0;  // token domain; the verifier refuses one seen before
  card::TokenRequestor requestor = card::TokenRequestor::Of("00000000000");  // token domain
  std::array<std::uint8_t, 4> unpredictable_number{};                        // token cryptogram
  card::Expiry expiry = card::Expiry::Of("0000");                            // token value
};

}  // namespace florin::mechanisms

#pragma GCC visibility pop
