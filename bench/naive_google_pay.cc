#include "bench/naive_google_pay.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/x509.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "bench/naive_openssl.h"

namespace florin::bench {
namespace {

using MdCtxPtr = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX, EVP_MD_CTX_free>>;
using KdfPtr = std::unique_ptr<EVP_KDF, Deleter<EVP_KDF, EVP_KDF_free>>;
using KdfCtxPtr = std::unique_ptr<EVP_KDF_CTX, Deleter<EVP_KDF_CTX, EVP_KDF_CTX_free>>;

PkeyPtr PublicKeyOf(const Bytes& spki) {
  const unsigned char* in = spki.data();
  return PkeyPtr(d2i_PUBKEY(nullptr, &in, static_cast<long>(spki.size())));
}

void AddText(std::string& signed_bytes, const std::string& text) {
  for (int i = 0; i < 4; ++i) signed_bytes += static_cast<char>(text.size() >> (8 * i));
  signed_bytes += text;
}

bool Verifies(EVP_PKEY* key, const Bytes& signature, const std::string& signed_bytes) {
  const MdCtxPtr context(EVP_MD_CTX_new());
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(),
                          reinterpret_cast<const unsigned char*>(signed_bytes.data()),
                          signed_bytes.size()) == 1;
}

bool Agree(EVP_PKEY* own, const Bytes& point, Bytes& secret) {
  const PkeyPtr peer(EVP_PKEY_new());
  const PkeyCtxPtr derive(EVP_PKEY_CTX_new(own, nullptr));
  std::size_t length = secret.size();
  return EVP_PKEY_copy_parameters(peer.get(), own) == 1 &&
         EVP_PKEY_set1_encoded_public_key(peer.get(), point.data(), point.size()) == 1 &&
         EVP_PKEY_derive_init(derive.get()) == 1 &&
         EVP_PKEY_derive_set_peer(derive.get(), peer.get()) == 1 &&
         EVP_PKEY_derive(derive.get(), secret.data(), &length) == 1;
}

bool Expand(Bytes input, Bytes& out) {
  const KdfPtr kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  const KdfCtxPtr context(EVP_KDF_CTX_new(kdf.get()));
  char hash[] = "SHA256";
  char info[] = "Google";
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, hash, 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, input.data(), input.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, 6), OSSL_PARAM_construct_end()};
  return EVP_KDF_derive(context.get(), out.data(), out.size(), params) == 1;
}

}  // namespace

NaiveGooglePay::NaiveGooglePay(ByteView private_key_der, const std::string& root_keys_json,
                               std::string recipient)
    : recipient_(std::move(recipient)) {
  const unsigned char* in = private_key_der.data();
  private_key_ = d2i_AutoPrivateKey(nullptr, &in, static_cast<long>(private_key_der.size()));
  const auto list = nlohmann::json::parse(root_keys_json);
  for (const auto& key : list.at("keys")) {
    if (key.at("protocolVersion") != "ECv2") continue;
    root_key_ = PublicKeyOf(FromBase64(key.at("keyValue").get<std::string>())).release();
  }
  FLORIN_INVARIANT(private_key_ != nullptr && root_key_ != nullptr);
}

NaiveGooglePay::~NaiveGooglePay() {
  EVP_PKEY_free(private_key_);
  EVP_PKEY_free(root_key_);
}

Result<std::string> NaiveGooglePay::Decrypt(const std::string& signed_message) const {
  const auto sealed = nlohmann::json::parse(signed_message);
  const Bytes message = FromBase64(sealed.at("encryptedMessage").get<std::string>());
  Bytes input = FromBase64(sealed.at("ephemeralPublicKey").get<std::string>());
  const Bytes tag = FromBase64(sealed.at("tag").get<std::string>());
  Bytes secret(32);
  if (!Agree(private_key_, input, secret)) return Failed("the rival's ECDH failed");
  input.insert(input.end(), secret.begin(), secret.end());
  Bytes keys(64);
  if (!Expand(std::move(input), keys)) return Failed("the rival's HKDF failed");
  Bytes mac(32);
  unsigned mac_length = 0;
  HMAC(EVP_sha256(), keys.data() + 32, 32, message.data(), message.size(), mac.data(), &mac_length);
  if (tag.size() != 32 || CRYPTO_memcmp(mac.data(), tag.data(), 32) != 0) {
    return Failed("the rival's HMAC failed");
  }
  const CipherCtxPtr cipher(EVP_CIPHER_CTX_new());
  const Bytes counter(16);
  std::string plaintext(message.size(), '\0');
  int length = 0;
  if (EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_ctr(), nullptr, keys.data(), counter.data()) !=
          1 ||
      EVP_DecryptUpdate(cipher.get(), reinterpret_cast<unsigned char*>(plaintext.data()), &length,
                        message.data(), static_cast<int>(message.size())) != 1) {
    return Failed("the rival's CTR failed");
  }
  return plaintext;
}

Result<std::size_t> NaiveGooglePay::Open(const std::string& token_json) const {
  const auto token = nlohmann::json::parse(token_json);
  const auto& intermediate = token.at("intermediateSigningKey");
  const auto version = token.at("protocolVersion").get<std::string>();
  const auto signed_key = intermediate.at("signedKey").get<std::string>();
  const auto signed_message = token.at("signedMessage").get<std::string>();
  std::string signed_bytes;
  for (const std::string& text : {std::string("Google"), version, signed_key}) {
    AddText(signed_bytes, text);
  }
  if (!Verifies(root_key_, FromBase64(intermediate.at("signatures").at(0).get<std::string>()),
                signed_bytes)) {
    return Failed("the rival's intermediate key failed");
  }
  const auto key = nlohmann::json::parse(signed_key);
  const PkeyPtr signer = PublicKeyOf(FromBase64(key.at("keyValue").get<std::string>()));
  signed_bytes.clear();
  for (const std::string& text : {std::string("Google"), recipient_, version, signed_message}) {
    AddText(signed_bytes, text);
  }
  if (!signer ||
      !Verifies(signer.get(), FromBase64(token.at("signature").get<std::string>()), signed_bytes)) {
    return Failed("the rival's signature failed");
  }
  FLORIN_TRY(const std::string plaintext, Decrypt(signed_message));
  const auto payment = nlohmann::json::parse(plaintext);
  return payment.at("paymentMethodDetails").at("pan").get<std::string>().size();
}

}  // namespace florin::bench
