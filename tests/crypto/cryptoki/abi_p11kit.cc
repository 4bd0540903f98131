#include <p11-kit/pkcs11.h>

#include "tests/crypto/cryptoki/abi_table.h"

// Structs that the oldest p11-kit supported (Debian 12) does not have.
#define ABI_WITHOUT_CK_CCM_MESSAGE_PARAMS
#define ABI_WITHOUT_CK_CCM_PARAMS
#define ABI_WITHOUT_CK_DERIVED_KEY
#define ABI_WITHOUT_CK_ECDH2_DERIVE_PARAMS
#define ABI_WITHOUT_CK_ECDH_AES_KEY_WRAP_PARAMS
#define ABI_WITHOUT_CK_FUNCTION_LIST_3_0
#define ABI_WITHOUT_CK_GCM_MESSAGE_PARAMS
#define ABI_WITHOUT_CK_GCM_PARAMS_WITHOUT_IV_BITS
#define ABI_WITHOUT_CK_HKDF_PARAMS
#define ABI_WITHOUT_CK_INTERFACE
#define ABI_WITHOUT_CK_PKCS5_PBKD2_PARAMS2
#define ABI_WITHOUT_CK_PRF_DATA_PARAM
#define ABI_WITHOUT_CK_SALSA20_CHACHA20_POLY1305_PARAMS
#define ABI_WITHOUT_CK_SP800_108_COUNTER_FORMAT
#define ABI_WITHOUT_CK_SP800_108_DKM_LENGTH_FORMAT
#define ABI_WITHOUT_CK_SP800_108_KDF_PARAMS

namespace {
constexpr AbiEntry kEntries[] = {
#include "abi_names.inc"
};
}  // namespace

AbiTable P11KitAbi() { return {kEntries, sizeof(kEntries) / sizeof(kEntries[0])}; }
