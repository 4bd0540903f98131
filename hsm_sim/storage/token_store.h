// TokenStore: the folder of one token: its record, PINs and object files.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/base/random.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "hsm_sim/storage/file_system.h"
#include "hsm_sim/storage/token_format.h"

namespace florin::hsm_sim {

enum class Role : std::uint8_t { kSo, kUser };

inline constexpr std::size_t kMinPinLength = 4;
inline constexpr std::size_t kMaxPinLength = 255;
inline constexpr std::uint32_t kMaxPinFailures = 10;

// What the storage takes from outside; all of it outlives the store.
struct StorageEnvironment {
  FileSystem* files = &SystemFiles();
  RandomSource* random = &SystemRandom();
  const Clock* clock = &SystemClock();
  // Of tokens initialised now; others keep theirs.
  primitives::PasswordCost pin_cost = primitives::kPasswordCostModerate;
  bool imported_keys_may_wrap = false;
};

// Every change is written under a temporary name, forced to disk, renamed, and the folder forced to
// disk: after a crash at any step the token is as before the change or as after it.
// Safe for many threads and processes: whoever changes files holds Lock(), whoever reads several
// files that belong together LockShared().
class TokenStore {
 public:
  // What a PIN opens: the key of one epoch of the token, worth nothing in another.
  struct Authenticated {
    std::uint32_t epoch = 0;
    SecretBytes token_key;
  };

  // The names of the tokens in `root`; none where the folder is absent. Sorted.
  static Result<std::vector<std::string>> List(FileSystem& files, const std::string& root);

  // Makes a token with an SO PIN (kMinPinLength..kMaxPinLength bytes) and no user PIN in `root`,
  // which is made too. `label` at most 32 bytes.
  static Result<std::unique_ptr<TokenStore>> Create(const StorageEnvironment& environment,
                                                    const std::string& root, std::string_view label,
                                                    ByteView so_pin);

  // Opens root/name. kCorrupted, kStorage, kNotFound.
  static Result<std::unique_ptr<TokenStore>> Open(const StorageEnvironment& environment,
                                                  const std::string& root, const std::string& name);

  // Waits for the readers and the other writers of this token.
  Result<std::unique_ptr<FileLock>> Lock() {
    return files().Lock(folder_ + "/lock", LockMode::kExclusive);
  }
  // Waits for the writers of this token.
  Result<std::unique_ptr<FileLock>> LockShared() {
    return files().Lock(folder_ + "/lock", LockMode::kShared);
  }

  // Changes whenever a process changed objects or initialised the token, or tried to. One load.
  std::uint64_t Generation() const { return counter_->Load(); }

  // --- the record; these take the lock themselves ---

  Result<TokenRecord> ReadRecord();

  // Checks a PIN and yields the token key. The failure is counted on disk before the check. One PIN
  // of a role is checked at a time, so that right ones do not lock each other out.
  // kAuthenticationFailed (wrong PIN), kLocked (too many failures), kNotInitialized (no user PIN).
  Result<Authenticated> Authenticate(Role role, ByteView pin);

  // Sets a role's PIN and clears its failures. kAuthenticationFailed where the key is of another
  // epoch than the token by now.
  Status SetPin(Role role, ByteView pin, const Authenticated& key);

  // Erases everything and begins a new epoch: no objects, no user PIN, a new token key. Takes the
  // SO PIN, and keeps it. Errors as Authenticate.
  Status Reinitialize(std::string_view label, ByteView so_pin);

  // --- object files; the caller holds the lock for those that write ---

  // The newest version of each object.
  Result<std::vector<ObjectName>> ListObjects(std::uint32_t epoch);
  Result<Bytes> ReadObject(std::uint32_t epoch, const ObjectName& name);

  // Writes an object; older versions are removed once the new one is on disk.
  Status WriteObject(std::uint32_t epoch, const ObjectName& name, ByteView file);
  // Removes all versions of an object, the newest last, and forces that to disk.
  Status RemoveObject(std::uint32_t epoch, const ObjectId& id);

  // Removes what a crash left behind.
  Status CleanUp(std::uint32_t epoch);

  RandomSource& random() const { return *environment_.random; }
  const Clock& clock() const { return *environment_.clock; }
  const std::string& folder() const { return folder_; }

 private:
  TokenStore(const StorageEnvironment& environment, std::string folder)
      : environment_(environment), folder_(std::move(folder)) {}

  // Writes a token's files under a temporary name and renames the folder.
  static Status Build(const StorageEnvironment& environment, const std::string& temporary,
                      const std::string& folder, const TokenRecord& record);

  FileSystem& files() const { return *environment_.files; }
  std::string ObjectsFolder(std::uint32_t epoch) const;
  Result<std::unique_ptr<FileLock>> LockLogin(Role role);
  // The caller holds LockLogin(role).
  Result<Authenticated> CheckPin(Role role, ByteView pin);
  Result<TokenRecord> ReadRecordOf(std::uint32_t epoch);
  Status WriteRecord(const TokenRecord& record);
  static Status ForceFolder(FileSystem& files, const std::string& folder);
  Status Replace(const std::string& folder, const std::string& name, ByteView contents);

  StorageEnvironment environment_;
  std::string folder_;
  std::unique_ptr<SharedCounter> counter_;
};

}  // namespace florin::hsm_sim
