// What goes wrong below the vault: damaged, swapped and lost records, failed commits, full disks.
// Whatever happens, no wrong PAN and no wrong token comes out.
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/tokenizer/faulty_store.h"
#include "tests/tokenizer/vault_testing.h"

namespace florin::tokenizer {
namespace {

using testing::Faults;
using testing::FaultyStore;
using testing::FirstDomain;
using testing::kDomain;
using testing::kOtherDomain;
using testing::MakePan;
using testing::OptionsFor;
using testing::RunInChild;
using testing::SecondDomain;
using testing::TestDirectory;
using testing::TestHsm;

class DamageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = Open(hsm_);
    ASSERT_OK(opened);
    vault_ = std::move(opened).value();
    ASSERT_OK(vault_->RegisterDomain(FirstDomain()));
    ASSERT_OK(vault_->RegisterDomain(SecondDomain()));
    a_ = std::make_unique<Token>(vault_->Tokenize(MakePan(1), kDomain).value());
    b_ = std::make_unique<Token>(vault_->Tokenize(MakePan(2), kDomain).value());
  }

  Result<std::unique_ptr<Vault>> Open(TestHsm& hsm) {
    VaultParts parts;
    parts.store = std::make_unique<FaultyStore>(&memory_, &faults_);
    return hsm.OpenOn(std::move(parts));
  }

  Bytes RecordOf(const Token& token) {
    Bytes bytes;
    EXPECT_TRUE(memory_
                    .Read([&](const StoreSnapshot& snapshot) -> Status {
                      FLORIN_TRY(const ByteView record, snapshot.FindToken(TokenKey::Of(token)));
                      bytes.assign(record.begin(), record.end());
                      return OkStatus();
                    })
                    .ok());
    return bytes;
  }

  // Every way that leads through the record of `a_` must refuse.
  void ExpectRefused(const std::string& what) {
    const auto pan = vault_->Detokenize(*a_, kDomain);
    // A record whose domain was damaged is taken for another domain's.
    EXPECT_TRUE(pan.code() == ErrorCode::kCorrupted || pan.code() == ErrorCode::kNotFound) << what;
    EXPECT_EQ(vault_->Tokenize(MakePan(1), kDomain).code(), ErrorCode::kCorrupted) << what;
    std::vector<DetokenizeItem> back;
    back.push_back({*a_});
    back.push_back({*b_});
    EXPECT_TRUE(vault_->DetokenizeBatch(kDomain, back).ok());
    EXPECT_FALSE(back[0].pan.ok()) << what;
    EXPECT_TRUE(back[1].pan.ok()) << what;
    const Pan first = MakePan(1);
    const Pan second = MakePan(2);
    std::vector<TokenizeItem> items(2);
    items[0].pan = &first;
    items[1].pan = &second;
    EXPECT_TRUE(vault_->TokenizeBatch(kDomain, items).ok());
    EXPECT_EQ(items[0].token.code(), ErrorCode::kCorrupted) << what;
    EXPECT_TRUE(items[1].token.ok()) << what;
  }

  MemoryStore memory_;
  Faults faults_;
  TestHsm hsm_;
  std::unique_ptr<Vault> vault_;
  std::unique_ptr<Token> a_;
  std::unique_ptr<Token> b_;
};

TEST_F(DamageTest, EveryFlippedBitOfARecordIsNoticed) {
  const Bytes original = RecordOf(*a_);
  for (std::size_t bit = 0; bit < 8 * original.size(); ++bit) {
    Bytes damaged = original;
    damaged[bit / 8] = static_cast<std::uint8_t>(damaged[bit / 8] ^ (1U << (bit % 8)));
    faults_.record = [&](const TokenKey& key, ByteView) -> std::optional<Bytes> {
      if (!(key == TokenKey::Of(*a_))) return std::nullopt;
      return damaged;
    };
    ExpectRefused("bit " + std::to_string(bit));
  }
}

