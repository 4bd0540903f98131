#include "tokenizer/store/lmdb_store.h"

#include <lmdb.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <limits>
#include <mutex>
#include <utility>
#include <vector>

#include "tokenizer/slot_pool.h"
#include "tokenizer/store/directory.h"

namespace florin::tokenizer {
namespace {

constexpr std::uint64_t kMinMapBytes = 128 * 1024;
constexpr unsigned kMaxReaders = 2048;  // SlotPool::kSlots for each of 16 processes
constexpr std::uint64_t kLockFileBytes = (kMaxReaders + 8) * 64;  // a cache line for each, a header
constexpr std::size_t kMaxMetaKey = 64;

// LMDB's own codes are negative, errno is positive; both stay readable in detail().
Error FromLmdb(int code) {
  const auto detail = static_cast<std::uint32_t>(code);
  switch (code) {
    case MDB_NOTFOUND: return Error(ErrorCode::kNotFound, "no such record in the store", detail);
    case MDB_MAP_FULL:
      return Error(ErrorCode::kResourceExhausted,
                   "the vault has reached max_bytes; open it with a larger ceiling", detail);
    case MDB_TXN_FULL:
    case MDB_READERS_FULL:
    case ENOMEM:
    case EAGAIN:
      return Error(ErrorCode::kResourceExhausted,
                   "too many readers, or no memory, for the store of the vault", detail);
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
    case MDB_INCOMPATIBLE:
      return Error(ErrorCode::kCorrupted,
                   "the file of the vault is damaged, or is no vault; restore it", detail);
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return Error(ErrorCode::kStorage, "the disk of the vault is full; nothing was changed",
                   detail);
    case MDB_PANIC:
      return Error(ErrorCode::kStorage, "an earlier write failed; close and open the vault",
                   detail);
    default: return Error(ErrorCode::kStorage, "the store of the vault failed; see detail", detail);
  }
}

Status Check(int code) {
  if (code == MDB_SUCCESS) return OkStatus();
  return FromLmdb(code);
}

bool MapIsTooSmall(const Status& status) {
  return status.error().detail() == static_cast<std::uint32_t>(MDB_MAP_RESIZED);
}

MDB_val ToValue(ByteView bytes) { return {bytes.size(), const_cast<std::uint8_t*>(bytes.data())}; }

ByteView FromValue(const MDB_val& value) {
  return {static_cast<const std::uint8_t*>(value.mv_data), value.mv_size};
}

struct Tables {
  MDB_dbi meta = 0;
  MDB_dbi tokens = 0;
  MDB_dbi fingerprints = 0;
};

// A reading transaction that is kept between uses: its slot in the lock file stays taken, so
// beginning again takes no lock and no system call.
class ReadTxn {
 public:
  explicit ReadTxn(MDB_txn* txn) : txn_(txn) { mdb_txn_reset(txn_); }
  ReadTxn(const ReadTxn&) = delete;
  ReadTxn& operator=(const ReadTxn&) = delete;
  ~ReadTxn() { mdb_txn_abort(txn_); }

  int Begin() { return mdb_txn_renew(txn_); }
  void End() { mdb_txn_reset(txn_); }
  MDB_txn* get() const { return txn_; }

