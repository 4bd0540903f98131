// LmdbStore: the embedded store. One directory, many processes, durable on return.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "florin/base/result.h"
#include "tokenizer/step_hook.h"
#include "tokenizer/store/store.h"

namespace florin::tokenizer {

struct LmdbStoreOptions {
  std::string directory;
  std::uint64_t max_bytes = 1ULL << 32;  // ceiling of the file; at least 128 KiB
  StepHook* hook = nullptr;              // tests only; outlives the store
  bool create = true;                    // the directory, mode 0700, and the files where missing
};

// Opens or creates. Within one process all stores of a directory share one LMDB environment, made
// by the first of them; its ceiling then counts. A store opened before a fork refuses to work in
// the child. kInvalidArgument, kNotFound (nothing to open, and not `create`), kStorage, kCorrupted,
// kResourceExhausted; kUnsupported where Florin was built without LMDB.
Result<std::unique_ptr<Store>> OpenLmdbStore(const LmdbStoreOptions& options);

}  // namespace florin::tokenizer
