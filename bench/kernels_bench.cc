// The AES kernels against OpenSSL's EVP as a careful user has it: everything fetched once, contexts
// reused, only what changes set anew.
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <array>
#include <bit>
#include <memory>
#include <string>

#include "bench/entries.h"
#include "crypto/card/dukpt_aes.h"
#include "crypto/kernels/aes.h"

namespace florin::bench {
namespace {

constexpr std::size_t kCmacLength = 40;  // a card's cryptogram data
constexpr std::uint32_t kWorstCounter = 0xFFFF0000;
constexpr std::uint32_t kTypicalCounter = 0x00003A5C;  // half of 16 bits set

Error Refused() { return {ErrorCode::kInternal, "the benchmark's own OpenSSL calls failed"}; }

struct Free {
  void operator()(EVP_CIPHER_CTX* ctx) const { EVP_CIPHER_CTX_free(ctx); }
  void operator()(EVP_CIPHER* cipher) const { EVP_CIPHER_free(cipher); }
  void operator()(EVP_MAC_CTX* ctx) const { EVP_MAC_CTX_free(ctx); }
  void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

// A context that holds an algorithm and waits for its key.
class EvpCipher {
 public:
  EvpCipher(std::size_t key_size, const char* mode)
      : cipher_(EVP_CIPHER_fetch(
            nullptr, ("AES-" + std::to_string(8 * key_size) + "-" + mode).c_str(), nullptr)),
        ctx_(EVP_CIPHER_CTX_new()) {
    FLORIN_INVARIANT(EVP_CipherInit_ex2(ctx(), cipher_.get(), nullptr, nullptr, 1, nullptr) == 1 &&
                     EVP_CIPHER_CTX_set_padding(ctx(), 0) == 1);
  }

  EVP_CIPHER_CTX* ctx() const { return ctx_.get(); }
  bool SetKey(ByteView key, int encrypt) const {
    return EVP_CipherInit_ex2(ctx(), nullptr, key.data(), nullptr, encrypt, nullptr) == 1;
  }
  bool SetIv(ByteView iv) const {
    return EVP_CipherInit_ex2(ctx(), nullptr, nullptr, iv.data(), -1, nullptr) == 1;
  }
  bool Update(ByteView in, std::uint8_t* out) const {
    int written = 0;
    return EVP_CipherUpdate(ctx(), out, &written, in.data(), static_cast<int>(in.size())) == 1;
  }

 private:
  Owned<EVP_CIPHER> cipher_;
  Owned<EVP_CIPHER_CTX> ctx_;
};

// --- CMAC under a new key ---

class EvpCmac {
 public:
  explicit EvpCmac(std::size_t key_size)
      : name_("AES-" + std::to_string(8 * key_size) + "-CBC"),
        mac_(EVP_MAC_fetch(nullptr, "CMAC", nullptr)),
        ctx_(EVP_MAC_CTX_new(mac_.get())) {
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, name_.data(), 0),
        OSSL_PARAM_construct_end()};
    FLORIN_INVARIANT(EVP_MAC_CTX_set_params(ctx_.get(), parameters) == 1);
  }

  bool Sign(ByteView key, ByteView message, MutableBytes mac) const {
    std::size_t size = 0;
    return EVP_MAC_init(ctx_.get(), key.data(), key.size(), nullptr) == 1 &&
           EVP_MAC_update(ctx_.get(), message.data(), message.size()) == 1 &&
           EVP_MAC_final(ctx_.get(), mac.data(), &size, mac.size()) == 1;
  }

 private:
  std::string name_;
  Owned<EVP_MAC> mac_;
  Owned<EVP_MAC_CTX> ctx_;
};

// Keys and messages that take turns, ready before the clock runs.
struct Turns {
  static constexpr std::size_t kCount = 64;
  std::array<std::array<std::uint8_t, 32>, kCount> keys;
  std::array<std::array<std::uint8_t, kCmacLength>, kCount> messages;

  Turns() {
    for (std::size_t i = 0; i < kCount; ++i) {
      keys[i].fill(static_cast<std::uint8_t>(i + 1));
      messages[i].fill(static_cast<std::uint8_t>(3 * i));
    }
  }
};

template <class Sign>
Work SignMany(std::size_t key_size, Sign sign) {
  auto turns = std::make_shared<const Turns>();
  return [key_size, sign, turns](std::size_t iterations) -> Status {
    std::array<std::uint8_t, 16> mac;
    for (std::size_t i = 0; i < iterations; ++i) {
      const std::size_t turn = i % Turns::kCount;
      const ByteView key = ByteView(turns->keys[turn]).first(key_size);
      if (!sign(key, turns->messages[turn], MutableBytes(mac))) return Refused();
    }
    return OkStatus();
  };
}

Status AddCmac(Entries& entries, std::size_t key_size) {
  auto evp = std::make_shared<EvpCmac>(key_size);
  std::array<std::uint8_t, 16> ours;
  std::array<std::uint8_t, 16> theirs;
  const Bytes key(key_size, 1);
  const Bytes message(kCmacLength, 2);
  FLORIN_CHECK_OK(kernels::AesCmacOnce(key, ByteView(message), ours));
  if (!evp->Sign(key, message, theirs) || ours != theirs) return Refused();
  entries.contests.push_back(
      {.name = "kernels/cmac_new_key_40_aes" + std::to_string(8 * key_size),
       .ours_name = "florin, key used once",
       .rival_name = "EVP_MAC, context reused, key set",
       .ours = SignMany(key_size,
                        [](ByteView k, ByteView m, MutableBytes mac) {
                          return kernels::AesCmacOnce(k, m, mac).ok();
                        }),
       .rival = SignMany(key_size, [evp](ByteView k, ByteView m,
                                         MutableBytes mac) { return evp->Sign(k, m, mac); }),
       .bound = {}});
  return OkStatus();
}

// --- AES DUKPT ---

// X9.24-3 by EVP, for BDK, initial keys and MAC keys of one length.
class EvpDukpt {
 public:
  explicit EvpDukpt(const Bytes& bdk) : cipher_(bdk.size(), "ECB"), bdk_(bdk) {}

