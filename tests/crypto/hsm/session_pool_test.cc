// SessionPool: affinity, bounds, renewal, and many threads.
#include "florin/hsm/session_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "tests/crypto/hsm/test_templates.h"

namespace florin::hsm {
namespace {

// A soft session that can be lost.
class MortalSession final : public Session {
 public:
  MortalSession(std::unique_ptr<Session> inner, std::atomic<int>& live, std::atomic<int>& starts)
      : inner_(std::move(inner)), live_(live), starts_(starts), born_(starts) {
    ++live_;
  }
  ~MortalSession() override { --live_; }

  void Kill() { alive_ = false; }

  bool Supports(mechanisms::MechanismType type, Verb verb) const override {
    return inner_->Supports(type, verb);
  }
  bool alive() const override { return alive_; }
  Result<KeyHandle> Resolve(const KeyRef& ref) override { return inner_->Resolve(ref); }
  Result<KeyHandle> Generate(const KeyTemplate& key) override { return inner_->Generate(key); }
  Result<KeyPair> GeneratePair(const KeyPairTemplate& pair) override {
    return inner_->GeneratePair(pair);
  }
  Result<KeyHandle> Import(const KeyTemplate& key, const SecretBytes& material) override {
    return inner_->Import(key, material);
  }
  Result<std::size_t> PublicPoint(KeyHandle key, MutableBytes out) override {
    return inner_->PublicPoint(key, out);
  }
  Status Destroy(KeyHandle key) override { return inner_->Destroy(key); }
  Result<std::size_t> Sign(const mechanisms::Mechanism& mechanism, KeyHandle key, ByteView data,
                           MutableBytes out) override {
    if (!alive_) return Error(ErrorCode::kSessionLost, "killed");
    if (starts_ != born_) return Error(ErrorCode::kSessionLost, "the module was restarted");
    return inner_->Sign(mechanism, key, data, out);
  }
  Status Verify(const mechanisms::Mechanism& mechanism, KeyHandle key, ByteView data,
                ByteView signature) override {
    return inner_->Verify(mechanism, key, data, signature);
  }
  Result<std::size_t> Encrypt(const mechanisms::Mechanism& mechanism, KeyHandle key,
                              ByteView plaintext, MutableBytes out) override {
    return inner_->Encrypt(mechanism, key, plaintext, out);
  }
  Result<std::size_t> Decrypt(const mechanisms::Mechanism& mechanism, KeyHandle key,
                              ByteView ciphertext, MutableBytes out) override {
    return inner_->Decrypt(mechanism, key, ciphertext, out);
  }
  Result<KeyHandle> Derive(const mechanisms::Mechanism& mechanism, KeyHandle base,
                           const KeyTemplate& derived) override {
    return inner_->Derive(mechanism, base, derived);
  }
  Result<std::size_t> Wrap(const mechanisms::Mechanism& mechanism, KeyHandle wrapping,
                           KeyHandle target, MutableBytes out) override {
    return inner_->Wrap(mechanism, wrapping, target, out);
  }
  Result<KeyHandle> Unwrap(const mechanisms::Mechanism& mechanism, KeyHandle unwrapping,
                           ByteView wrapped, const KeyTemplate& unwrapped) override {
    return inner_->Unwrap(mechanism, unwrapping, wrapped, unwrapped);
  }
  Status RunBatch(Verb verb, const mechanisms::Mechanism& mechanism, KeyHandle key,
                  std::span<BatchItem> items) override {
    return inner_->RunBatch(verb, mechanism, key, items);
  }
  Status Random(MutableBytes out) override { return inner_->Random(out); }

 private:
  std::unique_ptr<Session> inner_;
  std::atomic<int>& live_;
  std::atomic<int>& starts_;
  const int born_;
  bool alive_ = true;
};

class SessionPoolTest : public ::testing::Test {
 protected:
  SessionPoolTest() : token_(SoftToken::Create().value()) {
    const KeyTemplate key = Ephemeral(KeyType::kHmac, {Verb::kSign}, 32);
    EXPECT_TRUE(token_.OpenSession().value()->Generate(Persistent(key, name_)).ok());
  }

  SessionOpener Opener() {
    return [this]() -> Result<std::unique_ptr<Session>> {
      ++opened_;
      if (refuse_) return Error(ErrorCode::kDeviceError, "no more");
      FLORIN_TRY(auto session, token_.OpenSession());
      return std::unique_ptr<Session>(
          std::make_unique<MortalSession>(std::move(session), live_, starts_));
    };
  }

  // What every user of a pool does: resolve, then work.
  Result<std::size_t> Work(Session& session) {
    FLORIN_TRY(const KeyHandle key, session.Resolve(name_));
    Bytes mac(32);
    return session.Sign(mechanisms::Hmac{}, key, Bytes(10), mac);
  }

