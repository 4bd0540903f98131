// The rivals of the card contests: the same work from the same inputs on OpenSSL alone.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "florin/base/bytes.h"
#include "florin/base/result.h"

namespace florin::bench {

// Does one operation once: writes the result to `out`, at least 512 bytes, and returns its length.
using Contestant = std::function<Result<std::size_t>(MutableBytes out)>;

// What all contestants are given. Test keys; card, field 55 and ARQC are the published ones of Visa
// CVN 18 in tests/vectors/card/emv_profiles.json.
struct CardInputs {
  static constexpr std::string_view kPan = "1234567890123456";
  static constexpr std::string_view kPsn = "00";
  static constexpr std::string_view kExpiry = "2912";
  static constexpr std::string_view kServiceCode = "201";
  static constexpr std::uint16_t kAtc = 0x001C;
  static constexpr std::size_t kDigits = 3;  // CVV, dCVV and CVC3
  static constexpr std::size_t kPvvDigits = 4;
  static constexpr std::uint8_t kPvki = 1;

  Bytes tdes_key;         // 16 bytes
  Bytes aes_key;          // 16 bytes
  Bytes field55;          // of an authorisation request
  Bytes arqc_data;        // what its ARQC is computed of
  Bytes arqc;             // 8 bytes
  Bytes arc;              // 2 bytes, answers by method 1
  Bytes csu;              // 4 bytes, answers by method 2
  Bytes pin_block;        // 8 bytes, format 0 under the TDES key
  Bytes un;               // 4 bytes, of CVC3
  Bytes track2;           // packed, of CVC3
  Bytes tdes_ksn;         // 10 bytes, five bits of the counter set
  Bytes aes_ksn;          // 12 bytes, eight bits of the counter set
  Bytes message;          // 256 bytes
  Bytes iv;               // 12 bytes
  std::size_t mac_input;  // how much of `message` the MACs take
};

CardInputs MakeCardInputs();

struct CardContestants {
  Contestant cvv;
  Contestant dcvv;
  Contestant cvc3;
  Contestant arqc;     // verifies the ARQC of `arqc_data`, answers by method 1
  Contestant field55;  // reads field 55, verifies, answers by method 2: ARPC || CSU
  Contestant pvv;      // the PVV of the PIN in `pin_block`
  Contestant retail_mac;
  Contestant aes_cmac;
  Contestant tdes_dukpt_mac;   // 4 bytes
  Contestant tdes_dukpt_data;  // CBC, zero IV
  Contestant aes_dukpt_mac;    // CMAC under an AES-128 working key, 4 bytes
  Contestant gcm_64;           // ciphertext || tag of 16 bytes
  Contestant gcm_256;
};

// The best that OpenSSL's low-level DES calls and reused AES contexts do: every schedule that
// outlives an operation is kept, nothing is allocated. Derived keys and schedules are cleansed.
// `inputs` must outlive them.
Result<CardContestants> TunedRivals(const CardInputs& inputs);  // card_tuned.cc

// As it is written where nobody measures: EVP, one context for each call.
Result<CardContestants> EvpRivals(const CardInputs& inputs);  // card_evp.cc

// --- what both rivals do alike ---

inline constexpr std::size_t kDes = 8;
inline constexpr std::size_t kDes2 = 16;

// Packs digits into nibbles from the left; the rest of `size` bytes is zero.
void PackDigits(std::string_view digits, std::uint8_t* out, std::size_t size);

// The CVV's block of 16 bytes: PAN, expiry, service code; with an ATC as four hexadecimal digits
// over the first four of the PAN (dCVV).
void CvvBlock(const std::uint16_t* atc, std::uint8_t* block);

// Writes `wanted` digits of a cryptogram of 8 bytes as CVV and PVV do.
void DecimalDigits(const std::uint8_t* cryptogram, std::size_t wanted, std::uint8_t* digits);

// Writes three digits of the last two bytes as CVC3 does.
void Cvc3Digits(const std::uint8_t* cryptogram, std::uint8_t* digits);

// Y of EMV option A and its complement: 16 bytes.
void CardKeyBlocks(std::uint8_t* blocks);

// The two blocks of the common session key.
void SessionKeyBlocks(std::uint16_t atc, std::uint8_t* blocks);

// The block that a PVV is computed of. False unless the clear block of format 0 has a PIN of four
// digits or more.
bool PvvBlock(const std::uint8_t* clear_pin_block, std::uint8_t* block);

// What of field 55 the ARQC needs.
struct Field55 {
  std::array<std::uint8_t, 65> data;
  std::size_t data_size;
  const std::uint8_t* arqc;
  std::uint16_t atc;
};
// False where an element is missing, has another length, or its IAD is not of CVN 18.
bool ReadField55(ByteView bytes, Field55& request);

// The counter of a KSN with only the bits down to `bit`, over the last three bytes of `ksn`.
std::uint32_t TdesCounter(const std::uint8_t* ksn);
void SetTdesCounter(std::uint8_t* ksn, std::uint32_t counter);

// One block of AES DUKPT derivation data for a key of 128 bits.
void AesDukptBlock(std::uint16_t usage, const std::uint8_t* context, std::uint8_t* block);

}  // namespace florin::bench
