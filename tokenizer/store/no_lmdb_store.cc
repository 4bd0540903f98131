// Stands in for lmdb_store.cc in a build without LMDB.
#include "tokenizer/store/lmdb_store.h"

namespace florin::tokenizer {

Result<std::unique_ptr<Store>> OpenLmdbStore(const LmdbStoreOptions&) {
  return Error(ErrorCode::kUnsupported,
               "this build has no embedded store: build Florin with FLORIN_WITH_LMDB");
}

}  // namespace florin::tokenizer
