#include "crypto/mechanisms/transfer.h"

#include <utility>

#include "crypto/mechanisms/implementation.h"
#include "crypto/mechanisms/key_life.h"
#include "crypto/mechanisms/registry.h"
#include "crypto/mechanisms/rule_table.h"

namespace florin::mechanisms {

Result<KeyPtr> Derive(const Mechanism& mechanism, const Key& base, KeyRules rules) {
  FLORIN_TRY(const Implementation* implementation, PrepareCall(Verb::kDerive, mechanism, base));
  FLORIN_CHECK_OK(CheckResultRules(Verb::kDerive, TypeOf(mechanism), base.rules(), rules));
  // Before anything is computed: a short key would tell by trial what it was derived from.
  if (rules.length != 0) {
    if (rules.length < kMinKeyLength || rules.length > kMaxKeyLength) {
      return Error(ErrorCode::kInvalidArgument, "derive: a key has 16 to 256 bytes");
    }
    FLORIN_CHECK_OK(CheckRules(rules));
  }
  FLORIN_CHECK_OK(CheckNewLife(rules.life));
  FLORIN_TRY(auto material, implementation->Derive(mechanism, base, rules));
  return Key::Make(std::move(rules), std::move(material), {KeyOrigin::kDerived, &base.clock()});
}

Result<std::size_t> WrappedSize(const Mechanism& mechanism, const Key& wrapping,
                                const Key& target) {
  const MechanismInfo& info = FindMechanism(TypeOf(mechanism));
  return info.implementation->WrappedSize(mechanism, wrapping, target);
}

Result<std::size_t> Wrap(const Mechanism& mechanism, const Key& wrapping, const Key& target,
                         MutableBytes out, RandomSource& random) {
  FLORIN_TRY(const Implementation* implementation, PrepareCall(Verb::kWrap, mechanism, wrapping));
  FLORIN_CHECK_OK(Authorize(Verb::kWrap, TypeOf(mechanism), target.rules(), KeyRole::kTarget));
  // A wrapping keeps no state: a key that is out of use could come back in use.
  FLORIN_CHECK_OK(CheckLife(Verb::kWrap, target));
  // Forms that keep the header judge by the policy of the wrapping key.
  if (!KeepsHeader(TypeOf(mechanism)) && wrapping.StrengthBits() < target.StrengthBits()) {
    return Error(ErrorCode::kPermissionDenied,
                 "wrap: the wrapping key is weaker than the key to be wrapped");
  }
  FLORIN_TRY(const std::size_t size, implementation->WrappedSize(mechanism, wrapping, target));
  if (out.size() < size) return Error(ErrorCode::kBufferTooSmall, "wrap: no room for the output");
  return implementation->Wrap(mechanism, wrapping, target, random, out.first(size));
}

Result<KeyPtr> Unwrap(const Mechanism& mechanism, const Key& unwrapping, ByteView wrapped,
                      KeyRules rules, RandomSource& random) {
  FLORIN_TRY(const Implementation* implementation,
             PrepareCall(Verb::kUnwrap, mechanism, unwrapping));
  FLORIN_CHECK_OK(implementation->StateRules(wrapped, rules));
  FLORIN_CHECK_OK(CheckResultRules(Verb::kUnwrap, TypeOf(mechanism), unwrapping.rules(), rules));
  FLORIN_TRY(auto material, implementation->Unwrap(mechanism, unwrapping, wrapped, random, rules));
  return Key::Make(std::move(rules), std::move(material),
                   {KeyOrigin::kUnwrapped, &unwrapping.clock()});
}

}  // namespace florin::mechanisms
