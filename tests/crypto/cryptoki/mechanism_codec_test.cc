// Mechanism <-> CK_MECHANISM.
#include "crypto/cryptoki/mechanism_codec.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <vector>

#include "crypto/cryptoki/ec_codec.h"
#include "crypto/cryptoki/mechanism_names.h"
#include "crypto/cryptoki/rv.h"
#include "tests/crypto/cryptoki/mechanism_samples.h"

namespace florin::cryptoki {
namespace {

using namespace mechanisms;

void ExpectSame(const Mechanism& a, const Mechanism& b, std::size_t sample) {
  EXPECT_TRUE(std::visit(Same{}, a, b)) << "sample " << sample;
}

ErrorCode DecodeCode(CK_MECHANISM mechanism) {
  DecodedMechanism decoded;
  return decoded.Decode(&mechanism).code();
}

template <class Params>
ErrorCode DecodeCode(CK_MECHANISM_TYPE type, Params params) {
  return DecodeCode({type, &params, sizeof(params)});
}

TEST(MechanismCodec, RoundTripsEveryMechanism) {
  const Samples samples;
  const auto all = samples.All();
  std::vector<bool> seen(std::variant_size_v<Mechanism>);
  for (std::size_t i = 0; i < all.size(); ++i) {
    seen[all[i].index()] = true;
    EncodedMechanism encoded;
    ASSERT_TRUE(encoded.Encode(all[i]).ok()) << i;
    DecodedMechanism decoded;
    ASSERT_TRUE(decoded.Decode(encoded.get()).ok()) << i;
    ExpectSame(all[i], decoded.get(), i);
  }
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_TRUE(seen[i]) << "no sample of type " << i;
}

TEST(MechanismCodec, EveryNumberBelongsToOneTypeAndIsFound) {
  for (const MechanismNumber& number : AllMechanismNumbers()) {
    EXPECT_EQ(FindMechanismNumber(number.ckm), &number);
  }
  for (std::size_t type = 0; type < std::variant_size_v<Mechanism>; ++type) {
    EXPECT_FALSE(MechanismNumbersOf(static_cast<MechanismType>(type)).empty()) << type;
  }
  EXPECT_EQ(FindMechanismNumber(CKM_RSA_X_509), nullptr);
}

// Every shorter and one longer parameter must be refused, without reading beyond its length: each
// is copied into memory of exactly its size, which AddressSanitizer guards.
TEST(MechanismCodec, RefusesParametersOfWrongLength) {
  const Samples samples;
  const auto all = samples.All();
  for (std::size_t i = 0; i < all.size(); ++i) {
    EncodedMechanism encoded;
    ASSERT_TRUE(encoded.Encode(all[i]).ok());
    const CK_MECHANISM whole = *encoded.get();
    for (CK_ULONG length = 0; length <= whole.ulParameterLen + 1; ++length) {
      if (length == whole.ulParameterLen) continue;
      // The older GCM struct is shorter by one field and has its own test.
      if (whole.mechanism == CKM_AES_GCM && length == sizeof(CK_GCM_PARAMS_WITHOUT_IV_BITS)) {
        continue;
      }
      std::vector<std::uint8_t> copy(length);
      if (whole.pParameter != nullptr && length != 0) {
        std::memcpy(copy.data(), whole.pParameter, std::min(length, whole.ulParameterLen));
      }
      EXPECT_EQ(DecodeCode({whole.mechanism, copy.data(), length}), ErrorCode::kInvalidArgument)
          << "sample " << i << " length " << length;
    }
    if (whole.ulParameterLen != 0) {
      EXPECT_EQ(DecodeCode({whole.mechanism, nullptr, whole.ulParameterLen}),
                ErrorCode::kInvalidArgument)
          << i;
    }
    std::uint8_t one = 0;
    EXPECT_NE(DecodeCode({whole.mechanism, &one, ~CK_ULONG{0}}), ErrorCode::kOk) << i;
  }
}

TEST(MechanismCodec, ReadsMisalignedParameters) {
  const Samples samples;
  EncodedMechanism encoded;
  const Mechanism gcm = AesGcm{samples.iv12, samples.aad, 16};
  ASSERT_TRUE(encoded.Encode(gcm).ok());
  std::vector<std::uint8_t> memory(encoded.get()->ulParameterLen + 1);
  std::memcpy(memory.data() + 1, encoded.get()->pParameter, encoded.get()->ulParameterLen);
  const CK_MECHANISM shifted = {CKM_AES_GCM, memory.data() + 1, encoded.get()->ulParameterLen};
  DecodedMechanism decoded;
  ASSERT_TRUE(decoded.Decode(&shifted).ok());
  ExpectSame(gcm, decoded.get(), 0);
}

TEST(MechanismCodec, ReadsBothGcmStructs) {
  Samples samples;
  CK_GCM_PARAMS_WITHOUT_IV_BITS old = {samples.iv12.data(), 12, samples.aad.data(),
                                       samples.aad.size(), 128};
  CK_MECHANISM mechanism = {CKM_AES_GCM, &old, sizeof(old)};
  DecodedMechanism decoded;
  ASSERT_TRUE(decoded.Decode(&mechanism).ok());
  ExpectSame(AesGcm{samples.iv12, samples.aad, 16}, decoded.get(), 0);

  CK_GCM_PARAMS now = {samples.iv12.data(), 12, 0, samples.aad.data(), samples.aad.size(), 96};
  mechanism = {CKM_AES_GCM, &now, sizeof(now)};
  ASSERT_TRUE(decoded.Decode(&mechanism).ok());
  ExpectSame(AesGcm{samples.iv12, samples.aad, 12}, decoded.get(), 1);
}

TEST(MechanismCodec, RefusesBadGcmFields) {
  Samples samples;
  const CK_GCM_PARAMS good = {samples.iv12.data(), 12, 96, samples.aad.data(), 300, 128};
  const auto with = [&](auto change) {
    CK_GCM_PARAMS bad = good;
    change(bad);
    return DecodeCode(CKM_AES_GCM, bad);
  };
  EXPECT_EQ(with([](CK_GCM_PARAMS&) {}), ErrorCode::kOk);
  const ErrorCode refused = ErrorCode::kInvalidArgument;
  EXPECT_EQ(with([](CK_GCM_PARAMS& p) { p.ulIvLen = 0; }), refused);
  EXPECT_EQ(with([](CK_GCM_PARAMS& p) { p.ulIvLen = 129; }), refused);
  EXPECT_EQ(with([](CK_GCM_PARAMS& p) { p.ulIvLen = ~CK_ULONG{0}; }), refused);
  EXPECT_EQ(with([](CK_GCM_PARAMS& p) { p.pIv = nullptr; }), refused);
  EXPECT_EQ(with([](CK_GCM_PARAMS& p) { p.ulIvBits = 95; }), refused);
  EXPECT_EQ(with([](CK_GCM_PARAMS& p) { p.pAAD = nullptr; }), refused);
  EXPECT_EQ(with([](CK_GCM_PARAMS& p) { p.ulAADLen = ~CK_ULONG{0}; }), refused);
  EXPECT_EQ(with([](CK_GCM_PARAMS& p) { p.ulTagBits = 0; }), refused);
  EXPECT_EQ(with([](CK_GCM_PARAMS& p) { p.ulTagBits = 64; }), refused);
  EXPECT_EQ(with([](CK_GCM_PARAMS& p) { p.ulTagBits = 127; }), refused);
  EXPECT_EQ(with([](CK_GCM_PARAMS& p) { p.ulTagBits = 136; }), refused);
}

TEST(MechanismCodec, RefusesBadPssFields) {
  const CK_RSA_PKCS_PSS_PARAMS good = {CKM_SHA384, CKG_MGF1_SHA384, 48};
  const auto with = [&](CK_MECHANISM_TYPE number, auto change) {
    CK_RSA_PKCS_PSS_PARAMS bad = good;
    change(bad);
    return DecodeCode(number, bad);
  };
  const auto same = [](auto&) {};
  const ErrorCode refused = ErrorCode::kInvalidArgument;
  EXPECT_EQ(with(CKM_SHA384_RSA_PKCS_PSS, same), ErrorCode::kOk);
  EXPECT_EQ(with(CKM_RSA_PKCS_PSS, same), ErrorCode::kOk);
  EXPECT_EQ(with(CKM_SHA256_RSA_PKCS_PSS, same), refused);
  for (const CK_MECHANISM_TYPE number : {CKM_SHA384_RSA_PKCS_PSS, CKM_RSA_PKCS_PSS}) {
    EXPECT_EQ(with(number, [](auto& p) { p.hashAlg = CKM_SHA256; }), refused);
    EXPECT_EQ(with(number, [](auto& p) { p.hashAlg = CKM_SHA_1; }), refused);
    EXPECT_EQ(with(number, [](auto& p) { p.mgf = CKG_MGF1_SHA1; }), refused);
    EXPECT_EQ(with(number, [](auto& p) { p.sLen = 0; }), refused);
    EXPECT_EQ(with(number, [](auto& p) { p.sLen = 49; }), refused);
  }
  CK_RSA_PKCS_PSS_PARAMS sha1 = {CKM_SHA_1, CKG_MGF1_SHA1, 20};
  EXPECT_EQ(DecodeCode(CKM_RSA_PKCS_PSS, sha1), refused);
}

TEST(MechanismCodec, RefusesBadOaepFields) {
  std::uint8_t label = 7;
  const CK_RSA_PKCS_OAEP_PARAMS good = {CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, nullptr,
                                        0};
  const auto with = [&](auto change) {
    CK_RSA_PKCS_OAEP_PARAMS bad = good;
    change(bad);
    return DecodeCode(CKM_RSA_PKCS_OAEP, bad);
  };
  const ErrorCode refused = ErrorCode::kInvalidArgument;
  EXPECT_EQ(with([](auto&) {}), ErrorCode::kOk);
  EXPECT_EQ(with([](auto& p) { p.source = 0; }), ErrorCode::kOk);
  EXPECT_EQ(with([](auto& p) { p.source = 2; }), refused);
  EXPECT_EQ(with([](auto& p) { p.hashAlg = CKM_SHA_1; }), refused);
  EXPECT_EQ(with([](auto& p) { p.mgf = CKG_MGF1_SHA1; }), refused) << "SHA-256 with MGF1 of SHA-1";
  EXPECT_EQ(with([&](auto& p) {
              p.pSourceData = &label;
              p.ulSourceDataLen = 1;
            }),
            refused);
}

TEST(MechanismCodec, TakesPeerPointsRawAndWrapped) {
  for (std::size_t size : {std::size_t{65}, std::size_t{97}, std::size_t{133}, std::size_t{32}}) {
    Bytes raw = Point(size);
    // X.690 8.1.3: lengths from 128 have a byte that says how many follow.
    Bytes wrapped = {0x04, static_cast<std::uint8_t>(size)};
    if (size >= 128) wrapped.insert(wrapped.begin() + 1, 0x81);
    wrapped.insert(wrapped.end(), raw.begin(), raw.end());
    for (Bytes* form : {&raw, &wrapped}) {
      CK_ECDH1_DERIVE_PARAMS params = {CKD_NULL, 0, nullptr, form->size(), form->data()};
      CK_MECHANISM mechanism = {CKM_ECDH1_DERIVE, &params, sizeof(params)};
      DecodedMechanism decoded;
      ASSERT_TRUE(decoded.Decode(&mechanism).ok()) << size;
      ExpectSame(EcdhDerive{raw, EcdhKdf::kNull, {}}, decoded.get(), size);
    }
  }
}

TEST(MechanismCodec, WritesPointsAsTheirFormOfCurveDoes) {
  for (const CurveInfo& row : kCurveTable) {
    const Bytes raw = Point(row.public_size);
    std::array<std::uint8_t, kMaxWrappedPointLength> buffer;
    const ByteView written = ByteView(buffer).first(WrapPoint(row.curve, raw, buffer));
    EXPECT_EQ(written.size() != raw.size(), row.form == CurveForm::kWeierstrass) << row.name;
    const auto back = UnwrapPoint(written);
    ASSERT_TRUE(back.ok()) << row.name;
    EXPECT_TRUE(SameBytes(*back, raw)) << row.name;
    Bytes name = {0x13, static_cast<std::uint8_t>(row.curve_name.size())};
    name.insert(name.end(), row.curve_name.begin(), row.curve_name.end());
    EXPECT_EQ(CurveFromEcParams(name).value(), row.curve);
    EXPECT_EQ(CurveFromEcParams(EcParamsOf(row.curve)).value(), row.curve);
    name[1] = static_cast<std::uint8_t>(name[1] - 1);
    EXPECT_EQ(CurveFromEcParams(name).code(), ErrorCode::kUnsupported);
  }
  EXPECT_EQ(CurveFromEcParams({}).code(), ErrorCode::kUnsupported);
}

TEST(MechanismCodec, RefusesBadHkdfSalts) {
  CK_HKDF_PARAMS good = {};
  good.bExtract = CK_TRUE;
  good.prfHashMechanism = CKM_SHA256;
  good.ulSaltType = CKF_HKDF_SALT_KEY;
  good.hSaltKey = 5;
  const auto with = [&](auto change) {
    CK_HKDF_PARAMS bad = good;
    change(bad);
    return DecodeCode(CKM_HKDF_DERIVE, bad);
  };
  EXPECT_EQ(with([](auto&) {}), ErrorCode::kOk);
  EXPECT_EQ(with([](auto& p) { p.hSaltKey = CK_INVALID_HANDLE; }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(with([](auto& p) { p.ulSaltType = 3; }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(with([](auto& p) { p.ulSaltType = 0; }), ErrorCode::kInvalidArgument);
}

TEST(MechanismCodec, RefusesBadEcdhFields) {
  Samples samples;
  const CK_ECDH1_DERIVE_PARAMS good = {CKD_SHA256_KDF_SP800, 1024, samples.info.data(), 65,
                                       samples.p256.data()};
  const auto with = [&](auto change) {
    CK_ECDH1_DERIVE_PARAMS bad = good;
    change(bad);
    return DecodeCode(CKM_ECDH1_DERIVE, bad);
  };
  EXPECT_EQ(with([](CK_ECDH1_DERIVE_PARAMS&) {}), ErrorCode::kOk);
  const ErrorCode refused = ErrorCode::kInvalidArgument;
  EXPECT_EQ(with([](auto& p) { p.kdf = 0; }), refused);
  EXPECT_EQ(with([](auto& p) { p.kdf = CKD_SHA1_KDF; }), refused);
  EXPECT_EQ(with([](auto& p) { p.kdf = CKD_NULL; }), refused);  // with shared data
  EXPECT_EQ(with([](auto& p) { p.ulSharedDataLen = 1025; }), refused);
  EXPECT_EQ(with([](auto& p) { p.pSharedData = nullptr; }), refused);
  EXPECT_EQ(with([](auto& p) { p.ulPublicDataLen = 64; }), refused);
  EXPECT_EQ(with([](auto& p) { p.ulPublicDataLen = 0; }), refused);
  EXPECT_EQ(with([](auto& p) { p.ulPublicDataLen = ~CK_ULONG{0}; }), refused);
  EXPECT_EQ(with([](auto& p) { p.pPublicData = nullptr; }), refused);
  samples.p256[0] = 2;  // compressed
  EXPECT_EQ(with([](CK_ECDH1_DERIVE_PARAMS&) {}), refused);
}

TEST(MechanismCodec, ErrorsCarryTheNumberToAnswerWith) {
  DecodedMechanism decoded;
  EXPECT_EQ(decoded.Decode(nullptr).error().detail(), CKR_ARGUMENTS_BAD);
  CK_MECHANISM rsa = {CKM_RSA_X_509, nullptr, 0};
  EXPECT_EQ(RvFromStatus(decoded.Decode(&rsa)), CKR_MECHANISM_INVALID);
  CK_MECHANISM cbc = {CKM_AES_CBC, nullptr, 0};
  EXPECT_EQ(RvFromStatus(decoded.Decode(&cbc)), CKR_MECHANISM_PARAM_INVALID);
}

TEST(MechanismCodec, EncodeRefusesWhatItsStructsForbid) {
  const Samples samples;
  const Bytes long_iv(129);
  const Bytes long_data(1025);
  const EmvCardAndAtc no_pan{nullptr, 0, 0, EmvMasterKeyOption::kA};
  const EmvCardAndAtc bad_psn{&samples.pan, 100, 0, EmvMasterKeyOption::kA};
  const std::vector<Mechanism> bad = {
      AesCbc{samples.iv12},
      AesCbcPad{{}},
      Des3Cbc{samples.iv16},
      AesCtr{samples.iv12, 128},
      AesCtr{samples.iv16, 0},
      AesCtr{samples.iv16, 129},
      AesGcm{{}, {}, 16},
      AesGcm{long_iv, {}, 16},
      AesGcm{samples.iv12, {}, 11},
      AesGcm{samples.iv12, {}, 17},
      AesCmac{0},
      AesCmac{3},
      AesCmac{17},
      Hmac{Hash::kSha256, 3},
      Hmac{Hash::kSha256, 33},
      EcdhDerive{samples.iv16, EcdhKdf::kNull, {}},
      EcdhDerive{samples.p256, EcdhKdf::kNull, samples.info},
      EcdhDerive{samples.p256, EcdhKdf::kSp800Sha256, long_data},
      ConcatenateDataAndBase{long_data},
      EmvCryptogram{no_pan, EmvPadding::kMethod2},
      EmvCryptogram{bad_psn, EmvPadding::kMethod2},
      Iso9797Mac{{card::MacAlgorithm::kCmacAes}, 8},
      Iso9797Mac{card::kX919Mac, 3},
      Iso9797Mac{card::kX919Mac, 9},
      Iso9797Mac{{card::MacAlgorithm::kCmacTdes, MacPadding::kMethod2}, 8},
      TdesCmac{0},
      TdesCmac{9},
      CardVerification{},
      ThreeDsAuthentication{},
      ChaCha20Poly1305{samples.iv16, {}},
      ConcatenateBaseAndKey{},
      HkdfDerive{Hash::kSha256, true, false, samples.iv16, {}, OtherKey{{1}, nullptr}},
  };
  for (std::size_t i = 0; i < bad.size(); ++i) {
    EncodedMechanism encoded;
    EXPECT_EQ(encoded.Encode(bad[i]).code(), ErrorCode::kInvalidArgument) << i;
  }
}

TEST(MechanismCodec, WipesThePan) {
  const Samples samples;
  EncodedMechanism encoded;
  const EmvCardAndAtc card{&samples.pan, 1, 7, EmvMasterKeyOption::kA};
  ASSERT_TRUE(encoded.Encode(EmvCryptogram{card, EmvPadding::kMethod2}).ok());
  const auto* params = static_cast<const std::uint8_t*>(encoded.get()->pParameter);
  const std::size_t size = encoded.get()->ulParameterLen;
  encoded.Clear();
  EXPECT_TRUE(std::all_of(params, params + size, [](std::uint8_t byte) { return byte == 0; }));
}

// Random structs: decoding never crashes, and what it accepts encodes to what decodes the same.
TEST(MechanismCodec, RandomParametersNeverBreakIt) {
  std::mt19937 random(20261125);
  const Samples samples;
  const auto all = samples.All();
  for (int round = 0; round < 20000; ++round) {
    const std::size_t sample = random() % all.size();
    EncodedMechanism encoded;
    ASSERT_TRUE(encoded.Encode(all[sample]).ok());
    std::vector<std::uint8_t> bytes(encoded.get()->ulParameterLen);
    if (bytes.empty()) continue;
    std::memcpy(bytes.data(), encoded.get()->pParameter, bytes.size());
    const bool holds_pointers =
        encoded.number() == CKM_AES_GCM || encoded.number() == CKM_ECDH1_DERIVE ||
        encoded.number() == CKM_CONCATENATE_DATA_AND_BASE || encoded.number() == CKM_HKDF_DERIVE ||
        encoded.number() == CKM_CONCATENATE_BASE_AND_DATA ||
        encoded.number() == CKM_CHACHA20_POLY1305 ||
        encoded.number() == CKM_FLORIN_ECDH_AES_KEY_WRAP ||
        encoded.number() == CKM_FLORIN_TR34_KEY_TOKEN || encoded.number() == CKM_FLORIN_TR34_UNBIND;
    if (holds_pointers) continue;
    for (int flips = 1 + static_cast<int>(random() % 3); flips > 0; --flips) {
      bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    }
    CK_MECHANISM mutated = {encoded.number(), bytes.data(), bytes.size()};
    DecodedMechanism decoded;
    if (!decoded.Decode(&mutated).ok()) continue;
    EncodedMechanism again;
    ASSERT_TRUE(again.Encode(decoded.get()).ok());
    DecodedMechanism twice;
    ASSERT_TRUE(twice.Decode(again.get()).ok());
    // A whole MAC has two forms, of which one is written.
    if (encoded.number() == CKM_SHA_1_HMAC_GENERAL || encoded.number() == CKM_SHA512_HMAC_GENERAL ||
        encoded.number() == CKM_DES3_CMAC_GENERAL) {
      continue;
    }
    ExpectSame(decoded.get(), twice.get(), sample);
  }
}

}  // namespace
}  // namespace florin::cryptoki
