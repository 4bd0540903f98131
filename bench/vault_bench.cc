// Vault lookups: token to PAN, against LMDB and OpenSSL as users put them together.
#include <lmdb.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/entries.h"
#include "florin/hsm/key_templates.h"
#include "florin/hsm/soft_session.h"
#include "florin/tokenizer/vault.h"
#include "tools/temporary_directory.h"

namespace florin::bench {
namespace {

constexpr std::size_t kRecords = 20000;
constexpr std::uint32_t kDomain = 1;
constexpr std::size_t kRivalRecordLength = 12 + 16 + 16;  // nonce, PAN, tag

// A token table as users write it: LMDB keyed by the token, AES-256-GCM through EVP with the
// algorithm by name and a context per record.
class PlainTokenTable {
 public:
  explicit PlainTokenTable(const std::string& directory) {
    std::filesystem::create_directories(directory);
    RAND_bytes(key_.data(), static_cast<int>(key_.size()));
    FLORIN_INVARIANT(mdb_env_create(&env_) == 0);
    mdb_env_set_mapsize(env_, 1U << 30);
    FLORIN_INVARIANT(mdb_env_open(env_, directory.c_str(), MDB_NOSYNC, 0600) == 0);
    MDB_txn* txn = nullptr;
    FLORIN_INVARIANT(mdb_txn_begin(env_, nullptr, 0, &txn) == 0);
    FLORIN_INVARIANT(mdb_dbi_open(txn, nullptr, MDB_INTEGERKEY, &dbi_) == 0);
    for (std::uint64_t token = 0; token < kRecords; ++token) Put(txn, Spread(token));
    FLORIN_INVARIANT(mdb_txn_commit(txn) == 0);
  }
  PlainTokenTable(const PlainTokenTable&) = delete;
  PlainTokenTable& operator=(const PlainTokenTable&) = delete;
  ~PlainTokenTable() { mdb_env_close(env_); }

  // Scatters the tokens as random ones would be.
  static std::uint64_t Spread(std::uint64_t number) { return number * 0x9E3779B97F4A7C15ULL; }

  Status Lookup(std::uint64_t token) const {
    MDB_txn* txn = nullptr;
    if (mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn) != 0) return Failed();
    MDB_val key{sizeof token, &token};
    MDB_val value{};
    std::array<std::uint8_t, kRivalRecordLength> record{};
    const int found = mdb_get(txn, dbi_, &key, &value);
    if (found == 0) std::memcpy(record.data(), value.mv_data, record.size());
    mdb_txn_abort(txn);
    return found == 0 ? Decrypt(record) : Failed();
  }

 private:
  static Status Failed() { return Error(ErrorCode::kNotFound, "the rival lost a record"); }

  void Put(MDB_txn* txn, std::uint64_t token) {
    std::array<std::uint8_t, kRivalRecordLength> record{};
    RAND_bytes(record.data(), 12);
    EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
    int length = 0;
    EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), nullptr, key_.data(), record.data());
    EVP_EncryptUpdate(context, record.data() + 12, &length,
                      reinterpret_cast<const unsigned char*>("5413330000000001"), 16);
    EVP_EncryptFinal_ex(context, record.data() + 28, &length);
    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, 16, record.data() + 28);
    EVP_CIPHER_CTX_free(context);
    MDB_val key{sizeof token, &token};
    MDB_val value{record.size(), record.data()};
    FLORIN_INVARIANT(mdb_put(txn, dbi_, &key, &value, 0) == 0);
  }

  Status Decrypt(std::array<std::uint8_t, kRivalRecordLength>& record) const {
    std::array<std::uint8_t, 16> pan{};
    int length = 0;
    EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
    const bool ok =
        EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nullptr, key_.data(), record.data()) == 1 &&
        EVP_DecryptUpdate(context, pan.data(), &length, record.data() + 12, 16) == 1 &&
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, 16, record.data() + 28) == 1 &&
        EVP_DecryptFinal_ex(context, pan.data() + length, &length) == 1;
    EVP_CIPHER_CTX_free(context);
    return ok ? OkStatus() : Failed();
  }

  MDB_env* env_ = nullptr;
  MDB_dbi dbi_ = 0;
  std::array<std::uint8_t, 32> key_{};
};

