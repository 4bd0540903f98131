/* Florin's additions to PKCS#11: payment mechanisms, the key block header attribute, and the
 * interface "Vendor Florin" with batches.
 *
 * Plain C. Include a PKCS#11 header of your own first, or none: then florin/pkcs11/pkcs11.h is
 * taken. Only types of the standard are used.
 *
 * Rules of the parameters of mechanisms (CK_FLORIN_*_PARAMS)
 *   - ulVersion comes first and names the layout; a module accepts every version it ever knew;
 *   - other keys that a mechanism needs follow, as object handles of the session that calls; what
 *     such a key must permit is said with the mechanism, and CKR_KEY_FUNCTION_NOT_PERMITTED else;
 *   - all other fields are bytes: numbers are big-endian, reserved bytes are zero. Only the size of
 *     CK_ULONG differs between platforms; the sizes given here are those where it has 8 bytes;
 *   - they hold no pointers, so loggers and remote proxies can carry them.
 * The items of a batch (CK_FLORIN_BATCH_ITEM) never leave the process that calls: they have
 * pointers and no version, and are fixed for 1.x of the interface.
 */
#pragma once

#ifndef CKM_VENDOR_DEFINED
#include "florin/pkcs11/pkcs11.h"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* --- numbers ---------------------------------------------------------------------------------- */

/* Vendor numbers are CKx_VENDOR_DEFINED | "FLR" << 8 | n. */
#define CK_FLORIN_PREFIX 0xC64C5200UL

/* In an attribute number bit 30 is CKF_ARRAY_ATTRIBUTE; attributes leave it clear. */
#define CKA_FLORIN_PREFIX 0x864C5200UL

/* The 16 ASCII characters of an X9.143 (TR-31) key block header: what the key is for (usage), what
 * may be done with it (mode of use), whether and how it may leave (exportability), and its version.
 * Block length and number of optional blocks are "0000" and "00". Given when a key is created or
 * generated; read-only afterwards. Payment mechanisms demand it. On derived and unwrapped keys it
 * is refused, as nothing vouches for it there, but for the mechanisms that bind it to the key:
 * CKM_FLORIN_KEY_BLOCK and CKM_FLORIN_TR34_KEY_TOKEN take it from what they open,
 * CKM_FLORIN_ECDH_KEY_AGREEMENT and CKM_FLORIN_DUKPT_DEVICE_KEY from the template. */
#define CKA_FLORIN_KEY_BLOCK_HEADER (CKA_FLORIN_PREFIX | 0x01UL)
#define CK_FLORIN_KEY_BLOCK_HEADER_LENGTH 16

/* What an EMV issuer master key (header usage "E0") serves: one CK_FLORIN_EMV_PROFILES. A key that
 * has it serves CKM_FLORIN_EMV_AUTHORIZATION and CKM_FLORIN_EMV_ARQC_TRACE only, and is refused to
 * the raw EMV mechanisms; a key that has it not, the other way round. Given when a key is created
 * or generated; read-only afterwards. C_CopyObject may narrow it, and give it to a copy of a key
 * without it. */
#define CKA_FLORIN_EMV_PROFILES (CKA_FLORIN_PREFIX | 0x02UL)

/* The decimalisation table of a PIN verification key for IBM 3624 (header usage "V1"): 16 ASCII
 * digits, which stand for 0..F. Refused where it is made to search for PINs: fewer than eight
 * different digits, or one more than four times. Given when the key is made; read-only afterwards.
 * Without it such a key verifies nothing. */
#define CKA_FLORIN_DECIMALISATION_TABLE (CKA_FLORIN_PREFIX | 0x20UL)

/* What PIN translation asks of a PIN encryption key (header usage "P0"): a CK_ULONG of bits. Given
 * when the key is made; read-only afterwards. C_CopyObject may take ZONE_KEY away and add the
 * other. */
#define CKA_FLORIN_PIN_KEY_MARKS (CKA_FLORIN_PREFIX | 0x21UL)
#define CK_FLORIN_PIN_ZONE_KEY 1UL /* shared with another institution, not with a terminal */
#define CK_FLORIN_PIN_FORBID_AES_TO_TDES 2UL /* takes no PIN that came under AES */

