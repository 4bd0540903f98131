// The function lists that C_GetFunctionList and C_GetInterface give out. Constants.
#pragma once

#include "crypto/cryptoki/pkcs11.h"

namespace florin::hsm_sim {

const CK_FUNCTION_LIST& FunctionList240();
const CK_FUNCTION_LIST_3_0& FunctionList30();
const FLORIN_FUNCTION_LIST_1_0& VendorFunctionList();

}  // namespace florin::hsm_sim
