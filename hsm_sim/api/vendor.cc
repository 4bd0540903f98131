// The interface "Vendor Florin": batches with a CK_RV per item.
#include "hsm_sim/api/vendor.h"

#include <array>
#include <memory>

#include "hsm_sim/api/operations.h"

namespace florin::hsm_sim {
namespace {

using mechanisms::Verb;

Result<Verb> VerbOf(CK_FLAGS flag) {
  switch (flag) {
    case CKF_SIGN: return Verb::kSign;
    case CKF_VERIFY: return Verb::kVerify;
    case CKF_ENCRYPT: return Verb::kEncrypt;
    case CKF_DECRYPT: return Verb::kDecrypt;
    default: return Fail(CKR_ARGUMENTS_BAD);
  }
}

// Items go to the mechanism in runs of this many, so that their parameters fit the stack.
constexpr std::size_t kRun = 32;

struct BatchRun {
  std::array<cryptoki::DecodedMechanism, kRun> parameters;
  std::array<mechanisms::HeldKeys, kRun> others;
  std::array<mechanisms::BatchItem, kRun> items;
  std::array<CK_FLORIN_BATCH_ITEM*, kRun> targets;
  std::size_t size = 0;
};

// Reads one item into the run, or answers it at once.
Status TakeItem(Session& session, Verb verb, CK_MECHANISM_TYPE number, CK_FLORIN_BATCH_ITEM& item,
                BatchRun& run) {
  mechanisms::BatchItem& taken = run.items[run.size];
  taken = mechanisms::BatchItem();
  FLORIN_TRY(taken.input, Input(item.pInput, item.ulInputLen));
  if (item.pOutput == nullptr) return Fail(CKR_ARGUMENTS_BAD);
  if (verb == Verb::kVerify) {
    FLORIN_TRY(taken.signature, Input(item.pOutput, item.ulOutputLen));
  } else {
    taken.output = {item.pOutput, item.ulOutputLen};
    FLORIN_CHECK_OK(CheckOverlap(taken.input, item.pOutput, item.ulOutputLen));
  }
  if (item.pParameter != nullptr || item.ulParameterLen != 0) {
    const CK_MECHANISM own{number, item.pParameter, item.ulParameterLen};
    cryptoki::DecodedMechanism& parameter = run.parameters[run.size];
    FLORIN_CHECK_OK(Decode(session, &own, parameter));
    FLORIN_TRY(run.others[run.size], FindOtherKeys(session, number, parameter.get()));
    taken.parameter = &parameter.get();
  }
  run.targets[run.size++] = &item;
  return OkStatus();
}

void GiveItem(Verb verb, const mechanisms::BatchItem& done, CK_FLORIN_BATCH_ITEM& item) {
  if (!done.status.ok()) {
    item.rv = ToReturnValue(RunError(done.status.error(), verb));
    if (verb != Verb::kVerify) item.ulOutputLen = 0;
    return;
  }
  item.rv = CKR_OK;
  if (verb != Verb::kVerify) item.ulOutputLen = done.written;
}

Status RunItems(const mechanisms::Operation& operation, Verb verb, BatchRun& run) {
  FLORIN_CHECK_OK(operation.RunBatch(std::span(run.items).first(run.size)));
  for (std::size_t i = 0; i < run.size; ++i) GiveItem(verb, run.items[i], *run.targets[i]);
  run.size = 0;
  return OkStatus();
}

Status RunBatch(Session& session, CK_FLAGS verb_flag, const CK_MECHANISM* mechanism,
                CK_OBJECT_HANDLE key, CK_FLORIN_BATCH_ITEM* items, CK_ULONG count) {
  FLORIN_TRY(const Verb verb, VerbOf(verb_flag));
  if (mechanism == nullptr || (items == nullptr && count != 0) || count > CK_FLORIN_MAX_BATCH) {
    return Fail(CKR_ARGUMENTS_BAD);
  }
  FLORIN_CHECK_OK(InitOperation(session, verb, mechanism, key));
  VerbState& state = session.StateOf(verb);
  // Also where memory runs out on the way.
  const std::unique_ptr<VerbState, void (*)(VerbState*)> end(
      &state, [](VerbState* active) { active->End(); });
  BatchRun run;
  Status status;
  for (CK_ULONG i = 0; i < count && status.ok(); ++i) {
    const Status taken = TakeItem(session, verb, mechanism->mechanism, items[i], run);
    if (!taken.ok()) {
      items[i].rv = ToReturnValue(taken.error());
      if (verb != Verb::kVerify) items[i].ulOutputLen = 0;
    }
    if (run.size == kRun) status = RunItems(state.operation, verb, run);
  }
  if (status.ok()) status = RunItems(state.operation, verb, run);
  return status;
}

}  // namespace

extern "C" {

CK_RV ProcessBatch(CK_SESSION_HANDLE session, CK_FLAGS verb, CK_MECHANISM_PTR mechanism,
                   CK_OBJECT_HANDLE key, CK_FLORIN_BATCH_ITEM_PTR items, CK_ULONG count) {
  return SessionShell(session, [=](Module&, Session& locked) {
    // Found before C_Initialize said that there is no such interface.
    if (locked.quirks->no_vendor) return Status(Fail(CKR_FUNCTION_NOT_SUPPORTED));
    return RunBatch(locked, verb, mechanism, key, items, count);
  });
}

}  // extern "C"

}  // namespace florin::hsm_sim
