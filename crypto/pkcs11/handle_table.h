// HandleTable: the KeyHandles of one session and the object handles they stand for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "crypto/cryptoki/pkcs11.h"
#include "florin/base/result.h"
#include "florin/hsm/key_ref.h"

namespace florin::pkcs11 {

// A KeyHandle is session (24 bits), generation (16) and slot (24, from 1): a handle of another
// session, and a handle whose key was destroyed, are told apart from a live one. One thread at a
// time.
class HandleTable {
 public:
  HandleTable();

  // kResourceExhausted beyond 2^20 keys.
  Result<hsm::KeyHandle> Add(CK_OBJECT_HANDLE object);

  // kInvalidArgument for a handle of another session; kNotFound for one that was removed.
  Result<CK_OBJECT_HANDLE> Find(hsm::KeyHandle key) const;

  void Remove(hsm::KeyHandle key);

  // Every live handle and its object.
  std::vector<std::pair<CK_OBJECT_HANDLE, hsm::KeyHandle>> Live() const;

 private:
  struct Entry {
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
    std::uint16_t generation = 0;
  };

  const Entry* EntryOf(hsm::KeyHandle key) const;
  bool IsOurs(hsm::KeyHandle key) const;
  hsm::KeyHandle HandleAt(std::size_t slot) const;

  std::uint64_t session_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> free_;
};

}  // namespace florin::pkcs11