 private:
  MDB_txn* txn_;
};

// One LMDB environment. LMDB forbids a second one on the same files in one process, so every store
// on a directory shares it. Safe for many threads.
class Environment {
 public:
  static Result<std::unique_ptr<Environment>> Open(const LmdbStoreOptions& options);
  ~Environment() {
    readers_.reset();
    if (env_ != nullptr) mdb_env_close(env_);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  const Tables& tables() const { return tables_; }
  bool forked() const { return ForkCount() != fork_count_; }

  Status Read(FunctionRef<Status(MDB_txn*)> work);
  Status Write(FunctionRef<Status(MDB_txn*)> work);

 private:
  Environment() : fork_count_(ForkCount()) {
    readers_ = std::make_unique<SlotPool<ReadTxn>>([this] { return NewReader(); });
  }

  Status Configure(const LmdbStoreOptions& options);
  Status RepairLength();
  Status OpenTables();
  Result<std::unique_ptr<ReadTxn>> NewReader();
  Status ReadOnce(FunctionRef<Status(MDB_txn*)> work);
  Status WriteOnce(FunctionRef<Status(MDB_txn*)> work);
  Status FollowGrowth();
  bool FreedDeadReaders();

  MDB_env* env_ = nullptr;
  Tables tables_;
  std::uint64_t fork_count_;
  std::unique_ptr<SlotPool<ReadTxn>> readers_;
  std::mutex write_mutex_;  // makes "no writer in this process" something one can hold
};

Result<std::unique_ptr<Environment>> Environment::Open(const LmdbStoreOptions& options) {
  std::unique_ptr<Environment> environment(new Environment());
  FLORIN_CHECK_OK(environment->Configure(options));
  FLORIN_CHECK_OK(environment->OpenTables());
  FLORIN_CHECK_OK(SyncDirectory(options.directory));
  return environment;
}

Status Environment::Configure(const LmdbStoreOptions& options) {
  if (options.max_bytes < kMinMapBytes ||
      options.max_bytes > std::numeric_limits<std::size_t>::max() / 2) {
    return Error(ErrorCode::kInvalidArgument, "max_bytes of a vault must be at least 128 KiB");
  }
  // LMDB keeps its readers in a mapped file that it makes sparse. Before the environment is open:
  // closing a second descriptor of the file later would drop LMDB's own lock on it.
  FLORIN_CHECK_OK(ReserveFile(options.directory + "/lock.mdb", kLockFileBytes));
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  FLORIN_CHECK_OK(Check(mdb_env_create(&env_)));
  FLORIN_CHECK_OK(Check(mdb_env_set_maxdbs(env_, 3)));
  FLORIN_CHECK_OK(Check(mdb_env_set_maxreaders(env_, kMaxReaders)));
  FLORIN_CHECK_OK(
      Check(mdb_env_set_mapsize(env_, static_cast<std::size_t>(options.max_bytes / page * page))));
  // Default durability: data is flushed before the meta page that makes it reachable, and the meta
  // page before the commit returns. NOTLS ties a reader to its ReadTxn instead of to a thread.
  FLORIN_CHECK_OK(
      Check(mdb_env_open(env_, options.directory.c_str(), MDB_NOTLS | MDB_NORDAHEAD, 0600)));
  FreedDeadReaders();
  // A process killed inside its last flush may have left pages that are seen but not yet durable.
  return Check(mdb_env_sync(env_, 1));
}

// A file that was cut short would stop the process at the first touch of a missing page. With zero
// pages in their place LMDB finds them damaged and says so. A free page at the end may be missing
// in a healthy file, hence no error here. Runs inside a writing transaction: nobody grows the file.
Status Environment::RepairLength() {
  MDB_envinfo info;
  MDB_stat stat;
  FLORIN_CHECK_OK(Check(mdb_env_info(env_, &info)));
  FLORIN_CHECK_OK(Check(mdb_env_stat(env_, &stat)));
  mdb_filehandle_t fd = -1;
  FLORIN_CHECK_OK(Check(mdb_env_get_fd(env_, &fd)));
  struct stat file;
  if (fstat(fd, &file) != 0) return FromLmdb(errno);
  if (info.me_last_pgno >= info.me_mapsize / stat.ms_psize) return FromLmdb(MDB_CORRUPTED);
  const auto needed = static_cast<off_t>((info.me_last_pgno + 1) * stat.ms_psize);
  if (file.st_size < needed && ftruncate(fd, needed) != 0) return FromLmdb(errno);
  return OkStatus();
}

Status Environment::OpenTables() {
  return WriteOnce([this](MDB_txn* txn) -> Status {
    FLORIN_CHECK_OK(RepairLength());
    FLORIN_CHECK_OK(Check(mdb_dbi_open(txn, "meta", MDB_CREATE, &tables_.meta)));
    FLORIN_CHECK_OK(Check(mdb_dbi_open(txn, "tok", MDB_CREATE, &tables_.tokens)));
    return Check(mdb_dbi_open(txn, "fpx", MDB_CREATE, &tables_.fingerprints));
  });
}

Result<std::unique_ptr<ReadTxn>> Environment::NewReader() {
  MDB_txn* txn = nullptr;
  int code = mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn);
  if (code == MDB_READERS_FULL && FreedDeadReaders()) {
    code = mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn);
  }
  if (code != MDB_SUCCESS) return FromLmdb(code);
  return std::make_unique<ReadTxn>(txn);
}

// A killed process keeps its slots, and what it was reading keeps pages from being used again.
bool Environment::FreedDeadReaders() {
  int dead = 0;
  return mdb_reader_check(env_, &dead) == MDB_SUCCESS && dead > 0;
}

Status Environment::Read(FunctionRef<Status(MDB_txn*)> work) {
  if (forked()) return Error(ErrorCode::kStorage, "a vault must be opened again after a fork");
  Status status = ReadOnce(work);
  if (!MapIsTooSmall(status)) return status;
  FLORIN_CHECK_OK(FollowGrowth());
  return ReadOnce(work);
}

Status Environment::ReadOnce(FunctionRef<Status(MDB_txn*)> work) {
  FLORIN_TRY(const auto reader, readers_->Acquire());
  FLORIN_CHECK_OK(Check(reader->Begin()));
  Status status = work(reader->get());
  reader->End();
  return status;
}

Status Environment::Write(FunctionRef<Status(MDB_txn*)> work) {
  if (forked()) return Error(ErrorCode::kStorage, "a vault must be opened again after a fork");
  Status status = WriteOnce(work);
  if (MapIsTooSmall(status)) {
    FLORIN_CHECK_OK(FollowGrowth());
    return WriteOnce(work);
  }
  if (status.code() == ErrorCode::kResourceExhausted && FreedDeadReaders()) return WriteOnce(work);
  return status;
}

Status Environment::WriteOnce(FunctionRef<Status(MDB_txn*)> work) {
  const std::lock_guard lock(write_mutex_);
  MDB_txn* txn = nullptr;
  FLORIN_CHECK_OK(Check(mdb_txn_begin(env_, nullptr, 0, &txn)));
  if (Status status = work(txn); !status.ok()) {
    mdb_txn_abort(txn);
    return status;
  }
  return Check(mdb_txn_commit(txn));
}

// Another process opened the vault with a larger ceiling and used it: map the new size.
Status Environment::FollowGrowth() {
  const std::lock_guard lock(write_mutex_);
  return readers_->Alone([this] { return Check(mdb_env_set_mapsize(env_, 0)); });
}

// Which environments this process has open. Entries inherited through a fork are another's.
class Registry {
 public:
  static Registry& Get() {
    static Registry& registry = *MakeOne();
    return registry;
  }

