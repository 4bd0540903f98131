// A PKCS#11 module that answers as a test tells it to: for faults no real module shows on demand.
#pragma once

#include <array>
#include <cstddef>

#include "florin/pkcs11/pkcs11.h"

namespace florin::pkcs11 {

enum FakeFunction : std::size_t {
  kFakeInitialize,
  kFakeFinalize,
  kFakeOpenSession,
  kFakeCloseSession,
  kFakeLogin,
  kFakeCreateObject,
  kFakeDestroyObject,
  kFakeGetAttributeValue,
  kFakeFindObjectsInit,
  kFakeFindObjects,
  kFakeFindObjectsFinal,
  kFakeGenerateKeyPair,
  kFakeDeriveKey,
  kFakeWrapKey,
  kFakeUnwrapKey,
  kFakeSignInit,
  kFakeSign,
  kFakeVerifyInit,
  kFakeVerify,
  kFakeEncryptInit,
  kFakeEncrypt,
  kFakeDecryptInit,
  kFakeDecrypt,
  kFakeGenerateRandom,
  kFakeFunctionCount,
};

// Shared between the module and the test. One thread at a time.
struct FakeControl {
  std::array<CK_RV, kFakeFunctionCount> answer;  // CKR_OK: do what the function does
  std::array<std::size_t, kFakeFunctionCount> calls;
  CK_EC_KDF_TYPE only_kdf;   // C_DeriveKey refuses every other; 0: takes all
  CK_RV kdf_refusal;         // how it refuses
  CK_RV point_refusal;       // C_DeriveKey answers this to a point that does not end in 0
  CK_ULONG output_length;    // what Sign, Encrypt and Decrypt write, and report
  CK_ULONG reported_length;  // if not 0, reported instead
  bool ends_when_too_small;  // CKR_BUFFER_TOO_SMALL ends the operation
  CK_ULONG found;            // how many objects a search finds
  CK_ULONG found_at_once;    // if not 0, what C_FindObjects claims to return
  bool saw_null;             // an operation was given a null pointer

  std::size_t total() const {
    std::size_t sum = 0;
    for (std::size_t count : calls) sum += count;
    return sum;
  }
};

}  // namespace florin::pkcs11

// What the module exports besides C_GetFunctionList.
extern "C" florin::pkcs11::FakeControl* FakeModuleControl();
