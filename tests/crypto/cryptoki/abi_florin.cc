#include "florin/pkcs11/pkcs11.h"
#include "tests/crypto/cryptoki/abi_table.h"

namespace {
constexpr AbiEntry kEntries[] = {
#include "abi_names.inc"
};
}  // namespace

AbiTable FlorinAbi() { return {kEntries, sizeof(kEntries) / sizeof(kEntries[0])}; }
