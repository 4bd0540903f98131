// Many threads at once. Runs under ThreadSanitizer.
#include <atomic>
#include <chrono>
#include <thread>

#include "tests/hsm_sim/sim_fixture.h"

namespace florin::hsm_sim {
namespace {

using ThreadTest = TokenTest;

constexpr int kThreads = 4;
constexpr int kRounds = 200;

template <class Work>
void OnThreads(Work work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(work, i);
  for (std::thread& thread : threads) thread.join();
}

TEST(InitialiseTest, OnlyOneOfManyInitialises) {
  TemporaryFolder folder;
  ::setenv("FLORIN_HSM_DIR", folder.path().c_str(), 1);
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> initialised{0};
    std::atomic<int> others{0};
    OnThreads([&](int) {
      const CK_RV rv = C_Initialize(nullptr);
      if (rv == CKR_OK) ++initialised;
      if (rv == CKR_CRYPTOKI_ALREADY_INITIALIZED) ++others;
      CK_INFO info;
      C_GetInfo(&info);
    });
    EXPECT_EQ(initialised, 1);
    EXPECT_EQ(others, kThreads - 1);
    EXPECT_EQ(C_Finalize(nullptr), CKR_OK);
  }
}

TEST_F(ThreadTest, OneKeyServesAllThreads) {
  const CK_OBJECT_HANDLE key = HmacKey();
  Bytes expected;
  ASSERT_EQ(Sign({CKM_SHA256_HMAC, nullptr, 0}, key, AsBytes("data"), expected), CKR_OK);
  std::atomic<int> wrong{0};
  OnThreads([&](int) {
    const CK_SESSION_HANDLE session = Open();
    CK_MECHANISM mechanism{CKM_SHA256_HMAC, nullptr, 0};
    for (int i = 0; i < kRounds; ++i) {
      CK_BYTE data[] = {'d', 'a', 't', 'a'};
      Bytes mac(32);
      CK_ULONG length = 32;
      if (C_SignInit(session, &mechanism, key) != CKR_OK ||
          C_Sign(session, data, 4, mac.data(), &length) != CKR_OK || mac != expected) {
        ++wrong;
      }
    }
    C_CloseSession(session);
  });
  EXPECT_EQ(wrong, 0);
}

TEST_F(ThreadTest, ObjectsComeAndGoWhileOthersSearch) {
  std::atomic<int> wrong{0};
  OnThreads([&](int number) {
    const CK_SESSION_HANDLE session = Open(CKF_RW_SESSION);
    for (int i = 0; i < kRounds / 4; ++i) {
      AttributeList list;
      list.Ulong(CKA_CLASS, CKO_SECRET_KEY)
          .Ulong(CKA_KEY_TYPE, CKK_AES)
          .Bool(CKA_TOKEN, i % 8 == 0)
          .Bool(CKA_ENCRYPT, true)
          .Text(CKA_LABEL, std::to_string(number))
          .Add(CKA_VALUE, Bytes(16, static_cast<std::uint8_t>(i)));
      CK_OBJECT_HANDLE key = 0;
      if (C_CreateObject(session, list.data(), list.size(), &key) != CKR_OK) ++wrong;
      AttributeList query;
      query.Text(CKA_LABEL, std::to_string(number));
      CK_OBJECT_HANDLE found[64];
      CK_ULONG count = 0;
      if (C_FindObjectsInit(session, query.data(), 1) != CKR_OK ||
          C_FindObjects(session, found, 64, &count) != CKR_OK || count != 1 || found[0] != key ||
          C_FindObjectsFinal(session) != CKR_OK) {
        ++wrong;
      }
      if (C_DestroyObject(session, key) != CKR_OK) ++wrong;
    }
    C_CloseSession(session);
  });
  EXPECT_EQ(wrong, 0);
  EXPECT_TRUE(Find(AttributeList()).empty());
}

TEST_F(ThreadTest, LogoutRacesWithSigning) {
  std::atomic<bool> stop{false};
  std::atomic<int> odd{0};
  std::thread toggler([&] {
    for (int i = 0; i < 30; ++i) {
      C_Logout(session_);
      Login(CKU_USER, kUserPin);
    }
    stop = true;
  });
  std::vector<std::thread> signers;
  for (int i = 0; i < 3; ++i) {
    signers.emplace_back([&] {
      const CK_SESSION_HANDLE session = Open();
      CK_MECHANISM mechanism{CKM_SHA256_HMAC, nullptr, 0};
      while (!stop) {
        AttributeList list;
        list.Ulong(CKA_CLASS, CKO_SECRET_KEY)
            .Ulong(CKA_KEY_TYPE, CKK_GENERIC_SECRET)
            .Bool(CKA_SIGN, true)
            .Add(CKA_VALUE, Bytes(32, 1));
        CK_OBJECT_HANDLE key = 0;
        const CK_RV made = C_CreateObject(session, list.data(), list.size(), &key);
        if (made != CKR_OK && made != CKR_USER_NOT_LOGGED_IN) ++odd;
        CK_BYTE mac[32];
        CK_ULONG length = 32;
        CK_RV rv = C_SignInit(session, &mechanism, key);
        if (rv == CKR_OK) rv = C_Sign(session, mac, 32, mac, &length);
        if (rv != CKR_OK && rv != CKR_KEY_HANDLE_INVALID && rv != CKR_OPERATION_NOT_INITIALIZED) {
          ++odd;
        }
        if (key != 0) C_DestroyObject(session, key);
      }
      C_CloseSession(session);
    });
  }
  toggler.join();
  for (std::thread& signer : signers) signer.join();
  EXPECT_EQ(odd, 0);
}

TEST_F(ThreadTest, WhatWasPreparedBeforeALogoutIsOverAfterIt) {
  std::atomic<int> outlived{0};
  std::vector<CK_SESSION_HANDLE> sessions;
  for (int i = 0; i < kThreads; ++i) sessions.push_back(Open());
  for (int round = 0; round < 60; ++round) {
    const CK_OBJECT_HANDLE key = HmacKey();
    std::atomic<int> ready{0};
    std::atomic<bool> out{false};
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i, session = sessions[static_cast<std::size_t>(i)]] {
        CK_MECHANISM mechanism{CKM_SHA256_HMAC, nullptr, 0};
        ++ready;
        while (ready <= kThreads) std::this_thread::yield();
        for (int spin = 0; spin < round * i * 10; ++spin) ready.load();
        const CK_RV prepared = C_SignInit(session, &mechanism, key);
        while (!out) std::this_thread::yield();
        CK_BYTE mac[32] = {};
        CK_ULONG length = sizeof(mac);
        if (prepared == CKR_OK && C_Sign(session, mac, 32, mac, &length) == CKR_OK) ++outlived;
      });
    }
    while (ready < kThreads) std::this_thread::yield();
    ++ready;
    EXPECT_EQ(C_Logout(session_), CKR_OK);
    out = true;
    for (std::thread& thread : threads) thread.join();
    ASSERT_EQ(Login(CKU_USER, kUserPin), CKR_OK);
  }
  EXPECT_EQ(outlived, 0);
}

