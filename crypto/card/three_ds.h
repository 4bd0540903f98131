// 3-D Secure authentication values on clear keys: Visa CAVV, Mastercard SPA AAV and SPA2 IAV.
//
// The algorithms are not published by the networks; they are those of pablom/go-cavv and jPOS, and
// each is tested by values of theirs.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "crypto/primitives/mac.h"
#include "florin/base/pan.h"
#include "florin/base/result.h"
#include "florin/card/three_ds.h"

namespace florin::card {

// The three digits of a CAVV: the CVV calculation with `tracking` for the expiry date and result
// code || second factor for the service code. For usage 3 version 7 the unpredictable number is the
// tracking; that its fields are split like this is assumed, no source shows it.
// Errors: kInvalidArgument (no PAN, result code above 9, second factor above 99).
Result<VerificationValue> CavvOutput(const primitives::RetailMac& cvk, const Pan& pan,
                                     CavvPanForm form, const CavvTracking& tracking,
                                     std::uint8_t result_code, std::uint8_t second_factor);

// kVerificationFailed unless the field's output is that of its other fields. Errors: as CavvOutput.
Status VerifyVisaCavv(const primitives::RetailMac& cvk, const Pan& pan, CavvPanForm form,
                      const VisaCavv& cavv);

inline constexpr std::size_t kMaxMerchantName = 255;  // bytes

// The leftmost eight bytes of SHA-1 of the merchant's name, 1..255 bytes. Errors: kInvalidArgument.
Status SpaMerchantHash(std::string_view merchant_name,
                       std::span<std::uint8_t, kSpaMerchantHashSize> out);

// Writes aav.mac: HMAC-SHA-1 over the PAN, filled with F to ten bytes, and the fields before the
// MAC. `key` is HmacKey::CreateSha1's. Errors: kInvalidArgument.
Status SealSpaAavHmac(const primitives::HmacKey& key, const Pan& pan, SpaAav& aav);
// Writes aav.mac: CVC2 over the PAN's rightmost 16 digits, the sequence number modulo 10000 and
// service code 140, as 0 and three digits. Errors: kInvalidArgument.
Status SealSpaAavCvc2(const primitives::RetailMac& cvk, const Pan& pan, SpaAav& aav);

// kVerificationFailed unless aav.mac is what the seal of the same name writes. Constant time.
Status VerifySpaAavHmac(const primitives::HmacKey& key, const Pan& pan, const SpaAav& aav);
Status VerifySpaAavCvc2(const primitives::RetailMac& cvk, const Pan& pan, const SpaAav& aav);

inline constexpr std::size_t kSpa2IavSize = 6;
inline constexpr std::uint64_t kMaxSpa2Amount = 999'999'999'999;

// The two bytes that stand for an amount in minor units: itself up to 14000, above that
// floor(6553.6 * log10(amount / 100)). Errors: kInvalidArgument (more than twelve digits).
Result<std::uint16_t> Spa2AmountCode(std::uint64_t amount);

// What an IAV is bound to.
struct Spa2Transaction {
  std::string_view merchant_name;  // 1..255 bytes
  std::uint64_t amount;            // in minor units
  std::uint16_t currency;          // ISO 4217 number, 0..999
  std::array<std::uint8_t, 4> ds_transaction_id;
};

// SPA2's issuer authentication value: C604 and the first four bytes of HMAC-SHA-256. Where a
// longer field carries it, zeros follow. `key` is an HMAC-SHA-256 key. Errors: kInvalidArgument.
Status Spa2Iav(const primitives::HmacKey& key, const Pan& pan, const Spa2Transaction& transaction,
               std::span<std::uint8_t, kSpa2IavSize> out);

// kVerificationFailed unless `iav` is that of the transaction. Constant time.
Status VerifySpa2Iav(const primitives::HmacKey& key, const Pan& pan,
                     const Spa2Transaction& transaction,
                     std::span<const std::uint8_t, kSpa2IavSize> iav);

}  // namespace florin::card