struct Setup {
  explicit Setup(tools::TemporaryDirectory made) : directory(std::move(made)) {}

  tools::TemporaryDirectory directory;
  std::unique_ptr<tokenizer::Vault> vault;
  std::vector<tokenizer::Token> tokens;
  std::vector<Pan> pans;
  std::unique_ptr<PlainTokenTable> rival;
};

Status FillVault(Setup& setup) {
  setup.pans.reserve(kRecords);
  std::vector<tokenizer::TokenizeItem> items(kRecords);
  for (std::size_t i = 0; i < kRecords; ++i) {
    std::string digits = "541333000" + std::to_string(100000 + i);
    FLORIN_TRY(char check_digit, LuhnCheckDigit(digits));
    FLORIN_TRY(Pan pan, Pan::Parse(digits + check_digit));
    setup.pans.push_back(std::move(pan));
    items[i].pan = &setup.pans[i];
  }
  FLORIN_CHECK_OK(setup.vault->TokenizeBatch(kDomain, items));
  for (tokenizer::TokenizeItem& item : items) {
    if (!item.token.ok()) return item.token.error();
    setup.tokens.push_back(*item.token);
  }
  return OkStatus();
}

Result<std::shared_ptr<Setup>> MakeSetup() {
  FLORIN_TRY(auto directory, tools::TemporaryDirectory::Create("florin-bench"));
  auto setup = std::make_shared<Setup>(std::move(directory));
  FLORIN_TRY(hsm::SoftToken hsm, hsm::SoftToken::Create());
  FLORIN_TRY(std::unique_ptr<hsm::Session> session, hsm.OpenSession());
  FLORIN_TRY(hsm::KeyTemplate ring_key, hsm::VaultKeyRingKey("vault-key-ring"));
  FLORIN_TRY([[maybe_unused]] hsm::KeyHandle handle, session->Generate(ring_key));
  tokenizer::VaultOptions options;
  options.directory = setup->directory.path() + "/vault";
  FLORIN_TRY(setup->vault, tokenizer::Vault::Open(options, *session, *ring_key.name));
  FLORIN_CHECK_OK(setup->vault->RegisterDomain({.id = kDomain, .token_bin = "999910"}));
  FLORIN_CHECK_OK(FillVault(*setup));
  setup->rival = std::make_unique<PlainTokenTable>(setup->directory.path() + "/rival");
  return setup;
}

}  // namespace

Result<Entries> VaultEntries() {
  FLORIN_TRY(std::shared_ptr<Setup> setup, MakeSetup());
  const Work rival = [setup](std::size_t iterations) -> Status {
    for (std::size_t i = 0; i < iterations; ++i) {
      FLORIN_CHECK_OK(setup->rival->Lookup(PlainTokenTable::Spread(i * 7919 % kRecords)));
    }
    return OkStatus();
  };
  Entries entries;
  entries.contests.push_back(
      {.name = "vault/detokenize",
       .ours_name = "florin, token to PAN",
       .rival_name = "LMDB and EVP per record",
       .ours = [setup](std::size_t iterations) -> Status {
         for (std::size_t i = 0; i < iterations; ++i) {
           FLORIN_TRY(Pan pan,
                      setup->vault->Detokenize(setup->tokens[i * 7919 % kRecords], kDomain));
           if (pan.size() != 16) {
             return Error(ErrorCode::kInternal, "the vault returned no PAN");
           }
         }
         return OkStatus();
       },
       .rival = rival,
       .bound = std::nullopt});
  entries.contests.push_back(
      {.name = "vault/tokenize_known",
       .ours_name = "florin, PAN to the token it has",
       .rival_name = "LMDB and EVP per record (token to PAN)",
       .ours = [setup](std::size_t iterations) -> Status {
         for (std::size_t i = 0; i < iterations; ++i) {
           FLORIN_TRY(tokenizer::Token token,
                      setup->vault->Tokenize(setup->pans[i * 7919 % kRecords], kDomain));
           if (token.digits().size() != 16) {
             return Error(ErrorCode::kInternal, "the vault returned no token");
           }
         }
         return OkStatus();
       },
       .rival = rival,
       .bound = std::nullopt});
  return entries;
}

}  // namespace florin::bench
