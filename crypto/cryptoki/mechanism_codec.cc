#include "crypto/cryptoki/mechanism_codec.h"

#include <cstdint>
#include <cstring>
#include <optional>
#include <type_traits>
#include <variant>

#include "crypto/cryptoki/card_codec.h"
#include "crypto/cryptoki/dukpt_codec.h"
#include "crypto/cryptoki/ec_codec.h"
#include "crypto/cryptoki/emv_codec.h"
#include "crypto/cryptoki/key_exchange_codec.h"
#include "crypto/cryptoki/mechanism_names.h"
#include "crypto/cryptoki/param_fields.h"
#include "crypto/cryptoki/rv.h"

namespace florin::cryptoki {
namespace {

using mechanisms::AesCbc;
using mechanisms::AesCbcPad;
using mechanisms::AesCmac;
using mechanisms::AesCtr;
using mechanisms::AesEcb;
using mechanisms::AesGcm;
using mechanisms::AesKeyWrap;
using mechanisms::CardVerification;
using mechanisms::ConcatenateBaseAndData;
using mechanisms::ConcatenateDataAndBase;
using mechanisms::Des3Cbc;
using mechanisms::Des3Ecb;
using mechanisms::DukptData;
using mechanisms::DukptMac;
using mechanisms::EcdhDerive;
using mechanisms::EcdhKdf;
using mechanisms::EcdhKeyAgreement;
using mechanisms::Ecdsa;
using mechanisms::EmvArpc;
using mechanisms::EmvArqcTrace;
using mechanisms::EmvAuthorization;
using mechanisms::EmvCryptogram;
using mechanisms::EmvVerifiedArpc;
using mechanisms::HashDerive;
using mechanisms::Hmac;
using mechanisms::Iso9797Mac;
using mechanisms::KeyBlockWrap;
using mechanisms::Mechanism;
using mechanisms::MechanismType;
using mechanisms::TdesCmac;
using mechanisms::ThreeDsAuthentication;

constexpr std::size_t kAesBlock = 16;
constexpr std::size_t kDesBlock = 8;
constexpr std::size_t kMinMac = 4;
constexpr std::size_t kMinGcmTag = 12;
constexpr std::size_t kMaxGcmTag = 16;

Error BadIv(std::size_t block) {
  return BadParameter(block == kAesBlock ? "the initialisation vector must have 16 bytes"
                                         : "the initialisation vector must have 8 bytes");
}

Error BadMacLength() { return BadParameter("the MAC length must be 4 bytes up to a whole MAC"); }

Error UnknownMechanism() {
  return RvError(CKR_MECHANISM_INVALID, ErrorCode::kUnsupported,
                 "PKCS#11 has no number for this mechanism with this hash");
}

// The interface has no const; a module reads parameters only.
CK_BYTE_PTR Pointer(ByteView bytes) { return const_cast<CK_BYTE_PTR>(bytes.data()); }

CK_MECHANISM_TYPE NumberOf(MechanismType type, std::optional<Hash> hash, bool general) {
  for (const MechanismNumber& number : MechanismNumbersOf(type)) {
    if (number.hash == hash && number.general == general) return number.ckm;
  }
  return CK_UNAVAILABLE_INFORMATION;
}

constexpr CK_EC_KDF_TYPE KdfNumber(EcdhKdf kdf) {
  switch (kdf) {
    case EcdhKdf::kNull: return CKD_NULL;
    case EcdhKdf::kX963Sha256: return CKD_SHA256_KDF;
    case EcdhKdf::kSp800Sha256: return CKD_SHA256_KDF_SP800;
  }
  return CKD_NULL;
}

std::optional<EcdhKdf> KdfFromNumber(CK_EC_KDF_TYPE number) {
  for (EcdhKdf kdf : {EcdhKdf::kNull, EcdhKdf::kX963Sha256, EcdhKdf::kSp800Sha256}) {
    if (KdfNumber(kdf) == number) return kdf;
  }
  return std::nullopt;
}

}  // namespace

// Fills an EncodedMechanism; one overload per mechanism.
struct EncodedMechanism::Writer {
  EncodedMechanism& to;

