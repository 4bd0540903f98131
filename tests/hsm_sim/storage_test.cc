// The token on disk: it persists, it is shared by processes, it survives forgery.
#include <atomic>
#include <fstream>
#include <thread>

#include "hsm_sim/storage/token_format.h"
#include "tests/hsm_sim/storage_fixture.h"

namespace florin::hsm_sim {
namespace {

TEST_F(StorageTest, ObjectsOfEveryClassPersist) {
  CK_OBJECT_HANDLE public_key = 0;
  CK_OBJECT_HANDLE private_key = 0;
  EcPair(CKA_SIGN, public_key, private_key, true);
  AesKey({CKA_ENCRYPT, CKA_DECRYPT}, true);
  AttributeList data;
  data.Ulong(CKA_CLASS, CKO_DATA)
      .Bool(CKA_TOKEN, true)
      .Bool(CKA_PRIVATE, false)
      .Text(CKA_VALUE, "seen without a PIN");
  Create(data);
  AttributeList secret_data;
  secret_data.Ulong(CKA_CLASS, CKO_DATA).Bool(CKA_TOKEN, true).Text(CKA_VALUE, "a private note");
  Create(secret_data);
  AttributeList certificate;
  certificate.Ulong(CKA_CLASS, CKO_CERTIFICATE)
      .Ulong(CKA_CERTIFICATE_TYPE, CKC_X_509)
      .Bool(CKA_TOKEN, true)
      .Text(CKA_SUBJECT, "subject")
      .Text(CKA_VALUE, "bytes of a certificate");
  Create(certificate);

  Restart();
  session_ = Open(CKF_RW_SESSION);
  EXPECT_EQ(Find(AttributeList()).size(), 3U) << "public key, public data, certificate";
  Bytes value;
  ASSERT_EQ(GetBytes(Find(data).at(0), CKA_VALUE, value), CKR_OK);
  EXPECT_EQ(AsText(value), "seen without a PIN");
  ASSERT_EQ(Login(CKU_USER, kUserPin), CKR_OK);
  EXPECT_EQ(Find(AttributeList()).size(), 6U);
  ASSERT_EQ(GetBytes(Find(secret_data).at(0), CKA_VALUE, value), CKR_OK);
  EXPECT_EQ(AsText(value), "a private note");
  ASSERT_EQ(GetBytes(Find(certificate).at(0), CKA_VALUE, value), CKR_OK);
  EXPECT_EQ(AsText(value), "bytes of a certificate");
  Bytes signature;
  EXPECT_EQ(
      Sign({CKM_ECDSA_SHA256, nullptr, 0},
           Find(AttributeList().Ulong(CKA_CLASS, CKO_PRIVATE_KEY)).at(0), AsBytes("x"), signature),
      CKR_OK);
}

TEST_F(StorageTest, NothingLiesOnDiskInClear) {
  AttributeList list;
  const Bytes value(32, 0xa7);
  list.Ulong(CKA_CLASS, CKO_SECRET_KEY)
      .Ulong(CKA_KEY_TYPE, CKK_AES)
      .Bool(CKA_TOKEN, true)
      .Bool(CKA_ENCRYPT, true)
      .Text(CKA_LABEL, "a telling label")
      .Add(CKA_VALUE, value);
  Create(list);
  ASSERT_EQ(ObjectFiles().size(), 1U);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path())) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string contents((std::istreambuf_iterator<char>(in)), {});
    EXPECT_EQ(contents.find(std::string(AsText(value))), std::string::npos) << entry.path();
    EXPECT_EQ(contents.find("a telling label"), std::string::npos) << entry.path();
    EXPECT_EQ(contents.find(kSoPin), std::string::npos) << entry.path();
    const auto permissions = entry.status().permissions();
    EXPECT_EQ(permissions & std::filesystem::perms::others_all, std::filesystem::perms::none);
  }
}

