#include "crypto/primitives/rsa.h"

#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>

#include "crypto/primitives/evp_cache.h"
#include "crypto/primitives/openssl_ptr.h"
#include "crypto/primitives/rsa_der.h"
#include "crypto/primitives/self_test.h"
#include "crypto/primitives/striped_pool.h"

namespace florin::primitives {
namespace {

enum class RsaUse {
  kEncrypt,
  kEncryptPkcs1,
  kDecrypt,
  kDecryptRaw,
  kSignPss,
  kVerifyPss,
  kSignPkcs1,
  kVerifyPkcs1
};
constexpr std::size_t kUses = 8;
constexpr std::size_t kHashes = 5;
constexpr std::size_t kMaxSpkiBytes = 4096;
constexpr std::size_t kMaxPrivateKeyBytes = 8192;

bool StartUse(EVP_PKEY_CTX* ctx, RsaUse use) {
  switch (use) {
    case RsaUse::kEncrypt:
    case RsaUse::kEncryptPkcs1: return EVP_PKEY_encrypt_init(ctx) == 1;
    case RsaUse::kDecrypt:
    case RsaUse::kDecryptRaw: return EVP_PKEY_decrypt_init(ctx) == 1;
    case RsaUse::kSignPss:
    case RsaUse::kSignPkcs1: return EVP_PKEY_sign_init(ctx) == 1;
    case RsaUse::kVerifyPss:
    case RsaUse::kVerifyPkcs1: return EVP_PKEY_verify_init(ctx) == 1;
  }
  return false;
}

bool SetPadding(EVP_PKEY_CTX* ctx, RsaUse use, const EVP_MD* md) {
  switch (use) {
    case RsaUse::kEncrypt:
    case RsaUse::kDecrypt:
      return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1 &&
             EVP_PKEY_CTX_set_rsa_oaep_md(ctx, md) == 1 &&
             EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md) == 1;
    case RsaUse::kEncryptPkcs1: return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1;
    case RsaUse::kDecryptRaw: return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) == 1;
    case RsaUse::kSignPss:
    case RsaUse::kVerifyPss:
      return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
             EVP_PKEY_CTX_set_signature_md(ctx, md) == 1 &&
             EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md) == 1 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1;
    case RsaUse::kSignPkcs1:
    case RsaUse::kVerifyPkcs1:
      return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
             EVP_PKEY_CTX_set_signature_md(ctx, md) == 1;
  }
  return false;
}

Error RsaRefused() { return Error(ErrorCode::kInternal, "OpenSSL refused an RSA operation"); }

Error SignatureWrong() {
  return Error(ErrorCode::kVerificationFailed, "the RSA signature does not match");
}

Status CheckOaepHash(Hash hash) {
  if (hash != Hash::kSha224) return OkStatus();
  return Error(ErrorCode::kUnsupported, "RSA-OAEP takes SHA-1, SHA-256, SHA-384 or SHA-512");
}

Status CheckHash(Hash hash) {
  if (hash == Hash::kSha1 || hash == Hash::kSha224) {
    return Error(ErrorCode::kUnsupported, "RSA takes SHA-256, SHA-384 or SHA-512");
  }
  return OkStatus();
}

Status CheckDigest(Hash hash, ByteView digest) {
  FLORIN_CHECK_OK(CheckHash(hash));
  if (digest.size() != HashSize(hash)) {
    return Error(ErrorCode::kInvalidArgument, "the digest does not have its hash's length");
  }
  return OkStatus();
}

// RFC 8017 7.2.1: 00 02, at least 8 bytes that are not zero, 00, the message.
constexpr std::size_t kPkcs1Overhead = 11;

// FF where `block` is not the padding of a message of `message_size` bytes, 00 where it is, in time
// that depends on the lengths only.
std::uint8_t WrongPkcs1Padding(ByteView block, std::size_t message_size) {
  // FF for a byte that is zero.
  const auto is_zero = [](unsigned byte) { return ((byte - 1U) >> 8U) & 0xFFU; };
  const std::size_t separator = block.size() - message_size - 1;
  unsigned wrong = block[0] | (block[1] ^ 0x02U) | block[separator];
  for (std::size_t i = 2; i < separator; ++i) wrong |= is_zero(block[i]);
  return static_cast<std::uint8_t>(~is_zero(wrong));
}