  Result<Environment*> Acquire(const LmdbStoreOptions& options) {
    const std::lock_guard lock(mutex_);
    FLORIN_TRY(const DirectoryId id,
               options.create ? MakeDirectory(options.directory, options.hook)
                              : FindDirectory(options.directory, "data.mdb", options.hook));
    for (Entry& entry : entries_) {
      if (entry.id == id && !entry.environment->forked()) {
        ++entry.uses;
        return entry.environment.get();
      }
    }
    FLORIN_TRY(auto environment, Environment::Open(options));
    entries_.push_back({id, std::move(environment), 1});
    return entries_.back().environment.get();
  }

  void Release(const Environment* environment) {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (entries_[i].environment.get() != environment || --entries_[i].uses > 0) continue;
      // Closing in a child would drop locks and slots that the parent still relies on.
      if (environment->forked()) static_cast<void>(entries_[i].environment.release());
      entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(i));
      return;
    }
  }

 private:
  struct Entry {
    DirectoryId id;
    std::unique_ptr<Environment> environment;
    std::size_t uses;
  };

  // Holds the mutex across every fork, so that no child inherits it locked by a lost thread.
  static Registry* MakeOne() {
    static Registry& registry = *new Registry();
    pthread_atfork([] { registry.mutex_.lock(); }, [] { registry.mutex_.unlock(); },
                   [] { registry.mutex_.unlock(); });
    return &registry;
  }

  std::mutex mutex_;
  std::vector<Entry> entries_;
};

// What a callback of Read or Write sees.
class LmdbTransaction final : public StoreTransaction {
 public:
  LmdbTransaction(MDB_txn* txn, const Tables& tables, StepHook* hook)
      : txn_(txn), tables_(&tables), hook_(hook) {}

  Result<ByteView> FindToken(const TokenKey& key) const override {
    std::array<std::uint8_t, kTokenKeyLength> bytes;
    EncodeTokenKey(key, bytes);
    return Get(tables_->tokens, bytes);
  }

  Result<TokenKey> FindFingerprint(const FingerprintKey& key) const override {
    std::array<std::uint8_t, kFingerprintKeyLength> bytes;
    EncodeFingerprintKey(key, bytes);
    FLORIN_TRY(const ByteView value, Get(tables_->fingerprints, bytes));
    return DecodeIndexValue(value);
  }

  Result<ByteView> FindMeta(ByteView key) const override {
    FLORIN_CHECK_OK(CheckMetaKey(key));
    return Get(tables_->meta, key);
  }

  Status ScanMeta(ByteView prefix, Visitor visitor) const override {
    FLORIN_CHECK_OK(CheckMetaKey(prefix));
    return Scan(tables_->meta, prefix, visitor);
  }

  Status ScanTokens(std::uint16_t bucket, Visitor visitor) const override {
    const std::array<std::uint8_t, 2> prefix = {static_cast<std::uint8_t>(bucket >> 8),
                                                static_cast<std::uint8_t>(bucket)};
    return Scan(tables_->tokens, prefix, visitor);
  }

  Result<std::uint64_t> CountTokens() const override {
    MDB_stat stat;
    FLORIN_CHECK_OK(Check(mdb_stat(txn_, tables_->tokens, &stat)));
    return std::uint64_t{stat.ms_entries};
  }

