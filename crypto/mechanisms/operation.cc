#include "crypto/mechanisms/operation.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "crypto/mechanisms/implementation.h"
#include "crypto/mechanisms/key_life.h"
#include "crypto/mechanisms/other_keys.h"

namespace florin::mechanisms {
namespace {

constexpr std::size_t kMaxIvLength = 256;

bool IsOperationVerb(Verb verb) {
  return verb == Verb::kSign || verb == Verb::kVerify || verb == Verb::kEncrypt ||
         verb == Verb::kDecrypt;
}

Error WrongCall() {
  return {ErrorCode::kInvalidArgument, "operation: not prepared, or prepared for another verb"};
}

Error NoRoom() { return {ErrorCode::kBufferTooSmall, "no room for the output"}; }

Status CheckInputLength(ByteView input) {
  if (input.size() <= kMaxInputLength) return OkStatus();
  return Error(ErrorCode::kLimitExceeded, "the input of one call may have at most 1 GiB");
}

Result<std::size_t> RunChecked(const Implementation& implementation, Verb verb,
                               const Mechanism& mechanism, const Key& key, ByteView input,
                               MutableBytes out) {
  FLORIN_CHECK_OK(CheckInputLength(input));
  if (!implementation.MayWriteLess(verb) &&
      out.size() < implementation.OutputSize(verb, mechanism, key, input.size())) {
    return NoRoom();
  }
  return implementation.Run(verb, mechanism, key, input, out);
}

Status VerifyChecked(const Implementation& implementation, const Mechanism& mechanism,
                     const Key& key, ByteView input, ByteView signature) {
  FLORIN_CHECK_OK(CheckInputLength(input));
  return implementation.Verify(mechanism, key, input, signature);
}

Status CheckParameter(const Implementation& implementation, Verb verb, MechanismType type,
                      const Mechanism& parameter, const Key& key) {
  if (TypeOf(parameter) != type) {
    return Error(ErrorCode::kInvalidArgument,
                 "the parameter of an item must be of the operation's mechanism");
  }
  return implementation.Check(verb, parameter, key);
}

void RunItem(const Implementation& implementation, Verb verb, const Mechanism& mechanism,
             const Key& key, BatchItem& item) {
  item.written = 0;
  const Mechanism& parameter = item.parameter == nullptr ? mechanism : *item.parameter;
  if (item.parameter != nullptr) {
    item.status = CheckParameter(implementation, verb, TypeOf(mechanism), parameter, key);
    if (!item.status.ok()) return;
  }
  if (verb == Verb::kVerify) {
    item.status = VerifyChecked(implementation, parameter, key, item.input, item.signature);
    return;
  }
  const auto written = RunChecked(implementation, verb, parameter, key, item.input, item.output);
  item.status = written.ok() ? OkStatus() : Status(written.error());
  if (written.ok()) item.written = *written;
}

}  // namespace

Result<ByteView> OwnedMechanism::Keep(ByteView bytes, std::size_t limit) {
  if (bytes.size() > limit) {
    return Error(ErrorCode::kLimitExceeded, "a parameter is longer than its mechanism allows");
  }
  if (bytes.size() > kInlineBytes - used_) {
    // At most one parameter per mechanism is this long: the associated data.
    FLORIN_INVARIANT(overflow_.empty());
    overflow_.assign(bytes.begin(), bytes.end());
    return ByteView(overflow_);
  }
  const auto kept = MutableBytes(inline_).subspan(used_, bytes.size());
  std::copy(bytes.begin(), bytes.end(), kept.begin());
  used_ += bytes.size();
  return ByteView(kept);
}

void OwnedMechanism::KeepPan(const Pan*& pan) {
  if (pan == nullptr) return;
  pan_ = pan->Clone();
  pan = &pan_;
}

Status OwnedMechanism::KeepArpc(EmvArpc& arpc) {
  KeepPan(arpc.card.pan);
  FLORIN_TRY(arpc.proprietary, Keep(arpc.proprietary, kMaxIvLength));
  return OkStatus();
}

Status OwnedMechanism::KeepTransaction(std::optional<DukptTransaction>& transaction) {
  if (transaction.has_value()) {
    FLORIN_TRY(transaction->ksn, Keep(transaction->ksn, kMaxIvLength));
  }
  return OkStatus();
}

// Certificates and lists, one behind the other.
Status OwnedMechanism::KeepUnbind(Tr34Unbind& unbind) {
  ByteView* const views[] = {&unbind.certificate, &unbind.peer,         &unbind.peer_authority,
                             &unbind.peer_list,   &unbind.list,         &unbind.random,
                             &unbind.next,        &unbind.own_authority};
  std::size_t total = 0;
  for (const ByteView* view : views) {
    if (view->size() > kMaxTr34ListSize) {
      return Error(ErrorCode::kLimitExceeded, "a parameter is longer than its mechanism allows");
    }
    total += view->size();
  }
  overflow_.reserve(total);
  for (ByteView* view : views) {
    const std::size_t at = overflow_.size();
    overflow_.insert(overflow_.end(), view->begin(), view->end());
    *view = ByteView(overflow_.data() + at, view->size());
  }
  return OkStatus();
}

Status OwnedMechanism::Assign(const Mechanism& mechanism) {
  used_ = 0;
  overflow_.clear();
  if (!pan_.empty()) pan_ = Pan();
  mechanism_ = mechanism;
  return std::visit(
      [this](auto& parameter) -> Status {
        using T = std::decay_t<decltype(parameter)>;
        if constexpr (std::is_same_v<T, AesCbc> || std::is_same_v<T, AesCbcPad> ||
                      std::is_same_v<T, Des3Cbc>) {
          FLORIN_TRY(parameter.iv, Keep(parameter.iv, kMaxIvLength));
        } else if constexpr (std::is_same_v<T, AesCtr>) {
          FLORIN_TRY(parameter.counter_block, Keep(parameter.counter_block, kMaxIvLength));
        } else if constexpr (std::is_same_v<T, AesGcm>) {
          FLORIN_TRY(parameter.iv, Keep(parameter.iv, kMaxIvLength));
          FLORIN_TRY(parameter.aad, Keep(parameter.aad, kMaxAadLength));
        } else if constexpr (std::is_same_v<T, ChaCha20Poly1305>) {
          FLORIN_TRY(parameter.nonce, Keep(parameter.nonce, kMaxIvLength));
          FLORIN_TRY(parameter.aad, Keep(parameter.aad, kMaxAadLength));
        } else if constexpr (std::is_same_v<T, DukptMac>) {
          FLORIN_TRY(parameter.transaction.ksn, Keep(parameter.transaction.ksn, kMaxIvLength));
        } else if constexpr (std::is_same_v<T, DukptData>) {
          FLORIN_TRY(parameter.transaction.ksn, Keep(parameter.transaction.ksn, kMaxIvLength));
          FLORIN_TRY(parameter.iv, Keep(parameter.iv, kMaxIvLength));
        } else if constexpr (std::is_same_v<T, PinTranslation>) {
          KeepPan(parameter.pan);
          FLORIN_CHECK_OK(KeepTransaction(parameter.from.dukpt));
          FLORIN_CHECK_OK(KeepTransaction(parameter.to.dukpt));
        } else if constexpr (std::is_same_v<T, PinVerification>) {
          KeepPan(parameter.pan);
          FLORIN_CHECK_OK(KeepTransaction(parameter.block.dukpt));
        } else if constexpr (std::is_same_v<T, PinChange>) {
          KeepPan(parameter.pan);
          FLORIN_TRY(parameter.current, Keep(parameter.current, kMaxPinReference));
          FLORIN_CHECK_OK(KeepTransaction(parameter.block.dukpt));
        } else if constexpr (std::is_same_v<T, PinGeneration>) {
          KeepPan(parameter.pan);
          FLORIN_TRY(parameter.offset, Keep(parameter.offset, kMaxPinReference));
          FLORIN_CHECK_OK(KeepTransaction(parameter.block.dukpt));
        } else if constexpr (std::is_same_v<T, EmvPinChange>) {
          KeepPan(parameter.script.pan);
          FLORIN_CHECK_OK(KeepTransaction(parameter.block.dukpt));
        } else if constexpr (std::is_same_v<T, EmvScriptMac> ||
                             std::is_same_v<T, EmvScriptEncryption>) {
          KeepPan(parameter.script.pan);
        } else if constexpr (std::is_same_v<T, EmvCryptogram> || std::is_same_v<T, EmvArqcTrace>) {
          KeepPan(parameter.card.pan);
        } else if constexpr (std::is_same_v<T, EmvArpc>) {
          FLORIN_CHECK_OK(KeepArpc(parameter));
        } else if constexpr (std::is_same_v<T, EmvVerifiedArpc>) {
          FLORIN_CHECK_OK(KeepArpc(parameter.arpc));
        } else if constexpr (std::is_same_v<T, EmvAuthorization>) {
          KeepPan(parameter.card.pan);
          FLORIN_TRY(parameter.proprietary, Keep(parameter.proprietary, kMaxIvLength));
        } else if constexpr (std::is_same_v<T, Tr34Unbind>) {
          FLORIN_CHECK_OK(KeepUnbind(parameter));
        } else if constexpr (std::is_same_v<T, CardVerification> ||
                             std::is_same_v<T, ThreeDsAuthentication>) {
          KeepPan(parameter.pan);
        }
        return OkStatus();
      },
      mechanism_);
}

Operation::Operation() = default;
Operation::~Operation() = default;

void Operation::Reset() {
  stream_.reset();
  implementation_ = nullptr;
  key_ = nullptr;
  held_key_.reset();
  held_others_ = {};
  // The card number of the last parameter does not outlive its use.
  const Status cleared = mechanism_.Assign(Mechanism());
  FLORIN_INVARIANT(cleared.ok());
}

Status Operation::Prepare(Verb verb, const Mechanism& mechanism, const Key& key) {
  Reset();
  if (!IsOperationVerb(verb)) return WrongCall();
  FLORIN_TRY(const Implementation* implementation, PrepareCall(verb, mechanism, key));
  FLORIN_CHECK_OK(mechanism_.Assign(mechanism));
  implementation_ = implementation;
  key_ = &key;
  verb_ = verb;
  return OkStatus();
}

Status Operation::Prepare(Verb verb, const Mechanism& mechanism, KeyPtr key, HeldKeys others) {
  if (key == nullptr) return Error(ErrorCode::kInvalidArgument, "operation: no key");
  FLORIN_CHECK_OK(Prepare(verb, mechanism, *key));
  held_key_ = std::move(key);
  held_others_ = std::move(others);
  return OkStatus();
}

std::size_t Operation::OutputSize(std::size_t input_length) const {
  FLORIN_INVARIANT(prepared());
  return implementation_->OutputSize(verb_, mechanism_.get(), *key_, input_length);
}

bool Operation::MayWriteLess() const { return prepared() && implementation_->MayWriteLess(verb_); }

Result<std::size_t> Operation::Run(ByteView input, MutableBytes out) const {
  if (!prepared() || verb_ == Verb::kVerify) return WrongCall();
  FLORIN_CHECK_OK(CheckKeysAlive());
  return RunChecked(*implementation_, verb_, mechanism_.get(), *key_, input, out);
}

Status Operation::Verify(ByteView input, ByteView signature) const {
  if (!prepared() || verb_ != Verb::kVerify) return WrongCall();
  FLORIN_CHECK_OK(CheckKeysAlive());
  return VerifyChecked(*implementation_, mechanism_.get(), *key_, input, signature);
}

Status Operation::CheckKeysAlive() const {
  FLORIN_CHECK_OK(CheckStillAlive(verb_, *key_));
  // Each other key is judged by its own verb, which its mechanism knows.
  return TakesOtherKeys(type()) ? implementation_->Check(verb_, mechanism_.get(), *key_)
                                : OkStatus();
}

Status Operation::CheckItem(const Mechanism& parameter) const {
  FLORIN_CHECK_OK(CheckStillAlive(verb_, *key_));
  return CheckParameter(*implementation_, verb_, type(), parameter, *key_);
}

Result<std::size_t> Operation::RunWith(const Mechanism& parameter, ByteView input,
                                       MutableBytes out) const {
  if (!prepared() || verb_ == Verb::kVerify) return WrongCall();
  FLORIN_CHECK_OK(CheckItem(parameter));
  return RunChecked(*implementation_, verb_, parameter, *key_, input, out);
}

Status Operation::VerifyWith(const Mechanism& parameter, ByteView input, ByteView signature) const {
  if (!prepared() || verb_ != Verb::kVerify) return WrongCall();
  FLORIN_CHECK_OK(CheckItem(parameter));
  return VerifyChecked(*implementation_, parameter, *key_, input, signature);
}

Status Operation::RunBatch(std::span<BatchItem> items) const {
  if (!prepared()) return WrongCall();
  FLORIN_CHECK_OK(CheckKeysAlive());
  for (BatchItem& item : items) RunItem(*implementation_, verb_, mechanism_.get(), *key_, item);
  return OkStatus();
}

Status Operation::EnsureStream() {
  if (!prepared()) return WrongCall();
  if (stream_ != nullptr) return OkStatus();
  FLORIN_CHECK_OK(CheckKeysAlive());
  FLORIN_TRY(stream_, implementation_->Start(verb_, mechanism_.get(), *key_));
  return OkStatus();
}

Result<std::size_t> Operation::UpdateSize(std::size_t input_length) {
  FLORIN_CHECK_OK(EnsureStream());
  return stream_->UpdateSize(input_length);
}

Result<std::size_t> Operation::FinishSize() {
  FLORIN_CHECK_OK(EnsureStream());
  return stream_->FinishSize();
}

Result<std::size_t> Operation::Update(ByteView input, MutableBytes out) {
  FLORIN_CHECK_OK(EnsureStream());
  if (const Status fits = CheckInputLength(input); !fits.ok()) {
    stream_.reset();
    return fits.error();
  }
  if (out.size() < stream_->UpdateSize(input.size())) return NoRoom();
  auto written = stream_->Update(input, out);
  if (!written.ok() && written.code() != ErrorCode::kBufferTooSmall) stream_.reset();
  return written;
}

Result<std::size_t> Operation::Finish(MutableBytes out) {
  if (!prepared() || verb_ == Verb::kVerify) return WrongCall();
  FLORIN_CHECK_OK(EnsureStream());
  auto written = stream_->Finish(out);
  if (written.ok() || written.code() != ErrorCode::kBufferTooSmall) stream_.reset();
  return written;
}

Status Operation::FinishVerify(ByteView signature) {
  if (!prepared() || verb_ != Verb::kVerify) return WrongCall();
  FLORIN_CHECK_OK(EnsureStream());
  const Status verdict = stream_->FinishVerify(signature);
  stream_.reset();
  return verdict;
}

Result<std::size_t> RunOnce(Verb verb, const Mechanism& mechanism, const Key& key, ByteView input,
                            MutableBytes out) {
  if (!IsOperationVerb(verb) || verb == Verb::kVerify) return WrongCall();
  FLORIN_TRY(const Implementation* implementation, PrepareCall(verb, mechanism, key));
  return RunChecked(*implementation, verb, mechanism, key, input, out);
}

Status VerifyOnce(const Mechanism& mechanism, const Key& key, ByteView input, ByteView signature) {
  FLORIN_TRY(const Implementation* implementation, PrepareCall(Verb::kVerify, mechanism, key));
  return VerifyChecked(*implementation, mechanism, key, input, signature);
}

Status RunBatchOnce(Verb verb, const Mechanism& mechanism, const Key& key,
                    std::span<BatchItem> items) {
  if (!IsOperationVerb(verb)) return WrongCall();
  FLORIN_TRY(const Implementation* implementation, PrepareCall(verb, mechanism, key));
  for (BatchItem& item : items) RunItem(*implementation, verb, mechanism, key, item);
  return OkStatus();
}

}  // namespace florin::mechanisms