  Status Plain(CK_MECHANISM_TYPE number) {
    if (number == CK_UNAVAILABLE_INFORMATION) return UnknownMechanism();
    to.mechanism_ = {number, nullptr, 0};
    return OkStatus();
  }
  Status WithBytes(CK_MECHANISM_TYPE number, ByteView bytes) {
    to.mechanism_ = {number, Pointer(bytes), bytes.size()};
    return OkStatus();
  }
  // `parameters` is a member of to.parameters_.
  template <class T>
  Status WithStruct(CK_MECHANISM_TYPE number, T& parameters) {
    to.mechanism_ = {number, &parameters, sizeof(T)};
    return OkStatus();
  }
  Status WithIv(CK_MECHANISM_TYPE number, ByteView iv, std::size_t block) {
    if (iv.size() != block) return BadIv(block);
    return WithBytes(number, iv);
  }
  Status Mac(MechanismType type, std::optional<Hash> hash, std::size_t length, std::size_t whole) {
    if (length == whole || length == 0) return Plain(NumberOf(type, hash, false));
    if (length < kMinMac || length > whole) return BadMacLength();
    to.parameters_.mac_length = length;
    return WithStruct(NumberOf(type, hash, true), to.parameters_.mac_length);
  }
  Status String(CK_MECHANISM_TYPE number, ByteView data) {
    if (data.size() > kMaxDerivationData) {
      return BadParameter("the data to concatenate must have at most 1024 bytes");
    }
    to.parameters_.string = {Pointer(data), data.size()};
    return WithStruct(number, to.parameters_.string);
  }

