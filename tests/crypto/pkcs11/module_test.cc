// Module over real modules: tokens, PINs, many threads.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "florin/hsm/session_pool.h"
#include "florin/pkcs11/pkcs11_session.h"
#include "tests/crypto/pkcs11/backends.h"

namespace florin::pkcs11 {
namespace {

using namespace mechanisms;

struct ModuleCase {
  const char* name;
  std::string (*path)();
  ModuleOptions (*options)();
};

class RealModule : public testing::TestWithParam<ModuleCase> {
 protected:
  void SetUp() override {
    if (GetParam().path().empty()) GTEST_SKIP() << GetParam().name << " is not here";
    auto module = Module::Load(GetParam().path(), GetParam().options());
    ASSERT_TRUE(module.ok()) << module.error().message();
    module_ = *module;
  }
  std::shared_ptr<Module> module_;
};

TEST_P(RealModule, TokensAreInitialisedFoundAndGuarded) {
  EXPECT_EQ(module_->FindToken("guarded").code(), ErrorCode::kNotFound);
  EXPECT_EQ(module_->InitToken("", Pin(kSoPin), Pin(kUserPin)).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(module_->InitToken(std::string(33, 'x'), Pin(kSoPin), Pin(kUserPin)).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(module_->InitToken("guarded", Pin("123"), Pin(kUserPin)).code(),
            ErrorCode::kInvalidArgument);
  auto token = module_->InitToken("guarded", Pin(kSoPin), Pin(kUserPin));
  ASSERT_TRUE(token.ok()) << token.error().message() << " rv " << token.error().detail();
  EXPECT_EQ(token->label, "guarded");
  EXPECT_TRUE(token->initialized);
  EXPECT_TRUE(token->login_required);
  EXPECT_EQ(module_->InitToken("guarded", Pin(kSoPin), Pin(kUserPin)).code(),
            ErrorCode::kAlreadyExists);
  auto found = module_->FindToken("guarded");
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->serial, token->serial);
  EXPECT_EQ(module_->OpenSession(*found, Pin("wrong-pin")).code(),
            ErrorCode::kAuthenticationFailed);
  auto session = module_->OpenSession(*found, Pin(kUserPin));
  ASSERT_TRUE(session.ok()) << session.error().message();
  EXPECT_TRUE((*session)->alive());
  // A second one shares the login.
  EXPECT_TRUE(module_->OpenSession(*found, Pin(kUserPin)).ok());
}

TEST_P(RealModule, ManyThreadsShareOneToken) {
  auto token = module_->InitToken("threads", Pin(kSoPin), Pin(kUserPin));
  ASSERT_TRUE(token.ok()) << token.error().message();
  hsm::SessionPool pool([&] { return module_->OpenSession(*token, Pin(kUserPin)); });
  const auto name = std::move(hsm::KeyRef::Create(hsm::KeyClass::kSecret, "shared")).value();
  hsm::KeyTemplate shape;
  shape.rules.type = KeyType::kAes;
  shape.rules.length = 32;
  shape.rules.verbs = {Verb::kEncrypt, Verb::kDecrypt};
  shape.persistent = true;
  shape.name = name;
  ASSERT_TRUE(pool.Run([&](hsm::Session& session) { return session.Generate(shape); }).ok());

  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const Bytes iv(12, static_cast<std::uint8_t>(t));
      for (int i = 0; i < 50; ++i) {
        const auto round = [&](hsm::Session& session) -> Status {
          FLORIN_TRY(const hsm::KeyHandle key, session.Resolve(name));
          const Bytes plain(static_cast<std::size_t>(i), static_cast<std::uint8_t>(t));
          Bytes cipher(plain.size() + 16);
          FLORIN_CHECK_OK(session.Encrypt(AesGcm{iv, {}, 16}, key, plain, cipher));
          Bytes back(cipher.size());
          FLORIN_TRY(const std::size_t size,
                     session.Decrypt(AesGcm{iv, {}, 16}, key, cipher, back));
          back.resize(size);
          if (back == plain) return OkStatus();
          return Error(ErrorCode::kInternal, "wrong plaintext");
        };
        if (!pool.Run(round).ok()) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures.load(), 0);
}

TEST_P(RealModule, TokensInitialisedAtOnceDoNotEraseEachOther) {
  const std::vector<std::string> labels = {"at-once-1", "at-once-2", "at-once-3"};
  std::vector<std::thread> threads;
  for (const std::string& label : labels) {
    threads.emplace_back([&] {
      auto token = module_->InitToken(label, Pin(kSoPin), Pin(kUserPin));
      EXPECT_TRUE(token.ok()) << label << " " << token.error().message() << " rv "
                              << token.error().detail();
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& label : labels) EXPECT_TRUE(module_->FindToken(label).ok()) << label;
}

TEST_P(RealModule, LoadingAndReleasingFromManyThreads) {
  const std::string path = GetParam().path();
  const ModuleOptions options = GetParam().options();
  module_.reset();
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) {
        auto module = Module::Load(path, options);
        if (!module.ok() || !(*module)->Tokens().ok()) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures.load(), 0);
}

INSTANTIATE_TEST_SUITE_P(Modules, RealModule,
                         testing::Values(ModuleCase{"Florin", FlorinModulePath, FlorinOptions},
                                         ModuleCase{"SoftHsm", SoftHsmPath, SoftHsmOptions}),
                         [](const auto& case_info) { return std::string(case_info.param.name); });

}  // namespace
}  // namespace florin::pkcs11
