// HPKE both ways with OpenSSL's own, which came with OpenSSL 3.2: every suite, every mode.
#include <gtest/gtest.h>
#include <openssl/opensslv.h>

#if OPENSSL_VERSION_NUMBER >= 0x30200000L

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hpke.h>
#include <openssl/param_build.h>

#include <memory>
#include <string>

#include "tests/crypto/payload/hpke_testing.h"
#include "tests/crypto/payload/test_sessions.h"

namespace florin::payload {
namespace {

constexpr HpkeKem kKems[] = {HpkeKem::kP256Sha256, HpkeKem::kP384Sha384, HpkeKem::kP521Sha512,
                             HpkeKem::kX25519Sha256};
constexpr HpkeKdf kKdfs[] = {HpkeKdf::kSha256, HpkeKdf::kSha384, HpkeKdf::kSha512};
constexpr HpkeAead kAeads[] = {HpkeAead::kAes128Gcm, HpkeAead::kAes256Gcm,
                               HpkeAead::kChaCha20Poly1305};
constexpr std::size_t kExport = 40;

using Pkey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Context = std::unique_ptr<OSSL_HPKE_CTX, decltype(&OSSL_HPKE_CTX_free)>;

// One pair, known to both.
struct Pair {
  Pair(hsm::Session& session, Curve curve)
      : key(primitives::CurvePrivateKey::Generate(curve, SystemRandom()).value()),
        handle(ImportHpkeKey(session, curve, Secret()).value()),
        pkey(MakePkey(), EVP_PKEY_free) {}

  ByteView Secret() const { return key.private_key().Read(SecretAccess{}); }
  ByteView Public() const { return key.public_key(); }

  EVP_PKEY* MakePkey() const {
    if (!IsWeierstrass(key.curve())) {
      return EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, Secret().data(),
                                          Secret().size());
    }
    const std::string group(InfoOf(key.curve()).name);
    OSSL_PARAM_BLD* build = OSSL_PARAM_BLD_new();
    BIGNUM* scalar = BN_bin2bn(Secret().data(), static_cast<int>(Secret().size()), nullptr);
    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, group.c_str(), 0);
    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, Public().data(),
                                     Public().size());
    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, scalar);
    OSSL_PARAM* params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr);
    EVP_PKEY* made = nullptr;
    EXPECT_EQ(EVP_PKEY_fromdata_init(context), 1);
    EXPECT_EQ(EVP_PKEY_fromdata(context, &made, EVP_PKEY_KEYPAIR, params), 1);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    BN_clear_free(scalar);
    return made;
  }

  primitives::CurvePrivateKey key;
  hsm::KeyHandle handle;
  Pkey pkey;
};

class Conversation {
 public:
  Conversation(hsm::Session& session, const HpkeSuite& suite, HpkeMode mode)
      : session_(session),
        suite_(suite),
        psk_mode_(mode == HpkeMode::kPsk || mode == HpkeMode::kAuthPsk),
        auth_mode_(mode == HpkeMode::kAuth || mode == HpkeMode::kAuthPsk),
        mode_(mode),
        recipient_(session, DescribeHpkeSuite(suite).value().curve),
        sender_(session, DescribeHpkeSuite(suite).value().curve) {}

  // Ours sends, OpenSSL receives.
  void Ours() {
    HpkeSenderSetup setup;
    setup.profile = {suite_, {mode_}};
    setup.recipient_public_key = recipient_.Public();
    setup.info = info_;
    setup.psk = Psk();
    if (auth_mode_) setup.sender_key = sender_.handle;
    auto sender = HpkeSender::Create(session_, setup);
    ASSERT_TRUE(sender.ok()) << sender.error().message();
    const Context context = Theirs(OSSL_HPKE_ROLE_RECEIVER);
    if (auth_mode_) {
      ASSERT_EQ(OSSL_HPKE_CTX_set1_authpub(context.get(), sender_.Public().data(),
                                           sender_.Public().size()),
                1);
    }
    ASSERT_EQ(OSSL_HPKE_decap(context.get(), sender->enc().data(), sender->enc().size(),
                              recipient_.pkey.get(), info_.data(), info_.size()),
              1);
    for (std::size_t length : {1U, 200U}) {
      const Bytes plaintext(length, 0x61);
      const Bytes sealed = sender->Seal(aad_, plaintext).value();
      Bytes opened(length);
      std::size_t size = opened.size();
      ASSERT_EQ(OSSL_HPKE_open(context.get(), opened.data(), &size, aad_.data(), aad_.size(),
                               sealed.data(), sealed.size()),
                1);
      EXPECT_EQ(opened, plaintext);
    }
    ExpectExport(context.get(), sender->Export(aad_, kExport).value());
  }

