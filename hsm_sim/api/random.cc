// Chapter "Random number generation functions".
#include "hsm_sim/api/shell.h"

namespace sim = florin::hsm_sim;

extern "C" {

CK_RV C_SeedRandom(CK_SESSION_HANDLE hSession, CK_BYTE_PTR, CK_ULONG) {
  return sim::SessionShell(hSession, [](sim::Module&, sim::Session&) -> florin::Status {
    return sim::Fail(CKR_RANDOM_SEED_NOT_SUPPORTED);
  });
}

CK_RV C_GenerateRandom(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pRandomData, CK_ULONG ulRandomLen) {
  return sim::SessionShell(hSession, [=](sim::Module& module, sim::Session&) -> florin::Status {
    if (pRandomData == nullptr || ulRandomLen > sim::kMaxInput) return sim::Fail(CKR_ARGUMENTS_BAD);
    return module.random().Fill({pRandomData, ulRandomLen});
  });
}

}  // extern "C"
