/* TR-34 (X9.139) in florin_pkcs11.h: keys from a key distribution host (KDH) to a key receiving
 * device (KRD), signed by the one and encrypted to the other.
 *
 * Plain C, included by florin_pkcs11.h.
 */
#pragma once

#include "florin/pkcs11/florin_pkcs11.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Who may be the other side of a private RSA key with header usage "K2", which exchanges nothing
 * without: 33 bytes. The first 32 are SHA-256 of the SubjectPublicKeyInfo of the authority that
 * issues the peers' certificates; the last is 0, or CK_FLORIN_TR34_NO_LIST. Given when a key is
 * created or generated; read-only afterwards. Refused on derived and unwrapped keys. */
#define CKA_FLORIN_TR34_PEERS (CKA_FLORIN_PREFIX | 0x05UL)
#define CK_FLORIN_TR34_PEERS_LENGTH 33
#define CK_FLORIN_TR34_NO_LIST 1 /* that authority publishes no revocation list */

/* A key in a token of TR-34.
 *   Functions  C_WrapKey by the KDH, C_UnwrapKey by the KRD.
 *   Key        CKK_RSA private with header usage "K2" and CKA_FLORIN_TR34_PEERS: mode of use S with
 *              CKA_WRAP, or mode of use D with CKA_UNWRAP. CKA_FLORIN_KEY_BLOCK_POLICY names
 *              exceptions from the norm.
 *   Target     as CKM_FLORIN_KEY_BLOCK.
 *   Parameter  CK_FLORIN_TR34_PARAMS. Pointers that are not needed are NULL with length 0.
 *   Result     the token, DER. The length that C_WrapKey tells is an upper bound.
 *   Template   of C_UnwrapKey: as CKM_FLORIN_KEY_BLOCK.
 *   Returns    as CKM_FLORIN_KEY_BLOCK; CKR_WRAPPED_KEY_INVALID also for a token that is too old or
 *              not later than the last, CKR_KEY_NOT_WRAPPABLE also for a peer that is not one.
 * A session may choose the authority of a key that it makes. So an ordinary token refuses the KDH's
 * side, and what a token of TR-34 brings carries no keys there. */
#define CKM_FLORIN_TR34_KEY_TOKEN (CK_FLORIN_PREFIX | 0x42UL)

#define CK_FLORIN_TR34_TDES_CBC 1
#define CK_FLORIN_TR34_AES128_CBC 2
#define CK_FLORIN_TR34_AES192_CBC 3
#define CK_FLORIN_TR34_AES256_CBC 4

typedef struct CK_FLORIN_TR34_PARAMS {
  CK_ULONG ulVersion;       /* CK_FLORIN_VERSION_1 */
  CK_BYTE_PTR pCertificate; /* DER, at most 8192 bytes: of the key that it runs under, */
  CK_ULONG ulCertificateLen;
  CK_BYTE_PTR pPeer; /* of the other side, */
  CK_ULONG ulPeerLen;
  CK_BYTE_PTR pPeerAuthority; /* and of the authority that issued that */
  CK_ULONG ulPeerAuthorityLen;
  CK_BYTE_PTR pPeerList; /* C_WrapKey: revocation list of the KRDs' authority, at most 32 KiB */
  CK_ULONG ulPeerListLen;
  CK_BYTE_PTR pList; /* C_WrapKey: list of the own authority, which goes into the token */
  CK_ULONG ulListLen;
  CK_BYTE_PTR pRandom; /* two passes: the KRD's random number, 8..16 bytes; one pass: NULL */
  CK_ULONG ulRandomLen;
  CK_BYTE_PTR pOptionalBlocks; /* C_WrapKey: whole optional blocks of the header, ASCII */
  CK_ULONG ulOptionalBlocksLen;
  CK_ULONG ulOptionalBlocks; /* their number */
  CK_ULONG ulAfter;          /* C_UnwrapKey, one pass: the time of the last token, in seconds since
                                1970, or 0; at most 2^62 */
  CK_ULONG cipher;           /* C_WrapKey: CK_FLORIN_TR34_*; C_UnwrapKey: 0 */
} CK_FLORIN_TR34_PARAMS;
typedef CK_FLORIN_TR34_PARAMS* CK_FLORIN_TR34_PARAMS_PTR;

/* The KDH lets go of a KRD, or hands it over to the KDH that follows.
 *   Functions  C_Sign by the KDH, of no data: the signature is the token. C_Verify by the KRD, of
 *              no data, with the token as the signature: then the device may act on it.
 *   Key        as CKM_FLORIN_TR34_KEY_TOKEN: mode of use S with CKA_SIGN, or D with CKA_VERIFY.
 *   Parameter  CK_FLORIN_TR34_UNBIND_PARAMS. */
#define CKM_FLORIN_TR34_UNBIND (CK_FLORIN_PREFIX | 0x43UL)

/* Fields as in CK_FLORIN_TR34_PARAMS. */
typedef struct CK_FLORIN_TR34_UNBIND_PARAMS {
  CK_ULONG ulVersion; /* CK_FLORIN_VERSION_1 */
  CK_BYTE_PTR pCertificate;
  CK_ULONG ulCertificateLen;
  CK_BYTE_PTR pPeer;
  CK_ULONG ulPeerLen;
  CK_BYTE_PTR pPeerAuthority;
  CK_ULONG ulPeerAuthorityLen;
  CK_BYTE_PTR pPeerList; /* C_Sign of a token that rebinds, as all lists here */
  CK_ULONG ulPeerListLen;
  CK_BYTE_PTR pList;
  CK_ULONG ulListLen;
  CK_BYTE_PTR pRandom; /* the KRD's random number, 8..16 bytes */
  CK_ULONG ulRandomLen;
  CK_BYTE_PTR pNext; /* the certificate of the KDH that follows; NULL: nobody does */
  CK_ULONG ulNextLen;
  CK_BYTE_PTR pOwnAuthority; /* C_Sign of a token that rebinds: who issued the own certificate and
                                that of pNext */
  CK_ULONG ulOwnAuthorityLen;
} CK_FLORIN_TR34_UNBIND_PARAMS;
typedef CK_FLORIN_TR34_UNBIND_PARAMS* CK_FLORIN_TR34_UNBIND_PARAMS_PTR;

#ifdef __cplusplus
}
#endif
