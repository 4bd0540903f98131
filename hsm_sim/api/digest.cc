// Chapter "Message digesting functions".
#include "crypto/primitives/hash.h"
#include "hsm_sim/api/mechanism_list.h"
#include "hsm_sim/api/operations.h"

namespace florin::hsm_sim {
namespace {

Status DigestInit(Session& session, const CK_MECHANISM* mechanism) {
  DigestState& state = session.digest;
  if (state.phase != Phase::kIdle) {
    if (mechanism != nullptr) return Fail(CKR_OPERATION_ACTIVE);
    state.End();
    return OkStatus();
  }
  if (mechanism == nullptr) return Fail(CKR_ARGUMENTS_BAD);
  const std::optional<Hash> hash = DigestHash(mechanism->mechanism);
  const bool offered = hash.has_value() && !session.quirks->Lacks(mechanism->mechanism);
  if (!offered) return Fail(CKR_MECHANISM_INVALID);
  if (mechanism->ulParameterLen != 0) return Fail(CKR_MECHANISM_PARAM_INVALID);
  state.hasher.emplace(*hash);
  state.phase = Phase::kReady;
  return OkStatus();
}

Status EnterPhase(DigestState& state, bool single) {
  if (state.phase == Phase::kIdle) return Fail(CKR_OPERATION_NOT_INITIALIZED);
  if (state.phase != (single ? Phase::kInPieces : Phase::kAsked)) return OkStatus();
  state.End();
  return Fail(CKR_OPERATION_ACTIVE);
}

// True: there is room for the digest, go on. Else the answer is in `answer`.
bool HasRoom(DigestState& state, const Output& output, Status& answer) {
  const std::size_t size = HashSize(state.hasher->hash());
  if (output.bytes != nullptr && *output.length >= size) return true;
  answer = output.bytes == nullptr ? OkStatus() : Status(Fail(CKR_BUFFER_TOO_SMALL));
  *output.length = size;
  return false;
}

Status FinishDigest(DigestState& state, const Output& output) {
  const std::size_t size = HashSize(state.hasher->hash());
  const Status finished = state.hasher->Finish({output.bytes, size});
  state.End();
  if (finished.ok()) *output.length = size;
  return finished;
}

Status DigestOnce(DigestState& state, const CK_BYTE* data, CK_ULONG length, Output output) {
  FLORIN_CHECK_OK(EnterPhase(state, true));
  const auto input = Input(data, length);
  if (output.length == nullptr || !input.ok()) {
    state.End();
    return input.ok() ? Fail(CKR_ARGUMENTS_BAD) : input.error();
  }
  Status answer;
  if (!HasRoom(state, output, answer)) {
    state.phase = Phase::kAsked;
    return answer;
  }
  state.hasher->Update(*input);
  return FinishDigest(state, output);
}

Status DigestUpdate(DigestState& state, const CK_BYTE* part, CK_ULONG length) {
  FLORIN_CHECK_OK(EnterPhase(state, false));
  const auto input = Input(part, length);
  if (!input.ok()) {
    state.End();
    return input.error();
  }
  state.hasher->Update(*input);
  state.phase = Phase::kInPieces;
  return OkStatus();
}

Status DigestFinal(DigestState& state, Output output) {
  FLORIN_CHECK_OK(EnterPhase(state, false));
  if (output.length == nullptr) {
    state.End();
    return Fail(CKR_ARGUMENTS_BAD);
  }
  Status answer;
  if (!HasRoom(state, output, answer)) return answer;
  return FinishDigest(state, output);
}

}  // namespace
}  // namespace florin::hsm_sim

namespace sim = florin::hsm_sim;

extern "C" {

CK_RV C_DigestInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) {
    return sim::DigestInit(session, pMechanism);
  });
}

CK_RV C_Digest(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen,
               CK_BYTE_PTR pDigest, CK_ULONG_PTR pulDigestLen) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) {
    return sim::DigestOnce(session.digest, pData, ulDataLen, {pDigest, pulDigestLen});
  });
}

CK_RV C_DigestUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) {
    return sim::DigestUpdate(session.digest, pPart, ulPartLen);
  });
}

CK_RV C_DigestKey(CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hKey) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) -> florin::Status {
    if (session.digest.phase == sim::Phase::kIdle) {
      return sim::Fail(CKR_OPERATION_NOT_INITIALIZED);
    }
    session.digest.End();
    FLORIN_CHECK_OK(sim::FindKey(session, hKey).ok()
                        ? florin::OkStatus()
                        : florin::Status(sim::Fail(CKR_KEY_HANDLE_INVALID)));
    // A digest of a key is an oracle for it; derivation by hash makes a key instead.
    return sim::Fail(CKR_KEY_INDIGESTIBLE);
  });
}

CK_RV C_DigestFinal(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pDigest, CK_ULONG_PTR pulDigestLen) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) {
    return sim::DigestFinal(session.digest, {pDigest, pulDigestLen});
  });
}

}  // extern "C"