// Takes an RSA key of an allowed size.
Status CheckPkey(const EVP_PKEY* pkey) {
  if (pkey == nullptr || EVP_PKEY_is_a(pkey, "RSA") != 1) {
    return Error(ErrorCode::kMalformed, "not an unencrypted RSA key");
  }
  const int bits = EVP_PKEY_get_bits(pkey);
  if (bits < 2048 || bits > 4096) {
    return Error(ErrorCode::kUnsupported, "an RSA modulus has 2048..4096 bits");
  }
  return OkStatus();
}

}  // namespace

// An EVP_PKEY and pools of contexts that are set up for one use each.
class RsaKeyImpl {
 public:
  explicit RsaKeyImpl(PkeyPtr pkey) : pkey_(std::move(pkey)) {}

  const EVP_PKEY* pkey() const { return pkey_.get(); }
  std::size_t modulus_size() const { return static_cast<std::size_t>(EVP_PKEY_get_size(pkey())); }

  StripedPool<PkeyCtxPtr>::Lease Borrow(RsaUse use, Hash hash) const {
    const auto hash_index = static_cast<std::size_t>(hash);
    auto& pool = pools_[static_cast<std::size_t>(use) * kHashes + hash_index];
    return pool.Borrow([this, use, hash]() -> PkeyCtxPtr {
      PkeyCtxPtr ctx(EVP_PKEY_CTX_new_from_pkey(Evp()->context, pkey_.get(), nullptr));
      if (ctx == nullptr || !StartUse(ctx.get(), use) ||
          !SetPadding(ctx.get(), use, Evp()->md(hash))) {
        return nullptr;
      }
      return ctx;
    });
  }

  Status Encrypt(RsaUse use, Hash hash, ByteView message, MutableBytes ciphertext) const {
    ErrorQueueScope errors;
    const auto ctx = Borrow(use, hash);
    std::size_t size = ciphertext.size();
    // OpenSSL takes a null input for a question about lengths.
    const std::uint8_t nothing = 0;
    const std::uint8_t* in = message.empty() ? &nothing : message.data();
    if (!ctx || EVP_PKEY_encrypt(ctx.get(), ciphertext.data(), &size, in, message.size()) != 1) {
      return RsaRefused();
    }
    return OkStatus();
  }

  Status Verify(RsaUse use, Hash hash, ByteView digest, ByteView signature) const {
    FLORIN_CHECK_OK(CheckDigest(hash, digest));
    ErrorQueueScope errors;
    const auto ctx = Borrow(use, hash);
    if (!ctx) return RsaRefused();
    if (signature.size() != modulus_size() ||
        EVP_PKEY_verify(ctx.get(), signature.data(), signature.size(), digest.data(),
                        digest.size()) != 1) {
      return SignatureWrong();
    }
    return OkStatus();
  }

  Status Sign(RsaUse use, Hash hash, ByteView digest, MutableBytes signature) const {
    FLORIN_CHECK_OK(CheckDigest(hash, digest));
    if (signature.size() != modulus_size()) {
      return Error(ErrorCode::kInvalidArgument, "an RSA signature has the modulus's length");
    }
    ErrorQueueScope errors;
    const auto ctx = Borrow(use, hash);
    std::size_t size = signature.size();
    if (!ctx ||
        EVP_PKEY_sign(ctx.get(), signature.data(), &size, digest.data(), digest.size()) != 1 ||
        size != signature.size()) {
      return RsaRefused();
    }
    return OkStatus();
  }

 private:
  PkeyPtr pkey_;
  mutable std::array<StripedPool<PkeyCtxPtr>, kUses * kHashes> pools_;
};

RsaPublicKey::RsaPublicKey(std::unique_ptr<RsaKeyImpl> impl) : impl_(std::move(impl)) {}
RsaPublicKey::RsaPublicKey(RsaPublicKey&&) noexcept = default;
RsaPublicKey& RsaPublicKey::operator=(RsaPublicKey&&) noexcept = default;
RsaPublicKey::~RsaPublicKey() = default;

