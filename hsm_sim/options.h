// Options: what the environment and the caller of C_Initialize may choose.
#pragma once

#include <string>
#include <string_view>

#include "hsm_sim/objects/key_objects.h"
#include "hsm_sim/quirks.h"
#include "hsm_sim/storage/token_store.h"

namespace florin::hsm_sim {

struct Options {
  std::string directory;  // absolute; where the tokens lie
  primitives::PasswordCost pin_cost = primitives::kPasswordCostModerate;  // of new tokens
  KeyPolicy policy;  // of tokens initialised from now on; others keep theirs
  Quirks quirks;
};

// Reads the environment, then `parameters`, such as "directory='/srv/tokens' pin_kdf=interactive".
// Names: directory; pin_kdf = moderate, interactive or minimal; policy = strict or vectors
// (imported keys may wrap in tokens that C_InitToken makes now); quirks and without_mechanisms,
// whose lists are read by ReadQuirks and ReadLacking. From the environment: FLORIN_HSM_DIR,
// FLORIN_HSM_PIN_KDF, FLORIN_HSM_POLICY, which win, FLORIN_HSM_QUIRKS and
// FLORIN_HSM_WITHOUT_MECHANISMS, which add. The directory is else $XDG_DATA_HOME/florin/hsm, else
// $HOME/.local/share/florin/hsm. CKR_ARGUMENTS_BAD for a name or value that is not one of these, or
// where no directory is found; the message says what was wrong, to whoever sees more than a CK_RV.
Result<Options> ReadOptions(std::string_view parameters);

}  // namespace florin::hsm_sim
