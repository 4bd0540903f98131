// What is behind KeyedCipher. Private to this room.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "crypto/primitives/cipher.h"
#include "crypto/primitives/des.h"
#include "crypto/primitives/openssl_ptr.h"
#include "crypto/primitives/striped_pool.h"
#include "florin/base/secret.h"
#include "florin/base/secret_box.h"

namespace florin::primitives {

// Bytes one call may process: OpenSSL counts in int.
inline constexpr std::size_t kMaxCipherInput = std::size_t{1} << 30;

// The fetched algorithms that one kind of key can run.
struct CipherSuite {
  const EVP_CIPHER* ecb;
  const EVP_CIPHER* cbc;
  const EVP_CIPHER* ctr;  // null: not offered
  std::size_t block_size;
};

// The key in secret memory, and what computes with it: for TDES a schedule beside it, for AES a
// pool of keyed OpenSSL contexts per use. OpenSSL keeps expanded schedules on its own heap and
// cleanses them when a context is freed. Pieces of a message run in a context of their own in
// either case.
class KeyedCipherImpl {
 public:
  KeyedCipherImpl(const CipherSuite& suite, SecretBytes key)
      : suite_(suite), key_(std::move(key)) {}
  KeyedCipherImpl(const CipherSuite& suite, SecretBytes key, SecretBox<DesSchedule> des)
      : suite_(suite), key_(std::move(key)), des_(std::move(des)) {}

  std::size_t block_size() const { return suite_.block_size; }
  // Null for AES.
  const DesSchedule* des() const { return des_ ? &des_->Read(SecretAccess{}) : nullptr; }
  const EVP_CIPHER* Algorithm(CipherMode mode) const;

  // A new keyed context without padding and without IV, or empty.
  CipherCtxPtr NewContext(CipherMode mode, Direction direction) const;

  StripedPool<CipherCtxPtr>::Lease Borrow(CipherMode mode, Direction direction) const;

 private:
  static constexpr std::size_t kPools = 5;

  CipherSuite suite_;
  SecretBytes key_;
  std::optional<SecretBox<DesSchedule>> des_;
  mutable std::array<StripedPool<CipherCtxPtr>, kPools> pools_;
};

// Sets a new IV; the key stays.
inline bool SetIv(EVP_CIPHER_CTX* ctx, ByteView iv) {
  return EVP_CipherInit_ex2(ctx, nullptr, nullptr, iv.data(), -1, nullptr) == 1;
}

// Runs `in` through `ctx`; exactly in.size() bytes must come out.
inline bool RunExact(EVP_CIPHER_CTX* ctx, ByteView in, std::uint8_t* out) {
  if (in.empty()) return true;
  int written = 0;
  return EVP_CipherUpdate(ctx, out, &written, in.data(), static_cast<int>(in.size())) == 1 &&
         static_cast<std::size_t>(written) == in.size();
}

// A context of the process with an AES key that is used once, for as long as this lives: the
// schedule of a key without a secret takes its place then. Allocates nothing once the contexts of
// the process are there.
class TransientAesContext {
 public:
  // `key` passed CheckAesKey; `iv` has one block for CBC, and is empty for ECB.
  TransientAesContext(ByteView key, Direction direction, ByteView iv);
  TransientAesContext(const TransientAesContext&) = delete;
  TransientAesContext& operator=(const TransientAesContext&) = delete;
  ~TransientAesContext();

  // Whole blocks. False where OpenSSL refuses.
  bool Crypt(ByteView in, std::uint8_t* out) const {
    return ready_ && RunExact(ctx_.get(), in, out);
  }

 private:
  bool SetKey(const std::uint8_t* key, const std::uint8_t* iv) const;

  StripedPool<CipherCtxPtr>::Lease ctx_;
  Direction direction_;
  bool cbc_;
  bool ready_;
};

// kInternal unless the self-tests passed, kInvalidArgument unless `key` has 16, 24 or 32 bytes.
Status CheckAesKey(ByteView key);
// The same for 8, 16 or 24 bytes.
Status CheckTdesKey(ByteView key);

inline Error CipherRefused() {
  return Error(ErrorCode::kInternal, "OpenSSL refused a cipher operation");
}

// kInvalidArgument for an IV of the wrong length or a mode the key does not have.
Status CheckModeAndIv(const KeyedCipherImpl& impl, CipherMode mode, ByteView iv);

// True when the two ranges share bytes without being the same start.
inline bool OverlapPartially(ByteView in, ByteView out) {
  if (in.data() == out.data() || in.empty() || out.empty()) return false;
  const auto a = reinterpret_cast<std::uintptr_t>(in.data());
  const auto b = reinterpret_cast<std::uintptr_t>(out.data());
  return a < b + out.size() && b < a + in.size();
}

}  // namespace florin::primitives
