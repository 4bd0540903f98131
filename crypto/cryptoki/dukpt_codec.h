// The mechanisms of dukpt_mechanisms.h <-> the structs of florin_dukpt.h. Part of the mechanism
// codec.
#pragma once

#include <cstdint>

#include "crypto/cryptoki/pkcs11.h"
#include "florin/base/result.h"
#include "florin/mechanisms/mechanism.h"

namespace florin::cryptoki {

// A transaction, as part of other structs. Encoding writes to zeros; decoding: as below.
Status EncodeTransaction(const mechanisms::DukptTransaction& in, CK_FLORIN_DUKPT_TRANSACTION& out);
Status DecodeTransaction(const CK_FLORIN_DUKPT_TRANSACTION& in, const std::uint8_t* original,
                         mechanisms::DukptTransaction& out);

// Encoding overwrites all of `out`. Errors: kInvalidArgument for fields out of range.
Status EncodeDukptMac(const mechanisms::DukptMac& in, CK_FLORIN_DUKPT_MAC_PARAMS& out);
Status EncodeDukptData(const mechanisms::DukptData& in, CK_FLORIN_DUKPT_DATA_PARAMS& out);
Status EncodeDukptDeviceKey(const mechanisms::DukptDeviceKey& in,
                            CK_FLORIN_DUKPT_DEVICE_KEY_PARAMS& out);

// Decoding takes untrusted fields. `in` is a copy of the struct at `original`, which may lie at any
// address; the views of `out` point there. Errors: kInvalidArgument with
// CKR_MECHANISM_PARAM_INVALID.
Status DecodeDukptMac(const CK_FLORIN_DUKPT_MAC_PARAMS& in, const std::uint8_t* original,
                      mechanisms::DukptMac& out);
Status DecodeDukptData(const CK_FLORIN_DUKPT_DATA_PARAMS& in, const std::uint8_t* original,
                       mechanisms::DukptData& out);
Status DecodeDukptDeviceKey(const CK_FLORIN_DUKPT_DEVICE_KEY_PARAMS& in,
                            const std::uint8_t* original, mechanisms::DukptDeviceKey& out);

}  // namespace florin::cryptoki