Result<RsaPublicKey> RsaPublicKey::FromSpki(ByteView der) {
  FLORIN_CHECK_OK(PrimitivesReady());
  if (der.size() > kMaxSpkiBytes) {
    return Error(ErrorCode::kLimitExceeded, "a SubjectPublicKeyInfo has at most 4096 bytes");
  }
  ErrorQueueScope errors;
  const std::uint8_t* next = der.data();
  PkeyPtr pkey(
      d2i_PUBKEY_ex(nullptr, &next, static_cast<long>(der.size()), Evp()->context, nullptr));
  FLORIN_CHECK_OK(CheckPkey(pkey.get()));
  if (next != der.data() + der.size()) {
    return Error(ErrorCode::kMalformed, "bytes follow the RSA public key");
  }
  return RsaPublicKey(std::make_unique<RsaKeyImpl>(std::move(pkey)));
}

Result<RsaPublicKey> RsaPublicKey::FromNumbers(ByteView modulus, ByteView exponent) {
  FLORIN_CHECK_OK(PrimitivesReady());
  if (modulus.size() > kRsaMaxModulusSize + 1 || exponent.empty() || exponent.size() > 5) {
    return Error(ErrorCode::kUnsupported, "an RSA modulus has 2048..4096 bits");
  }
  ErrorQueueScope errors;
  const BnPtr n(BN_bin2bn(modulus.data(), static_cast<int>(modulus.size()), nullptr));
  const BnPtr e(BN_bin2bn(exponent.data(), static_cast<int>(exponent.size()), nullptr));
  const ParamBuildPtr build(OSSL_PARAM_BLD_new());
  if (n == nullptr || e == nullptr || build == nullptr) return RsaRefused();
  if (!BN_is_odd(n.get()) || !BN_is_odd(e.get()) || BN_is_one(e.get()) ||
      BN_num_bits(e.get()) > 33) {
    return Error(ErrorCode::kMalformed, "an RSA modulus is odd; its exponent is odd, 3..2^32");
  }
  const PkeyCtxPtr ctx(EVP_PKEY_CTX_new_from_name(Evp()->context, "RSA", nullptr));
  EVP_PKEY* pkey = nullptr;
  if (OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return RsaRefused();
  }
  const ParamsPtr params(OSSL_PARAM_BLD_to_param(build.get()));
  if (params == nullptr || ctx == nullptr || EVP_PKEY_fromdata_init(ctx.get()) != 1 ||
      EVP_PKEY_fromdata(ctx.get(), &pkey, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return Error(ErrorCode::kMalformed, "not an RSA public key");
  }
  PkeyPtr owned(pkey);
  FLORIN_CHECK_OK(CheckPkey(owned.get()));
  return RsaPublicKey(std::make_unique<RsaKeyImpl>(std::move(owned)));
}

std::size_t RsaPublicKey::modulus_size() const { return impl_->modulus_size(); }

Result<Bytes> RsaPublicKey::ToSpki() const {
  ErrorQueueScope errors;
  Bytes out(kMaxSpkiBytes);
  const int size = i2d_PUBKEY(impl_->pkey(), nullptr);
  if (size <= 0 || static_cast<std::size_t>(size) > out.size()) return RsaRefused();
  std::uint8_t* next = out.data();
  if (i2d_PUBKEY(impl_->pkey(), &next) != size) return RsaRefused();
  out.resize(static_cast<std::size_t>(size));
  return out;
}

Status RsaPublicKey::EncryptOaep(Hash hash, ByteView message, MutableBytes ciphertext) const {
  FLORIN_CHECK_OK(CheckOaepHash(hash));
  if (ciphertext.size() != modulus_size() ||
      message.size() + 2 * HashSize(hash) + 2 > modulus_size()) {
    return Error(ErrorCode::kInvalidArgument, "the message or the buffer does not fit RSA-OAEP");
  }
  return impl_->Encrypt(RsaUse::kEncrypt, hash, message, ciphertext);
}

Status RsaPublicKey::EncryptPkcs1(ByteView message, MutableBytes ciphertext) const {
  if (ciphertext.size() != modulus_size() || message.size() + kPkcs1Overhead > modulus_size()) {
    return Error(ErrorCode::kInvalidArgument, "the message or the buffer does not fit RSA-PKCS1");
  }
  return impl_->Encrypt(RsaUse::kEncryptPkcs1, Hash::kSha256, message, ciphertext);
}

Status RsaPublicKey::VerifyPss(Hash hash, ByteView digest, ByteView signature) const {
  return impl_->Verify(RsaUse::kVerifyPss, hash, digest, signature);
}

Status RsaPublicKey::VerifyPkcs1(Hash hash, ByteView digest, ByteView signature) const {
  return impl_->Verify(RsaUse::kVerifyPkcs1, hash, digest, signature);
}

RsaPrivateKey::RsaPrivateKey(std::unique_ptr<RsaKeyImpl> impl) : impl_(std::move(impl)) {}
RsaPrivateKey::RsaPrivateKey(RsaPrivateKey&&) noexcept = default;
RsaPrivateKey& RsaPrivateKey::operator=(RsaPrivateKey&&) noexcept = default;
RsaPrivateKey::~RsaPrivateKey() = default;

Result<RsaPrivateKey> RsaPrivateKey::FromDer(ByteView der) {
  FLORIN_CHECK_OK(PrimitivesReady());
  if (der.size() > kMaxPrivateKeyBytes) {
    return Error(ErrorCode::kLimitExceeded, "an RSA private key has at most 8192 bytes");
  }
  ErrorQueueScope errors;
  const std::uint8_t* next = der.data();
  PkeyPtr pkey(d2i_AutoPrivateKey_ex(nullptr, &next, static_cast<long>(der.size()), Evp()->context,
                                     nullptr));
  FLORIN_CHECK_OK(CheckPkey(pkey.get()));
  if (next != der.data() + der.size()) {
    return Error(ErrorCode::kMalformed, "bytes follow the RSA private key");
  }
  return RsaPrivateKey(std::make_unique<RsaKeyImpl>(std::move(pkey)));
}

Result<RsaPrivateKey> RsaPrivateKey::FromPem(ByteView pem) {
  FLORIN_CHECK_OK(PrimitivesReady());
  if (pem.size() > kMaxPrivateKeyBytes) {
    return Error(ErrorCode::kLimitExceeded, "an RSA private key has at most 8192 bytes");
  }
  ErrorQueueScope errors;
  const BioPtr bio = ReadBio(pem);
  PkeyPtr pkey(bio == nullptr ? nullptr
                              : PEM_read_bio_PrivateKey_ex(bio.get(), nullptr, NoPassphrase,
                                                           nullptr, Evp()->context, nullptr));
  FLORIN_CHECK_OK(CheckPkey(pkey.get()));
  return RsaPrivateKey(std::make_unique<RsaKeyImpl>(std::move(pkey)));
}

Result<RsaPrivateKey> RsaPrivateKey::Generate(std::size_t bits) {
  FLORIN_CHECK_OK(PrimitivesReady());
  if (bits != 2048 && bits != 3072 && bits != 4096) {
    return Error(ErrorCode::kInvalidArgument, "RSA keys are made with 2048, 3072 or 4096 bits");
  }
  ErrorQueueScope errors;
  PkeyPtr pkey(EVP_PKEY_Q_keygen(Evp()->context, nullptr, "RSA", bits));
  if (pkey == nullptr) return RsaRefused();
  return RsaPrivateKey(std::make_unique<RsaKeyImpl>(std::move(pkey)));
}

std::size_t RsaPrivateKey::modulus_size() const { return impl_->modulus_size(); }

Result<RsaPublicKey> RsaPrivateKey::PublicKey() const {
  ErrorQueueScope errors;
  Bytes spki(kMaxSpkiBytes);
  std::uint8_t* next = spki.data();
  const int size = i2d_PUBKEY(impl_->pkey(), nullptr);
  if (size <= 0 || static_cast<std::size_t>(size) > spki.size() ||
      i2d_PUBKEY(impl_->pkey(), &next) != size) {
    return RsaRefused();
  }
  return RsaPublicKey::FromSpki(ByteView(spki).first(static_cast<std::size_t>(size)));
}

Result<SecretBytes> RsaPrivateKey::ToDer() const {
  static constexpr std::array<const char*, 8> kNames = {
      OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,           OSSL_PKEY_PARAM_RSA_D,
      OSSL_PKEY_PARAM_RSA_FACTOR1,   OSSL_PKEY_PARAM_RSA_FACTOR2,     OSSL_PKEY_PARAM_RSA_EXPONENT1,
      OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1};
  ErrorQueueScope errors;
  std::array<SecretBytes, kNames.size()> bytes;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    BIGNUM* number = nullptr;
    if (EVP_PKEY_get_bn_param(impl_->pkey(), kNames[i], &number) != 1) return RsaRefused();
    const BnPtr owned(number);
    FLORIN_TRY(bytes[i], SecretBytes::Create(static_cast<std::size_t>(BN_num_bytes(owned.get()))));
    const MutableBytes place = bytes[i].Write(SecretAccess{});
    if (BN_bn2binpad(owned.get(), place.data(), static_cast<int>(place.size())) < 0) {
      return RsaRefused();
    }
  }
  const auto view = [&bytes](std::size_t i) { return bytes[i].Read(SecretAccess{}); };
  return WriteRsaPrivateKey(
      {view(0), view(1), view(2), view(3), view(4), view(5), view(6), view(7)});
}

