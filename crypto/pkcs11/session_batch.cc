// Pkcs11Session: batches, through "Vendor Florin" where the module has it.
#include "crypto/pkcs11/session_batch.h"

#include <algorithm>

#include "crypto/cryptoki/mechanism_names.h"
#include "crypto/cryptoki/rv.h"
#include "crypto/pkcs11/session.h"
#include "crypto/pkcs11/signature_length.h"

namespace florin::pkcs11 {
namespace {

using hsm::BatchItem;
using hsm::KeyHandle;
using mechanisms::Mechanism;
using mechanisms::TypeOf;
using mechanisms::Verb;

CK_BYTE nowhere = 0;

CK_BYTE_PTR Pointer(ByteView bytes) {
  return bytes.empty() ? &nowhere : const_cast<CK_BYTE_PTR>(bytes.data());
}

// An error that any item of the call would have had.
bool ConcernsCall(ErrorCode code) {
  return code == ErrorCode::kPermissionDenied || code == ErrorCode::kUnsupported ||
         code == ErrorCode::kNotFound || code == ErrorCode::kSessionLost;
}

Error OtherMechanism() {
  return {ErrorCode::kInvalidArgument, "an item's parameter must be of the call's mechanism"};
}

// As for single calls.
Status CheckLengths(Verb verb, const Mechanism& mechanism, const BatchItem& item) {
  if (verb == Verb::kVerify && !MayBeSignature(mechanism, item.signature)) {
    return cryptoki::ErrorFromRv(CKR_SIGNATURE_INVALID);
  }
  if (verb == Verb::kSign && item.output.size() < SignatureLength(mechanism)) {
    return cryptoki::ErrorFromRv(CKR_BUFFER_TOO_SMALL);
  }
  return OkStatus();
}

}  // namespace

Status Pkcs11Session::RunBatch(Verb verb, const Mechanism& mechanism, KeyHandle key,
                               std::span<BatchItem> items) {
  if (verb != Verb::kSign && verb != Verb::kVerify && verb != Verb::kEncrypt &&
      verb != Verb::kDecrypt) {
    return Error(ErrorCode::kInvalidArgument, "a batch signs, verifies, encrypts or decrypts");
  }
  Call call;
  FLORIN_CHECK_OK(Prepare(mechanism, key, call));
  if (items.empty()) return OkStatus();
  if (library_->vendor() != nullptr) return RunBatchAtOnce(verb, mechanism, key, items);
  return RunBatchByItem(verb, mechanism, key, items);
}

Status Pkcs11Session::RunBatchByItem(Verb verb, const Mechanism& mechanism, KeyHandle key,
                                     std::span<BatchItem> items) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    BatchItem& item = items[i];
    const Mechanism& own = item.parameter != nullptr ? *item.parameter : mechanism;
    item.written = 0;
    if (TypeOf(own) != TypeOf(mechanism)) {
      item.status = OtherMechanism();
      continue;
    }
    if (verb == Verb::kVerify) {
      item.status = Verify(own, key, item.input, item.signature);
    } else {
      auto written = verb == Verb::kDecrypt ? Decrypt(own, key, item.input, item.output)
                                            : RunOne(verb, own, key, item.input, item.output);
      item.status = written.ok() ? OkStatus() : Status(written.error());
      if (written.ok()) item.written = *written;
    }
    if (i == 0 && ConcernsCall(item.status.code())) return item.status;
  }
  return OkStatus();
}

Status Pkcs11Session::RunBatchAtOnce(Verb verb, const Mechanism& mechanism, KeyHandle key,
                                     std::span<BatchItem> items) {
  if (batch_ == nullptr) batch_ = std::make_unique<Batch>();
  Call call;
  FLORIN_CHECK_OK(Prepare(mechanism, key, call));
  for (std::size_t at = 0; at < items.size(); at += Batch::kItems) {
    const auto chunk = items.subspan(at, std::min(Batch::kItems, items.size() - at));
    const Status status = RunChunk(verb, call, mechanism, key, chunk);
    if (status.ok()) continue;
    if (at == 0 && status.error().detail() == CKR_FUNCTION_NOT_SUPPORTED) {
      return RunBatchByItem(verb, mechanism, key, items);
    }
    if (at == 0) return status;
    // Earlier items were run: only those that were not can be told so.
    for (BatchItem& item : items.subspan(at)) item.status = status;
    return OkStatus();
  }
  return OkStatus();
}

Status Pkcs11Session::RunChunk(Verb verb, Call& call, const Mechanism& mechanism, KeyHandle key,
                               std::span<BatchItem> items) {
  std::size_t count = 0;
  // Items whose parameter cannot be encoded are left out of the call.
  for (BatchItem& item : items) {
    const Mechanism& own = item.parameter != nullptr ? *item.parameter : mechanism;
    item.written = 0;
    item.status = OkStatus();
    CK_FLORIN_BATCH_ITEM& c_item = batch_->items[count];
    c_item = {};
    if (item.parameter != nullptr) {
      cryptoki::EncodedMechanism& parameter = batch_->parameters[count];
      item.status = TypeOf(*item.parameter) == TypeOf(mechanism)
                        ? Encode(*item.parameter, parameter)
                        : Status(OtherMechanism());
      if (item.status.ok() && parameter.number() != call.mechanism.number()) {
        item.status = OtherMechanism();
      }
      if (!item.status.ok()) continue;
      c_item.pParameter = parameter.get()->pParameter;
      c_item.ulParameterLen = parameter.get()->ulParameterLen;
    }
    item.status = CheckLengths(verb, own, item);
    if (!item.status.ok()) continue;
    const ByteView output = verb == Verb::kVerify ? item.signature : ByteView(item.output);
    c_item.pInput = Pointer(item.input);
    c_item.ulInputLen = item.input.size();
    c_item.pOutput = Pointer(output);
    c_item.ulOutputLen = output.size();
    c_item.rv = CKR_FUNCTION_FAILED;
    ++count;
  }
  const CK_RV rv = library_->vendor()->C_FlorinProcessBatch(handle_, cryptoki::VerbFlags(verb),
                                                            call.mechanism.get(), call.object,
                                                            batch_->items.data(), count);
  for (std::size_t i = 0; i < count; ++i) batch_->parameters[i].Clear();
  if (rv != CKR_OK) return JudgeOperation(rv, verb, mechanism, key);

  const CK_FLORIN_BATCH_ITEM* c_item = batch_->items.data();
  for (BatchItem& item : items) {
    if (!item.status.ok()) continue;
    if (c_item->rv != CKR_OK) {
      const CK_RV item_rv =
          c_item->rv == CKR_SIGNATURE_LEN_RANGE ? CKR_SIGNATURE_INVALID : c_item->rv;
      item.status = JudgeOperation(item_rv, verb, mechanism, key);
      if (verb == Verb::kDecrypt) Wipe(item.output);
    } else if (verb != Verb::kVerify) {
      if (c_item->ulOutputLen > item.output.size()) {
        item.status = cryptoki::ErrorFromRv(CKR_GENERAL_ERROR);
      } else {
        item.written = c_item->ulOutputLen;
      }
    }
    ++c_item;
  }
  return OkStatus();
}

}  // namespace florin::pkcs11
