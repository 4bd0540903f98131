#include "florin/card/emv.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "crypto/card/emv_derivation.h"
#include "crypto/primitives/hash.h"
#include "crypto/primitives/mac.h"
#include "crypto/primitives/tdes.h"
#include "florin/base/bcd.h"

namespace florin::card {
namespace {

constexpr std::size_t kDigits = 16;  // of the value that option A and B encrypt
constexpr std::size_t kMaxPanAndPsn = kMaxPanDigits + 2;

// PAN || PSN as characters, with one zero in front where the digit count is odd: option B hashes
// whole bytes, and option A only looks at the right end.
struct PanAndPsn {
  SecretArray<kMaxPanAndPsn + 1> storage;
  std::size_t size = 0;

  PanAndPsn(const Pan& pan, std::uint8_t psn) {
    const auto digits = storage.Write(SecretAccess{});
    const std::string_view pan_digits = pan.Read(SecretAccess{});
    if (pan_digits.size() % 2 != 0) digits[size++] = '0';
    for (const char digit : pan_digits) digits[size++] = static_cast<std::uint8_t>(digit);
    digits[size++] = static_cast<std::uint8_t>('0' + psn / 10);
    digits[size++] = static_cast<std::uint8_t>('0' + psn % 10);
  }
  std::string_view text() const {
    return AsText(ByteView(storage.Read(SecretAccess{})).first(size));
  }
};

// EMV book 2 A1.4.2: the first 16 decimal digits of the hash; where there are fewer, the letters
// follow, A as 0 to F as 5.
void Decimalise(ByteView hash, std::span<std::uint8_t, kDigits> digits) {
  std::size_t count = 0;
  for (const bool letters : {false, true}) {
    for (std::size_t i = 0; i < 2 * hash.size() && count < kDigits; ++i) {
      const unsigned nibble = i % 2 == 0 ? hash[i / 2] >> 4U : hash[i / 2] & 15U;
      if ((nibble > 9) != letters) continue;
      digits[count++] = static_cast<std::uint8_t>('0' + (letters ? nibble - 10 : nibble));
    }
  }
}

// Writes Y of A1.4, eight bytes of packed digits.
Status DiversificationValue(EmvMasterKeyOption option, const Pan& pan, std::uint8_t psn,
                            MutableBytes y) {
  const PanAndPsn x(pan, psn);
  if (option == EmvMasterKeyOption::kA || pan.size() <= kDigits) {
    const std::string_view text = x.text();
    return BcdPackRightPad0(text.substr(text.size() - std::min(text.size(), kDigits)), y);
  }
  SecretArray<BcdPackedSize(kMaxPanAndPsn + 1)> packed;
  const auto bytes = packed.Write(SecretAccess{}).first(x.size / 2);
  FLORIN_CHECK_OK(BcdPackRightPad0(x.text(), bytes));
  SecretArray<HashSize(Hash::kSha1)> hash;
  FLORIN_CHECK_OK(primitives::Digest(Hash::kSha1, ByteView(bytes), hash.Write(SecretAccess{})));
  SecretArray<kDigits> digits;
  Decimalise(hash.Read(SecretAccess{}), digits.Write(SecretAccess{}));
  return BcdPackRightPad0(AsText(digits.Read(SecretAccess{})), y);
}

primitives::MacPadding ToMacPadding(EmvPadding padding) {
  return padding == EmvPadding::kMethod1 ? primitives::MacPadding::kMethod1
                                         : primitives::MacPadding::kMethod2;
}

}  // namespace

Result<EmvKey> DeriveIccMasterKeyWith(const primitives::KeyedCipher& issuer_key,
                                      EmvMasterKeyOption option, const Pan& pan, std::uint8_t psn) {
  if (pan.empty()) return Error(ErrorCode::kInvalidArgument, "EMV: the PAN is missing");
  if (psn > kMaxPsn) return Error(ErrorCode::kInvalidArgument, "EMV: PSN must be 0 to 99");
  SecretArray<16> blocks;
  const auto y = blocks.Write(SecretAccess{});
  FLORIN_CHECK_OK(DiversificationValue(option, pan, psn, y.first<8>()));
  for (std::size_t i = 0; i < 8; ++i) y[8 + i] = static_cast<std::uint8_t>(~y[i]);
  EmvKey key;
  FLORIN_CHECK_OK(issuer_key.EncryptBlocks(y, key.Write(SecretAccess{})));
  primitives::SetOddParity(key.Write(SecretAccess{}));
  return key;
}

Result<EmvKey> DeriveIccMasterKey(const EmvKey& issuer_key, EmvMasterKeyOption option,
                                  const Pan& pan, std::uint8_t psn) {
  FLORIN_TRY(const auto cipher, primitives::TdesCipher(issuer_key.Read(SecretAccess{})));
  return DeriveIccMasterKeyWith(cipher, option, pan, psn);
}

Result<EmvKey> DeriveCommonSessionKey(const EmvKey& icc_key, std::span<const std::uint8_t, 8> r) {
  FLORIN_TRY(const auto cipher, primitives::TdesCipher(icc_key.Read(SecretAccess{})));
  std::array<std::uint8_t, 16> blocks;
  std::copy(r.begin(), r.end(), blocks.begin());
  std::copy(r.begin(), r.end(), blocks.begin() + 8);
  blocks[2] = 0xF0;
  blocks[10] = 0x0F;
  EmvKey key;
  FLORIN_CHECK_OK(cipher.EncryptBlocks(blocks, key.Write(SecretAccess{})));
  primitives::SetOddParity(key.Write(SecretAccess{}));
  return key;
}

Result<EmvKey> DeriveCryptogramSessionKey(const EmvKey& icc_key, std::uint16_t atc) {
  const std::array<std::uint8_t, 8> r = {static_cast<std::uint8_t>(atc >> 8U),
                                         static_cast<std::uint8_t>(atc & 0xFFU)};
  return DeriveCommonSessionKey(icc_key, r);
}

Status ApplicationCryptogram(const EmvKey& session_key, EmvPadding padding, ByteView data,
                             std::span<std::uint8_t, kCryptogramSize> out) {
  FLORIN_TRY(const auto mac, primitives::RetailMacKey::Create(session_key.Read(SecretAccess{})));
  return mac.Sign(ToMacPadding(padding), data, out);
}

Status ArpcMethod1(const EmvKey& key, std::span<const std::uint8_t, kCryptogramSize> arqc,
                   std::span<const std::uint8_t, 2> arc,
                   std::span<std::uint8_t, kArpcMethod1Size> out) {
  FLORIN_TRY(const auto cipher, primitives::TdesCipher(key.Read(SecretAccess{})));
  std::array<std::uint8_t, kCryptogramSize> block;
  std::copy(arqc.begin(), arqc.end(), block.begin());
  block[0] = static_cast<std::uint8_t>(block[0] ^ arc[0]);
  block[1] = static_cast<std::uint8_t>(block[1] ^ arc[1]);
  return cipher.EncryptBlocks(block, out);
}

Status ArpcMethod2(const EmvKey& session_key, std::span<const std::uint8_t, kCryptogramSize> arqc,
                   std::span<const std::uint8_t, 4> csu, ByteView proprietary,
                   std::span<std::uint8_t, kArpcMethod2Size> out) {
  if (proprietary.size() > kMaxProprietaryData) {
    return Error(ErrorCode::kInvalidArgument, "EMV: proprietary data is 0 to 8 bytes");
  }
  FLORIN_TRY(const auto mac, primitives::RetailMacKey::Create(session_key.Read(SecretAccess{})));
  return mac.Sign(primitives::MacPadding::kMethod2, {arqc, csu, proprietary}, out);
}

}  // namespace florin::card
