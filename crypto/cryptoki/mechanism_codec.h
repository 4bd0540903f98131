// CK_MECHANISM <-> Mechanism, both directions.
#pragma once

#include <cstddef>
#include <memory>

#include "crypto/cryptoki/pkcs11.h"
#include "florin/base/pan.h"
#include "florin/base/result.h"
#include "florin/mechanisms/mechanism.h"

namespace florin::cryptoki {

// Longest initialisation vector of GCM and longest data or shared info of a derivation (bytes).
inline constexpr std::size_t kMaxGcmIvLength = 128;
inline constexpr std::size_t kMaxDerivationData = 1024;
// Longest associated data that is passed on (bytes); what an operation takes may be less.
inline constexpr std::size_t kMaxAssociatedData = std::size_t{1} << 30;

// A CK_MECHANISM with its parameter struct beside it: no heap but for the long structs of key
// exchange. The views inside the Mechanism are
// pointed to, not copied, so they must outlive this object, as must the module's use of it. A PAN
// that it held is wiped. Not movable.
class EncodedMechanism {
 public:
  EncodedMechanism() = default;
  ~EncodedMechanism() { Clear(); }
  EncodedMechanism(const EncodedMechanism&) = delete;
  EncodedMechanism& operator=(const EncodedMechanism&) = delete;

  // kInvalidArgument where a parameter is outside what its struct promises; kUnsupported where
  // PKCS#11 has no number for it.
  Status Encode(const mechanisms::Mechanism& mechanism);

  // Forgets the mechanism and wipes a PAN.
  void Clear();

  // For the C_*Init functions, which take it non-const and read it only.
  CK_MECHANISM* get() { return &mechanism_; }
  CK_MECHANISM_TYPE number() const { return mechanism_.mechanism; }

 private:
  union Parameters {
    CK_ULONG mac_length;
    CK_AES_CTR_PARAMS ctr;
    CK_GCM_PARAMS gcm;
    CK_ECDH1_DERIVE_PARAMS ecdh;
    CK_ECDH_AES_KEY_WRAP_PARAMS ecdh_wrap;
    CK_KEY_DERIVATION_STRING_DATA string;
    CK_HKDF_PARAMS hkdf;
    CK_EXTRACT_PARAMS extract;
    CK_SALSA20_CHACHA20_POLY1305_PARAMS chacha20_poly1305;
    CK_OBJECT_HANDLE second_key;
    CK_RSA_PKCS_PSS_PARAMS rsa_pss;
    CK_RSA_PKCS_OAEP_PARAMS rsa_oaep;
    CK_FLORIN_EMV_CRYPTOGRAM_PARAMS emv_cryptogram;
    CK_FLORIN_EMV_ARPC_PARAMS emv_arpc;
    CK_FLORIN_EMV_VERIFIED_ARPC_PARAMS emv_verified_arpc;
    CK_FLORIN_EMV_AUTHORIZATION_PARAMS emv_authorization;
    CK_FLORIN_EMV_ARQC_TRACE_PARAMS emv_arqc_trace;
    CK_FLORIN_ISO9797_MAC_PARAMS iso9797_mac;
    CK_FLORIN_CARD_VERIFICATION_PARAMS card_verification;
    CK_FLORIN_3DS_PARAMS three_ds;
    CK_FLORIN_DUKPT_MAC_PARAMS dukpt_mac;
    CK_FLORIN_DUKPT_DATA_PARAMS dukpt_data;
    CK_FLORIN_DUKPT_DEVICE_KEY_PARAMS dukpt_device_key;
    CK_FLORIN_TR34_PARAMS tr34;
    CK_FLORIN_TR34_UNBIND_PARAMS tr34_unbind;
    CK_FLORIN_EMV_SCRIPT_MAC_PARAMS emv_script_mac;
    CK_FLORIN_EMV_SCRIPT_ENCRYPTION_PARAMS emv_script_encryption;
    CK_FLORIN_EMV_PIN_CHANGE_PARAMS emv_pin_change;
    CK_FLORIN_PIN_TRANSLATION_PARAMS pin_translation;
    CK_FLORIN_PIN_VERIFICATION_PARAMS pin_verification;
    CK_FLORIN_PIN_CHANGE_PARAMS pin_change;
    CK_FLORIN_PIN_GENERATION_PARAMS pin_generation;
  };

  struct Writer;

  // Of key exchange, too long for every call to carry.
  union LongParameters {
    CK_FLORIN_KEY_BLOCK_PARAMS key_block;
    CK_FLORIN_ECDH_KEY_AGREEMENT_PARAMS agreement;
  };

  CK_MECHANISM mechanism_{};
  Parameters parameters_{};
  std::unique_ptr<LongParameters> long_parameters_;
  bool holds_pan_ = false;
};

// A Mechanism read from a caller of the C interface. Its views point into the caller's memory,
// which must outlive it; the PAN is copied. Not movable.
class DecodedMechanism {
 public:
  DecodedMechanism() = default;
  DecodedMechanism(const DecodedMechanism&) = delete;
  DecodedMechanism& operator=(const DecodedMechanism&) = delete;

  // Reads `mechanism`, which nobody has checked: null, misaligned and mis-sized parameters and
  // lengths are refused before anything they point to is read. Errors carry the CK_RV to answer
  // with in detail(): CKR_ARGUMENTS_BAD (null), CKR_MECHANISM_INVALID (kUnsupported),
  // CKR_MECHANISM_PARAM_INVALID (kInvalidArgument).
  Status Decode(const CK_MECHANISM* mechanism);

  const mechanisms::Mechanism& get() const { return mechanism_; }
  // For the owner of keys, who finds those that it names: their handles are object handles.
  mechanisms::Mechanism& get() { return mechanism_; }

 private:
  struct Reader;

  mechanisms::Mechanism mechanism_;
  Pan pan_;
};

}  // namespace florin::cryptoki
