// The token on disk: it persists, it is shared by processes, it survives faults, kills and forgery.
#include <sys/wait.h>

#include <fstream>

#include "hsm_sim/module.h"
#include "hsm_sim/storage/token_format.h"
#include "tests/hsm_sim/faulty_files.h"
#include "tests/hsm_sim/sim_fixture.h"

namespace florin::hsm_sim {
namespace {

using Fault = FaultyFiles::Fault;

class StorageTest : public TokenTest {
 protected:
  void SetUp() override {
    StorageEnvironment environment;
    environment.files = &files_;
    Module::SetEnvironment(environment);
    TokenTest::SetUp();
  }
  void TearDown() override {
    files_.Arm(Fault::kNone, 0);
    TokenTest::TearDown();
    Module::SetEnvironment(StorageEnvironment());
  }

  std::vector<std::filesystem::path> ObjectFiles() const {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path())) {
      if (entry.path().extension() == ".obj") files.push_back(entry.path());
    }
    return files;
  }

  // Labels of all objects, after a restart: what the disk really holds.
  std::vector<std::string> LabelsAfterRestart() {
    files_.Arm(Fault::kNone, 0);
    Restart();
    Reopen();
    std::vector<std::string> labels;
    for (const CK_OBJECT_HANDLE object : Find(AttributeList())) {
      Bytes label;
      EXPECT_EQ(GetBytes(object, CKA_LABEL, label), CKR_OK);
      labels.emplace_back(label.begin(), label.end());
    }
    std::sort(labels.begin(), labels.end());
    return labels;
  }

  CK_RV TryTokenKey(const char* label, CK_OBJECT_HANDLE* key) {
    AttributeList list;
    list.Ulong(CKA_VALUE_LEN, 16).Bool(CKA_TOKEN, true).Bool(CKA_ENCRYPT, true);
    list.Text(CKA_LABEL, label);
    return TryGenerate(CKM_AES_KEY_GEN, list, key);
  }
  CK_RV Relabel(CK_OBJECT_HANDLE key, const char* label) {
    AttributeList change;
    change.Text(CKA_LABEL, label);
    return C_SetAttributeValue(session_, key, change.data(), 1);
  }

  // Runs `action` in a child that is killed at step `step`; true where it lived to the end.
  template <class Action>
  bool RunAndKill(Fault fault, int step, Action action) {
    const pid_t child = ::fork();
    EXPECT_GE(child, 0);
    if (child == 0) {
      if (C_Initialize(nullptr) != CKR_OK) ::_exit(2);
      CK_SESSION_HANDLE session = 0;
      if (C_OpenSession(0, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session) !=
              CKR_OK ||
          C_Login(session, CKU_USER, Text(kUserPin), 4) != CKR_OK) {
        ::_exit(3);
      }
      session_ = session;
      files_.Arm(fault, step);
      action();
      ::_exit(0);
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status) || (WIFEXITED(status) && WEXITSTATUS(status) == 0));
    return WIFEXITED(status);
  }

  FaultyFiles files_;
};

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

TEST_F(StorageTest, AFullDiskChangesNothing) {
  CK_OBJECT_HANDLE key = 0;
  ASSERT_EQ(TryTokenKey("old", &key), CKR_OK);
  for (int step = 1; step <= 3; ++step) {
    files_.Arm(Fault::kFull, step);
    CK_OBJECT_HANDLE other = 0;
    EXPECT_EQ(TryTokenKey("other", &other), CKR_DEVICE_MEMORY) << step;
    EXPECT_EQ(Find(AttributeList()).size(), 1U);
    files_.Arm(Fault::kFull, step);
    EXPECT_EQ(Relabel(key, "new"), CKR_DEVICE_MEMORY) << step;
    Bytes label;
    ASSERT_EQ(GetBytes(key, CKA_LABEL, label), CKR_OK);
    EXPECT_EQ(AsText(label), "old");
  }
  files_.Arm(Fault::kFull, 1);
  EXPECT_EQ(C_DestroyObject(session_, key), CKR_DEVICE_MEMORY);
  Bytes label;
  EXPECT_EQ(GetBytes(key, CKA_LABEL, label), CKR_OK) << "the handle lives as long as the file";
  EXPECT_EQ(LabelsAfterRestart(), std::vector<std::string>{"old"});
}

TEST_F(StorageTest, AFailedCountOfTheFailureRefusesTheLogin) {
  ASSERT_EQ(C_Logout(session_), CKR_OK);
  files_.Arm(Fault::kFull, 1);
  EXPECT_EQ(Login(CKU_USER, kUserPin), CKR_DEVICE_MEMORY) << "no guess goes uncounted";
  files_.Arm(Fault::kNone, 0);
  EXPECT_EQ(Login(CKU_USER, kUserPin), CKR_OK);
}