TEST_F(StorageTest, ForgedAndDamagedObjectsAreNotServed) {
  for (int i = 0; i < 2; ++i) {
    CK_OBJECT_HANDLE key = 0;
    ASSERT_EQ(TryTokenKey(i == 0 ? "a" : "b", &key), CKR_OK);
  }
  auto files = ObjectFiles();
  ASSERT_EQ(files.size(), 2U);
  std::ifstream in(files[0], std::ios::binary);
  const std::string good((std::istreambuf_iterator<char>(in)), {});
  const auto write = [&](const std::string& contents) {
    std::ofstream(files[0], std::ios::binary | std::ios::trunc) << contents;
  };
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x20);
    write(bad);
    ASSERT_LE(LabelsAfterRestart().size(), 1U) << "byte " << at;
    for (const CK_OBJECT_HANDLE object : Find(AttributeList())) {
      CK_MECHANISM mechanism{CKM_AES_ECB, nullptr, 0};
      EXPECT_EQ(C_EncryptInit(session_, &mechanism, object), CKR_OK);
      EXPECT_EQ(C_EncryptInit(session_, nullptr, 0), CKR_OK);
    }
  }
  write(good.substr(0, good.size() / 2));
  EXPECT_EQ(LabelsAfterRestart().size(), 1U);
  write("");
  EXPECT_EQ(LabelsAfterRestart().size(), 1U);
  std::filesystem::copy_file(files[1], files[0], std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(LabelsAfterRestart().size(), 1U) << "one object under the name of another";
  write(good);
  EXPECT_EQ(LabelsAfterRestart().size(), 2U);
}

TEST_F(StorageTest, APublicKeyObjectWithForgedAttributesDoesNotWork) {
  AttributeList list;
  list.Ulong(CKA_VALUE_LEN, 16)
      .Bool(CKA_TOKEN, true)
      .Bool(CKA_PRIVATE, false)
      .Bool(CKA_ENCRYPT, true);
  const CK_OBJECT_HANDLE key = Generate(CKM_AES_KEY_GEN, list);
  CK_MECHANISM mechanism{CKM_AES_ECB, nullptr, 0};
  ASSERT_EQ(C_EncryptInit(session_, &mechanism, key), CKR_OK);
  const auto file = ObjectFiles().at(0);
  std::fstream contents(file, std::ios::binary | std::ios::in | std::ios::out);
  contents.seekg(-1, std::ios::end);
  const int last = contents.get();
  contents.seekp(-1, std::ios::end);
  contents.put(static_cast<char>(last ^ 1));
  contents.close();
  Restart();
  session_ = Open(CKF_RW_SESSION);
  const auto sealed = Find(AttributeList());
  ASSERT_EQ(sealed.size(), 1U);
  EXPECT_EQ(C_EncryptInit(session_, &mechanism, sealed[0]), CKR_USER_NOT_LOGGED_IN);
  ASSERT_EQ(Login(CKU_USER, kUserPin), CKR_OK);
  EXPECT_EQ(C_EncryptInit(session_, &mechanism, sealed[0]), CKR_DEVICE_ERROR);
}

TEST_F(StorageTest, ADamagedTokenIsNotRecognised) {
  std::filesystem::path record;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path())) {
    if (entry.path().filename() == "token") record = entry.path();
  }
  std::filesystem::resize_file(record, 100);
  Restart();
  CK_TOKEN_INFO info;
  EXPECT_EQ(C_GetTokenInfo(0, &info), CKR_TOKEN_NOT_RECOGNIZED);
  CK_TOKEN_INFO next;
  EXPECT_EQ(C_GetTokenInfo(1, &next), CKR_OK) << "the others are not touched";
}

TEST_F(StorageTest, ATokenWhoseFilesAreGoneIsRemoved) {
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    std::filesystem::remove_all(entry.path());
  }
  CK_TOKEN_INFO info;
  EXPECT_EQ(C_GetTokenInfo(0, &info), CKR_DEVICE_REMOVED);
  CK_OBJECT_HANDLE key = 0;
  EXPECT_EQ(TryTokenKey("made", &key), CKR_DEVICE_REMOVED);
  ASSERT_EQ(C_Logout(session_), CKR_OK);
  EXPECT_EQ(Login(CKU_USER, kUserPin), CKR_DEVICE_REMOVED);
}

