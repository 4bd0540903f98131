#include "crypto/card/dukpt_aes.h"

#include <algorithm>
#include <array>
#include <bit>

#include "crypto/kernels/aes.h"

namespace florin::card {
namespace {

constexpr std::uint32_t kUpdateCounter = 0xFFFFFFFF;
// To the initial key, along all bits of the update counter, to the working key.
constexpr std::size_t kMaxSteps = 1 + 32 + 1;

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

void PutU16(std::uint8_t* out, std::uint32_t value) {
  out[0] = static_cast<std::uint8_t>(value >> 8);
  out[1] = static_cast<std::uint8_t>(value);
}

void PutU32(std::uint8_t* out, std::uint32_t value) {
  PutU16(out, value >> 16);
  PutU16(out + 2, value);
}

// The derivation data of X9.24-3:2017 6.3.3 on the way from one key to another. Public.
class Path {
 public:
  // From a BDK to the initial key of a device.
  void ToInitialKey(const InitialKeyId& id, std::size_t key_size) {
    kernels::DerivationBlock& block =
        Begin(AesDukptUsage::kInitialKeyDerivation, AesOf(key_size), key_size);
    std::copy(id.begin(), id.end(), block.begin() + 8);
  }

  // From the key at `counter` without its lowest bit to the key at `counter`.
  void ToChild(const InitialKeyId& id, std::size_t key_size, std::uint32_t counter) {
    Add(AesDukptUsage::kKeyDerivation, AesOf(key_size), key_size, id, counter);
  }

  // From the initial key to the key at `counter`, bit by bit from the top.
  void ToCounter(const InitialKeyId& id, std::size_t key_size, std::uint32_t counter) {
    std::uint32_t reached = 0;
    for (std::uint32_t rest = counter; rest != 0; rest &= ~std::bit_floor(rest)) {
      reached |= std::bit_floor(rest);
      ToChild(id, key_size, reached);
    }
  }

  // From the key at `counter` to one of its working keys.
  void ToWorkingKey(const InitialKeyId& id, std::uint32_t counter, AesDukptUsage usage,
                    const KeyForm& form) {
    Add(usage, form.algorithm, form.size, id, counter);
  }

  // The key of `size` bytes at the end.
  Result<AesDukptKey> Walk(ByteView from, std::size_t size) const {
    // Made where it is returned: every move of a key wipes one.
    Result<AesDukptKey> key{AesDukptKey(size)};
    FLORIN_CHECK_OK(Walk(from, key->Write(SecretAccess{})));
    return key;
  }
  Status Walk(ByteView from, MutableBytes key) const {
    return kernels::AesDerive(from, std::span(steps_).first(size_), key);
  }

 private:
  // Byte 1 numbers the blocks of one key: the kernel does that.
  kernels::DerivationBlock& Begin(AesDukptUsage usage, Algorithm algorithm, std::size_t key_size) {
    FLORIN_INVARIANT(size_ < kMaxSteps);
    kernels::DerivationBlock& block = steps_[size_++];
    block[0] = 1;
    block[1] = 1;
    PutU16(&block[2], static_cast<std::uint32_t>(usage));
    PutU16(&block[4], static_cast<std::uint32_t>(algorithm));
    PutU16(&block[6], static_cast<std::uint32_t>(8 * key_size));
    return block;
  }

  void Add(AesDukptUsage usage, Algorithm algorithm, std::size_t key_size, const InitialKeyId& id,
           std::uint32_t counter) {
    kernels::DerivationBlock& block = Begin(usage, algorithm, key_size);
    std::copy(id.begin() + 4, id.end(), block.begin() + 8);
    PutU32(&block[12], counter);
  }

