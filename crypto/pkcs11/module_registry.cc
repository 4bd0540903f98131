#include "crypto/pkcs11/module_registry.h"

#include <stdlib.h>

#include <cstddef>
#include <map>
#include <mutex>
#include <utility>

#include "crypto/pkcs11/library.h"
#include "crypto/pkcs11/module.h"

namespace florin::pkcs11 {
namespace {

struct Entry {
  std::string parameters;
  std::weak_ptr<Module> module;
  std::weak_ptr<const Library> shared;  // sessions may outlive the module
  const Library* loaded = nullptr;
  std::size_t owners = 0;  // groups of shared_ptr that will release `loaded`
};

// Finalising a module and loading it again must not overlap, so both happen under one lock. Never
// destroyed: libraries may be released late in the process's life.
struct Registry {
  std::mutex mutex;
  std::map<std::string, Entry> entries;
};

Registry& TheRegistry() {
  static Registry& registry = *new Registry;
  return registry;
}

// A file may be known by several names. A name without a slash is for the loader to find.
std::string Canonical(const std::string& path) {
  if (path.find('/') == std::string::npos) return path;
  char* real = realpath(path.c_str(), nullptr);
  if (real == nullptr) return path;
  std::string canonical(real);
  free(real);
  return canonical;
}

// Releases what one group of shared_ptr owned. A library whose last pointer is gone, but whose
// release still waits for the lock, may have found a new group of owners meanwhile.
class Release {
 public:
  explicit Release(std::string name) : name_(std::move(name)) {}

  void operator()(const Library* library) const {
    Registry& registry = TheRegistry();
    const std::lock_guard<std::mutex> lock(registry.mutex);
    const auto found = registry.entries.find(name_);
    FLORIN_INVARIANT(found != registry.entries.end() && found->second.loaded == library);
    if (--found->second.owners > 0) return;
    delete library;
    registry.entries.erase(found);
  }

 private:
  std::string name_;
};

}  // namespace

Result<std::shared_ptr<Module>> LoadShared(const std::string& path, const ModuleOptions& options) {
  Registry& registry = TheRegistry();
  const std::string name = Canonical(path);
  // Outlives the lock: releasing it takes the lock again.
  std::shared_ptr<const Library> library;
  const std::lock_guard<std::mutex> lock(registry.mutex);
  auto found = registry.entries.find(name);
  if (found == registry.entries.end()) {
    FLORIN_TRY(Library loaded, Library::Load(path, options.parameters));
    found = registry.entries.try_emplace(name).first;
    found->second.parameters = options.parameters;
    found->second.loaded = new Library(std::move(loaded));
  }
  Entry& entry = found->second;
  if (options.parameters != entry.parameters) {
    return Error(ErrorCode::kConflict,
                 "the module is in use with other library parameters; use the same ones");
  }
  if (std::shared_ptr<Module> module = entry.module.lock(); module != nullptr) return module;
  library = entry.shared.lock();
  if (library == nullptr) {
    ++entry.owners;
    library = std::shared_ptr<const Library>(entry.loaded, Release(name));
    entry.shared = library;
  }
  std::shared_ptr<Module> module = std::make_shared<ModuleImpl>(library);
  entry.module = module;
  return module;
}

}  // namespace florin::pkcs11