  Status operator()(const AesEcb&) { return Plain(CKM_AES_ECB); }
  Status operator()(const AesCbc& m) { return WithIv(CKM_AES_CBC, m.iv, kAesBlock); }
  Status operator()(const AesCbcPad& m) { return WithIv(CKM_AES_CBC_PAD, m.iv, kAesBlock); }
  Status operator()(const AesCtr& m) {
    if (m.counter_block.size() != kAesBlock) {
      return BadParameter("the counter block must have 16 bytes");
    }
    if (m.counter_bits < 1 || m.counter_bits > 128) {
      return BadParameter("the counter must have 1 to 128 bits");
    }
    to.parameters_.ctr.ulCounterBits = m.counter_bits;
    std::memcpy(to.parameters_.ctr.cb, m.counter_block.data(), kAesBlock);
    return WithStruct(CKM_AES_CTR, to.parameters_.ctr);
  }
  Status operator()(const AesGcm& m) {
    if (m.iv.empty() || m.iv.size() > kMaxGcmIvLength) {
      return BadParameter("the initialisation vector must have 1 to 128 bytes");
    }
    if (m.tag_length < kMinGcmTag || m.tag_length > kMaxGcmTag) {
      return BadParameter("the tag must have 12 to 16 bytes");
    }
    if (m.aad.size() > kMaxAssociatedData) return BadParameter("the associated data is too long");
    to.parameters_.gcm = {Pointer(m.iv),  m.iv.size(),  m.iv.size() * 8,
                          Pointer(m.aad), m.aad.size(), m.tag_length * 8};
    return WithStruct(CKM_AES_GCM, to.parameters_.gcm);
  }
  Status operator()(const AesCmac& m) {
    if (m.mac_length == 0) return BadMacLength();
    return Mac(MechanismType::kAesCmac, {}, m.mac_length, kAesBlock);
  }
  Status operator()(const AesKeyWrap&) { return Plain(CKM_AES_KEY_WRAP); }
  Status operator()(const Des3Ecb&) { return Plain(CKM_DES3_ECB); }
  Status operator()(const Des3Cbc& m) { return WithIv(CKM_DES3_CBC, m.iv, kDesBlock); }
  Status operator()(const Hmac& m) {
    return Mac(MechanismType::kHmac, m.hash, m.mac_length, HashSize(m.hash));
  }
  Status operator()(const Ecdsa& m) {
    return Plain(NumberOf(MechanismType::kEcdsa, m.hash, false));
  }
  Status operator()(const EcdhDerive& m) {
    if (!UnwrapPoint(m.peer_point).ok()) {
      return BadParameter("the peer point must be uncompressed, of P-256 or P-384");
    }
    if (m.kdf == EcdhKdf::kNull && !m.shared_info.empty()) {
      return BadParameter("shared info needs a key derivation function that takes it");
    }
    if (m.shared_info.size() > kMaxDerivationData) {
      return BadParameter("the shared info must have at most 1024 bytes");
    }
    to.parameters_.ecdh = {KdfNumber(m.kdf), m.shared_info.size(),
                           m.shared_info.empty() ? nullptr : Pointer(m.shared_info),
                           m.peer_point.size(), Pointer(m.peer_point)};
    return WithStruct(CKM_ECDH1_DERIVE, to.parameters_.ecdh);
  }
  Status operator()(const ConcatenateDataAndBase& m) {
    return String(CKM_CONCATENATE_DATA_AND_BASE, m.data);
  }
  Status operator()(const ConcatenateBaseAndData& m) {
    return String(CKM_CONCATENATE_BASE_AND_DATA, m.data);
  }
  Status operator()(const HashDerive& m) {
    return Plain(NumberOf(MechanismType::kHashDerive, m.hash, false));
  }
  Status operator()(const EmvCryptogram& m) {
    to.holds_pan_ = true;
    FLORIN_CHECK_OK(EncodeEmvCryptogram(m, to.parameters_.emv_cryptogram));
    return WithStruct(CKM_FLORIN_EMV_CRYPTOGRAM, to.parameters_.emv_cryptogram);
  }
  Status operator()(const EmvArpc& m) {
    to.holds_pan_ = true;
    FLORIN_CHECK_OK(EncodeEmvArpc(m, to.parameters_.emv_arpc));
    return WithStruct(CKM_FLORIN_EMV_ARPC, to.parameters_.emv_arpc);
  }
  Status operator()(const EmvVerifiedArpc& m) {
    to.holds_pan_ = true;
    FLORIN_CHECK_OK(EncodeEmvVerifiedArpc(m, to.parameters_.emv_verified_arpc));
    return WithStruct(CKM_FLORIN_EMV_VERIFIED_ARPC, to.parameters_.emv_verified_arpc);
  }
  Status operator()(const EmvAuthorization& m) {
    to.holds_pan_ = true;
    FLORIN_CHECK_OK(EncodeEmvAuthorization(m, to.parameters_.emv_authorization));
    return WithStruct(CKM_FLORIN_EMV_AUTHORIZATION, to.parameters_.emv_authorization);
  }
  Status operator()(const EmvArqcTrace& m) {
    to.holds_pan_ = true;
    FLORIN_CHECK_OK(EncodeEmvArqcTrace(m, to.parameters_.emv_arqc_trace));
    return WithStruct(CKM_FLORIN_EMV_ARQC_TRACE, to.parameters_.emv_arqc_trace);
  }
  Status operator()(const Iso9797Mac& m) {
    FLORIN_CHECK_OK(EncodeIso9797Mac(m, to.parameters_.iso9797_mac));
    return WithStruct(CKM_FLORIN_ISO9797_MAC, to.parameters_.iso9797_mac);
  }
  Status operator()(const TdesCmac& m) {
    if (m.mac_length == 0) return BadMacLength();
    return Mac(MechanismType::kTdesCmac, {}, m.mac_length, kDesBlock);
  }
  Status operator()(const CardVerification& m) {
    to.holds_pan_ = true;
    FLORIN_CHECK_OK(EncodeCardVerification(m, to.parameters_.card_verification));
    return WithStruct(CKM_FLORIN_CARD_VERIFICATION, to.parameters_.card_verification);
  }
  Status operator()(const ThreeDsAuthentication& m) {
    to.holds_pan_ = true;
    FLORIN_CHECK_OK(EncodeThreeDs(m, to.parameters_.three_ds));
    return WithStruct(CKM_FLORIN_3DS, to.parameters_.three_ds);
  }
  Status operator()(const DukptMac& m) {
    FLORIN_CHECK_OK(EncodeDukptMac(m, to.parameters_.dukpt_mac));
    return WithStruct(CKM_FLORIN_DUKPT_MAC, to.parameters_.dukpt_mac);
  }
  Status operator()(const DukptData& m) {
    FLORIN_CHECK_OK(EncodeDukptData(m, to.parameters_.dukpt_data));
    return WithStruct(CKM_FLORIN_DUKPT_DATA, to.parameters_.dukpt_data);
  }
  Status operator()(const KeyBlockWrap& m) {
    to.long_parameters_ = std::make_unique<LongParameters>();
    FLORIN_CHECK_OK(EncodeKeyBlockWrap(m, to.long_parameters_->key_block));
    return WithStruct(CKM_FLORIN_KEY_BLOCK, to.long_parameters_->key_block);
  }
  Status operator()(const EcdhKeyAgreement& m) {
    to.long_parameters_ = std::make_unique<LongParameters>();
    FLORIN_CHECK_OK(EncodeKeyAgreement(m, to.long_parameters_->agreement));
    return WithStruct(CKM_FLORIN_ECDH_KEY_AGREEMENT, to.long_parameters_->agreement);
  }
};

void EncodedMechanism::Clear() {
  if (holds_pan_) Wipe({reinterpret_cast<std::uint8_t*>(&parameters_), sizeof(parameters_)});
  holds_pan_ = false;
  mechanism_ = {};
  long_parameters_.reset();
}

Status EncodedMechanism::Encode(const Mechanism& mechanism) {
  Clear();
  return std::visit(Writer{*this}, mechanism);
}

// Reads the parameter of one CK_MECHANISM, whose number is known.
struct DecodedMechanism::Reader {
  const MechanismNumber& number;
  const void* parameter;
  std::size_t length;
  DecodedMechanism& to;

