// The functions of the interface "Vendor Florin"; florin_pkcs11.h says what they do.
#pragma once

#include "crypto/cryptoki/pkcs11.h"

namespace florin::hsm_sim {

extern "C" {

CK_RV ProcessBatch(CK_SESSION_HANDLE session, CK_FLAGS verb, CK_MECHANISM_PTR mechanism,
                   CK_OBJECT_HANDLE key, CK_FLORIN_BATCH_ITEM_PTR items, CK_ULONG count);

}  // extern "C"

}  // namespace florin::hsm_sim
