#include "crypto/card/dukpt_aes.h"

#include <algorithm>
#include <array>
#include <bit>

#include "crypto/primitives/aes.h"
#include "florin/base/byte_writer.h"

namespace florin::card {
namespace {

constexpr std::uint32_t kUpdateCounter = 0xFFFFFFFF;
constexpr std::size_t kMaxBlocks = kMaxAesDukptKeySize / primitives::kAesBlockSize;

// The algorithm indicators of X9.24-3:2017 6.2.1.
enum class Algorithm : std::uint16_t { kTdes2, kTdes3, kAes128, kAes192, kAes256, kHmac };

struct KeyForm {
  Algorithm algorithm;
  std::size_t size;      // bytes
  std::size_t strength;  // bits, as compared with the length of the BDK
};

Result<KeyForm> FormOf(AesDukptKeyType type) {
  switch (type) {
    case AesDukptKeyType::kTdes2: return KeyForm{Algorithm::kTdes2, 16, 80};
    case AesDukptKeyType::kTdes3: return KeyForm{Algorithm::kTdes3, 24, 112};
    case AesDukptKeyType::kAes128: return KeyForm{Algorithm::kAes128, 16, 128};
    case AesDukptKeyType::kAes192: return KeyForm{Algorithm::kAes192, 24, 192};
    case AesDukptKeyType::kAes256: return KeyForm{Algorithm::kAes256, 32, 256};
    case AesDukptKeyType::kHmac128: return KeyForm{Algorithm::kHmac, 16, 128};
    case AesDukptKeyType::kHmac192: return KeyForm{Algorithm::kHmac, 24, 192};
    case AesDukptKeyType::kHmac256: return KeyForm{Algorithm::kHmac, 32, 256};
  }
  return Error(ErrorCode::kInvalidArgument, "AES DUKPT: unknown key type");
}

bool IsAes(Algorithm algorithm) {
  return algorithm == Algorithm::kAes128 || algorithm == Algorithm::kAes192 ||
         algorithm == Algorithm::kAes256;
}

Algorithm AesOf(std::size_t key_size) {
  if (key_size == 16) return Algorithm::kAes128;
  return key_size == 24 ? Algorithm::kAes192 : Algorithm::kAes256;
}

// One block of X9.24-3:2017 6.3.3 for each 16 bytes of the key to be derived. Public data.
class DerivationData {
 public:
  DerivationData(AesDukptUsage usage, Algorithm algorithm, std::size_t key_size, ByteView context)
      : size_((key_size + primitives::kAesBlockSize - 1) / primitives::kAesBlockSize *
              primitives::kAesBlockSize) {
    ByteWriter writer(bytes_);
    for (std::uint8_t block = 1; writer.position() < size_; ++block) {
      const bool written = writer.WriteU8(1).ok() && writer.WriteU8(block).ok() &&
                           writer.WriteU16(static_cast<std::uint16_t>(usage)).ok() &&
                           writer.WriteU16(static_cast<std::uint16_t>(algorithm)).ok() &&
                           writer.WriteU16(static_cast<std::uint16_t>(8 * key_size)).ok() &&
                           writer.Write(context).ok();
      FLORIN_INVARIANT(written);
    }
  }
  ByteView bytes() const { return ByteView(bytes_).first(size_); }