TEST_F(ThreadTest, ManyLoginsWithTheRightPinDoNotLockIt) {
  constexpr int kLogins = 16;
  for (int round = 0; round < 3; ++round) {
    ASSERT_EQ(C_Logout(session_), CKR_OK);
    std::atomic<int> in{0};
    std::atomic<int> already{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < kLogins; ++i) {
      threads.emplace_back([&] {
        const CK_RV rv = Login(CKU_USER, kUserPin);
        if (rv == CKR_OK) ++in;
        if (rv == CKR_USER_ALREADY_LOGGED_IN) ++already;
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(in, 1);
    EXPECT_EQ(already, kLogins - 1);
  }
}

TEST_F(ThreadTest, SessionsOpenAndCloseAtOnce) {
  std::atomic<int> wrong{0};
  OnThreads([&](int) {
    for (int i = 0; i < kRounds; ++i) {
      CK_SESSION_HANDLE session = 0;
      CK_SESSION_INFO info;
      if (C_OpenSession(0, CKF_SERIAL_SESSION, nullptr, nullptr, &session) != CKR_OK ||
          C_GetSessionInfo(session, &info) != CKR_OK || info.state != CKS_RO_USER_FUNCTIONS ||
          C_CloseSession(session) != CKR_OK ||
          C_GetSessionInfo(session, &info) != CKR_SESSION_HANDLE_INVALID) {
        ++wrong;
      }
    }
  });
  EXPECT_EQ(wrong, 0);
}

TEST_F(ThreadTest, FinaliseMeetsCallsInFlight) {
  std::atomic<bool> stop{false};
  const CK_OBJECT_HANDLE key = HmacKey();
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&, session = Open()] {
      CK_MECHANISM mechanism{CKM_SHA256_HMAC, nullptr, 0};
      while (!stop) {
        CK_BYTE mac[32];
        CK_ULONG length = 32;
        if (C_SignInit(session, &mechanism, key) == CKR_OK) C_Sign(session, mac, 32, mac, &length);
      }
    });
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(C_Finalize(nullptr), CKR_OK);
  stop = true;
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace florin::hsm_sim
