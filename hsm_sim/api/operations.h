// What signing, verifying, encrypting and decrypting have in common: Init, one part, many parts.
#pragma once

#include "crypto/cryptoki/mechanism_codec.h"
#include "hsm_sim/api/shell.h"

namespace florin::hsm_sim {

// The key object of a handle, ready for use. `invalid` is the CK_RV where there is no such key;
// CKR_USER_NOT_LOGGED_IN where its material is sealed, CKR_DEVICE_ERROR where it is damaged. Valid
// until the session looks the next one up.
Result<const Object*> FindKey(Session& session, CK_OBJECT_HANDLE handle,
                              CK_RV invalid = CKR_KEY_HANDLE_INVALID);

// Whether the key may do this, told as the standard wants it told: CKR_KEY_TYPE_INCONSISTENT before
// CKR_KEY_FUNCTION_NOT_PERMITTED.
Status CheckKeyUse(const Session& session, mechanisms::Verb verb, CK_MECHANISM_TYPE mechanism,
                   const Object& key, CK_RV wrong_type = CKR_KEY_TYPE_INCONSISTENT);

// C_*Init. A null mechanism cancels what is active.
Status InitOperation(Session& session, mechanisms::Verb verb, const CK_MECHANISM* mechanism,
                     CK_OBJECT_HANDLE key);

// Reads what a caller gave, as far as the module's quirks let it pass: DecodedMechanism says how.
Status Decode(const Session& session, const CK_MECHANISM* mechanism,
              cryptoki::DecodedMechanism& decoded);

// Puts the keys that a decoded mechanism names beside the main one into it.
Result<mechanisms::HeldKeys> FindOtherKeys(Session& session, CK_MECHANISM_TYPE number,
                                           mechanisms::Mechanism& mechanism);

// C_*Init for a mechanism that was decoded already, going to `phase`; finds its other keys.
Status PrepareOperation(Session& session, mechanisms::Verb verb, CK_MECHANISM_TYPE number,
                        mechanisms::Mechanism& mechanism, CK_OBJECT_HANDLE key, Phase phase);

// True where no operation of the verb is active, after a look whether a logout ended it.
bool IsIdle(Session& session, VerbState& state);

struct Output {
  CK_BYTE* bytes;    // null: only the length is asked
  CK_ULONG* length;  // in: room; out: bytes needed or written
};

// C_Sign, C_Encrypt, C_Decrypt.
Status RunSinglePart(Session& session, mechanisms::Verb verb, const CK_BYTE* data, CK_ULONG length,
                     Output output);
// C_SignUpdate, C_VerifyUpdate (no output), C_EncryptUpdate, C_DecryptUpdate.
Status UpdateParts(Session& session, mechanisms::Verb verb, const CK_BYTE* part, CK_ULONG length,
                   Output output);
// C_SignFinal, C_EncryptFinal, C_DecryptFinal.
Status FinishParts(Session& session, mechanisms::Verb verb, Output output);

// C_Verify.
Status VerifySinglePart(Session& session, const CK_BYTE* data, CK_ULONG length,
                        const CK_BYTE* signature, CK_ULONG signature_length);
// C_VerifyFinal.
Status FinishVerify(Session& session, const CK_BYTE* signature, CK_ULONG signature_length);

// The CK_RV of an error of running an operation.
Error RunError(const Error& error, mechanisms::Verb verb);

// CKR_ARGUMENTS_BAD where the two overlap without being the same memory.
Status CheckOverlap(ByteView input, const CK_BYTE* output, std::size_t output_length);

}  // namespace florin::hsm_sim
