// What the tests of the vault share: a directory, a small HSM, card numbers, a watching observer.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "florin/base/observer.h"
#include "florin/base/pan.h"
#include "florin/hsm/soft_session.h"
#include "florin/tokenizer/vault.h"
#include "tokenizer/store/lmdb_store.h"
#include "tokenizer/vault_impl.h"
#include "tools/temporary_directory.h"

#define ASSERT_OK(expression)                                                                     \
  do {                                                                                            \
    const auto& assert_ok_result = (expression);                                                  \
    ASSERT_TRUE(assert_ok_result.ok())                                                            \
        << assert_ok_result.error().message() << " detail " << assert_ok_result.error().detail(); \
  } while (false)

namespace florin::tokenizer::testing {

inline constexpr std::uint32_t kDomain = 1;
inline constexpr std::uint32_t kOtherDomain = 2;
inline constexpr char kBin[] = "999910";
inline constexpr char kOtherBin[] = "99992012";

// A fresh directory, gone at the end. `base` where another file system is wanted.
class TestDirectory {
 public:
  explicit TestDirectory(const std::filesystem::path& base = {})
      : directory_(tools::TemporaryDirectory::Create("florin-vault", base).value()) {}
  const std::string& path() const { return directory_.path(); }
  std::string vault() const { return path() + "/vault"; }

 private:
  tools::TemporaryDirectory directory_;
};

// A token with one key that may seal a vault: the test key filled with `fill`. Mode 'B' encrypts
// and decrypts, 'E' only encrypts.
class TestHsm {
 public:
  explicit TestHsm(std::uint8_t fill = 0x4b, char mode = 'B')
      : token_(hsm::SoftToken::Create().value()),
        session_(token_.OpenSession().value()),
        ring_key_(hsm::KeyRef::Create(hsm::KeyClass::kSecret, "vault ring key").value()) {
    hsm::KeyTemplate form;
    form.rules.type = mechanisms::KeyType::kAes;
    form.rules.length = 32;
    form.rules.verbs = {mechanisms::Verb::kEncrypt};
    if (mode == 'B') {
      form.rules.verbs = {mechanisms::Verb::kEncrypt, mechanisms::Verb::kDecrypt};
    }
    const std::string header = std::string("D0000D0A") + mode + "00N0000";
    form.rules.header = mechanisms::KeyBlockHeader::Parse(header).value();
    form.name = ring_key_;
    form.persistent = true;
    const std::vector<std::uint8_t> value(32, fill);
    FLORIN_INVARIANT(session_->Import(form, SecretBytes::CopyOf(value).value()).ok());
  }

  hsm::Session& session() { return *session_; }
  const hsm::KeyRef& ring_key() const { return ring_key_; }

  Result<std::unique_ptr<Vault>> Open(VaultOptions options) {
    return Vault::Open(std::move(options), *session_, ring_key_);
  }
  Result<std::unique_ptr<Vault>> OpenOn(VaultParts parts) {
    return VaultImpl::Open(std::move(parts), *session_, ring_key_);
  }
  // On LMDB, with a hook.
  Result<std::unique_ptr<Vault>> OpenHooked(const std::string& directory, StepHook* hook) {
    VaultParts parts;
    FLORIN_TRY(parts.store, OpenLmdbStore({directory, 1 << 28, hook}));
    parts.hook = hook;
    return OpenOn(std::move(parts));
  }

 private:
  hsm::SoftToken token_;
  std::unique_ptr<hsm::Session> session_;
  hsm::KeyRef ring_key_;
};

inline VaultOptions OptionsFor(const TestDirectory& directory) {
  VaultOptions options;
  options.directory = directory.vault();
  options.max_bytes = 1 << 26;
  return options;
}

inline TokenDomain FirstDomain() { return {kDomain, kBin, 16}; }
inline TokenDomain SecondDomain() { return {kOtherDomain, kOtherBin, 19}; }

// The digits of test card number `index`, 16 of them unless told, Luhn-valid.
inline std::string PanDigits(std::uint64_t index, std::size_t length = 16) {
  std::string body = std::to_string(index);
  body.insert(0, length - 7 - body.size(), '0');
  body.insert(0, "541333");
  return body + LuhnCheckDigit(body).value();
}

inline Pan MakePan(std::uint64_t index, std::size_t length = 16) {
  return Pan::Parse(PanDigits(index, length)).value();
}

// Keeps every event as text, and counts commits.
class WatchingObserver final : public Observer {
 public:
  void OnEvent(const Event& event) override {
    const std::lock_guard lock(mutex_);
    const std::string stage = event.stage;
    if (stage == "commit") ++commits_;
    text_ += std::string(event.component) + " " + stage + " " + event.outcome.message() + " " +
             std::to_string(event.outcome.detail()) + " " + std::to_string(event.subject) + "\n";
  }
  std::string text() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }
  int commits() const {
    const std::lock_guard lock(mutex_);
    return commits_;
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;
  int commits_ = 0;
};

// Ends the process, as kill -9 does, when a step is met for the n-th time.
class KillAtStep final : public StepHook {
 public:
  KillAtStep(std::string_view step, int times) : step_(step), left_(times) {}
  void At(std::string_view step) override {
    if (step == step_ && --left_ == 0) std::raise(SIGKILL);
  }

 private:
  std::string_view step_;
  std::atomic<int> left_;
};

// Counts how often a step is met.
class CountStep final : public StepHook {
 public:
  explicit CountStep(std::string_view step) : step_(step) {}
  void At(std::string_view step) override {
    if (step == step_) ++count_;
  }
  int count() const { return count_; }

 private:
  std::string_view step_;
  std::atomic<int> count_{0};
};

// Runs `work` in a child process and returns what waitpid tells. The child exits with the status
// that `work` returns; nothing of gtest runs in it.
template <class Work>
int RunInChild(Work work) {
  const pid_t child = fork();
  FLORIN_INVARIANT(child >= 0);
  if (child == 0) _exit(work());
  int status = 0;
  FLORIN_INVARIANT(waitpid(child, &status, 0) == child);
  return status;
}

}  // namespace florin::tokenizer::testing
