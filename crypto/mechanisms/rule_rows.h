// The rows of the rule table. Data for rule_table.cc alone; everybody else asks RuleTable().
#pragma once

#include "crypto/mechanisms/rule_table.h"

namespace florin::mechanisms {

using Type = MechanismType;

inline constexpr VerbSet kSigns = {Verb::kSign};
inline constexpr VerbSet kVerifies = {Verb::kVerify};
inline constexpr VerbSet kEncrypts = {Verb::kEncrypt};
inline constexpr VerbSet kDecrypts = {Verb::kDecrypt};
inline constexpr VerbSet kDerives = {Verb::kDerive};
inline constexpr VerbSet kWraps = {Verb::kWrap};
inline constexpr VerbSet kUnwraps = {Verb::kUnwrap};

// Secret keys that may travel in RFC 3394 form, and those that may come out of a derivation.
// Neither form keeps a key block header, so neither is open to a key that has one.
inline constexpr KeyTypeSet kWrappable = {KeyType::kAes, KeyType::kDes3, KeyType::kHmac,
                                          KeyType::kGenericSecret, KeyType::kChaCha20};
inline constexpr KeyTypeSet kDerivable = {KeyType::kAes, KeyType::kHmac, KeyType::kGenericSecret,
                                          KeyType::kChaCha20};

// Keys that may travel in key blocks, which keep their headers. Every usage and mode of use does.
inline constexpr KeyTypeSet kInKeyBlocks = {KeyType::kAes, KeyType::kDes3, KeyType::kHmac,
                                            KeyType::kEcPrivate, KeyType::kRsaPrivate};
inline constexpr std::string_view kEveryUsage =
    "B0B1B2B3C0D0D1D2D3E0E1E2E3E4E5E6E7I0K0K1K2K3K4M0M1M2M3M4M5M6M7M8P0P1S0S1S2V0V1V2V3V4V5";
inline constexpr std::string_view kEveryMode = "BCDEGNSTVXY";

// Keys that working keys are derived from inside an operation.
inline constexpr KeyTypeSet kMasterKeys = {KeyType::kAes, KeyType::kDes3};

inline constexpr KeyRole kMain = KeyRole::kMain;
inline constexpr KeyRole kPinSource = KeyRole::kPinSource;
inline constexpr KeyRole kPinTarget = KeyRole::kPinTarget;
inline constexpr KeyRole kConfidentiality = KeyRole::kConfidentiality;
inline constexpr KeyRole kCardCryptogram = KeyRole::kCardCryptogram;
inline constexpr KeyRole kSecondSecret = KeyRole::kSecondSecret;

inline constexpr CurveForm kMontgomery = CurveForm::kMontgomery;
inline constexpr CurveForm kEdwards = CurveForm::kEdwards;

// Modes of use of X9.143 table 4: B both ways, E encrypt or wrap only, D decrypt or unwrap only,
// C sign and verify, G sign only, S sign only (key pairs), V verify only, X derive, N any.
inline constexpr Rule kRules[] = {
    // D0: symmetric data encryption.
    {Type::kAesEcb, kEncrypts, kMain, {KeyType::kAes}, true, "D0", "BEN"},
    {Type::kAesEcb, kDecrypts, kMain, {KeyType::kAes}, true, "D0", "BDN"},
    {Type::kAesCbc, kEncrypts, kMain, {KeyType::kAes}, true, "D0", "BEN"},
    {Type::kAesCbc, kDecrypts, kMain, {KeyType::kAes}, true, "D0", "BDN"},
    {Type::kAesCbcPad, kEncrypts, kMain, {KeyType::kAes}, true, "D0", "BEN"},
    {Type::kAesCbcPad, kDecrypts, kMain, {KeyType::kAes}, true, "D0", "BDN"},
    {Type::kAesCtr, kEncrypts, kMain, {KeyType::kAes}, true, "D0", "BEN"},
    {Type::kAesCtr, kDecrypts, kMain, {KeyType::kAes}, true, "D0", "BDN"},
    {Type::kAesGcm, kEncrypts, kMain, {KeyType::kAes}, true, "D0", "BEN"},
    {Type::kAesGcm, kDecrypts, kMain, {KeyType::kAes}, true, "D0", "BDN"},
    {Type::kAesGcm, kUnwraps, kMain, {KeyType::kAes}, true, "K0", "BDN"},
    {Type::kAesGcm, kUnwraps, KeyRole::kResult, kWrappable, true, "", ""},
    {Type::kDes3Ecb, kEncrypts, kMain, {KeyType::kDes3}, true, "D0", "BEN"},
    {Type::kDes3Ecb, kDecrypts, kMain, {KeyType::kDes3}, true, "D0", "BDN"},
    {Type::kDes3Cbc, kEncrypts, kMain, {KeyType::kDes3}, true, "D0", "BEN"},
    {Type::kDes3Cbc, kDecrypts, kMain, {KeyType::kDes3}, true, "D0", "BDN"},
    // M6 is ISO 9797-1:2011 algorithm 5, which is CMAC; M7 is HMAC.
    {Type::kAesCmac, kSigns, kMain, {KeyType::kAes}, true, "M6", "CGN"},
    {Type::kAesCmac, kVerifies, kMain, {KeyType::kAes}, true, "M6", "CVN"},
    {Type::kHmac, kSigns, kMain, {KeyType::kHmac}, true, "M7", "CGN"},
    {Type::kHmac, kVerifies, kMain, {KeyType::kHmac}, true, "M7", "CVN"},
    // S0: key pair for signatures.
    {Type::kEcdsa, kSigns, kMain, {KeyType::kEcPrivate}, true, "S0", "SN"},
    {Type::kEcdsa, kVerifies, kMain, {KeyType::kEcPublic}, true, "S0", "VN"},
    // K3: key pair for key agreement. What comes out has no header: no call could vouch for one.
    {Type::kEcdhDerive, kDerives, kMain, {KeyType::kEcPrivate}, true, "K3", "XN"},
    {Type::kEcdhDerive, kDerives, kMain, {KeyType::kEcPrivate}, true, "", "", false, kMontgomery},
    {Type::kEcdhDerive, kDerives, KeyRole::kResult, kDerivable, true, "", ""},
    // No usage of X9.143 stands for these.
    {Type::kConcatenateDataAndBase, kDerives, kMain, {KeyType::kGenericSecret}, true, "", ""},
    {Type::kConcatenateDataAndBase, kDerives, KeyRole::kResult, kDerivable, true, "", ""},
    {Type::kConcatenateBaseAndData, kDerives, kMain, {KeyType::kGenericSecret}, true, "", ""},
    {Type::kConcatenateBaseAndData, kDerives, KeyRole::kResult, kDerivable, true, "", ""},
    {Type::kHashDerive, kDerives, kMain, {KeyType::kGenericSecret}, true, "", ""},
    {Type::kHashDerive, kDerives, KeyRole::kResult, kDerivable, true, "", ""},
    // K0: key encryption. Not K1, whose keys wrap into key blocks only.
    {Type::kAesKeyWrap, kWraps, kMain, {KeyType::kAes}, true, "K0", "BEN"},
    {Type::kAesKeyWrap, kUnwraps, kMain, {KeyType::kAes}, true, "K0", "BDN"},
    {Type::kAesKeyWrap, kWraps, KeyRole::kTarget, kWrappable, true, "", ""},
    {Type::kAesKeyWrap, kUnwraps, KeyRole::kResult, kWrappable, true, "", ""},
    // E0: issuer master key for application cryptograms. X serves as N does: X9.143 gives it to
    // keys that others are derived from, and here the derivation happens inside the operation.
    {Type::kEmvCryptogram, kSigns, kMain, kMasterKeys, false, "E0", "CGNX"},
    {Type::kEmvCryptogram, kVerifies, kMain, kMasterKeys, false, "E0", "CVNX"},
    // Not V: by method 1 whoever signs has one block of their choice encrypted under the session
    // key of a PAN and ATC, and answers ARQCs that nobody verified.
    {Type::kEmvArpc, kSigns, kMain, kMasterKeys, false, "E0", "CGNX"},
    // The key that verifies answers as well, once the ARQC has proved right.
    {Type::kEmvVerifiedArpc, kSigns, kMain, kMasterKeys, false, "E0", "CVNX"},
    {Type::kEmvAuthorization, kSigns, kMain, kMasterKeys, false, "E0", "CVNX"},
    {Type::kEmvAuthorization, kVerifies, kMain, kMasterKeys, false, "E0", "CVNX"},
    {Type::kEmvArqcTrace, kSigns, kMain, kMasterKeys, false, "E0", "CVNX"},
    // M0 ISO 16609 and M1: MAC algorithm 1 of ISO/IEC 9797-1; M3: algorithm 3; M6: algorithm 5.
    // That the algorithm of the parameter is the usage's is checked by the implementation.
    {Type::kIso9797Mac, kSigns, kMain, {KeyType::kDes3}, false, "M0M1M3M6", "CGN"},
    {Type::kIso9797Mac, kVerifies, kMain, {KeyType::kDes3}, false, "M0M1M3M6", "CVN"},
    {Type::kTdesCmac, kSigns, kMain, {KeyType::kDes3}, true, "M6", "CGN"},
    {Type::kTdesCmac, kVerifies, kMain, {KeyType::kDes3}, true, "M6", "CVN"},
    // C0: the key of the value itself. E4: issuer master key for dynamic numbers, dCVV and CVC3, of
    // which card keys are derived inside. The implementation holds each kind to its usage.
    {Type::kCardVerification, kSigns, kMain, {KeyType::kDes3}, false, "C0", "CGN"},
    {Type::kCardVerification, kVerifies, kMain, {KeyType::kDes3}, false, "C0", "CVN"},
    {Type::kCardVerification, kSigns, kMain, {KeyType::kDes3}, false, "E4", "CGNX"},
    {Type::kCardVerification, kVerifies, kMain, {KeyType::kDes3}, false, "E4", "CVNX"},
    // X9.143 has no usages for these. The name sets their keys apart: a CAVV is a CVV of fields
    // that the caller chooses. C0 CAVV and CVC2 form, E0 and E4 the two forms of the token domain,
    // M7 the HMAC forms; held to by the implementation.
    {Type::kThreeDsAuthentication, kSigns, kMain, {KeyType::kDes3}, false, "C0", "CGN", true},
    {Type::kThreeDsAuthentication, kVerifies, kMain, {KeyType::kDes3}, false, "C0", "CVN", true},
    {Type::kThreeDsAuthentication, kSigns, kMain, {KeyType::kDes3}, false, "E0E4", "CGNX", true},
    {Type::kThreeDsAuthentication, kVerifies, kMain, {KeyType::kDes3}, false, "E0E4", "CVNX", true},
    {Type::kThreeDsAuthentication, kSigns, kMain, {KeyType::kHmac}, false, "M7", "CGN", true},
    {Type::kThreeDsAuthentication, kVerifies, kMain, {KeyType::kHmac}, false, "M7", "CVN", true},
    // B0: base derivation key. As with E0, the derivation happens inside the operation.
    {Type::kDukptMac, kSigns, kMain, kMasterKeys, false, "B0", "XN"},
    {Type::kDukptMac, kVerifies, kMain, kMasterKeys, false, "B0", "XN"},
    {Type::kDukptData, kEncrypts, kMain, kMasterKeys, false, "B0", "XN"},
    {Type::kDukptData, kDecrypts, kMain, kMasterKeys, false, "B0", "XN"},
    // E2 and E1: issuer master keys for secure messaging, integrity and confidentiality. Chosen
    // data is encrypted by keys of its own only: see EmvScriptEncryption.
    {Type::kEmvScriptMac, kSigns, kMain, kMasterKeys, false, "E2", "CGNX"},
    {Type::kEmvScriptMac, kVerifies, kMain, kMasterKeys, false, "E2", "CVNX"},
    {Type::kEmvScriptEncryption, kEncrypts, kMain, {KeyType::kDes3}, false, "E1", "BENX", true},
    {Type::kEmvPinChange, kSigns, kMain, kMasterKeys, false, "E2", "CGNX"},
    {Type::kEmvPinChange, kEncrypts, kConfidentiality, {KeyType::kDes3}, false, "E1", "BENX"},
    {Type::kEmvPinChange, kVerifies, kCardCryptogram, {KeyType::kDes3}, false, "E0", "CVNX"},
    {Type::kEmvPinChange, kDecrypts, kPinSource, kMasterKeys, false, "P0", "BDN"},
    {Type::kEmvPinChange, kDecrypts, kPinSource, kMasterKeys, false, "B0", "XN"},
    // P0: PIN encryption. Its keys serve no mechanism that shows what they decrypt.
    {Type::kPinTranslation, kEncrypts, kMain, kMasterKeys, false, "P0", "BEN"},
    {Type::kPinTranslation, kEncrypts, kMain, kMasterKeys, false, "B0", "XN"},
    {Type::kPinTranslation, kDecrypts, kPinSource, kMasterKeys, false, "P0", "BDN"},
    {Type::kPinTranslation, kDecrypts, kPinSource, kMasterKeys, false, "B0", "XN"},
    // V1 IBM 3624, V2 Visa PVV. The implementation holds each kind to its usage.
    {Type::kPinVerification, kSigns, kMain, {KeyType::kDes3}, false, "V1V2", "CGN"},
    {Type::kPinVerification, kVerifies, kMain, {KeyType::kDes3}, false, "V1V2", "CVN"},
    {Type::kPinVerification, kDecrypts, kPinSource, kMasterKeys, false, "P0", "BDN"},
    {Type::kPinVerification, kDecrypts, kPinSource, kMasterKeys, false, "B0", "XN"},
    // Not G: the current PIN is verified.
    {Type::kPinChange, kSigns, kMain, {KeyType::kDes3}, false, "V1V2", "CN"},
    {Type::kPinChange, kDecrypts, kPinSource, kMasterKeys, false, "P0", "BDN"},
    {Type::kPinChange, kDecrypts, kPinSource, kMasterKeys, false, "B0", "XN"},
    {Type::kPinGeneration, kSigns, kMain, {KeyType::kDes3}, false, "V1V2", "CGN"},
    {Type::kPinGeneration, kEncrypts, kPinTarget, kMasterKeys, false, "P0", "BEN"},
    {Type::kPinGeneration, kEncrypts, kPinTarget, kMasterKeys, false, "B0", "XN"},
    // K1, and K4 of ISO 20038: key block protection keys.
    {Type::kKeyBlockWrap, kWraps, kMain, kMasterKeys, false, "K1K4", "BEN"},
    {Type::kKeyBlockWrap, kUnwraps, kMain, kMasterKeys, false, "K1K4", "BDN"},
    {Type::kKeyBlockWrap, kWraps, KeyRole::kTarget, kInKeyBlocks, false, kEveryUsage, kEveryMode},
    {Type::kKeyBlockWrap, kUnwraps, KeyRole::kResult, kInKeyBlocks, false, kEveryUsage, kEveryMode},
    // By its name only: what EcdhDerive makes of the same two keys is the same bytes without a
    // header, and would decrypt what the agreed key wraps. For the same reason one usage comes out.
    {Type::kEcdhKeyAgreement, kDerives, kMain, {KeyType::kEcPrivate}, false, "K3", "XN", true},
    {Type::kEcdhKeyAgreement, kDerives, KeyRole::kResult, kMasterKeys, false, "K1", "BDEN"},
    // K2: S the host that sends, D the device that takes. No key is both (role pinning).
    {Type::kTr34KeyToken, kWraps, kMain, {KeyType::kRsaPrivate}, false, "K2", "S"},
    {Type::kTr34KeyToken, kUnwraps, kMain, {KeyType::kRsaPrivate}, false, "K2", "D"},
    {Type::kTr34KeyToken, kWraps, KeyRole::kTarget, kInKeyBlocks, false, kEveryUsage, kEveryMode},
    {Type::kTr34KeyToken, kUnwraps, KeyRole::kResult, kInKeyBlocks, false, kEveryUsage, kEveryMode},
    // B1 the initial key of a device; K1 its update key, which the implementation holds to AES. Not
    // D or B: what the host wraps, the device alone unwraps.
    {Type::kDukptDeviceKey, kDerives, kMain, kMasterKeys, false, "B0", "XN"},
    {Type::kDukptDeviceKey, kDerives, KeyRole::kResult, kMasterKeys, false, "B1", "X"},
    {Type::kDukptDeviceKey, kDerives, KeyRole::kResult, {KeyType::kAes}, false, "K1", "E"},
    // S0 as with ECDSA; D1: asymmetric data encryption. No usage of X9.143 stands for wrapping
    // without a header, and K2, the keys of TR-34, do nothing else.
    {Type::kRsaPkcs1, kSigns, kMain, {KeyType::kRsaPrivate}, true, "S0", "SN"},
    {Type::kRsaPkcs1, kVerifies, kMain, {KeyType::kRsaPublic}, true, "S0", "VN"},
    {Type::kRsaPkcs1, kUnwraps, kMain, {KeyType::kRsaPrivate}, true, "", "", true},
    {Type::kRsaPkcs1, kUnwraps, KeyRole::kResult, kWrappable, true, "", ""},
    {Type::kRsaPss, kSigns, kMain, {KeyType::kRsaPrivate}, true, "S0", "SN"},
    {Type::kRsaPss, kVerifies, kMain, {KeyType::kRsaPublic}, true, "S0", "VN"},
    {Type::kRsaOaep, kEncrypts, kMain, {KeyType::kRsaPublic}, true, "D1", "BEN"},
    {Type::kRsaOaep, kDecrypts, kMain, {KeyType::kRsaPrivate}, true, "D1", "BDN"},
    {Type::kRsaOaep, kWraps, kMain, {KeyType::kRsaPublic}, true, "", ""},
    {Type::kRsaOaep, kUnwraps, kMain, {KeyType::kRsaPrivate}, true, "", ""},
    {Type::kRsaOaep, kWraps, KeyRole::kTarget, kWrappable, true, "", ""},
    {Type::kRsaOaep, kUnwraps, KeyRole::kResult, kWrappable, true, "", ""},
    {Type::kTr34Unbind, kSigns, kMain, {KeyType::kRsaPrivate}, false, "K2", "S"},
    {Type::kTr34Unbind, kVerifies, kMain, {KeyType::kRsaPrivate}, false, "K2", "D"},
    {Type::kHkdfDerive, kDerives, kMain, {KeyType::kGenericSecret}, true, "", ""},
    {Type::kHkdfDerive, kDerives, kSecondSecret, {KeyType::kGenericSecret}, true, "", ""},
    {Type::kHkdfDerive, kDerives, KeyRole::kResult, kDerivable, true, "", ""},
    // By its name only: pieces of a concatenation, which holds bytes of the caller's choice, could
    // be so much of the caller's that the rest is guessed byte by byte (Clulow 2003).
    {Type::kExtractKeyFromKey, kDerives, kMain, {KeyType::kGenericSecret}, true, "", "", true},
    {Type::kExtractKeyFromKey, kDerives, KeyRole::kResult, kDerivable, true, "", ""},
    // By its name only: EcdhDerive of the same two keys would decrypt what they wrap.
    {Type::kEcdhAesKeyWrap, kUnwraps, kMain, {KeyType::kEcPrivate}, true, "", "", true},
    {Type::kEcdhAesKeyWrap,
     kUnwraps,
     kMain,
     {KeyType::kEcPrivate},
     true,
     "",
     "",
     true,
     kMontgomery},
    {Type::kEcdhAesKeyWrap, kUnwraps, KeyRole::kResult, kWrappable, true, "", ""},
    // X9.143 has no algorithm for Ed25519, nor for ChaCha20.
    {Type::kEddsa, kSigns, kMain, {KeyType::kEcPrivate}, true, "", "", false, kEdwards},
    {Type::kEddsa, kVerifies, kMain, {KeyType::kEcPublic}, true, "", "", false, kEdwards},
    {Type::kChaCha20Poly1305, kEncrypts, kMain, {KeyType::kChaCha20}, true, "", ""},
    {Type::kChaCha20Poly1305, kDecrypts, kMain, {KeyType::kChaCha20}, true, "", ""},
    {Type::kConcatenateBaseAndKey, kDerives, kMain, {KeyType::kGenericSecret}, true, "", ""},
    {Type::kConcatenateBaseAndKey,
     kDerives,
     kSecondSecret,
     {KeyType::kGenericSecret},
     true,
     "",
     ""},
    {Type::kConcatenateBaseAndKey, kDerives, KeyRole::kResult, kDerivable, true, "", ""},
};

inline constexpr VerbConflict kConflicts[] = {
    // Clulow 2003: wrap a secret key, decrypt the result as data, read the key.
    {Verb::kWrap, Verb::kDecrypt, "a key that wraps must not decrypt"},
    // Delaune, Kremer, Steel 2008: encrypt a chosen value, unwrap it as a key.
    {Verb::kUnwrap, Verb::kEncrypt, "a key that unwraps must not encrypt"},
    // The partner at the other end holds the same key in the other direction: where each may use
    // its own for data, the two attacks above take one call at either end.
    {Verb::kWrap, Verb::kEncrypt, "a key that wraps must not encrypt"},
    {Verb::kUnwrap, Verb::kDecrypt, "a key that unwraps must not decrypt"},
    // A derivation must not be an oracle for, or be undone by, another use (SP 800-57 5.2).
    {Verb::kDerive, Verb::kEncrypt, "a key that derives must not encrypt"},
    {Verb::kDerive, Verb::kDecrypt, "a key that derives must not decrypt"},
    {Verb::kDerive, Verb::kSign, "a key that derives must not sign"},
    {Verb::kDerive, Verb::kVerify, "a key that derives must not verify"},
};

}  // namespace florin::mechanisms
