// The mechanisms of key_exchange_mechanisms.h <-> the structs of florin_pkcs11.h, the policy of
// a KBPK <-> CKA_FLORIN_KEY_BLOCK_POLICY, peers of TR-34 <-> CKA_FLORIN_TR34_PEERS. Part of the
// mechanism and attribute codecs.
#pragma once

#include <array>
#include <cstdint>

#include "crypto/cryptoki/pkcs11.h"
#include "florin/base/result.h"
#include "florin/card/key_block.h"
#include "florin/mechanisms/key_rules.h"
#include "florin/mechanisms/mechanism.h"

namespace florin::cryptoki {

// Encoding overwrites all of `out`. Errors: kInvalidArgument for fields out of range.
Status EncodeKeyBlockWrap(const mechanisms::KeyBlockWrap& in, CK_FLORIN_KEY_BLOCK_PARAMS& out);
Status EncodeKeyAgreement(const mechanisms::EcdhKeyAgreement& in,
                          CK_FLORIN_ECDH_KEY_AGREEMENT_PARAMS& out);

// Decoding takes untrusted fields. `in` is a copy of the struct at `original`, which may lie at any
// address; the views of `out` point there. Errors: kInvalidArgument with
// CKR_MECHANISM_PARAM_INVALID.
Status DecodeKeyBlockWrap(const CK_FLORIN_KEY_BLOCK_PARAMS& in, const std::uint8_t* original,
                          mechanisms::KeyBlockWrap& out);
Status DecodeKeyAgreement(const CK_FLORIN_ECDH_KEY_AGREEMENT_PARAMS& in,
                          const std::uint8_t* original, mechanisms::EcdhKeyAgreement& out);

// The bits of CK_FLORIN_KEY_BLOCK_*; 0 for a policy that puts up with nothing. What has no bit is
// refused to every key (CheckRules) and not written.
CK_ULONG EncodeKeyBlockPolicy(const card::KeyBlockImportPolicy& import_policy,
                              const card::KeyBlockExportPolicy& export_policy);

// kInvalidArgument with CKR_ATTRIBUTE_VALUE_INVALID for bits that mean nothing.
Status DecodeKeyBlockPolicy(CK_ULONG bits, card::KeyBlockImportPolicy& import_policy,
                            card::KeyBlockExportPolicy& export_policy);

// Tokens of TR-34; their views are the caller's memory.
Status EncodeTr34Unbind(const mechanisms::Tr34Unbind& in, CK_FLORIN_TR34_UNBIND_PARAMS& out);
Status DecodeTr34Unbind(const CK_FLORIN_TR34_UNBIND_PARAMS& in, mechanisms::Tr34Unbind& out);
Status EncodeTr34KeyToken(const mechanisms::Tr34KeyToken& in, CK_FLORIN_TR34_PARAMS& out);
Status DecodeTr34KeyToken(const CK_FLORIN_TR34_PARAMS& in, mechanisms::Tr34KeyToken& out);

// CKA_FLORIN_HMAC_HASH. kInvalidArgument with CKR_ATTRIBUTE_VALUE_INVALID.
CK_ULONG EncodeHmacHash(Hash hash);
Result<Hash> DecodeHmacHash(CK_ULONG number);

// CKA_FLORIN_TR34_PEERS. kInvalidArgument with CKR_ATTRIBUTE_VALUE_INVALID.
using Tr34PeersValue = std::array<std::uint8_t, CK_FLORIN_TR34_PEERS_LENGTH>;
Tr34PeersValue EncodeTr34Peers(const mechanisms::Tr34Peers& peers);
Result<mechanisms::Tr34Peers> DecodeTr34Peers(ByteView value);

}  // namespace florin::cryptoki
