// CK_MECHANISM -> Mechanism.
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

#include "crypto/cryptoki/card_codec.h"
#include "crypto/cryptoki/dukpt_codec.h"
#include "crypto/cryptoki/ec_codec.h"
#include "crypto/cryptoki/emv_codec.h"
#include "crypto/cryptoki/hkdf_codec.h"
#include "crypto/cryptoki/key_exchange_codec.h"
#include "crypto/cryptoki/mechanism_codec.h"
#include "crypto/cryptoki/mechanism_names.h"
#include "crypto/cryptoki/mechanism_params.h"
#include "crypto/cryptoki/pin_codec.h"
#include "crypto/cryptoki/rsa_codec.h"

namespace florin::cryptoki {
namespace {

using mechanisms::AesCbc;
using mechanisms::AesCbcPad;
using mechanisms::AesCmac;
using mechanisms::AesCtr;
using mechanisms::AesEcb;
using mechanisms::AesGcm;
using mechanisms::AesKeyWrap;
using mechanisms::ChaCha20Poly1305;
using mechanisms::ConcatenateBaseAndData;
using mechanisms::ConcatenateBaseAndKey;
using mechanisms::ConcatenateDataAndBase;
using mechanisms::Des3Cbc;
using mechanisms::Des3Ecb;
using mechanisms::EcdhAesKeyWrap;
using mechanisms::EcdhDerive;
using mechanisms::EcdhKdf;
using mechanisms::Ecdsa;
using mechanisms::Eddsa;
using mechanisms::EmvPinChange;
using mechanisms::EmvScriptEncryption;
using mechanisms::EmvScriptMac;
using mechanisms::ExtractKeyFromKey;
using mechanisms::HashDerive;
using mechanisms::Hmac;
using mechanisms::Mechanism;
using mechanisms::MechanismType;
using mechanisms::PinChange;
using mechanisms::PinGeneration;
using mechanisms::PinTranslation;
using mechanisms::PinVerification;
using mechanisms::RsaPkcs1;
using mechanisms::RsaPss;
using mechanisms::TdesCmac;

std::optional<EcdhKdf> KdfFromNumber(CK_EC_KDF_TYPE number) {
  for (EcdhKdf kdf : {EcdhKdf::kNull, EcdhKdf::kX963Sha256, EcdhKdf::kSp800Sha256}) {
    if (KdfNumber(kdf) == number) return kdf;
  }
  return std::nullopt;
}

}  // namespace

// Reads the parameter of one CK_MECHANISM, whose number is known.
struct DecodedMechanism::Reader {
  const MechanismNumber& number;
  const void* parameter;
  std::size_t length;
  DecodedMechanism& to;

  Status Set(Mechanism mechanism) {
    to.mechanism_ = std::move(mechanism);
    return OkStatus();
  }

  // Copies: the caller's struct may lie at any address.
  template <class T>
  Status Struct(T& out) const {
    if (parameter == nullptr || length != sizeof(T)) {
      return BadParameter("the parameter must be the struct of the mechanism, whole");
    }
    std::memcpy(&out, parameter, sizeof(T));
    return OkStatus();
  }

  Status NoParameter() const {
    if (length == 0) return OkStatus();
    return BadParameter("the mechanism takes no parameter; its length must be 0");
  }

  Result<ByteView> Iv(std::size_t block) const {
    if (parameter == nullptr || length != block) return BadIv(block);
    return ByteView(static_cast<const std::uint8_t*>(parameter), block);
  }

  Result<std::size_t> MacLength(std::size_t whole) const {
    if (!number.general) {
      FLORIN_CHECK_OK(NoParameter());
      return whole;
    }
    CK_MAC_GENERAL_PARAMS mac_length = 0;
    FLORIN_CHECK_OK(Struct(mac_length));
    if (mac_length < kMinMac || mac_length > whole) return BadMacLength();
    return static_cast<std::size_t>(mac_length);
  }

  Status Ctr() {
    CK_AES_CTR_PARAMS ctr;
    FLORIN_CHECK_OK(Struct(ctr));
    if (ctr.ulCounterBits < 1 || ctr.ulCounterBits > 128) {
      return BadParameter("the counter must have 1 to 128 bits");
    }
    const auto* block =
        static_cast<const std::uint8_t*>(parameter) + offsetof(CK_AES_CTR_PARAMS, cb);
    return Set(AesCtr{ByteView(block, kAesBlock), ctr.ulCounterBits});
  }

