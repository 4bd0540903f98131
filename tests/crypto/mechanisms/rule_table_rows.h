// What the rule table opens, stated a second time.
#pragma once

namespace florin::mechanisms {

// mechanism verb role: type of a key without header, or usage and modes with the type's algorithm;
// +emv: and bound to EMV profiles.
// Everything that is not here must be refused.
inline constexpr const char* kOpen = R"(
AES-ECB encrypt main: aes aes/D0B aes/D0E aes/D0N
AES-ECB decrypt main: aes aes/D0B aes/D0D aes/D0N
AES-CBC encrypt main: aes aes/D0B aes/D0E aes/D0N
AES-CBC decrypt main: aes aes/D0B aes/D0D aes/D0N
AES-CBC-PAD encrypt main: aes aes/D0B aes/D0E aes/D0N
AES-CBC-PAD decrypt main: aes aes/D0B aes/D0D aes/D0N
AES-CTR encrypt main: aes aes/D0B aes/D0E aes/D0N
AES-CTR decrypt main: aes aes/D0B aes/D0D aes/D0N
AES-GCM encrypt main: aes aes/D0B aes/D0E aes/D0N
AES-GCM decrypt main: aes aes/D0B aes/D0D aes/D0N
AES-GCM unwrap main: aes aes/K0B aes/K0D aes/K0N
AES-GCM unwrap result: aes des3 hmac secret chacha20
ECDH-AES-KEY-WRAP unwrap result: aes des3 hmac secret chacha20
RSA-PKCS1 unwrap result: aes des3 hmac secret chacha20
DES3-ECB encrypt main: des3 des3/D0B des3/D0E des3/D0N
DES3-ECB decrypt main: des3 des3/D0B des3/D0D des3/D0N
DES3-CBC encrypt main: des3 des3/D0B des3/D0E des3/D0N
DES3-CBC decrypt main: des3 des3/D0B des3/D0D des3/D0N
AES-CMAC sign main: aes aes/M6C aes/M6G aes/M6N
AES-CMAC verify main: aes aes/M6C aes/M6V aes/M6N
HMAC sign main: hmac hmac/M7C hmac/M7G hmac/M7N
HMAC verify main: hmac hmac/M7C hmac/M7V hmac/M7N
ECDSA sign main: ecprivate ecprivate/S0S ecprivate/S0N
ECDSA verify main: ecpublic ecpublic/S0V ecpublic/S0N
ECDH-DERIVE derive main: ecprivate ecprivate/K3X ecprivate/K3N x25519private
ECDH-DERIVE derive result: aes hmac secret chacha20
CONCATENATE-DATA-AND-BASE derive main: secret
CONCATENATE-DATA-AND-BASE derive result: aes hmac secret chacha20
CONCATENATE-BASE-AND-DATA derive main: secret
CONCATENATE-BASE-AND-DATA derive result: aes hmac secret chacha20
HASH-DERIVE derive main: secret
HASH-DERIVE derive result: aes hmac secret chacha20
HKDF-DERIVE derive main: secret
HKDF-DERIVE derive second-secret: secret
HKDF-DERIVE derive result: aes hmac secret chacha20
EXTRACT-KEY-FROM-KEY derive result: aes hmac secret chacha20
EDDSA sign main: ed25519private
EDDSA verify main: ed25519public
CHACHA20-POLY1305 encrypt main: chacha20
CHACHA20-POLY1305 decrypt main: chacha20
CONCATENATE-BASE-AND-KEY derive main: secret
CONCATENATE-BASE-AND-KEY derive second-secret: secret
CONCATENATE-BASE-AND-KEY derive result: aes hmac secret chacha20
RSA-PKCS1 sign main: rsaprivate rsaprivate/S0S rsaprivate/S0N
RSA-PKCS1 verify main: rsapublic rsapublic/S0V rsapublic/S0N
RSA-PSS sign main: rsaprivate rsaprivate/S0S rsaprivate/S0N
RSA-PSS verify main: rsapublic rsapublic/S0V rsapublic/S0N
RSA-OAEP encrypt main: rsapublic rsapublic/D1B rsapublic/D1E rsapublic/D1N
RSA-OAEP decrypt main: rsaprivate rsaprivate/D1B rsaprivate/D1D rsaprivate/D1N
RSA-OAEP wrap main: rsapublic
RSA-OAEP wrap target: aes des3 hmac secret chacha20
RSA-OAEP unwrap main: rsaprivate
RSA-OAEP unwrap result: aes des3 hmac secret chacha20
AES-KEY-WRAP wrap main: aes aes/K0B aes/K0E aes/K0N
AES-KEY-WRAP wrap target: aes des3 hmac secret chacha20
AES-KEY-WRAP unwrap main: aes aes/K0B aes/K0D aes/K0N
AES-KEY-WRAP unwrap result: aes des3 hmac secret chacha20
EMV-CRYPTOGRAM sign main: des3/E0C des3/E0G des3/E0N des3/E0X
EMV-CRYPTOGRAM sign main: aes/E0C aes/E0G aes/E0N aes/E0X
EMV-CRYPTOGRAM verify main: des3/E0C des3/E0V des3/E0N des3/E0X
EMV-CRYPTOGRAM verify main: aes/E0C aes/E0V aes/E0N aes/E0X
EMV-ARPC sign main: des3/E0C des3/E0G des3/E0N des3/E0X
EMV-ARPC sign main: aes/E0C aes/E0G aes/E0N aes/E0X
EMV-VERIFIED-ARPC sign main: des3/E0C des3/E0V des3/E0N des3/E0X
EMV-VERIFIED-ARPC sign main: aes/E0C aes/E0V aes/E0N aes/E0X
EMV-AUTHORIZATION sign main: des3/E0C+emv des3/E0V+emv des3/E0N+emv des3/E0X+emv
EMV-AUTHORIZATION sign main: aes/E0C+emv aes/E0V+emv aes/E0N+emv aes/E0X+emv
EMV-AUTHORIZATION verify main: des3/E0C+emv des3/E0V+emv des3/E0N+emv des3/E0X+emv
EMV-AUTHORIZATION verify main: aes/E0C+emv aes/E0V+emv aes/E0N+emv aes/E0X+emv
EMV-ARQC-TRACE sign main: des3/E0C+emv des3/E0V+emv des3/E0N+emv des3/E0X+emv
EMV-ARQC-TRACE sign main: aes/E0C+emv aes/E0V+emv aes/E0N+emv aes/E0X+emv
ISO9797-MAC sign main: des3/M0C des3/M0G des3/M0N des3/M1C des3/M1G des3/M1N des3/M3C des3/M3G
ISO9797-MAC sign main: des3/M3N des3/M6C des3/M6G des3/M6N
DES3-CMAC sign main: des3 des3/M6C des3/M6G des3/M6N
CARD-VERIFICATION sign main: des3/C0C des3/C0G des3/C0N des3/E4C des3/E4G des3/E4N des3/E4X
ISO9797-MAC verify main: des3/M0C des3/M0V des3/M0N des3/M1C des3/M1V des3/M1N des3/M3C
ISO9797-MAC verify main: des3/M3V des3/M3N des3/M6C des3/M6V des3/M6N
DES3-CMAC verify main: des3 des3/M6C des3/M6V des3/M6N
CARD-VERIFICATION verify main: des3/C0C des3/C0V des3/C0N des3/E4C des3/E4V des3/E4N des3/E4X
DUKPT-MAC sign main: des3/B0X des3/B0N aes/B0X aes/B0N
DUKPT-MAC verify main: des3/B0X des3/B0N aes/B0X aes/B0N
DUKPT-DATA encrypt main: des3/B0X des3/B0N aes/B0X aes/B0N
DUKPT-DATA decrypt main: des3/B0X des3/B0N aes/B0X aes/B0N
TR34-KEY-TOKEN wrap main: rsaprivate/K2S
TR34-KEY-TOKEN unwrap main: rsaprivate/K2D
TR34-UNBIND sign main: rsaprivate/K2S
TR34-UNBIND verify main: rsaprivate/K2D
DUKPT-DEVICE-KEY derive main: des3/B0X des3/B0N aes/B0X aes/B0N
DUKPT-DEVICE-KEY derive result: des3/B1X aes/B1X aes/K1E
EMV-SCRIPT-MAC sign main: des3/E2C des3/E2G des3/E2N des3/E2X aes/E2C aes/E2G aes/E2N aes/E2X
EMV-SCRIPT-MAC verify main: des3/E2C des3/E2V des3/E2N des3/E2X aes/E2C aes/E2V aes/E2N aes/E2X
EMV-PIN-CHANGE sign main: des3/E2C des3/E2G des3/E2N des3/E2X aes/E2C aes/E2G aes/E2N aes/E2X
EMV-PIN-CHANGE encrypt confidentiality: des3/E1B des3/E1E des3/E1N des3/E1X
EMV-PIN-CHANGE verify card-cryptogram: des3/E0C des3/E0V des3/E0N des3/E0X
EMV-PIN-CHANGE verify card-cryptogram: des3/E0C+emv des3/E0V+emv des3/E0N+emv des3/E0X+emv
EMV-PIN-CHANGE decrypt pin-source: des3/P0B des3/P0D des3/P0N aes/P0B aes/P0D aes/P0N
EMV-PIN-CHANGE decrypt pin-source: des3/B0X des3/B0N aes/B0X aes/B0N
PIN-TRANSLATION decrypt pin-source: des3/P0B des3/P0D des3/P0N aes/P0B aes/P0D aes/P0N
PIN-TRANSLATION decrypt pin-source: des3/B0X des3/B0N aes/B0X aes/B0N
PIN-VERIFICATION decrypt pin-source: des3/P0B des3/P0D des3/P0N aes/P0B aes/P0D aes/P0N
PIN-VERIFICATION decrypt pin-source: des3/B0X des3/B0N aes/B0X aes/B0N
PIN-CHANGE decrypt pin-source: des3/P0B des3/P0D des3/P0N aes/P0B aes/P0D aes/P0N
PIN-CHANGE decrypt pin-source: des3/B0X des3/B0N aes/B0X aes/B0N
PIN-TRANSLATION encrypt main: des3/P0B des3/P0E des3/P0N aes/P0B aes/P0E aes/P0N
PIN-TRANSLATION encrypt main: des3/B0X des3/B0N aes/B0X aes/B0N
PIN-VERIFICATION sign main: des3/V1C des3/V1G des3/V1N des3/V2C des3/V2G des3/V2N
PIN-VERIFICATION verify main: des3/V1C des3/V1V des3/V1N des3/V2C des3/V2V des3/V2N
PIN-CHANGE sign main: des3/V1C des3/V1N des3/V2C des3/V2N
PIN-GENERATION sign main: des3/V1C des3/V1G des3/V1N des3/V2C des3/V2G des3/V2N
PIN-GENERATION encrypt pin-target: des3/P0B des3/P0E des3/P0N aes/P0B aes/P0E aes/P0N
PIN-GENERATION encrypt pin-target: des3/B0X des3/B0N aes/B0X aes/B0N
KEY-BLOCK wrap main: des3/K1B des3/K1E des3/K1N des3/K4B des3/K4E des3/K4N
KEY-BLOCK wrap main: aes/K1B aes/K1E aes/K1N aes/K4B aes/K4E aes/K4N
KEY-BLOCK unwrap main: des3/K1B des3/K1D des3/K1N des3/K4B des3/K4D des3/K4N
KEY-BLOCK unwrap main: aes/K1B aes/K1D aes/K1N aes/K4B aes/K4D aes/K4N
ECDH-KEY-AGREEMENT derive result: des3/K1B des3/K1D des3/K1E des3/K1N
ECDH-KEY-AGREEMENT derive result: aes/K1B aes/K1D aes/K1E aes/K1N
)";

