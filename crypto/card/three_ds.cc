#include "crypto/card/three_ds.h"

#include <algorithm>
#include <cmath>

#include "crypto/card/card_verification.h"
#include "crypto/primitives/hash.h"
#include "florin/base/bcd.h"
#include "florin/base/secret.h"

namespace florin::card {
namespace {

constexpr std::size_t kFilledPanSize = 10;  // bytes
constexpr std::size_t kCavvAccountDigits = 16;

Error MissingPan() { return Error(ErrorCode::kInvalidArgument, "the PAN is missing"); }

// Rightmost 16 digits, zeros in front where there are fewer.
struct Rightmost16 {
  explicit Rightmost16(const Pan& pan) {
    const std::string_view digits = pan.Read(SecretAccess{});
    const auto out = storage.Write(SecretAccess{});
    const std::size_t taken = std::min(digits.size(), out.size());
    std::fill(out.begin(), out.end(), std::uint8_t{'0'});
    std::copy(digits.end() - static_cast<std::ptrdiff_t>(taken), digits.end(),
              out.end() - static_cast<std::ptrdiff_t>(taken));
  }
  std::string_view text() const { return AsText(storage.Read(SecretAccess{})); }

  SecretArray<kCavvAccountDigits> storage;
};

Status CheckMerchantName(std::string_view name) {
  if (!name.empty() && name.size() <= kMaxMerchantName) return OkStatus();
  return Error(ErrorCode::kInvalidArgument, "a merchant's name has 1 to 255 bytes");
}

using SpaMac = std::span<std::uint8_t, kSpaMacSize>;

Status SpaMacHmac(const primitives::HmacKey& key, const Pan& pan, const SpaAav& aav, SpaMac mac) {
  if (pan.empty()) return MissingPan();
  if (key.hash() != Hash::kSha1) {
    return Error(ErrorCode::kInvalidArgument, "an SPA AAV takes an HMAC-SHA-1 key");
  }
  std::array<std::uint8_t, kSpaAavSize> field;
  FLORIN_CHECK_OK(aav.Write(field));
  SecretArray<kFilledPanSize> filled_pan;
  FLORIN_CHECK_OK(BcdPackLeftPadF(pan.Read(SecretAccess{}), filled_pan.Write(SecretAccess{})));
  return key.Sign(
      {filled_pan.Read(SecretAccess{}), ByteView(field).first(kSpaAavSize - kSpaMacSize)}, mac);
}

Status SpaMacCvc2(const primitives::RetailMac& cvk, const Pan& pan, const SpaAav& aav, SpaMac mac) {
  if (pan.empty()) return MissingPan();
  std::array<char, 4> sequence;
  std::uint32_t number = aav.transaction_sequence_number;
  for (std::size_t i = sequence.size(); i-- > 0; number /= 10) {
    sequence[i] = static_cast<char>('0' + number % 10);
  }
  FLORIN_TRY(const VerificationValue cvc2,
             CvvOfFields(cvk, Rightmost16(pan).text(), {sequence.data(), sequence.size()}, "140",
                         kCvvDigits));
  std::ranges::fill(mac, std::uint8_t{0});
  return BcdPackRightPad0(cvc2.Read(SecretAccess{}), mac.first(2));
}

Status CheckMac(ByteView expected, ByteView presented) {
  if (ConstantTimeEqual(expected, presented)) return OkStatus();
  return Error(ErrorCode::kVerificationFailed, "the authentication value does not match");
}

}  // namespace

Result<VerificationValue> CavvOutput(const primitives::RetailMac& cvk, const Pan& pan,
                                     CavvPanForm form, const CavvTracking& tracking,
                                     std::uint8_t result_code, std::uint8_t second_factor) {
  if (pan.empty()) return MissingPan();
  if (result_code > 9 || second_factor > 99) {
    return Error(ErrorCode::kInvalidArgument,
                 "a CAVV has a result code of one digit and a second factor of two");
  }
  const std::array<char, 3> code = {static_cast<char>('0' + result_code),
                                    static_cast<char>('0' + second_factor / 10),
                                    static_cast<char>('0' + second_factor % 10)};
  const Rightmost16 rightmost(pan);
  return CvvOfFields(cvk,
                     form == CavvPanForm::kFullPan ? pan.Read(SecretAccess{}) : rightmost.text(),
                     tracking.digits(), {code.data(), code.size()}, kCvvDigits);
}

Status VerifyVisaCavv(const primitives::RetailMac& cvk, const Pan& pan, CavvPanForm form,
                      const VisaCavv& cavv) {
  FLORIN_TRY(const VerificationValue expected,
             CavvOutput(cvk, pan, form, cavv.tracking(), cavv.result_code, cavv.second_factor));
  return VerifyValue(expected, cavv.output);
}

Status SpaMerchantHash(std::string_view merchant_name,
                       std::span<std::uint8_t, kSpaMerchantHashSize> out) {
  FLORIN_CHECK_OK(CheckMerchantName(merchant_name));
  std::array<std::uint8_t, HashSize(Hash::kSha1)> digest;
  FLORIN_CHECK_OK(primitives::Digest(Hash::kSha1, AsBytes(merchant_name), digest));
  std::copy_n(digest.begin(), out.size(), out.begin());
  return OkStatus();
}

Status SealSpaAavHmac(const primitives::HmacKey& key, const Pan& pan, SpaAav& aav) {
  return SpaMacHmac(key, pan, aav, aav.mac);
}

Status SealSpaAavCvc2(const primitives::RetailMac& cvk, const Pan& pan, SpaAav& aav) {
  return SpaMacCvc2(cvk, pan, aav, aav.mac);
}

Status VerifySpaAavHmac(const primitives::HmacKey& key, const Pan& pan, const SpaAav& aav) {
  SecretArray<kSpaMacSize> expected;
  FLORIN_CHECK_OK(SpaMacHmac(key, pan, aav, expected.Write(SecretAccess{})));
  return CheckMac(expected.Read(SecretAccess{}), aav.mac);
}

Status VerifySpaAavCvc2(const primitives::RetailMac& cvk, const Pan& pan, const SpaAav& aav) {
  SecretArray<kSpaMacSize> expected;
  FLORIN_CHECK_OK(SpaMacCvc2(cvk, pan, aav, expected.Write(SecretAccess{})));
  return CheckMac(expected.Read(SecretAccess{}), aav.mac);
}

Result<std::uint16_t> Spa2AmountCode(std::uint64_t amount) {
  if (amount > kMaxSpa2Amount) {
    return Error(ErrorCode::kInvalidArgument, "an amount has at most twelve digits");
  }
  if (amount <= 14000) return static_cast<std::uint16_t>(amount);
  const double code = std::floor(6553.6 * std::log10(static_cast<double>(amount) / 100));
  return static_cast<std::uint16_t>(code);
}

Status Spa2Iav(const primitives::HmacKey& key, const Pan& pan, const Spa2Transaction& transaction,
               std::span<std::uint8_t, kSpa2IavSize> out) {
  if (pan.empty()) return MissingPan();
  if (key.hash() != Hash::kSha256 || transaction.currency > 999) {
    return Error(ErrorCode::kInvalidArgument,
                 "an IAV takes an HMAC-SHA-256 key and a currency of three digits");
  }
  FLORIN_CHECK_OK(CheckMerchantName(transaction.merchant_name));
  FLORIN_TRY(const std::uint16_t amount, Spa2AmountCode(transaction.amount));
  SecretArray<kFilledPanSize> filled_pan;
  FLORIN_CHECK_OK(BcdPackLeftPadF(pan.Read(SecretAccess{}), filled_pan.Write(SecretAccess{})));
  std::array<std::uint8_t, HashSize(Hash::kSha256)> merchant;
  FLORIN_CHECK_OK(primitives::Digest(Hash::kSha256, AsBytes(transaction.merchant_name), merchant));
  const unsigned currency = transaction.currency;
  const std::array<std::uint8_t, 4> codes = {
      static_cast<std::uint8_t>(amount >> 8U), static_cast<std::uint8_t>(amount & 0xFFU),
      static_cast<std::uint8_t>(currency / 100),
      static_cast<std::uint8_t>(currency / 10 % 10 << 4U | currency % 10)};
  out[0] = 0xC6;
  out[1] = 0x04;
  return key.Sign({filled_pan.Read(SecretAccess{}), ByteView(merchant).first(4), codes,
                   transaction.ds_transaction_id},
                  out.last<4>());
}

Status VerifySpa2Iav(const primitives::HmacKey& key, const Pan& pan,
                     const Spa2Transaction& transaction,
                     std::span<const std::uint8_t, kSpa2IavSize> iav) {
  SecretArray<kSpa2IavSize> expected;
  FLORIN_CHECK_OK(Spa2Iav(key, pan, transaction, expected.Write(SecretAccess{})));
  return CheckMac(expected.Read(SecretAccess{}), iav);
}

}  // namespace florin::card
