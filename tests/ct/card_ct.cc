// Runs under valgrind: the decoding of PIN blocks, the decimal digits of cryptograms and the
// comparison of card values and PVVs neither branch nor index by secret bytes.
//
// The DES beneath indexes tables, by design; so secrets begin behind the cipher.
#include <cstdio>
#include <cstring>

#include "crypto/card/card_verification.h"
#include "crypto/card/decimalise.h"
#include "crypto/card/pin_block.h"
#include "florin/card/pin.h"
#include "tests/ct/poison.h"

namespace florin::card {
namespace {

int failures = 0;

void Expect(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "wrong: %s\n", what);
  ++failures;
}

void CheckPinField(PinBlockFormat format, const char* hex_field, bool good) {
  std::array<std::uint8_t, kPinFieldSize> field;
  for (std::size_t i = 0; i < field.size(); ++i) {
    unsigned byte = 0;
    Expect(std::sscanf(hex_field + 2 * i, "%2x", &byte) == 1, "the test's own hexadecimal");
    field[i] = static_cast<std::uint8_t>(byte);
  }
  ct::Poison(field);
  const DecodedPin decoded = DecodePinField(format, PinLengths(), field);
  Expect((ct::Revealed(decoded.good) != 0) == good, hex_field);
}

void CheckPinFields() {
  CheckPinField(PinBlockFormat::kFormat0, "041234FFFFFFFFFF", true);
  CheckPinField(PinBlockFormat::kFormat0, "0C123456789012FF", true);
  CheckPinField(PinBlockFormat::kFormat0, "0F123456789012FF", false);
  CheckPinField(PinBlockFormat::kFormat0, "041234FFFFF0FFFF", false);
  CheckPinField(PinBlockFormat::kFormat0, "14123AFFFFFFFFFF", false);
  CheckPinField(PinBlockFormat::kFormat1, "1512345EDCBA9876", true);
  CheckPinField(PinBlockFormat::kFormat2, "241234FFFFFFFFFF", true);
  CheckPinField(PinBlockFormat::kFormat3, "341234ABCDEFABCD", true);
  CheckPinField(PinBlockFormat::kFormat3, "341234ABCDEFABC1", false);
  CheckPinField(PinBlockFormat::kFormat4, "441234AAAAAAAAAA", true);
  CheckPinField(PinBlockFormat::kFormat4, "431234AAAAAAAAAA", false);
}

// Digits of a longer hash, and letters that depend on their place: EMV option B and CSC go so.
void CheckGathering() {
  std::array<std::uint8_t, 20> hash;
  for (std::size_t i = 0; i < hash.size(); ++i) hash[i] = static_cast<std::uint8_t>(0xFE - 11 * i);
  ct::Poison(hash);
  std::array<std::uint8_t, kMaxGathered> digits;
  Decimalise(hash, digits);
  GatherDigits(ByteView(hash).first(8), digits, [](std::uint32_t nibble, std::uint32_t position) {
    return nibble - 9 + (position >= 5 ? 5U : 0U);
  });
}

// From the cryptogram to the verdict, as CVV and PVV go.
template <class Digits, std::size_t kDigits>
void CheckDigits(const char* presented, bool good) {
  std::array<std::uint8_t, 8> cryptogram = {0xAB, 0xC1, 0xDE, 0xF2, 0xAB, 0x3C, 0xDE, 0xF4};
  ct::Poison(cryptogram);
  std::array<std::uint8_t, kDigits> characters;
  Decimalise(cryptogram, characters);
  // Digits are checked for being digits; they are, whatever the cryptogram: no secret is told.
  std::array<std::uint8_t, kDigits> copy = characters;
  ct::Reveal(copy);
  auto expected = Digits::Parse(AsText(copy));
  ct::Poison(AsBytes(expected->Read(SecretAccess{})));
  const auto other = Digits::Parse(presented);
  ct::Poison(AsBytes(other->Read(SecretAccess{})));
  const bool equal = expected->EqualTo(*other);
  Expect(ct::Revealed(equal) == good, presented);
}

}  // namespace
}  // namespace florin::card

int main() {
  using namespace florin;
  if (!ct::UnderValgrind()) {
    std::fprintf(stderr, "run this under valgrind\n");
    return 1;
  }
  card::CheckPinFields();
  card::CheckGathering();
  card::CheckDigits<card::VerificationValue, 3>("123", true);
  card::CheckDigits<card::VerificationValue, 3>("124", false);
  card::CheckDigits<card::Pvv, 4>("1234", true);
  card::CheckDigits<card::Pvv, 4>("0234", false);
  const unsigned long clean = ct::ErrorCount();
  // A branch on a poisoned byte must be seen, or the rest says nothing.
  std::uint8_t secret = 1;
  ct::Poison({&secret, 1});
  if (secret != 0) std::fprintf(stderr, "the error above is made on purpose\n");
  const bool seen = ct::ErrorCount() > clean;
  if (!seen) std::fprintf(stderr, "valgrind did not see a branch on a secret\n");
  return clean == 0 && seen && card::failures == 0 ? 0 : 1;
}
