// TunedOpenssl: the parts of a wallet payload as somebody composes them who knows OpenSSL well:
// everything fetched, parsed and set up once. One thread.
#pragma once

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>

#include "bench/naive_openssl.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"

namespace florin::bench {

class TunedOpenssl {
 public:
  using Block = std::array<std::uint8_t, 32>;
  using Pieces = std::initializer_list<ByteView>;

  // `scalar`: of the recipient's private key on P-256. `signer`: who signs.
  static Result<std::unique_ptr<TunedOpenssl>> Create(ByteView scalar, PkeyPtr signer);

  // Of SHA-256 with ECDSA, in DER.
  Status Verify(ByteView digest, ByteView signature);
  Status Agree(ByteView peer_point, Block& z);
  Status Sha256(Pieces pieces, Block& digest);
  Status HmacSha256(ByteView key, Pieces pieces, Block& mac);
  // RFC 5869 with a salt of zeros: 64 bytes.
  Status Hkdf(Pieces secret, ByteView info, std::array<std::uint8_t, 64>& keys);
  // AES-256. GCM: an IV of 16 bytes; the tag is behind the ciphertext.
  Status OpenGcm(ByteView key, ByteView iv, ByteView sealed, MutableBytes plaintext);
  Status Ctr(ByteView key, ByteView counter, ByteView in, MutableBytes out);

 private:
  template <class T, void (*kFree)(T*)>
  using Owned = std::unique_ptr<T, Deleter<T, kFree>>;

  TunedOpenssl() = default;
  Status Fetch();

  PkeyPtr signer_;
  PkeyCtxPtr verify_;
  Owned<EC_GROUP, EC_GROUP_free> group_;
  Owned<BN_CTX, BN_CTX_free> numbers_;
  Owned<BIGNUM, BN_clear_free> scalar_;
  Owned<BIGNUM, BN_clear_free> x_;
  Owned<EC_POINT, EC_POINT_free> peer_;
  Owned<EC_POINT, EC_POINT_free> shared_;
  Owned<EVP_MD, EVP_MD_free> sha256_;
  Owned<EVP_MD_CTX, EVP_MD_CTX_free> hash_;
  Owned<EVP_MAC, EVP_MAC_free> hmac_;
  Owned<EVP_MAC_CTX, EVP_MAC_CTX_free> mac_;
  Owned<EVP_CIPHER, EVP_CIPHER_free> gcm_cipher_;
  Owned<EVP_CIPHER, EVP_CIPHER_free> ctr_cipher_;
  CipherCtxPtr gcm_;
  CipherCtxPtr ctr_;
};

}  // namespace florin::bench
