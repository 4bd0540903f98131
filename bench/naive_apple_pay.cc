#include "bench/naive_apple_pay.h"

#include <openssl/bio.h>
#include <openssl/cms.h>

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "bench/naive_openssl.h"

namespace florin::bench {
namespace {

using CmsPtr = std::unique_ptr<CMS_ContentInfo, Deleter<CMS_ContentInfo, CMS_ContentInfo_free>>;
struct BioDeleter {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using BioPtr = std::unique_ptr<BIO, BioDeleter>;

Bytes FromHex(const std::string& text) {
  Bytes out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    out.push_back(static_cast<std::uint8_t>(std::stoi(text.substr(i, 2), nullptr, 16)));
  }
  return out;
}

void Append(Bytes& to, const Bytes& from) { to.insert(to.end(), from.begin(), from.end()); }

Bytes Sha256(const Bytes& input) {
  Bytes digest(32);
  unsigned length = 0;
  EVP_Digest(input.data(), input.size(), digest.data(), &length, EVP_sha256(), nullptr);
  return digest;
}

}  // namespace

NaiveApplePay::NaiveApplePay(ByteView private_key_der, ByteView root_der,
                             std::string merchant_identifier, UnixSeconds now)
    : merchant_identifier_(std::move(merchant_identifier)) {
  const unsigned char* in = private_key_der.data();
  private_key_ = d2i_AutoPrivateKey(nullptr, &in, static_cast<long>(private_key_der.size()));
  in = root_der.data();
  X509* root = d2i_X509(nullptr, &in, static_cast<long>(root_der.size()));
  store_ = X509_STORE_new();
  FLORIN_INVARIANT(private_key_ != nullptr && root != nullptr);
  X509_STORE_add_cert(store_, root);
  X509_free(root);
  X509_VERIFY_PARAM* parameters = X509_STORE_get0_param(store_);
  X509_VERIFY_PARAM_set_time(parameters, static_cast<time_t>(now.value));
  X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_ANY);
}

NaiveApplePay::~NaiveApplePay() {
  X509_STORE_free(store_);
  EVP_PKEY_free(private_key_);
}

Status NaiveApplePay::VerifySignature(const Bytes& cms_der, const Bytes& content) const {
  const unsigned char* in = cms_der.data();
  const CmsPtr cms(d2i_CMS_ContentInfo(nullptr, &in, static_cast<long>(cms_der.size())));
  const BioPtr data(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
  if (!cms || CMS_verify(cms.get(), nullptr, store_, data.get(), nullptr, CMS_BINARY) != 1) {
    return Failed("the rival's CMS_verify failed");
  }
  return OkStatus();
}

Result<std::string> NaiveApplePay::Decrypt(const Bytes& ephemeral_spki, const Bytes& data) const {
  const unsigned char* in = ephemeral_spki.data();
  const PkeyPtr peer(d2i_PUBKEY(nullptr, &in, static_cast<long>(ephemeral_spki.size())));
  const PkeyCtxPtr derive(EVP_PKEY_CTX_new(private_key_, nullptr));
  Bytes secret(32);
  std::size_t secret_length = secret.size();
  if (!peer || EVP_PKEY_derive_init(derive.get()) != 1 ||
      EVP_PKEY_derive_set_peer(derive.get(), peer.get()) != 1 ||
      EVP_PKEY_derive(derive.get(), secret.data(), &secret_length) != 1) {
    return Failed("the rival's ECDH failed");
  }
  Bytes input = {0, 0, 0, 1};
  Append(input, secret);
  const std::string info = "\x0Did-aes256-GCMApple";
  Append(input, Bytes(info.begin(), info.end()));
  Append(input, Sha256(Bytes(merchant_identifier_.begin(), merchant_identifier_.end())));
  const Bytes key = Sha256(input);

  const CipherCtxPtr gcm(EVP_CIPHER_CTX_new());
  const Bytes iv(16);
  Bytes tag(data.end() - 16, data.end());
  std::string plaintext(data.size() - 16, '\0');
  auto* out = reinterpret_cast<unsigned char*>(plaintext.data());
  int length = 0;
  if (EVP_DecryptInit_ex(gcm.get(), EVP_aes_256_gcm(), nullptr, nullptr, nullptr) != 1 ||
      EVP_CIPHER_CTX_ctrl(gcm.get(), EVP_CTRL_GCM_SET_IVLEN, 16, nullptr) != 1 ||
      EVP_DecryptInit_ex(gcm.get(), nullptr, nullptr, key.data(), iv.data()) != 1 ||
      EVP_DecryptUpdate(gcm.get(), out, &length, data.data(), static_cast<int>(plaintext.size())) !=
          1 ||
      EVP_CIPHER_CTX_ctrl(gcm.get(), EVP_CTRL_GCM_SET_TAG, 16, tag.data()) != 1 ||
      EVP_DecryptFinal_ex(gcm.get(), out + length, &length) != 1) {
    return Failed("the rival's GCM failed");
  }
  return plaintext;
}

Result<std::size_t> NaiveApplePay::Open(const std::string& token_json) const {
  const auto token = nlohmann::json::parse(token_json);
  const auto& header = token.at("header");
  const Bytes ephemeral = FromBase64(header.at("ephemeralPublicKey").get<std::string>());
  const Bytes data = FromBase64(token.at("data").get<std::string>());
  Bytes content = ephemeral;
  Append(content, data);
  Append(content, FromHex(header.at("transactionId").get<std::string>()));
  FLORIN_CHECK_OK(VerifySignature(FromBase64(token.at("signature").get<std::string>()), content));
  FLORIN_TRY(std::string plaintext, Decrypt(ephemeral, data));
  const auto payment = nlohmann::json::parse(plaintext);
  return payment.at("applicationPrimaryAccountNumber").get<std::string>().size();
}

}  // namespace florin::bench