TEST_F(StorageTest, AFullDiskMakesNoToken) {
  for (int step = 1; step <= 6; ++step) {
    files_.Arm(Fault::kFull, step);
    EXPECT_EQ(C_InitToken(1, Text(kSoPin), 8, Text("none                            ")),
              CKR_DEVICE_MEMORY)
        << step;
    files_.Arm(Fault::kNone, 0);
    std::size_t entries = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      ++entries;
    }
    EXPECT_EQ(entries, 1U) << "nothing stays of it";
  }
  EXPECT_EQ(C_InitToken(1, Text(kSoPin), 8, Text("some                            ")), CKR_OK);
}

TEST_F(StorageTest, KilledAtAnyStepItIsOldOrNew) {
  CK_OBJECT_HANDLE key = 0;
  ASSERT_EQ(TryTokenKey("kept", &key), CKR_OK);
  for (const Fault fault : {Fault::kKillBefore, Fault::kKillAfter, Fault::kKillHalfWritten}) {
    bool lived = false;
    for (int step = 1; !lived && step < 20; ++step) {
      lived = RunAndKill(fault, step, [this] {
        CK_OBJECT_HANDLE made = 0;
        TryTokenKey("made", &made);
      });
      auto labels = LabelsAfterRestart();
      ASSERT_LE(labels.size(), 2U);
      EXPECT_EQ(labels.front(), "kept");
      ASSERT_TRUE(!lived || labels.size() == 2U) << "acknowledged, so there";
      for (const CK_OBJECT_HANDLE object : Find(AttributeList().Text(CKA_LABEL, "made"))) {
        ASSERT_EQ(C_DestroyObject(session_, object), CKR_OK);
      }
    }
    EXPECT_TRUE(lived || fault == Fault::kKillHalfWritten);
  }
}

TEST_F(StorageTest, KilledWhileChangingOrDestroyingItIsOldOrNew) {
  for (const Fault fault : {Fault::kKillBefore, Fault::kKillAfter}) {
    bool lived = false;
    for (int step = 1; !lived && step < 20; ++step) {
      CK_OBJECT_HANDLE key = 0;
      ASSERT_EQ(TryTokenKey("old", &key), CKR_OK);
      lived = RunAndKill(fault, step, [this] {
        Relabel(Find(AttributeList().Text(CKA_LABEL, "old")).at(0), "new");
      });
      auto labels = LabelsAfterRestart();
      ASSERT_EQ(labels.size(), 1U) << step;
      EXPECT_TRUE(labels[0] == "old" || labels[0] == "new") << labels[0];
      EXPECT_TRUE(!lived || labels[0] == "new");

      RunAndKill(fault, step, [this] { C_DestroyObject(session_, Find(AttributeList()).at(0)); });
      const auto after = LabelsAfterRestart();
      EXPECT_TRUE(after.empty() || after == labels) << "no older version comes back";
      for (const CK_OBJECT_HANDLE object : Find(AttributeList())) {
        ASSERT_EQ(C_DestroyObject(session_, object), CKR_OK);
      }
      EXPECT_TRUE(ObjectFiles().empty());
    }
    EXPECT_TRUE(lived);
  }
}

TEST_F(StorageTest, KilledWhileInitialisingATokenThereIsNoneOrAWholeOne) {
  for (int step = 1; step < 12; ++step) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      if (C_Initialize(nullptr) != CKR_OK) ::_exit(2);
      CK_ULONG count = 0;
      C_GetSlotList(CK_TRUE, nullptr, &count);
      CK_SLOT_ID slot = 0;
      CK_TOKEN_INFO info;
      while (C_GetTokenInfo(slot, &info) == CKR_OK && (info.flags & CKF_TOKEN_INITIALIZED) != 0) {
        ++slot;
      }
      files_.Arm(Fault::kKillAfter, step);
      C_InitToken(slot, Text(kSoPin), 8, Text("made                            "));
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    Restart();
    CK_ULONG count = 0;
    ASSERT_EQ(C_GetSlotList(CK_TRUE, nullptr, &count), CKR_OK);
    for (CK_SLOT_ID slot = 0; slot < count; ++slot) {
      CK_TOKEN_INFO info;
      EXPECT_EQ(C_GetTokenInfo(slot, &info), CKR_OK) << slot;
    }
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

}  // namespace
}  // namespace florin::hsm_sim
