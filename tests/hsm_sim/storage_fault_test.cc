// The token on a disk that fails, and under processes that are killed: it is old or new, never
// between. FLORIN_FAULT_SEED repeats the random kills of a run, which prints it.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <random>

#include "tests/hsm_sim/storage_fixture.h"

namespace florin::hsm_sim {
namespace {

TEST_F(StorageTest, AFullDiskChangesNothing) {
  CK_OBJECT_HANDLE key = 0;
  ASSERT_EQ(TryTokenKey("old", &key), CKR_OK);
  CK_OBJECT_HANDLE other = 0;
  FailEveryStep(
      Fault::kFull, [&] { return TryTokenKey("other", &other); },
      [&](CK_RV rv) {
        if (rv != CKR_OK) {
          EXPECT_EQ(rv, CKR_DEVICE_MEMORY);
        }
        EXPECT_EQ(Find(AttributeList()).size(), rv == CKR_OK ? 2U : 1U);
        if (rv == CKR_OK) {
          EXPECT_EQ(C_DestroyObject(session_, other), CKR_OK);
        }
      });
  FailEveryStep(
      Fault::kFull, [&] { return Relabel(key, "new"); },
      [&](CK_RV rv) {
        EXPECT_EQ(Labels(), std::vector<std::string>{rv == CKR_OK ? "new" : "old"});
        EXPECT_EQ(Relabel(key, "old"), CKR_OK);
      });
  FailEveryStep(
      Fault::kFull, [&] { return C_DestroyObject(session_, key); },
      [&](CK_RV rv) {
        EXPECT_EQ(Labels().size(), rv == CKR_OK ? 0U : 1U)
            << "the handle lives as long as the file";
        if (rv == CKR_OK) {
          ASSERT_EQ(TryTokenKey("old", &key), CKR_OK);
        }
      });
  EXPECT_EQ(LabelsAfterRestart(), std::vector<std::string>{"old"});
}

TEST_F(StorageTest, ABrokenDiskIsNotContradicted) {
  // From some step on nothing works: what is shown is what the folder holds, reported or not.
  CK_OBJECT_HANDLE made = 0;
  FailEveryStep(
      Fault::kBroken, [&] { return TryTokenKey("made", &made); },
      [&](CK_RV) {
        const auto shown = Labels();
        ASSERT_EQ(LabelsAfterRestart(), shown);
        for (const CK_OBJECT_HANDLE object : Find(AttributeList())) {
          ASSERT_EQ(C_DestroyObject(session_, object), CKR_OK);
        }
      });
  FailEveryStep(
      Fault::kBroken,
      [&] {
        const auto objects = Find(AttributeList());
        return objects.empty() ? CKR_OK : C_DestroyObject(session_, objects[0]);
      },
      [&](CK_RV rv) {
        const auto shown = Labels();
        EXPECT_TRUE(rv != CKR_OK || shown.empty());
        ASSERT_EQ(LabelsAfterRestart(), shown);
        if (shown.empty()) {
          ASSERT_EQ(TryTokenKey("made", &made), CKR_OK);
        }
      });
}

TEST_F(StorageTest, AFailedChangeOfThePinLeavesOneOfTheTwo) {
  for (const Fault fault : {Fault::kFull, Fault::kBroken}) {
    FailEveryStep(
        fault, [&] { return C_SetPIN(session_, Text(kUserPin), 4, Text("5678"), 4); },
        [&](CK_RV rv) {
          ASSERT_EQ(C_Logout(session_), CKR_OK);
          const CK_RV with_new = Login(CKU_USER, "5678");
          EXPECT_TRUE(rv != CKR_OK || with_new == CKR_OK);
          if (with_new == CKR_OK) {
            ASSERT_EQ(C_SetPIN(session_, Text("5678"), 4, Text(kUserPin), 4), CKR_OK);
          } else {
            ASSERT_EQ(Login(CKU_USER, kUserPin), CKR_OK);
          }
        });
  }
}

TEST_F(StorageTest, AFailedInitialisationLeavesTheOldTokenOrAnEmptyOne) {
  for (const Fault fault : {Fault::kFull, Fault::kBroken}) {
    CK_OBJECT_HANDLE key = 0;
    ASSERT_EQ(TryTokenKey("old", &key), CKR_OK);
    FailEveryStep(
        fault,
        [&] {
          C_CloseAllSessions(0);
          return C_InitToken(0, Text(kSoPin), 8, Text("again                           "));
        },
        [&](CK_RV rv) {
          session_ = Open(CKF_RW_SESSION);
          const CK_RV login = Login(CKU_USER, kUserPin);
          EXPECT_EQ(Labels().size(), login == CKR_OK ? 1U : 0U);
          EXPECT_TRUE(rv != CKR_OK || login == CKR_USER_PIN_NOT_INITIALIZED);
          if (login == CKR_OK) return;
          ASSERT_EQ(login, CKR_USER_PIN_NOT_INITIALIZED);
          GiveUserPin();
          ASSERT_EQ(TryTokenKey("old", &key), CKR_OK);
        });
    for (const CK_OBJECT_HANDLE object : Find(AttributeList())) {
      ASSERT_EQ(C_DestroyObject(session_, object), CKR_OK);
    }
  }
}

TEST_F(StorageTest, AFailedCountOfTheFailureRefusesTheLogin) {
  ASSERT_EQ(C_Logout(session_), CKR_OK);
  files_.Arm(Fault::kFull, 1);
  EXPECT_EQ(Login(CKU_USER, kUserPin), CKR_DEVICE_MEMORY) << "no guess goes uncounted";
  files_.Arm(Fault::kNone, 0);
  EXPECT_EQ(Login(CKU_USER, kUserPin), CKR_OK);
}

TEST_F(StorageTest, AFullDiskMakesNoToken) {
  std::size_t tokens = 1;
  FailEveryStep(
      Fault::kFull,
      [&] {
        return C_InitToken(tokens, Text(kSoPin), 8, Text("none                            "));
      },
      [&](CK_RV rv) {
        if (rv == CKR_OK) ++tokens;
        const std::filesystem::directory_iterator entries(folder_.path());
        EXPECT_EQ(static_cast<std::size_t>(std::distance(begin(entries), end(entries))), tokens)
            << "nothing stays of what was not made";
      });
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

TEST_F(StorageTest, KilledAtARandomStepOfManyChangesItIsWhole) {
  const char* text = ::getenv("FLORIN_FAULT_SEED");
  const auto seed = text != nullptr ? static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10))
                                    : std::random_device()();
  std::cout << "FLORIN_FAULT_SEED=" << seed << "\n";
  std::mt19937 random(seed);
  CK_OBJECT_HANDLE key = 0;
  ASSERT_EQ(TryTokenKey("kept", &key), CKR_OK);
  const Fault kFaults[] = {Fault::kKillBefore, Fault::kKillAfter, Fault::kKillHalfWritten};
  for (int round = 0; round < 12; ++round) {
    RunAndKill(kFaults[random() % 3], 1 + static_cast<int>(random() % 24), [&] {
      for (int i = 0; i < 8; ++i) {
        const auto others = Find(AttributeList().Text(CKA_LABEL, "other"));
        CK_OBJECT_HANDLE made = 0;
        if (others.empty() || random() % 3 == 0) {
          TryTokenKey("other", &made);
        } else if (random() % 2 == 0) {
          Relabel(others[0], "other");
        } else {
          C_DestroyObject(session_, others[0]);
        }
      }
    });
    const auto labels = LabelsAfterRestart();
    ASSERT_FALSE(labels.empty());
    EXPECT_EQ(labels[0], "kept") << round;
    EXPECT_EQ(std::count(labels.begin(), labels.end(), "other") + 1,
              static_cast<std::ptrdiff_t>(labels.size()));
    for (const CK_OBJECT_HANDLE object : Find(AttributeList())) {
      CK_MECHANISM mechanism{CKM_AES_ECB, nullptr, 0};
      EXPECT_EQ(C_EncryptInit(session_, &mechanism, object), CKR_OK) << "its material is whole";
      EXPECT_EQ(C_EncryptInit(session_, nullptr, 0), CKR_OK);
    }
  }
}

}  // namespace
}  // namespace florin::hsm_sim
