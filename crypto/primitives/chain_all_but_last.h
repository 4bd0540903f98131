// ChainAllButLast: the loop of MACs that treat the last block of a message differently.
#pragma once

#include <algorithm>
#include <cstring>

#include "crypto/primitives/cipher.h"

namespace florin::primitives {

// Takes more of a message: chains its whole blocks into `chain`, but for the last one so far, which
// waits in `pending`, a buffer of one block that holds `pending_size` bytes.
inline Status ChainAllButLast(const KeyedCipher& cipher, ByteView data, MutableBytes pending,
                              std::size_t& pending_size, MutableBytes chain) {
  const std::size_t block = pending.size();
  while (!data.empty()) {
    if (pending_size == block) {
      FLORIN_CHECK_OK(cipher.ChainBlocks(pending, chain));
      pending_size = 0;
    }
    if (pending_size == 0 && data.size() > block) {
      const std::size_t whole = (data.size() - 1) / block * block;
      FLORIN_CHECK_OK(cipher.ChainBlocks(data.first(whole), chain));
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
