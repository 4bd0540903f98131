/* The part of florin_pkcs11.h about PINs and issuer scripts. The rules of the parameters are there.
 */
#pragma once

#include "florin/pkcs11/florin_pkcs11.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- issuer scripts, EMV book 2 section 9 -------------------------------------------------------
 */

/* The session keys of secure messaging. */
#define CK_FLORIN_EMV_SCRIPT_KEY_COMMON 1 /* EMV book 2 A1.3.1, from the ARQC */
#define CK_FLORIN_EMV_SCRIPT_KEY_VISA 2   /* VIS: the card's key xor ATC and its complement */

/* What the MAC covers between command header and data. */
#define CK_FLORIN_EMV_SCRIPT_PREFIX_NONE 1
#define CK_FLORIN_EMV_SCRIPT_PREFIX_ATC_ARQC 2

/* How script data is padded and encrypted. */
#define CK_FLORIN_EMV_SCRIPT_PADDING_MASTERCARD 1 /* CBC; method 2, not for whole blocks */
#define CK_FLORIN_EMV_SCRIPT_PADDING_EMV 2        /* CBC; method 2 always */
#define CK_FLORIN_EMV_SCRIPT_PADDING_VISA 3       /* ECB; a length byte, then method 2 */

/* The clear block of a PIN change. */
#define CK_FLORIN_EMV_PIN_BLOCK_ISO2 1
#define CK_FLORIN_EMV_PIN_BLOCK_VIS 2

/* Which card, which transaction, which command of its script. 40 bytes. */
typedef struct CK_FLORIN_EMV_SCRIPT {
  CK_BYTE pan[20];         /* ASCII digits, the rest zero */
  CK_BYTE panLength;       /* 12..19 digits */
  CK_BYTE psn;             /* PAN sequence number, 0..99, in binary */
  CK_BYTE masterKeyOption; /* CK_FLORIN_EMV_OPTION_* */
  CK_BYTE keyMethod;       /* CK_FLORIN_EMV_SCRIPT_KEY_* */
  CK_BYTE atc[2];          /* big-endian */
  CK_BYTE command[2];      /* number of the command, 0 for the first; big-endian */
  CK_BYTE arqc[8];
  CK_BYTE reserved[4];
} CK_FLORIN_EMV_SCRIPT;

/* MAC of one script command.
 *   Functions  C_Sign, C_Verify.
 *   Key        header usage "E2": issuer master key for secure messaging, integrity.
 *   Parameter  CK_FLORIN_EMV_SCRIPT_MAC_PARAMS.
 *   Data       CLA INS P1 P2 Lc and the data as it goes to the card, 5..260 bytes.
 *   Result     macLength bytes. */
#define CKM_FLORIN_EMV_SCRIPT_MAC (CK_FLORIN_PREFIX | 0x15UL)

/* 56 bytes where CK_ULONG has 8. */
typedef struct CK_FLORIN_EMV_SCRIPT_MAC_PARAMS {
  CK_ULONG ulVersion; /* CK_FLORIN_VERSION_1 */
  CK_FLORIN_EMV_SCRIPT script;
  CK_BYTE prefix;    /* CK_FLORIN_EMV_SCRIPT_PREFIX_* */
  CK_BYTE macLength; /* 4..8 bytes */
  CK_BYTE reserved[6];
} CK_FLORIN_EMV_SCRIPT_MAC_PARAMS;
typedef CK_FLORIN_EMV_SCRIPT_MAC_PARAMS* CK_FLORIN_EMV_SCRIPT_MAC_PARAMS_PTR;

/* Encryption of script data.
 *   Functions  C_Encrypt.
 *   Key        CKK_DES2, header usage "E1", whose CKA_ALLOWED_MECHANISMS name this mechanism alone:
 *              chosen data under the session key of a PIN change would find its PIN by trying.
 *   Parameter  CK_FLORIN_EMV_SCRIPT_ENCRYPTION_PARAMS.
 *   Data       1..239 bytes, with Visa's padding 1..238. */
#define CKM_FLORIN_EMV_SCRIPT_ENCRYPTION (CK_FLORIN_PREFIX | 0x16UL)

/* 56 bytes where CK_ULONG has 8. */
typedef struct CK_FLORIN_EMV_SCRIPT_ENCRYPTION_PARAMS {
  CK_ULONG ulVersion; /* CK_FLORIN_VERSION_1 */
  CK_FLORIN_EMV_SCRIPT script;
  CK_BYTE padding; /* CK_FLORIN_EMV_SCRIPT_PADDING_* */
  CK_BYTE reserved[7];
} CK_FLORIN_EMV_SCRIPT_ENCRYPTION_PARAMS;
typedef CK_FLORIN_EMV_SCRIPT_ENCRYPTION_PARAMS* CK_FLORIN_EMV_SCRIPT_ENCRYPTION_PARAMS_PTR;

/* --- PINs: enciphered blocks in, enciphered blocks out ------------------------------------------
 */