TEST_F(DamageTest, ATruncatedOrExtendedRecordIsNoticed) {
  const Bytes original = RecordOf(*a_);
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, original.size() - 1,
                                 original.size() + 1, std::size_t{4000}}) {
    Bytes damaged = original;
    damaged.resize(size);
    faults_.record = [&](const TokenKey& key, ByteView) -> std::optional<Bytes> {
      if (!(key == TokenKey::Of(*a_))) return std::nullopt;
      return damaged;
    };
    ExpectRefused("size " + std::to_string(size));
  }
}

TEST_F(DamageTest, ARecordUnderAnotherTokenIsNoticed) {
  const Bytes other = RecordOf(*b_);
  faults_.record = [&](const TokenKey& key, ByteView) -> std::optional<Bytes> {
    if (!(key == TokenKey::Of(*a_))) return std::nullopt;
    return other;
  };
  ExpectRefused("swapped");
}

TEST_F(DamageTest, ARecordMovedToAnotherDomainIsNoticed) {
  Bytes moved = RecordOf(*a_);
  moved[7] = static_cast<std::uint8_t>(kOtherDomain);
  faults_.record = [&](const TokenKey& key, ByteView) -> std::optional<Bytes> {
    if (!(key == TokenKey::Of(*a_))) return std::nullopt;
    return moved;
  };
  EXPECT_EQ(vault_->Detokenize(*a_, kOtherDomain).code(), ErrorCode::kCorrupted);
}

TEST_F(DamageTest, ABinIsRefusedWhileARecordCannotBeRead) {
  Bytes damaged = RecordOf(*a_);
  damaged.back() = static_cast<std::uint8_t>(damaged.back() ^ 1);
  faults_.record = [&](const TokenKey& key, ByteView) -> std::optional<Bytes> {
    if (!(key == TokenKey::Of(*a_))) return std::nullopt;
    return damaged;
  };
  EXPECT_EQ(vault_->RegisterDomain({9, "888810", 16}).code(), ErrorCode::kCorrupted);
  faults_.record = nullptr;
  EXPECT_TRUE(vault_->RegisterDomain({9, "888810", 16}).ok());
}

TEST_F(DamageTest, AnIndexThatLeadsElsewhereGivesNoToken) {
  faults_.index = [&](const FingerprintKey&, TokenKey) { return TokenKey::Of(*b_); };
  EXPECT_EQ(vault_->Tokenize(MakePan(1), kDomain).code(), ErrorCode::kCorrupted);
  EXPECT_TRUE(vault_->Tokenize(MakePan(2), kDomain).ok());
  faults_.index = [&](const FingerprintKey&, TokenKey key) {
    ++key.number;
    return key;
  };
  EXPECT_EQ(vault_->Tokenize(MakePan(1), kDomain).code(), ErrorCode::kCorrupted);
  EXPECT_EQ(vault_->Tokenize(MakePan(1), kOtherDomain).code(), ErrorCode::kOk);
}

TEST_F(DamageTest, EveryFlippedBitOfTheRingIsNoticedAtOpening) {
  std::vector<std::pair<Bytes, Bytes>> records;
  for (const std::string_view prefix : {"v", "k", "d"}) {
    ASSERT_OK(memory_.Read([&](const StoreSnapshot& snapshot) {
      return snapshot.ScanMeta(AsBytes(prefix), [&](ByteView key, ByteView value) {
        records.emplace_back(Bytes(key.begin(), key.end()), Bytes(value.begin(), value.end()));
        return OkStatus();
      });
    }));
  }
  ASSERT_EQ(records.size(), 5U);  // the vault, two keys, two domains
  for (const auto& [name, value] : records) {
    // The time of creation is for people; nothing rests on it, in the vault record.
    const std::size_t guarded = name[0] == 'v' ? value.size() - 8 : value.size();
    for (std::size_t byte = 0; byte < guarded; ++byte) {
      const Bytes& target = name;
      Bytes damaged = value;
      damaged[byte] = static_cast<std::uint8_t>(damaged[byte] ^ (1U << (byte % 8)));
      faults_.meta = [&](ByteView key, ByteView) -> std::optional<Bytes> {
        if (!SameBytes(key, target)) return std::nullopt;
        return damaged;
      };
      const ErrorCode code = Open(hsm_).code();
      EXPECT_TRUE(code == ErrorCode::kCorrupted || code == ErrorCode::kVerificationFailed ||
                  code == ErrorCode::kUnsupported)
          << AsText(name) << " byte " << byte;
    }
  }
}

