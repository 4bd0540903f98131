// The tuned rival. The DES_* and CMAC_* families are deprecated in OpenSSL 3; they are what it does
// best.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/cmac.h>
#include <openssl/crypto.h>
#include <openssl/des.h>
#include <openssl/evp.h>

#include <cstring>
#include <memory>

#include "bench/card_rivals.h"

namespace florin::bench {
namespace {

constexpr std::uint8_t kMask[kDes] = {0xC0, 0xC0, 0xC0, 0xC0};

Error Refused() { return {ErrorCode::kInternal, "the tuned rival: OpenSSL refused"}; }
Error Wrong() { return {ErrorCode::kVerificationFailed, "the tuned rival: the ARQC is wrong"}; }

// const_DES_cblock is const in name only.
auto Block(const std::uint8_t* bytes) {
  return reinterpret_cast<const_DES_cblock*>(const_cast<std::uint8_t*>(bytes));
}
auto Block(std::uint8_t* bytes) { return reinterpret_cast<DES_cblock*>(bytes); }

// A two-key TDES key.
struct Tdes {
  DES_key_schedule left, right;

  explicit Tdes(const std::uint8_t* key) {
    DES_set_key_unchecked(Block(key), &left);
    DES_set_key_unchecked(Block(key + kDes), &right);
  }
  ~Tdes() { OPENSSL_cleanse(this, sizeof *this); }
  Tdes(const Tdes&) = delete;
  Tdes& operator=(const Tdes&) = delete;

  void Encrypt(const std::uint8_t* in, std::uint8_t* out) {
    DES_ecb3_encrypt(Block(in), Block(out), &left, &right, &left, DES_ENCRYPT);
  }

  void Decrypt(const std::uint8_t* in, std::uint8_t* out) {
    DES_ecb3_encrypt(Block(in), Block(out), &left, &right, &left, DES_DECRYPT);
  }