#define CK_FLORIN_PIN_PAN_FIELD_FULL 1 /* format 4: all digits of the PAN, as ISO 9564-1 has it */
#define CK_FLORIN_PIN_PAN_FIELD_12 2   /* the twelve rightmost without the check digit */

/* A PIN block, and under which key of its key it is. 24 bytes. */
typedef struct CK_FLORIN_PIN_BLOCK {
  CK_FLORIN_DUKPT_TRANSACTION dukpt; /* where the key is a BDK (usage "B0"): direction REQUEST;
                                        all zero where it is a PIN encryption key ("P0") */
  CK_BYTE format;                    /* ISO 9564-1: 0, 1, 3 or 4 */
  CK_BYTE panField;                  /* format 4: CK_FLORIN_PIN_PAN_FIELD_*; else 0 */
  CK_BYTE minDigits;                 /* shortest and longest PIN, within 4..12 */
  CK_BYTE maxDigits;
  CK_BYTE reserved[4];
} CK_FLORIN_PIN_BLOCK;

/* What an issuer verifies a PIN by. 8 bytes. */
#define CK_FLORIN_PIN_VISA_PVV 1 /* four digits; key usage "V2" */
#define CK_FLORIN_PIN_IBM3624 \
  2 /* the offset; key usage "V1" with CKA_FLORIN_DECIMALISATION_TABLE */
typedef struct CK_FLORIN_PIN_REFERENCE {
  CK_BYTE kind;      /* CK_FLORIN_PIN_VISA_PVV or _IBM3624 */
  CK_BYTE pvki;      /* PVV: 0..6; IBM 3624: 0 */
  CK_BYTE panStart;  /* IBM 3624: the validation data is panDigits digits of the PAN from its */
  CK_BYTE panDigits; /* panStart-th (0 is the leftmost) on, 1..16 of them, filled on the right */
  CK_BYTE fill;      /* with this nibble; PVV: all three 0 */
  CK_BYTE reserved[3];
} CK_FLORIN_PIN_REFERENCE;

/* Translation of a PIN block from one key to another.
 *   Functions  C_Encrypt.
 *   Key        that the PIN goes to: header usage "P0", mode of use B, E or N; or "B0", a BDK.
 *   hFromKey   that it comes under: "P0", mode of use B, D or N; or "B0"; with CKA_DECRYPT.
 *   Parameter  CK_FLORIN_PIN_TRANSLATION_PARAMS.
 *   Data       the incoming block, 8 bytes, format 4: 16.
 *   Result     the outgoing block.
 *   Returns    CKR_ENCRYPTED_DATA_INVALID for every wrong block; CKR_KEY_FUNCTION_NOT_PERMITTED
 *              for a pair of formats and keys that would weaken or unbind the PIN. */
#define CKM_FLORIN_PIN_TRANSLATION (CK_FLORIN_PREFIX | 0x50UL)

/* 88 bytes where CK_ULONG has 8. */
typedef struct CK_FLORIN_PIN_TRANSLATION_PARAMS {
  CK_ULONG ulVersion; /* CK_FLORIN_VERSION_1 */
  CK_OBJECT_HANDLE hFromKey;
  CK_FLORIN_PIN_BLOCK from;
  CK_FLORIN_PIN_BLOCK to;
  CK_BYTE pan[20];   /* ASCII digits, the rest zero */
  CK_BYTE panLength; /* 12..19 digits; 0 where neither format binds a PAN */
  CK_BYTE reserved[3];
} CK_FLORIN_PIN_TRANSLATION_PARAMS;
typedef CK_FLORIN_PIN_TRANSLATION_PARAMS* CK_FLORIN_PIN_TRANSLATION_PARAMS_PTR;

/* Verification of a PIN, and the making of its PVV or offset.
 *   Functions  C_Verify; C_Sign makes the reference.
 *   Key        CKK_DES2, header usage "V2" or "V1".
 *   hBlockKey  that the block is under, as hFromKey of CKM_FLORIN_PIN_TRANSLATION.
 *   Parameter  CK_FLORIN_PIN_VERIFICATION_PARAMS.
 *   Data       the block.
 *   Result     PVV or offset in ASCII digits, at most 12.
 *   Returns    CKR_SIGNATURE_INVALID for a wrong block and for a wrong PIN alike. */
#define CKM_FLORIN_PIN_VERIFICATION (CK_FLORIN_PREFIX | 0x51UL)

/* 72 bytes where CK_ULONG has 8. */
typedef struct CK_FLORIN_PIN_VERIFICATION_PARAMS {
  CK_ULONG ulVersion; /* CK_FLORIN_VERSION_1 */
  CK_OBJECT_HANDLE hBlockKey;
  CK_FLORIN_PIN_BLOCK block;
  CK_FLORIN_PIN_REFERENCE reference;
  CK_BYTE pan[20];   /* ASCII digits, the rest zero */
  CK_BYTE panLength; /* 12..19 digits */
  CK_BYTE reserved[3];
} CK_FLORIN_PIN_VERIFICATION_PARAMS;
typedef CK_FLORIN_PIN_VERIFICATION_PARAMS* CK_FLORIN_PIN_VERIFICATION_PARAMS_PTR;