/* CK_ULONG, of every key: where it stands in its life (SP 800-57 part 1 rev 5 section 7). Active
 * keys do what their other attributes permit; retired ones verify, decrypt and unwrap only; the
 * rest is answered CKR_KEY_FUNCTION_NOT_PERMITTED. A new key is active, or pre-active where its
 * template says so. C_SetAttributeValue changes it, from pre-active to active, between active and
 * suspended, from these to retired, from any to compromised, which is final; all else is answered
 * CKR_ACTION_PROHIBITED. A copy begins in the state of its original.
 * CKA_START_DATE and CKA_END_DATE are obeyed, in days of UTC: before the first a key does nothing,
 * after the last it is as good as retired. Once set they may only be drawn closer. */
#define CKA_FLORIN_KEY_STATE (CKA_FLORIN_PREFIX | 0x10UL)
#define CK_FLORIN_KEY_STATE_PRE_ACTIVE 1UL
#define CK_FLORIN_KEY_STATE_ACTIVE 2UL
#define CK_FLORIN_KEY_STATE_SUSPENDED 3UL
#define CK_FLORIN_KEY_STATE_RETIRED 4UL
#define CK_FLORIN_KEY_STATE_COMPROMISED 5UL

/* CK_ULONG, read-only: how the key came into the token. Absent on keys that an older module stored
 * without recording it. */
#define CKA_FLORIN_KEY_ORIGIN (CKA_FLORIN_PREFIX | 0x11UL)
#define CK_FLORIN_KEY_ORIGIN_GENERATED 1UL
#define CK_FLORIN_KEY_ORIGIN_IMPORTED 2UL  /* C_CreateObject: somebody had it in clear */
#define CK_FLORIN_KEY_ORIGIN_UNWRAPPED 3UL /* C_UnwrapKey */
#define CK_FLORIN_KEY_ORIGIN_DERIVED 4UL   /* C_DeriveKey */

/* --- parts of parameters ---------------------------------------------------------------------- */

#define CK_FLORIN_VERSION_1 1UL

/* ICC master key derivation, EMV book 2 A1.4. */
#define CK_FLORIN_EMV_OPTION_A 1 /* TDES: the rightmost 16 digits of PAN and PSN, A1.4.1 */
#define CK_FLORIN_EMV_OPTION_B 2 /* TDES: B for PANs of more than 16 digits, else A, A1.4.2 */
#define CK_FLORIN_EMV_OPTION_B_EVERY_LENGTH \
  3                              /* TDES: B for every PAN length; not EMV's, but found */
#define CK_FLORIN_EMV_OPTION_C 4 /* AES, A1.4.3 */

/* The session key of application cryptograms. AES keys take NONE and CSK. */
#define CK_FLORIN_EMV_SESSION_KEY_CSK 1        /* common session key, EMV book 2 A1.3 */
#define CK_FLORIN_EMV_SESSION_KEY_NONE 2       /* the ICC master key itself */
#define CK_FLORIN_EMV_SESSION_KEY_MASTERCARD 3 /* M/Chip: from ATC and unpredictable number */
#define CK_FLORIN_EMV_SESSION_KEY_EMV2000 4    /* the tree of EMV 2000 */
#define CK_FLORIN_EMV_SESSION_KEY_UNIONPAY 5   /* the practice of PBOC; no published value */

/* Which key of the card answers an ARQC. */
#define CK_FLORIN_EMV_ARPC_SESSION_KEY 1
#define CK_FLORIN_EMV_ARPC_MASTER_KEY 2

#define CK_FLORIN_EMV_VISA 1
#define CK_FLORIN_EMV_MASTERCARD 2
#define CK_FLORIN_EMV_INTERAC 3
#define CK_FLORIN_EMV_CCD 4 /* common core definitions, the Common Payment Application */
#define CK_FLORIN_EMV_AMEX 5
#define CK_FLORIN_EMV_JCB 6
#define CK_FLORIN_EMV_UNIONPAY 7
#define CK_FLORIN_EMV_DISCOVER 8