  const KeyRef name_ = Name(KeyClass::kSecret, "mac");
  SoftToken token_;
  std::atomic<int> live_{0};
  std::atomic<int> opened_{0};
  std::atomic<int> starts_{0};  // of the module; its sessions do not notice, they only fail
  std::atomic<bool> refuse_{false};
};

TEST_F(SessionPoolTest, AThreadGetsItsSessionAgain) {
  SessionPool pool(Opener());
  Session* first = nullptr;
  for (int i = 0; i < 10; ++i) {
    const auto lease = pool.Acquire();
    ASSERT_TRUE(lease.ok());
    if (first == nullptr) first = &**lease;
    EXPECT_EQ(&**lease, first);
  }
  EXPECT_EQ(opened_, 1);
}

TEST_F(SessionPoolTest, LeasesOfOneThreadAreDistinct) {
  SessionPool pool(Opener(), {3, &NullObserver()});
  std::vector<SessionPool::Lease> leases;
  std::set<Session*> sessions;
  for (int i = 0; i < 3; ++i) {
    leases.push_back(pool.Acquire().value());
    sessions.insert(&*leases.back());
  }
  EXPECT_EQ(sessions.size(), 3U);
}

TEST_F(SessionPoolTest, DropsWhatIsDead) {
  SessionPool pool(Opener());
  static_cast<MortalSession&>(*pool.Acquire().value()).Kill();
  EXPECT_EQ(live_, 0);
  EXPECT_TRUE((*pool.Acquire())->alive());
  EXPECT_EQ(opened_, 2);
}

TEST_F(SessionPoolTest, RunRepeatsOnAFreshSession) {
  SessionPool pool(Opener());
  int calls = 0;
  const auto result = pool.Run([&](Session& session) -> Result<std::size_t> {
    if (++calls == 1) static_cast<MortalSession&>(session).Kill();
    return Work(session);
  });
  EXPECT_TRUE(result.ok());
  EXPECT_EQ(calls, 2);
  calls = 0;
  const auto lost = pool.Run([&](Session& session) -> Result<std::size_t> {
    ++calls;
    static_cast<MortalSession&>(session).Kill();
    return Work(session);
  });
  EXPECT_EQ(lost.code(), ErrorCode::kSessionLost);
  EXPECT_EQ(calls, 2);
}

TEST_F(SessionPoolTest, AFailedOpenLeavesTheSlotFree) {
  SessionPool pool(Opener(), {1, &NullObserver()});
  refuse_ = true;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(pool.Acquire().code(), ErrorCode::kDeviceError);
  refuse_ = false;
  EXPECT_TRUE(pool.Acquire().ok());
}

TEST_F(SessionPoolTest, NeedsAtLeastOneSession) {
  SessionPool pool(Opener(), {0, &NullObserver()});
  EXPECT_EQ(pool.Acquire().code(), ErrorCode::kInvalidArgument);
}

TEST_F(SessionPoolTest, WaitsForAFreeSession) {
  SessionPool pool(Opener(), {1, &NullObserver()});
  std::atomic<bool> got{false};
  std::thread waiter;
  {
    const auto lease = pool.Acquire();
    ASSERT_TRUE(lease.ok());
    waiter = std::thread([&] {
      const auto second = pool.Acquire();
      got = second.ok();
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_FALSE(got);
  }
  waiter.join();
  EXPECT_TRUE(got);
  EXPECT_EQ(opened_, 1);
}

TEST_F(SessionPoolTest, OneLostSessionCondemnsTheIdleOnes) {
  SessionPool pool(Opener(), {3, &NullObserver()});
  {
    std::vector<SessionPool::Lease> leases;
    for (int i = 0; i < 3; ++i) leases.push_back(pool.Acquire().value());
  }
  ++starts_;
  EXPECT_TRUE(pool.Run([&](Session& session) { return Work(session); }).ok());
  EXPECT_EQ(opened_, 4);
  std::vector<SessionPool::Lease> leases;
  for (int i = 0; i < 3; ++i) {
    leases.push_back(pool.Acquire().value());
    EXPECT_TRUE(Work(*leases.back()).ok());
  }
  EXPECT_EQ(opened_, 6);
  EXPECT_EQ(live_, 3);
}

// A lease that was out during the loss does not bring its old session back.
TEST_F(SessionPoolTest, ASessionReturnedAfterTheLossIsDropped) {
  SessionPool pool(Opener(), {2, &NullObserver()});
  {
    auto held = pool.Acquire();
    ASSERT_TRUE(held.ok());
    ++starts_;
    const auto work = [&](Session& session) -> Result<std::size_t> {
      if (opened_ == 2) return Error(ErrorCode::kSessionLost, "lost");
      return Work(session);
    };
    EXPECT_TRUE(pool.Run(work).ok());
    EXPECT_EQ(live_, 2);
  }
  EXPECT_EQ(live_, 1);
}

// After a restart of the module the pool is full of sessions that say they live. All three are at
// work when they fail, and five more threads wait for them.
TEST_F(SessionPoolTest, ARestartUnderLoadFailsNobody) {
  SessionPool pool(Opener(), {3, &NullObserver()});
  std::atomic<int> failed{0};
  std::atomic<int> entered{0};
  const auto work = [&](Session& session) {
    ++entered;
    while (entered < 3) std::this_thread::yield();
    return Work(session);
  };
  std::vector<std::thread> threads;
  {
    std::vector<SessionPool::Lease> leases;
    for (int i = 0; i < 3; ++i) leases.push_back(pool.Acquire().value());
    ++starts_;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 20; ++i) {
          if (!pool.Run(work).ok()) ++failed;
        }
      });
    }
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(opened_, 6);
  EXPECT_EQ(live_, 3);
}

// More threads than sessions, and sessions that die under them.
TEST_F(SessionPoolTest, ManyThreadsFewSessions) {
  SessionPool pool(Opener(), {3, &NullObserver()});
  std::atomic<int> done{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const auto result = pool.Run([&](Session& session) { return Work(session); });
        ASSERT_TRUE(result.ok());
        ++done;
        if (i % 50 == t) {
          auto lease = pool.Acquire();
          static_cast<MortalSession&>(**lease).Kill();
        }
        EXPECT_LE(live_, 3);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(done, 8 * 200);
}

}  // namespace
}  // namespace florin::hsm
