// NaiveApplePay: the rival. Apple Pay verification and decryption as users write it from OpenSSL's
// manual pages: CMS_verify with a trust store, d2i_PUBKEY, EVP_PKEY_derive, EVP_DigestInit,
// EVP_DecryptInit. Keys and the trust store are loaded once; everything else per token.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/base/result.h"

namespace florin::bench {

class NaiveApplePay {
 public:
  // `scalar` and `point` of the merchant key, the root as DER.
  NaiveApplePay(ByteView private_key_der, ByteView root_der, std::string merchant_identifier,
                UnixSeconds now);
  NaiveApplePay(const NaiveApplePay&) = delete;
  NaiveApplePay& operator=(const NaiveApplePay&) = delete;
  ~NaiveApplePay();

  // Verifies, decrypts and parses; returns the PAN's length, to prove that there is one.
  Result<std::size_t> Open(const std::string& token_json) const;

 private:
  Status VerifySignature(const Bytes& cms_der, const Bytes& content) const;
  Result<std::string> Decrypt(const Bytes& ephemeral_spki, const Bytes& data) const;

  EVP_PKEY* private_key_ = nullptr;
  X509_STORE* store_ = nullptr;
  std::string merchant_identifier_;
};

}  // namespace florin::bench
