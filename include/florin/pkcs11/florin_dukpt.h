/* The part of florin_pkcs11.h about DUKPT. The rules of the parameters, and the
 * transaction, are there. */
#pragma once

#include "florin/pkcs11/florin_pkcs11.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CK_FLORIN_DUKPT_MAC_RETAIL 1 /* ISO/IEC 9797-1 algorithm 3, padding method 1: X9.24-1 */
#define CK_FLORIN_DUKPT_MAC_CMAC 2
#define CK_FLORIN_DUKPT_MAC_HMAC_SHA256 3 /* working keys of type HMAC */

/* MAC of a message, X9.24-1 and X9.24-3.
 *   Functions  C_Sign, C_Verify.
 *   Key        header usage "B0", mode of use X or N: CKK_DES2 (TDES DUKPT) or CKK_AES (AES DUKPT).
 *   Parameter  CK_FLORIN_DUKPT_MAC_PARAMS.
 *   Data       the message.
 *   Result     macLength bytes. */
#define CKM_FLORIN_DUKPT_MAC (CK_FLORIN_PREFIX | 0x20UL)

/* 32 bytes where CK_ULONG has 8. */
typedef struct CK_FLORIN_DUKPT_MAC_PARAMS {
  CK_ULONG ulVersion; /* CK_FLORIN_VERSION_1 */
  CK_FLORIN_DUKPT_TRANSACTION transaction;
  CK_BYTE method;    /* CK_FLORIN_DUKPT_MAC_* */
  CK_BYTE macLength; /* 4 bytes to the whole MAC; X9.24-1 has 4 */
  CK_BYTE reserved[6];
} CK_FLORIN_DUKPT_MAC_PARAMS;
typedef CK_FLORIN_DUKPT_MAC_PARAMS* CK_FLORIN_DUKPT_MAC_PARAMS_PTR;

/* Encryption of data.
 *   Functions  C_Encrypt, C_Decrypt.
 *   Key        as CKM_FLORIN_DUKPT_MAC.
 *   Parameter  CK_FLORIN_DUKPT_DATA_PARAMS.
 *   Data       whole blocks of the working key's cipher, one or more; not padded. */
#define CKM_FLORIN_DUKPT_DATA (CK_FLORIN_PREFIX | 0x21UL)

/* 48 bytes where CK_ULONG has 8. */
typedef struct CK_FLORIN_DUKPT_DATA_PARAMS {
  CK_ULONG ulVersion; /* CK_FLORIN_VERSION_1 */
  CK_FLORIN_DUKPT_TRANSACTION transaction;
  CK_BYTE
  variantOnly;      /* TDES BDK: 1 where the variant itself is the key, which is not the norm's */
  CK_BYTE ivLength; /* 0: ECB; one block (8 or 16): CBC */
  CK_BYTE iv[16];   /* the rest zero */
  CK_BYTE reserved[6];
} CK_FLORIN_DUKPT_DATA_PARAMS;
typedef CK_FLORIN_DUKPT_DATA_PARAMS* CK_FLORIN_DUKPT_DATA_PARAMS_PTR;

#define CK_FLORIN_DUKPT_INITIAL_KEY 1
#define CK_FLORIN_DUKPT_UPDATE_KEY 2 /* AES DUKPT only */

/* A key that a device is loaded with, out of the BDK.
 *   Functions  C_DeriveKey.
 *   Key        as CKM_FLORIN_DUKPT_MAC, with CKA_DERIVE and none of the other verbs.
 *   Parameter  CK_FLORIN_DUKPT_DEVICE_KEY_PARAMS.
 *   Template   CKA_FLORIN_KEY_BLOCK_HEADER with usage and mode of use "B1", "X" for an initial key,
 *              whose type and length are the BDK's; "K1", "E" for an update key. An initial key may
 *              be extractable though the BDK is not. An update key, which the device knows, wraps
 *              only where imported keys may. */
#define CKM_FLORIN_DUKPT_DEVICE_KEY (CK_FLORIN_PREFIX | 0x22UL)

/* 24 bytes where CK_ULONG has 8. */
typedef struct CK_FLORIN_DUKPT_DEVICE_KEY_PARAMS {
  CK_ULONG ulVersion; /* CK_FLORIN_VERSION_1 */
  CK_BYTE device[10]; /* TDES BDK: initial KSN, 10 bytes, or 8 without FFFF;
                         AES BDK: initial key id, 8 bytes; the rest zero */
  CK_BYTE deviceLength;
  CK_BYTE kind;    /* CK_FLORIN_DUKPT_INITIAL_KEY or _UPDATE_KEY */
  CK_BYTE keyType; /* update key: CK_FLORIN_DUKPT_KEY_AES*; initial key: 0 */
  CK_BYTE reserved[3];
} CK_FLORIN_DUKPT_DEVICE_KEY_PARAMS;
typedef CK_FLORIN_DUKPT_DEVICE_KEY_PARAMS* CK_FLORIN_DUKPT_DEVICE_KEY_PARAMS_PTR;

#ifdef __cplusplus
}
#endif
