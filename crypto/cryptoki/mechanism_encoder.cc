// Mechanism -> CK_MECHANISM.
#include <cstring>
#include <memory>
#include <optional>
#include <variant>

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
using mechanisms::CardVerification;
using mechanisms::ChaCha20Poly1305;
using mechanisms::ConcatenateBaseAndData;
using mechanisms::ConcatenateBaseAndKey;
using mechanisms::ConcatenateDataAndBase;
using mechanisms::Des3Cbc;
using mechanisms::Des3Ecb;
using mechanisms::DukptData;
using mechanisms::DukptDeviceKey;
using mechanisms::DukptMac;
using mechanisms::EcdhAesKeyWrap;
using mechanisms::EcdhDerive;
using mechanisms::EcdhKdf;
using mechanisms::EcdhKeyAgreement;
using mechanisms::Ecdsa;
using mechanisms::Eddsa;
using mechanisms::EmvArpc;
using mechanisms::EmvArqcTrace;
using mechanisms::EmvAuthorization;
using mechanisms::EmvCryptogram;
using mechanisms::EmvPinChange;
using mechanisms::EmvScriptEncryption;
using mechanisms::EmvScriptMac;
using mechanisms::EmvVerifiedArpc;
using mechanisms::ExtractKeyFromKey;
using mechanisms::HashDerive;
using mechanisms::HkdfDerive;
using mechanisms::Hmac;
using mechanisms::Iso9797Mac;
using mechanisms::KeyBlockWrap;
using mechanisms::Mechanism;
using mechanisms::MechanismType;
using mechanisms::PinChange;
using mechanisms::PinGeneration;
using mechanisms::PinTranslation;
using mechanisms::PinVerification;
using mechanisms::RsaOaep;
using mechanisms::RsaPkcs1;
using mechanisms::RsaPss;
using mechanisms::TdesCmac;
using mechanisms::ThreeDsAuthentication;
using mechanisms::Tr34KeyToken;
using mechanisms::Tr34Unbind;

CK_MECHANISM_TYPE NumberOf(MechanismType type, std::optional<Hash> hash, bool general) {
  for (const MechanismNumber& number : MechanismNumbersOf(type)) {
    if (number.hash == hash && number.general == general) return number.ckm;
  }
  return CK_UNAVAILABLE_INFORMATION;
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
      return BadParameter("the peer's public key must be an uncompressed point, or 32 bytes");
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
  Status operator()(const EcdhAesKeyWrap& m) {
    if (m.shared_info.size() > kMaxDerivationData) {
      return BadParameter("the shared info must have at most 1024 bytes");
    }
    to.parameters_.ecdh_wrap = {m.wrapping_key_length * 8, CKD_SHA256_KDF_SP800,
                                m.shared_info.size(), Pointer(m.shared_info)};
    return WithStruct(CKM_FLORIN_ECDH_AES_KEY_WRAP, to.parameters_.ecdh_wrap);
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
  Status operator()(const DukptDeviceKey& m) {
    FLORIN_CHECK_OK(EncodeDukptDeviceKey(m, to.parameters_.dukpt_device_key));
    return WithStruct(CKM_FLORIN_DUKPT_DEVICE_KEY, to.parameters_.dukpt_device_key);
  }
  template <class In, class Params>
  Status WithPan(CK_MECHANISM_TYPE number, const In& in, Params& params) {
    to.holds_pan_ = true;
    FLORIN_CHECK_OK(cryptoki::Encode(in, params));
    return WithStruct(number, params);
  }
  Status operator()(const EmvScriptMac& m) {
    return WithPan(CKM_FLORIN_EMV_SCRIPT_MAC, m, to.parameters_.emv_script_mac);
  }
  Status operator()(const EmvScriptEncryption& m) {
    return WithPan(CKM_FLORIN_EMV_SCRIPT_ENCRYPTION, m, to.parameters_.emv_script_encryption);
  }
  Status operator()(const EmvPinChange& m) {
    return WithPan(CKM_FLORIN_EMV_PIN_CHANGE, m, to.parameters_.emv_pin_change);
  }
  Status operator()(const PinTranslation& m) {
    return WithPan(CKM_FLORIN_PIN_TRANSLATION, m, to.parameters_.pin_translation);
  }
  Status operator()(const PinVerification& m) {
    return WithPan(CKM_FLORIN_PIN_VERIFICATION, m, to.parameters_.pin_verification);
  }
  Status operator()(const PinChange& m) {
    return WithPan(CKM_FLORIN_PIN_CHANGE, m, to.parameters_.pin_change);
  }
  Status operator()(const PinGeneration& m) {
    return WithPan(CKM_FLORIN_PIN_GENERATION, m, to.parameters_.pin_generation);
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
  Status operator()(const Tr34Unbind& m) {
    FLORIN_CHECK_OK(EncodeTr34Unbind(m, to.parameters_.tr34_unbind));
    return WithStruct(CKM_FLORIN_TR34_UNBIND, to.parameters_.tr34_unbind);
  }
  Status operator()(const Tr34KeyToken& m) {
    FLORIN_CHECK_OK(EncodeTr34KeyToken(m, to.parameters_.tr34));
    return WithStruct(CKM_FLORIN_TR34_KEY_TOKEN, to.parameters_.tr34);
  }
  Status operator()(const HkdfDerive& m) {
    FLORIN_CHECK_OK(EncodeHkdf(m, to.parameters_.hkdf));
    return WithStruct(CKM_HKDF_DERIVE, to.parameters_.hkdf);
  }
  Status operator()(const ExtractKeyFromKey& m) {
    to.parameters_.extract = m.bit_offset;
    return WithStruct(CKM_EXTRACT_KEY_FROM_KEY, to.parameters_.extract);
  }
  Status operator()(const Eddsa&) { return Plain(CKM_EDDSA); }
  Status operator()(const ChaCha20Poly1305& m) {
    if (m.nonce.size() != kChaCha20Nonce) return BadParameter("the nonce must have 12 bytes");
    if (m.aad.size() > kMaxAssociatedData) return BadParameter("the associated data is too long");
    to.parameters_.chacha20_poly1305 = {Pointer(m.nonce), m.nonce.size(), Pointer(m.aad),
                                        m.aad.size()};
    return WithStruct(CKM_CHACHA20_POLY1305, to.parameters_.chacha20_poly1305);
  }
  Status operator()(const ConcatenateBaseAndKey& m) {
    if (m.second.handle == mechanisms::KeyHandle{}) {
      return BadParameter("the second key must be named");
    }
    to.parameters_.second_key = m.second.handle.value;
    return WithStruct(CKM_CONCATENATE_BASE_AND_KEY, to.parameters_.second_key);
  }
  Status operator()(const RsaPkcs1& m) {
    return Plain(NumberOf(MechanismType::kRsaPkcs1, m.hash, false));
  }
  Status operator()(const RsaPss& m) {
    FLORIN_CHECK_OK(EncodeRsaPss(m, to.parameters_.rsa_pss));
    const auto hash = m.prehashed ? std::nullopt : std::optional<Hash>(m.hash);
    return WithStruct(NumberOf(MechanismType::kRsaPss, hash, false), to.parameters_.rsa_pss);
  }
  Status operator()(const RsaOaep& m) {
    FLORIN_CHECK_OK(EncodeRsaOaep(m, to.parameters_.rsa_oaep));
    return WithStruct(CKM_RSA_PKCS_OAEP, to.parameters_.rsa_oaep);
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

}  // namespace florin::cryptoki