// The same for keys whose allowed mechanisms are 3DS-AUTHENTICATION alone, in the main role.
inline constexpr const char* kOpenToThreeDs = R"(
3DS-AUTHENTICATION sign main: des3/C0C des3/C0G des3/C0N des3/E0C des3/E0G des3/E0N des3/E0X
3DS-AUTHENTICATION sign main: des3/E4C des3/E4G des3/E4N des3/E4X hmac/M7C hmac/M7G hmac/M7N
3DS-AUTHENTICATION verify main: des3/C0C des3/C0V des3/C0N des3/E0C des3/E0V des3/E0N des3/E0X
3DS-AUTHENTICATION verify main: des3/E4C des3/E4V des3/E4N des3/E4X hmac/M7C hmac/M7V hmac/M7N
)";

// For keys whose allowed mechanisms are EMV-SCRIPT-ENCRYPTION alone.
inline constexpr const char* kOpenToScripts = R"(
EMV-SCRIPT-ENCRYPTION encrypt main: des3/E1B des3/E1E des3/E1N des3/E1X
)";

// And for keys whose allowed mechanisms are ECDH-KEY-AGREEMENT alone.
inline constexpr const char* kOpenToAgreement = R"(
ECDH-KEY-AGREEMENT derive main: ecprivate/K3X ecprivate/K3N
)";

// And for keys whose allowed mechanisms are ECDH-AES-KEY-WRAP alone.
inline constexpr const char* kOpenToEcdhKeyWrap = R"(
ECDH-AES-KEY-WRAP unwrap main: ecprivate x25519private
)";

// And for keys whose allowed mechanisms are RSA-PKCS1 alone; nobody else unwraps by it.
inline constexpr const char* kOpenToPkcs1 = R"(
RSA-PKCS1 sign main: rsaprivate rsaprivate/S0S rsaprivate/S0N
RSA-PKCS1 verify main: rsapublic rsapublic/S0V rsapublic/S0N
RSA-PKCS1 unwrap main: rsaprivate
)";

// And for keys whose allowed mechanisms are EXTRACT-KEY-FROM-KEY alone.
inline constexpr const char* kOpenToExtraction = R"(
EXTRACT-KEY-FROM-KEY derive main: secret
)";

}  // namespace florin::mechanisms
