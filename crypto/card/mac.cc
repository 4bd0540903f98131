#include "crypto/card/mac.h"

namespace florin::card {
namespace {

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

Status CheckSize(std::size_t size, std::size_t whole) {
  if (size < kMinMacSize || size > whole) {
    return Error(ErrorCode::kInvalidArgument,
                 "MAC: a MAC has 4 bytes up to the whole length of its algorithm");
  }
  return OkStatus();
}

Status CheckPadding(const MacMethod& method) {
  if (TakesPadding(method.algorithm) || method.padding == MacPadding::kMethod1) return OkStatus();
  return Error(ErrorCode::kInvalidArgument, "MAC: this algorithm leaves no choice of padding");
}

}  // namespace

Status MacKey::GenerateOnce(const MacMethod& method, ByteView key, const primitives::Parts& parts,
                            MutableBytes mac) {
  if (method.algorithm == MacAlgorithm::kCmacAes) {
    FLORIN_CHECK_OK(CheckPadding(method));
    FLORIN_CHECK_OK(CheckSize(mac.size(), primitives::kCmacSize));
    return kernels::AesCmacOnce(key, parts, mac);
  }
  FLORIN_TRY(const MacKey scheduled, Create(method, key));
  return scheduled.Generate(parts, mac);
}

Result<MacKey> MacKey::Create(const MacMethod& method, ByteView key) {
  FLORIN_CHECK_OK(CheckPadding(method));
  switch (method.algorithm) {
    case MacAlgorithm::kIso9797Algorithm1: {
      FLORIN_TRY(auto cbc_mac, primitives::CbcMacKey::Create(key));
      return MacKey(std::move(cbc_mac), method.padding);
    }
    case MacAlgorithm::kIso9797Algorithm3:
    case MacAlgorithm::kAs2805Part41: {
      FLORIN_TRY(auto retail, primitives::RetailMacKey::Create(key));
      return MacKey(std::move(retail), method.padding);
    }
    case MacAlgorithm::kCmacTdes: {
      FLORIN_TRY(primitives::CmacKey cmac, primitives::TdesCmacKey::Create(key));
      return MacKey(std::move(cmac), method.padding);
    }
    case MacAlgorithm::kCmacAes: {
      FLORIN_TRY(auto cmac, kernels::AesCmacKey::Create(key));
      return MacKey(std::move(cmac), method.padding);
    }
    case MacAlgorithm::kHmac: {
      if (key.empty()) return Error(ErrorCode::kInvalidArgument, "MAC: the HMAC key is empty");
      FLORIN_TRY(auto hmac, primitives::HmacKey::Create(method.hash, key));
      return MacKey(std::move(hmac), method.padding);
    }
  }
  return Error(ErrorCode::kInvalidArgument, "MAC: unknown algorithm");
}

std::size_t MacKey::size() const {
  return std::visit(
      Overloaded{[](const primitives::CbcMacKey&) { return primitives::kTdesMacSize; },
                 [](const primitives::RetailMacKey&) { return primitives::kTdesMacSize; },
                 [](const auto& key) { return key.size(); }},
      key_);
}

Status MacKey::Generate(const primitives::Parts& parts, MutableBytes mac) const {
  FLORIN_CHECK_OK(CheckSize(mac.size(), size()));
  const auto padded = [&](const auto& key) { return key.Sign(padding_, parts, mac); };
  return std::visit(Overloaded{[&](const primitives::CbcMacKey& key) { return padded(key); },
                               [&](const primitives::RetailMacKey& key) { return padded(key); },
                               [&](const auto& key) { return key.Sign(parts, mac); }},
                    key_);
}

Status MacKey::Verify(const primitives::Parts& parts, ByteView mac) const {
  FLORIN_CHECK_OK(CheckSize(mac.size(), size()));
  SecretArray<kMaxMacSize> expected;
  const MutableBytes bytes = expected.Write(SecretAccess{}).first(mac.size());
  FLORIN_CHECK_OK(Generate(parts, bytes));
  if (!ConstantTimeEqual(bytes, mac)) {
    return Error(ErrorCode::kVerificationFailed, "the MAC does not match");
  }
  return OkStatus();
}

}  // namespace florin::card
