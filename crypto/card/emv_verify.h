// An ARQC read from field 55, against the issuer's key: card keys, verdict, trace.
#pragma once

#include "crypto/primitives/cipher.h"
#include "florin/base/pan.h"
#include "florin/card/emv.h"
#include "florin/card/emv_arqc.h"
#include "florin/card/emv_trace.h"

namespace florin::card {

// The keys of one card's transaction.
struct EmvCardKeys {
  EmvKey icc_key;
  EmvKey session_key;

  const EmvKey& ArpcKey(EmvArpcKey which) const {
    return which == EmvArpcKey::kMasterKey ? icc_key : session_key;
  }
};

// Errors: those of DeriveIccMasterKey and DeriveSessionKey. `pan` is the one ReadEmvArqc was given.
Result<EmvCardKeys> DeriveCardKeys(const EmvKey& issuer_key, const EmvArqc& arqc, const Pan& pan);

// The same with the schedule of an issuer key of `key_size` bytes (see DeriveIccMasterKeyWith).
Result<EmvCardKeys> DeriveCardKeysWith(const primitives::KeyedCipher& issuer_key,
                                       const EmvArqc& arqc, const Pan& pan,
                                       std::size_t key_size = kEmvTdesKeySize);

// kVerificationFailed unless `cryptogram` is that of `data` (see ApplicationCryptogram).
Status VerifyCryptogram(const EmvKey& session_key, EmvPadding padding, ByteView data,
                        ByteView cryptogram);

// kVerificationFailed unless the ARQC is the one that the keys give.
Status VerifyArqc(const EmvCardKeys& keys, const EmvArqc& arqc);

Result<EmvArqcTrace> TraceArqc(const EmvKey& issuer_key, const EmvArqc& arqc, const Pan& pan);

}  // namespace florin::card
