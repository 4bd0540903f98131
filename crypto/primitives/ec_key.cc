#include <openssl/core_names.h>
#include <openssl/pem.h>

#include <array>
#include <cstring>

#include "crypto/primitives/ec.h"
#include "crypto/primitives/ec_internal.h"
#include "crypto/primitives/self_test.h"
#include "florin/base/byte_writer.h"

namespace florin::primitives {
namespace {

PkeyPtr NewPkey(const EcPublicKey& key, const BIGNUM* scalar) {
  const ParamBuildPtr build(OSSL_PARAM_BLD_new());
  const char* group = InfoOf(key.curve()).name.data();  // a literal, so it ends in a zero
  if (build == nullptr ||
      OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, group, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, key.point().data(),
                                       key.point().size()) != 1 ||
      (scalar != nullptr && OSSL_PARAM_BLD_push_BN_pad(build.get(), OSSL_PKEY_PARAM_PRIV_KEY,
                                                       scalar, FieldSize(key.curve())) != 1)) {
    return nullptr;
  }
  const ParamsPtr params(OSSL_PARAM_BLD_to_param(build.get()));
  const PkeyCtxPtr ctx(EVP_PKEY_CTX_new_from_name(Evp()->context, "EC", nullptr));
  EVP_PKEY* pkey = nullptr;
  const int selection = scalar != nullptr ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
  if (params == nullptr || ctx == nullptr || EVP_PKEY_fromdata_init(ctx.get()) != 1 ||
      EVP_PKEY_fromdata(ctx.get(), &pkey, selection, params.get()) != 1) {
    return nullptr;
  }
  return PkeyPtr(pkey);
}

// Computes scalar * G into `point` (PointSize bytes) after checking 1 <= scalar < n.
Status PublicPointOf(Curve curve, ByteView scalar, MutableBytes point) {
  ErrorQueueScope errors;
  const auto scratch = BorrowEcScratch(curve);
  if (!scratch) return EcRefused();
  const EC_GROUP* group = Evp()->curve(curve);
  BIGNUM* k = scratch->scalar.get();
  if (BN_bin2bn(scalar.data(), static_cast<int>(scalar.size()), k) == nullptr) return EcRefused();
  Status status = OkStatus();
  if (BN_is_zero(k) || BN_cmp(k, EC_GROUP_get0_order(group)) >= 0) {
    status = Error(ErrorCode::kInvalidArgument, "the EC private key is not in 1..n-1");
  } else if (EC_POINT_mul(group, scratch->result.get(), k, nullptr, nullptr,
                          scratch->bn_ctx.get()) != 1 ||
             EC_POINT_point2oct(group, scratch->result.get(), POINT_CONVERSION_UNCOMPRESSED,
                                point.data(), point.size(),
                                scratch->bn_ctx.get()) != point.size()) {
    status = EcRefused();
  }
  BN_clear(k);
  return status;
}

constexpr std::size_t kMaxImportSize = 4096;

Error NotAnEcKey() {
  return Error(ErrorCode::kMalformed, "not an unencrypted EC private key in SEC 1 or PKCS#8 form");
}

Result<Curve> CurveOf(const EVP_PKEY* pkey) {
  if (EVP_PKEY_is_a(pkey, "EC") != 1) return NotAnEcKey();
  std::array<char, 32> name{};
  int is_explicit = 0;
  if (EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME, name.data(), name.size(),
                                     nullptr) != 1 ||
      (EVP_PKEY_get_int_param(pkey, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
                              &is_explicit) == 1 &&
       is_explicit != 0)) {
    return Error(ErrorCode::kUnsupported, "the EC private key does not name its curve");
  }
  if (std::strcmp(name.data(), "prime256v1") == 0) return Curve::kP256;
  for (const CurveInfo& row : kCurveTable) {
    if (row.form == CurveForm::kWeierstrass && row.curve_name == name.data()) return row.curve;
  }
  return Error(ErrorCode::kUnsupported, "the EC private key is on another curve");
}

