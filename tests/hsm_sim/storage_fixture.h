// StorageTest: a token whose files can be made to fail, and other processes that use it.
#pragma once

#include <sys/wait.h>

#include <algorithm>
#include <string>
#include <vector>

#include "hsm_sim/module.h"
#include "tests/hsm_sim/faulty_files.h"
#include "tests/hsm_sim/sim_fixture.h"

namespace florin::hsm_sim {

using Fault = FaultyFiles::Fault;

class StorageTest : public TokenTest {
 protected:
  void SetUp() override {
    Module::SetEnvironment(Environment());
    TokenTest::SetUp();
  }
  virtual StorageEnvironment Environment() {
    StorageEnvironment environment;
    environment.files = &files_;
    return environment;
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

  // Labels of all objects, sorted.
  std::vector<std::string> Labels() {
    std::vector<std::string> labels;
    for (const CK_OBJECT_HANDLE object : Find(AttributeList())) {
      Bytes label;
      EXPECT_EQ(GetBytes(object, CKA_LABEL, label), CKR_OK);
      labels.emplace_back(label.begin(), label.end());
    }
    std::sort(labels.begin(), labels.end());
    return labels;
  }
  // What the disk really holds.
  std::vector<std::string> LabelsAfterRestart() {
    files_.Arm(Fault::kNone, 0);
    Restart();
    Reopen();
    return Labels();
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

  // Lets each step of `action` fail in turn until it lives to the end without meeting the fault.
  // `check` is told the CK_RV each time, on a sound disk.
  template <class Action, class Check>
  void FailEveryStep(Fault fault, Action action, Check check) {
    bool met = true;
    for (int step = 1; met && step < 60; ++step) {
      SCOPED_TRACE(step);
      files_.Arm(fault, step);
      const CK_RV rv = action();
      met = files_.steps() >= step;
      files_.Arm(Fault::kNone, 0);
      EXPECT_TRUE(met || rv == CKR_OK) << rv;
      check(rv);
      if (HasFatalFailure()) return;
    }
    EXPECT_FALSE(met) << "it never lived";
  }

  // The user PIN of a token that has none, and a session of the user.
  void GiveUserPin() {
    ASSERT_EQ(Login(CKU_SO, kSoPin), CKR_OK);
    ASSERT_EQ(C_InitPIN(session_, Text(kUserPin), 4), CKR_OK);
    ASSERT_EQ(C_Logout(session_), CKR_OK);
    ASSERT_EQ(Login(CKU_USER, kUserPin), CKR_OK);
  }

  FaultyFiles files_;
};

}  // namespace florin::hsm_sim