  bool MacKey(const card::InitialKeyId& id, std::uint32_t counter, MutableBytes key) const {
    std::array<std::uint8_t, 16> block = {1, 1, 0x80, 0x01, 0, 0};
    block[5] = static_cast<std::uint8_t>(key.size() / 8);  // 2, 3, 4 for AES-128, -192, -256
    block[6] = static_cast<std::uint8_t>(8 * key.size() >> 8);
    block[7] = static_cast<std::uint8_t>(8 * key.size());
    std::copy(id.begin(), id.end(), block.begin() + 8);
    bool good = Step(bdk_, block, key);
    std::copy(id.begin() + 4, id.end(), block.begin() + 8);
    block[3] = 0;
    std::uint32_t reached = 0;
    for (std::uint32_t rest = counter; rest != 0; rest &= ~std::bit_floor(rest)) {
      reached |= std::bit_floor(rest);
      PutCounter(block, reached);
      good = Step(key, block, key) && good;
    }
    block[2] = 0x20;
    return Step(key, block, key) && good;
  }

 private:
  static void PutCounter(std::array<std::uint8_t, 16>& block, std::uint32_t counter) {
    for (std::size_t i = 0; i < 4; ++i) {
      block[15 - i] = static_cast<std::uint8_t>(counter >> (8 * i));
    }
  }
  bool Step(ByteView key, const std::array<std::uint8_t, 16>& block, MutableBytes next) const {
    std::array<std::uint8_t, 32> blocks;
    std::copy(block.begin(), block.end(), blocks.begin());
    std::copy(block.begin(), block.end(), blocks.begin() + 16);
    blocks[17] = 2;
    return cipher_.SetKey(key, 1) &&
           cipher_.Update(ByteView(blocks).first(next.size()), next.data());
  }

  EvpCipher cipher_;
  Bytes bdk_;
};

card::AesKsn KsnOf(std::uint32_t counter) {
  std::array<std::uint8_t, 12> ksn = {0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34, 0x56};
  for (std::size_t i = 0; i < 4; ++i) {
    ksn[11 - i] = static_cast<std::uint8_t>(counter >> (8 * i));
  }
  return card::AesKsn::Parse(ksn).value();
}

Status AddDukpt(Entries& entries, std::size_t key_size, std::uint32_t counter, const char* name) {
  const Bytes bdk_bytes(key_size, 0x42);
  FLORIN_TRY(card::AesBdk made, card::AesBdk::Create(bdk_bytes));
  auto bdk = std::make_shared<card::AesBdk>(std::move(made));
  auto evp = std::make_shared<EvpDukpt>(bdk_bytes);
  const card::AesKsn ksn = KsnOf(counter);
  const auto type =
      key_size == 16 ? card::AesDukptKeyType::kAes128 : card::AesDukptKeyType::kAes256;
  constexpr auto kUsage = card::AesDukptUsage::kMacGeneration;
  FLORIN_TRY(const card::AesDukptKey ours, bdk->WorkingKey(ksn, kUsage, type));
  Bytes theirs(key_size);
  if (!evp->MacKey(ksn.initial_key_id(), counter, theirs) ||
      !SameBytes(ours.Read(SecretAccess{}), theirs)) {
    return Refused();
  }
  entries.contests.push_back(
      {.name = "kernels/dukpt_aes" + std::to_string(8 * key_size) + "_" + name,
       .ours_name = "florin, BDK to working key",
       .rival_name = "EVP ECB, context reused, keys set",
       .ours = [bdk, ksn, type](std::size_t iterations) -> Status {
         for (std::size_t i = 0; i < iterations; ++i) {
           FLORIN_CHECK_OK(bdk->WorkingKey(ksn, kUsage, type));
         }
         return OkStatus();
       },
       .rival = [evp, ksn, key_size](std::size_t iterations) -> Status {
         std::array<std::uint8_t, 32> key;
         for (std::size_t i = 0; i < iterations; ++i) {
           if (!evp->MacKey(ksn.initial_key_id(), ksn.counter(),
                            MutableBytes(key).first(key_size))) {
             return Refused();
           }
         }
         return OkStatus();
       },
       .bound = {}});
  return OkStatus();
}

// --- GCM for records, key cached ---

class EvpGcm {
 public:
  EvpGcm(ByteView key, int encrypt) : cipher_(key.size(), "GCM") {
    FLORIN_INVARIANT(cipher_.SetKey(key, encrypt));
  }