  Status Set(Mechanism mechanism) {
    to.mechanism_ = mechanism;
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

  static Result<ByteView> Bytes(const CK_BYTE* pointer, CK_ULONG size, std::size_t limit) {
    if (size > limit) return BadParameter("a field of the parameter is longer than allowed");
    if (size == 0) return ByteView();
    if (pointer == nullptr)
      return BadParameter("a field of the parameter has a length but is null");
    return ByteView(pointer, size);
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
    FLORIN_TRY(const ByteView iv, Bytes(gcm.pIv, gcm.ulIvLen, kMaxGcmIvLength));
    if (iv.empty()) return BadParameter("the initialisation vector must have 1 to 128 bytes");
    if (gcm.ulIvBits != 0 && gcm.ulIvBits != gcm.ulIvLen * 8) {
      return BadParameter("ulIvBits must be 0 or 8 times ulIvLen");
    }
    FLORIN_TRY(const ByteView aad, Bytes(gcm.pAAD, gcm.ulAADLen, kMaxAssociatedData));
    if (gcm.ulTagBits % 8 != 0 || gcm.ulTagBits / 8 < kMinGcmTag ||
        gcm.ulTagBits / 8 > kMaxGcmTag) {
      return BadParameter("the tag must have 96, 104, 112, 120 or 128 bits");
    }
    return Set(AesGcm{iv, aad, gcm.ulTagBits / 8});
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
               Bytes(ecdh.pSharedData, ecdh.ulSharedDataLen, kMaxDerivationData));
    if (*kdf == EcdhKdf::kNull && !info.empty()) {
      return BadParameter("CKD_NULL takes no shared data");
    }
    FLORIN_TRY(const ByteView peer,
               Bytes(ecdh.pPublicData, ecdh.ulPublicDataLen, kMaxWrappedPointLength));
    auto point = UnwrapPoint(peer);
    if (!point.ok()) {
      return BadParameter("pPublicData must be an uncompressed point of P-256 or P-384");
    }
    return Set(EcdhDerive{*point, *kdf, info});
  }

  Result<ByteView> String() const {
    CK_KEY_DERIVATION_STRING_DATA string;
    FLORIN_CHECK_OK(Struct(string));
    return Bytes(string.pData, string.ulLen, kMaxDerivationData);
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
      case MechanismType::kEmvCryptogram: return Card(DecodeEmvCryptogram);
      case MechanismType::kEmvArpc: return Card(DecodeEmvArpc);
      case MechanismType::kEmvVerifiedArpc: return Card(DecodeEmvVerifiedArpc);
      case MechanismType::kEmvAuthorization: return Card(DecodeEmvAuthorization);
      case MechanismType::kEmvArqcTrace: return Card(DecodeEmvArqcTrace);
      case MechanismType::kIso9797Mac: {
        CK_FLORIN_ISO9797_MAC_PARAMS params;
        FLORIN_CHECK_OK(Struct(params));
        Iso9797Mac mac;
        FLORIN_CHECK_OK(DecodeIso9797Mac(params, mac));
        return Set(mac);
      }
      case MechanismType::kTdesCmac: {
        FLORIN_TRY(const std::size_t mac_length, MacLength(kDesBlock));
        return Set(TdesCmac{mac_length});
      }
      case MechanismType::kCardVerification: return Card(DecodeCardVerification);
      case MechanismType::kThreeDsAuthentication: return Card(DecodeThreeDs);
      case MechanismType::kDukptMac: return WithViews(DecodeDukptMac);
      case MechanismType::kDukptData: return WithViews(DecodeDukptData);
      case MechanismType::kKeyBlockWrap: return WithViews(DecodeKeyBlockWrap);
      case MechanismType::kEcdhKeyAgreement: return WithViews(DecodeKeyAgreement);
    }
    return UnknownMechanism();
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