  // MAC algorithm 3 of whole blocks.
  void RetailMac(const std::uint8_t* data, std::size_t size, std::uint8_t* mac) {
    std::uint8_t chain[kDes] = {};
    if (size > kDes) {
      const auto length = static_cast<long>(size - kDes);
      DES_cblock zero = {};
      DES_cbc_cksum(data, Block(chain), length, &left, &zero);
    }
    for (std::size_t i = 0; i < kDes; ++i) {
      chain[i] = static_cast<std::uint8_t>(chain[i] ^ data[size - kDes + i]);
    }
    Encrypt(chain, mac);
  }
};

using TdesPtr = std::shared_ptr<Tdes>;

// Appends padding method 2.
std::size_t Pad(std::uint8_t* data, std::size_t size) {
  const std::size_t padded = (size / kDes + 1) * kDes;
  std::memset(data + size, 0, padded - size);
  data[size] = 0x80;
  return padded;
}

void CardKey(Tdes& issuer, std::uint8_t* key) {
  std::uint8_t blocks[kDes2];
  CardKeyBlocks(blocks);
  issuer.Encrypt(blocks, key);
  issuer.Encrypt(blocks + kDes, key + kDes);
}

void SessionKey(Tdes& card, std::uint16_t atc, std::uint8_t* key) {
  std::uint8_t blocks[kDes2];
  SessionKeyBlocks(atc, blocks);
  card.Encrypt(blocks, key);
  card.Encrypt(blocks + kDes, key + kDes);
}

// A clear key that is cleansed.
struct Key {
  std::uint8_t bytes[kDes2];
  ~Key() { OPENSSL_cleanse(bytes, sizeof bytes); }
};

// --- card values ---

void AddCardValues(const CardInputs& inputs, const TdesPtr& tdes, CardContestants& rivals) {
  rivals.cvv = [tdes](MutableBytes out) -> Result<std::size_t> {
    std::uint8_t block[kDes2];
    std::uint8_t mac[kDes];
    CvvBlock(nullptr, block);
    tdes->RetailMac(block, sizeof block, mac);
    DecimalDigits(mac, CardInputs::kDigits, out.data());
    return CardInputs::kDigits;
  };
  rivals.dcvv = [tdes](MutableBytes out) -> Result<std::size_t> {
    Key key;
    CardKey(*tdes, key.bytes);
    Tdes card(key.bytes);
    std::uint8_t block[kDes2];
    std::uint8_t mac[kDes];
    CvvBlock(&CardInputs::kAtc, block);
    card.RetailMac(block, sizeof block, mac);
    DecimalDigits(mac, CardInputs::kDigits, out.data());
    return CardInputs::kDigits;
  };
  rivals.pvv = [tdes, &inputs](MutableBytes out) -> Result<std::size_t> {
    std::uint8_t block[kDes];
    tdes->Decrypt(inputs.pin_block.data(), block);
    if (!PvvBlock(block, block)) return Refused();
    tdes->Encrypt(block, block);
    DecimalDigits(block, CardInputs::kPvvDigits, out.data());
    OPENSSL_cleanse(block, sizeof block);
    return CardInputs::kPvvDigits;
  };
  rivals.cvc3 = [tdes, &inputs](MutableBytes out) -> Result<std::size_t> {
    Key key;
    CardKey(*tdes, key.bytes);
    Tdes card(key.bytes);
    std::uint8_t track[32];
    std::uint8_t mac[kDes];
    std::memcpy(track, inputs.track2.data(), inputs.track2.size());
    card.RetailMac(track, Pad(track, inputs.track2.size()), mac);
    std::uint8_t block[kDes] = {mac[6], mac[7]};
    std::memcpy(block + 2, inputs.un.data(), 4);
    block[6] = CardInputs::kAtc >> 8U;
    block[7] = CardInputs::kAtc & 0xFFU;
    card.Encrypt(block, mac);
    Cvc3Digits(mac, out.data());
    return CardInputs::kDigits;
  };
}

// --- EMV ---

// Verifies, and leaves the schedules of the session key in `session`.
bool VerifyArqc(Tdes& session, const std::uint8_t* data, std::size_t size,
                const std::uint8_t* arqc) {
  std::uint8_t padded[80];
  std::uint8_t mac[kDes];
  std::memcpy(padded, data, size);
  session.RetailMac(padded, Pad(padded, size), mac);
  return CRYPTO_memcmp(mac, arqc, kDes) == 0;
}

struct Session {
  Key card_key;
  Key session_key;
  std::uint8_t* Derive(Tdes& issuer, std::uint16_t atc) {
    CardKey(issuer, card_key.bytes);
    Tdes card(card_key.bytes);
    SessionKey(card, atc, session_key.bytes);
    return session_key.bytes;
  }
};

void AddEmv(const CardInputs& inputs, const TdesPtr& tdes, CardContestants& rivals) {
  rivals.arqc = [tdes, &inputs](MutableBytes out) -> Result<std::size_t> {
    Session keys;
    Tdes session(keys.Derive(*tdes, CardInputs::kAtc));
    if (!VerifyArqc(session, inputs.arqc_data.data(), inputs.arqc_data.size(),
                    inputs.arqc.data())) {
      return Wrong();
    }
    std::uint8_t block[kDes];
    std::memcpy(block, inputs.arqc.data(), kDes);
    for (std::size_t i = 0; i < 2; ++i) {
      block[i] = static_cast<std::uint8_t>(block[i] ^ inputs.arc[i]);
    }
    session.Encrypt(block, out.data());
    return kDes;
  };
  rivals.field55 = [tdes, &inputs](MutableBytes out) -> Result<std::size_t> {
    Field55 request;
    if (!ReadField55(inputs.field55, request)) return Refused();
    Session keys;
    Tdes session(keys.Derive(*tdes, request.atc));
    if (!VerifyArqc(session, request.data.data(), request.data_size, request.arqc)) return Wrong();
    std::uint8_t answer[kDes2];
    std::uint8_t mac[kDes];
    std::memcpy(answer, request.arqc, kDes);
    std::memcpy(answer + kDes, inputs.csu.data(), 4);
    session.RetailMac(answer, Pad(answer, 12), mac);
    std::memcpy(out.data(), mac, 4);
    std::memcpy(out.data() + 4, inputs.csu.data(), 4);
    return std::size_t{8};
  };
}

// --- TDES DUKPT ---

struct Bdk {
  Tdes plain;
  Tdes masked;
};

// One half of a child key: DES under the left part, between two exclusive ors with the right one.
void DukptHalf(const std::uint8_t* key, const std::uint8_t* r, std::uint8_t* half) {
  DES_key_schedule schedule;
  std::uint8_t block[kDes];
  DES_set_key_unchecked(Block(key), &schedule);
  for (std::size_t i = 0; i < kDes; ++i) {
    block[i] = static_cast<std::uint8_t>(r[i] ^ key[kDes + i]);
  }
  DES_ecb_encrypt(Block(block), Block(block), &schedule, DES_ENCRYPT);
  for (std::size_t i = 0; i < kDes; ++i) {
    half[i] = static_cast<std::uint8_t>(block[i] ^ key[kDes + i]);
  }
  OPENSSL_cleanse(&schedule, sizeof schedule);
}

void DukptTransactionKey(Bdk& bdk, const Bytes& ksn, std::uint8_t* key) {
  std::uint8_t at[10];
  std::memcpy(at, ksn.data(), sizeof at);
  const std::uint32_t counter = TdesCounter(at);
  SetTdesCounter(at, 0);
  bdk.plain.Encrypt(at, key);
  bdk.masked.Encrypt(at, key + kDes);
  std::uint32_t reached = 0;
  for (std::uint32_t bit = 1U << 20U; bit != 0; bit >>= 1U) {
    if ((counter & bit) == 0) continue;
    reached |= bit;
    SetTdesCounter(at, reached);
    Key masked;
    std::uint8_t right[kDes];
    for (std::size_t i = 0; i < kDes2; ++i) {
      masked.bytes[i] = static_cast<std::uint8_t>(key[i] ^ kMask[i % kDes]);
    }
    DukptHalf(key, at + 2, right);
    DukptHalf(masked.bytes, at + 2, key);
    std::memcpy(key + kDes, right, kDes);
  }
}

void AddDukpt(const CardInputs& inputs, CardContestants& rivals) {
  std::uint8_t masked[kDes2];
  for (std::size_t i = 0; i < kDes2; ++i) {
    masked[i] = static_cast<std::uint8_t>(inputs.tdes_key[i] ^ kMask[i % kDes]);
  }
  std::shared_ptr<Bdk> bdk(new Bdk{Tdes(inputs.tdes_key.data()), Tdes(masked)});
  rivals.tdes_dukpt_mac = [bdk, &inputs](MutableBytes out) -> Result<std::size_t> {
    Key key;
    DukptTransactionKey(*bdk, inputs.tdes_ksn, key.bytes);
    for (const std::size_t i : {std::size_t{6}, std::size_t{14}}) key.bytes[i] ^= 0xFF;
    Tdes working(key.bytes);
    std::uint8_t mac[kDes];
    working.RetailMac(inputs.message.data(), inputs.mac_input, mac);
    std::memcpy(out.data(), mac, 4);
    return std::size_t{4};
  };
  rivals.tdes_dukpt_data = [bdk, &inputs](MutableBytes out) -> Result<std::size_t> {
    Key variant;
    DukptTransactionKey(*bdk, inputs.tdes_ksn, variant.bytes);
    for (const std::size_t i : {std::size_t{5}, std::size_t{13}}) variant.bytes[i] ^= 0xFF;
    Key key;
    {
      Tdes self(variant.bytes);
      self.Encrypt(variant.bytes, key.bytes);
      self.Encrypt(variant.bytes + kDes, key.bytes + kDes);
    }
    Tdes working(key.bytes);
    DES_cblock iv = {};
    DES_ede3_cbc_encrypt(inputs.message.data(), out.data(), static_cast<long>(inputs.mac_input),
                         &working.left, &working.right, &working.left, &iv, DES_ENCRYPT);
    return inputs.mac_input;
  };
}

// --- AES ---

using Ctx = std::shared_ptr<EVP_CIPHER_CTX>;

Ctx NewCtx(const EVP_CIPHER* cipher, const std::uint8_t* key) {
  Ctx ctx(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  if (EVP_EncryptInit_ex(ctx.get(), cipher, nullptr, key, nullptr) != 1) return nullptr;
  EVP_CIPHER_CTX_set_padding(ctx.get(), 0);
  return ctx;
}

// AES_encrypt has no AES-NI; a context that gets a new key does.
bool EncryptOnce(EVP_CIPHER_CTX* ctx, const std::uint8_t* key, const std::uint8_t* in,
                 std::uint8_t* out) {
  int written = 0;
  return EVP_EncryptInit_ex(ctx, nullptr, nullptr, key, nullptr) == 1 &&
         EVP_EncryptUpdate(ctx, out, &written, in, 16) == 1;
}

Status AddAesDukpt(const CardInputs& inputs, CardContestants& rivals) {
  const Ctx bdk = NewCtx(EVP_aes_128_ecb(), inputs.aes_key.data());
  const Ctx ctx = NewCtx(EVP_aes_128_ecb(), inputs.aes_key.data());
  const std::shared_ptr<CMAC_CTX> cmac(CMAC_CTX_new(), CMAC_CTX_free);
  if (bdk == nullptr || ctx == nullptr || cmac == nullptr ||
      CMAC_Init(cmac.get(), inputs.aes_key.data(), 16, EVP_aes_128_cbc(), nullptr) != 1) {
    return Refused();
  }
  rivals.aes_dukpt_mac = [bdk, ctx, cmac, &inputs](MutableBytes out) -> Result<std::size_t> {
    Key key;
    std::uint8_t block[16];
    std::uint8_t context[8];
    int written = 0;
    AesDukptBlock(0x8001, inputs.aes_ksn.data(), block);
    if (EVP_EncryptUpdate(bdk.get(), key.bytes, &written, block, 16) != 1) return Refused();
    std::memcpy(context, inputs.aes_ksn.data() + 4, 4);
    const std::uint8_t* at = inputs.aes_ksn.data() + 8;
    const std::uint32_t counter = std::uint32_t{at[0]} << 24U | std::uint32_t{at[1]} << 16U |
                                  std::uint32_t{at[2]} << 8U | at[3];
    std::uint32_t reached = 0;
    const auto derive = [&](std::uint16_t usage) {
      for (unsigned i = 0; i < 4; ++i) {
        context[4 + i] = static_cast<std::uint8_t>(reached >> (24 - 8 * i));
      }
      AesDukptBlock(usage, context, block);
      return EncryptOnce(ctx.get(), key.bytes, block, key.bytes);
    };
    for (std::uint32_t bit = 1U << 31U; bit != 0; bit >>= 1U) {
      if ((counter & bit) == 0) continue;
      reached |= bit;
      if (!derive(0x8000)) return Refused();
    }
    std::uint8_t mac[16];
    std::size_t size = 0;
    if (!derive(0x2000) || CMAC_Init(cmac.get(), key.bytes, 16, nullptr, nullptr) != 1 ||
        CMAC_Update(cmac.get(), inputs.message.data(), inputs.mac_input) != 1 ||
        CMAC_Final(cmac.get(), mac, &size) != 1) {
      return Refused();
    }
    std::memcpy(out.data(), mac, 4);
    return std::size_t{4};
  };
  return OkStatus();
}

Contestant Gcm(const Ctx& ctx, const CardInputs& inputs, std::size_t size) {
  return [ctx, &inputs, size](MutableBytes out) -> Result<std::size_t> {
    int written = 0;
    if (EVP_EncryptInit_ex(ctx.get(), nullptr, nullptr, nullptr, inputs.iv.data()) != 1 ||
        EVP_EncryptUpdate(ctx.get(), out.data(), &written, inputs.message.data(),
                          static_cast<int>(size)) != 1 ||
        EVP_EncryptFinal_ex(ctx.get(), out.data() + size, &written) != 1 ||
        EVP_CIPHER_CTX_ctrl(ctx.get(), EVP_CTRL_AEAD_GET_TAG, 16, out.data() + size) != 1) {
      return Refused();
    }
    return size + 16;
  };
}

Status AddAes(const CardInputs& inputs, CardContestants& rivals) {
  FLORIN_CHECK_OK(AddAesDukpt(inputs, rivals));
  const std::shared_ptr<CMAC_CTX> cmac(CMAC_CTX_new(), CMAC_CTX_free);
  const Ctx gcm = NewCtx(EVP_aes_128_gcm(), inputs.aes_key.data());
  if (gcm == nullptr ||
      CMAC_Init(cmac.get(), inputs.aes_key.data(), 16, EVP_aes_128_cbc(), nullptr) != 1) {
    return Refused();
  }
  rivals.aes_cmac = [cmac, &inputs](MutableBytes out) -> Result<std::size_t> {
    std::size_t size = 0;
    if (CMAC_Init(cmac.get(), nullptr, 0, nullptr, nullptr) != 1 ||
        CMAC_Update(cmac.get(), inputs.message.data(), inputs.mac_input) != 1 ||
        CMAC_Final(cmac.get(), out.data(), &size) != 1) {
      return Refused();
    }
    return size;
  };
  rivals.gcm_64 = Gcm(gcm, inputs, 64);
  rivals.gcm_256 = Gcm(gcm, inputs, 256);
  return OkStatus();
}

}  // namespace

Result<CardContestants> TunedRivals(const CardInputs& inputs) {
  CardContestants rivals;
  const auto tdes = std::make_shared<Tdes>(inputs.tdes_key.data());
  AddCardValues(inputs, tdes, rivals);
  AddEmv(inputs, tdes, rivals);
  rivals.retail_mac = [tdes, &inputs](MutableBytes out) -> Result<std::size_t> {
    tdes->RetailMac(inputs.message.data(), inputs.mac_input, out.data());
    return kDes;
  };
  AddDukpt(inputs, rivals);
  FLORIN_CHECK_OK(AddAes(inputs, rivals));
  return rivals;
}

}  // namespace florin::bench
