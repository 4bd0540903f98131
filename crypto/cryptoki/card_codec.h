// The mechanisms of card_mechanisms.h <-> the structs of florin_pkcs11.h. Part of the mechanism
// codec.
#pragma once

#include "crypto/cryptoki/pkcs11.h"
#include "florin/base/pan.h"
#include "florin/base/result.h"
#include "florin/mechanisms/mechanism.h"

namespace florin::cryptoki {

// Encoding overwrites all of `out`, which may then hold a PAN: wipe it after use. Fields that the
// kind does not take are left out. Errors: kInvalidArgument (no PAN, fields out of range).
Status EncodeIso9797Mac(const mechanisms::Iso9797Mac& in, CK_FLORIN_ISO9797_MAC_PARAMS& out);
Status EncodeCardVerification(const mechanisms::CardVerification& in,
                              CK_FLORIN_CARD_VERIFICATION_PARAMS& out);
Status EncodeThreeDs(const mechanisms::ThreeDsAuthentication& in, CK_FLORIN_3DS_PARAMS& out);

// Decoding takes untrusted fields. `out` refers to `pan`. Errors: kInvalidArgument with
// CKR_MECHANISM_PARAM_INVALID, also for fields that the kind does not take and that are not zero.
Status DecodeIso9797Mac(const CK_FLORIN_ISO9797_MAC_PARAMS& in, mechanisms::Iso9797Mac& out);
Status DecodeCardVerification(const CK_FLORIN_CARD_VERIFICATION_PARAMS& in,
                              mechanisms::CardVerification& out, Pan& pan);
Status DecodeThreeDs(const CK_FLORIN_3DS_PARAMS& in, mechanisms::ThreeDsAuthentication& out,
                     Pan& pan);

}  // namespace florin::cryptoki
