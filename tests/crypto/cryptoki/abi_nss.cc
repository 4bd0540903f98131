#include "tests/crypto/cryptoki/abi_table.h"

#ifdef FLORIN_HAVE_NSS_HEADERS

#include <pkcs11.h>

// C_Initialize of NSS takes one more field, its library parameters.
#define ABI_WITHOUT_CK_C_INITIALIZE_ARGS
#define ABI_WITHOUT_CK_CCM_MESSAGE_PARAMS
#define ABI_WITHOUT_CK_GCM_PARAMS
#define ABI_WITHOUT_CK_GCM_PARAMS_WITHOUT_IV_BITS
#define ABI_WITHOUT_CK_PKCS5_PBKD2_PARAMS2

namespace {
constexpr AbiEntry kEntries[] = {
#include "abi_names.inc"
};
// Its name for the struct of the standard.
static_assert(sizeof(CK_GCM_PARAMS_V3) == 6 * sizeof(CK_ULONG));
}  // namespace

AbiTable NssAbi() { return {kEntries, sizeof(kEntries) / sizeof(kEntries[0])}; }

#else

AbiTable NssAbi() { return {nullptr, 0}; }

#endif