#define CK_FLORIN_PADDING_METHOD_1 1 /* ISO/IEC 9797-1 padding method 1: zeros to a whole block */
#define CK_FLORIN_PADDING_METHOD_2 2 /* padding method 2: 80, then zeros */
#define CK_FLORIN_PADDING_METHOD_3 3 /* padding method 3: the length in front, then as method 1 */

/* The tree of EMV 2000. 18 bytes. Zero where the session key method is another one. */
typedef struct CK_FLORIN_EMV_TREE {
  CK_BYTE branch; /* 2..255; branch to the power of height is at least 65536 */
  CK_BYTE height; /* 1..16 */
  CK_BYTE iv[16];
} CK_FLORIN_EMV_TREE;

/* Which card, and which of its transactions. 52 bytes. */
typedef struct CK_FLORIN_EMV_CARD {
  CK_BYTE pan[20];          /* ASCII digits, the rest zero */
  CK_BYTE panLength;        /* 12..19 digits */
  CK_BYTE psn;              /* PAN sequence number, 0..99, in binary */
  CK_BYTE atc[2];           /* application transaction counter, big-endian */
  CK_BYTE masterKeyOption;  /* CK_FLORIN_EMV_OPTION_* */
  CK_BYTE sessionKeyMethod; /* CK_FLORIN_EMV_SESSION_KEY_* */
  CK_BYTE un[4];            /* unpredictable number; zero where the method is not MASTERCARD */
  CK_FLORIN_EMV_TREE tree;
  CK_BYTE reserved[4];
} CK_FLORIN_EMV_CARD;

/* The value of CKA_FLORIN_EMV_PROFILES. 88 bytes, on every platform. */
typedef struct CK_FLORIN_EMV_PROFILES {
  CK_BYTE version;          /* 1 */
  CK_BYTE scheme;           /* CK_FLORIN_EMV_VISA ... */
  CK_BYTE unproven;         /* 1: also profiles that no published value proves; else 0 */
  CK_BYTE masterKeyOption;  /* CK_FLORIN_EMV_OPTION_*; 0: as the profile says */
  CK_BYTE sessionKeyMethod; /* CK_FLORIN_EMV_SESSION_KEY_*; 0: as the profile says */
  CK_BYTE reserved;
  CK_FLORIN_EMV_TREE tree;
  CK_BYTE cvns[32]; /* cryptogram version numbers: n is bit n % 8 (1, 2, 4 ...) of byte n / 8 */
  CK_BYTE dkis[32]; /* derivation key indices, likewise */
} CK_FLORIN_EMV_PROFILES;

/* --- mechanisms ------------------------------------------------------------------------------- */

/* ARQC, TC and AAC: 8 bytes, MAC algorithm 3 of ISO/IEC 9797-1 with TDES, CMAC with AES.
 *   Functions  C_Sign, C_Verify and their message forms.
 *   Key        CKK_DES2 or CKK_AES, header usage "E0", without CKA_FLORIN_EMV_PROFILES: the issuer
 *              master key (a CKK_DES3 key, 24 bytes, is refused). Card and session keys are
 *              derived inside and never become objects.
 *   Parameter  CK_FLORIN_EMV_CRYPTOGRAM_PARAMS.
 *   Data       CDOL data values in the order of the profile, not padded. */
#define CKM_FLORIN_EMV_CRYPTOGRAM (CK_FLORIN_PREFIX | 0x10UL)

/* 64 bytes where CK_ULONG has 8. */
typedef struct CK_FLORIN_EMV_CRYPTOGRAM_PARAMS {
  CK_ULONG ulVersion; /* CK_FLORIN_VERSION_1 */
  CK_FLORIN_EMV_CARD card;
  CK_BYTE padding; /* CK_FLORIN_PADDING_METHOD_*; AES: one of them, which makes no difference */
  CK_BYTE reserved[3];
} CK_FLORIN_EMV_CRYPTOGRAM_PARAMS;
typedef CK_FLORIN_EMV_CRYPTOGRAM_PARAMS* CK_FLORIN_EMV_CRYPTOGRAM_PARAMS_PTR;

