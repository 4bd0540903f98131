// ChainAllButLast: the loop of MACs that treat the last block of a message differently.
#pragma once

#include <algorithm>
#include <cstring>

#include "florin/base/bytes.h"
#include "florin/base/result.h"

namespace florin::primitives {

// Takes more of a message: gives its whole blocks to chain(blocks), which returns Status, but for
// the last one so far, which waits in `pending`, a buffer of one block that holds `pending_size`
// bytes.
template <class Chain>
Status ChainAllButLast(const Chain& chain, ByteView data, MutableBytes pending,
                       std::size_t& pending_size) {
  const std::size_t block = pending.size();
  FLORIN_INVARIANT(block > 0);
  while (!data.empty()) {
    if (pending_size == block) {
      FLORIN_CHECK_OK(chain(ByteView(pending)));
      pending_size = 0;
    }
    if (pending_size == 0 && data.size() > block) {
      const std::size_t whole = (data.size() - 1) / block * block;
      FLORIN_CHECK_OK(chain(data.first(whole)));
      data = data.subspan(whole);
    }
    const std::size_t take = std::min(data.size(), block - pending_size);
    std::memcpy(pending.data() + pending_size, data.data(), take);
    pending_size += take;
    data = data.subspan(take);
  }
  return OkStatus();
}

}  // namespace florin::primitives
