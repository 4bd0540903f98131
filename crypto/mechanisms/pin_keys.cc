#include "crypto/mechanisms/pin_keys.h"

#include "crypto/mechanisms/dukpt_keys.h"

namespace florin::mechanisms {
namespace {

using card::AesDukptKeyType;
using card::PinKeyAlgorithm;

constexpr DukptUsages kPinUsages = {card::TdesDukptUsage::kPin, card::AesDukptUsage::kPin};

Error BadBlock(const char* message) { return {ErrorCode::kInvalidArgument, message}; }

// BDKs have usage B0, and the rule table opens PIN mechanisms to keys with headers only.
bool IsBdk(const Key& key) { return key.rules().header->usage() == "B0"; }

Status CheckTransactionOfPin(const DukptTransaction& transaction, const Key& bdk) {
  FLORIN_CHECK_OK(CheckTransaction(transaction, bdk));
  if (transaction.direction != DukptDirection::kRequest) {
    return BadBlock("DUKPT: PIN keys have no direction; leave kRequest");
  }
  if (IsHmac(transaction)) return BadBlock("DUKPT: a working key of type HMAC encrypts no PIN");
  return OkStatus();
}

bool IsAes(const PinBlock& block, const Key& key) {
  if (block.dukpt.has_value()) return !IsTdes(*block.dukpt);
  return key.rules().type == KeyType::kAes;
}

}  // namespace

Status CheckPinBlock(const PinBlock& block, const Key& key, const Pan* pan) {
  if (block.profile.format > card::PinBlockFormat::kFormat4 ||
      block.profile.format == card::PinBlockFormat::kFormat2) {
    return BadBlock("PIN blocks have format 0, 1, 3 or 4 here");
  }
  if (!block.profile.lengths.Valid()) {
    return BadBlock("PIN lengths lie within 4 to 12 digits, the shortest not above the longest");
  }
  if (card::BindsPan(block.profile.format) && (pan == nullptr || pan->empty())) {
    return BadBlock("PIN block formats 0, 3 and 4 need the PAN");
  }
  if (block.dukpt.has_value() != IsBdk(key)) {
    return BadBlock(IsBdk(key) ? "a block under a BDK needs the KSN of its transaction"
                               : "a KSN belongs to a BDK, and this key is none");
  }
  if (block.dukpt.has_value()) {
    FLORIN_CHECK_OK(CheckTransactionOfPin(*block.dukpt, key));
  } else {
    FLORIN_CHECK_OK(key.schedules().Cipher());
  }
  if (IsAes(block, key) != (block.profile.format == card::PinBlockFormat::kFormat4)) {
    return BadBlock("PIN block format 4 goes under AES keys only, formats 0 to 3 under TDES keys");
  }
  return OkStatus();
}

card::PinKeyProperties PinPropertiesOf(const PinBlock& block, const Key& key) {
  const PinKeyMarks& marks = key.rules().pin;
  card::PinKeyProperties properties{.zone_key = marks.zone_key,
                                    .forbid_aes_to_tdes = marks.forbid_aes_to_tdes};
  if (IsAes(block, key)) {
    properties.algorithm = PinKeyAlgorithm::kAes;
  } else {
    const bool three_keys = block.dukpt.has_value()
                                ? block.dukpt->key_type == AesDukptKeyType::kTdes3
                                : key.rules().length == 24;
    properties.algorithm =
        three_keys ? PinKeyAlgorithm::kThreeKeyTdes : PinKeyAlgorithm::kTwoKeyTdes;
  }
  return properties;
}

Result<PinBlockCipher> PinBlockCipher::Create(const PinBlock& block, const Key& key) {
  PinBlockCipher made;
  if (!block.dukpt.has_value()) {
    FLORIN_TRY(made.own_, key.schedules().Cipher());
    return made;
  }
  FLORIN_TRY(made.working_,
             WithWorkingKey(*block.dukpt, kPinUsages, key, [&](ByteView working_key) {
               return IsTdes(*block.dukpt) ? primitives::OnceCipher::Tdes(working_key)
                                           : primitives::OnceCipher::Aes(working_key);
             }));
  return made;
}

const Pan& PanOrNone(const Pan* pan) {
  static const Pan kNone;
  return pan == nullptr ? kNone : *pan;
}

}  // namespace florin::mechanisms