TEST_F(StorageTest, ProcessesSeeEachOthersObjects) {
  CK_OBJECT_HANDLE mine = 0;
  ASSERT_EQ(TryTokenKey("mine", &mine), CKR_OK);
  RunAndKill(Fault::kNone, 0, [this] {
    CK_OBJECT_HANDLE made = 0;
    if (TryTokenKey("theirs", &made) != CKR_OK) ::_exit(4);
    if (C_DestroyObject(session_, Find(AttributeList().Text(CKA_LABEL, "mine")).at(0)) != CKR_OK) {
      ::_exit(5);
    }
  });
  EXPECT_EQ(Find(AttributeList().Text(CKA_LABEL, "theirs")).size(), 1U);
  CK_MECHANISM mechanism{CKM_AES_ECB, nullptr, 0};
  EXPECT_EQ(C_EncryptInit(session_, &mechanism, mine), CKR_KEY_HANDLE_INVALID)
      << "another process destroyed it";
}

TEST_F(StorageTest, AHandleLivesWhileAnotherProcessChangesTheObject) {
  CK_OBJECT_HANDLE key = 0;
  ASSERT_EQ(TryTokenKey("key", &key), CKR_OK);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (C_Initialize(nullptr) != CKR_OK) ::_exit(1);
    session_ = Open(CKF_RW_SESSION);
    if (Login(CKU_USER, kUserPin) != CKR_OK) ::_exit(2);
    const CK_OBJECT_HANDLE theirs = Find(AttributeList()).at(0);
    for (int i = 0; i < 80; ++i) {
      if (Relabel(theirs, "key") != CKR_OK) ::_exit(3);
    }
    ::_exit(0);
  }
  CK_MECHANISM mechanism{CKM_AES_ECB, nullptr, 0};
  int status = 0;
  int lost = 0;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    if (C_EncryptInit(session_, &mechanism, key) != CKR_OK) ++lost;
    C_EncryptInit(session_, nullptr, 0);
  }
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << WEXITSTATUS(status);
  EXPECT_EQ(lost, 0);
}

TEST_F(StorageTest, ManyProcessesCreateAtOnceAndLoseNothing) {
  constexpr int kProcesses = 4;
  constexpr int kEach = 25;
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      CK_SESSION_HANDLE session = 0;
      if (C_Initialize(nullptr) != CKR_OK ||
          C_OpenSession(0, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session) !=
              CKR_OK ||
          C_Login(session, CKU_USER, Text(kUserPin), 4) != CKR_OK) {
        ::_exit(1);
      }
      session_ = session;
      for (int n = 0; n < kEach; ++n) {
        CK_OBJECT_HANDLE key = 0;
        if (TryTokenKey("shared", &key) != CKR_OK) ::_exit(2);
      }
      ::_exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  EXPECT_EQ(Find(AttributeList()).size(), std::size_t{kProcesses * kEach});
  EXPECT_EQ(LabelsAfterRestart().size(), std::size_t{kProcesses * kEach});
}

TEST_F(StorageTest, ATokenInitialisedElsewhereEndsTheLogin) {
  ASSERT_EQ(C_Logout(session_), CKR_OK);
  ASSERT_EQ(Login(CKU_SO, kSoPin), CKR_OK);
  AttributeList data;
  data.Ulong(CKA_CLASS, CKO_DATA).Bool(CKA_PRIVATE, false).Text(CKA_VALUE, "of this session");
  Create(data);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (C_Initialize(nullptr) != CKR_OK) ::_exit(2);
    ::_exit(C_InitToken(0, Text(kSoPin), 8, Text("again                           ")) == CKR_OK
                ? 0
                : 3);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_EQ(C_InitPIN(session_, Text(kUserPin), 4), CKR_USER_NOT_LOGGED_IN)
      << "the key of the old epoch must not get into the new record";
  EXPECT_EQ(C_SetPIN(session_, Text(kUserPin), 4, Text("5678"), 4), CKR_USER_PIN_NOT_INITIALIZED);
  EXPECT_TRUE(Labels().empty()) << "its session objects went with it";
  GiveUserPin();
  CK_OBJECT_HANDLE key = 0;
  EXPECT_EQ(TryTokenKey("new", &key), CKR_OK);
  EXPECT_EQ(LabelsAfterRestart(), std::vector<std::string>{"new"});
}

