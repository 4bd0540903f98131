// HPKE: opening one message, set-up included, against the bare key agreement and OpenSSL's own.
#include <openssl/opensslv.h>

#include <array>
#include <memory>
#include <optional>
#include <utility>

#include "bench/entries.h"
#include "crypto/primitives/ec.h"
#include "florin/base/random.h"
#include "florin/hsm/soft_session.h"
#include "florin/payload/hpke.h"

#if OPENSSL_VERSION_NUMBER >= 0x30200000L
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hpke.h>
#include <openssl/param_build.h>
#endif

namespace florin::bench {
namespace {

constexpr std::size_t kPlaintext = 256;

// A recipient's key, in a soft session and as it is, and a message to it.
struct Setup {
  std::unique_ptr<hsm::Session> session;
  std::unique_ptr<primitives::EcPrivateKey> key;
  payload::HpkeReceiverSetup receiver;
  payload::HpkeMessage message;

  Status Open() const {
    FLORIN_TRY(const SecretBytes plaintext,
               payload::HpkeOpen(*session, receiver, message.enc, {}, message.ciphertext));
    if (plaintext.size() == kPlaintext) return OkStatus();
    return Error(ErrorCode::kInternal, "the message has another length");
  }
};

Result<std::shared_ptr<Setup>> MakeSetup() {
  auto setup = std::make_shared<Setup>();
  FLORIN_TRY(const hsm::SoftToken token, hsm::SoftToken::Create());
  FLORIN_TRY(setup->session, token.OpenSession());
  FLORIN_TRY(primitives::EcPrivateKey key,
             primitives::EcPrivateKey::Generate(Curve::kP256, SystemRandom()));
  setup->key = std::make_unique<primitives::EcPrivateKey>(std::move(key));
  hsm::KeyTemplate shape;
  shape.rules.type = mechanisms::KeyType::kEcPrivate;
  shape.rules.verbs = {mechanisms::Verb::kDerive};
  FLORIN_TRY(setup->receiver.private_key, setup->session->Import(shape, setup->key->scalar()));
  payload::HpkeSenderSetup sender;
  sender.recipient_public_key = setup->key->public_key().point();
  FLORIN_TRY(setup->message, payload::HpkeSeal(*setup->session, sender, {}, Bytes(kPlaintext, 1)));
  return setup;
}

#if OPENSSL_VERSION_NUMBER >= 0x30200000L

// What a program with OpenSSL alone writes.
class OpensslHpke {
 public:
  explicit OpensslHpke(const Setup& setup) : message_(setup.message) {
    const ByteView scalar = setup.key->scalar().Read(SecretAccess{});
    const ByteView point = setup.key->public_key().point();
    OSSL_PARAM_BLD* build = OSSL_PARAM_BLD_new();
    BIGNUM* number = BN_bin2bn(scalar.data(), static_cast<int>(scalar.size()), nullptr);
    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, number);
    OSSL_PARAM* params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr);
    FLORIN_INVARIANT(EVP_PKEY_fromdata_init(context) == 1 &&
                     EVP_PKEY_fromdata(context, &key_, EVP_PKEY_KEYPAIR, params) == 1);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    BN_clear_free(number);
  }
  OpensslHpke(const OpensslHpke&) = delete;
  OpensslHpke& operator=(const OpensslHpke&) = delete;
  ~OpensslHpke() { EVP_PKEY_free(key_); }

  Status Open() const {
    const OSSL_HPKE_SUITE suite = {OSSL_HPKE_KEM_ID_P256, OSSL_HPKE_KDF_ID_HKDF_SHA256,
                                   OSSL_HPKE_AEAD_ID_AES_GCM_128};
    OSSL_HPKE_CTX* context =
        OSSL_HPKE_CTX_new(OSSL_HPKE_MODE_BASE, suite, OSSL_HPKE_ROLE_RECEIVER, nullptr, nullptr);
    std::array<std::uint8_t, 2 * kPlaintext> plaintext;
    std::size_t length = plaintext.size();
    const bool opened =
        context != nullptr &&
        OSSL_HPKE_decap(context, message_.enc.data(), message_.enc.size(), key_, nullptr, 0) == 1 &&
        OSSL_HPKE_open(context, plaintext.data(), &length, nullptr, 0, message_.ciphertext.data(),
                       message_.ciphertext.size()) == 1 &&
        length == kPlaintext;
    OSSL_HPKE_CTX_free(context);
    return opened ? OkStatus() : Status(Error(ErrorCode::kInternal, "OpenSSL did not open it"));
  }

 private:
  const payload::HpkeMessage& message_;
  EVP_PKEY* key_ = nullptr;
};

#endif

}  // namespace

Result<Entries> HpkeEntries() {
  FLORIN_TRY(const std::shared_ptr<Setup> setup, MakeSetup());
  const auto open = [setup](std::size_t iterations) -> Status {
    for (std::size_t i = 0; i < iterations; ++i) FLORIN_CHECK_OK(setup->Open());
    return OkStatus();
  };
  Entries entries;
  entries.contests.push_back({.name = "hpke/open_p256_256",
                              .ours_name = "florin, set-up and open, soft session",
                              .rival_name = "the bare ECDH of it",
                              .ours = open,
                              .rival = [setup](std::size_t iterations) -> Status {
                                SecretArray<32> z;
                                for (std::size_t i = 0; i < iterations; ++i) {
                                  FLORIN_CHECK_OK(primitives::Ecdh(*setup->key, setup->message.enc,
                                                                   z.Write(SecretAccess{})));
                                }
                                return OkStatus();
                              },
                              .bound = Bound{Bound::Kind::kAtMostMoreNs, 12'000}});
#if OPENSSL_VERSION_NUMBER >= 0x30200000L
  const auto rival = std::make_shared<OpensslHpke>(*setup);
  entries.contests.push_back({.name = "hpke/open_p256_256_openssl",
                              .ours_name = "florin, set-up and open, soft session",
                              .rival_name = "OSSL_HPKE_decap and OSSL_HPKE_open",
                              .ours = open,
                              .rival = [setup, rival](std::size_t iterations) -> Status {
                                for (std::size_t i = 0; i < iterations; ++i) {
                                  FLORIN_CHECK_OK(rival->Open());
                                }
                                return OkStatus();
                              },
                              .bound = std::nullopt});
#else
  entries.absent.push_back({"hpke/open_p256_256_openssl", "OSSL_HPKE came with OpenSSL 3.2"});
#endif
  return entries;
}

}  // namespace florin::bench
