#include "florin/card/emv.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "crypto/card/decimalise.h"
#include "crypto/card/emv_derivation.h"
#include "crypto/card/emv_primitives.h"
#include "crypto/primitives/hash.h"
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

bool Hashes(EmvMasterKeyOption option, const Pan& pan) {
  return option == EmvMasterKeyOption::kBEveryLength ||
         (option == EmvMasterKeyOption::kB && pan.size() > kDigits);
}

// Writes Y of A1.4: packed digits that fill one block of the cipher.
Status DiversificationValue(EmvMasterKeyOption option, const Pan& pan, std::uint8_t psn,
                            MutableBytes y) {
  const PanAndPsn x(pan, psn);
  if (!Hashes(option, pan)) {
    const std::string_view text = x.text();
    return BcdPackRightPad0(text.substr(text.size() - std::min(text.size(), 2 * y.size())), y);
  }
  SecretArray<BcdPackedSize(kMaxPanAndPsn + 1)> packed;
  const auto bytes = packed.Write(SecretAccess{}).first(x.size / 2);
  FLORIN_CHECK_OK(BcdPackRightPad0(x.text(), bytes));
  SecretArray<HashSize(Hash::kSha1)> hash;
  FLORIN_CHECK_OK(primitives::Digest(Hash::kSha1, ByteView(bytes), hash.Write(SecretAccess{})));
  SecretArray<kDigits> digits;  // EMV book 2 A1.4.2
  Decimalise(hash.Read(SecretAccess{}), digits.Write(SecretAccess{}));
  return BcdPackRightPad0(AsText(digits.Read(SecretAccess{})), y);
}

}  // namespace

Result<EmvKey> DeriveIccMasterKeyWith(const primitives::KeyedCipher& issuer_key,
                                      EmvMasterKeyOption option, const Pan& pan, std::uint8_t psn,
                                      std::size_t key_size) {
  const std::size_t block_size = issuer_key.block_size();
  const bool aes = block_size == primitives::kAesBlockSize;
  if (pan.empty()) return Error(ErrorCode::kInvalidArgument, "EMV: the PAN is missing");
  if (psn > kMaxPsn) return Error(ErrorCode::kInvalidArgument, "EMV: PSN must be 0 to 99");
  if (aes != (option == EmvMasterKeyOption::kC)) {
    return Error(ErrorCode::kInvalidArgument,
                 "EMV: master key options A and B take TDES keys, option C takes AES keys");
  }
  if (key_size > 2 * block_size) {
    return Error(ErrorCode::kInvalidArgument, "EMV: no key of the issuer has this length");
  }
  SecretArray<2 * primitives::kMaxBlockSize> blocks;
  const auto y = blocks.Write(SecretAccess{}).first(2 * block_size);
  FLORIN_CHECK_OK(DiversificationValue(option, pan, psn, y.first(block_size)));
  for (std::size_t i = 0; i < block_size; ++i) {
    y[block_size + i] = static_cast<std::uint8_t>(~y[i]);
  }
  FLORIN_CHECK_OK(issuer_key.EncryptBlocks(y, y));
  if (!aes) primitives::SetOddParity(y);
  return EmvKey::Create(aes ? EmvAlgorithm::kAes : EmvAlgorithm::kTdes, y.first(key_size));
}

Result<EmvKey> DeriveIccMasterKey(const EmvKey& issuer_key, EmvMasterKeyOption option,
                                  const Pan& pan, std::uint8_t psn) {
  FLORIN_TRY(const auto cipher, EmvCipher(issuer_key));
  return DeriveIccMasterKeyWith(cipher, option, pan, psn, issuer_key.size());
}

Status ApplicationCryptogram(const EmvKey& session_key, EmvPadding padding, ByteView data,
                             std::span<std::uint8_t, kCryptogramSize> out) {
  return EmvMac(session_key, padding, data, out);
}

Status ArpcMethod1(const EmvKey& key, std::span<const std::uint8_t, kCryptogramSize> arqc,
                   std::span<const std::uint8_t, 2> arc,
                   std::span<std::uint8_t, kArpcMethod1Size> out) {
  std::array<std::uint8_t, primitives::kMaxBlockSize> block{};
  std::copy(arqc.begin(), arqc.end(), block.begin());
  block[0] = static_cast<std::uint8_t>(block[0] ^ arc[0]);
  block[1] = static_cast<std::uint8_t>(block[1] ^ arc[1]);
  const MutableBytes whole = MutableBytes(block).first(EmvBlockSize(key));
  FLORIN_CHECK_OK(EmvEncrypt(key, whole, whole));
  std::copy_n(block.begin(), out.size(), out.begin());
  return OkStatus();
}

Status ArpcMethod2(const EmvKey& session_key, std::span<const std::uint8_t, kCryptogramSize> arqc,
                   std::span<const std::uint8_t, 4> csu, ByteView proprietary,
                   std::span<std::uint8_t, kArpcMethod2Size> out) {
  if (proprietary.size() > kMaxProprietaryData) {
    return Error(ErrorCode::kInvalidArgument, "EMV: proprietary data is 0 to 8 bytes");
  }
  return EmvMac(session_key, EmvPadding::kMethod2, {arqc, csu, proprietary}, out);
}

}  // namespace florin::card
