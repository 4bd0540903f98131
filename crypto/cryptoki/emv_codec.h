// The EMV mechanisms <-> the structs of florin_pkcs11.h. Part of the mechanism codec.
#pragma once

#include "crypto/cryptoki/pkcs11.h"
#include "florin/base/pan.h"
#include "florin/base/result.h"
#include "florin/mechanisms/mechanism.h"

namespace florin::cryptoki {

// Encoding overwrites all of `out`, which then holds a PAN: wipe it after use. Errors:
// kInvalidArgument for a card without PAN and fields out of range.
Status EncodeEmvCryptogram(const mechanisms::EmvCryptogram& in,
                           CK_FLORIN_EMV_CRYPTOGRAM_PARAMS& out);
Status EncodeEmvArpc(const mechanisms::EmvArpc& in, CK_FLORIN_EMV_ARPC_PARAMS& out);
Status EncodeEmvVerifiedArpc(const mechanisms::EmvVerifiedArpc& in,
                             CK_FLORIN_EMV_VERIFIED_ARPC_PARAMS& out);
Status EncodeEmvAuthorization(const mechanisms::EmvAuthorization& in,
                              CK_FLORIN_EMV_AUTHORIZATION_PARAMS& out);
Status EncodeEmvArqcTrace(const mechanisms::EmvArqcTrace& in, CK_FLORIN_EMV_ARQC_TRACE_PARAMS& out);

// Decoding takes untrusted fields. `out` refers to `pan`, and its proprietary data to the same
// field of `in`. Errors: kInvalidArgument with CKR_MECHANISM_PARAM_INVALID.
Status DecodeEmvCryptogram(const CK_FLORIN_EMV_CRYPTOGRAM_PARAMS& in,
                           mechanisms::EmvCryptogram& out, Pan& pan);
Status DecodeEmvArpc(const CK_FLORIN_EMV_ARPC_PARAMS& in, mechanisms::EmvArpc& out, Pan& pan);
Status DecodeEmvVerifiedArpc(const CK_FLORIN_EMV_VERIFIED_ARPC_PARAMS& in,
                             mechanisms::EmvVerifiedArpc& out, Pan& pan);
Status DecodeEmvAuthorization(const CK_FLORIN_EMV_AUTHORIZATION_PARAMS& in,
                              mechanisms::EmvAuthorization& out, Pan& pan);
Status DecodeEmvArqcTrace(const CK_FLORIN_EMV_ARQC_TRACE_PARAMS& in, mechanisms::EmvArqcTrace& out,
                          Pan& pan);

}  // namespace florin::cryptoki
