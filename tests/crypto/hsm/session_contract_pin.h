// What the contracts of PIN mechanisms share: keys, and blocks made and read on clear keys.
#pragma once

#include <map>
#include <tuple>

#include "crypto/card/pin_block.h"
#include "crypto/primitives/aes.h"
#include "crypto/primitives/tdes.h"
#include "florin/base/random.h"
#include "tests/crypto/hsm/session_contract_card.h"

namespace florin::hsm {

using card::Pin;
using card::PinBlockFormat;
using mechanisms::DukptTransaction;
using mechanisms::PinBlock;
using mechanisms::PinChange;
using mechanisms::PinGeneration;
using mechanisms::PinKeyMarks;
using mechanisms::PinReferenceKind;
using mechanisms::PinTranslation;
using mechanisms::PinVerification;

inline constexpr char kPek[] = "0123456789ABCDEF1122334455667788";
inline constexpr char kOtherPek[] = "FEDCBA98765432108877665544332211";

inline Pin PinOf(const std::string& digits) { return std::move(Pin::Parse(digits)).value(); }

inline PinBlock BlockOf(PinBlockFormat format) { return {.profile = {.format = format}}; }

// The second implementation at hand: the calculation on clear keys.
inline Bytes Enciphered(const std::string& key_hex, bool aes, const PinBlock& block,
                        const std::string& pin, const std::string& pan) {
  const Bytes key = Hex(key_hex);
  const auto cipher = aes ? primitives::AesCipher(key) : primitives::TdesCipher(key);
  std::array<std::uint8_t, 64> buffer{};
  card::RandomBatch random(SystemRandom(), buffer);
  Bytes out(card::PinBlockSize(block.profile.format));
  EXPECT_TRUE(
      card::EncryptPinBlock(*cipher, block.profile, PinOf(pin), PanOf(pan), random, out).ok());
  return out;
}

// The PIN, or nothing.
inline std::string Deciphered(const std::string& key_hex, bool aes, const PinBlock& block,
                              const Bytes& enciphered, const std::string& pan) {
  const Bytes key = Hex(key_hex);
  const auto cipher = aes ? primitives::AesCipher(key) : primitives::TdesCipher(key);
  const auto pin = card::DecryptPinBlock(*cipher, block.profile, enciphered, PanOf(pan));
  return pin.ok() ? std::string(pin->Read(SecretAccess{})) : std::string();
}

class SessionContractPin : public SessionContractCard {
 protected:
  KeyHandle PinKey(const std::string& hex, char mode, bool aes = false, PinKeyMarks marks = {}) {
    VerbSet verbs;
    if (mode != 'E') verbs.Add(Verb::kDecrypt);
    if (mode != 'D') verbs.Add(Verb::kEncrypt);
    KeyTemplate key = Keyed(aes ? KeyType::kAes : KeyType::kDes3, hex.size() / 2, verbs,
                            std::string("P0") + (aes ? 'A' : 'T') + mode);
    key.rules.pin = marks;
    return ImportHex(key, hex);
  }

  KeyHandle Bdk(const std::string& hex, bool aes, VerbSet verbs) {
    return ImportHex(
        Keyed(aes ? KeyType::kAes : KeyType::kDes3, hex.size() / 2, verbs, aes ? "B0AX" : "B0TX"),
        hex);
  }

  KeyHandle Pvk(const std::string& hex, const char* usage, char mode,
                const std::string& table = "") {
    const VerbSet verbs = mode == 'V'   ? VerbSet{Verb::kVerify}
                          : mode == 'G' ? VerbSet{Verb::kSign}
                                        : kBoth;
    KeyTemplate key = Keyed(KeyType::kDes3, 16, verbs, std::string(usage) + "T" + mode);
    if (!table.empty()) key.rules.decimalisation = *card::DecimalisationDigits::Parse(table);
    return ImportHex(key, hex);
  }

  Result<Bytes> Translate(const PinTranslation& translation, KeyHandle to, const Bytes& block) {
    Bytes out(16);
    const auto written = session().Encrypt(translation, to, block, out);
    if (!written.ok()) return written.error();
    out.resize(*written);
    return out;
  }

  Result<std::string> Signed(const Mechanism& mechanism, KeyHandle key, const Bytes& input) {
    Bytes out(40);
    const auto written = session().Sign(mechanism, key, input, out);
    if (!written.ok()) return written.error();
    return std::string(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(*written));
  }
};

}  // namespace florin::hsm
