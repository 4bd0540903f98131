// Pkcs11Session and Module against a module that misbehaves on command.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>
#include <utility>
#include <vector>

#include "florin/pkcs11/pkcs11_session.h"
#include "tests/crypto/pkcs11/fake_module.h"

namespace {
std::atomic<std::size_t> allocations{0};
}  // namespace

void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace florin::pkcs11 {
namespace {

using hsm::KeyClass;
using hsm::KeyHandle;
using hsm::KeyRef;
using hsm::KeyTemplate;
using namespace mechanisms;

SecretBytes Pin() { return std::move(SecretBytes::CopyOf(AsBytes("1234"))).value(); }

class SessionFaults : public testing::Test {
 protected:
  void SetUp() override {
    handle_ = dlopen(FAKE_MODULE, RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(handle_, nullptr);
    auto* get = reinterpret_cast<FakeControl* (*)()>(dlsym(handle_, "FakeModuleControl"));
    control_ = get();
    *control_ = {};
    control_->output_length = 32;
    auto module = Module::Load(FAKE_MODULE);
    ASSERT_TRUE(module.ok()) << module.error().message();
    module_ = *module;
    session_ = Open();
    auto key = session_->Import(Template(KeyType::kHmac, {Verb::kSign, Verb::kVerify}),
                                std::move(SecretBytes::Create(32)).value());
    ASSERT_TRUE(key.ok());
    key_ = *key;
  }
  void TearDown() override {
    session_.reset();
    module_.reset();
    dlclose(handle_);
  }

  std::unique_ptr<hsm::Session> Open() {
    auto token = module_->FindToken("fake");
    EXPECT_TRUE(token.ok());
    auto session = module_->OpenSession(*token, Pin());
    EXPECT_TRUE(session.ok()) << session.error().message();
    return std::move(session).value();
  }

  static KeyTemplate Template(KeyType type, VerbSet verbs) {
    KeyTemplate key;
    key.rules.type = type;
    key.rules.length = 32;
    key.rules.verbs = verbs;
    return key;
  }

  Result<std::size_t> Sign() { return session_->Sign(Hmac{}, key_, Bytes(10), out_); }
  Result<KeyHandle> Derive(hsm::Session& session, EcdhKdf kdf, std::uint8_t last = 0) {
    point_.back() = last;
    return session.Derive(EcdhDerive{point_, kdf, {}}, BaseOf(session),
                          Template(KeyType::kGenericSecret, {Verb::kDerive}));
  }
  KeyHandle BaseOf(hsm::Session& session) {
    return *session.Import(Template(KeyType::kEcPrivate, {Verb::kDerive}),
                           std::move(SecretBytes::Create(32)).value());
  }

  void* handle_ = nullptr;
  FakeControl* control_ = nullptr;
  std::shared_ptr<Module> module_;
  std::unique_ptr<hsm::Session> session_;
  KeyHandle key_;
  Bytes out_ = Bytes(64);
  Bytes point_ = [] {
    Bytes point(65);
    point[0] = 4;
    return point;
  }();
};

TEST_F(SessionFaults, LostSessionsAskTheModuleNothingMore) {
  for (CK_RV rv : {CKR_SESSION_HANDLE_INVALID, CKR_SESSION_CLOSED, CKR_DEVICE_REMOVED,
                   CKR_TOKEN_NOT_PRESENT, CKR_CRYPTOKI_NOT_INITIALIZED, CKR_USER_NOT_LOGGED_IN}) {
    for (FakeFunction function : {kFakeSignInit, kFakeSign}) {
      session_ = Open();
      key_ = *session_->Import(Template(KeyType::kHmac, {Verb::kSign}),
                               std::move(SecretBytes::Create(32)).value());
      control_->answer[function] = rv;
      const auto lost = Sign();
      EXPECT_EQ(lost.code(), ErrorCode::kSessionLost) << rv;
      EXPECT_EQ(lost.error().detail(), rv);
      EXPECT_FALSE(session_->alive());
      control_->answer[function] = CKR_OK;
      const std::size_t calls = control_->total();
      EXPECT_EQ(Sign().code(), ErrorCode::kSessionLost);
      EXPECT_EQ(session_->Random(out_).code(), ErrorCode::kSessionLost);
      EXPECT_EQ(session_->Resolve(*KeyRef::Create(KeyClass::kSecret, "x")).code(),
                ErrorCode::kSessionLost);
      session_.reset();
      EXPECT_EQ(control_->total(), calls) << rv;
    }
  }
  session_ = Open();
}

// Also by the calls that judge an answer as one of an operation and as one about a template.
TEST_F(SessionFaults, ALoggedOutSessionIsClosedOnce) {
  for (const FakeFunction function : {kFakeDeriveKey, kFakeUnwrapKey}) {
    session_ = Open();
    const std::size_t closed = control_->calls[kFakeCloseSession];
    const KeyHandle kek = *session_->Import(Template(KeyType::kAes, {Verb::kUnwrap}),
                                            std::move(SecretBytes::Create(32)).value());
    control_->answer[function] = CKR_USER_NOT_LOGGED_IN;
    const auto lost = function == kFakeDeriveKey
                          ? Derive(*session_, EcdhKdf::kNull)
                          : session_->Unwrap(AesKeyWrap{}, kek, Bytes(40),
                                             Template(KeyType::kAes, {Verb::kEncrypt}));
    control_->answer[function] = CKR_OK;
    EXPECT_EQ(lost.code(), ErrorCode::kSessionLost);
    EXPECT_FALSE(session_->alive());
    session_.reset();
    EXPECT_EQ(control_->calls[kFakeCloseSession], closed + 1);
  }
  session_ = Open();
}

TEST_F(SessionFaults, WrongWrappingsAndTemplatesAreToldApart) {
  const KeyHandle kek = *session_->Import(Template(KeyType::kAes, {Verb::kUnwrap}),
                                          std::move(SecretBytes::Create(32)).value());
  const auto unwrap = [&](CK_RV rv) {
    control_->answer[kFakeUnwrapKey] = rv;
    const auto key =
        session_->Unwrap(AesKeyWrap{}, kek, Bytes(40), Template(KeyType::kAes, {Verb::kEncrypt}));
    control_->answer[kFakeUnwrapKey] = CKR_OK;
    return key.code();
  };
  EXPECT_EQ(unwrap(CKR_OK), ErrorCode::kOk);
  EXPECT_EQ(unwrap(CKR_MECHANISM_INVALID), ErrorCode::kUnsupported);
  EXPECT_EQ(unwrap(CKR_ENCRYPTED_DATA_INVALID), ErrorCode::kVerificationFailed);
}

TEST_F(SessionFaults, EveryAnswerOfTheModuleBecomesAnError) {
  for (CK_RV rv = 1; rv < 0x210; ++rv) {
    session_ = Open();
    key_ = *session_->Import(Template(KeyType::kHmac, {Verb::kSign}),
                             std::move(SecretBytes::Create(32)).value());
    control_->answer[kFakeSign] = rv;
    const auto answer = Sign();
    control_->answer[kFakeSign] = CKR_OK;
    ASSERT_FALSE(answer.ok()) << rv;
    EXPECT_NE(answer.code(), ErrorCode::kOk) << rv;
    if (rv == CKR_BUFFER_TOO_SMALL) continue;
    EXPECT_EQ(answer.error().detail(), rv);
    const bool usable = session_->alive() && answer.code() != ErrorCode::kNotFound;
    EXPECT_TRUE(!usable || Sign().ok()) << rv;
  }
}

TEST_F(SessionFaults, ResolveAsksOnceUntilTheKeyIsGone) {
  const KeyRef name = *KeyRef::Create(KeyClass::kSecret, "named");
  control_->found = 1;
  const auto first = session_->Resolve(name);
  ASSERT_TRUE(first.ok());
  const auto second = session_->Resolve(name);
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(*first, *second);
  EXPECT_EQ(control_->calls[kFakeFindObjectsInit], 1U);

  control_->answer[kFakeSignInit] = CKR_KEY_HANDLE_INVALID;
  EXPECT_EQ(session_->Sign(Hmac{}, *first, Bytes(1), out_).code(), ErrorCode::kNotFound);
  control_->answer[kFakeSignInit] = CKR_OK;
  EXPECT_EQ(session_->Resolve(name).code(), ErrorCode::kNotFound);
  EXPECT_EQ(control_->calls[kFakeFindObjectsInit], 2U);
}

TEST_F(SessionFaults, SearchesEndWhateverHappens) {
  const KeyRef name = *KeyRef::Create(KeyClass::kSecret, "named");
  control_->found = 2;
  EXPECT_EQ(session_->Resolve(name).code(), ErrorCode::kConflict);
  control_->found = 1;
  control_->found_at_once = 1000;  // a module that claims to have written more than there is room
  EXPECT_EQ(session_->Resolve(name).code(), ErrorCode::kDeviceError);
  control_->found_at_once = 0;
  control_->answer[kFakeFindObjects] = CKR_DEVICE_ERROR;
  EXPECT_EQ(session_->Resolve(name).code(), ErrorCode::kDeviceError);
  EXPECT_EQ(control_->calls[kFakeFindObjectsFinal], 3U);
}

TEST_F(SessionFaults, TokensAreAskedOnceForAKdf) {
  control_->only_kdf = CKD_NULL;
  for (CK_RV refusal : {CKR_MECHANISM_PARAM_INVALID}) {
    control_->kdf_refusal = refusal;
    const auto refused = Derive(*session_, EcdhKdf::kSp800Sha256);
    EXPECT_EQ(refused.code(), ErrorCode::kUnsupported);
    EXPECT_EQ(refused.error().detail(), refusal);
    EXPECT_STREQ(refused.error().message(), "the token's ECDH does not offer CKD_SHA256_KDF_SP800");
    // The derivation, then plain ECDH and the function over a pair that must work.
    EXPECT_EQ(control_->calls[kFakeDeriveKey], 3U);
    EXPECT_EQ(Derive(*session_, EcdhKdf::kSp800Sha256).code(), ErrorCode::kUnsupported);
    auto other = Open();
    EXPECT_EQ(Derive(*other, EcdhKdf::kSp800Sha256).code(), ErrorCode::kUnsupported);
    EXPECT_EQ(control_->calls[kFakeDeriveKey], 3U);
  }
  EXPECT_TRUE(Derive(*session_, EcdhKdf::kNull).ok());
  // The other function is another question.
  EXPECT_EQ(Derive(*session_, EcdhKdf::kX963Sha256).code(), ErrorCode::kUnsupported);
}

TEST_F(SessionFaults, WrongPointsTeachNothingAboutKdfs) {
  control_->point_refusal = CKR_MECHANISM_PARAM_INVALID;
  EXPECT_EQ(Derive(*session_, EcdhKdf::kSp800Sha256, 1).code(), ErrorCode::kInvalidArgument);
  EXPECT_TRUE(Derive(*session_, EcdhKdf::kSp800Sha256, 0).ok());
  EXPECT_EQ(Derive(*session_, EcdhKdf::kSp800Sha256, 1).code(), ErrorCode::kInvalidArgument);
  EXPECT_TRUE(Derive(*session_, EcdhKdf::kSp800Sha256, 0).ok());
}

TEST_F(SessionFaults, AKdfIsUnknownWhereTheTokenCannotBeAsked) {
  control_->only_kdf = CKD_NULL;
  control_->kdf_refusal = CKR_MECHANISM_PARAM_INVALID;
  control_->answer[kFakeGenerateKeyPair] = CKR_FUNCTION_NOT_SUPPORTED;
  EXPECT_EQ(Derive(*session_, EcdhKdf::kSp800Sha256).code(), ErrorCode::kInvalidArgument);
  control_->answer[kFakeGenerateKeyPair] = CKR_OK;
  EXPECT_EQ(Derive(*session_, EcdhKdf::kSp800Sha256).code(), ErrorCode::kUnsupported);
}

TEST_F(SessionFaults, OutputsThatAreTooSmallLeaveNoOperationBehind) {
  control_->output_length = 48;
  const KeyHandle aes = *session_->Import(Template(KeyType::kAes, {Verb::kEncrypt}),
                                          std::move(SecretBytes::Create(32)).value());
  for (bool ends : {false, true}) {
    control_->ends_when_too_small = ends;
    MutableBytes small = MutableBytes(out_).first(16);
    EXPECT_EQ(session_->Encrypt(AesEcb{}, aes, Bytes(16), small).code(),
              ErrorCode::kBufferTooSmall);
    EXPECT_EQ(session_->Encrypt(AesEcb{}, aes, Bytes(16), {}).code(), ErrorCode::kBufferTooSmall);
    EXPECT_TRUE(session_->Encrypt(AesEcb{}, aes, Bytes(16), out_).ok()) << ends;
  }
  EXPECT_TRUE(session_->Encrypt(AesEcb{}, aes, {}, out_).ok());
  EXPECT_FALSE(control_->saw_null);
}

TEST_F(SessionFaults, LengthsBeyondTheOutputAreADeviceError) {
  control_->reported_length = 1000;
  EXPECT_EQ(Sign().code(), ErrorCode::kDeviceError);
  control_->reported_length = ~CK_ULONG{0};
  EXPECT_EQ(Sign().code(), ErrorCode::kDeviceError);
}

TEST_F(SessionFaults, RejectedPlaintextIsWiped) {
  const KeyHandle aes = *session_->Import(Template(KeyType::kAes, {Verb::kDecrypt}),
                                          std::move(SecretBytes::Create(32)).value());
  control_->answer[kFakeDecrypt] = CKR_ENCRYPTED_DATA_INVALID;
  const Bytes iv(12);
  EXPECT_EQ(session_->Decrypt(AesGcm{iv, {}, 16}, aes, Bytes(48), out_).code(),
            ErrorCode::kVerificationFailed);
  EXPECT_TRUE(std::all_of(out_.begin(), out_.end(), [](std::uint8_t byte) { return byte == 0; }));
  // Without a tag nothing was verified: the data has no right form.
  const Bytes block(16);
  EXPECT_EQ(session_->Decrypt(AesCbcPad{block}, aes, Bytes(48), out_).code(),
            ErrorCode::kMalformed);
}

TEST_F(SessionFaults, SignaturesOfImpossibleLengthNeverReachTheModule) {
  const std::size_t calls = control_->total();
  for (std::size_t length : {0, 1, 31, 33, 64}) {
    EXPECT_EQ(session_->Verify(Hmac{}, key_, Bytes(5), Bytes(length)).code(),
              ErrorCode::kVerificationFailed);
  }
  EXPECT_EQ(control_->total(), calls);
  EXPECT_TRUE(session_->Verify(Hmac{}, key_, Bytes(5), Bytes(32)).ok());
}

TEST_F(SessionFaults, KeysThatMustNotLeaveAreNotGivenToWrap) {
  const KeyHandle kek = *session_->Import(Template(KeyType::kAes, {Verb::kWrap}),
                                          std::move(SecretBytes::Create(32)).value());
  // The fake shows every attribute as zero: not extractable.
  EXPECT_EQ(session_->Wrap(AesKeyWrap{}, kek, key_, out_).code(), ErrorCode::kPermissionDenied);
  EXPECT_EQ(control_->calls[kFakeWrapKey], 0U);
}

TEST_F(SessionFaults, OperationsDoNotAllocate) {
  const Bytes data(100);
  const Bytes iv(12);
  const KeyHandle aes = *session_->Import(Template(KeyType::kAes, {Verb::kEncrypt, Verb::kDecrypt}),
                                          std::move(SecretBytes::Create(32)).value());
  const KeyRef name = *KeyRef::Create(KeyClass::kSecret, "named");
  control_->found = 1;
  ASSERT_TRUE(session_->Resolve(name).ok());
  const Bytes mac(32);
  bool all_ok = true;
  const std::size_t before = allocations.load();
  for (int i = 0; i < 100; ++i) {
    all_ok = session_->Sign(Hmac{}, key_, data, out_).ok() && all_ok;
    all_ok = session_->Verify(Hmac{}, key_, data, mac).ok() && all_ok;
    all_ok = session_->Encrypt(AesGcm{iv, {}, 16}, aes, data, out_).ok() && all_ok;
    all_ok = session_->Decrypt(AesGcm{iv, {}, 16}, aes, data, out_).ok() && all_ok;
    all_ok = session_->Resolve(name).ok() && all_ok;
  }
  EXPECT_EQ(allocations.load(), before);
  EXPECT_TRUE(all_ok);
}

TEST_F(SessionFaults, ModulesAreSharedAndFinalisedWithTheirLastOwner) {
  auto again = Module::Load(FAKE_MODULE);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(*again, module_);
  EXPECT_EQ(control_->calls[kFakeInitialize], 1U);
  EXPECT_EQ(Module::Load(FAKE_MODULE, {"other parameters"}).code(), ErrorCode::kConflict);
  again->reset();
  module_.reset();
  // The session keeps the library.
  EXPECT_EQ(control_->calls[kFakeFinalize], 0U);
  EXPECT_TRUE(Sign().ok());
  auto anew = Module::Load(FAKE_MODULE);
  ASSERT_TRUE(anew.ok());
  EXPECT_EQ(control_->calls[kFakeInitialize], 1U);
  session_.reset();
  EXPECT_EQ(control_->calls[kFakeFinalize], 0U);
  anew->reset();
  EXPECT_EQ(control_->calls[kFakeFinalize], 1U);
}

TEST_F(SessionFaults, ModulesOfOthersAreNotFinalised) {
  session_.reset();
  module_.reset();
  *control_ = {};
  control_->answer[kFakeInitialize] = CKR_CRYPTOKI_ALREADY_INITIALIZED;
  {
    auto module = Module::Load(FAKE_MODULE);
    EXPECT_TRUE(module.ok());
  }
  EXPECT_EQ(control_->calls[kFakeFinalize], 0U);
  control_->answer[kFakeInitialize] = CKR_GENERAL_ERROR;
  auto refused = Module::Load(FAKE_MODULE);
  EXPECT_EQ(refused.code(), ErrorCode::kDeviceError);
  EXPECT_EQ(refused.error().detail(), CKR_GENERAL_ERROR);
}

TEST_F(SessionFaults, LoginAnswers) {
  auto token = module_->FindToken("fake");
  const auto open = [&](CK_RV rv) {
    control_->answer[kFakeLogin] = rv;
    return module_->OpenSession(*token, Pin()).code();
  };
  EXPECT_EQ(open(CKR_USER_ALREADY_LOGGED_IN), ErrorCode::kOk);
  EXPECT_EQ(open(CKR_PIN_INCORRECT), ErrorCode::kAuthenticationFailed);
  EXPECT_EQ(open(CKR_PIN_LOCKED), ErrorCode::kLocked);
  control_->answer[kFakeLogin] = CKR_OK;
  control_->answer[kFakeOpenSession] = CKR_TOKEN_NOT_PRESENT;
  EXPECT_EQ(module_->OpenSession(*token, Pin()).code(), ErrorCode::kNotFound);
  // Every session that was opened was closed, but the one of this test.
  session_.reset();
  EXPECT_EQ(control_->calls[kFakeCloseSession] + 1, control_->calls[kFakeOpenSession]);
}

TEST(ModuleLoad, RefusesWhatIsNoModule) {
  EXPECT_EQ(Module::Load("/nonexistent/module.so").code(), ErrorCode::kNotFound);
  EXPECT_EQ(Module::Load("/etc/passwd").code(), ErrorCode::kNotFound);
  EXPECT_EQ(Module::Load("").code(), ErrorCode::kNotFound);
  EXPECT_EQ(Module::Load("libm.so.6").code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace florin::pkcs11