  Status Insert(const TokenKey& key, const FingerprintKey& fingerprint, ByteView record) override {
    std::array<std::uint8_t, kTokenKeyLength> token_key;
    EncodeTokenKey(key, token_key);
    std::array<std::uint8_t, kFingerprintKeyLength> index_key;
    EncodeFingerprintKey(fingerprint, index_key);
    std::array<std::uint8_t, kIndexValueLength> index_value;
    EncodeIndexValue(key, index_value);
    int code = Put(tables_->tokens, token_key, record, MDB_NOOVERWRITE);
    if (code == MDB_KEYEXIST) {
      return Error(ErrorCode::kAlreadyExists, "this token has a record already");
    }
    FLORIN_CHECK_OK(Check(code));
    Step(hook_, steps::kTokenPut);
    code = Put(tables_->fingerprints, index_key, index_value, MDB_NOOVERWRITE);
    if (code == MDB_KEYEXIST) {
      return Error(ErrorCode::kConflict, "this fingerprint has a token already");
    }
    FLORIN_CHECK_OK(Check(code));
    Step(hook_, steps::kFingerprintPut);
    return OkStatus();
  }

  Status PutMeta(ByteView key, ByteView value) override {
    FLORIN_CHECK_OK(CheckMetaKey(key));
    FLORIN_CHECK_OK(Check(Put(tables_->meta, key, value, 0)));
    Step(hook_, steps::kMetaPut);
    return OkStatus();
  }

  Status DeleteMeta(ByteView key) override {
    FLORIN_CHECK_OK(CheckMetaKey(key));
    MDB_val name = ToValue(key);
    FLORIN_CHECK_OK(Check(mdb_del(txn_, tables_->meta, &name, nullptr)));
    return OkStatus();
  }

 private:
  static Status CheckMetaKey(ByteView key) {
    if (!key.empty() && key.size() <= kMaxMetaKey) return OkStatus();
    return Error(ErrorCode::kInvalidArgument, "the key of a meta record has 1 to 64 bytes");
  }

  Result<ByteView> Get(MDB_dbi table, ByteView key) const {
    MDB_val name = ToValue(key);
    MDB_val value;
    FLORIN_CHECK_OK(Check(mdb_get(txn_, table, &name, &value)));
    return FromValue(value);
  }

  int Put(MDB_dbi table, ByteView key, ByteView value, unsigned flags) {
    MDB_val name = ToValue(key);
    MDB_val data = ToValue(value);
    return mdb_put(txn_, table, &name, &data, flags);
  }

  Status Scan(MDB_dbi table, ByteView prefix, Visitor visitor) const {
    MDB_cursor* cursor = nullptr;
    FLORIN_CHECK_OK(Check(mdb_cursor_open(txn_, table, &cursor)));
    Status status = ScanWith(cursor, prefix, visitor);
    mdb_cursor_close(cursor);
    return status;
  }

  static Status ScanWith(MDB_cursor* cursor, ByteView prefix, Visitor visitor) {
    MDB_val name = ToValue(prefix);
    MDB_val value;
    int code = mdb_cursor_get(cursor, &name, &value, MDB_SET_RANGE);
    while (code == MDB_SUCCESS && AsText(FromValue(name)).starts_with(AsText(prefix))) {
      FLORIN_CHECK_OK(visitor(FromValue(name), FromValue(value)));
      code = mdb_cursor_get(cursor, &name, &value, MDB_NEXT);
    }
    return code == MDB_NOTFOUND ? OkStatus() : Check(code);
  }

  MDB_txn* txn_;
  const Tables* tables_;
  StepHook* hook_;
};

class LmdbStore final : public Store {
 public:
  LmdbStore(Environment* environment, StepHook* hook) : environment_(environment), hook_(hook) {}
  ~LmdbStore() override { Registry::Get().Release(environment_); }
  LmdbStore(const LmdbStore&) = delete;
  LmdbStore& operator=(const LmdbStore&) = delete;

  Status Read(FunctionRef<Status(const StoreSnapshot&)> work) override {
    return environment_->Read([&](MDB_txn* txn) {
      const LmdbTransaction snapshot(txn, environment_->tables(), hook_);
      return work(snapshot);
    });
  }

  Status Write(FunctionRef<Status(StoreTransaction&)> work) override {
    FLORIN_CHECK_OK(environment_->Write([&](MDB_txn* txn) {
      Step(hook_, steps::kBegun);
      LmdbTransaction transaction(txn, environment_->tables(), hook_);
      Status status = work(transaction);
      Step(hook_, steps::kBeforeCommit);
      return status;
    }));
    Step(hook_, steps::kAfterCommit);
    return OkStatus();
  }

 private:
  Environment* environment_;
  StepHook* hook_;
};

}  // namespace

Result<std::unique_ptr<Store>> OpenLmdbStore(const LmdbStoreOptions& options) {
  FLORIN_TRY(Environment * environment, Registry::Get().Acquire(options));
  return std::unique_ptr<Store>(std::make_unique<LmdbStore>(environment, options.hook));
}

}  // namespace florin::tokenizer