/* ARPC, EMV book 2 section 8.2.
 *   Functions  C_Sign and its message form.
 *   Key        as CKM_FLORIN_EMV_CRYPTOGRAM.
 *   Parameter  CK_FLORIN_EMV_ARPC_PARAMS.
 *   Data       the ARQC, 8 bytes.
 *   Result     method 1: 8 bytes; method 2: 4 bytes.
 * The mechanism cannot see whether the ARQC was verified, so a key whose mode of use is V (verify
 * only) is refused, and so is method 1 under the card's master key, which would give out session
 * keys: CKM_FLORIN_EMV_VERIFIED_ARPC is for those. */
#define CKM_FLORIN_EMV_ARPC (CK_FLORIN_PREFIX | 0x11UL)

/* 80 bytes where CK_ULONG has 8. */
typedef struct CK_FLORIN_EMV_ARPC_PARAMS {
  CK_ULONG ulVersion; /* CK_FLORIN_VERSION_1 */
  CK_FLORIN_EMV_CARD card;
  CK_BYTE method;            /* 1 or 2 */
  CK_BYTE proprietaryLength; /* method 2: 0..8; method 1: 0 */
  CK_BYTE arc[2];            /* method 1: authorisation response code; method 2: zero */
  CK_BYTE csu[4];            /* method 2: card status update; method 1: zero */
  CK_BYTE proprietary[8];    /* method 2: proprietary authentication data, the rest zero */
  CK_BYTE arpcKey;           /* CK_FLORIN_EMV_ARPC_* */
  CK_BYTE reserved[3];
} CK_FLORIN_EMV_ARPC_PARAMS;
typedef CK_FLORIN_EMV_ARPC_PARAMS* CK_FLORIN_EMV_ARPC_PARAMS_PTR;

/* Verifies an ARQC and, where it is right, makes the ARPC: what an issuer does per transaction.
 *   Functions  C_Sign and its message form.
 *   Key        as CKM_FLORIN_EMV_CRYPTOGRAM; header mode of use C, V, N or X.
 *   Parameter  CK_FLORIN_EMV_VERIFIED_ARPC_PARAMS.
 *   Data       of the ARQC, as CKM_FLORIN_EMV_CRYPTOGRAM takes it.
 *   Result     method 1: 8 bytes; method 2: 4 bytes. CKR_SIGNATURE_INVALID, and no result, where
 *              the ARQC is wrong. */
#define CKM_FLORIN_EMV_VERIFIED_ARPC (CK_FLORIN_PREFIX | 0x12UL)

/* 96 bytes where CK_ULONG has 8. */
typedef struct CK_FLORIN_EMV_VERIFIED_ARPC_PARAMS {
  CK_FLORIN_EMV_ARPC_PARAMS arpc; /* the answer, and whose ARQC it is; has the ulVersion */
  CK_BYTE arqc[8];
  CK_BYTE padding; /* of the ARQC's data: CK_FLORIN_PADDING_METHOD_* */
  CK_BYTE reserved[7];
} CK_FLORIN_EMV_VERIFIED_ARPC_PARAMS;
typedef CK_FLORIN_EMV_VERIFIED_ARPC_PARAMS* CK_FLORIN_EMV_VERIFIED_ARPC_PARAMS_PTR;

