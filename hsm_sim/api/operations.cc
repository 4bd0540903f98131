#include "hsm_sim/api/operations.h"

#include <algorithm>
#include <cstring>
#include <functional>

#include "crypto/cryptoki/mechanism_names.h"
#include "crypto/mechanisms/key_life.h"
#include "crypto/mechanisms/other_keys.h"
#include "crypto/mechanisms/registry.h"
#include "crypto/mechanisms/rule_table.h"
#include "hsm_sim/api/mechanism_list.h"

namespace florin::hsm_sim {
namespace {

using mechanisms::Verb;

// Ends the operation unless the result lets it go on (PKCS#11 3.0 5.2): whatever fails for another
// reason than a short buffer is over.
class EndUnlessKept {
 public:
  explicit EndUnlessKept(VerbState& state) : state_(state) {}
  ~EndUnlessKept() {
    if (!kept_) state_.End();
  }
  EndUnlessKept(const EndUnlessKept&) = delete;
  EndUnlessKept& operator=(const EndUnlessKept&) = delete;
  void Keep() { kept_ = true; }

 private:
  VerbState& state_;
  bool kept_ = false;
};

bool IsAllowed(const Object& key, CK_MECHANISM_TYPE mechanism) {
  const Bytes* allowed = key.attributes.Find(CKA_ALLOWED_MECHANISMS);
  if (allowed == nullptr || allowed->empty()) return true;
  for (std::size_t i = 0; i + sizeof(CK_ULONG) <= allowed->size(); i += sizeof(CK_ULONG)) {
    if (std::memcmp(allowed->data() + i, &mechanism, sizeof(mechanism)) == 0) return true;
  }
  return false;
}

Error NotAllowed() {
  return Error(ErrorCode::kPermissionDenied, "the key does not allow this mechanism");
}

bool HasRuleFor(Verb verb, mechanisms::MechanismType mechanism, mechanisms::KeyType type) {
  for (const mechanisms::Rule& rule : mechanisms::RuleTable()) {
    if (rule.mechanism == mechanism && rule.verbs.Has(verb) &&
        rule.role == mechanisms::KeyRole::kMain && rule.types.Has(type)) {
      return true;
    }
  }
  return false;
}

// Whether the key has the state and the dates it had. A key that is gone has; what it was begun for
// ends as it always did.
bool HasSameLife(Session& session, CK_OBJECT_HANDLE handle, const mechanisms::Key& key) {
  const ObjectPtr& object = session.Find(handle);
  return object == nullptr || object->key == nullptr ||
         object->key->rules().life == key.rules().life;
}

bool HaveSameLife(Session& session, const VerbState& state) {
  if (!HasSameLife(session, state.key, state.operation.key())) return false;
  if (!mechanisms::TakesOtherKeys(state.operation.type())) return true;
  mechanisms::Mechanism mechanism = state.operation.mechanism();
  for (const mechanisms::OtherKey* other : mechanisms::OtherKeysOf(mechanism)) {
    if (other == nullptr) break;
    if (other->key != nullptr && !HasSameLife(session, other->handle.value, *other->key)) {
      return false;
    }
  }
  return true;
}

// Ends the operation where the state or the dates of its keys were changed since Init, here or in
// another process. Costs two loads where no object changed.
Status CheckKeyUnchanged(Session& session, VerbState& state) {
  FLORIN_CHECK_OK(session.token->Sync());
  const std::uint64_t epoch = session.token->objects().epoch();
  if (epoch == state.objects_epoch) return OkStatus();
  if (!HaveSameLife(session, state)) {
    state.End();
    return Fail(CKR_OPERATION_NOT_INITIALIZED);
  }
  state.objects_epoch = epoch;
  return OkStatus();
}

// Whether an operation of `verb` may take a call of the single part or, else, of many parts.
Status EnterPhase(Session& session, VerbState& state, bool single) {
  if (IsIdle(session, state) || state.phase == Phase::kMessage) {
    return Fail(CKR_OPERATION_NOT_INITIALIZED);
  }
  if (state.phase == (single ? Phase::kInPieces : Phase::kAsked)) {
    state.End();
    return Fail(CKR_OPERATION_ACTIVE);
  }
  return CheckKeyUnchanged(session, state);
}

// Tells the length where only that was asked, or the room is too small. True: go on and write.
Result<bool> HasRoom(const Output& output, std::size_t needed) {
  const CK_ULONG room = *output.length;
  if (output.bytes != nullptr && room >= needed) return true;
  *output.length = needed;
  if (output.bytes == nullptr) return false;
  return Fail(CKR_BUFFER_TOO_SMALL);
}

MutableBytes RoomOf(const Output& output) {
  return {output.bytes, static_cast<std::size_t>(*output.length)};
}

// Whole blocks decrypt to something: what is wrong with them is their padding.
Error FinalError(const VerbState& state, const Error& error, Verb verb, std::uint64_t length) {
  constexpr std::uint64_t kBlock = 16;
  if (verb == Verb::kDecrypt && error.code() == ErrorCode::kMalformed &&
      state.operation.MayWriteLess() && length != 0 && length % kBlock == 0) {
    return Fail(CKR_ENCRYPTED_DATA_INVALID);
  }
  return RunError(error, verb);
}

bool HasNoParameter(const CK_MECHANISM& mechanism) {
  return mechanism.pParameter == nullptr && mechanism.ulParameterLen == 0;
}

// Begins the operation that the verb is still prepared for, if it is this one.
Result<bool> ReuseSpare(Session& session, VerbState& state, const CK_MECHANISM& mechanism,
                        CK_OBJECT_HANDLE key) {
  const VerbState::Spare& spare = state.spare;
  if (spare.key == 0) return false;
  const std::uint64_t login_epoch = session.token->login_epoch();
  FLORIN_CHECK_OK(session.token->Sync());
  if (spare.key != key || spare.mechanism != mechanism.mechanism || !HasNoParameter(mechanism) ||
      spare.objects_epoch != session.token->objects().epoch()) {
    return false;
  }
  // The dates may have passed since; then the whole way tells so.
  if (!mechanisms::CheckStillAlive(state.operation.verb(), state.operation.key()).ok())
    return false;
  state.login_epoch = login_epoch;
  state.objects_epoch = spare.objects_epoch;
  state.phase = Phase::kReady;
  return true;
}

Status CheckMultiPart(const VerbState& state) {
  if (mechanisms::FindMechanism(state.operation.type()).multi_part) return OkStatus();
  return Fail(CKR_FUNCTION_NOT_SUPPORTED);
}

}  // namespace

Result<const Object*> FindKey(Session& session, CK_OBJECT_HANDLE handle, CK_RV invalid) {
  const Object* object = session.Find(handle).get();
  if (object == nullptr) return Fail(invalid);
  switch (object->key_state) {
    case KeyState::kPresent: return object;
    case KeyState::kNone: return Fail(invalid);
    case KeyState::kSealed: return Fail(CKR_USER_NOT_LOGGED_IN);
    case KeyState::kDamaged: return Fail(CKR_DEVICE_ERROR);
  }
  return Fail(invalid);
}

Status CheckKeyUse(const Session& session, Verb verb, CK_MECHANISM_TYPE mechanism,
                   const Object& key, CK_RV wrong_type) {
  if (!IsOffered(mechanism, verb, *session.quirks)) return Fail(CKR_MECHANISM_INVALID);
  const mechanisms::MechanismType type = cryptoki::FindMechanismNumber(mechanism)->type;
  const mechanisms::KeyRules& rules = key.key->rules();
  if (mechanisms::Authorize(verb, type, rules).ok() && IsAllowed(key, mechanism)) {
    if (mechanisms::CheckLife(verb, *key.key).ok()) return OkStatus();
    return Fail(CKR_KEY_FUNCTION_NOT_PERMITTED);
  }
  return Fail(HasRuleFor(verb, type, rules.type) ? CKR_KEY_FUNCTION_NOT_PERMITTED : wrong_type);
}

bool IsIdle(Session& session, VerbState& state) {
  if (state.phase != Phase::kIdle && state.login_epoch != session.token->login_epoch()) {
    state.End();
  }
  return state.phase == Phase::kIdle;
}

Error RunError(const Error& error, Verb verb) { return Fail(cryptoki::RvFromError(error, verb)); }

Status CheckOverlap(ByteView input, const CK_BYTE* output, std::size_t output_length) {
  if (input.empty() || output == nullptr || input.data() == output) return OkStatus();
  const std::less<const CK_BYTE*> before;
  const bool apart =
      !before(output, input.data() + input.size()) || !before(input.data(), output + output_length);
  return apart ? OkStatus() : Status(Fail(CKR_ARGUMENTS_BAD));
}

Status Decode(const Session& session, const CK_MECHANISM* mechanism,
              cryptoki::DecodedMechanism& decoded) {
  FLORIN_CHECK_OK(decoded.Decode(mechanism));
  return session.quirks->CheckParameter(*mechanism, decoded.get());
}

Result<mechanisms::HeldKeys> FindOtherKeys(Session& session, CK_MECHANISM_TYPE number,
                                           mechanisms::Mechanism& mechanism) {
  return mechanisms::FindOtherKeys(
      mechanism, [&](mechanisms::KeyHandle handle) -> Result<mechanisms::KeyPtr> {
        FLORIN_TRY(const Object* object, FindKey(session, handle.value));
        if (!IsAllowed(*object, number)) return NotAllowed();
        return object->key;
      });
}

Status PrepareOperation(Session& session, Verb verb, CK_MECHANISM_TYPE number,
                        mechanisms::Mechanism& mechanism, CK_OBJECT_HANDLE key, Phase phase) {
  VerbState& state = session.StateOf(verb);
  state.spare = VerbState::Spare();
  // Read before the key is found: a logout from here on makes the operation stale, and a change of
  // the key is met by the next call.
  const std::uint64_t login_epoch = session.token->login_epoch();
  FLORIN_CHECK_OK(session.token->Sync());
  const std::uint64_t objects_epoch = session.token->objects().epoch();
  FLORIN_TRY(mechanisms::HeldKeys others, FindOtherKeys(session, number, mechanism));
  FLORIN_TRY(const Object* object, FindKey(session, key));
  const mechanisms::KeyRules& rules = object->key->rules();
  const bool allowed = rules.allowed_mechanisms.empty() || IsAllowed(*object, number);
  const Status prepared =
      allowed ? state.operation.Prepare(verb, mechanism, object->key, std::move(others))
              : Status(NotAllowed());
  if (!prepared.ok()) {
    // Prepare judged the key already; the standard wants the reason told more closely.
    if (prepared.code() == ErrorCode::kPermissionDenied) {
      FLORIN_CHECK_OK(CheckKeyUse(session, verb, number, *object));
    }
    return RunError(prepared.error(), verb);
  }
  state.login_epoch = login_epoch;
  state.mechanism = number;
  state.key = key;
  state.objects_epoch = objects_epoch;
  state.phase = phase;
  return OkStatus();
}

Status InitOperation(Session& session, Verb verb, const CK_MECHANISM* mechanism,
                     CK_OBJECT_HANDLE key) {
  VerbState& state = session.StateOf(verb);
  if (!IsIdle(session, state)) {
    if (mechanism != nullptr) return Fail(CKR_OPERATION_ACTIVE);
    state.End();
    return OkStatus();
  }
  if (mechanism == nullptr) return Fail(CKR_ARGUMENTS_BAD);
  FLORIN_TRY(const bool reused, ReuseSpare(session, state, *mechanism, key));
  if (reused) return OkStatus();
  if (!IsOffered(mechanism->mechanism, verb, *session.quirks)) return Fail(CKR_MECHANISM_INVALID);
  cryptoki::DecodedMechanism decoded;
  FLORIN_CHECK_OK(Decode(session, mechanism, decoded));
  FLORIN_CHECK_OK(
      PrepareOperation(session, verb, mechanism->mechanism, decoded.get(), key, Phase::kReady));
  if (HasNoParameter(*mechanism)) state.spare = {key, mechanism->mechanism, state.objects_epoch};
  return OkStatus();
}

Status RunSinglePart(Session& session, Verb verb, const CK_BYTE* data, CK_ULONG length,
                     Output output) {
  VerbState& state = session.StateOf(verb);
  FLORIN_CHECK_OK(EnterPhase(session, state, true));
  EndUnlessKept end(state);
  if (output.length == nullptr) return Fail(CKR_ARGUMENTS_BAD);
  FLORIN_TRY(const ByteView input, Input(data, length));
  const std::size_t bound = state.operation.OutputSize(input.size());
  const bool ask = output.bytes == nullptr;
  if (ask || (*output.length < bound && !state.operation.MayWriteLess())) {
    *output.length = bound;
    state.phase = Phase::kAsked;
    end.Keep();
    return ask ? OkStatus() : Status(Fail(CKR_BUFFER_TOO_SMALL));
  }
  FLORIN_CHECK_OK(CheckOverlap(input, output.bytes, std::min<std::size_t>(*output.length, bound)));
  const auto written = state.operation.Run(input, RoomOf(output));
  if (written.ok()) {
    *output.length = *written;
    end.Keep();
    state.Rest();
    return OkStatus();
  }
  if (written.code() == ErrorCode::kBufferTooSmall) {
    *output.length = bound;
    state.phase = Phase::kAsked;
    end.Keep();
  }
  return FinalError(state, written.error(), verb, input.size());
}

Status UpdateParts(Session& session, Verb verb, const CK_BYTE* part, CK_ULONG length,
                   Output output) {
  VerbState& state = session.StateOf(verb);
  FLORIN_CHECK_OK(EnterPhase(session, state, false));
  EndUnlessKept end(state);
  const bool writes = verb == Verb::kEncrypt || verb == Verb::kDecrypt;
  if (writes && output.length == nullptr) return Fail(CKR_ARGUMENTS_BAD);
  FLORIN_TRY(const ByteView input, Input(part, length));
  FLORIN_CHECK_OK(CheckMultiPart(state));
  const auto needed = state.operation.UpdateSize(input.size());
  if (!needed.ok()) return RunError(needed.error(), verb);
  MutableBytes room;
  if (writes) {
    const auto go_on = HasRoom(output, *needed);
    if (!go_on.ok() || !*go_on) {
      end.Keep();
      return go_on.ok() ? OkStatus() : Status(go_on.error());
    }
    room = RoomOf(output);
    FLORIN_CHECK_OK(CheckOverlap(input, output.bytes, *needed));
  }
  const auto written = state.operation.Update(input, room);
  if (!written.ok()) return RunError(written.error(), verb);
  if (writes) *output.length = *written;
  state.phase = Phase::kInPieces;
  state.taken += input.size();
  end.Keep();
  return OkStatus();
}

Status FinishParts(Session& session, Verb verb, Output output) {
  VerbState& state = session.StateOf(verb);
  FLORIN_CHECK_OK(EnterPhase(session, state, false));
  EndUnlessKept end(state);
  if (output.length == nullptr) return Fail(CKR_ARGUMENTS_BAD);
  FLORIN_CHECK_OK(CheckMultiPart(state));
  const auto needed = state.operation.FinishSize();
  if (!needed.ok()) return RunError(needed.error(), verb);
  const bool ask = output.bytes == nullptr;
  if (ask || (*output.length < *needed && !state.operation.MayWriteLess())) {
    *output.length = *needed;
    end.Keep();
    return ask ? OkStatus() : Status(Fail(CKR_BUFFER_TOO_SMALL));
  }
  const auto written = state.operation.Finish(RoomOf(output));
  if (written.ok()) {
    *output.length = *written;
    return OkStatus();
  }
  if (written.code() == ErrorCode::kBufferTooSmall) {
    *output.length = *needed;
    end.Keep();
  }
  return FinalError(state, written.error(), verb, state.taken);
}

Status VerifySinglePart(Session& session, const CK_BYTE* data, CK_ULONG length,
                        const CK_BYTE* signature, CK_ULONG signature_length) {
  VerbState& state = session.verify;
  FLORIN_CHECK_OK(EnterPhase(session, state, true));
  EndUnlessKept end(state);
  FLORIN_TRY(const ByteView input, Input(data, length));
  FLORIN_TRY(const ByteView claimed, Input(signature, signature_length));
  const Status verdict = state.operation.Verify(input, claimed);
  if (!verdict.ok()) return RunError(verdict.error(), Verb::kVerify);
  end.Keep();
  state.Rest();
  return OkStatus();
}

Status FinishVerify(Session& session, const CK_BYTE* signature, CK_ULONG signature_length) {
  VerbState& state = session.verify;
  FLORIN_CHECK_OK(EnterPhase(session, state, false));
  const EndUnlessKept end(state);
  FLORIN_CHECK_OK(CheckMultiPart(state));
  FLORIN_TRY(const ByteView claimed, Input(signature, signature_length));
  const Status verdict = state.operation.FinishVerify(claimed);
  return verdict.ok() ? verdict : Status(RunError(verdict.error(), Verb::kVerify));
}

}  // namespace florin::hsm_sim
