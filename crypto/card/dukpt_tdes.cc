#include "crypto/card/dukpt_tdes.h"

#include <algorithm>
#include <array>
#include <bit>

#include "crypto/primitives/tdes.h"

namespace florin::card {
namespace {

constexpr std::size_t kPart = 8;

// Flips C0C0C0C000000000 in both parts (X9.24-1:2009 A.2).
void Mask(MutableBytes key) {
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (i % kPart < 4) key[i] = static_cast<std::uint8_t>(key[i] ^ 0xC0);
  }
}

// The byte of each part that a variant flips (X9.24-1:2009 A.4.1).
std::size_t VariantByte(TdesDukptUsage usage) {
  switch (usage) {
    case TdesDukptUsage::kPin: return 7;
    case TdesDukptUsage::kMacRequest: return 6;
    case TdesDukptUsage::kMacResponse: return 4;
    case TdesDukptUsage::kDataRequest:
    case TdesDukptUsage::kDataRequestVariantOnly: return 5;
    case TdesDukptUsage::kDataResponse:
    case TdesDukptUsage::kDataResponseVariantOnly: return 3;
  }
  return kPart;
}

}  // namespace

Status TdesDukpt::CheckKey(ByteView key) {
  if (key.size() != kTdesDukptKeySize) {
    return Error(ErrorCode::kInvalidArgument, "TDES DUKPT: a key has 16 bytes");
  }
  return OkStatus();
}

Status TdesDukpt::DeriveChild(ByteView parent, const TdesKsn& device, std::uint32_t counter,
                              MutableBytes child) {
  FLORIN_CHECK_OK(CheckKey(parent));
  FLORIN_CHECK_OK(CheckKey(child));
  const TdesKsn ksn = device.At(counter);
  const ByteView r = ByteView(ksn.bytes()).last(kPart);
  // Each half is DES of R xor the right part, under the left part, xor the right part: the right
  // half with the parent itself, the left half with the masked parent.
  SecretArray<2 * kTdesDukptKeySize> masked_and_parent;
  const auto both = masked_and_parent.Write(SecretAccess{});
  std::copy(parent.begin(), parent.end(), both.begin());
  std::copy(parent.begin(), parent.end(), both.begin() + kTdesDukptKeySize);
  Mask(both.first<kTdesDukptKeySize>());
  TdesDukptKey left_parts;
  TdesDukptKey right_parts;
  const auto keys = left_parts.Write(SecretAccess{});
  const auto right = right_parts.Write(SecretAccess{});
  for (std::size_t i = 0; i < kPart; ++i) {
    keys[i] = both[i];
    right[i] = both[kPart + i];
    keys[kPart + i] = both[2 * kPart + i];
    right[kPart + i] = both[3 * kPart + i];
  }
  for (std::size_t i = 0; i < child.size(); ++i) {
    child[i] = static_cast<std::uint8_t>(r[i % kPart] ^ right[i]);
  }
  FLORIN_CHECK_OK(primitives::DesEncryptPairOnce(keys, child));
  for (std::size_t i = 0; i < child.size(); ++i) {
    child[i] = static_cast<std::uint8_t>(child[i] ^ right[i]);
  }
  return OkStatus();
}

Result<TdesDukptKey> TdesDukpt::TransactionKey(ByteView initial_key, const TdesKsn& ksn) {
  FLORIN_CHECK_OK(CheckKey(initial_key));
  if (ksn.counter() == 0) {
    return Error(ErrorCode::kInvalidArgument, "DUKPT: an initial KSN belongs to no transaction");
  }
  TdesDukptKey key;
  const auto bytes = key.Write(SecretAccess{});
  std::copy(initial_key.begin(), initial_key.end(), bytes.begin());
  std::uint32_t counter = 0;
  for (std::uint32_t rest = ksn.counter(); rest != 0; rest &= ~std::bit_floor(rest)) {
    counter |= std::bit_floor(rest);
    FLORIN_CHECK_OK(DeriveChild(bytes, ksn, counter, bytes));
  }
  return key;
}

Result<TdesDukptKey> TdesDukpt::WorkingKey(ByteView transaction_key, const TdesKsn&,
                                           TdesDukptUsage usage) {
  FLORIN_CHECK_OK(CheckKey(transaction_key));
  const std::size_t flipped = VariantByte(usage);
  if (flipped == kPart) return Error(ErrorCode::kInvalidArgument, "TDES DUKPT: unknown usage");
  TdesDukptKey key;
  const auto bytes = key.Write(SecretAccess{});
  std::copy(transaction_key.begin(), transaction_key.end(), bytes.begin());
  for (const std::size_t part : {std::size_t{0}, kPart}) {
    bytes[part + flipped] = static_cast<std::uint8_t>(bytes[part + flipped] ^ 0xFF);
  }
  if (usage == TdesDukptUsage::kDataRequest || usage == TdesDukptUsage::kDataResponse) {
    FLORIN_CHECK_OK(primitives::TdesEncryptOnce(bytes, bytes, bytes));
  }
  return key;
}

Result<TdesBdk> TdesBdk::Create(ByteView bdk) {
  FLORIN_CHECK_OK(TdesDukpt::CheckKey(bdk));
  TdesDukptKey masked;
  const auto bytes = masked.Write(SecretAccess{});
  std::copy(bdk.begin(), bdk.end(), bytes.begin());
  Mask(bytes);
  FLORIN_TRY(primitives::KeyedCipher cipher, primitives::TdesCipher(bdk));
  FLORIN_TRY(primitives::KeyedCipher masked_cipher, primitives::TdesCipher(bytes));
  return TdesBdk(std::move(cipher), std::move(masked_cipher));
}

Result<TdesDukptKey> TdesBdk::InitialKey(const TdesKsn& ksn) const {
  const TdesKsn initial = ksn.At(0);
  const ByteView r = ByteView(initial.bytes()).first(kPart);
  TdesDukptKey key;
  const auto bytes = key.Write(SecretAccess{});
  FLORIN_CHECK_OK(bdk_.EncryptBlocks(r, bytes.first<kPart>()));
  FLORIN_CHECK_OK(masked_.EncryptBlocks(r, bytes.last<kPart>()));
  return key;
}

Result<TdesDukptKey> TdesBdk::WorkingKey(const TdesKsn& ksn, TdesDukptUsage usage) const {
  FLORIN_TRY(const TdesDukptKey initial, InitialKey(ksn));
  FLORIN_TRY(const TdesDukptKey transaction,
             TdesDukpt::TransactionKey(initial.Read(SecretAccess{}), ksn));
  return TdesDukpt::WorkingKey(transaction.Read(SecretAccess{}), ksn, usage);
}

}  // namespace florin::card