  bool Seal(ByteView iv, ByteView plain, MutableBytes cipher, MutableBytes tag) const {
    int written = 0;
    std::uint8_t nothing[16];
    return cipher_.SetIv(iv) && cipher_.Update(plain, cipher.data()) &&
           EVP_CipherFinal_ex(cipher_.ctx(), nothing, &written) == 1 &&
           EVP_CIPHER_CTX_ctrl(cipher_.ctx(), EVP_CTRL_AEAD_GET_TAG, 16, tag.data()) == 1;
  }
  bool Open(ByteView iv, ByteView cipher, MutableBytes tag, MutableBytes plain) const {
    int written = 0;
    std::uint8_t nothing[16];
    return cipher_.SetIv(iv) && cipher_.Update(cipher, plain.data()) &&
           EVP_CIPHER_CTX_ctrl(cipher_.ctx(), EVP_CTRL_AEAD_SET_TAG, 16, tag.data()) == 1 &&
           EVP_CipherFinal_ex(cipher_.ctx(), nothing, &written) == 1;
  }

 private:
  EvpCipher cipher_;
};

struct GcmMatch {
  GcmMatch(kernels::AesGcmKey key, ByteView bytes, std::size_t size)
      : florin(std::move(key)), seal(bytes, 1), open(bytes, 0), plain(size, 3), sealed(size) {
    FLORIN_INVARIANT(seal.Seal(iv, plain, sealed, tag));
  }

  kernels::AesGcmKey florin;
  EvpGcm seal;
  EvpGcm open;
  std::array<std::uint8_t, 12> iv = {1, 2, 3};
  Bytes plain;
  Bytes sealed;
  std::array<std::uint8_t, 16> tag{};
};

template <class Call>
Work Repeated(Call call) {
  return [call](std::size_t iterations) mutable -> Status {
    for (std::size_t i = 0; i < iterations; ++i) {
      if (!call()) return Refused();
    }
    return OkStatus();
  };
}

Status AddGcm(Entries& entries, std::size_t key_size, std::size_t size) {
  const Bytes key(key_size, 0x24);
  FLORIN_TRY(kernels::AesGcmKey florin, kernels::AesGcmKey::Create(key));
  auto match = std::make_shared<GcmMatch>(std::move(florin), key, size);
  const std::string shape = std::to_string(size) + "_aes" + std::to_string(8 * key_size);
  Bytes room(size);
  std::array<std::uint8_t, 16> tag{};
  FLORIN_CHECK_OK(match->florin.Seal(match->iv, {}, match->plain, room, tag));
  if (room != match->sealed || tag != match->tag) return Refused();
  entries.contests.push_back(
      {.name = "kernels/gcm_seal_" + shape,
       .ours_name = "florin, key cached",
       .rival_name = "EVP, context reused, IV set",
       .ours = Repeated([match, room, tag]() mutable {
         return match->florin.Seal(match->iv, {}, match->plain, room, tag).ok();
       }),
       .rival = Repeated([match, room, tag]() mutable {
         return match->seal.Seal(match->iv, match->plain, room, tag);
       }),
       .bound = {}});
  entries.contests.push_back(
      {.name = "kernels/gcm_open_" + shape,
       .ours_name = "florin, key cached",
       .rival_name = "EVP, context reused, IV set",
       .ours = Repeated([match, room]() mutable {
         return match->florin.Open(match->iv, {}, match->sealed, match->tag, room).ok();
       }),
       .rival = Repeated([match, room]() mutable {
         return match->open.Open(match->iv, match->sealed, match->tag, room);
       }),
       .bound = {}});
  return OkStatus();
}

// What a kernel with instructions promises; the portable one is the rival in other clothes.
void Promise(Entries& entries, double times) {
  for (Contest& contest : entries.contests) {
    contest.bound = Bound{Bound::Kind::kAtLeastTimesFaster, times};
  }
}

}  // namespace

Result<Entries> KernelsEntries() {
  FLORIN_TRY(const kernels::Kernel* kernel, kernels::ActiveKernel());
  Entries entries;
  for (const std::size_t key_size : {16, 32}) {
    FLORIN_CHECK_OK(AddCmac(entries, key_size));
    FLORIN_CHECK_OK(AddDukpt(entries, key_size, kTypicalCounter, "typical"));
    FLORIN_CHECK_OK(AddDukpt(entries, key_size, kWorstCounter, "worst"));
    for (const std::size_t size : {64, 256, 512}) {
      FLORIN_CHECK_OK(AddGcm(entries, key_size, size));
    }
  }
  if (kernel->aes != nullptr) Promise(entries, 2);
  return entries;
}

}  // namespace florin::bench