/* The PVV or offset of a new PIN, once the current PIN is proven.
 *   Functions  C_Sign.
 *   Key        as CKM_FLORIN_PIN_VERIFICATION, mode of use C or N.
 *   hBlockKey  as there.
 *   Parameter  CK_FLORIN_PIN_CHANGE_PARAMS.
 *   Data       the block of the current PIN, then that of the new one.
 *   Result     as there. A weak new PIN is CKR_MECHANISM_PARAM_INVALID. */
#define CKM_FLORIN_PIN_CHANGE (CK_FLORIN_PREFIX | 0x52UL)

/* 88 bytes where CK_ULONG has 8. */
typedef struct CK_FLORIN_PIN_CHANGE_PARAMS {
  CK_FLORIN_PIN_VERIFICATION_PARAMS verification; /* has the ulVersion */
  CK_BYTE current[12];                            /* PVV or offset in ASCII digits, the rest zero */
  CK_BYTE currentLength;                          /* 4..12 */
  CK_BYTE reserved[3];
} CK_FLORIN_PIN_CHANGE_PARAMS;
typedef CK_FLORIN_PIN_CHANGE_PARAMS* CK_FLORIN_PIN_CHANGE_PARAMS_PTR;

/* A PIN for a card: its block and its PVV or offset.
 *   Functions  C_Sign.
 *   Key        as CKM_FLORIN_PIN_VERIFICATION, mode of use C, G or N.
 *   hBlockKey  that the PIN goes to, as the key of CKM_FLORIN_PIN_TRANSLATION; with CKA_ENCRYPT.
 *   Parameter  CK_FLORIN_PIN_GENERATION_PARAMS.
 *   Data       none.
 *   Result     the block, 8 or 16 bytes, and behind it PVV or offset in ASCII digits. */
#define CKM_FLORIN_PIN_GENERATION (CK_FLORIN_PREFIX | 0x53UL)

/* 88 bytes where CK_ULONG has 8. */
typedef struct CK_FLORIN_PIN_GENERATION_PARAMS {
  CK_FLORIN_PIN_VERIFICATION_PARAMS verification; /* has the ulVersion */
  CK_BYTE offset[12]; /* IBM 3624: the PIN is the one of this offset, ASCII digits, the rest zero;
                         zeros as digits for the natural PIN */
  CK_BYTE
  offsetLength;      /* as many as the PIN has; 0: the PIN is drawn at random, never a weak one */
  CK_BYTE pinDigits; /* 4..12 */
  CK_BYTE reserved[2];
} CK_FLORIN_PIN_GENERATION_PARAMS;
typedef CK_FLORIN_PIN_GENERATION_PARAMS* CK_FLORIN_PIN_GENERATION_PARAMS_PTR;

/* The command PIN CHANGE/UNBLOCK, ready for the card.
 *   Functions  C_Sign.
 *   Key        header usage "E2": secure messaging, integrity.
 *   Others     hConfidentialityKey: usage "E1", with CKA_ENCRYPT; hCryptogramKey: usage "E0", with
 *              CKA_VERIFY, for VIS blocks (else 0); hBlockKey: as hFromKey of
 *              CKM_FLORIN_PIN_TRANSLATION.
 *   Parameter  CK_FLORIN_EMV_PIN_CHANGE_PARAMS.
 *   Data       the block of the new PIN, and behind it that of the current one if withCurrent.
 *   Result     84 24 00 P2 Lc, the encrypted PIN block, the MAC: at most 29 bytes. */
#define CKM_FLORIN_EMV_PIN_CHANGE (CK_FLORIN_PREFIX | 0x17UL)

/* 104 bytes where CK_ULONG has 8. */
typedef struct CK_FLORIN_EMV_PIN_CHANGE_PARAMS {
  CK_ULONG ulVersion; /* CK_FLORIN_VERSION_1 */
  CK_OBJECT_HANDLE hConfidentialityKey;
  CK_OBJECT_HANDLE hCryptogramKey;
  CK_OBJECT_HANDLE hBlockKey;
  CK_FLORIN_EMV_SCRIPT script;
  CK_FLORIN_PIN_BLOCK block; /* how the data looks */
  CK_BYTE prefix;            /* CK_FLORIN_EMV_SCRIPT_PREFIX_* */
  CK_BYTE padding;           /* CK_FLORIN_EMV_SCRIPT_PADDING_* */
  CK_BYTE form;              /* CK_FLORIN_EMV_PIN_BLOCK_* */
  CK_BYTE withCurrent;       /* 1: the card verifies the current PIN as well; VIS blocks only */
  CK_BYTE macLength;         /* 4..8 bytes */
  CK_BYTE reserved[3];
} CK_FLORIN_EMV_PIN_CHANGE_PARAMS;
typedef CK_FLORIN_EMV_PIN_CHANGE_PARAMS* CK_FLORIN_EMV_PIN_CHANGE_PARAMS_PTR;

#ifdef __cplusplus
}
#endif
