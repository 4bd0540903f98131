#include "crypto/mechanisms/registry.h"

#include <array>
#include <variant>

#include "crypto/kernels/kernels.h"
#include "crypto/mechanisms/implementation.h"

namespace florin::mechanisms {
namespace {

using Type = MechanismType;

constexpr VerbSet kCiphers = {Verb::kEncrypt, Verb::kDecrypt};
constexpr VerbSet kCiphersThatUnwrap = {Verb::kEncrypt, Verb::kDecrypt, Verb::kUnwrap};
constexpr VerbSet kMacs = {Verb::kSign, Verb::kVerify};
constexpr VerbSet kSigns = {Verb::kSign};
constexpr VerbSet kEncrypts = {Verb::kEncrypt};
constexpr VerbSet kDerivations = {Verb::kDerive};
constexpr VerbSet kSignaturesThatUnwrap = {Verb::kSign, Verb::kVerify, Verb::kUnwrap};
constexpr VerbSet kUnwraps = {Verb::kUnwrap};
constexpr VerbSet kTransfers = {Verb::kWrap, Verb::kUnwrap};
constexpr VerbSet kOaep = {Verb::kEncrypt, Verb::kDecrypt, Verb::kWrap, Verb::kUnwrap};

constexpr std::size_t kCount = std::variant_size_v<Mechanism>;

std::array<MechanismInfo, kCount> MakeTable() {
  return {{
      {Type::kAesEcb, "AES-ECB", kCiphers, true, 16, 32, &AesEcbImplementation()},
      {Type::kAesCbc, "AES-CBC", kCiphers, true, 16, 32, &AesCbcImplementation()},
      {Type::kAesCbcPad, "AES-CBC-PAD", kCiphers, true, 16, 32, &AesCbcPadImplementation()},
      {Type::kAesCtr, "AES-CTR", kCiphers, true, 16, 32, &AesCtrImplementation()},
      {Type::kAesGcm, "AES-GCM", kCiphersThatUnwrap, true, 16, 32, &AesGcmImplementation()},
      {Type::kAesCmac, "AES-CMAC", kMacs, true, 16, 32, &AesCmacImplementation()},
      {Type::kAesKeyWrap, "AES-KEY-WRAP", kTransfers, false, 16, 32, &AesKeyWrapImplementation()},
      {Type::kDes3Ecb, "DES3-ECB", kCiphers, true, 16, 24, &Des3EcbImplementation()},
      {Type::kDes3Cbc, "DES3-CBC", kCiphers, true, 16, 24, &Des3CbcImplementation()},
      {Type::kHmac, "HMAC", kMacs, true, 16, 256, &HmacImplementation()},
      {Type::kEcdsa, "ECDSA", kMacs, true, 32, 66, &EcdsaImplementation()},
      {Type::kEcdhDerive, "ECDH-DERIVE", kDerivations, false, 32, 66, &EcdhImplementation()},
      {Type::kConcatenateDataAndBase, "CONCATENATE-DATA-AND-BASE", kDerivations, false, 16, 256,
       &ConcatenateDataAndBaseImplementation()},
      {Type::kConcatenateBaseAndData, "CONCATENATE-BASE-AND-DATA", kDerivations, false, 16, 256,
       &ConcatenateBaseAndDataImplementation()},
      {Type::kHashDerive, "HASH-DERIVE", kDerivations, false, 16, 256, &HashDeriveImplementation()},
      {Type::kEmvCryptogram, "EMV-CRYPTOGRAM", kMacs, false, 16, 32,
       &EmvCryptogramImplementation()},
      {Type::kEmvArpc, "EMV-ARPC", kSigns, false, 16, 32, &EmvArpcImplementation()},
      {Type::kEmvVerifiedArpc, "EMV-VERIFIED-ARPC", kSigns, false, 16, 32,
       &EmvVerifiedArpcImplementation()},
      {Type::kEmvAuthorization, "EMV-AUTHORIZATION", kMacs, false, 16, 32,
       &EmvAuthorizationImplementation()},
      {Type::kEmvArqcTrace, "EMV-ARQC-TRACE", kSigns, false, 16, 32, &EmvArqcTraceImplementation()},
      {Type::kIso9797Mac, "ISO9797-MAC", kMacs, false, 16, 24, &Iso9797MacImplementation()},
      {Type::kTdesCmac, "DES3-CMAC", kMacs, true, 16, 24, &TdesCmacImplementation()},
      {Type::kCardVerification, "CARD-VERIFICATION", kMacs, false, 16, 16,
       &CardVerificationImplementation()},
      {Type::kThreeDsAuthentication, "3DS-AUTHENTICATION", kMacs, false, 16, 256,
       &ThreeDsAuthenticationImplementation()},
      {Type::kDukptMac, "DUKPT-MAC", kMacs, false, 16, 32, &DukptMacImplementation()},
      {Type::kDukptData, "DUKPT-DATA", kCiphers, false, 16, 32, &DukptDataImplementation()},
      {Type::kEmvScriptMac, "EMV-SCRIPT-MAC", kMacs, false, 16, 32, &EmvScriptMacImplementation()},
      {Type::kEmvScriptEncryption, "EMV-SCRIPT-ENCRYPTION", kEncrypts, false, 16, 16,
       &EmvScriptEncryptionImplementation()},
      {Type::kEmvPinChange, "EMV-PIN-CHANGE", kSigns, false, 16, 32, &EmvPinChangeImplementation()},
      {Type::kPinTranslation, "PIN-TRANSLATION", kEncrypts, false, 16, 32,
       &PinTranslationImplementation()},
      {Type::kPinVerification, "PIN-VERIFICATION", kMacs, false, 16, 16,
       &PinVerificationImplementation()},
      {Type::kPinChange, "PIN-CHANGE", kSigns, false, 16, 16, &PinChangeImplementation()},
      {Type::kPinGeneration, "PIN-GENERATION", kSigns, false, 16, 16,
       &PinGenerationImplementation()},
      {Type::kKeyBlockWrap, "KEY-BLOCK", kTransfers, false, 16, 32, &KeyBlockImplementation()},
      {Type::kEcdhKeyAgreement, "ECDH-KEY-AGREEMENT", kDerivations, false, 32, 48,
       &KeyAgreementImplementation()},
      {Type::kDukptDeviceKey, "DUKPT-DEVICE-KEY", kDerivations, false, 16, 32,
       &DukptDeviceKeyImplementation()},
      {Type::kTr34KeyToken, "TR34-KEY-TOKEN", kTransfers, false, 256, 512,
       &Tr34KeyTokenImplementation()},
      {Type::kRsaPkcs1, "RSA-PKCS1", kSignaturesThatUnwrap, true, 256, 512,
       &RsaSignatureImplementation()},
      {Type::kRsaPss, "RSA-PSS", kMacs, true, 256, 512, &RsaSignatureImplementation()},
      {Type::kRsaOaep, "RSA-OAEP", kOaep, false, 256, 512, &RsaOaepImplementation()},
      {Type::kTr34Unbind, "TR34-UNBIND", kMacs, false, 256, 512, &Tr34UnbindImplementation()},
      {Type::kHkdfDerive, "HKDF-DERIVE", kDerivations, false, 16, 256, &HkdfImplementation()},
      {Type::kExtractKeyFromKey, "EXTRACT-KEY-FROM-KEY", kDerivations, false, 16, 256,
       &ExtractKeyFromKeyImplementation()},
      {Type::kEcdhAesKeyWrap, "ECDH-AES-KEY-WRAP", kUnwraps, false, 32, 66,
       &EcdhAesKeyWrapImplementation()},
      {Type::kEddsa, "EDDSA", kMacs, false, 32, 32, &EddsaImplementation()},
      {Type::kChaCha20Poly1305, "CHACHA20-POLY1305", kCiphers, false, 32, 32,
       &ChaCha20Poly1305Implementation()},
      {Type::kConcatenateBaseAndKey, "CONCATENATE-BASE-AND-KEY", kDerivations, false, 16, 256,
       &ConcatenateBaseAndKeyImplementation()},
  }};
}

// Never destroyed: operations of static objects may run late.
const std::array<MechanismInfo, kCount>& Table() {
  static const auto& table = *new const std::array<MechanismInfo, kCount>(MakeTable());
  return table;
}

}  // namespace

std::span<const MechanismInfo> AllMechanisms() { return Table(); }

const MechanismInfo& FindMechanism(MechanismType type) {
  const auto index = static_cast<std::size_t>(type);
  FLORIN_INVARIANT(index < kCount);
  return Table()[index];
}

bool Offers(MechanismType type, Verb verb) { return FindMechanism(type).verbs.Has(verb); }

const char* MechanismName(MechanismType type) { return FindMechanism(type).name; }

Status MechanismsReady() {
  FLORIN_CHECK_OK(kernels::ActiveKernel());
  return OkStatus();
}

}  // namespace florin::mechanisms