TEST_F(DamageTest, ALostRingIsNeverReplaced) {
  MemoryStore lost;
  ASSERT_OK(lost.Write([&](StoreTransaction& transaction) {
    return transaction.Insert(TokenKey::Of(*a_), {}, RecordOf(*a_));
  }));
  VaultParts parts;
  parts.store = std::make_unique<FaultyStore>(&lost, &faults_);
  EXPECT_EQ(hsm_.OpenOn(std::move(parts)).code(), ErrorCode::kCorrupted);
}

TEST_F(DamageTest, AFailedCommitGivesNoTokenAndLeavesNothing) {
  faults_.commit = [] { return Status(Error(ErrorCode::kStorage, "the disk says no", 5)); };
  EXPECT_EQ(vault_->Tokenize(MakePan(3), kDomain).code(), ErrorCode::kStorage);
  EXPECT_TRUE(vault_->Tokenize(MakePan(1), kDomain).ok()) << "what is there needs no commit";
  const Pan known = MakePan(1);
  const Pan fresh = MakePan(4);
  std::vector<TokenizeItem> items(2);
  items[0].pan = &known;
  items[1].pan = &fresh;
  ASSERT_OK(vault_->TokenizeBatch(kDomain, items));
  EXPECT_TRUE(items[0].token.ok());
  EXPECT_EQ(items[1].token.code(), ErrorCode::kStorage);
  EXPECT_EQ(vault_->RegisterDomain({9, "888810", 16}).code(), ErrorCode::kStorage);
  EXPECT_EQ(vault_->Tokenize(MakePan(1), 9).code(), ErrorCode::kNotFound);
  faults_.commit = nullptr;
  EXPECT_TRUE(vault_->Tokenize(MakePan(3), kDomain).ok());
  EXPECT_TRUE(vault_->RegisterDomain({9, "888810", 16}).ok());
}

// --- full ---

// Tokenises in small batches until one is refused; every token is kept.
ErrorCode Fill(Vault& vault, std::vector<Token>& tokens, std::size_t limit) {
  constexpr std::size_t kBatch = 10;
  while (tokens.size() < limit) {
    std::vector<Pan> pans;
    for (std::size_t i = 0; i < kBatch; ++i) pans.push_back(MakePan(tokens.size() + i));
    std::vector<TokenizeItem> items(kBatch);
    for (std::size_t i = 0; i < kBatch; ++i) items[i].pan = &pans[i];
    if (const Status status = vault.TokenizeBatch(kDomain, items); !status.ok()) {
      return status.code();
    }
    for (const TokenizeItem& item : items) {
      if (!item.token.ok()) return item.token.code();
      tokens.push_back(*item.token);
    }
  }
  return ErrorCode::kOk;
}

void ExpectAll(Vault& vault, const std::vector<Token>& tokens) {
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const auto pan = vault.Detokenize(tokens[i], kDomain);
    ASSERT_OK(pan);
    EXPECT_TRUE(pan->EqualTo(MakePan(i)));
    EXPECT_EQ(vault.Tokenize(MakePan(i), kDomain).value(), tokens[i]);
  }
}