/* Verifies the ARQC of field 55 and answers it, by the profile that field 55 names among those that
 * the key serves.
 *   Functions  C_Sign, C_Verify and their message forms.
 *   Key        CKK_DES2 or CKK_AES, header usage "E0", mode of use C, V, N or X, with
 *              CKA_FLORIN_EMV_PROFILES.
 *   Parameter  CK_FLORIN_EMV_AUTHORIZATION_PARAMS. As the profile is known from the data only, both
 *              ARC and CSU may be given; the profile takes one of them.
 *   Data       field 55: BER-TLV, at most 4096 bytes.
 *   Result     of C_Sign the issuer authentication data (tag 91), at most 16 bytes: ARPC and ARC
 *              (method 1), ARPC, CSU and proprietary data (method 2), nothing where the profile has
 *              no issuer authentication. C_Verify takes the ARQC (tag 9F26) as the signature.
 *   Returns    CKR_SIGNATURE_INVALID, the ARQC is wrong; CKR_KEY_FUNCTION_NOT_PERMITTED, the key
 *              does not serve this CVN or DKI; CKR_DATA_LEN_RANGE, field 55 is malformed, lacks a
 *              tag or is another card's; CKR_MECHANISM_PARAM_INVALID, the ARC or CSU that the
 *              profile takes is not there; CKR_MECHANISM_INVALID, there is no such profile. */
#define CKM_FLORIN_EMV_AUTHORIZATION (CK_FLORIN_PREFIX | 0x13UL)

/* 48 bytes where CK_ULONG has 8. */
typedef struct CK_FLORIN_EMV_AUTHORIZATION_PARAMS {
  CK_ULONG ulVersion;        /* CK_FLORIN_VERSION_1 */
  CK_BYTE pan[20];           /* ASCII digits, the rest zero */
  CK_BYTE panLength;         /* 12..19 digits */
  CK_BYTE psn;               /* PAN sequence number, 0..99, in binary */
  CK_BYTE hasArc;            /* 1: `arc` is given; else 0, and `arc` zero */
  CK_BYTE hasCsu;            /* 1: `csu` is given; else 0, and `csu` zero */
  CK_BYTE arc[2];            /* method 1: authorisation response code */
  CK_BYTE proprietaryLength; /* 0..8, and 0 without a CSU */
  CK_BYTE reserved;
  CK_BYTE csu[4];         /* method 2: card status update */
  CK_BYTE proprietary[8]; /* method 2: proprietary authentication data, the rest zero */
} CK_FLORIN_EMV_AUTHORIZATION_PARAMS;
typedef CK_FLORIN_EMV_AUTHORIZATION_PARAMS* CK_FLORIN_EMV_AUTHORIZATION_PARAMS_PTR;

/* Why does an ARQC not match?
 *   Functions  C_Sign.
 *   Key, data  as CKM_FLORIN_EMV_AUTHORIZATION.
 *   Parameter  CK_FLORIN_EMV_ARQC_TRACE_PARAMS.
 *   Result     one JSON object in UTF-8, at most 1024 bytes: profile, methods, input, padding, key
 *              check values of all keys, verdict. Never a key, a PAN or the right ARQC. */
#define CKM_FLORIN_EMV_ARQC_TRACE (CK_FLORIN_PREFIX | 0x14UL)

/* 32 bytes where CK_ULONG has 8. */
typedef struct CK_FLORIN_EMV_ARQC_TRACE_PARAMS {
  CK_ULONG ulVersion; /* CK_FLORIN_VERSION_1 */
  CK_BYTE pan[20];    /* ASCII digits, the rest zero */
  CK_BYTE panLength;  /* 12..19 digits */
  CK_BYTE psn;        /* PAN sequence number, 0..99, in binary */
  CK_BYTE reserved[2];
} CK_FLORIN_EMV_ARQC_TRACE_PARAMS;
typedef CK_FLORIN_EMV_ARQC_TRACE_PARAMS* CK_FLORIN_EMV_ARQC_TRACE_PARAMS_PTR;
/* MACs of ISO/IEC 9797-1 with TDES, and AS 2805.4.1.
 *   Functions  C_Sign, C_Verify.
 *   Key        CKK_DES2 or CKK_DES3 (algorithm 3 and AS 2805.4.1: CKK_DES2), header usage by
 *              algorithm: "M1" algorithm 1, "M0" algorithm 1 as ISO 16609 has it, "M3" algorithm 3
 *              and AS 2805.4.1, "M6" algorithm 5.
 *   Parameter  CK_FLORIN_ISO9797_MAC_PARAMS.
 *   Result     the leftmost macLength bytes of the MAC.
 * Algorithm 5 is CKM_DES3_CMAC as well. */
