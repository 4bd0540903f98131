// ObjectTable: the objects of one token by handle, by label and by id.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <set>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "hsm_sim/objects/object.h"

namespace florin::hsm_sim {

// Safe for many threads. Looking a handle up locks one of kShards, for reading; searching and
// changing take one lock more. Handles are unique in the process and never come back.
class ObjectTable {
 public:
  ObjectTable() = default;
  ObjectTable(const ObjectTable&) = delete;
  ObjectTable& operator=(const ObjectTable&) = delete;

  CK_OBJECT_HANDLE Add(ObjectPtr object);
  // Null where there is none.
  ObjectPtr Find(CK_OBJECT_HANDLE handle) const;
  // Puts a changed object under its handle; false where the handle is gone.
  bool Replace(CK_OBJECT_HANDLE handle, ObjectPtr object);
  // Null where there was none.
  ObjectPtr Remove(CK_OBJECT_HANDLE handle);
  void RemoveIf(const std::function<bool(const Object&)>& condition);
  void Clear() {
    RemoveIf([](const Object&) { return true; });
  }

  // Matching handles, oldest first.
  std::vector<CK_OBJECT_HANDLE> Search(const Template& query) const;
  std::vector<CK_OBJECT_HANDLE> All() const;

  // Changes whenever an object is replaced or removed: what was found under an older number must be
  // looked up again. One load.
  std::uint64_t epoch() const { return epoch_.load(std::memory_order_acquire); }

 private:
  static constexpr std::size_t kShards = 64;

  struct alignas(64) Shard {
    mutable std::shared_mutex mutex;
    std::unordered_map<CK_OBJECT_HANDLE, ObjectPtr> objects;
  };

  Shard& ShardOf(CK_OBJECT_HANDLE handle) { return shards_[handle % kShards]; }
  const Shard& ShardOf(CK_OBJECT_HANDLE handle) const { return shards_[handle % kShards]; }
  void Index(CK_OBJECT_HANDLE handle, const Object& object);
  void Unindex(CK_OBJECT_HANDLE handle, const Object& object);
  std::vector<CK_OBJECT_HANDLE> Candidates(const Template& query) const;

  std::array<Shard, kShards> shards_;
  mutable std::shared_mutex index_mutex_;
  std::set<CK_OBJECT_HANDLE> handles_;
  std::unordered_multimap<std::size_t, CK_OBJECT_HANDLE> by_label_;
  std::unordered_multimap<std::size_t, CK_OBJECT_HANDLE> by_id_;
  std::atomic<std::uint64_t> epoch_{1};
};

}  // namespace florin::hsm_sim
