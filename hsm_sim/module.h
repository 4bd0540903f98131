// Module: the state behind the C interface: whether it is initialised, its slots, its sessions.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "hsm_sim/options.h"
#include "hsm_sim/session.h"
#include "hsm_sim/token.h"

namespace florin::hsm_sim {

// One per process, made by the first C_Initialize and never destroyed: the host may call in while
// the process ends. C_Finalize empties it; a program that unloads the module loses about 130 KB.
// After fork the child has none, whatever the parent's threads were doing, and may initialise its
// own. Safe for many threads.
class Module {
 public:
  // CKR_CRYPTOKI_ALREADY_INITIALIZED, CKR_ARGUMENTS_BAD. Safe against itself.
  static Status Initialize(const CK_C_INITIALIZE_ARGS* arguments);
  // CKR_CRYPTOKI_NOT_INITIALIZED.
  static Status Finalize();

  // CKR_CRYPTOKI_NOT_INITIALIZED. One load.
  static Result<Module*> Current();

  // For tests: the files, random source and clock of every token from the next Initialize on.
  static void SetEnvironment(const StorageEnvironment& environment);

  SessionTable& sessions() { return sessions_; }
  RandomSource& random() const { return *environment_.random; }
  const Quirks& quirks() const { return options_.quirks; }

  // --- slots: one per token, and one for the token to come ---

  // Looks for new tokens in the directory first.
  Result<std::vector<CK_SLOT_ID>> ListSlots();
  // As the last look left them.
  Result<std::vector<CK_SLOT_ID>> KnownSlots();

  // The token in the slot; null where it is not initialised. CKR_SLOT_ID_INVALID,
  // CKR_TOKEN_NOT_RECOGNIZED (its files are damaged).
  Result<std::shared_ptr<Token>> TokenIn(CK_SLOT_ID slot);

  // C_InitToken. CKR_SESSION_EXISTS, CKR_PIN_INCORRECT, CKR_PIN_LEN_RANGE.
  Status InitToken(CK_SLOT_ID slot, std::string_view label, ByteView so_pin);

 private:
  struct Slot {
    std::string name;              // of the token's folder; empty: not initialised
    std::shared_ptr<Token> token;  // null: not initialised, or damaged
  };

  Module() = default;
  Status Start(const Options& options, const StorageEnvironment& environment);
  void Clear();
  // The caller holds slots_mutex_.
  Status Refresh();
  std::vector<CK_SLOT_ID> SlotIds() const;

  Options options_;
  StorageEnvironment environment_;
  SessionTable sessions_;
  std::mutex slots_mutex_;
  std::vector<Slot> slots_;  // the index is the slot's number
};

}  // namespace florin::hsm_sim
