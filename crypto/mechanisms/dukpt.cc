// DUKPT: MACs and encryption under the working key of one transaction, derived from the BDK.
#include "crypto/card/dukpt_aes.h"
#include "crypto/card/dukpt_tdes.h"
#include "crypto/card/mac.h"
#include "crypto/mechanisms/implementation.h"
#include "crypto/primitives/aes.h"
#include "crypto/primitives/tdes.h"
#include "florin/card/ksn.h"

namespace florin::mechanisms {
namespace {

using card::AesDukptKeyType;
using card::AesDukptUsage;
using card::TdesDukptUsage;

constexpr std::size_t kMaxMacLength = 32;

Error BadTransaction(const char* message) { return {ErrorCode::kInvalidArgument, message}; }

// The names that the two norms have for one working key.
struct Usages {
  TdesDukptUsage tdes;
  AesDukptUsage aes;
};

Usages MacUsages(DukptDirection direction) {
  switch (direction) {
    case DukptDirection::kRequest:
      return {TdesDukptUsage::kMacRequest, AesDukptUsage::kMacGeneration};
    case DukptDirection::kResponse:
      return {TdesDukptUsage::kMacResponse, AesDukptUsage::kMacVerification};
    case DukptDirection::kBothWays: break;
  }
  return {TdesDukptUsage::kMacRequest, AesDukptUsage::kMacBothWays};
}

Usages DataUsages(DukptDirection direction, bool variant_only) {
  switch (direction) {
    case DukptDirection::kRequest:
      return {variant_only ? TdesDukptUsage::kDataRequestVariantOnly : TdesDukptUsage::kDataRequest,
              AesDukptUsage::kDataEncryption};
    case DukptDirection::kResponse:
      return {
          variant_only ? TdesDukptUsage::kDataResponseVariantOnly : TdesDukptUsage::kDataResponse,
          AesDukptUsage::kDataDecryption};
    case DukptDirection::kBothWays: break;
  }
  return {TdesDukptUsage::kDataRequest, AesDukptUsage::kDataBothWays};
}

Result<card::AesKsn> ParseAesKsn(ByteView ksn) {
  return ksn.size() == card::AesKsn::kCompatibleSize ? card::AesKsn::ParseCompatible(ksn)
                                                     : card::AesKsn::Parse(ksn);
}

Status CheckTransaction(const DukptTransaction& transaction, const Key& bdk) {
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
auto WithWorkingKey(const DukptTransaction& transaction, const Usages& usages, const Key& bdk,
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

bool IsTdes(const DukptTransaction& transaction) {
  return !transaction.key_type.has_value() || *transaction.key_type == AesDukptKeyType::kTdes2 ||
         *transaction.key_type == AesDukptKeyType::kTdes3;
}

bool IsHmac(const DukptTransaction& transaction) {
  return transaction.key_type == AesDukptKeyType::kHmac128 ||
         transaction.key_type == AesDukptKeyType::kHmac192 ||
         transaction.key_type == AesDukptKeyType::kHmac256;
}

std::size_t BlockSize(const DukptTransaction& transaction) {
  return IsTdes(transaction) ? primitives::kTdesBlockSize : primitives::kAesBlockSize;
}

std::size_t WholeMac(const DukptMac& parameter) {
  return parameter.method == DukptMacMethod::kHmacSha256 ? kMaxMacLength
                                                         : BlockSize(parameter.transaction);
}

card::MacMethod MethodOf(const DukptMac& parameter) {
  switch (parameter.method) {
    case DukptMacMethod::kRetail: return card::kX924Mac;
    case DukptMacMethod::kCmac:
      return {.algorithm = IsTdes(parameter.transaction) ? card::MacAlgorithm::kCmacTdes
                                                         : card::MacAlgorithm::kCmacAes};
    case DukptMacMethod::kHmacSha256: break;
  }
  return {.algorithm = card::MacAlgorithm::kHmac};
}

bool Suits(const DukptMac& parameter) {
  const DukptTransaction& transaction = parameter.transaction;
  switch (parameter.method) {
    case DukptMacMethod::kRetail:
      return IsTdes(transaction) && transaction.key_type != AesDukptKeyType::kTdes3;
    case DukptMacMethod::kCmac: return !IsHmac(transaction);
    case DukptMacMethod::kHmacSha256: return IsHmac(transaction);
  }
  return false;
}

class Mac final : public Implementation {
 public:
  Status Check(Verb, const Mechanism& mechanism, const Key& key) const override {
    const auto& parameter = ParameterOf<DukptMac>(mechanism);
    FLORIN_CHECK_OK(CheckTransaction(parameter.transaction, key));
    if (!Suits(parameter)) {
      return BadTransaction("DUKPT: the MAC method does not suit the working key's type");
    }
    if (parameter.mac_length < card::kMinMacSize || parameter.mac_length > WholeMac(parameter)) {
      return BadTransaction("DUKPT: a MAC has 4 bytes to the whole of the method's");
    }
    return OkStatus();
  }

  std::size_t OutputSize(Verb, const Mechanism& mechanism, const Key&, std::size_t) const override {
    return ParameterOf<DukptMac>(mechanism).mac_length;
  }

  Result<std::size_t> Run(Verb, const Mechanism& mechanism, const Key& key, ByteView input,
                          MutableBytes out) const override {
    const auto& parameter = ParameterOf<DukptMac>(mechanism);
    FLORIN_CHECK_OK(Compute(parameter, key, input, out.first(parameter.mac_length)));
    return parameter.mac_length;
  }

  Status Verify(const Mechanism& mechanism, const Key& key, ByteView input,
                ByteView signature) const override {
    const auto& parameter = ParameterOf<DukptMac>(mechanism);
    SecretArray<kMaxMacLength> mac;
    const auto expected = mac.Write(SecretAccess{}).first(parameter.mac_length);
    FLORIN_CHECK_OK(Compute(parameter, key, input, expected));
    if (ConstantTimeEqual(expected, signature)) return OkStatus();
    return Error(ErrorCode::kVerificationFailed, "the MAC does not match");
  }

 private:
  static Status Compute(const DukptMac& parameter, const Key& bdk, ByteView input,
                        MutableBytes mac) {
    return WithWorkingKey(parameter.transaction, MacUsages(parameter.transaction.direction), bdk,
                          [&](ByteView working_key) -> Status {
                            return card::MacKey::GenerateOnce(MethodOf(parameter), working_key,
                                                              input, mac);
                          });
  }
};

class Data final : public Implementation {
 public:
  Status Check(Verb, const Mechanism& mechanism, const Key& key) const override {
    const auto& parameter = ParameterOf<DukptData>(mechanism);
    FLORIN_CHECK_OK(CheckTransaction(parameter.transaction, key));
    if (IsHmac(parameter.transaction)) {
      return BadTransaction("DUKPT: a working key of type HMAC encrypts nothing");
    }
    if (parameter.variant_only && key.rules().type != KeyType::kDes3) {
      return BadTransaction("DUKPT: only a TDES BDK has variants");
    }
    if (!parameter.iv.empty() && parameter.iv.size() != BlockSize(parameter.transaction)) {
      return BadTransaction("DUKPT: the initialisation vector has one block");
    }
    return OkStatus();
  }

  Result<std::size_t> Run(Verb verb, const Mechanism& mechanism, const Key& key, ByteView input,
                          MutableBytes out) const override {
    const auto& parameter = ParameterOf<DukptData>(mechanism);
    const DukptTransaction& transaction = parameter.transaction;
    if (input.empty() || input.size() % BlockSize(transaction) != 0) {
      return Error(ErrorCode::kMalformed, "DUKPT: data has whole blocks, one or more");
    }
    const auto direction =
        verb == Verb::kEncrypt ? primitives::Direction::kEncrypt : primitives::Direction::kDecrypt;
    const auto mode =
        parameter.iv.empty() ? primitives::CipherMode::kEcb : primitives::CipherMode::kCbc;
    return WithWorkingKey(transaction, DataUsages(transaction.direction, parameter.variant_only),
                          key, [&](ByteView working_key) -> Result<std::size_t> {
                            FLORIN_TRY(const auto cipher, IsTdes(transaction)
                                                              ? primitives::TdesCipher(working_key)
                                                              : primitives::AesCipher(working_key));
                            return cipher.Crypt(mode, direction, parameter.iv, input, out);
                          });
  }
};

}  // namespace

const Implementation& DukptMacImplementation() { return Forever<Mac>(); }
const Implementation& DukptDataImplementation() { return Forever<Data>(); }

}  // namespace florin::mechanisms
