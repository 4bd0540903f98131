#include "hsm_sim/objects/object_table.h"

#include <algorithm>
#include <mutex>
#include <string_view>
#include <utility>

namespace florin::hsm_sim {
namespace {

// One sequence for all tokens: a handle of one token means nothing to another.
std::atomic<CK_OBJECT_HANDLE> next_handle{1};

using Names = std::unordered_multimap<std::size_t, CK_OBJECT_HANDLE>;

std::size_t HashOf(const Bytes& value) { return std::hash<std::string_view>{}(AsText(value)); }

void AddName(Names& names, const Bytes* value, CK_OBJECT_HANDLE handle) {
  if (value != nullptr && !value->empty()) names.emplace(HashOf(*value), handle);
}

void RemoveName(Names& names, const Bytes* value, CK_OBJECT_HANDLE handle) {
  if (value == nullptr || value->empty()) return;
  const auto [first, last] = names.equal_range(HashOf(*value));
  for (auto entry = first; entry != last; ++entry) {
    if (entry->second == handle) {
      names.erase(entry);
      return;
    }
  }
}

}  // namespace

void ObjectTable::Index(CK_OBJECT_HANDLE handle, const Object& object) {
  handles_.insert(handle);
  AddName(by_label_, object.attributes.Find(CKA_LABEL), handle);
  AddName(by_id_, object.attributes.Find(CKA_ID), handle);
}

void ObjectTable::Unindex(CK_OBJECT_HANDLE handle, const Object& object) {
  handles_.erase(handle);
  RemoveName(by_label_, object.attributes.Find(CKA_LABEL), handle);
  RemoveName(by_id_, object.attributes.Find(CKA_ID), handle);
}

CK_OBJECT_HANDLE ObjectTable::Add(ObjectPtr object) {
  const CK_OBJECT_HANDLE handle = next_handle.fetch_add(1, std::memory_order_relaxed);
  {
    const std::unique_lock lock(index_mutex_);
    Index(handle, *object);
  }
  Shard& shard = ShardOf(handle);
  const std::unique_lock lock(shard.mutex);
  shard.objects.emplace(handle, std::move(object));
  return handle;
}

ObjectPtr ObjectTable::Find(CK_OBJECT_HANDLE handle) const {
  const Shard& shard = ShardOf(handle);
  const std::shared_lock lock(shard.mutex);
  const auto found = shard.objects.find(handle);
  return found == shard.objects.end() ? nullptr : found->second;
}

bool ObjectTable::Replace(CK_OBJECT_HANDLE handle, ObjectPtr object) {
  const std::unique_lock index_lock(index_mutex_);
  Shard& shard = ShardOf(handle);
  const std::unique_lock lock(shard.mutex);
  const auto found = shard.objects.find(handle);
  if (found == shard.objects.end()) return false;
  Unindex(handle, *found->second);
  Index(handle, *object);
  found->second.swap(object);
  epoch_.fetch_add(1, std::memory_order_release);
  return true;
}

ObjectPtr ObjectTable::Remove(CK_OBJECT_HANDLE handle) {
  const std::unique_lock index_lock(index_mutex_);
  Shard& shard = ShardOf(handle);
  const std::unique_lock lock(shard.mutex);
  const auto found = shard.objects.find(handle);
  if (found == shard.objects.end()) return nullptr;
  ObjectPtr object = std::move(found->second);
  shard.objects.erase(found);
  Unindex(handle, *object);
  epoch_.fetch_add(1, std::memory_order_release);
  return object;
}

void ObjectTable::RemoveIf(const std::function<bool(const Object&)>& condition) {
  for (const CK_OBJECT_HANDLE handle : All()) {
    const ObjectPtr object = Find(handle);
    if (object != nullptr && condition(*object)) Remove(handle);
  }
}

std::vector<CK_OBJECT_HANDLE> ObjectTable::All() const {
  const std::shared_lock lock(index_mutex_);
  return {handles_.begin(), handles_.end()};
}

std::vector<CK_OBJECT_HANDLE> ObjectTable::Candidates(const Template& query) const {
  const Bytes* id = query.attributes.Find(CKA_ID);
  const Bytes* label = query.attributes.Find(CKA_LABEL);
  const bool has_id = id != nullptr && !id->empty();
  if (!has_id && (label == nullptr || label->empty())) return All();
  std::vector<CK_OBJECT_HANDLE> handles;
  {
    const std::shared_lock lock(index_mutex_);
    const auto [first, last] =
        has_id ? by_id_.equal_range(HashOf(*id)) : by_label_.equal_range(HashOf(*label));
    for (auto entry = first; entry != last; ++entry) handles.push_back(entry->second);
  }
  std::sort(handles.begin(), handles.end());
  return handles;
}

std::vector<CK_OBJECT_HANDLE> ObjectTable::Search(const Template& query) const {
  std::vector<CK_OBJECT_HANDLE> found;
  for (const CK_OBJECT_HANDLE handle : Candidates(query)) {
    const ObjectPtr object = Find(handle);
    if (object != nullptr && Matches(*object, query)) found.push_back(handle);
  }
  return found;
}

}  // namespace florin::hsm_sim