Result<EcPrivateKey> FromPkey(const EVP_PKEY* pkey) {
  FLORIN_TRY(const Curve curve, CurveOf(pkey));
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_PRIV_KEY, &number) != 1) return NotAnEcKey();
  const BnPtr scalar(number);
  SecretArray<kMaxFieldSize> bytes;
  const MutableBytes wide = bytes.Write(SecretAccess{}).first(FieldSize(curve));
  if (BN_bn2binpad(scalar.get(), wide.data(), static_cast<int>(wide.size())) < 0) {
    return NotAnEcKey();
  }
  FLORIN_TRY(EcPrivateKey key, EcPrivateKey::FromScalar(curve, wide));
  std::array<std::uint8_t, kMaxPointSize> point{};
  std::size_t size = 0;
  if (EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, point.data(),
                                      point.size(), &size) != 1 ||
      !SameBytes(ByteView(point).first(size), key.public_key().point())) {
    return Error(ErrorCode::kMalformed, "the public key inside does not match the private key");
  }
  return key;
}

}  // namespace

PkeyPtr NewPublicPkey(const EcPublicKey& key) { return NewPkey(key, nullptr); }

EVP_PKEY* EcPrivateKeyImpl::Pkey() const {
  std::call_once(pkey_once_, [this] {
    ErrorQueueScope errors;
    const ByteView bytes = scalar_.Read(SecretAccess{});
    const BnPtr scalar(BN_secure_new());
    if (scalar == nullptr ||
        BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), scalar.get()) == nullptr) {
      return;
    }
    BN_set_flags(scalar.get(), BN_FLG_CONSTTIME);
    pkey_ = NewPkey(public_key_, scalar.get());
  });
  return pkey_.get();
}

StripedPool<PkeyCtxPtr>::Lease EcPrivateKeyImpl::BorrowSigner() const {
  return signers_.Borrow([this]() -> PkeyCtxPtr {
    EVP_PKEY* pkey = Pkey();
    if (pkey == nullptr) return nullptr;
    PkeyCtxPtr ctx(EVP_PKEY_CTX_new_from_pkey(Evp()->context, pkey, nullptr));
    if (ctx == nullptr || EVP_PKEY_sign_init(ctx.get()) != 1) return nullptr;
    return ctx;
  });
}

EcPrivateKey::EcPrivateKey(std::unique_ptr<EcPrivateKeyImpl> impl) : impl_(std::move(impl)) {}
EcPrivateKey::EcPrivateKey(EcPrivateKey&&) noexcept = default;
EcPrivateKey& EcPrivateKey::operator=(EcPrivateKey&&) noexcept = default;
EcPrivateKey::~EcPrivateKey() = default;

Curve EcPrivateKey::curve() const { return impl_->curve(); }
const EcPublicKey& EcPrivateKey::public_key() const { return impl_->public_key(); }
const SecretBytes& EcPrivateKey::scalar() const { return impl_->scalar(); }

Result<EcPrivateKey> EcPrivateKey::FromScalar(Curve curve, ByteView scalar) {
  FLORIN_CHECK_OK(PrimitivesReady());
  FLORIN_CHECK_OK(CheckWeierstrass(curve));
  if (scalar.size() != FieldSize(curve)) {
    return Error(ErrorCode::kInvalidArgument, "an EC private key has 32, 48 or 66 bytes");
  }
  std::array<std::uint8_t, kMaxPointSize> point{};
  const MutableBytes used = MutableBytes(point).first(PointSize(curve));
  FLORIN_CHECK_OK(PublicPointOf(curve, scalar, used));
  FLORIN_TRY(SecretBytes copy, SecretBytes::CopyOf(scalar));
  return EcPrivateKey(
      std::make_unique<EcPrivateKeyImpl>(curve, std::move(copy), EcPublicKey(curve, used)));
}

