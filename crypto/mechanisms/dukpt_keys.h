// Working keys of DUKPT for the mechanisms: from a BDK and a transaction to the clear key, for the
// time of one call.
#pragma once

#include "crypto/card/dukpt_aes.h"
#include "crypto/card/dukpt_tdes.h"
#include "crypto/mechanisms/key.h"
#include "crypto/mechanisms/key_schedules.h"
#include "florin/base/result.h"
#include "florin/card/ksn.h"
#include "florin/mechanisms/dukpt_mechanisms.h"

namespace florin::mechanisms {

inline Error BadTransaction(const char* message) { return {ErrorCode::kInvalidArgument, message}; }

// The names that the two norms have for one working key.
struct DukptUsages {
  card::TdesDukptUsage tdes;
  card::AesDukptUsage aes;
};

inline Result<card::AesKsn> ParseAesKsn(ByteView ksn) {
  return ksn.size() == card::AesKsn::kCompatibleSize ? card::AesKsn::ParseCompatible(ksn)
                                                     : card::AesKsn::Parse(ksn);
}

// Makes the schedule of the BDK.
inline Status CheckTransaction(const DukptTransaction& transaction, const Key& bdk) {
  const bool tdes = bdk.rules().type == KeyType::kDes3;
  if (tdes && transaction.key_type.has_value()) {
    return BadTransaction("DUKPT: a TDES BDK has working keys of one type only; name none");
  }
  if (!tdes && !transaction.key_type.has_value()) {
    return BadTransaction("DUKPT: under an AES BDK the type of the working key must be named");
  }
  if (tdes && transaction.direction == DukptDirection::kBothWays) {
    return BadTransaction("DUKPT: TDES working keys are for requests or for responses");
  }
  if (tdes) {
    FLORIN_CHECK_OK(card::TdesKsn::Parse(transaction.ksn));
    FLORIN_CHECK_OK(bdk.schedules().TdesBdk());
  } else {
    FLORIN_CHECK_OK(ParseAesKsn(transaction.ksn));
    FLORIN_CHECK_OK(bdk.schedules().AesBdk());
  }
  return OkStatus();
}

// Calls use(working key) with the clear bytes, which are gone afterwards.
template <class Use>
auto WithWorkingKey(const DukptTransaction& transaction, const DukptUsages& usages, const Key& bdk,
                    const Use& use) -> decltype(use(ByteView())) {
  if (bdk.rules().type == KeyType::kDes3) {
    FLORIN_TRY(const auto ksn, card::TdesKsn::Parse(transaction.ksn));
    FLORIN_TRY(const card::TdesBdk* tdes, bdk.schedules().TdesBdk());
    FLORIN_TRY(const auto working_key, tdes->WorkingKey(ksn, usages.tdes));
    return use(ByteView(working_key.Read(SecretAccess{})));
  }
  FLORIN_TRY(const auto ksn, ParseAesKsn(transaction.ksn));
  FLORIN_TRY(const card::AesBdk* aes, bdk.schedules().AesBdk());
  FLORIN_TRY(const auto working_key, aes->WorkingKey(ksn, usages.aes, *transaction.key_type));
  return use(working_key.Read(SecretAccess{}));
}

inline bool IsTdes(const DukptTransaction& transaction) {
  return !transaction.key_type.has_value() ||
         *transaction.key_type == card::AesDukptKeyType::kTdes2 ||
         *transaction.key_type == card::AesDukptKeyType::kTdes3;
}

inline bool IsHmac(const DukptTransaction& transaction) {
  return transaction.key_type == card::AesDukptKeyType::kHmac128 ||
         transaction.key_type == card::AesDukptKeyType::kHmac192 ||
         transaction.key_type == card::AesDukptKeyType::kHmac256;
}

}  // namespace florin::mechanisms