#define CKM_FLORIN_ISO9797_MAC (CK_FLORIN_PREFIX | 0x30UL)

#define CK_FLORIN_MAC_ALGORITHM_1 1  /* CBC-MAC */
#define CK_FLORIN_MAC_ALGORITHM_3 3  /* retail MAC, ANSI X9.19 */
#define CK_FLORIN_MAC_ALGORITHM_5 5  /* CMAC */
#define CK_FLORIN_MAC_AS2805_4_1 128 /* computed as algorithm 3 with padding method 1 */

/* 16 bytes where CK_ULONG has 8. */
typedef struct CK_FLORIN_ISO9797_MAC_PARAMS {
  CK_ULONG ulVersion; /* CK_FLORIN_VERSION_1 */
  CK_BYTE algorithm;  /* CK_FLORIN_MAC_* */
  CK_BYTE padding;    /* algorithms 1 and 3: CK_FLORIN_PADDING_METHOD_*; others: 0 */
  CK_BYTE macLength;  /* 4..8 bytes */
  CK_BYTE reserved[5];
} CK_FLORIN_ISO9797_MAC_PARAMS;
typedef CK_FLORIN_ISO9797_MAC_PARAMS* CK_FLORIN_ISO9797_MAC_PARAMS_PTR;

/* Card verification values.
 *   Functions  C_Sign, C_Verify.
 *   Key        CKK_DES2; header usage "C0" for CVV and CSC: the key of the value; "E4" for dCVV and
 *              CVC3: the issuer master key, of which the card's key is derived inside.
 *   Parameter  CK_FLORIN_CARD_VERIFICATION_PARAMS. A field that the kind does not take is zero.
 *   Data       CVC3: the static track data, 1..128 bytes, of which IVCVC3 is computed; else none.
 *   Result     the value in ASCII digits. */
#define CKM_FLORIN_CARD_VERIFICATION (CK_FLORIN_PREFIX | 0x31UL)

#define CK_FLORIN_CARD_VERIFICATION_CVV 1   /* and CVC, CVV2, CVC2, iCVV, by service code */
#define CK_FLORIN_CARD_VERIFICATION_CSC_1 2 /* American Express CSC version 1 */
#define CK_FLORIN_CARD_VERIFICATION_CSC_2 3 /* version 2 */
#define CK_FLORIN_CARD_VERIFICATION_DCVV 4
#define CK_FLORIN_CARD_VERIFICATION_CVC3 5

#define CK_FLORIN_EMV_OPTION_B_EVERY_LENGTH 3 /* option B for PANs of every length; not EMV's */

#define CK_FLORIN_DCVV_ATC_HEX 1     /* the ATC as four hexadecimal digits */
#define CK_FLORIN_DCVV_ATC_DECIMAL 2 /* as four decimal digits; up to 9999 */

/* 48 bytes where CK_ULONG has 8. */
typedef struct CK_FLORIN_CARD_VERIFICATION_PARAMS {
  CK_ULONG ulVersion;             /* CK_FLORIN_VERSION_1 */
  CK_BYTE kind;                   /* CK_FLORIN_CARD_VERIFICATION_* */
  CK_BYTE digits;                 /* of the value: CVV 3..8, CSC and CVC3 3..5, dCVV 3 */
  CK_BYTE panLength;              /* 12..19 digits */
  CK_BYTE psn;                    /* dCVV, CVC3: PAN sequence number, 0..99, in binary */
  CK_BYTE pan[20];                /* ASCII digits, the rest zero */
  CK_BYTE expiry[4];              /* all but CVC3: ASCII digits as they enter the calculation */
  CK_BYTE serviceCode[3];         /* CVV, CSC version 2, dCVV: ASCII digits */
  CK_BYTE masterKeyOption;        /* dCVV, CVC3: CK_FLORIN_EMV_OPTION_* */
  CK_BYTE unpredictableNumber[4]; /* CVC3 */
  CK_BYTE atc[2];                 /* dCVV, CVC3: big-endian */
  CK_BYTE atcForm;                /* dCVV: CK_FLORIN_DCVV_ATC_* */
  CK_BYTE reserved[1];
} CK_FLORIN_CARD_VERIFICATION_PARAMS;
typedef CK_FLORIN_CARD_VERIFICATION_PARAMS* CK_FLORIN_CARD_VERIFICATION_PARAMS_PTR;

