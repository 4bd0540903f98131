// DUKPT: MACs and encryption under the working key of one transaction, derived from the BDK.
#include "crypto/card/mac.h"
#include "crypto/mechanisms/dukpt_keys.h"
#include "crypto/mechanisms/implementation.h"
#include "crypto/primitives/aes.h"
#include "crypto/primitives/tdes.h"

namespace florin::mechanisms {
namespace {

using card::AesDukptKeyType;
using card::AesDukptUsage;
using card::TdesDukptUsage;

constexpr std::size_t kMaxMacLength = 32;

DukptUsages MacUsages(DukptDirection direction) {
  switch (direction) {
    case DukptDirection::kRequest:
      return {TdesDukptUsage::kMacRequest, AesDukptUsage::kMacGeneration};
    case DukptDirection::kResponse:
      return {TdesDukptUsage::kMacResponse, AesDukptUsage::kMacVerification};
    case DukptDirection::kBothWays: break;
  }
  return {TdesDukptUsage::kMacRequest, AesDukptUsage::kMacBothWays};
}

DukptUsages DataUsages(DukptDirection direction, bool variant_only) {
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
                          [&](ByteView working_key) {
                            return card::MacOnce(MethodOf(parameter), working_key, input, mac);
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
    return WithWorkingKey(transaction, DataUsages(transaction.direction, parameter.variant_only),
                          key, [&](ByteView working_key) -> Result<std::size_t> {
                            const MutableBytes room = out.first(input.size());
                            if (IsTdes(transaction)) {
                              FLORIN_CHECK_OK(primitives::TdesCryptOnce(working_key, direction,
                                                                        parameter.iv, input, room));
                            } else {
                              FLORIN_CHECK_OK(primitives::AesCryptOnce(working_key, direction,
                                                                       parameter.iv, input, room));
                            }
                            return input.size();
                          });
  }
};

}  // namespace

const Implementation& DukptMacImplementation() { return Forever<Mac>(); }
const Implementation& DukptDataImplementation() { return Forever<Data>(); }

}  // namespace florin::mechanisms