Result<std::size_t> RsaPrivateKey::DecryptOaep(Hash hash, ByteView ciphertext,
                                               MutableBytes out) const {
  FLORIN_CHECK_OK(CheckOaepHash(hash));
  if (out.size() < modulus_size()) {
    return Error(ErrorCode::kBufferTooSmall, "the buffer must have the modulus's length");
  }
  ErrorQueueScope errors;
  const auto ctx = impl_->Borrow(RsaUse::kDecrypt, hash);
  if (!ctx) return RsaRefused();
  std::size_t size = out.size();
  if (ciphertext.size() != modulus_size() ||
      EVP_PKEY_decrypt(ctx.get(), out.data(), &size, ciphertext.data(), ciphertext.size()) != 1) {
    Wipe(out);
    return Error(ErrorCode::kVerificationFailed, "the RSA-OAEP ciphertext cannot be decrypted");
  }
  return size;
}

Status RsaPrivateKey::DecryptPkcs1(ByteView ciphertext, ByteView substitute,
                                   MutableBytes out) const {
  if (out.empty() || out.size() + kPkcs1Overhead > modulus_size() ||
      substitute.size() != out.size()) {
    return Error(ErrorCode::kInvalidArgument, "the lengths do not suit RSA-PKCS1");
  }
  ErrorQueueScope errors;
  const auto ctx = impl_->Borrow(RsaUse::kDecryptRaw, Hash::kSha256);
  if (!ctx) return RsaRefused();
  SecretArray<kRsaMaxModulusSize> storage;
  const auto block = storage.Write(SecretAccess{}).first(modulus_size());
  std::size_t size = block.size();
  // Not of the modulus's length or not below it: anybody sees that. The block stays zero, which is
  // no padding.
  if (ciphertext.size() != modulus_size() ||
      EVP_PKEY_decrypt(ctx.get(), block.data(), &size, ciphertext.data(), ciphertext.size()) != 1) {
    Wipe(block);
  }
  const std::uint8_t wrong = WrongPkcs1Padding(block, out.size());
  const ByteView message = block.last(out.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<std::uint8_t>((message[i] & ~wrong) | (substitute[i] & wrong));
  }
  return OkStatus();
}

Status RsaPrivateKey::SignPss(Hash hash, ByteView digest, MutableBytes signature) const {
  return impl_->Sign(RsaUse::kSignPss, hash, digest, signature);
}

Status RsaPrivateKey::SignPkcs1(Hash hash, ByteView digest, MutableBytes signature) const {
  return impl_->Sign(RsaUse::kSignPkcs1, hash, digest, signature);
}

}  // namespace florin::primitives
