// Wallet payloads over modules that lack or want something: each opens by another chain, or the
// answer is kUnsupported and names what is missing.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/crypto/base/sanitizers.h"
#include "tests/crypto/payload/google_fixture.h"
#include "tests/crypto/payload/hpke_testing.h"
#include "tests/crypto/payload/jose_keys.h"
#include "tests/crypto/pkcs11/backends.h"

namespace florin::payload {
namespace {

constexpr char kDataAndBase[] = "CKM_CONCATENATE_DATA_AND_BASE";
constexpr char kBaseAndData[] = "CKM_CONCATENATE_BASE_AND_DATA";
constexpr char kHash[] = "CKM_SHA256_KEY_DERIVATION";
constexpr char kEcdh[] = "CKM_ECDH1_DERIVE";
constexpr char kExtract[] = "CKM_EXTRACT_KEY_FROM_KEY";
constexpr char kHmac[] = "CKM_SHA256_HMAC_GENERAL";
constexpr char kHkdf[] = "CKM_HKDF_DERIVE";
constexpr char kGcm[] = "CKM_AES_GCM";
constexpr char kOaep[] = "CKM_RSA_PKCS_OAEP";
constexpr char kKdf[] = "CKD_SHA256_KDF_SP800";
constexpr char kEcdhWrap[] = "CKM_FLORIN_ECDH_AES_KEY_WRAP";
constexpr char kKeyWrap[] = "CKM_AES_KEY_WRAP";

// A module, and what each payload then misses; a payload that is not named opens.
struct Mode {
  std::string name;
  std::string settings;  // of Florin's module; SoftHSM2 where the name is that
  std::map<std::string, const char*> lacks;
};

const std::vector<Mode> kModes = {
    {"Everything", "", {}},
    // The two blocks of the KDF are put together; Florin's rules let nothing cut what comes of it.
    {"NullKdf", "quirks=null-kdf", {{"ECDH-ES A256CBC-HS512", kKdf}}},
    {"RawPoints", "quirks=raw-points", {}},
    {"DerPoints", "quirks=der-points", {}},
    {"NullKdfAndDerPoints", "quirks=null-kdf,der-points", {{"ECDH-ES A256CBC-HS512", kKdf}}},
    {"NoVendor", "quirks=no-vendor", {{"ECDH-ES+A256KW A256GCM", kEcdhWrap}}},
    {"Plain",
     "quirks=no-vendor,null-kdf,der-points",
     {{"ECDH-ES A256CBC-HS512", kKdf}, {"ECDH-ES+A256KW A256GCM", kEcdhWrap}}},
    {"OaepSha1",
     "quirks=oaep-sha1",
     {{"apple-rsa", kOaep},
      {"RSA-OAEP-256 A256GCM", kOaep},
      {"RSA-OAEP-256 A128CBC-HS256", kOaep}}},
    {"GcmIv12", "quirks=gcm-iv-12", {{"apple-ec", kGcm}, {"apple-rsa", kGcm}}},
    {"NoHkdf", "without_mechanisms=CKM_HKDF_DERIVE", {{"google", kHkdf}, {"hpke", kHkdf}}},
    {"NoExtract",
     "without_mechanisms=CKM_EXTRACT_KEY_FROM_KEY",
     {{"google", kExtract},
      {"RSA-OAEP-256 A128CBC-HS256", kExtract},
      {"ECDH-ES A256CBC-HS512", kExtract},
      {"A256KW A256CBC-HS512", kExtract}}},
    {"NoDataAndBase",
     "quirks=null-kdf without_mechanisms=CKM_CONCATENATE_DATA_AND_BASE",
     {{"apple-ec", kDataAndBase},
      {"google", kDataAndBase},
      {"hpke", kDataAndBase},
      {"ECDH-ES A256GCM", kDataAndBase},
      {"ECDH-ES A256CBC-HS512", kDataAndBase}}},
    {"NoBaseAndData",
     "quirks=null-kdf without_mechanisms=CKM_CONCATENATE_BASE_AND_DATA",
     {{"apple-ec", kBaseAndData},
      {"ECDH-ES A256GCM", kBaseAndData},
      {"ECDH-ES A256CBC-HS512", kBaseAndData}}},
    {"NoHashDerive",
     "quirks=null-kdf without_mechanisms=CKM_SHA256_KEY_DERIVATION",
     {{"apple-ec", kHash}, {"ECDH-ES A256GCM", kHash}, {"ECDH-ES A256CBC-HS512", kHash}}},
    {"NoBaseAndKey",
     "quirks=null-kdf without_mechanisms=CKM_CONCATENATE_BASE_AND_KEY",
     {{"ECDH-ES A256CBC-HS512", "CKM_CONCATENATE_BASE_AND_KEY"}}},
    // The chain is not needed where there is the KDF.
    {"NoChain",
     "without_mechanisms=CKM_CONCATENATE_BASE_AND_DATA,CKM_SHA256_KEY_DERIVATION,"
     "CKM_CONCATENATE_BASE_AND_KEY",
     {}},
    {"NoEcdh",
     "without_mechanisms=CKM_ECDH1_DERIVE",
     {{"apple-ec", kEcdh},
      {"google", kEcdh},
      {"hpke", kEcdh},
      {"ECDH-ES A256GCM", kEcdh},
      {"ECDH-ES A256CBC-HS512", kEcdh}}},
    {"NoGcm",
     "without_mechanisms=CKM_AES_GCM",
     {{"apple-ec", kGcm},
      {"apple-rsa", kGcm},
      {"hpke", kGcm},
      {"RSA-OAEP A256GCM", kGcm},
      {"RSA-OAEP-256 A256GCM", kGcm},
      {"RSA1_5 A128GCM", kGcm},
      {"ECDH-ES A256GCM", kGcm},
      {"ECDH-ES+A256KW A256GCM", kGcm},
      {"A256KW A256GCM", kGcm},
      {"A256GCMKW A256GCM", kGcm},
      {"dir A256GCM", kGcm}}},
    {"NoCtr", "without_mechanisms=CKM_AES_CTR", {{"google", "CKM_AES_CTR"}}},
    {"NoCbc",
     "without_mechanisms=CKM_AES_CBC_PAD",
     {{"RSA-OAEP-256 A128CBC-HS256", "CKM_AES_CBC_PAD"},
      {"ECDH-ES A256CBC-HS512", "CKM_AES_CBC_PAD"},
      {"A256KW A256CBC-HS512", "CKM_AES_CBC_PAD"}}},
    {"NoOaep",
     "without_mechanisms=CKM_RSA_PKCS_OAEP",
     {{"apple-rsa", kOaep},
      {"RSA-OAEP A256GCM", kOaep},
      {"RSA-OAEP-256 A256GCM", kOaep},
      {"RSA-OAEP-256 A128CBC-HS256", kOaep}}},
    {"NoKeyWrap",
     "without_mechanisms=CKM_AES_KEY_WRAP",
     {{"A256KW A256GCM", kKeyWrap}, {"A256KW A256CBC-HS512", kKeyWrap}}},
    // Debian's 2.6.1: ECDH with CKD_NULL and no chain behind it, OAEP with SHA-1.
    {"SoftHsm",
     "",
     {{"apple-ec", kDataAndBase},
      {"apple-rsa", kOaep},
      {"google", kDataAndBase},
      {"hpke", kHkdf},
      {"RSA-OAEP-256 A256GCM", kOaep},
      {"RSA-OAEP-256 A128CBC-HS256", kOaep},
      {"ECDH-ES A256GCM", kDataAndBase},
      {"ECDH-ES A256CBC-HS512", kDataAndBase},
      {"ECDH-ES+A256KW A256GCM", kDataAndBase},
      {"A256KW A256CBC-HS512", kExtract},
      {"A256GCMKW A256GCM", kGcm},
      {"RSA1_5 A128GCM", "CKA_VALUE_LEN"}}},
    // It unwraps nothing by AES-GCM, and makes no truncated HMAC under a key that was cut.
    {"Nss",
     "",
     {{"RSA-OAEP-256 A128CBC-HS256", kHmac},
      {"ECDH-ES A256CBC-HS512", kHmac},
      {"A256KW A256CBC-HS512", kHmac},
      {"A256GCMKW A256GCM", kGcm}}},
};

// What a module never frees is a leak to LeakSanitizer once the module is unloaded.
void KeepLoaded() {
  if (!kSanitized) return;
  static void* const kKept =
      ::dlopen(pkcs11::FlorinModulePath().c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  EXPECT_NE(kKept, nullptr) << ::dlerror();
}

// With a token of its own; nobody else holds the module.
std::unique_ptr<hsm::Session> OpenFlorin(const std::string& settings) {
  if (pkcs11::FlorinModulePath().empty()) return nullptr;
  KeepLoaded();
  pkcs11::ModuleOptions options;
  options.parameters =
      "directory='" + pkcs11::FreshFolder() + "' pin_kdf=minimal policy=vectors " + settings;
  auto module = pkcs11::Module::Load(pkcs11::FlorinModulePath(), options);
  EXPECT_TRUE(module.ok()) << module.error().message();
  if (!module.ok()) return nullptr;
  auto token =
      (*module)->InitToken("poorer", pkcs11::Pin(pkcs11::kSoPin), pkcs11::Pin(pkcs11::kUserPin));
  EXPECT_TRUE(token.ok()) << token.error().message();
  auto session = (*module)->OpenSession(*token, pkcs11::Pin(pkcs11::kUserPin));
  EXPECT_TRUE(session.ok()) << session.error().message();
  return session.ok() ? std::move(session).value() : nullptr;
}

class OverMode : public testing::WithParamInterface<Mode> {
 protected:
  static std::unique_ptr<hsm::Session> OpenMode() {
    if (GetParam().name == "SoftHsm") return OpenSoftHsm();
    if (GetParam().name == "Nss") return SessionKinds().back().open();
    return OpenFlorin(GetParam().settings);
  }

  static const char* LackOf(const std::string& payload) {
    const auto found = GetParam().lacks.find(payload);
    return found == GetParam().lacks.end() ? nullptr : found->second;
  }

  // `outcome` of opening `payload`.
  static void Expect(const std::string& payload, const Status& outcome) {
    const char* lack = LackOf(payload);
    if (lack == nullptr) {
      EXPECT_TRUE(outcome.ok()) << payload << ": " << outcome.error().message() << " "
                                << outcome.error().detail();
      return;
    }
    ASSERT_EQ(outcome.code(), ErrorCode::kUnsupported)
        << payload << ": " << (outcome.ok() ? "" : outcome.error().message());
    EXPECT_NE(std::string(outcome.error().message()).find(lack), std::string::npos)
        << payload << ": " << outcome.error().message();
  }

  template <class Value>
  static Status StatusOf(const Result<Value>& result) {
    return result.ok() ? OkStatus() : Status(result.error());
  }
};

void PrintTo(const Mode& mode, std::ostream* out) { *out << mode.name; }

std::string NameOf(const testing::TestParamInfo<Mode>& info) { return info.param.name; }

class ApplePayOverModes : public ApplePayFixture, public OverMode {};
INSTANTIATE_TEST_SUITE_P(Modules, ApplePayOverModes, testing::ValuesIn(kModes), NameOf);

TEST_P(ApplePayOverModes, EcV1) {
  auto session = OpenMode();
  if (session == nullptr) GTEST_SKIP() << "not on this machine";
  SetUpWith(std::move(session));
  // The second call goes the way that the first one learned.
  for (int call = 0; call < 2; ++call) Expect("apple-ec", StatusOf(Open(Good())));
  Expect("apple-ec", apple_pay_->CheckKeys(*session_));
}

// Modules answer a wrong padding like a hash that they lack, so Open does not tell the two apart:
// CheckKeys does.
TEST_P(ApplePayOverModes, RsaV1) {
  auto session = OpenMode();
  if (session == nullptr) GTEST_SKIP() << "not on this machine";
  SetUpWith(std::move(session));
  const hsm::KeyTemplate merchant = RsaMerchantKey("merchant-rsa");
  const auto material = MerchantRsaKey().ToDer();
  ASSERT_TRUE(material.ok());
  const auto imported = session_->Import(merchant, *material);
  ASSERT_TRUE(imported.ok()) << imported.error().message();
  std::vector<ApplePayMerchantKey> keys;
  keys.push_back(ApplePayMerchantKey::FromMerchantIdentifier(*merchant.name, kForgeMerchant,
                                                             InfoOf(MerchantRsaKey()))
                     .value());
  *apple_pay_ = std::move(ApplePay::Create(std::move(keys), Options(*pki_))).value();
  ForgedToken token = EncryptToRsa(SamplePlaintext(), MerchantRsaKey());
  token.signature = BuildCms(MakeRsaCms(*pki_, ContentDigest(token), kForgeNow));
  const Status opened = StatusOf(Open(token));
  if (opened.code() == ErrorCode::kVerificationFailed) {
    EXPECT_EQ(observer_.events.back().outcome.code(), ErrorCode::kUnsupported);
    EXPECT_EQ(LackOf("apple-rsa"), kOaep);
  } else {
    Expect("apple-rsa", opened);
  }
  Expect("apple-rsa", apple_pay_->CheckKeys(*session_));
}

class GooglePayOverModes : public GooglePayFixture, public OverMode {};
INSTANTIATE_TEST_SUITE_P(Modules, GooglePayOverModes, testing::ValuesIn(kModes), NameOf);

TEST_P(GooglePayOverModes, EcV2AndEcV1) {
  auto session = OpenMode();
  if (session == nullptr) GTEST_SKIP() << "not on this machine";
  SetUpWith(std::move(session));
  Expect("google", StatusOf(Open(Good())));
  Expect("google", StatusOf(Open(BuildGoogleToken(Draft(GooglePlaintext(NewId()), true)))));
  Expect("google", google_pay_->CheckKeys(*session_));
}

class JweOverModes : public testing::Test, public OverMode {
 protected:
  // A text from a sender with keys of its own.
  static std::string Seal(JweAlgorithm algorithm, JweEncryption encryption, ByteView shared,
                          const Bytes& public_info) {
    const JweProfile profile = RfcProfile(algorithm, encryption);
    const auto soft = OpenSoft();
    Result<std::string> text = Error(ErrorCode::kInternal, "unset");
    if (shared.empty()) {
      const auto sender = JweSender::ToPublicKey(
          profile, JosePublicKey::FromSpki(public_info).value(), "kid-1", {});
      EXPECT_TRUE(sender.ok()) << sender.error().message();
      text = sender->Seal(AsBytes(kPlaintext));
    } else {
      auto key = JweSharedKey("send", algorithm, encryption, JweDirection::kSend);
      key->persistent = false;
      EXPECT_TRUE(soft->Import(*key, *SecretBytes::CopyOf(shared)).ok());
      const auto sender = JweSender::UnderSharedKey(profile, *key->name, "kid-1", {});
      EXPECT_TRUE(sender.ok()) << sender.error().message();
      text = sender->Seal(*soft, AsBytes(kPlaintext));
    }
    EXPECT_TRUE(text.ok()) << text.error().message();
    return text.ok() ? *text : std::string();
  }

  static constexpr std::string_view kPlaintext = R"({"cardNumber":"5555555555554444"})";
};
INSTANTIATE_TEST_SUITE_P(Modules, JweOverModes, testing::ValuesIn(kModes), NameOf);

// As RsaV1: what RSA unwrapped wrongly and what the module lacks for it are one answer to callers,
// and two to operators. So is a wrong tag of A*CBC-HS* and that NSS makes no HMAC for it.
TEST_P(JweOverModes, EveryWayToTheContentKey) {
  const auto session = OpenMode();
  if (session == nullptr) GTEST_SKIP() << "not on this machine";
  const primitives::EcPrivateKey own = NewKey();
  Bytes own_info(primitives::SpkiSize(Curve::kP256));
  ASSERT_TRUE(own.public_key().ToSpki(own_info).ok());
  const auto rsa = MerchantRsaKey().ToDer();
  ASSERT_TRUE(rsa.ok());
  for (const char* payload :
       {"RSA-OAEP A256GCM", "RSA-OAEP-256 A256GCM", "RSA-OAEP-256 A128CBC-HS256", "RSA1_5 A128GCM",
        "ECDH-ES A256GCM", "ECDH-ES A256CBC-HS512", "ECDH-ES+A256KW A256GCM", "A256KW A256GCM",
        "A256KW A256CBC-HS512", "A256GCMKW A256GCM", "dir A256GCM"}) {
    SCOPED_TRACE(payload);
    const std::string_view both(payload);
    const std::size_t blank = both.find(' ');
    const JweAlgorithm algorithm = JweAlgorithmNamed(both.substr(0, blank));
    const JweEncryption encryption = JweEncryptionNamed(both.substr(blank + 1));
    const bool with_rsa = both.starts_with("RSA");
    const bool with_ec = both.starts_with("ECDH");
    const Bytes shared(with_rsa || with_ec ? 0 : 32, 0x5A);
    const ByteView material = with_rsa  ? rsa->Read(SecretAccess{})
                              : with_ec ? own.scalar().Read(SecretAccess{})
                                        : ByteView(shared);
    const hsm::KeyRef key =
        ImportJweKey(*session, algorithm, encryption, Curve::kP256, material, payload);
    const std::string text =
        Seal(algorithm, encryption, shared, with_rsa ? InfoOf(MerchantRsaKey()) : own_info);
    RecordingObserver observer;
    JweOptions options;
    options.observer = &observer;
    auto jwe = Jwe::Create(RfcProfile(algorithm, encryption), {{key}}, options);
    ASSERT_TRUE(jwe.ok());
    for (int call = 0; call < 2; ++call) {
      const auto message = jwe->Open(*session, text);
      SCOPED_TRACE(observer.Told());
      const bool told_apart = !with_rsa && GetParam().name != "Nss";
      if (!told_apart && message.code() == ErrorCode::kVerificationFailed) {
        EXPECT_NE(LackOf(payload), nullptr);
        EXPECT_NE(observer.events.back().outcome.code(), ErrorCode::kVerificationFailed);
        continue;
      }
      Expect(payload, StatusOf(message));
      if (!message.ok()) continue;
      EXPECT_EQ(AsText(message->plaintext.Read(SecretAccess{})), kPlaintext);
    }
  }
}

class HpkeOverModes : public testing::Test, public OverMode {};
INSTANTIATE_TEST_SUITE_P(Modules, HpkeOverModes, testing::ValuesIn(kModes), NameOf);

TEST_P(HpkeOverModes, BaseOnP256) {
  const auto session = OpenMode();
  if (session == nullptr) GTEST_SKIP() << "not on this machine";
  const auto soft = OpenSoft();
  const HpkeSuite suite{HpkeKem::kP256Sha256, HpkeKdf::kSha256, HpkeAead::kAes128Gcm};
  const HpkeTestKey own = MakeHpkeKey(*session, Curve::kP256);
  HpkeSenderSetup from;
  HpkeReceiverSetup to;
  from.profile = to.profile = {suite, {HpkeMode::kBase}};
  from.recipient_public_key = own.public_key;
  to.private_key = own.handle;
  to.public_key = own.public_key;
  auto sender = HpkeSender::Create(*soft, from);
  ASSERT_TRUE(sender.ok()) << sender.error().message();
  const Bytes aad = {1}, plaintext = {2, 3};
  const auto sealed = sender->Seal(aad, plaintext);
  ASSERT_TRUE(sealed.ok());
  auto receiver = HpkeReceiver::Create(*session, to, sender->enc());
  Expect("hpke", StatusOf(receiver));
  if (!receiver.ok()) return;
  const auto opened = receiver->Open(aad, *sealed);
  ASSERT_TRUE(opened.ok()) << opened.error().message();
  EXPECT_EQ(Revealed(*opened), plaintext);
}

// What a module that is asked for too much of a quirk answers.
TEST(PoorerModules, UnknownQuirksAreTold) {
  if (pkcs11::FlorinModulePath().empty()) GTEST_SKIP() << "not built";
  KeepLoaded();
  pkcs11::ModuleOptions options;
  options.parameters = "directory='" + pkcs11::FreshFolder() + "' quirks=unknown";
  const auto module = pkcs11::Module::Load(pkcs11::FlorinModulePath(), options);
  ASSERT_EQ(module.code(), ErrorCode::kDeviceError);
  EXPECT_NE(std::string(module.error().message()).find("parameters"), std::string::npos);
}

}  // namespace
}  // namespace florin::payload
