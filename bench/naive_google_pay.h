// NaiveGooglePay: the rival. Google Pay verification and decryption as users write it from
// OpenSSL's manual pages: d2i_PUBKEY, EVP_DigestVerify, EVP_PKEY_derive, EVP_KDF, HMAC,
// EVP_DecryptInit. The private key and the root key are loaded once; everything else per token.
#pragma once

#include <openssl/evp.h>

#include <string>

#include "florin/base/bytes.h"
#include "florin/base/result.h"

namespace florin::bench {

class NaiveGooglePay {
 public:
  NaiveGooglePay(ByteView private_key_der, const std::string& root_keys_json,
                 std::string recipient);
  NaiveGooglePay(const NaiveGooglePay&) = delete;
  NaiveGooglePay& operator=(const NaiveGooglePay&) = delete;
  ~NaiveGooglePay();

  // Verifies, decrypts and parses a token of ECv2; returns the PAN's length, to prove that there is
  // one.
  Result<std::size_t> Open(const std::string& token_json) const;

 private:
  Result<std::string> Decrypt(const std::string& signed_message) const;

  EVP_PKEY* private_key_ = nullptr;
  EVP_PKEY* root_key_ = nullptr;
  std::string recipient_;
};

}  // namespace florin::bench
