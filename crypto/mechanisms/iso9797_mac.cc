// MACs of ISO/IEC 9797-1 with TDES, each algorithm under keys of its own usage.
#include <string_view>

#include "crypto/mechanisms/implementation.h"

namespace florin::mechanisms {
namespace {

using card::MacAlgorithm;

bool IsFor(MacAlgorithm algorithm, std::string_view usage) {
  switch (algorithm) {
    case MacAlgorithm::kIso9797Algorithm1: return usage == "M0" || usage == "M1";
    case MacAlgorithm::kIso9797Algorithm3:
    case MacAlgorithm::kAs2805Part41: return usage == "M3";
    case MacAlgorithm::kCmacTdes: return usage == "M6";
    case MacAlgorithm::kCmacAes:
    case MacAlgorithm::kHmac: return false;
  }
  return false;
}

// Calls `use` with what signs and verifies.
template <class Use>
auto WithKey(const Iso9797Mac& parameter, const Key& key, Use use) -> Status {
  const MacPadding padding = parameter.method.padding;
  switch (parameter.method.algorithm) {
    case MacAlgorithm::kIso9797Algorithm1: {
      FLORIN_TRY(const auto* keyed, key.schedules().CbcMac());
      return use(*keyed, padding);
    }
    case MacAlgorithm::kIso9797Algorithm3:
    case MacAlgorithm::kAs2805Part41: {
      FLORIN_TRY(const auto* keyed, key.schedules().RetailMac());
      return use(*keyed, padding);
    }
    case MacAlgorithm::kCmacTdes: {
      FLORIN_TRY(const auto* keyed, key.schedules().TdesCmac());
      return use(*keyed);
    }
    case MacAlgorithm::kCmacAes:
    case MacAlgorithm::kHmac: break;
  }
  return Error(ErrorCode::kInvalidArgument, "MAC: AES-CMAC and HMAC are mechanisms of their own");
}

class Iso9797 final : public Implementation {
 public:
  Status Check(Verb, const Mechanism& mechanism, const Key& key) const override {
    const auto& parameter = ParameterOf<Iso9797Mac>(mechanism);
    if (parameter.mac_length < card::kMinMacSize ||
        parameter.mac_length > primitives::kTdesMacSize) {
      return Error(ErrorCode::kInvalidArgument, "MAC: a TDES MAC has 4 to 8 bytes");
    }
    if (!card::TakesPadding(parameter.method.algorithm) &&
        parameter.method.padding != MacPadding::kMethod1) {
      return Error(ErrorCode::kInvalidArgument, "MAC: this algorithm leaves no choice of padding");
    }
    FLORIN_CHECK_OK(WithKey(parameter, key, [](const auto&, auto...) { return OkStatus(); }));
    if (IsFor(parameter.method.algorithm, key.rules().header->usage())) return OkStatus();
    return Error(ErrorCode::kPermissionDenied, "the usage of the key is for another MAC algorithm");
  }

  std::size_t OutputSize(Verb, const Mechanism& mechanism, const Key&, std::size_t) const override {
    return ParameterOf<Iso9797Mac>(mechanism).mac_length;
  }

  Result<std::size_t> Run(Verb, const Mechanism& mechanism, const Key& key, ByteView input,
                          MutableBytes out) const override {
    const auto& parameter = ParameterOf<Iso9797Mac>(mechanism);
    const MutableBytes mac = out.first(parameter.mac_length);
    FLORIN_CHECK_OK(WithKey(parameter, key, [&](const auto& keyed, auto... padding) {
      return keyed.Sign(padding..., input, mac);
    }));
    return parameter.mac_length;
  }

  Status Verify(const Mechanism& mechanism, const Key& key, ByteView input,
                ByteView signature) const override {
    const auto& parameter = ParameterOf<Iso9797Mac>(mechanism);
    return WithKey(parameter, key, [&](const auto& keyed, auto... padding) {
      return keyed.Verify(padding..., input, signature, parameter.mac_length);
    });
  }
};

}  // namespace

const Implementation& Iso9797MacImplementation() { return Forever<Iso9797>(); }

}  // namespace florin::mechanisms
