#include "bench/tuned_openssl.h"

#include <openssl/core_names.h>
#include <openssl/obj_mac.h>
#include <openssl/params.h>

#include <algorithm>
#include <utility>

namespace florin::bench {
namespace {

constexpr int kTag = 16;
constexpr std::uint8_t kOne[] = {1};
constexpr std::uint8_t kTwo[] = {2};

Status Judged(bool right, const char* what) { return right ? OkStatus() : Status(Failed(what)); }

int SizeOf(ByteView bytes) { return static_cast<int>(bytes.size()); }

}  // namespace

Result<std::unique_ptr<TunedOpenssl>> TunedOpenssl::Create(ByteView scalar, PkeyPtr signer) {
  std::unique_ptr<TunedOpenssl> tuned(new TunedOpenssl());
  tuned->signer_ = std::move(signer);
  tuned->verify_.reset(EVP_PKEY_CTX_new_from_pkey(nullptr, tuned->signer_.get(), nullptr));
  tuned->group_.reset(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  tuned->numbers_.reset(BN_CTX_secure_new());
  tuned->scalar_.reset(BN_bin2bn(scalar.data(), SizeOf(scalar), nullptr));
  tuned->x_.reset(BN_secure_new());
  tuned->peer_.reset(EC_POINT_new(tuned->group_.get()));
  tuned->shared_.reset(EC_POINT_new(tuned->group_.get()));
  BN_set_flags(tuned->scalar_.get(), BN_FLG_CONSTTIME);
  FLORIN_CHECK_OK(tuned->Fetch());
  return tuned;
}

Status TunedOpenssl::Fetch() {
  sha256_.reset(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  hash_.reset(EVP_MD_CTX_new());
  hmac_.reset(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  mac_.reset(EVP_MAC_CTX_new(hmac_.get()));
  char digest[] = "SHA256";
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                               OSSL_PARAM_construct_end()};
  gcm_cipher_.reset(EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr));
  ctr_cipher_.reset(EVP_CIPHER_fetch(nullptr, "AES-256-CTR", nullptr));
  gcm_.reset(EVP_CIPHER_CTX_new());
  ctr_.reset(EVP_CIPHER_CTX_new());
  const bool ready =
      EVP_PKEY_verify_init(verify_.get()) == 1 && EVP_MAC_CTX_set_params(mac_.get(), params) == 1 &&
      EVP_DecryptInit_ex2(gcm_.get(), gcm_cipher_.get(), nullptr, nullptr, nullptr) == 1 &&
      EVP_CIPHER_CTX_ctrl(gcm_.get(), EVP_CTRL_AEAD_SET_IVLEN, 16, nullptr) == 1 &&
      EVP_DecryptInit_ex2(ctr_.get(), ctr_cipher_.get(), nullptr, nullptr, nullptr) == 1;
  return Judged(ready, "OpenSSL has not all that the rival needs");
}

Status TunedOpenssl::Verify(ByteView digest, ByteView signature) {
  return Judged(EVP_PKEY_verify(verify_.get(), signature.data(), signature.size(), digest.data(),
                                digest.size()) == 1,
                "the rival's signature is wrong");
}

Status TunedOpenssl::Agree(ByteView peer_point, Block& z) {
  const bool agreed =
      EC_POINT_oct2point(group_.get(), peer_.get(), peer_point.data(), peer_point.size(),
                         numbers_.get()) == 1 &&
      EC_POINT_mul(group_.get(), shared_.get(), nullptr, peer_.get(), scalar_.get(),
                   numbers_.get()) == 1 &&
      EC_POINT_get_affine_coordinates(group_.get(), shared_.get(), x_.get(), nullptr,
                                      numbers_.get()) == 1 &&
      BN_bn2binpad(x_.get(), z.data(), static_cast<int>(z.size())) == static_cast<int>(z.size());
  return Judged(agreed, "the rival does not agree on a key");
}

Status TunedOpenssl::Sha256(Pieces pieces, Block& digest) {
  bool done = EVP_DigestInit_ex2(hash_.get(), sha256_.get(), nullptr) == 1;
  for (const ByteView piece : pieces) {
    done = done && EVP_DigestUpdate(hash_.get(), piece.data(), piece.size()) == 1;
  }
  return Judged(done && EVP_DigestFinal_ex(hash_.get(), digest.data(), nullptr) == 1,
                "the rival does not hash");
}

Status TunedOpenssl::HmacSha256(ByteView key, Pieces pieces, Block& mac) {
  bool done = EVP_MAC_init(mac_.get(), key.data(), key.size(), nullptr) == 1;
  for (const ByteView piece : pieces) {
    done = done && EVP_MAC_update(mac_.get(), piece.data(), piece.size()) == 1;
  }
  std::size_t size = 0;
  return Judged(done && EVP_MAC_final(mac_.get(), mac.data(), &size, mac.size()) == 1,
                "the rival makes no MAC");
}

Status TunedOpenssl::Hkdf(Pieces secret, ByteView info, std::array<std::uint8_t, 64>& keys) {
  const Block zeros{};
  Block extracted, first, second;
  FLORIN_CHECK_OK(HmacSha256(zeros, secret, extracted));
  FLORIN_CHECK_OK(HmacSha256(extracted, {info, kOne}, first));
  FLORIN_CHECK_OK(HmacSha256(extracted, {first, info, kTwo}, second));
  std::copy(second.begin(), second.end(), std::copy(first.begin(), first.end(), keys.begin()));
  return OkStatus();
}

Status TunedOpenssl::OpenGcm(ByteView key, ByteView iv, ByteView sealed, MutableBytes plaintext) {
  const ByteView body = sealed.first(sealed.size() - kTag);
  std::array<std::uint8_t, kTag> tag;
  std::copy(sealed.end() - kTag, sealed.end(), tag.begin());
  int size = 0, rest = 0;
  const bool opened =
      EVP_DecryptInit_ex2(gcm_.get(), nullptr, key.data(), iv.data(), nullptr) == 1 &&
      EVP_DecryptUpdate(gcm_.get(), plaintext.data(), &size, body.data(), SizeOf(body)) == 1 &&
      EVP_CIPHER_CTX_ctrl(gcm_.get(), EVP_CTRL_AEAD_SET_TAG, kTag, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(gcm_.get(), plaintext.data() + size, &rest) == 1;
  return Judged(opened, "the rival's tag is wrong");
}

Status TunedOpenssl::Ctr(ByteView key, ByteView counter, ByteView in, MutableBytes out) {
  int size = 0;
  const bool done =
      EVP_DecryptInit_ex2(ctr_.get(), nullptr, key.data(), counter.data(), nullptr) == 1 &&
      EVP_DecryptUpdate(ctr_.get(), out.data(), &size, in.data(), SizeOf(in)) == 1;
  return Judged(done, "the rival does not decrypt");
}

}  // namespace florin::bench