TEST_F(StorageTest, AKeyOfAnOldEpochSetsNoPin) {
  StorageEnvironment environment;
  environment.pin_cost = primitives::kPasswordCostMinimal;
  const auto names = TokenStore::List(SystemFiles(), folder_.path());
  ASSERT_TRUE(names.ok() && names->size() == 1);
  const auto mine = TokenStore::Open(environment, folder_.path(), names->at(0));
  const auto other = TokenStore::Open(environment, folder_.path(), names->at(0));
  ASSERT_TRUE(mine.ok() && other.ok());
  const auto key = (*mine)->Authenticate(Role::kUser, AsBytes(kUserPin));
  ASSERT_TRUE(key.ok());
  ASSERT_TRUE((*other)->Reinitialize("again", AsBytes(kSoPin)).ok());
  EXPECT_EQ((*mine)->SetPin(Role::kUser, AsBytes("5678"), *key).code(),
            ErrorCode::kAuthenticationFailed);
  EXPECT_FALSE((*mine)->ReadRecord()->user.set);
}

TEST_F(StorageTest, ProcessesWithTheRightPinDoNotLockIt) {
  // Hashing long enough for more than ten to come in meanwhile.
  const TemporaryFolder root;
  StorageEnvironment environment;
  environment.pin_cost.passes = 4;
  environment.pin_cost.memory_bytes = 8 << 20;
  const auto token = TokenStore::Create(environment, root.path(), "slow", AsBytes(kSoPin));
  ASSERT_TRUE(token.ok());
  const TokenRecord made = (*token)->ReadRecord().value();
  const std::string name(made.serial.data(), made.serial.size());
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      const auto store = TokenStore::Open(environment, root.path(), name);
      if (!store.ok()) ::_exit(1);
      std::atomic<int> refused{0};
      std::vector<std::thread> threads;
      for (int n = 0; n < 8; ++n) {
        threads.emplace_back([&] {
          if (!(*store)->Authenticate(Role::kSo, AsBytes(kSoPin)).ok()) ++refused;
        });
      }
      for (std::thread& thread : threads) thread.join();
      ::_exit(refused == 0 ? 0 : 2);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << WEXITSTATUS(status);
  }
  EXPECT_EQ((*token)->ReadRecord()->so.failures, 0U) << "every failure was given back";
}

TEST_F(StorageTest, MessagesEndWithTheirKeyWhoeverDestroysIt) {
  CK_MECHANISM mechanism{CKM_AES_GCM, nullptr, 0};
  CK_BYTE iv[12] = {};
  CK_BYTE tag[16];
  CK_BYTE text[16] = {};
  const auto encrypt = [&] {
    CK_GCM_MESSAGE_PARAMS message{iv, 12, 0, CKG_NO_GENERATE, tag, 128};
    CK_BYTE sealed[16];
    CK_ULONG length = sizeof(sealed);
    return C_EncryptMessage(session_, &message, sizeof(message), nullptr, 0, text, 16, sealed,
                            &length);
  };
  CK_OBJECT_HANDLE key = 0;
  ASSERT_EQ(TryTokenKey("first", &key), CKR_OK);
  ASSERT_EQ(C_MessageEncryptInit(session_, &mechanism, key), CKR_OK);
  ASSERT_EQ(Relabel(key, "second"), CKR_OK);
  EXPECT_EQ(encrypt(), CKR_OK) << "changed, but it may still encrypt";
  RunAndKill(Fault::kNone, 0, [this] {
    if (C_DestroyObject(session_, Find(AttributeList()).at(0)) != CKR_OK) ::_exit(4);
  });
  EXPECT_EQ(encrypt(), CKR_KEY_HANDLE_INVALID) << "another process destroyed it";
  EXPECT_EQ(encrypt(), CKR_OPERATION_NOT_INITIALIZED);

  ASSERT_EQ(TryTokenKey("third", &key), CKR_OK);
  ASSERT_EQ(C_MessageEncryptInit(session_, &mechanism, key), CKR_OK);
  AttributeList narrowed;
  narrowed.Bool(CKA_ENCRYPT, false);
  ASSERT_EQ(C_SetAttributeValue(session_, key, narrowed.data(), 1), CKR_OK);
  EXPECT_EQ(encrypt(), CKR_KEY_FUNCTION_NOT_PERMITTED);
}

