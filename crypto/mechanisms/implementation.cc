#include "crypto/mechanisms/implementation.h"

#include "crypto/mechanisms/key_life.h"
#include "crypto/mechanisms/registry.h"
#include "crypto/mechanisms/rule_table.h"

namespace florin::mechanisms {
namespace {

Error NotOffered() { return {ErrorCode::kUnsupported, "this mechanism does not offer this verb"}; }

}  // namespace

Stream::~Stream() = default;

Result<std::size_t> Stream::Finish(MutableBytes) { return NotOffered(); }
Status Stream::FinishVerify(ByteView) { return NotOffered(); }

Implementation::~Implementation() = default;

std::size_t Implementation::OutputSize(Verb, const Mechanism&, const Key&,
                                       std::size_t input_length) const {
  return input_length;
}

bool Implementation::MayWriteLess(Verb) const { return false; }

Result<std::size_t> Implementation::Run(Verb, const Mechanism&, const Key&, ByteView,
                                        MutableBytes) const {
  return NotOffered();
}

Status Implementation::Verify(const Mechanism&, const Key&, ByteView, ByteView) const {
  return NotOffered();
}

Result<std::unique_ptr<Stream>> Implementation::Start(Verb, const Mechanism&, const Key&) const {
  return Error(ErrorCode::kUnsupported, "this mechanism takes its input in one piece");
}

Result<SecretBytes> Implementation::Derive(const Mechanism&, const Key&, const KeyRules&) const {
  return NotOffered();
}

Result<std::size_t> Implementation::WrappedSize(const Mechanism&, const Key&, const Key&) const {
  return NotOffered();
}

Result<std::size_t> Implementation::Wrap(const Mechanism&, const Key&, const Key&, RandomSource&,
                                         MutableBytes) const {
  return NotOffered();
}

Status Implementation::StateRules(ByteView, KeyRules&) const { return OkStatus(); }

Result<SecretBytes> Implementation::Unwrap(const Mechanism&, const Key&, ByteView, RandomSource&,
                                           KeyRules&) const {
  return NotOffered();
}

Result<const Implementation*> PrepareCall(Verb verb, const Mechanism& mechanism, const Key& key) {
  const MechanismInfo& info = FindMechanism(TypeOf(mechanism));
  if (!info.verbs.Has(verb)) return NotOffered();
  FLORIN_CHECK_OK(Authorize(verb, info.type, key.rules()));
  FLORIN_CHECK_OK(CheckLife(verb, key));
  FLORIN_CHECK_OK(info.implementation->Check(verb, mechanism, key));
  return info.implementation;
}

Status CheckHmacHash(const Key& key, Hash hash) {
  const std::optional<Hash>& only = key.rules().hmac_hash;
  if (!only.has_value() || *only == hash) return OkStatus();
  return Error(ErrorCode::kPermissionDenied, "the rules of the HMAC key name another hash");
}

}  // namespace florin::mechanisms
