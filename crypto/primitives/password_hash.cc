#include "crypto/primitives/password_hash.h"

#include <sodium.h>

#include "crypto/primitives/self_test.h"

namespace florin::primitives {

static_assert(kPasswordSaltSize == crypto_pwhash_argon2id_SALTBYTES);

bool IsPasswordCostValid(const PasswordCost& cost) {
  return cost.passes >= 1 && cost.passes <= 16 && cost.memory_bytes >= 8192 &&
         cost.memory_bytes <= (std::uint64_t{1} << 30);
}

Status HashPassword(ByteView password, ByteView salt, const PasswordCost& cost, MutableBytes key) {
  FLORIN_CHECK_OK(PrimitivesReady());
  if (password.empty() || password.size() > 255 || salt.size() != kPasswordSaltSize ||
      key.size() < 16 || key.size() > 64 || !IsPasswordCostValid(cost)) {
    return Error(ErrorCode::kInvalidArgument,
                 "password hashing takes 1..255 bytes, a 16-byte salt and a cost in range");
  }
  if (sodium_init() < 0) {
    return Error(ErrorCode::kInternal, "libsodium did not start; check the installation");
  }
  const int failed =
      crypto_pwhash(key.data(), key.size(), reinterpret_cast<const char*>(password.data()),
                    password.size(), salt.data(), cost.passes,
                    static_cast<std::size_t>(cost.memory_bytes), crypto_pwhash_ALG_ARGON2ID13);
  if (failed != 0) {
    return Error(ErrorCode::kResourceExhausted,
                 "password hashing could not get its memory; free some or lower the cost");
  }
  return OkStatus();
}

}  // namespace florin::primitives
