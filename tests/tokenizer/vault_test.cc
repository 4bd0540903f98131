// What the vault promises, over LMDB and in one process.
#include "florin/tokenizer/vault.h"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "tests/tokenizer/vault_testing.h"

namespace florin::tokenizer {
namespace {

using testing::FirstDomain;
using testing::kBin;
using testing::kDomain;
using testing::kOtherBin;
using testing::kOtherDomain;
using testing::MakePan;
using testing::OptionsFor;
using testing::PanDigits;
using testing::SecondDomain;
using testing::TestDirectory;
using testing::TestHsm;
using testing::WatchingObserver;

class VaultTest : public ::testing::Test {
 protected:
  void SetUp() override { Reopen(); }

  void Reopen() {
    vault_.reset();
    VaultOptions options = OptionsFor(directory_);
    options.observer = &observer_;
    auto opened = hsm_.Open(options);
    ASSERT_OK(opened);
    vault_ = std::move(opened).value();
    ASSERT_OK(vault_->RegisterDomain(FirstDomain()));
    ASSERT_OK(vault_->RegisterDomain(SecondDomain()));
  }

  TestDirectory directory_;
  TestHsm hsm_;
  WatchingObserver observer_;
  std::unique_ptr<Vault> vault_;
};

TEST_F(VaultTest, TheSamePanHasTheSameTokenAndATokenItsPan) {
  std::set<std::string> tokens;
  for (std::uint64_t i = 0; i < 60; ++i) {
    const Pan pan = MakePan(i, 12 + i % 8);
    const auto token = vault_->Tokenize(pan, kDomain);
    ASSERT_OK(token);
    EXPECT_EQ(token->digits().size(), 16U);
    EXPECT_TRUE(token->digits().starts_with(kBin));
    EXPECT_TRUE(LuhnValid(token->digits()));
    EXPECT_NE(token->digits(), PanDigits(i, 12 + i % 8));
    EXPECT_TRUE(tokens.insert(std::string(token->digits())).second) << "a token was given twice";

    const auto again = vault_->Tokenize(pan, kDomain);
    ASSERT_OK(again);
    EXPECT_EQ(*again, *token);
    const auto back = vault_->Detokenize(*token, kDomain);
    ASSERT_OK(back);
    EXPECT_TRUE(back->EqualTo(pan));
  }
}

TEST_F(VaultTest, TakesNumbersWithoutAValidCheckDigit) {
  const Pan pan = Pan::Parse("5413330000000002").value();
  ASSERT_FALSE(pan.IsLuhnValid());
  const auto token = vault_->Tokenize(pan, kDomain);
  ASSERT_OK(token);
  EXPECT_TRUE(vault_->Detokenize(*token, kDomain)->EqualTo(pan));
}

TEST_F(VaultTest, DomainsAreSeparate) {
  const Pan pan = MakePan(1);
  const auto first = vault_->Tokenize(pan, kDomain);
  const auto second = vault_->Tokenize(pan, kOtherDomain);
  ASSERT_OK(first);
  ASSERT_OK(second);
  EXPECT_FALSE(*first == *second);
  EXPECT_TRUE(second->digits().starts_with(kOtherBin));
  EXPECT_EQ(second->digits().size(), 19U);
  EXPECT_EQ(vault_->Detokenize(*first, kOtherDomain).code(), ErrorCode::kNotFound);
  EXPECT_EQ(vault_->Detokenize(*second, kDomain).code(), ErrorCode::kNotFound);
  EXPECT_TRUE(vault_->Detokenize(*second, kOtherDomain)->EqualTo(pan));
}

TEST_F(VaultTest, ADomainDoesNotLearnWhichTokensAnotherHas) {
  const auto theirs = vault_->Tokenize(MakePan(1), kOtherDomain);
  ASSERT_OK(theirs);
  const Token nobodys = Token::Parse("9999201200000000000").value();
  const std::string denied = "detokenize the token belongs to another domain";
  const auto same = [](const Error& a, const Error& b) {
    return a.code() == b.code() && std::string(a.message()) == b.message() &&
           a.detail() == b.detail();
  };
  EXPECT_TRUE(same(vault_->Detokenize(*theirs, kDomain).error(),
                   vault_->Detokenize(nobodys, kDomain).error()));
  const std::size_t at = observer_.text().find(denied);
  EXPECT_NE(at, std::string::npos);
  std::vector<DetokenizeItem> items;
  items.push_back({*theirs});
  items.push_back({nobodys});
  ASSERT_OK(vault_->DetokenizeBatch(kDomain, items));
  EXPECT_EQ(items[0].pan.code(), ErrorCode::kNotFound);
  EXPECT_TRUE(same(items[0].pan.error(), items[1].pan.error()));
  EXPECT_NE(observer_.text().find(denied, at + 1), std::string::npos);
}

TEST_F(VaultTest, RefusesWhatItMust) {
  EXPECT_EQ(vault_->Tokenize(MakePan(1), 77).code(), ErrorCode::kNotFound);
  EXPECT_EQ(vault_->Tokenize(MakePan(1), 0).code(), ErrorCode::kNotFound);
  EXPECT_EQ(vault_->Tokenize(Pan(), kDomain).code(), ErrorCode::kInvalidArgument);
  const Token unknown = Token::Parse("9999100000000000").value();
  EXPECT_EQ(vault_->Detokenize(unknown, kDomain).code(), ErrorCode::kNotFound);
  const auto no_domain = vault_->Detokenize(unknown, 77);
  EXPECT_EQ(no_domain.code(), ErrorCode::kNotFound);
  EXPECT_EQ(std::string(no_domain.error().message()),
            vault_->Tokenize(MakePan(1), 77).error().message());
  const auto token = vault_->Tokenize(MakePan(1), kDomain);
  ASSERT_OK(token);
  for (const std::uint32_t domain : {kDomain, kOtherDomain}) {
    const Pan not_a_card = Pan::Parse(token->digits()).value();
    EXPECT_EQ(vault_->Tokenize(not_a_card, domain).code(), ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(vault_->Tokenize(Pan::Parse("9999201200000").value(), kDomain).code(),
            ErrorCode::kInvalidArgument);
}

TEST_F(VaultTest, DomainsAreKeptAndMayNotChange) {
  ASSERT_OK(vault_->RegisterDomain(FirstDomain()));
  EXPECT_EQ(vault_->RegisterDomain({kDomain, "888810", 16}).code(), ErrorCode::kConflict);
  EXPECT_EQ(vault_->RegisterDomain({kDomain, kBin, 19}).code(), ErrorCode::kConflict);
  EXPECT_EQ(vault_->RegisterDomain({9, "99991000", 16}).code(), ErrorCode::kConflict);
  EXPECT_EQ(vault_->RegisterDomain({9, kBin, 19}).code(), ErrorCode::kConflict);
  EXPECT_EQ(vault_->RegisterDomain({9, "abcdef", 16}).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(vault_->RegisterDomain({0, "888810", 16}).code(), ErrorCode::kInvalidArgument);
  Reopen();
  EXPECT_EQ(vault_->RegisterDomain({kDomain, "888810", 16}).code(), ErrorCode::kConflict);
  ASSERT_OK(vault_->RegisterDomain({9, "888810", 16}));
}

TEST_F(VaultTest, ABinOfCardsInTheVaultIsRefused) {
  std::vector<Pan> pans;
  for (std::uint64_t i = 0; i < 3 * kRingBatch + 5; ++i) pans.push_back(MakePan(i));
  pans.push_back(Pan::Parse("777710000001").value());
  std::vector<TokenizeItem> items(pans.size());
  for (std::size_t i = 0; i < pans.size(); ++i) items[i].pan = &pans[i];
  ASSERT_OK(vault_->TokenizeBatch(kDomain, items));
  for (const char* bin : {"541333", "54133300", "777710", "7777100", "77771000"}) {
    EXPECT_EQ(vault_->RegisterDomain({9, bin, 16}).code(), ErrorCode::kConflict) << bin;
  }
  EXPECT_EQ(vault_->Tokenize(pans[0], 9).code(), ErrorCode::kNotFound);
  for (std::size_t i = 0; i < pans.size(); ++i) {
    EXPECT_EQ(*vault_->Tokenize(pans[i], kDomain), *items[i].token);
  }
  ASSERT_OK(vault_->RegisterDomain({9, "77771001", 16}));
  ASSERT_OK(vault_->RegisterDomain({10, "541334", 16}));
  ASSERT_OK(vault_->RegisterDomain(FirstDomain()));
}

TEST_F(VaultTest, AllSurvivesReopening) {
  std::vector<Token> tokens;
  for (std::uint64_t i = 0; i < 20; ++i) {
    tokens.push_back(vault_->Tokenize(MakePan(i), kDomain).value());
  }
  Reopen();
  for (std::uint64_t i = 0; i < 20; ++i) {
    EXPECT_TRUE(vault_->Detokenize(tokens[i], kDomain)->EqualTo(MakePan(i)));
    EXPECT_EQ(vault_->Tokenize(MakePan(i), kDomain).value(), tokens[i]);
  }
}

TEST_F(VaultTest, ABatchEqualsSingleCallsAndCommitsOnce) {
  const auto known = vault_->Tokenize(MakePan(3), kDomain);
  ASSERT_OK(known);
  std::vector<Pan> pans;
  for (std::uint64_t i = 0; i < 100; ++i) pans.push_back(MakePan(i));
  pans.push_back(MakePan(5));                              // twice in one batch
  pans.push_back(Pan::Parse("9999100000000000").value());  // a token
  pans.push_back(Pan());
  std::vector<TokenizeItem> items(pans.size() + 1);  // the last has no PAN at all
  for (std::size_t i = 0; i < pans.size(); ++i) items[i].pan = &pans[i];
  const int commits = observer_.commits();
  ASSERT_OK(vault_->TokenizeBatch(kDomain, items));
  EXPECT_EQ(observer_.commits(), commits + 1);
  for (std::size_t i = 0; i <= 100; ++i) {
    ASSERT_OK(items[i].token);
    EXPECT_EQ(*items[i].token, *vault_->Tokenize(pans[i], kDomain));
  }
  EXPECT_EQ(*items[3].token, *known);
  EXPECT_EQ(*items[100].token, *items[5].token);
  for (std::size_t i = 101; i < items.size(); ++i) {
    EXPECT_EQ(items[i].token.code(), ErrorCode::kInvalidArgument) << i;
  }
  ASSERT_OK(vault_->TokenizeBatch(kDomain, items));
  EXPECT_EQ(observer_.commits(), commits + 1) << "nothing was new";

  std::vector<DetokenizeItem> back;
  for (std::size_t i = 0; i < 100; ++i) back.push_back({*items[i].token});
  back.push_back({Token::Parse("9999100000000000").value()});
  back.push_back({*vault_->Tokenize(pans[0], kOtherDomain)});
  ASSERT_OK(vault_->DetokenizeBatch(kDomain, back));
  for (std::size_t i = 0; i < 100; ++i) {
    ASSERT_OK(back[i].pan);
    EXPECT_TRUE(back[i].pan->EqualTo(pans[i]));
  }
  EXPECT_EQ(back[100].pan.code(), ErrorCode::kNotFound);
  EXPECT_EQ(back[101].pan.code(), ErrorCode::kNotFound);
}

TEST_F(VaultTest, BatchesAreBoundedAndMayBeEmpty) {
  std::vector<TokenizeItem> many(kMaxVaultBatch + 1);
  EXPECT_EQ(vault_->TokenizeBatch(kDomain, many).code(), ErrorCode::kLimitExceeded);
  EXPECT_EQ(vault_->TokenizeBatch(77, {}).code(), ErrorCode::kNotFound);
  EXPECT_EQ(vault_->DetokenizeBatch(77, {}).code(), ErrorCode::kNotFound);
  EXPECT_TRUE(vault_->TokenizeBatch(kDomain, {}).ok());
  EXPECT_TRUE(vault_->DetokenizeBatch(kDomain, {}).ok());
}

TEST_F(VaultTest, ASmallRangeFillsUpAndSaysSo) {
  constexpr std::uint32_t kSmall = 5;
  ASSERT_OK(vault_->RegisterDomain({kSmall, "99993012", 12}));  // 1000 tokens
  std::vector<Pan> pans;
  for (std::uint64_t i = 0; i < 1010; ++i) pans.push_back(MakePan(i));
  std::vector<TokenizeItem> items(pans.size());
  for (std::size_t i = 0; i < pans.size(); ++i) items[i].pan = &pans[i];
  ASSERT_OK(vault_->TokenizeBatch(kSmall, items));
  std::set<std::string> tokens;
  for (const TokenizeItem& item : items) {
    if (item.token.ok()) {
      EXPECT_TRUE(tokens.insert(std::string(item.token->digits())).second);
    } else {
      EXPECT_EQ(item.token.code(), ErrorCode::kResourceExhausted);
    }
  }
  EXPECT_GE(tokens.size(), 900U);
  EXPECT_LE(tokens.size(), 1000U);
  for (std::size_t i = 0; i < items.size(); ++i) {  // those that have one keep it
    if (items[i].token.ok()) {
      EXPECT_EQ(*vault_->Tokenize(pans[i], kSmall), *items[i].token);
    }
  }
  ASSERT_OK(vault_->Tokenize(pans[1009], kDomain));
}

TEST_F(VaultTest, AnotherVaultGivesOtherTokensAndRefusesTheseOnes) {
  const auto token = vault_->Tokenize(MakePan(1), kDomain);
  ASSERT_OK(token);
  TestDirectory elsewhere;
  auto other = hsm_.Open(OptionsFor(elsewhere));
  ASSERT_OK(other);
  ASSERT_OK((*other)->RegisterDomain(FirstDomain()));
  EXPECT_EQ((*other)->Detokenize(*token, kDomain).code(), ErrorCode::kNotFound);
  EXPECT_FALSE(*(*other)->Tokenize(MakePan(1), kDomain) == *token);
}

TEST_F(VaultTest, AWrongKeyRingKeyIsRefused) {
  ASSERT_OK(vault_->Tokenize(MakePan(1), kDomain));
  TestHsm other(0x55);
  const auto refused = other.Open(OptionsFor(directory_));
  EXPECT_EQ(refused.code(), ErrorCode::kVerificationFailed);
  const auto unknown = hsm::KeyRef::Create(hsm::KeyClass::kSecret, "no such key").value();
  EXPECT_EQ(Vault::Open(OptionsFor(directory_), hsm_.session(), unknown).code(),
            ErrorCode::kNotFound);
  VaultOptions options = OptionsFor(directory_);
  options.clock = nullptr;
  EXPECT_EQ(hsm_.Open(options).code(), ErrorCode::kInvalidArgument);
}

TEST_F(VaultTest, AKeyThatMayNotDecryptLeavesNoVaultBehind) {
  TestDirectory elsewhere;
  TestHsm sealer(0x55, 'E');
  EXPECT_EQ(sealer.Open(OptionsFor(elsewhere)).code(), ErrorCode::kPermissionDenied);
  VaultOptions options = OptionsFor(elsewhere);
  options.create = false;
  EXPECT_EQ(hsm_.Open(options).code(), ErrorCode::kNotFound);  // its files are there, no ring is
  ASSERT_OK(hsm_.Open(OptionsFor(elsewhere)));
}

TEST_F(VaultTest, IsMadeOnlyWhereItMayBe) {
  TestDirectory elsewhere;
  VaultOptions options = OptionsFor(elsewhere);
  options.create = false;
  EXPECT_EQ(hsm_.Open(options).code(), ErrorCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(options.directory));
  std::filesystem::create_directory(options.directory);  // a mount point without its disk
  EXPECT_EQ(hsm_.Open(options).code(), ErrorCode::kNotFound);
  EXPECT_TRUE(std::filesystem::is_empty(options.directory));
  options.create = true;
  ASSERT_OK(hsm_.Open(options));
  options.create = false;
  ASSERT_OK(hsm_.Open(options));
}

// --- no PAN in clear, wherever one looks ---

std::string ReadAll(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The forms in which a number could lie in memory: digits, packed digits in both alignments, a
// 64-bit integer in both orders; whole, and without BIN and check digit.
std::vector<std::string> FormsOf(const std::string& digits) {
  std::vector<std::string> forms = {digits, digits.substr(6, 9)};
  for (const std::string& text : {digits, "0" + digits + "0"}) {
    std::string packed;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
      packed += static_cast<char>((text[i] - '0') << 4 | (text[i + 1] - '0'));
    }
    forms.push_back(packed.substr(1, packed.size() - 2));
  }
  const std::uint64_t number = std::stoull(digits);
  std::string little(reinterpret_cast<const char*>(&number), 7);
  forms.push_back(little);
  forms.emplace_back(little.rbegin(), little.rend());
  return forms;
}

TEST_F(VaultTest, NoCardNumberIsInTheFilesOrTheEvents) {
  std::vector<std::string> digits;
  std::string said;
  for (std::uint64_t i = 0; i < 100; ++i) {
    digits.push_back(PanDigits(123456789 - 1234567 * i));
    const Pan pan = Pan::Parse(digits.back()).value();
    const auto token = vault_->Tokenize(pan, i % 2 == 0 ? kDomain : kOtherDomain);
    ASSERT_OK(token);
    said += std::string(token->digits()) + "\n";
    said += vault_->Tokenize(pan, 77).error().message();
    said += vault_->Detokenize(*token, 77).error().message();
  }
  said += observer_.text();
  EXPECT_NE(observer_.text().find("tokenizer.vault tokenize ok"), std::string::npos);
  vault_.reset();
  std::size_t scanned = 0;
  const auto scan = [&](const std::string& where, const std::string& bytes) {
    scanned += bytes.size();
    for (const std::string& pan : digits) {
      for (const std::string& form : FormsOf(pan)) {
        EXPECT_EQ(bytes.find(form), std::string::npos) << "a card number lies in " << where;
      }
    }
  };
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_.path())) {
    if (entry.is_regular_file()) scan(entry.path().string(), ReadAll(entry.path()));
  }
  EXPECT_GT(scanned, 100U * 72);
  scan("the events and messages", said);
  // The scanner itself: it must find what is there.
  EXPECT_NE(("xx" + digits[0]).find(FormsOf(digits[0])[0]), std::string::npos);
}

TEST_F(VaultTest, TheDirectoryAndItsFilesAreForTheOwnerOnly) {
  using std::filesystem::perms;
  const auto open_to = [](const std::filesystem::path& path) {
    return std::filesystem::status(path).permissions() & (perms::group_all | perms::others_all);
  };
  EXPECT_EQ(open_to(directory_.vault()), perms::none);
  for (const auto& entry : std::filesystem::directory_iterator(directory_.vault())) {
    EXPECT_EQ(open_to(entry.path()), perms::none) << entry.path();
  }
}

}  // namespace
}  // namespace florin::tokenizer
