// The DES_* family is deprecated in OpenSSL 3 and used here all the same: a key of a derivation
// chain encrypts one block, and the EVP interface would allocate a context for each. DES is the
// same C code behind both.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/des.h>

#include <array>
#include <cstring>

#include "crypto/primitives/cipher_impl.h"
#include "crypto/primitives/tdes.h"

namespace florin::primitives {
namespace {

// The schedules of K1, K2 and K3, wiped at the end.
class Schedules {
 public:
  explicit Schedules(ByteView key) {
    for (std::size_t i = 0; i < 3; ++i) {
      SecretArray<kTdesBlockSize> part;
      const auto bytes = part.Write(SecretAccess{});
      std::memcpy(bytes.data(), key.data() + i * 8 % key.size(), bytes.size());
      DES_set_key_unchecked(reinterpret_cast<const_DES_cblock*>(bytes.data()), &schedule_[i]);
      if (key.size() == 8) break;
    }
  }
  Schedules(const Schedules&) = delete;
  Schedules& operator=(const Schedules&) = delete;
  ~Schedules() { Wipe({reinterpret_cast<std::uint8_t*>(schedule_.data()), sizeof schedule_}); }

  DES_key_schedule* operator[](std::size_t i) { return &schedule_[i]; }

 private:
  std::array<DES_key_schedule, 3> schedule_;
};

}  // namespace

Status TdesEncryptOnce(ByteView key, ByteView in, MutableBytes out) {
  FLORIN_CHECK_OK(CheckTdesKey(key));
  if (in.size() % kTdesBlockSize != 0 || out.size() != in.size() || OverlapPartially(in, out)) {
    return Error(ErrorCode::kInvalidArgument, "TDES takes whole blocks into as much room");
  }
  Schedules schedules(key);
  for (std::size_t at = 0; at < in.size(); at += kTdesBlockSize) {
    SecretArray<kTdesBlockSize> block;
    const auto bytes = block.Write(SecretAccess{});
    std::memcpy(bytes.data(), in.data() + at, bytes.size());
    auto* const des_block = reinterpret_cast<DES_cblock*>(bytes.data());
    if (key.size() == 8) {
      DES_ecb_encrypt(des_block, des_block, schedules[0], DES_ENCRYPT);
    } else {
      DES_ecb3_encrypt(des_block, des_block, schedules[0], schedules[1], schedules[2], DES_ENCRYPT);
    }
    std::memcpy(out.data() + at, bytes.data(), bytes.size());
  }
  return OkStatus();
}

}  // namespace florin::primitives