  // OpenSSL sends, ours receives.
  void OfOpenssl() {
    const Context context = Theirs(OSSL_HPKE_ROLE_SENDER);
    if (auth_mode_) {
      ASSERT_EQ(OSSL_HPKE_CTX_set1_authpriv(context.get(), sender_.pkey.get()), 1);
    }
    Bytes enc(DescribeHpkeSuite(suite_).value().enc_size);
    std::size_t enc_size = enc.size();
    ASSERT_EQ(OSSL_HPKE_encap(context.get(), enc.data(), &enc_size, recipient_.Public().data(),
                              recipient_.Public().size(), info_.data(), info_.size()),
              1);
    HpkeReceiverSetup setup;
    setup.profile = {suite_, {mode_}};
    setup.private_key = recipient_.handle;
    setup.info = info_;
    setup.psk = Psk();
    if (auth_mode_) setup.sender_public_key = sender_.Public();
    auto receiver = HpkeReceiver::Create(session_, setup, enc);
    ASSERT_TRUE(receiver.ok()) << receiver.error().message();
    for (std::size_t length : {1U, 200U}) {
      const Bytes plaintext(length, 0x62);
      Bytes sealed(length + 16);
      std::size_t size = sealed.size();
      ASSERT_EQ(OSSL_HPKE_seal(context.get(), sealed.data(), &size, aad_.data(), aad_.size(),
                               plaintext.data(), plaintext.size()),
                1);
      sealed.resize(size);
      const auto opened = receiver->Open(aad_, sealed);
      ASSERT_TRUE(opened.ok()) << opened.error().message();
      EXPECT_EQ(Revealed(*opened), plaintext);
    }
    ExpectExport(context.get(), receiver->Export(aad_, kExport).value());
  }

 private:
  HpkePsk Psk() const {
    if (!psk_mode_) return {};
    return {ImportPsk(session_, psk_).value(), AsBytes(psk_id_)};
  }

  Context Theirs(int role) const {
    const OSSL_HPKE_SUITE suite = {static_cast<std::uint16_t>(suite_.kem),
                                   static_cast<std::uint16_t>(suite_.kdf),
                                   static_cast<std::uint16_t>(suite_.aead)};
    Context context(OSSL_HPKE_CTX_new(static_cast<int>(mode_), suite, role, nullptr, nullptr),
                    OSSL_HPKE_CTX_free);
    EXPECT_NE(context, nullptr);
    if (psk_mode_) {
      EXPECT_EQ(OSSL_HPKE_CTX_set1_psk(context.get(), psk_id_.c_str(), psk_.data(), psk_.size()),
                1);
    }
    return context;
  }

  void ExpectExport(OSSL_HPKE_CTX* context, const SecretBytes& ours) const {
    Bytes theirs(kExport);
    ASSERT_EQ(OSSL_HPKE_export(context, theirs.data(), theirs.size(), aad_.data(), aad_.size()), 1);
    EXPECT_EQ(theirs, Revealed(ours));
  }

  hsm::Session& session_;
  HpkeSuite suite_;
  bool psk_mode_, auth_mode_;
  HpkeMode mode_;
  Pair recipient_, sender_;
  Bytes info_ = {1, 2, 3}, aad_ = {4, 5}, psk_ = Bytes(32, 0x70);
  std::string psk_id_ = "name of the psk";
};

TEST(HpkeOpenssl, EverySuiteAndModeBothWays) {
  for (const HpkeKem kem : kKems) {
    for (const HpkeKdf kdf : kKdfs) {
      for (const HpkeAead aead : kAeads) {
        for (int mode = 0; mode < 4; ++mode) {
          const HpkeSuite suite{kem, kdf, aead};
          const auto info = DescribeHpkeSuite(suite).value();
          SCOPED_TRACE(std::string(info.kem) + " " + info.kdf + " " + info.aead + " mode " +
                       std::to_string(mode));
          const auto session = OpenSoft();
          Conversation conversation(*session, suite, static_cast<HpkeMode>(mode));
          conversation.Ours();
          conversation.OfOpenssl();
        }
      }
    }
  }
}

}  // namespace
}  // namespace florin::payload

#else

TEST(HpkeOpenssl, EverySuiteAndModeBothWays) {
  GTEST_SKIP() << "OSSL_HPKE came with OpenSSL 3.2; this is " << OPENSSL_VERSION_TEXT;
}

#endif