  Status Gcm() {
    CK_GCM_PARAMS gcm;
    if (length == sizeof(CK_GCM_PARAMS_WITHOUT_IV_BITS)) {
      CK_GCM_PARAMS_WITHOUT_IV_BITS old;
      FLORIN_CHECK_OK(Struct(old));
      gcm = {old.pIv, old.ulIvLen, 0, old.pAAD, old.ulAADLen, old.ulTagBits};
    } else {
      FLORIN_CHECK_OK(Struct(gcm));
    }
    FLORIN_TRY(const ByteView iv, ViewOf(gcm.pIv, gcm.ulIvLen, kMaxGcmIvLength));
    if (iv.empty()) return BadParameter("the initialisation vector must have 1 to 128 bytes");
    if (gcm.ulIvBits != 0 && gcm.ulIvBits != gcm.ulIvLen * 8) {
      return BadParameter("ulIvBits must be 0 or 8 times ulIvLen");
    }
    FLORIN_TRY(const ByteView aad, ViewOf(gcm.pAAD, gcm.ulAADLen, kMaxAssociatedData));
    if (gcm.ulTagBits % 8 != 0 || gcm.ulTagBits / 8 < kMinGcmTag ||
        gcm.ulTagBits / 8 > kMaxGcmTag) {
      return BadParameter("the tag must have 96, 104, 112, 120 or 128 bits");
    }
    return Set(AesGcm{iv, aad, gcm.ulTagBits / 8});
  }

  template <class Params, class Out>
  Status Whole(Status (*decode)(const Params&, Out&)) {
    Params params;
    FLORIN_CHECK_OK(Struct(params));
    Out out;
    FLORIN_CHECK_OK(decode(params, out));
    return Set(out);
  }

  // `decode` is told where the caller's struct lies, to which the views of the mechanism refer.
  template <class Params, class Out>
  Status WithViews(Status (*decode)(const Params&, const std::uint8_t*, Out&)) {
    Params params;
    FLORIN_CHECK_OK(Struct(params));
    Out out;
    FLORIN_CHECK_OK(decode(params, static_cast<const std::uint8_t*>(parameter), out));
    return Set(out);
  }

  Status Ecdh() {
    CK_ECDH1_DERIVE_PARAMS ecdh;
    FLORIN_CHECK_OK(Struct(ecdh));
    const std::optional<EcdhKdf> kdf = KdfFromNumber(ecdh.kdf);
    if (!kdf.has_value()) {
      return RvError(CKR_MECHANISM_PARAM_INVALID, ErrorCode::kInvalidArgument,
                     "the key derivation function must be CKD_NULL, CKD_SHA256_KDF or "
                     "CKD_SHA256_KDF_SP800");
    }
    FLORIN_TRY(const ByteView info,
               ViewOf(ecdh.pSharedData, ecdh.ulSharedDataLen, kMaxDerivationData));
    if (*kdf == EcdhKdf::kNull && !info.empty()) {
      return BadParameter("CKD_NULL takes no shared data");
    }
    FLORIN_TRY(const ByteView peer,
               ViewOf(ecdh.pPublicData, ecdh.ulPublicDataLen, kMaxWrappedPointLength));
    auto point = UnwrapPoint(peer);
    if (!point.ok()) {
      return BadParameter("pPublicData must be an uncompressed point, or 32 bytes");
    }
    return Set(EcdhDerive{*point, *kdf, info});
  }

  Status EcdhKeyWrap() {
    CK_ECDH_AES_KEY_WRAP_PARAMS params;
    FLORIN_CHECK_OK(Struct(params));
    if (params.kdf != CKD_SHA256_KDF_SP800) {
      return BadParameter("the key derivation function must be CKD_SHA256_KDF_SP800");
    }
    if (params.ulAESKeyBits != 128 && params.ulAESKeyBits != 192 && params.ulAESKeyBits != 256) {
      return BadParameter("the wrapping key has 128, 192 or 256 bits");
    }
    FLORIN_TRY(const ByteView info,
               ViewOf(params.pSharedData, params.ulSharedDataLen, kMaxDerivationData));
    return Set(EcdhAesKeyWrap{params.ulAESKeyBits / 8, info});
  }

  Result<ByteView> String() const {
    CK_KEY_DERIVATION_STRING_DATA string;
    FLORIN_CHECK_OK(Struct(string));
    return ViewOf(string.pData, string.ulLen, kMaxDerivationData);
  }

  // Makes a view into `params`, a copy, one into the caller's struct instead.
  void MakeCallers(ByteView& view, const auto& params) const {
    if (view.empty()) return;
    const auto offset = view.data() - reinterpret_cast<const std::uint8_t*>(&params);
    view = {static_cast<const std::uint8_t*>(parameter) + offset, view.size()};
  }

