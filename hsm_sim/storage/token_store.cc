#include "hsm_sim/storage/token_store.h"

#include <errno.h>

#include <algorithm>
#include <utility>

#include "florin/base/byte_writer.h"
#include "florin/base/hex.h"
#include "hsm_sim/storage/credential.h"

namespace florin::hsm_sim {
namespace {

constexpr std::string_view kRecordName = "/token";
constexpr std::string_view kTemporary = ".tmp";

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

std::array<char, 32> PaddedLabel(std::string_view label) {
  std::array<char, 32> padded;
  padded.fill(' ');
  std::copy_n(label.begin(), std::min(label.size(), padded.size()), padded.begin());
  return padded;
}

Credential& CredentialOf(TokenRecord& record, Role role) {
  return role == Role::kSo ? record.so : record.user;
}

Status CheckPinLength(ByteView pin) {
  if (pin.size() >= kMinPinLength && pin.size() <= kMaxPinLength) return OkStatus();
  return Error(ErrorCode::kInvalidArgument, "a PIN has 4 to 255 bytes");
}

// Tells every process before a change, so that one cut short is not overlooked: whoever sees the
// first number waits for the lock before it reads. And after it, for whoever failed to.
class ChangeNotice {
 public:
  explicit ChangeNotice(SharedCounter& counter) : counter_(counter) { counter_.Increment(); }
  ~ChangeNotice() { counter_.Increment(); }
  ChangeNotice(const ChangeNotice&) = delete;
  ChangeNotice& operator=(const ChangeNotice&) = delete;

