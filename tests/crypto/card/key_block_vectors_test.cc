// Key blocks by published values.
#include <algorithm>

#include "crypto/card/key_block_payload.h"
#include "crypto/card/key_block_seal.h"
#include "crypto/primitives/mac.h"
#include "crypto/primitives/tdes.h"
#include "florin/base/hex.h"
#include "florin/card/key_block_optional.h"
#include "tests/crypto/card/key_block_testing.h"
#include "tests/crypto/primitives/test_util.h"

namespace florin::card {
namespace {

using vectors::TestCase;
using vectors::VectorFile;

bool HasFlag(const TestCase& test, std::string_view flag) {
  return std::find(test.flags.begin(), test.flags.end(), flag) != test.flags.end();
}

// Deals the bytes it was given.
class GivenRandom final : public RandomSource {
 public:
  explicit GivenRandom(ByteView bytes) : bytes_(bytes) {}
  Status Fill(MutableBytes out) override {
    if (out.size() != bytes_.size()) return Error(ErrorCode::kInternal, "another length is asked");
    std::ranges::copy(bytes_, out.begin());
    return OkStatus();
  }

 private:
  ByteView bytes_;
};

// Of TDES keys.
Bytes LegacyCheckValue(ByteView key) {
  Bytes block(8, 0);
  const auto cipher = primitives::TdesCipher(key);
  EXPECT_TRUE(cipher.ok() && cipher->EncryptBlocks(block, block).ok());
  block.resize(3);
  return block;
}

// Of AES keys.
Bytes CmacCheckValue(ByteView key, std::size_t size) {
  Bytes check(size);
  const auto cmac = primitives::AesCmacKey::Create(key);
  EXPECT_TRUE(cmac.ok() && cmac->Sign({Bytes(16, 0)}, check).ok());
  return check;
}

// Wraps the key again under the norm's rules, where these allow it and hide the length alike.
// Returns whether they do.
bool CheckWrapAgain(const TestCase& test, const KeyBlock& block, ByteView key, ByteView payload) {
  const char version = block.header().version();
  const char algorithm = block.header().algorithm();
  if (version == 'A' || version == 'C' || !CheckKeyBlockCombination(block.header()).ok() ||
      (algorithm == 'T' && TdesStrength(key) == kSingleDesStrength) ||
      payload.size() !=
          KeyBlockPayloadSize(version, key.size(), ObscuredKeySize(algorithm, key.size()))) {
    return false;
  }
  std::vector<OptionalBlock> blocks(block.optional_blocks().begin(), block.optional_blocks().end());
  if (!blocks.empty() && blocks.back().id == "PB") blocks.pop_back();
  for (const OptionalBlock& optional : blocks) {
    if (!CheckOptionalBlock(optional).ok()) return false;
  }
  GivenRandom padding(payload.subspan(2 + key.size()));
  const auto again =
      Wrap(test.Hex("kbpk"), block.header().text(), key, padding, blocks, {.weaker_kbpk = true});
  EXPECT_TRUE(again.ok() && *again == block.text()) << test.place();
  return true;
}

void CheckUnwrap(const TestCase& test, std::size_t& wrapped_again) {
  const std::string text = test.Text("key_block");
  const Bytes kbpk = test.Hex("kbpk");
  const auto block = KeyBlock::Parse(text);
  ASSERT_TRUE(block.ok()) << test.place() << block.error().message();
  const char version = block->header().version();
  const auto keys = KeysFor(version, kbpk);
  const auto key = UnwrapKeyBlock(keys, *block, kTolerant);
  ASSERT_TRUE(key.ok()) << test.place() << key.error().message();
  EXPECT_EQ(BytesOf(*key), test.Hex("key")) << test.place();
  if (test.Has("kcv")) {
    EXPECT_NE(HasFlag(test, "legacy_kcv"), HasFlag(test, "cmac_kcv"));
    EXPECT_EQ(HasFlag(test, "cmac_kcv") ? CmacCheckValue(BytesOf(*key), 3)
                                        : LegacyCheckValue(BytesOf(*key)),
              test.Hex("kcv"))
        << test.place();
  }
  if (test.Has("kcv_kbpk")) {
    const Bytes check = CmacCheckValue(kbpk, 5);
    EXPECT_EQ(check, test.Hex("kcv_kbpk")) << test.place();
    const auto stated = ParseKeyBlockCheckValue(block->optional_blocks().Find("KP").value_or(""));
    EXPECT_TRUE(stated.ok() && stated->cmac && SameBytes(stated->value(), check)) << test.place();
  }
  if (version == 'A' || version == 'C') {
    EXPECT_EQ(UnwrapKeyBlock(keys, *block, {}).code(), ErrorCode::kPermissionDenied);
  }
  ASSERT_TRUE(HasFlag(test, "rewrap")) << test.place();
  const auto payload = OpenKeyBlock(keys, *block);
  ASSERT_TRUE(payload.ok());
  Bytes clear = BytesOf(*payload);
  if (CheckWrapAgain(test, *block, BytesOf(*key), clear)) ++wrapped_again;
  std::string sealed(text.size(), '\0');
  const auto size = SealKeyBlock(keys, block->bound_text(), clear, std::span<char>(sealed));
  ASSERT_TRUE(size.ok());
  EXPECT_EQ(sealed.substr(0, *size), text) << test.place();
}

void CheckKeys(const TestCase& test) {
  const Bytes kbpk = test.Hex("kbpk");
  Bytes kbek(kbpk.size());
  Bytes kbak(kbpk.size());
  ASSERT_TRUE(DeriveKeyBlockKeys(test.Text("version").at(0), kbpk, kbek, kbak).ok());
  EXPECT_EQ(kbek, test.Hex("kbek")) << test.place();
  EXPECT_EQ(kbak, test.Hex("kbak")) << test.place();
}

// A header with its optional blocks, nothing behind them.
Result<OptionalBlocks> ParseHeaderOnly(std::string_view text) {
  FLORIN_TRY(const auto blocks,
             OptionalBlocks::Parse(text.substr(16), static_cast<std::size_t>(text[12] - '0') * 10 +
                                                        static_cast<std::size_t>(text[13] - '0')));
  if (blocks.text().size() + 16 != text.size()) {
    return Error(ErrorCode::kMalformed, "something follows the optional blocks");
  }
  return blocks;
}

void CheckHeaderPad(const TestCase& test) {
  std::string text = test.Text("header");
  const auto parsed = ParseHeaderOnly(text);
  ASSERT_TRUE(parsed.ok()) << test.place();
  std::vector<OptionalBlock> blocks(parsed->begin(), parsed->end());
  EXPECT_EQ(blocks.size(), parsed->count());
  if (blocks.back().id == "PB") blocks.pop_back();
  std::string attributes = text.substr(0, 16);
  attributes[12] = attributes[13] = '0';
  std::string out(200, '\0');
  const auto size = WriteKeyBlockHeader(KeyBlockHeader::Parse(attributes).value(), blocks, 0,
                                        std::span<char>(out));
  ASSERT_TRUE(size.ok()) << test.place();
  EXPECT_EQ(out.substr(0, *size), test.Text("padded")) << test.place();
}

void CheckLength(const TestCase& test) {
  const char version = test.Text("version").at(0);
  const char algorithm = test.Text("algorithm").at(0);
  const auto key_size = static_cast<std::size_t>(test.Number("key_size"));
  const bool chosen = test.Has("obscured_size");
  const std::size_t obscured =
      chosen ? static_cast<std::size_t>(std::max<std::int64_t>(test.Number("obscured_size"), 0))
             : ObscuredKeySize(algorithm, key_size);
  const auto expected = static_cast<std::size_t>(test.Number("size"));
  EXPECT_EQ(KeyBlockHeader::kLength +
                KeyBlockTailSize(version, KeyBlockPayloadSize(version, key_size, obscured)),
            expected)
      << test.place();
  if (chosen || version == 'A' || version == 'C' || key_size == 8) return;
  primitives::TestRandom random(7);
  const std::string header = std::string{version} + "0000D0" + algorithm + "B00N0000";
  const auto block =
      Wrap(Bytes(16, 0x45), header, random.Take(key_size), random, {}, {.weaker_kbpk = true});
  ASSERT_TRUE(block.ok()) << test.place();
  EXPECT_EQ(block->size(), expected) << test.place();
}

void CheckOptionalData(const TestCase& test) {
  const auto derivations = ParseDerivationsAllowed(test.Text("da"));
  ASSERT_TRUE(derivations.ok());
  std::vector<std::string> fields;
  for (const DerivationAllowed& allowed : *derivations) {
    fields.insert(fields.end(), {std::string(allowed.usage.data(), 2),
                                 {allowed.algorithm},
                                 {allowed.mode_of_use},
                                 {allowed.exportability}});
  }
  EXPECT_EQ(fields, test.List("derivations"));
  EXPECT_EQ(FormatDerivationsAllowed(*derivations), test.Text("da"));

  EXPECT_EQ(test.Text("hash"), "SHA-256");
  EXPECT_EQ(ParseKeyBlockHash(test.Text("hm")).value(), KeyBlockHash::kSha256);

  const auto key_set = ParseKeySetId(test.Text("ks"));
  ASSERT_TRUE(key_set.ok());
  EXPECT_EQ(key_set->size, 10U);
  const auto half = [](ByteView bytes, bool second) {
    const ByteView part = bytes.subspan(second ? bytes.size() / 2 : 0, bytes.size() / 2);
    return Bytes(part.begin(), part.end());
  };
  // The source cuts 20 digits behind the tenth.
  EXPECT_EQ(half(key_set->value(), false), test.Hex("ks_bdk"));
  EXPECT_EQ(half(key_set->value(), true), test.Hex("ks_device"));
  const auto initial = ParseInitialKeyId(test.Text("ik"));
  ASSERT_TRUE(initial.ok());
  EXPECT_EQ(half(*initial, false), test.Hex("ik_bdk"));
  EXPECT_EQ(half(*initial, true), test.Hex("ik_device"));
  EXPECT_EQ(static_cast<int>(ParseWrappingPedigree(test.Text("wp")).value()),
            test.Number("pedigree"));
  const auto bdk = ParseBaseDerivationKeyId(test.Text("bi"));
  ASSERT_TRUE(bdk.ok());
  EXPECT_EQ(bdk->aes, test.Flag("bi_aes"));
  EXPECT_TRUE(SameBytes(bdk->id(), test.Hex("ksi")));
}

void CheckOptionalBlocks(const TestCase& test) {
  const std::string text = test.Text("key_block");
  const auto block = KeyBlock::Parse(text);
  ASSERT_TRUE(block.ok()) << block.error().message();
  const OptionalBlocks& blocks = block->optional_blocks();
  EXPECT_EQ(blocks.Find("KS"), test.Text("ks"));
  EXPECT_FALSE(blocks.Find("TS").has_value());
  for (const auto& [id, field] : {std::pair{"KC", "kc"}, std::pair{"KP", "kp"}}) {
    const auto check = ParseKeyBlockCheckValue(blocks.Find(id).value_or(""));
    ASSERT_TRUE(check.ok()) << id;
    EXPECT_FALSE(check->cmac);
    EXPECT_TRUE(SameBytes(check->value(), test.Hex(field))) << id;
  }
}

template <class Check>
void ForEach(const VectorFile& file, const char* type, bool valid, Check check) {
  std::size_t count = 0;
  for (const auto* group : file.GroupsOf(type)) {
    for (const TestCase& test : group->tests) {
      SCOPED_TRACE(test.place());
      EXPECT_EQ(test.valid, valid);
      check(test);
      ++count;
    }
  }
  EXPECT_NE(count, 0U) << type;
}

TEST(KeyBlockVectors, All) {
  const VectorFile file = LoadCardVectors("key_block.json");
  std::size_t wrapped_again = 0;
  ForEach(file, "unwrap", true,
          [&wrapped_again](const TestCase& test) { CheckUnwrap(test, wrapped_again); });
  EXPECT_GE(wrapped_again, 7U);
  ForEach(file, "keys", true, CheckKeys);
  ForEach(file, "header_pad", true, CheckHeaderPad);
  ForEach(file, "length", true, CheckLength);
  ForEach(file, "optional_data", true, CheckOptionalData);
  ForEach(file, "optional_blocks", true, CheckOptionalBlocks);
  ForEach(file, "reject", false, [](const TestCase& test) {
    EXPECT_FALSE(Unwrap(test.Hex("kbpk"), test.Text("key_block")).ok());
  });
  ForEach(file, "header_reject", false,
          [](const TestCase& test) { EXPECT_FALSE(ParseHeaderOnly(test.Text("header")).ok()); });
  ForEach(file, "extended_length", false, [](const TestCase& test) {
    EXPECT_FALSE(OptionalBlocks::Parse(test.Text("blocks"), 1).ok());
  });
  EXPECT_EQ(file.Problems(), std::vector<std::string>{});
}

}  // namespace
}  // namespace florin::card