/* 3-D Secure authentication values, and the cryptograms of Florin's own token domain.
 *   Functions  C_Sign, C_Verify.
 *   Key        its CKA_ALLOWED_MECHANISMS name this mechanism and no other, as a CAVV is a CVV of
 *              chosen fields. CKK_DES2 with header usage "C0" (CAVV, AAV with CVC2), "E0" (token
 *              cryptogram), "E4" (token value); CKK_GENERIC_SECRET with "M7" (AAV with HMAC, IAV).
 *   Parameter  CK_FLORIN_3DS_PARAMS. A field that the kind does not take is zero.
 *   Data       AAV: its first 15 bytes; IAV: the merchant's name, 1..255 bytes; else none.
 *   Result     CAVV and token value: 3 ASCII digits; AAV: its MAC, 5 bytes; IAV: 6 bytes; token
 *              cryptogram: 8 bytes. */
#define CKM_FLORIN_3DS (CK_FLORIN_PREFIX | 0x32UL)

#define CK_FLORIN_3DS_VISA_CAVV 1    /* the output inside a CAVV */
#define CK_FLORIN_3DS_SPA_AAV_HMAC 2 /* HMAC-SHA-1 */
#define CK_FLORIN_3DS_SPA_AAV_CVC2 3
#define CK_FLORIN_3DS_SPA2_IAV 4
#define CK_FLORIN_3DS_TOKEN_CRYPTOGRAM 5
#define CK_FLORIN_3DS_TOKEN_VALUE 6

#define CK_FLORIN_CAVV_FULL_PAN 1
#define CK_FLORIN_CAVV_RIGHTMOST_16 2

/* 80 bytes where CK_ULONG has 8. */
typedef struct CK_FLORIN_3DS_PARAMS {
  CK_ULONG ulVersion;             /* CK_FLORIN_VERSION_1 */
  CK_BYTE kind;                   /* CK_FLORIN_3DS_* */
  CK_BYTE panForm;                /* CAVV: CK_FLORIN_CAVV_* */
  CK_BYTE panLength;              /* 12..19 digits */
  CK_BYTE psn;                    /* token domain: sequence number, 0..99, in binary */
  CK_BYTE pan[20];                /* PAN or token, ASCII digits, the rest zero */
  CK_BYTE tracking[4];            /* CAVV: ASCII digits, the last four of the ATN */
  CK_BYTE expiry[4];              /* token value: ASCII digits */
  CK_BYTE amount[8];              /* IAV, token cryptogram: minor units, big-endian, 12 digits */
  CK_BYTE currency[2];            /* IAV, token cryptogram: ISO 4217 number, big-endian, 0..999 */
  CK_BYTE resultCode;             /* CAVV: 0..9, in binary */
  CK_BYTE secondFactor;           /* CAVV: 0..99, in binary */
  CK_BYTE dsTransactionId[4];     /* IAV */
  CK_BYTE unpredictableNumber[4]; /* token cryptogram */
  CK_BYTE counter[2];             /* token domain: big-endian */
  CK_BYTE requestor[11];          /* token domain: ASCII digits */
  CK_BYTE reserved[7];
} CK_FLORIN_3DS_PARAMS;
typedef CK_FLORIN_3DS_PARAMS* CK_FLORIN_3DS_PARAMS_PTR;

/* --- DUKPT: the working key of a transaction is derived inside and never becomes an object ------
 */

/* Whose message: the terminal sends the request, the host the response. */
#define CK_FLORIN_DUKPT_REQUEST 1
#define CK_FLORIN_DUKPT_RESPONSE 2
#define CK_FLORIN_DUKPT_BOTH_WAYS 3 /* AES DUKPT only */