 private:
  std::array<std::uint8_t, kMaxBlocks * primitives::kAesBlockSize> bytes_;
  std::size_t size_;
};

// The right half of the initial key id, then the counter.
std::array<std::uint8_t, 8> ContextOf(const InitialKeyId& id, std::uint32_t counter) {
  std::array<std::uint8_t, 8> context;
  ByteWriter writer(context);
  FLORIN_INVARIANT(writer.Write(ByteView(id).last(4)).ok() && writer.WriteU32(counter).ok());
  return context;
}

// Encrypts the derivation data under `parent` and cuts to the length of `out`.
Status Derive(ByteView parent, const DerivationData& data, MutableBytes out) {
  SecretArray<kMaxAesDukptKeySize> blocks;
  const MutableBytes bytes = blocks.Write(SecretAccess{}).first(data.bytes().size());
  FLORIN_CHECK_OK(primitives::AesEncryptOnce(parent, data.bytes(), bytes));
  std::copy_n(bytes.begin(), out.size(), out.begin());
  return OkStatus();
}

// The derivation key at `counter`, bit by bit from the top.
Result<AesDukptKey> KeyAt(ByteView initial_key, const AesKsn& device, std::uint32_t counter) {
  AesDukptKey key(initial_key.size());
  const MutableBytes bytes = key.Write(SecretAccess{});
  std::copy(initial_key.begin(), initial_key.end(), bytes.begin());
  std::uint32_t reached = 0;
  for (std::uint32_t rest = counter; rest != 0; rest &= ~std::bit_floor(rest)) {
    reached |= std::bit_floor(rest);
    FLORIN_CHECK_OK(AesDukpt::DeriveChild(bytes, device, reached, bytes));
  }
  return key;
}

Status CheckUsage(AesDukptUsage usage, Algorithm algorithm) {
  switch (usage) {
    case AesDukptUsage::kMacGeneration:
    case AesDukptUsage::kMacVerification:
    case AesDukptUsage::kMacBothWays: return OkStatus();
    case AesDukptUsage::kKeyEncryption:
    case AesDukptUsage::kPin:
    case AesDukptUsage::kDataEncryption:
    case AesDukptUsage::kDataDecryption:
    case AesDukptUsage::kDataBothWays:
      if (algorithm != Algorithm::kHmac) return OkStatus();
      return Error(ErrorCode::kInvalidArgument, "AES DUKPT: an HMAC key is for MACs only");
    case AesDukptUsage::kKeyDerivation:
      if (IsAes(algorithm)) return OkStatus();
      return Error(ErrorCode::kInvalidArgument, "AES DUKPT: a derivation key is for AES");
    case AesDukptUsage::kInitialKeyDerivation: break;
  }
  return Error(ErrorCode::kInvalidArgument, "AES DUKPT: not the usage of a working key");
}

Result<AesDukptKey> WorkingKeyAt(ByteView parent, const InitialKeyId& id, std::uint32_t counter,
                                 AesDukptUsage usage, AesDukptKeyType type) {
  FLORIN_TRY(const KeyForm form, FormOf(type));
  FLORIN_CHECK_OK(CheckUsage(usage, form.algorithm));
  if (form.strength > 8 * parent.size()) {
    return Error(ErrorCode::kInvalidArgument,
                 "AES DUKPT: a working key is not stronger than its BDK");
  }
  AesDukptKey key(form.size);
  const DerivationData data(usage, form.algorithm, form.size, ContextOf(id, counter));
  FLORIN_CHECK_OK(Derive(parent, data, key.Write(SecretAccess{})));
  return key;
}

}  // namespace

Status AesDukpt::CheckKey(ByteView key) {
  if (key.size() != 16 && key.size() != 24 && key.size() != 32) {
    return Error(ErrorCode::kInvalidArgument, "AES DUKPT: a key has 16, 24 or 32 bytes");
  }
  return OkStatus();
}

Status AesDukpt::DeriveChild(ByteView parent, const AesKsn& device, std::uint32_t counter,
                             MutableBytes child) {
  FLORIN_CHECK_OK(CheckKey(parent));
  if (child.size() != parent.size()) {
    return Error(ErrorCode::kInvalidArgument, "AES DUKPT: derivation keys have one length");
  }
  const DerivationData data(AesDukptUsage::kKeyDerivation, AesOf(parent.size()), parent.size(),
                            ContextOf(device.initial_key_id(), counter));
  return Derive(parent, data, child);
}

Result<AesDukptKey> AesDukpt::TransactionKey(ByteView initial_key, const AesKsn& ksn) {
  FLORIN_CHECK_OK(CheckKey(initial_key));
  if (ksn.counter() == 0) {
    return Error(ErrorCode::kInvalidArgument, "DUKPT: an initial KSN belongs to no transaction");
  }
  return KeyAt(initial_key, ksn, ksn.counter());
}

Result<AesDukptKey> AesDukpt::WorkingKey(ByteView transaction_key, const AesKsn& ksn,
                                         AesDukptUsage usage, AesDukptKeyType type) {
  FLORIN_CHECK_OK(CheckKey(transaction_key));
  return WorkingKeyAt(transaction_key, ksn.initial_key_id(), ksn.counter(), usage, type);
}

Result<AesBdk> AesBdk::Create(ByteView bdk) {
  FLORIN_CHECK_OK(AesDukpt::CheckKey(bdk));
  FLORIN_TRY(primitives::KeyedCipher cipher, primitives::AesCipher(bdk));
  return AesBdk(std::move(cipher), bdk.size());
}

Result<AesDukptKey> AesBdk::InitialKey(const InitialKeyId& id) const {
  const DerivationData data(AesDukptUsage::kInitialKeyDerivation, AesOf(size_), size_, id);
  SecretArray<kMaxAesDukptKeySize> blocks;
  const MutableBytes bytes = blocks.Write(SecretAccess{}).first(data.bytes().size());
  FLORIN_CHECK_OK(bdk_.EncryptBlocks(data.bytes(), bytes));
  AesDukptKey key(size_);
  std::copy_n(bytes.begin(), size_, key.Write(SecretAccess{}).begin());
  return key;
}

Result<AesDukptKey> AesBdk::WorkingKey(const AesKsn& ksn, AesDukptUsage usage,
                                       AesDukptKeyType type) const {
  FLORIN_TRY(const AesDukptKey initial, InitialKey(ksn.initial_key_id()));
  FLORIN_TRY(const AesDukptKey transaction,
             AesDukpt::TransactionKey(initial.Read(SecretAccess{}), ksn));
  return AesDukpt::WorkingKey(transaction.Read(SecretAccess{}), ksn, usage, type);
}

Result<AesDukptKey> AesBdk::UpdateKey(const InitialKeyId& id, AesDukptKeyType type) const {
  FLORIN_TRY(const KeyForm form, FormOf(type));
  if (!IsAes(form.algorithm)) {
    return Error(ErrorCode::kInvalidArgument, "AES DUKPT: an update key is an AES key");
  }
  FLORIN_TRY(const AesDukptKey initial, InitialKey(id));
  FLORIN_TRY(const AesDukptKey last,
             KeyAt(initial.Read(SecretAccess{}), AesKsn::Initial(id), kUpdateCounter));
  return WorkingKeyAt(last.Read(SecretAccess{}), id, kUpdateCounter, AesDukptUsage::kKeyEncryption,
                      type);
}

}  // namespace florin::card
