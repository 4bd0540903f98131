/* Key exchange in florin_pkcs11.h: key blocks and key agreement. In both the header is bound to the
 * key, so that keys which carry keys may travel.
 *
 * Plain C, included by florin_pkcs11.h, whose rules of parameters hold here too.
 */
#pragma once

#include "florin/pkcs11/florin_pkcs11.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a key block protection key (header usage "K1" or "K4"), or a key of TR-34 ("K2"), puts up
 * with beyond the norm: a CK_ULONG of CK_FLORIN_KEY_BLOCK_* bits. Without it: nothing. Given when a
 * key is created or generated; read-only afterwards. C_CopyObject may clear bits. Refused on
 * derived and unwrapped keys. */
#define CKA_FLORIN_KEY_BLOCK_POLICY (CKA_FLORIN_PREFIX | 0x03UL)
#define CK_FLORIN_KEY_BLOCK_IMPORT_LEGACY 0x01UL          /* versions A and C come in */
#define CK_FLORIN_KEY_BLOCK_IMPORT_STRONGER 0x02UL        /* keys stronger than the KBPK come in */
#define CK_FLORIN_KEY_BLOCK_IMPORT_ANY_COMBINATION 0x04UL /* of usage, algorithm, mode of use */
#define CK_FLORIN_KEY_BLOCK_EXPORT_STRONGER 0x08UL        /* keys stronger than the KBPK go out */
/* "K2" only, which has no LEGACY: keys stronger than the KRD's RSA key come in, go out. The two
 * above mean the cipher there. */
#define CK_FLORIN_KEY_BLOCK_IMPORT_STRONGER_THAN_RSA 0x10UL
#define CK_FLORIN_KEY_BLOCK_EXPORT_STRONGER_THAN_RSA 0x20UL

/* The one hash that an HMAC key serves: a CK_ULONG, CKM_SHA_1, CKM_SHA224, CKM_SHA256, CKM_SHA384
 * or CKM_SHA512. Given when a key is created or generated, or taken from the optional block HM of
 * what it came in, and written there when it leaves; read-only afterwards. C_CopyObject may add it.
 */
#define CKA_FLORIN_HMAC_HASH (CKA_FLORIN_PREFIX | 0x04UL)

/* Key blocks: TR-31, X9.143, ISO 20038.
 *   Functions  C_WrapKey, C_UnwrapKey.
 *   Key        header usage "K1" or "K4", mode of use B, E (wrap only), D (unwrap only) or N:
 *              CKK_DES2 or CKK_DES3 for version B, and A and C in unwrapping where the policy of
 * the key says so; CKK_AES for D and E. CKA_FLORIN_KEY_BLOCK_POLICY names exceptions. Target     a
 * secret, EC or RSA private key with CKA_FLORIN_KEY_BLOCK_HEADER, extractable, without
 *              CKA_ALLOWED_MECHANISMS and CKA_FLORIN_EMV_PROFILES, which the block would lose.
 *   Parameter  CK_FLORIN_KEY_BLOCK_PARAMS. In C_UnwrapKey all but ulVersion is zero.
 *   Result     the block: printable ASCII, without a zero at its end.
 *   Template   of C_UnwrapKey: CKA_CLASS, CKA_KEY_TYPE, CKA_EC_PARAMS and
 *              CKA_FLORIN_KEY_BLOCK_HEADER are the block's and may be left out. What is stated must
 *              be the block's: CKR_TEMPLATE_INCONSISTENT. CKA_EXTRACTABLE may be TRUE where the
 *              exportability is not N. Verbs are those named in the template; the header must
 * permit them. Returns    CKR_WRAPPED_KEY_INVALID, wrong key or changed block;
 * CKR_WRAPPED_KEY_LEN_RANGE, no key block; CKR_TEMPLATE_INCONSISTENT, also where the policy of the
 * key refuses the block; CKR_KEY_NOT_WRAPPABLE, the target must not leave in this block;
 *              CKR_MECHANISM_INVALID, an algorithm of which no key is kept here: DSA. */
#define CKM_FLORIN_KEY_BLOCK (CK_FLORIN_PREFIX | 0x40UL)

#define CK_FLORIN_MAX_OPTIONAL_BLOCKS 4096