Result<EcPrivateKey> EcPrivateKey::FromDer(ByteView der) {
  FLORIN_CHECK_OK(PrimitivesReady());
  if (der.size() > kMaxImportSize) {
    return Error(ErrorCode::kLimitExceeded, "an EC private key has at most 4096 bytes");
  }
  ErrorQueueScope errors;
  const std::uint8_t* next = der.data();
  const PkeyPtr pkey(d2i_AutoPrivateKey_ex(nullptr, &next, static_cast<long>(der.size()),
                                           Evp()->context, nullptr));
  if (pkey == nullptr || next != der.data() + der.size()) return NotAnEcKey();
  return FromPkey(pkey.get());
}

Result<SecretBytes> EcPrivateKey::ToDer() const {
  // RFC 5915: version, then privateKey; [0] the curve's OID; [1] a BIT STRING without unused bits.
  static constexpr std::uint8_t kStart256[] = {0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20};
  static constexpr std::uint8_t kStart384[] = {0x30, 0x81, 0xA4, 0x02, 0x01, 0x01, 0x04, 0x30};
  static constexpr std::uint8_t kStart521[] = {0x30, 0x81, 0xDC, 0x02, 0x01, 0x01, 0x04, 0x42};
  static constexpr std::uint8_t kBits256[] = {0xA1, 0x44, 0x03, 0x42, 0x00};
  static constexpr std::uint8_t kBits384[] = {0xA1, 0x64, 0x03, 0x62, 0x00};
  static constexpr std::uint8_t kBits521[] = {0xA1, 0x81, 0x89, 0x03, 0x81, 0x86, 0x00};
  static constexpr std::array<ByteView, kWeierstrassCurves> kStarts = {kStart256, kStart384,
                                                                       kStart521};
  static constexpr std::array<ByteView, kWeierstrassCurves> kBits = {kBits256, kBits384, kBits521};
  const auto index = static_cast<std::size_t>(curve());
  const ByteView oid = InfoOf(curve()).oid;
  const std::array<std::uint8_t, 2> tag = {0xA0, static_cast<std::uint8_t>(oid.size())};
  const ByteView parts[] = {kStarts[index], scalar().Read(SecretAccess{}), tag, oid,
                            kBits[index],   public_key().point()};
  std::size_t size = 0;
  for (const ByteView part : parts) size += part.size();
  FLORIN_TRY(auto der, SecretBytes::Create(size));
  ByteWriter writer(der.Write(SecretAccess{}));
  for (const ByteView part : parts) FLORIN_CHECK_OK(writer.Write(part));
  return der;
}

Result<EcPrivateKey> EcPrivateKey::FromPem(ByteView pem) {
  FLORIN_CHECK_OK(PrimitivesReady());
  if (pem.size() > kMaxImportSize) {
    return Error(ErrorCode::kLimitExceeded, "an EC private key has at most 4096 bytes");
  }
  ErrorQueueScope errors;
  const BioPtr bio = ReadBio(pem);
  if (bio == nullptr) return NotAnEcKey();
  const PkeyPtr pkey(PEM_read_bio_PrivateKey_ex(bio.get(), nullptr, NoPassphrase, nullptr,
                                                Evp()->context, nullptr));
  if (pkey == nullptr) return NotAnEcKey();
  return FromPkey(pkey.get());
}

Result<EcPrivateKey> EcPrivateKey::Generate(Curve curve, RandomSource& random) {
  // A candidate outside 1..n-1 is one in 2^32 for P-256; a hundred in a row is a broken source.
  constexpr int kTries = 100;
  SecretArray<kMaxFieldSize> candidate;
  const MutableBytes scalar = candidate.Write(SecretAccess{}).first(FieldSize(curve));
  for (int i = 0; i < kTries; ++i) {
    FLORIN_CHECK_OK(random.Fill(scalar));
    scalar[0] = static_cast<std::uint8_t>(scalar[0] & InfoOf(curve).top_mask);
    auto key = FromScalar(curve, scalar);
    if (key.ok() || key.code() != ErrorCode::kInvalidArgument) return key;
  }
  return Error(ErrorCode::kInternal, "the random source gives no usable EC private key");
}

}  // namespace florin::primitives