 private:
  SharedCounter& counter_;
};

// A serial number that is the name of the folder, and the public key.
Status DrawIdentity(TokenRecord& record, RandomSource& random) {
  std::array<std::uint8_t, 8> number{};
  FLORIN_CHECK_OK(random.Fill(number));
  FLORIN_TRY([[maybe_unused]] const std::size_t digits,
             HexEncode(number, record.serial, HexCase::kLower));
  return random.Fill(record.public_key);
}

// A new token key under the SO PIN.
Status DrawTokenKey(TokenRecord& record, ByteView so_pin, const StorageEnvironment& environment) {
  FLORIN_TRY(SecretBytes token_key, SecretBytes::Create(kTokenKeySize));
  FLORIN_CHECK_OK(environment.random->Fill(token_key.Write(SecretAccess{})));
  FLORIN_TRY(record.so, SealTokenKey(so_pin, token_key, record.Binding(), environment.pin_cost,
                                     *environment.random));
  return OkStatus();
}

}  // namespace

std::string TokenStore::ObjectsFolder(std::uint32_t epoch) const {
  std::array<std::uint8_t, 4> number{};
  ByteWriter out(number);
  FLORIN_INVARIANT(out.WriteU32(epoch).ok());
  return folder_ + "/objects-" + HexEncode(number);
}

Result<std::vector<std::string>> TokenStore::List(FileSystem& files, const std::string& root) {
  auto names = files.List(root);
  if (names.code() == ErrorCode::kNotFound) return std::vector<std::string>();
  if (!names.ok()) return names.error();
  std::vector<std::string> tokens;
  for (std::string& name : *names) {
    if (name.size() == 16 && HexDecode(name).ok()) tokens.push_back(std::move(name));
  }
  std::sort(tokens.begin(), tokens.end());
  return tokens;
}

Status TokenStore::Build(const StorageEnvironment& environment, const std::string& temporary,
                         const std::string& folder, const TokenRecord& record) {
  FileSystem& files = *environment.files;
  const TokenStore store(environment, temporary);
  FLORIN_CHECK_OK(files.MakeFolder(store.ObjectsFolder(record.epoch)));
  FLORIN_CHECK_OK(files.WriteAndSync(temporary + "/lock", {}));
  const Bytes zeros(FileSystem::kCounterFileSize);
  FLORIN_CHECK_OK(files.WriteAndSync(temporary + "/generation", zeros));
  FLORIN_CHECK_OK(
      files.WriteAndSync(temporary + std::string(kRecordName), EncodeTokenRecord(record)));
  FLORIN_CHECK_OK(files.SyncFolder(temporary));
  return files.Rename(temporary, folder);
}

Result<std::unique_ptr<TokenStore>> TokenStore::Create(const StorageEnvironment& environment,
                                                       const std::string& root,
                                                       std::string_view label, ByteView so_pin) {
  FLORIN_CHECK_OK(CheckPinLength(so_pin));
  FileSystem& files = *environment.files;
  TokenRecord record;
  record.label = PaddedLabel(label);
  record.created = environment.clock->Now().value;
  record.epoch = 1;
  record.imported_keys_may_wrap = environment.imported_keys_may_wrap;
  FLORIN_CHECK_OK(DrawIdentity(record, *environment.random));
  FLORIN_CHECK_OK(DrawTokenKey(record, so_pin, environment));

  const std::string name(record.serial.data(), record.serial.size());
  const std::string temporary = root + "/" + name + std::string(kTemporary);
  if (const Status made = Build(environment, temporary, root + "/" + name, record); !made.ok()) {
    // Nothing of it must stay; what the disk refuses to give back is never read.
    (void)files.RemoveFolder(temporary).ok();
    return made.error();
  }
  if (const Status forced = ForceFolder(files, root); !forced.ok()) {
    (void)files.RemoveFolder(root + "/" + name).ok();
    return forced.error();
  }
  return Open(environment, root, name);
}

Result<std::unique_ptr<TokenStore>> TokenStore::Open(const StorageEnvironment& environment,
                                                     const std::string& root,
                                                     const std::string& name) {
  std::unique_ptr<TokenStore> store(new TokenStore(environment, root + "/" + name));
  FLORIN_TRY(store->counter_, store->files().OpenCounter(store->folder_ + "/generation"));
  FLORIN_TRY(const TokenRecord record, store->ReadRecord());
  if (std::string_view(record.serial.data(), record.serial.size()) != name) {
    return Error(ErrorCode::kCorrupted, "the token lies in a folder of another name");
  }
  return store;
}

// What was renamed or removed has happened for every process; only a power cut may still undo it.
// So a folder that cannot be forced is tried again, and what is reported then is no full disk.
Status TokenStore::ForceFolder(FileSystem& files, const std::string& folder) {
  constexpr int kTries = 3;
  for (int i = 0; i < kTries; ++i) {
    if (files.SyncFolder(folder).ok()) return OkStatus();
  }
  return Error(ErrorCode::kStorage, "a change of the token cannot be forced to disk", EIO);
}

Status TokenStore::Replace(const std::string& folder, const std::string& name, ByteView contents) {
  const std::string temporary = folder + "/" + name + std::string(kTemporary);
  Status status = files().WriteAndSync(temporary, contents);
  if (status.ok()) status = files().Rename(temporary, folder + "/" + name);
  if (!status.ok()) {
    // The disk may be full: give back what was taken. Its own failure adds nothing.
    (void)files().Remove(temporary).ok();
    return status;
  }
  return ForceFolder(files(), folder);
}

Result<TokenRecord> TokenStore::ReadRecord() {
  FLORIN_TRY(const Bytes file,
             files().Read(folder_ + std::string(kRecordName), TokenRecord::kSize));
  return DecodeTokenRecord(file);
}

Status TokenStore::WriteRecord(const TokenRecord& record) {
  return Replace(folder_, std::string(kRecordName.substr(1)), EncodeTokenRecord(record));
}

Result<std::unique_ptr<FileLock>> TokenStore::LockLogin(Role role) {
  const char* name = role == Role::kSo ? "/login-so.lock" : "/login-user.lock";
  return files().Lock(folder_ + name, LockMode::kExclusive);
}

Result<TokenStore::Authenticated> TokenStore::Authenticate(Role role, ByteView pin) {
  FLORIN_TRY(const auto login_lock, LockLogin(role));
  return CheckPin(role, pin);
}

Result<TokenStore::Authenticated> TokenStore::CheckPin(Role role, ByteView pin) {
  TokenRecord record;
  {
    FLORIN_TRY(const auto lock, Lock());
    FLORIN_TRY(record, ReadRecord());
    Credential& credential = CredentialOf(record, role);
    if (!credential.set) return Error(ErrorCode::kNotInitialized, "this role has no PIN yet");
    if (credential.failures >= kMaxPinFailures) {
      return Error(ErrorCode::kLocked, "the PIN was wrong too often; the SO must set a new one");
    }
    // A guess is paid for before it is made: cutting the power does not give it back.
    ++credential.failures;
    FLORIN_CHECK_OK(WriteRecord(record));
  }
  // Outside of the lock: hashing takes most of a second, and writers must not wait for it.
  if (!CheckPinLength(pin).ok()) {
    return Error(ErrorCode::kAuthenticationFailed, "the PIN is wrong");
  }
  Authenticated result;
  result.epoch = record.epoch;
  FLORIN_TRY(result.token_key, OpenTokenKey(pin, CredentialOf(record, role), record.Binding()));
  FLORIN_TRY(const auto lock, Lock());
  FLORIN_TRY(TokenRecord now, ReadRecordOf(result.epoch));
  CredentialOf(now, role).failures = 0;
  FLORIN_CHECK_OK(WriteRecord(now));
  return result;
}

Result<TokenRecord> TokenStore::ReadRecordOf(std::uint32_t epoch) {
  FLORIN_TRY(const TokenRecord record, ReadRecord());
  if (record.epoch == epoch) return record;
  return Error(ErrorCode::kAuthenticationFailed, "the token was initialised meanwhile");
}

Status TokenStore::SetPin(Role role, ByteView pin, const Authenticated& key) {
  FLORIN_CHECK_OK(CheckPinLength(pin));
  FLORIN_TRY(const auto login_lock, LockLogin(role));
  FLORIN_TRY(const TokenRecord before, ReadRecordOf(key.epoch));
  FLORIN_TRY(const Credential credential,
             SealTokenKey(pin, key.token_key, before.Binding(), before.so.cost, random()));
  FLORIN_TRY(const auto lock, Lock());
  FLORIN_TRY(TokenRecord record, ReadRecordOf(key.epoch));
  CredentialOf(record, role) = credential;
  return WriteRecord(record);
}

Status TokenStore::Reinitialize(std::string_view label, ByteView so_pin) {
  FLORIN_TRY(const auto login_lock, LockLogin(Role::kSo));
  FLORIN_TRY([[maybe_unused]] const Authenticated old, CheckPin(Role::kSo, so_pin));
  FLORIN_TRY(const auto lock, Lock());
  FLORIN_TRY(TokenRecord record, ReadRecord());
  const std::uint32_t old_epoch = record.epoch;
  ++record.epoch;
  record.imported_keys_may_wrap = environment_.imported_keys_may_wrap;
  record.label = PaddedLabel(label);
  record.created = environment_.clock->Now().value;
  record.user = Credential();
  FLORIN_CHECK_OK(random().Fill(record.public_key));
  FLORIN_CHECK_OK(DrawTokenKey(record, so_pin, environment_));
  FLORIN_CHECK_OK(files().MakeFolder(ObjectsFolder(record.epoch)));
  FLORIN_CHECK_OK(files().SyncFolder(folder_));
  const ChangeNotice notice(*counter_);
  // This one rename erases the token: nothing opens the old objects any more.
  FLORIN_CHECK_OK(WriteRecord(record));
  // Dead already; what stays now is removed when the token is opened next.
  (void)files().RemoveFolder(ObjectsFolder(old_epoch)).ok();
  return OkStatus();
}

Result<std::vector<ObjectName>> TokenStore::ListObjects(std::uint32_t epoch) {
  FLORIN_TRY(const std::vector<std::string> names, files().List(ObjectsFolder(epoch)));
  std::vector<ObjectName> objects;
  for (const std::string& name : names) {
    if (auto parsed = ParseObjectFileName(name); parsed.ok()) objects.push_back(*parsed);
  }
  std::sort(objects.begin(), objects.end(), [](const ObjectName& a, const ObjectName& b) {
    return a.id != b.id ? a.id < b.id : a.version > b.version;
  });
  const auto last =
      std::unique(objects.begin(), objects.end(),
                  [](const ObjectName& a, const ObjectName& b) { return a.id == b.id; });
  objects.erase(last, objects.end());
  return objects;
}

Result<Bytes> TokenStore::ReadObject(std::uint32_t epoch, const ObjectName& name) {
  return files().Read(ObjectsFolder(epoch) + "/" + ObjectFileName(name.id, name.version),
                      kMaxObjectFileSize);
}

Status TokenStore::WriteObject(std::uint32_t epoch, const ObjectName& name, ByteView file) {
  const std::string folder = ObjectsFolder(epoch);
  const std::string file_name = ObjectFileName(name.id, name.version);
  const ChangeNotice notice(*counter_);
  if (const Status written = Replace(folder, file_name, file); !written.ok()) {
    // What is reported as failed must not turn up later; where the disk refuses even this, the
    // next look at the folder shows it.
    (void)files().Remove(folder + "/" + file_name).ok();
    return written;
  }
  if (name.version > 1) {
    // The change is durable already. An old version that stays is hidden by the new one, and is
    // removed before it when the object is destroyed.
    (void)files().Remove(folder + "/" + ObjectFileName(name.id, name.version - 1)).ok();
  }
  return OkStatus();
}

Status TokenStore::RemoveObject(std::uint32_t epoch, const ObjectId& id) {
  const std::string folder = ObjectsFolder(epoch);
  FLORIN_TRY(const std::vector<std::string> names, files().List(folder));
  std::vector<std::uint32_t> versions;
  for (const std::string& name : names) {
    const auto parsed = ParseObjectFileName(name);
    if (parsed.ok() && parsed->id == id) versions.push_back(parsed->version);
  }
  if (versions.empty()) return Error(ErrorCode::kNotFound, "the object is gone already");
  // Oldest first: a crash in between must not bring an older version back.
  std::sort(versions.begin(), versions.end());
  const ChangeNotice notice(*counter_);
  for (const std::uint32_t version : versions) {
    if (version == versions.back() && versions.size() > 1) {
      FLORIN_CHECK_OK(ForceFolder(files(), folder));
    }
    FLORIN_CHECK_OK(files().Remove(folder + "/" + ObjectFileName(id, version)));
  }
  return ForceFolder(files(), folder);
}

Status TokenStore::CleanUp(std::uint32_t epoch) {
  for (const std::string& folder : {folder_, ObjectsFolder(epoch)}) {
    FLORIN_TRY(const std::vector<std::string> names, files().List(folder));
    for (const std::string& name : names) {
      const std::string path = folder + "/" + name;
      if (EndsWith(name, kTemporary)) FLORIN_CHECK_OK(files().Remove(path));
      const bool old_epoch = name.substr(0, 8) == "objects-" && path != ObjectsFolder(epoch);
      if (folder == folder_ && old_epoch) FLORIN_CHECK_OK(files().RemoveFolder(path));
    }
  }
  return OkStatus();
}

}  // namespace florin::hsm_sim