/* 4112 bytes where CK_ULONG has 8. */
typedef struct CK_FLORIN_KEY_BLOCK_PARAMS {
  CK_ULONG ulVersion;            /* CK_FLORIN_VERSION_1 */
  CK_BYTE version;               /* 'B', 'D' or 'E', in ASCII */
  CK_BYTE optionalBlocks;        /* their number, 0..99 */
  CK_BYTE optionalTextLength[2]; /* in characters, 0..4096, big-endian */
  CK_BYTE reserved[4];
  CK_BYTE optionalText[4096]; /* whole optional blocks (X9.143 6.3.6), without PB; the rest zero */
} CK_FLORIN_KEY_BLOCK_PARAMS;
typedef CK_FLORIN_KEY_BLOCK_PARAMS* CK_FLORIN_KEY_BLOCK_PARAMS_PTR;

/* ECDH whose result is a key block protection key.
 *   Functions  C_DeriveKey.
 *   Key        CKK_EC private, header usage "K3", mode of use X or N, whose CKA_ALLOWED_MECHANISMS
 *              are this one alone.
 *   Parameter  CK_FLORIN_ECDH_KEY_AGREEMENT_PARAMS.
 *   Template   CKA_KEY_TYPE as agreedKey says, CKA_FLORIN_KEY_BLOCK_HEADER with usage "K1".
 * The peer's point is only checked to be one of the curve: its owner is for the caller to know. So
 * the key that comes out wraps and unwraps only where imported keys may. */
#define CKM_FLORIN_ECDH_KEY_AGREEMENT (CK_FLORIN_PREFIX | 0x41UL)

#define CK_FLORIN_KDF_SP800_56A 1 /* one-step: H(counter || Z || shared info) */
#define CK_FLORIN_KDF_X963 2      /* H(Z || counter || shared info) */

#define CK_FLORIN_HASH_SHA256 1
#define CK_FLORIN_HASH_SHA384 2
#define CK_FLORIN_HASH_SHA512 3

#define CK_FLORIN_AGREED_TDES2 1
#define CK_FLORIN_AGREED_TDES3 2
#define CK_FLORIN_AGREED_AES128 3
#define CK_FLORIN_AGREED_AES192 4
#define CK_FLORIN_AGREED_AES256 5

/* 1136 bytes where CK_ULONG has 8. */
typedef struct CK_FLORIN_ECDH_KEY_AGREEMENT_PARAMS {
  CK_ULONG ulVersion;          /* CK_FLORIN_VERSION_1 */
  CK_BYTE kdf;                 /* CK_FLORIN_KDF_* */
  CK_BYTE hash;                /* CK_FLORIN_HASH_* */
  CK_BYTE agreedKey;           /* CK_FLORIN_AGREED_*: no stronger than the curve */
  CK_BYTE peerPointLength;     /* 65 or 97 */
  CK_BYTE sharedInfoLength[2]; /* 1..1024, big-endian */
  CK_BYTE reserved;
  CK_BYTE peerPoint[97];    /* uncompressed, not wrapped in DER; the rest zero */
  CK_BYTE sharedInfo[1024]; /* the rest zero */
} CK_FLORIN_ECDH_KEY_AGREEMENT_PARAMS;
typedef CK_FLORIN_ECDH_KEY_AGREEMENT_PARAMS* CK_FLORIN_ECDH_KEY_AGREEMENT_PARAMS_PTR;

/* Unwraps a key that came with an ephemeral public key, as ECDH-ES+A128KW, +A192KW and +A256KW of
 * RFC 7518 4.6: CKM_ECDH_AES_KEY_WRAP with AES key wrap (RFC 3394) in place of its padded form.
 *   Functions    C_UnwrapKey.
 *   Key          CKK_EC private whose CKA_ALLOWED_MECHANISMS are this one alone.
 *   Parameter    CK_ECDH_AES_KEY_WRAP_PARAMS, kdf CKD_SHA256_KDF_SP800.
 *   Wrapped key  the ephemeral uncompressed point, then the wrapped key. */
#define CKM_FLORIN_ECDH_AES_KEY_WRAP (CK_FLORIN_PREFIX | 0x44UL)

#ifdef __cplusplus
}
#endif