TEST(FullTest, AFullMapRefusesNewTokensAndKeepsTheOld) {
  TestDirectory directory;
  TestHsm hsm;
  VaultOptions options = OptionsFor(directory);
  options.max_bytes = 160 * 1024;
  std::vector<Token> tokens;
  {
    auto vault = hsm.Open(options);
    ASSERT_OK(vault);
    ASSERT_OK((*vault)->RegisterDomain(FirstDomain()));
    EXPECT_EQ(Fill(**vault, tokens, 5000), ErrorCode::kResourceExhausted);
    EXPECT_GT(tokens.size(), 20U);
    Result<Token> single = (*vault)->Tokenize(MakePan(6000), kDomain);
    for (std::size_t i = 6001; single.ok() && i < 9000; ++i) {  // what no batch fits into
      single = (*vault)->Tokenize(MakePan(i), kDomain);
    }
    EXPECT_EQ(single.code(), ErrorCode::kResourceExhausted);
    ExpectAll(**vault, tokens);
  }
  options.max_bytes = 1 << 22;
  auto larger = hsm.Open(options);
  ASSERT_OK(larger);
  ExpectAll(**larger, tokens);
  ASSERT_OK((*larger)->Tokenize(MakePan(9999), kDomain));
}

// In a child: the limit is the process's. Writes token digits to `out` as they are acknowledged.
int FillUnderFileLimit(const TestDirectory& directory, int out) {
  std::signal(SIGXFSZ, SIG_IGN);
  TestHsm hsm;
  auto vault = hsm.Open(OptionsFor(directory));
  if (!vault.ok() || !(*vault)->RegisterDomain(FirstDomain()).ok()) return 1;
  const rlimit limit{320 * 1024, 320 * 1024};
  if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
  std::vector<Token> tokens;
  if (Fill(**vault, tokens, 20000) != ErrorCode::kStorage) return 3;
  // What was acknowledged is still served, by this process too.
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const auto pan = (*vault)->Detokenize(tokens[i], kDomain);
    if (!pan.ok() || !pan->EqualTo(MakePan(i))) return 4;
    if (write(out, tokens[i].digits().data(), 16) != 16) return 5;
  }
  return 0;
}

std::vector<Token> ReadTokens(int in) {
  std::vector<Token> tokens;
  std::array<char, 16> digits;
  while (read(in, digits.data(), digits.size()) == 16) {
    tokens.push_back(Token::Parse({digits.data(), digits.size()}).value());
  }
  return tokens;
}

TEST(FullTest, AFileThatMayNotGrowLosesNothing) {
  TestDirectory directory;
  std::FILE* acknowledged = std::tmpfile();
  ASSERT_NE(acknowledged, nullptr);
  ASSERT_EQ(RunInChild([&] { return FillUnderFileLimit(directory, fileno(acknowledged)); }), 0);
  ASSERT_EQ(lseek(fileno(acknowledged), 0, SEEK_SET), 0);
  const std::vector<Token> tokens = ReadTokens(fileno(acknowledged));
  std::fclose(acknowledged);
  EXPECT_GT(tokens.size(), 50U);
  TestHsm hsm;
  auto vault = hsm.Open(OptionsFor(directory));
  ASSERT_OK(vault);
  ExpectAll(**vault, tokens);
  ASSERT_OK((*vault)->Tokenize(MakePan(30000), kDomain));
}

TEST(FullTest, AFullDiskLosesNothing) {
  TestDirectory mount_point;
  if (mount("tmpfs", mount_point.path().c_str(), "tmpfs", 0, "size=600k,mode=0700") != 0) {
    GTEST_SKIP() << "NOT TESTED: a full disk needs the right to mount a tmpfs (run as root)";
  }
  {
    TestHsm hsm;
    auto vault = hsm.Open(OptionsFor(mount_point));
    ASSERT_OK(vault);
    ASSERT_OK((*vault)->RegisterDomain(FirstDomain()));
    std::vector<Token> tokens;
    EXPECT_EQ(Fill(**vault, tokens, 20000), ErrorCode::kStorage);
    EXPECT_GT(tokens.size(), 50U);
    ExpectAll(**vault, tokens);
    vault->reset();
    ASSERT_EQ(mount("tmpfs", mount_point.path().c_str(), "tmpfs", MS_REMOUNT, "size=4m"), 0);
    vault = hsm.Open(OptionsFor(mount_point));
    ASSERT_OK(vault);
    ExpectAll(**vault, tokens);
    ASSERT_OK((*vault)->Tokenize(MakePan(30000), kDomain));
  }
  EXPECT_EQ(umount(mount_point.path().c_str()), 0);
}

