// The straightforward rival: EVP as the manual pages show it, one context for each call. Single DES
// is K1 K1 as two-key TDES, because OpenSSL 3 keeps DES itself in its legacy provider.
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <cstring>
#include <memory>

#include "bench/card_rivals.h"

namespace florin::bench {
namespace {

constexpr std::uint8_t kMask[kDes] = {0xC0, 0xC0, 0xC0, 0xC0};
constexpr std::uint8_t kZeros[16] = {};

Error Refused() { return {ErrorCode::kInternal, "the EVP rival: OpenSSL refused"}; }
Error Wrong() { return {ErrorCode::kVerificationFailed, "the EVP rival: the ARQC is wrong"}; }

bool Crypt(const EVP_CIPHER* cipher, int encrypt, const std::uint8_t* key, const std::uint8_t* iv,
           const std::uint8_t* in, std::size_t size, std::uint8_t* out) {
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> ctx(EVP_CIPHER_CTX_new(),
                                                                            EVP_CIPHER_CTX_free);
  int written = 0;
  int rest = 0;
  return ctx != nullptr && EVP_CipherInit_ex(ctx.get(), cipher, nullptr, key, iv, encrypt) == 1 &&
         EVP_CIPHER_CTX_set_padding(ctx.get(), 0) == 1 &&
         EVP_CipherUpdate(ctx.get(), out, &written, in, static_cast<int>(size)) == 1 &&
         EVP_CipherFinal_ex(ctx.get(), out + written, &rest) == 1;
}

bool Encrypt(const EVP_CIPHER* cipher, const std::uint8_t* key, const std::uint8_t* iv,
             const std::uint8_t* in, std::size_t size, std::uint8_t* out) {
  return Crypt(cipher, 1, key, iv, in, size, out);
}

bool Tdes(const std::uint8_t* key, const std::uint8_t* in, std::size_t size, std::uint8_t* out) {
  return Encrypt(EVP_des_ede_ecb(), key, nullptr, in, size, out);
}

// MAC algorithm 3 of whole blocks, at most 256 bytes.
bool RetailMac(const std::uint8_t* key, const std::uint8_t* data, std::size_t size,
               std::uint8_t* mac) {
  std::uint8_t chained[256];
  std::uint8_t left[kDes2];
  std::uint8_t last[kDes] = {};
  if (size > kDes) {
    std::memcpy(left, key, kDes);
    std::memcpy(left + kDes, key, kDes);
    if (!Encrypt(EVP_des_ede_cbc(), left, kZeros, data, size - kDes, chained)) return false;
    std::memcpy(last, chained + size - kDes2, kDes);
  }
  for (std::size_t i = 0; i < kDes; ++i) {
    last[i] = static_cast<std::uint8_t>(last[i] ^ data[size - kDes + i]);
  }
  return Tdes(key, last, kDes, mac);
}

std::size_t Pad(std::uint8_t* data, std::size_t size) {
  const std::size_t padded = (size / kDes + 1) * kDes;
  std::memset(data + size, 0, padded - size);
  data[size] = 0x80;
  return padded;
}

// A clear key that is cleansed.
struct Key {
  std::uint8_t bytes[kDes2];
  ~Key() { OPENSSL_cleanse(bytes, sizeof bytes); }
};

bool CardKey(const CardInputs& inputs, Key& key) {
  std::uint8_t blocks[kDes2];
  CardKeyBlocks(blocks);
  return Tdes(inputs.tdes_key.data(), blocks, sizeof blocks, key.bytes);
}

void AddCardValues(const CardInputs& inputs, CardContestants& rivals) {
  rivals.cvv = [&inputs](MutableBytes out) -> Result<std::size_t> {
    std::uint8_t block[kDes2];
    std::uint8_t mac[kDes];
    CvvBlock(nullptr, block);
    if (!RetailMac(inputs.tdes_key.data(), block, sizeof block, mac)) return Refused();
    DecimalDigits(mac, CardInputs::kDigits, out.data());
    return CardInputs::kDigits;
  };
  rivals.dcvv = [&inputs](MutableBytes out) -> Result<std::size_t> {
    Key key;
    std::uint8_t block[kDes2];
    std::uint8_t mac[kDes];
    CvvBlock(&CardInputs::kAtc, block);
    if (!CardKey(inputs, key) || !RetailMac(key.bytes, block, sizeof block, mac)) return Refused();
    DecimalDigits(mac, CardInputs::kDigits, out.data());
    return CardInputs::kDigits;
  };
  rivals.pvv = [&inputs](MutableBytes out) -> Result<std::size_t> {
    std::uint8_t clear[kDes];
    std::uint8_t block[kDes];
    std::uint8_t mac[kDes];
    const std::uint8_t* key = inputs.tdes_key.data();
    if (!Crypt(EVP_des_ede_ecb(), 0, key, nullptr, inputs.pin_block.data(), kDes, clear) ||
        !PvvBlock(clear, block) || !Tdes(key, block, kDes, mac)) {
      return Refused();
    }
    DecimalDigits(mac, CardInputs::kPvvDigits, out.data());
    OPENSSL_cleanse(clear, sizeof clear);
    return CardInputs::kPvvDigits;
  };
  rivals.cvc3 = [&inputs](MutableBytes out) -> Result<std::size_t> {
    Key key;
    std::uint8_t track[32];
    std::uint8_t mac[kDes];
    std::memcpy(track, inputs.track2.data(), inputs.track2.size());
    if (!CardKey(inputs, key) ||
        !RetailMac(key.bytes, track, Pad(track, inputs.track2.size()), mac)) {
      return Refused();
    }
    std::uint8_t block[kDes] = {mac[6], mac[7]};
    std::memcpy(block + 2, inputs.un.data(), 4);
    block[6] = CardInputs::kAtc >> 8U;
    block[7] = CardInputs::kAtc & 0xFFU;
    if (!Tdes(key.bytes, block, kDes, mac)) return Refused();
    Cvc3Digits(mac, out.data());
    return CardInputs::kDigits;
  };
}

// Derives the session key and verifies under it.
Status VerifyArqc(const CardInputs& inputs, std::uint16_t atc, ByteView data,
                  const std::uint8_t* arqc, Key& session) {
  Key card;
  std::uint8_t blocks[kDes2];
  std::uint8_t padded[80];
  std::uint8_t mac[kDes];
  SessionKeyBlocks(atc, blocks);
  std::memcpy(padded, data.data(), data.size());
  if (!CardKey(inputs, card) || !Tdes(card.bytes, blocks, sizeof blocks, session.bytes) ||
      !RetailMac(session.bytes, padded, Pad(padded, data.size()), mac)) {
    return Refused();
  }
  return CRYPTO_memcmp(mac, arqc, kDes) == 0 ? OkStatus() : Status(Wrong());
}

void AddEmv(const CardInputs& inputs, CardContestants& rivals) {
  rivals.arqc = [&inputs](MutableBytes out) -> Result<std::size_t> {
    Key session;
    FLORIN_CHECK_OK(
        VerifyArqc(inputs, CardInputs::kAtc, inputs.arqc_data, inputs.arqc.data(), session));
    std::uint8_t block[kDes];
    std::memcpy(block, inputs.arqc.data(), kDes);
    for (std::size_t i = 0; i < 2; ++i) {
      block[i] = static_cast<std::uint8_t>(block[i] ^ inputs.arc[i]);
    }
    if (!Tdes(session.bytes, block, kDes, out.data())) return Refused();
    return kDes;
  };
  rivals.field55 = [&inputs](MutableBytes out) -> Result<std::size_t> {
    Field55 request;
    if (!ReadField55(inputs.field55, request)) return Refused();
    Key session;
    FLORIN_CHECK_OK(VerifyArqc(inputs, request.atc, ByteView(request.data).first(request.data_size),
                               request.arqc, session));
    std::uint8_t answer[kDes2];
    std::uint8_t mac[kDes];
    std::memcpy(answer, request.arqc, kDes);
    std::memcpy(answer + kDes, inputs.csu.data(), 4);
    if (!RetailMac(session.bytes, answer, Pad(answer, 12), mac)) return Refused();
    std::memcpy(out.data(), mac, 4);
    std::memcpy(out.data() + 4, inputs.csu.data(), 4);
    return std::size_t{8};
  };
}

bool DukptHalf(const std::uint8_t* key, const std::uint8_t* r, std::uint8_t* half) {
  Key left;
  std::uint8_t block[kDes];
  std::memcpy(left.bytes, key, kDes);
  std::memcpy(left.bytes + kDes, key, kDes);
  for (std::size_t i = 0; i < kDes; ++i) {
    block[i] = static_cast<std::uint8_t>(r[i] ^ key[kDes + i]);
  }
  if (!Tdes(left.bytes, block, kDes, half)) return false;
  for (std::size_t i = 0; i < kDes; ++i) {
    half[i] = static_cast<std::uint8_t>(half[i] ^ key[kDes + i]);
  }
  return true;
}

bool DukptTransactionKey(const CardInputs& inputs, Key& key) {
  Key masked;
  const auto mask = [&masked](const std::uint8_t* clear) {
    for (std::size_t i = 0; i < kDes2; ++i) {
      masked.bytes[i] = static_cast<std::uint8_t>(clear[i] ^ kMask[i % kDes]);
    }
  };
  std::uint8_t at[10];
  std::memcpy(at, inputs.tdes_ksn.data(), sizeof at);
  const std::uint32_t counter = TdesCounter(at);
  SetTdesCounter(at, 0);
  mask(inputs.tdes_key.data());
  bool good = Tdes(inputs.tdes_key.data(), at, kDes, key.bytes) &&
              Tdes(masked.bytes, at, kDes, key.bytes + kDes);
  std::uint32_t reached = 0;
  for (std::uint32_t bit = 1U << 20U; bit != 0 && good; bit >>= 1U) {
    if ((counter & bit) == 0) continue;
    reached |= bit;
    SetTdesCounter(at, reached);
    Key child;
    mask(key.bytes);
    good = DukptHalf(key.bytes, at + 2, child.bytes + kDes) &&
           DukptHalf(masked.bytes, at + 2, child.bytes);
    std::memcpy(key.bytes, child.bytes, kDes2);
  }
  return good;
}

void AddDukpt(const CardInputs& inputs, CardContestants& rivals) {
  rivals.tdes_dukpt_mac = [&inputs](MutableBytes out) -> Result<std::size_t> {
    Key key;
    std::uint8_t mac[kDes];
    if (!DukptTransactionKey(inputs, key)) return Refused();
    for (const std::size_t i : {std::size_t{6}, std::size_t{14}}) key.bytes[i] ^= 0xFF;
    if (!RetailMac(key.bytes, inputs.message.data(), inputs.mac_input, mac)) return Refused();
    std::memcpy(out.data(), mac, 4);
    return std::size_t{4};
  };
  rivals.tdes_dukpt_data = [&inputs](MutableBytes out) -> Result<std::size_t> {
    Key variant;
    Key key;
    if (!DukptTransactionKey(inputs, variant)) return Refused();
    for (const std::size_t i : {std::size_t{5}, std::size_t{13}}) variant.bytes[i] ^= 0xFF;
    if (!Tdes(variant.bytes, variant.bytes, kDes2, key.bytes) ||
        !Encrypt(EVP_des_ede_cbc(), key.bytes, kZeros, inputs.message.data(), inputs.mac_input,
                 out.data())) {
      return Refused();
    }
    return inputs.mac_input;
  };
}

bool Cmac(const std::uint8_t* key, const std::uint8_t* data, std::size_t size, std::uint8_t* mac) {
  const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> algorithm(
      EVP_MAC_fetch(nullptr, "CMAC", nullptr), EVP_MAC_free);
  const std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> ctx(
      EVP_MAC_CTX_new(algorithm.get()), EVP_MAC_CTX_free);
  char cipher[] = "AES-128-CBC";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string("cipher", cipher, 0),
                                   OSSL_PARAM_construct_end()};
  std::size_t written = 0;
  return ctx != nullptr && EVP_MAC_init(ctx.get(), key, 16, parameters) == 1 &&
         EVP_MAC_update(ctx.get(), data, size) == 1 &&
         EVP_MAC_final(ctx.get(), mac, &written, 16) == 1;
}

Contestant AesDukptMac(const CardInputs& inputs) {
  return [&inputs](MutableBytes out) -> Result<std::size_t> {
    Key key;
    std::uint8_t block[16];
    std::uint8_t context[8];
    AesDukptBlock(0x8001, inputs.aes_ksn.data(), block);
    bool good = Encrypt(EVP_aes_128_ecb(), inputs.aes_key.data(), nullptr, block, 16, key.bytes);
    std::memcpy(context, inputs.aes_ksn.data() + 4, 4);
    const std::uint8_t* at = inputs.aes_ksn.data() + 8;
    std::uint32_t reached = 0;
    const auto derive = [&](std::uint16_t usage) {
      for (unsigned i = 0; i < 4; ++i) {
        context[4 + i] = static_cast<std::uint8_t>(reached >> (24 - 8 * i));
      }
      AesDukptBlock(usage, context, block);
      return Encrypt(EVP_aes_128_ecb(), key.bytes, nullptr, block, 16, key.bytes);
    };
    for (unsigned bit = 0; bit < 32; ++bit) {
      if ((at[bit / 8] >> (7 - bit % 8) & 1) == 0) continue;
      reached |= 1U << (31 - bit);
      good = good && derive(0x8000);
    }
    std::uint8_t mac[16];
    if (!good || !derive(0x2000) ||
        !Cmac(key.bytes, inputs.message.data(), inputs.mac_input, mac)) {
      return Refused();
    }
    std::memcpy(out.data(), mac, 4);
    return std::size_t{4};
  };
}

Contestant Gcm(const CardInputs& inputs, std::size_t size) {
  return [&inputs, size](MutableBytes out) -> Result<std::size_t> {
    const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> ctx(EVP_CIPHER_CTX_new(),
                                                                              EVP_CIPHER_CTX_free);
    int written = 0;
    if (ctx == nullptr ||
        EVP_EncryptInit_ex(ctx.get(), EVP_aes_128_gcm(), nullptr, inputs.aes_key.data(),
                           inputs.iv.data()) != 1 ||
        EVP_EncryptUpdate(ctx.get(), out.data(), &written, inputs.message.data(),
                          static_cast<int>(size)) != 1 ||
        EVP_EncryptFinal_ex(ctx.get(), out.data() + size, &written) != 1 ||
        EVP_CIPHER_CTX_ctrl(ctx.get(), EVP_CTRL_AEAD_GET_TAG, 16, out.data() + size) != 1) {
      return Refused();
    }
    return size + 16;
  };
}

}  // namespace

Result<CardContestants> EvpRivals(const CardInputs& inputs) {
  CardContestants rivals;
  AddCardValues(inputs, rivals);
  AddEmv(inputs, rivals);
  rivals.retail_mac = [&inputs](MutableBytes out) -> Result<std::size_t> {
    if (!RetailMac(inputs.tdes_key.data(), inputs.message.data(), inputs.mac_input, out.data())) {
      return Refused();
    }
    return kDes;
  };
  AddDukpt(inputs, rivals);
  rivals.aes_cmac = [&inputs](MutableBytes out) -> Result<std::size_t> {
    if (!Cmac(inputs.aes_key.data(), inputs.message.data(), inputs.mac_input, out.data())) {
      return Refused();
    }
    return std::size_t{16};
  };
  rivals.aes_dukpt_mac = AesDukptMac(inputs);
  rivals.gcm_64 = Gcm(inputs, 64);
  rivals.gcm_256 = Gcm(inputs, 256);
  return rivals;
}

}  // namespace florin::bench
