#include "tests/crypto/kernels/openssl_reference.h"

#include <openssl/evp.h>

#include <memory>
#include <string>

#include "florin/base/result.h"

namespace florin::kernels::reference {
namespace {

struct Free {
  void operator()(EVP_CIPHER_CTX* ctx) const { EVP_CIPHER_CTX_free(ctx); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, Free>;

std::string NameOf(ByteView key, const char* mode) {
  return "AES-" + std::to_string(8 * key.size()) + "-" + mode;
}

const EVP_CIPHER* CipherOf(ByteView key, const char* mode) {
  const EVP_CIPHER* cipher = EVP_get_cipherbyname(NameOf(key, mode).c_str());
  FLORIN_INVARIANT(cipher != nullptr);
  return cipher;
}

}  // namespace

Sealed GcmSeal(ByteView key, ByteView iv, ByteView aad, ByteView plaintext) {
  const Context ctx(EVP_CIPHER_CTX_new());
  Sealed out{Bytes(plaintext.size()), Bytes(16)};
  int written = 0;
  const bool started =
      EVP_EncryptInit_ex(ctx.get(), CipherOf(key, "GCM"), nullptr, nullptr, nullptr) == 1 &&
      EVP_CIPHER_CTX_ctrl(ctx.get(), EVP_CTRL_AEAD_SET_IVLEN, static_cast<int>(iv.size()),
                          nullptr) == 1 &&
      EVP_EncryptInit_ex(ctx.get(), nullptr, nullptr, key.data(), iv.data()) == 1;
  const bool authenticated =
      aad.empty() || EVP_EncryptUpdate(ctx.get(), nullptr, &written, aad.data(),
                                       static_cast<int>(aad.size())) == 1;
  const bool encrypted =
      plaintext.empty() ||
      EVP_EncryptUpdate(ctx.get(), out.ciphertext.data(), &written, plaintext.data(),
                        static_cast<int>(plaintext.size())) == 1;
  std::uint8_t nothing[16];
  FLORIN_INVARIANT(started && authenticated && encrypted &&
                   EVP_EncryptFinal_ex(ctx.get(), nothing, &written) == 1 &&
                   EVP_CIPHER_CTX_ctrl(ctx.get(), EVP_CTRL_AEAD_GET_TAG, 16, out.tag.data()) == 1);
  return out;
}

Bytes Cmac(ByteView key, ByteView message) {
  Bytes mac(16);
  std::size_t size = 0;
  const std::uint8_t nothing = 0;
  FLORIN_INVARIANT(EVP_Q_mac(nullptr, "CMAC", nullptr, NameOf(key, "CBC").c_str(), nullptr,
                             key.data(), key.size(), message.empty() ? &nothing : message.data(),
                             message.size(), mac.data(), mac.size(), &size) != nullptr);
  return mac;
}

Bytes EncryptBlock(ByteView key, ByteView block) {
  const Context ctx(EVP_CIPHER_CTX_new());
  Bytes out(block.size() + 16);
  int written = 0;
  FLORIN_INVARIANT(
      EVP_EncryptInit_ex(ctx.get(), CipherOf(key, "ECB"), nullptr, key.data(), nullptr) == 1 &&
      EVP_CIPHER_CTX_set_padding(ctx.get(), 0) == 1 &&
      EVP_EncryptUpdate(ctx.get(), out.data(), &written, block.data(),
                        static_cast<int>(block.size())) == 1);
  out.resize(block.size());
  return out;
}

}  // namespace florin::kernels::reference