TEST(FullTest, NoRoomForTheFirstFilesIsAnErrorToo) {
  TestDirectory mount_point;
  if (mount("tmpfs", mount_point.path().c_str(), "tmpfs", 0, "size=64k,mode=0700") != 0) {
    GTEST_SKIP() << "NOT TESTED: a full disk needs the right to mount a tmpfs (run as root)";
  }
  TestHsm hsm;
  EXPECT_EQ(hsm.Open(OptionsFor(mount_point)).code(), ErrorCode::kStorage);
  EXPECT_EQ(umount(mount_point.path().c_str()), 0);
}

// --- damaged files ---

class FileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto vault = hsm_.Open(OptionsFor(directory_));
    ASSERT_OK(vault);
    ASSERT_OK((*vault)->RegisterDomain(FirstDomain()));
    ASSERT_EQ(Fill(**vault, tokens_, 200), ErrorCode::kOk);
  }

  std::string path() const { return directory_.vault() + "/data.mdb"; }

  std::string Load() const {
    std::ifstream file(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  void Save(const std::string& bytes) const {
    std::ofstream(path(), std::ios::binary | std::ios::trunc) << bytes;
  }

  TestDirectory directory_;
  TestHsm hsm_;
  std::vector<Token> tokens_;
};

TEST_F(FileTest, ACutFileIsAnErrorAndNotACrash) {
  const std::string whole = Load();
  ASSERT_GT(whole.size(), 10U * 4096);
  for (std::size_t pages = 0; pages < whole.size() / 4096; ++pages) {
    Save(whole.substr(0, pages * 4096 + (pages % 2) * 1000));
    const int status = RunInChild([&] {
      TestHsm hsm;
      auto vault = hsm.Open(OptionsFor(directory_));
      if (!vault.ok()) return 0;
      for (std::size_t i = 0; i < tokens_.size(); ++i) {
        const auto pan = (*vault)->Detokenize(tokens_[i], kDomain);
        if (pan.ok() && !pan->EqualTo(MakePan(i))) return 1;
      }
      return 0;
    });
    EXPECT_EQ(status, 0) << "cut after page " << pages;
  }
}

TEST_F(FileTest, AFileThatIsNoVaultIsRefused) {
  Save(std::string(65536, 'x'));
  EXPECT_EQ(hsm_.Open(OptionsFor(directory_)).code(), ErrorCode::kCorrupted);
}

TEST_F(FileTest, DamagedRecordsOnDiskAreNoticed) {
  const std::string whole = Load();
  std::array<std::uint8_t, kTokenKeyLength> key;
  EncodeTokenKey(TokenKey::Of(tokens_[0]), key);
  std::string damaged = whole;
  int places = 0;  // old pages that are free may hold the record as well
  for (std::size_t at = whole.find(AsText(key)); at != std::string::npos;
       at = whole.find(AsText(key), at + 1)) {
    // The record follows its key; the index holds the key as a value, behind a version byte.
    if (whole.substr(at + kTokenKeyLength, 2) != std::string("\x01\x01")) continue;
    const std::size_t flip = at + kTokenKeyLength + kTokenRecordLength - 20;
    damaged[flip] = static_cast<char>(damaged[flip] ^ 1);
    ++places;
  }
  ASSERT_GT(places, 0);
  Save(damaged);
  auto vault = hsm_.Open(OptionsFor(directory_));
  ASSERT_OK(vault);
  EXPECT_EQ((*vault)->Detokenize(tokens_[0], kDomain).code(), ErrorCode::kCorrupted);
  EXPECT_EQ((*vault)->Tokenize(MakePan(0), kDomain).code(), ErrorCode::kCorrupted);
  for (std::size_t i = 1; i < tokens_.size(); ++i) {
    EXPECT_TRUE((*vault)->Detokenize(tokens_[i], kDomain).ok());
  }
}

}  // namespace
}  // namespace florin::tokenizer