  // For structs that hold a PAN: the copy is wiped again.
  template <class Params, class Out>
  Status Card(Status (*decode)(const Params&, Out&, Pan&)) {
    Params params;
    FLORIN_CHECK_OK(Struct(params));
    Out out;
    const Status status = decode(params, out, to.pan_);
    Wipe({reinterpret_cast<std::uint8_t*>(&params), sizeof(params)});
    FLORIN_CHECK_OK(status);
    if constexpr (requires { out.proprietary; }) MakeCallers(out.proprietary, params);
    if constexpr (requires { out.arpc.proprietary; }) MakeCallers(out.arpc.proprietary, params);
    return Set(out);
  }

  // Both at once: the copy is wiped again.
  template <class Params, class Out>
  Status Secret() {
    Params params;
    FLORIN_CHECK_OK(Struct(params));
    Out out;
    const Status status =
        cryptoki::Decode(params, static_cast<const std::uint8_t*>(parameter), out, to.pan_);
    Wipe({reinterpret_cast<std::uint8_t*>(&params), sizeof(params)});
    FLORIN_CHECK_OK(status);
    return Set(out);
  }

  Status PieceOfKey() {
    CK_EXTRACT_PARAMS bit_offset = 0;
    FLORIN_CHECK_OK(Struct(bit_offset));
    return Set(ExtractKeyFromKey{bit_offset});
  }

  Status ChaCha20() {
    CK_SALSA20_CHACHA20_POLY1305_PARAMS params;
    FLORIN_CHECK_OK(Struct(params));
    FLORIN_TRY(const ByteView nonce, ViewOf(params.pNonce, params.ulNonceLen, kChaCha20Nonce));
    if (nonce.size() != kChaCha20Nonce) return BadParameter("the nonce must have 12 bytes");
    FLORIN_TRY(const ByteView aad, ViewOf(params.pAAD, params.ulAADLen, kMaxAssociatedData));
    return Set(ChaCha20Poly1305{nonce, aad});
  }

  Status SecondKey() {
    CK_OBJECT_HANDLE second = CK_INVALID_HANDLE;
    FLORIN_CHECK_OK(Struct(second));
    if (second == CK_INVALID_HANDLE) return BadParameter("the second key must be named");
    return Set(ConcatenateBaseAndKey{{{second}, nullptr}});
  }

  Status Pss() {
    CK_RSA_PKCS_PSS_PARAMS params;
    FLORIN_CHECK_OK(Struct(params));
    RsaPss pss;
    FLORIN_CHECK_OK(DecodeRsaPss(params, number.hash, pss));
    return Set(pss);
  }

  Status ReadPayment() {
    switch (number.type) {
      case MechanismType::kEmvCryptogram: return Card(DecodeEmvCryptogram);
      case MechanismType::kEmvArpc: return Card(DecodeEmvArpc);
      case MechanismType::kEmvVerifiedArpc: return Card(DecodeEmvVerifiedArpc);
      case MechanismType::kEmvAuthorization: return Card(DecodeEmvAuthorization);
      case MechanismType::kEmvArqcTrace: return Card(DecodeEmvArqcTrace);
      case MechanismType::kIso9797Mac: return Whole(DecodeIso9797Mac);
      case MechanismType::kTdesCmac: {
        FLORIN_TRY(const std::size_t mac_length, MacLength(kDesBlock));
        return Set(TdesCmac{mac_length});
      }
      case MechanismType::kCardVerification: return Card(DecodeCardVerification);
      case MechanismType::kThreeDsAuthentication: return Card(DecodeThreeDs);
      case MechanismType::kDukptMac: return WithViews(DecodeDukptMac);
      case MechanismType::kDukptData: return WithViews(DecodeDukptData);
      case MechanismType::kDukptDeviceKey: return WithViews(DecodeDukptDeviceKey);
      case MechanismType::kTr34Unbind: return Whole(DecodeTr34Unbind);
      case MechanismType::kTr34KeyToken: return Whole(DecodeTr34KeyToken);
      case MechanismType::kKeyBlockWrap: return WithViews(DecodeKeyBlockWrap);
      case MechanismType::kEcdhKeyAgreement: return WithViews(DecodeKeyAgreement);
      case MechanismType::kEmvScriptMac:
        return Secret<CK_FLORIN_EMV_SCRIPT_MAC_PARAMS, EmvScriptMac>();
      case MechanismType::kEmvScriptEncryption:
        return Secret<CK_FLORIN_EMV_SCRIPT_ENCRYPTION_PARAMS, EmvScriptEncryption>();
      case MechanismType::kEmvPinChange:
        return Secret<CK_FLORIN_EMV_PIN_CHANGE_PARAMS, EmvPinChange>();
      case MechanismType::kPinTranslation:
        return Secret<CK_FLORIN_PIN_TRANSLATION_PARAMS, PinTranslation>();
      case MechanismType::kPinVerification:
        return Secret<CK_FLORIN_PIN_VERIFICATION_PARAMS, PinVerification>();
      case MechanismType::kPinChange: return Secret<CK_FLORIN_PIN_CHANGE_PARAMS, PinChange>();
      case MechanismType::kPinGeneration:
        return Secret<CK_FLORIN_PIN_GENERATION_PARAMS, PinGeneration>();
      default: return UnknownMechanism();
    }
  }

