// The mechanisms of PINs and issuer scripts <-> the structs of florin_pkcs11.h. Part of the
// mechanism codec.
#pragma once

#include <cstdint>

#include "crypto/cryptoki/pkcs11.h"
#include "florin/base/pan.h"
#include "florin/base/result.h"
#include "florin/mechanisms/mechanism.h"

namespace florin::cryptoki {

// Encoding overwrites all of `out`; the handles of other keys are object handles already. Errors:
// kInvalidArgument for fields out of range.
Status Encode(const mechanisms::EmvScriptMac& in, CK_FLORIN_EMV_SCRIPT_MAC_PARAMS& out);
Status Encode(const mechanisms::EmvScriptEncryption& in,
              CK_FLORIN_EMV_SCRIPT_ENCRYPTION_PARAMS& out);
Status Encode(const mechanisms::EmvPinChange& in, CK_FLORIN_EMV_PIN_CHANGE_PARAMS& out);
Status Encode(const mechanisms::PinTranslation& in, CK_FLORIN_PIN_TRANSLATION_PARAMS& out);
Status Encode(const mechanisms::PinVerification& in, CK_FLORIN_PIN_VERIFICATION_PARAMS& out);
Status Encode(const mechanisms::PinChange& in, CK_FLORIN_PIN_CHANGE_PARAMS& out);
Status Encode(const mechanisms::PinGeneration& in, CK_FLORIN_PIN_GENERATION_PARAMS& out);

// Decoding takes untrusted fields. `in` is a copy of the struct at `original`, which may lie at any
// address; the views of `out` point there, its PAN is `pan`. Errors: kInvalidArgument with
// CKR_MECHANISM_PARAM_INVALID.
Status Decode(const CK_FLORIN_EMV_SCRIPT_MAC_PARAMS& in, const std::uint8_t* original,
              mechanisms::EmvScriptMac& out, Pan& pan);
Status Decode(const CK_FLORIN_EMV_SCRIPT_ENCRYPTION_PARAMS& in, const std::uint8_t* original,
              mechanisms::EmvScriptEncryption& out, Pan& pan);
Status Decode(const CK_FLORIN_EMV_PIN_CHANGE_PARAMS& in, const std::uint8_t* original,
              mechanisms::EmvPinChange& out, Pan& pan);
Status Decode(const CK_FLORIN_PIN_TRANSLATION_PARAMS& in, const std::uint8_t* original,
              mechanisms::PinTranslation& out, Pan& pan);
Status Decode(const CK_FLORIN_PIN_VERIFICATION_PARAMS& in, const std::uint8_t* original,
              mechanisms::PinVerification& out, Pan& pan);
Status Decode(const CK_FLORIN_PIN_CHANGE_PARAMS& in, const std::uint8_t* original,
              mechanisms::PinChange& out, Pan& pan);
Status Decode(const CK_FLORIN_PIN_GENERATION_PARAMS& in, const std::uint8_t* original,
              mechanisms::PinGeneration& out, Pan& pan);

}  // namespace florin::cryptoki