TEST_F(StorageTest, AnOlderVersionIsNotTakenBack) {
  CK_OBJECT_HANDLE key = 0;
  ASSERT_EQ(TryTokenKey("old", &key), CKR_OK);
  const auto old_file = ObjectFiles().at(0);
  const std::string kept = folder_.path() + "/kept";
  std::filesystem::copy_file(old_file, kept);
  ASSERT_EQ(Relabel(key, "new"), CKR_OK);
  std::filesystem::remove(ObjectFiles().at(0));
  std::filesystem::rename(kept, old_file);
  CK_OBJECT_HANDLE other = 0;
  RunAndKill(Fault::kNone, 0, [this] {
    CK_OBJECT_HANDLE made = 0;
    if (TryTokenKey("other", &made) != CKR_OK) ::_exit(4);
  });
  ASSERT_EQ(TryTokenKey("another", &other), CKR_OK);
  EXPECT_EQ(Labels(), (std::vector<std::string>{"another", "new", "other"}));
}

TEST(TokenFormat, DecodesOnlyWhatItEncodes) {
  TokenRecord record;
  record.so.set = true;
  record.so.cost = primitives::kPasswordCostMinimal;
  const Bytes file = EncodeTokenRecord(record);
  EXPECT_EQ(file.size(), TokenRecord::kSize);
  EXPECT_TRUE(DecodeTokenRecord(file).ok());
  for (std::size_t i = 0; i < file.size(); ++i) {
    Bytes bad = file;
    bad[i] ^= 1;
    EXPECT_EQ(DecodeTokenRecord(bad).code(), ErrorCode::kCorrupted) << i;
    EXPECT_EQ(DecodeTokenRecord(ByteView(file).first(i)).code(), ErrorCode::kCorrupted) << i;
  }
  EXPECT_TRUE(ParseObjectFileName(ObjectFileName(ObjectId{1, 2}, 77)).ok());
  for (const char* name : {"", "token", "x.obj", "0102-01.obj"}) {
    EXPECT_FALSE(ParseObjectFileName(name).ok()) << name;
  }
}

using Change = FaultyFiles::Change;
using Steps = std::vector<FaultyFiles::Step>;

bool Follows(const Steps& steps, std::size_t from, Change change, const std::string& path) {
  return std::any_of(steps.begin() + static_cast<std::ptrdiff_t>(from), steps.end(),
                     [&](const auto& step) { return step.change == change && step.path == path; });
}

// What a power cut may not undo once it is acknowledged: contents are on disk before their name is,
// and the folder that holds the name is on disk before the call returns.
void ExpectDurable(const Steps& steps) {
  std::size_t names = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto& [change, path, from] = steps[i];
    const std::string folder = std::filesystem::path(path).parent_path();
    if (change == Change::kWrite) {
      EXPECT_TRUE(path.ends_with(".tmp")) << "written in place: " << path;
    }
    const Steps before(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(i));
    const bool forced = Follows(steps, i + 1, Change::kSyncFolder, folder);
    if (change == Change::kRename) {
      EXPECT_TRUE(Follows(before, 0, Change::kWrite, from)) << from;
      EXPECT_TRUE(forced) << path;
      ++names;
    }
    if (change == Change::kRemove) {
      // An old version may come back where a new one, on disk already, hides it.
      EXPECT_TRUE(forced || Follows(before, 0, Change::kSyncFolder, folder)) << path;
      ++names;
    }
  }
  EXPECT_GE(names, 1U);
}

TEST_F(StorageTest, WhatIsAcknowledgedIsOnDisk) {
  CK_OBJECT_HANDLE key = 0;
  ExpectDurable(files_.Record([&] { ASSERT_EQ(TryTokenKey("key", &key), CKR_OK); }));
  ExpectDurable(files_.Record([&] { ASSERT_EQ(Relabel(key, "other"), CKR_OK); }));
  ExpectDurable(files_.Record([&] { ASSERT_EQ(C_DestroyObject(session_, key), CKR_OK); }));
  ExpectDurable(files_.Record(
      [&] { ASSERT_EQ(C_SetPIN(session_, Text(kUserPin), 4, Text("5678"), 4), CKR_OK); }));
}

}  // namespace
}  // namespace florin::hsm_sim