/* What a working key of AES DUKPT is for; 0 under a TDES BDK. */
#define CK_FLORIN_DUKPT_KEY_TDES2 1
#define CK_FLORIN_DUKPT_KEY_TDES3 2
#define CK_FLORIN_DUKPT_KEY_AES128 3
#define CK_FLORIN_DUKPT_KEY_AES192 4
#define CK_FLORIN_DUKPT_KEY_AES256 5
#define CK_FLORIN_DUKPT_KEY_HMAC128 6
#define CK_FLORIN_DUKPT_KEY_HMAC192 7
#define CK_FLORIN_DUKPT_KEY_HMAC256 8

/* One transaction of one terminal. 16 bytes. */
typedef struct CK_FLORIN_DUKPT_TRANSACTION {
  CK_BYTE ksn[12];   /* the rest zero */
  CK_BYTE ksnLength; /* TDES BDK: 10, or 8 without FFFF; AES BDK: 12, or 10 in compatibility mode */
  CK_BYTE direction; /* CK_FLORIN_DUKPT_REQUEST, _RESPONSE or _BOTH_WAYS */
  CK_BYTE keyType;   /* CK_FLORIN_DUKPT_KEY_*; 0 under a TDES BDK */
  CK_BYTE reserved;
} CK_FLORIN_DUKPT_TRANSACTION;

/* DUKPT; PINs and issuer scripts; key blocks and key agreement. */
#include "florin/pkcs11/florin_dukpt.h"
#include "florin/pkcs11/florin_key_exchange.h"
#include "florin/pkcs11/florin_pkcs11_pin.h"
#include "florin/pkcs11/florin_tr34.h"

/* --- the interface "Vendor Florin" ------------------------------------------------------------ */

/* C_GetInterface("Vendor Florin", {1, 0}, &interface, 0) gives a FLORIN_FUNCTION_LIST_1_0. */
#define FLORIN_INTERFACE_NAME "Vendor Florin"
#define FLORIN_INTERFACE_VERSION_MAJOR 1
#define FLORIN_INTERFACE_VERSION_MINOR 0

/* The most items of one call. */
#define CK_FLORIN_MAX_BATCH 65536UL

typedef struct CK_FLORIN_BATCH_ITEM {
  CK_VOID_PTR pParameter;  /* this item's mechanism parameter; NULL: the parameter of the call */
  CK_ULONG ulParameterLen; /* 0 where pParameter is NULL */
  CK_BYTE_PTR pInput;
  CK_ULONG ulInputLen;
  CK_BYTE_PTR pOutput;  /* the result; for CKF_VERIFY the signature to check, which is only read */
  CK_ULONG ulOutputLen; /* in: room at pOutput, or length of the signature; out: bytes written */
  CK_RV rv;             /* out: what the single call would have returned */
} CK_FLORIN_BATCH_ITEM;
typedef CK_FLORIN_BATCH_ITEM* CK_FLORIN_BATCH_ITEM_PTR;

/* Runs one verb over `ulCount` items under one key. The results equal those of single calls of
 * Init and the verb; there is no length query (pOutput NULL gives CKR_ARGUMENTS_BAD in rv).
 *   verb    CKF_SIGN, CKF_VERIFY, CKF_ENCRYPT or CKF_DECRYPT.
 *   Returns CKR_OK when every item was run, whatever its rv says; anything else (a wrong session,
 *           key, mechanism, or a key that the mechanism may not use) means that no item was run.
 * No operation may be active in the session for the verb; none is active afterwards. */
typedef CK_RV (*CK_C_FlorinProcessBatch)(CK_SESSION_HANDLE hSession, CK_FLAGS verb,
                                         CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey,
                                         CK_FLORIN_BATCH_ITEM_PTR pItems, CK_ULONG ulCount);

typedef struct FLORIN_FUNCTION_LIST_1_0 {
  CK_VERSION version; /* {1, 0} */
  CK_C_FlorinProcessBatch C_FlorinProcessBatch;
} FLORIN_FUNCTION_LIST_1_0;
typedef FLORIN_FUNCTION_LIST_1_0* FLORIN_FUNCTION_LIST_1_0_PTR;

#ifdef __cplusplus
}
#endif
