// The mechanisms of key_exchange_mechanisms.h <-> the structs of florin_pkcs11.h, and the policy of
// a KBPK <-> CKA_FLORIN_KEY_BLOCK_POLICY. Part of the mechanism and attribute codecs.
#pragma once

#include <cstdint>

#include "crypto/cryptoki/pkcs11.h"
#include "florin/base/result.h"
#include "florin/card/key_block.h"
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

}  // namespace florin::cryptoki
