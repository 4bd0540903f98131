// The interface "Vendor Florin": batches with a CK_RV per item.
#include "hsm_sim/api/vendor.h"

#include <array>
#include <cstring>
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
  std::array<mechanisms::BatchItem, kRun> items;
  std::array<CK_FLORIN_BATCH_ITEM*, kRun> targets;
  std::size_t size = 0;
};

// Reads one item into the run, or answers it at once.
Status TakeItem(Verb verb, CK_MECHANISM_TYPE number, CK_FLORIN_BATCH_ITEM& item, BatchRun& run) {
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
    FLORIN_CHECK_OK(parameter.Decode(&own));
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
    const Status taken = TakeItem(verb, mechanism->mechanism, items[i], run);
    if (!taken.ok()) {
      items[i].rv = ToReturnValue(taken.error());
      if (verb != Verb::kVerify) items[i].ulOutputLen = 0;
    }
    if (run.size == kRun) status = RunItems(state.operation, verb, run);
  }
  if (status.ok()) status = RunItems(state.operation, verb, run);
  return status;
}

Status MakeArpc(const mechanisms::Key& key, CK_FLORIN_ARQC_ITEM& item) {
  CK_MECHANISM cryptogram{CKM_FLORIN_EMV_CRYPTOGRAM, &item.cryptogram, sizeof(item.cryptogram)};
  CK_MECHANISM response{CKM_FLORIN_EMV_ARPC, &item.response, sizeof(item.response)};
  cryptoki::DecodedMechanism decoded_cryptogram;
  cryptoki::DecodedMechanism decoded_response;
  FLORIN_CHECK_OK(decoded_cryptogram.Decode(&cryptogram));
  FLORIN_CHECK_OK(decoded_response.Decode(&response));
  if (std::memcmp(&item.cryptogram.card, &item.response.card, sizeof(item.response.card)) != 0) {
    return Fail(CKR_MECHANISM_PARAM_INVALID);
  }
  FLORIN_TRY(const ByteView input, Input(item.pInput, item.ulInputLen));
  const Status verdict =
      mechanisms::VerifyOnce(decoded_cryptogram.get(), key, input, ByteView(item.arqc));
  if (!verdict.ok()) return RunError(verdict.error(), Verb::kVerify);
  const auto written = mechanisms::RunOnce(Verb::kSign, decoded_response.get(), key,
                                           ByteView(item.arqc), MutableBytes(item.arpc));
  if (!written.ok()) return RunError(written.error(), Verb::kSign);
  item.ulArpcLen = *written;
  return OkStatus();
}

Status RunArqcBatch(Session& session, CK_OBJECT_HANDLE handle, CK_FLORIN_ARQC_ITEM* items,
                    CK_ULONG count) {
  if ((items == nullptr && count != 0) || count > CK_FLORIN_MAX_BATCH) {
    return Fail(CKR_ARGUMENTS_BAD);
  }
  FLORIN_CHECK_OK(session.token->Sync());
  FLORIN_TRY(const Object* const key, FindKey(session, handle));
  FLORIN_CHECK_OK(CheckKeyUse(Verb::kVerify, CKM_FLORIN_EMV_CRYPTOGRAM, *key));
  FLORIN_CHECK_OK(CheckKeyUse(Verb::kSign, CKM_FLORIN_EMV_ARPC, *key));
  for (CK_ULONG i = 0; i < count; ++i) {
    CK_FLORIN_ARQC_ITEM& item = items[i];
    item.ulArpcLen = 0;
    std::memset(item.arpc, 0, sizeof(item.arpc));
    const Status made = MakeArpc(*key->key, item);
    item.rv = made.ok() ? CKR_OK : ToReturnValue(made.error());
  }
  return OkStatus();
}

}  // namespace

extern "C" {

CK_RV ProcessBatch(CK_SESSION_HANDLE session, CK_FLAGS verb, CK_MECHANISM_PTR mechanism,
                   CK_OBJECT_HANDLE key, CK_FLORIN_BATCH_ITEM_PTR items, CK_ULONG count) {
  return SessionShell(session, [=](Module&, Session& locked) {
    return RunBatch(locked, verb, mechanism, key, items, count);
  });
}

CK_RV VerifyArqcMakeArpc(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key,
                         CK_FLORIN_ARQC_ITEM_PTR items, CK_ULONG count) {
  return SessionShell(
      session, [=](Module&, Session& locked) { return RunArqcBatch(locked, key, items, count); });
}

}  // extern "C"

}  // namespace florin::hsm_sim