  Status Read() {
    switch (number.type) {
      case MechanismType::kAesEcb: FLORIN_CHECK_OK(NoParameter()); return Set(AesEcb{});
      case MechanismType::kAesCbc: {
        FLORIN_TRY(const ByteView iv, Iv(kAesBlock));
        return Set(AesCbc{iv});
      }
      case MechanismType::kAesCbcPad: {
        FLORIN_TRY(const ByteView iv, Iv(kAesBlock));
        return Set(AesCbcPad{iv});
      }
      case MechanismType::kAesCtr: return Ctr();
      case MechanismType::kAesGcm: return Gcm();
      case MechanismType::kAesCmac: {
        FLORIN_TRY(const std::size_t mac_length, MacLength(kAesBlock));
        return Set(AesCmac{mac_length});
      }
      case MechanismType::kAesKeyWrap: FLORIN_CHECK_OK(NoParameter()); return Set(AesKeyWrap{});
      case MechanismType::kDes3Ecb: FLORIN_CHECK_OK(NoParameter()); return Set(Des3Ecb{});
      case MechanismType::kDes3Cbc: {
        FLORIN_TRY(const ByteView iv, Iv(kDesBlock));
        return Set(Des3Cbc{iv});
      }
      case MechanismType::kHmac: {
        FLORIN_TRY(const std::size_t mac_length, MacLength(HashSize(*number.hash)));
        return Set(Hmac{*number.hash, number.general ? mac_length : 0});
      }
      case MechanismType::kEcdsa: FLORIN_CHECK_OK(NoParameter()); return Set(Ecdsa{number.hash});
      case MechanismType::kEcdhDerive: return Ecdh();
      case MechanismType::kConcatenateDataAndBase: {
        FLORIN_TRY(const ByteView data, String());
        return Set(ConcatenateDataAndBase{data});
      }
      case MechanismType::kConcatenateBaseAndData: {
        FLORIN_TRY(const ByteView data, String());
        return Set(ConcatenateBaseAndData{data});
      }
      case MechanismType::kHashDerive:
        FLORIN_CHECK_OK(NoParameter());
        return Set(HashDerive{*number.hash});
      case MechanismType::kEcdhAesKeyWrap: return EcdhKeyWrap();
      case MechanismType::kHkdfDerive: return Whole(DecodeHkdf);
      case MechanismType::kExtractKeyFromKey: return PieceOfKey();
      case MechanismType::kEddsa: FLORIN_CHECK_OK(NoParameter()); return Set(Eddsa{});
      case MechanismType::kChaCha20Poly1305: return ChaCha20();
      case MechanismType::kConcatenateBaseAndKey: return SecondKey();
      case MechanismType::kRsaPkcs1:
        FLORIN_CHECK_OK(NoParameter());
        return Set(RsaPkcs1{number.hash});
      case MechanismType::kRsaPss: return Pss();
      case MechanismType::kRsaOaep: return Whole(DecodeRsaOaep);
      default: return ReadPayment();
    }
  }
};

Status DecodedMechanism::Decode(const CK_MECHANISM* mechanism) {
  if (mechanism == nullptr) {
    return RvError(CKR_ARGUMENTS_BAD, ErrorCode::kInvalidArgument, "the mechanism is null");
  }
  const MechanismNumber* number = FindMechanismNumber(mechanism->mechanism);
  if (number == nullptr) {
    return RvError(CKR_MECHANISM_INVALID, ErrorCode::kUnsupported,
                   "this mechanism is not offered; C_GetMechanismList names those that are");
  }
  return Reader{*number, mechanism->pParameter, mechanism->ulParameterLen, *this}.Read();
}

}  // namespace florin::cryptoki