  std::array<kernels::DerivationBlock, kMaxSteps> steps_;
  std::size_t size_ = 0;
};

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

// The form of a working key that a transaction key of `parent_size` bytes may derive.
Result<KeyForm> WorkingForm(std::size_t parent_size, AesDukptUsage usage, AesDukptKeyType type) {
  FLORIN_TRY(const KeyForm form, FormOf(type));
  FLORIN_CHECK_OK(CheckUsage(usage, form.algorithm));
  if (form.strength > 8 * parent_size) {
    return Error(ErrorCode::kInvalidArgument,
                 "AES DUKPT: a working key is not stronger than its BDK");
  }
  return form;
}

Status CheckTransaction(const AesKsn& ksn) {
  if (ksn.counter() != 0) return OkStatus();
  return Error(ErrorCode::kInvalidArgument, "DUKPT: an initial KSN belongs to no transaction");
}

// One walk from the BDK to the working key: no key in between leaves the kernel.
Result<AesDukptKey> FromBdk(ByteView bdk, const InitialKeyId& id, std::uint32_t counter,
                            AesDukptUsage usage, const KeyForm& form) {
  // Public, and written before it is read: filling it with zeros first costs half a step.
  Path path __attribute__((uninitialized));
  path.ToInitialKey(id, bdk.size());
  path.ToCounter(id, bdk.size(), counter);
  path.ToWorkingKey(id, counter, usage, form);
  return path.Walk(bdk, form.size);
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
  Path path;
  path.ToChild(device.initial_key_id(), parent.size(), counter);
  return path.Walk(parent, child);
}

Result<AesDukptKey> AesDukpt::TransactionKey(ByteView initial_key, const AesKsn& ksn) {
  FLORIN_CHECK_OK(CheckKey(initial_key));
  FLORIN_CHECK_OK(CheckTransaction(ksn));
  Path path;
  path.ToCounter(ksn.initial_key_id(), initial_key.size(), ksn.counter());
  return path.Walk(initial_key, initial_key.size());
}

Result<AesDukptKey> AesDukpt::WorkingKey(ByteView transaction_key, const AesKsn& ksn,
                                         AesDukptUsage usage, AesDukptKeyType type) {
  FLORIN_CHECK_OK(CheckKey(transaction_key));
  FLORIN_TRY(const KeyForm form, WorkingForm(transaction_key.size(), usage, type));
  Path path;
  path.ToWorkingKey(ksn.initial_key_id(), ksn.counter(), usage, form);
  return path.Walk(transaction_key, form.size);
}

Result<AesBdk> AesBdk::Create(ByteView bdk) {
  FLORIN_CHECK_OK(AesDukpt::CheckKey(bdk));
  FLORIN_CHECK_OK(kernels::ActiveKernel());
  FLORIN_TRY(SecretBytes copy, SecretBytes::CopyOf(bdk));
  return AesBdk(std::move(copy));
}

Result<AesDukptKey> AesBdk::InitialKey(const InitialKeyId& id) const {
  Path path;
  path.ToInitialKey(id, bdk_.size());
  return path.Walk(bdk_.Read(SecretAccess{}), bdk_.size());
}

Result<AesDukptKey> AesBdk::WorkingKey(const AesKsn& ksn, AesDukptUsage usage,
                                       AesDukptKeyType type) const {
  FLORIN_CHECK_OK(CheckTransaction(ksn));
  FLORIN_TRY(const KeyForm form, WorkingForm(bdk_.size(), usage, type));
  return FromBdk(bdk_.Read(SecretAccess{}), ksn.initial_key_id(), ksn.counter(), usage, form);
}

Result<AesDukptKey> AesBdk::UpdateKey(const InitialKeyId& id, AesDukptKeyType type) const {
  FLORIN_TRY(const KeyForm form, WorkingForm(bdk_.size(), AesDukptUsage::kKeyEncryption, type));
  if (!IsAes(form.algorithm)) {
    return Error(ErrorCode::kInvalidArgument, "AES DUKPT: an update key is an AES key");
  }
  return FromBdk(bdk_.Read(SecretAccess{}), id, kUpdateCounter, AesDukptUsage::kKeyEncryption,
                 form);
}

}  // namespace florin::card
