// Key blocks: what is refused, what holds for every block, and a second implementation.
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <memory>

#include "crypto/card/key_block_payload.h"
#include "crypto/card/key_block_seal.h"
#include "florin/base/hex.h"
#include "florin/card/key_block_optional.h"
#include "tests/crypto/card/key_block_testing.h"
#include "tests/crypto/primitives/test_util.h"

namespace florin::card {
namespace {

using primitives::TestRandom;

constexpr std::string_view kVersions = "BDE";

Bytes KbpkFor(char version, TestRandom& random) { return random.Take(version == 'B' ? 24 : 32); }

std::string HeaderOf(char version, std::string_view usage, char algorithm, char mode,
                     char exportability = 'E') {
  return std::string{version} + "0000" + std::string(usage) + algorithm + mode + "00" +
         exportability + "0000";
}

// Keys of every length that an algorithm has.
std::vector<Bytes> KeysOf(char algorithm, TestRandom& random) {
  switch (algorithm) {
    case 'A': return {random.Take(16), random.Take(24), random.Take(32)};
    case 'T': return {random.Take(16), random.Take(24)};
    case 'H': return {random.Take(16), random.Take(64)};
    case 'R': return {PublishedKey("tr31-016")};
    default: return {PublishedKey("tr31-017")};
  }
}

std::vector<OptionalBlock> BlocksFor(char algorithm) {
  if (algorithm == 'H') return {{"HM", "21"}};
  return {};
}

TEST(KeyBlock, EveryCombinationComesBack) {
  TestRandom random(31);
  std::size_t count = 0;
  for (const KeyBlockCombination& row : KeyBlockCombinations()) {
    for (const char algorithm : row.algorithms) {
      const std::vector<Bytes> keys = KeysOf(algorithm, random);
      const std::vector<OptionalBlock> blocks = BlocksFor(algorithm);
      for (const char mode : row.modes_of_use) {
        const char exportability = row.exportabilities[random.Below(row.exportabilities.size())];
        const char version = kVersions[random.Below(kVersions.size())];
        const std::string header = HeaderOf(version, row.usage, algorithm, mode, exportability);
        SCOPED_TRACE(header);
        const Bytes kbpk = KbpkFor(version, random);
        const Bytes& key = keys[random.Below(keys.size())];
        const auto block = Wrap(kbpk, header, key, random, blocks, {.weaker_kbpk = true});
        ASSERT_TRUE(block.ok()) << block.error().message();
        const auto again = Unwrap(kbpk, *block, {.weaker_kbpk = true});
        ASSERT_TRUE(again.ok()) << again.error().message();
        EXPECT_EQ(*again, key);
        EXPECT_EQ(KeyBlock::Parse(*block)->header().text(), header);
        ++count;
      }
    }
  }
  EXPECT_GT(count, 250U);
}

TEST(KeyBlock, AFlippedBitAnywhereIsRejected) {
  TestRandom random(32);
  std::vector<std::pair<Bytes, std::string>> blocks;
  for (const char version : kVersions) {
    const Bytes kbpk = KbpkFor(version, random);
    blocks.emplace_back(kbpk, Wrap(kbpk, HeaderOf(version, "P0", 'T', 'E'), random.Take(16), random,
                                   {{"KS", "FFFF9876543210E00000"}, {"LB", "a label"}})
                                  .value());
  }
  // Published blocks of the versions that are not written.
  blocks.emplace_back(HexDecode("EFE0853B256B583D868F251CE99EA1D9").value(),
                      "A0072K0TN00N0000F40D5672C6D0EC86F860BA88D44D00F0CA9A8CE8CD2F640287A9A9EB");
  blocks.emplace_back(
      HexDecode("AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBB").value(),
      "C0088M3TC00E00009BC6306FC31891BF87B3148463627B1D68C603D9FAB9074E4A0D2E78D40B29905A826F5C");
  for (const auto& [kbpk, block] : blocks) {
    ASSERT_TRUE(Unwrap(kbpk, block).ok()) << block;
    for (std::size_t bit = 0; bit < 8 * block.size(); ++bit) {
      std::string changed = block;
      changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
      EXPECT_FALSE(Unwrap(kbpk, changed).ok()) << block[0] << " bit " << bit;
    }
  }
}

TEST(KeyBlock, AWrongKbpkIsTheMacsBusiness) {
  TestRandom random(33);
  const auto block =
      Wrap(Bytes(32, 1), HeaderOf('D', "D0", 'A', 'B'), Bytes(32, 2), random).value();
  EXPECT_EQ(Unwrap(Bytes(32, 3), block).code(), ErrorCode::kVerificationFailed);
  EXPECT_EQ(UnwrapKeyBlock(KeysFor('E', Bytes(32, 1)), KeyBlock::Parse(block).value(), {}).code(),
            ErrorCode::kInvalidArgument);
}

TEST(KeyBlock, PaddingIsRandomAndHidesTheLength) {
  TestRandom random(34);
  for (const char version : kVersions) {
    const Bytes kbpk = KbpkFor(version, random);
    const std::string header = HeaderOf(version, "D0", 'T', 'B');
    const Bytes key = random.Take(24);
    const Bytes double_length(key.begin(), key.begin() + 16);
    const auto two = Wrap(kbpk, header, double_length, random).value();
    EXPECT_EQ(two.size(), Wrap(kbpk, header, key, random)->size());
    EXPECT_NE(two, Wrap(kbpk, header, double_length, random).value());
  }
  EXPECT_EQ(Wrap(Bytes(32, 1), HeaderOf('D', "D0", 'A', 'B'), Bytes(16, 2), random)->size(),
            Wrap(Bytes(32, 1), HeaderOf('D', "D0", 'A', 'B'), Bytes(32, 2), random)->size());
}

TEST(KeyBlock, ExportRefusesWhatTheNormDoes) {
  TestRandom random(35);
  const Bytes tdes = random.Take(16);
  const Bytes aes(32, 1);
  const auto code = [&random](const Bytes& kbpk, const std::string& header, std::size_t key_size,
                              const std::vector<OptionalBlock>& blocks = {}) {
    return Wrap(kbpk, header, random.Take(key_size), random, blocks).code();
  };
  EXPECT_EQ(code(tdes, HeaderOf('A', "D0", 'T', 'B'), 16), ErrorCode::kPermissionDenied);
  EXPECT_EQ(code(tdes, HeaderOf('C', "D0", 'T', 'B'), 16), ErrorCode::kPermissionDenied);
  EXPECT_EQ(code(tdes, HeaderOf('B', "D0", 'T', 'G'), 16), ErrorCode::kPermissionDenied);
  EXPECT_EQ(code(tdes, HeaderOf('B', "D0", 'D', 'B'), 8), ErrorCode::kPermissionDenied);
  EXPECT_EQ(code(tdes, HeaderOf('B', "D0", 'T', 'B'), 8), ErrorCode::kPermissionDenied);
  EXPECT_EQ(code(tdes, HeaderOf('B', "D0", 'T', 'B'), 24), ErrorCode::kPermissionDenied);  // weaker
  EXPECT_EQ(code(tdes, HeaderOf('B', "D0", 'A', 'B'), 16), ErrorCode::kPermissionDenied);
  EXPECT_EQ(code(Bytes(16, 1), HeaderOf('D', "D0", 'A', 'B'), 32), ErrorCode::kPermissionDenied);
  EXPECT_EQ(code(aes, HeaderOf('D', "D0", 'A', 'B'), 20), ErrorCode::kMalformed);
  EXPECT_EQ(code(aes, HeaderOf('D', "S0", 'R', 'S'), 64), ErrorCode::kMalformed);
  EXPECT_EQ(code(aes, HeaderOf('D', "M7", 'H', 'G'), 32), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(aes, HeaderOf('D', "M7", 'H', 'G'), 32, {{"HM", "26"}}), ErrorCode::kMalformed);
  EXPECT_EQ(code(aes, HeaderOf('D', "M7", 'H', 'G'), 32, {{"HM", "21"}}), ErrorCode::kOk);
  const std::string data = HeaderOf('D', "D0", 'A', 'B');
  EXPECT_EQ(code(aes, data, 16, {{"HM", "21"}}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(aes, data, 16, {{"DA", "01P0TEN"}}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(aes, data, 16, {{"KS", "FFFF9876543210E00000"}}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(aes, data, 16, {{"PB", "00"}}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(aes, data, 16, {{"LB", "a"}, {"LB", "b"}}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(aes, data, 16, {{"LB", "\x7f"}}), ErrorCode::kMalformed);
  EXPECT_EQ(code(aes, data, 16, {{"lb", "a"}}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(aes, data, 16, {{"LB", std::string(9999, 'x')}}), ErrorCode::kLimitExceeded);
  EXPECT_EQ(KeyBlockKeys::Create('D', Bytes(8)).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(KeyBlockKeys::Create('B', Bytes(8)).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(KeyBlockKeys::Create('B', Bytes(32)).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(KeyBlockKeys::Create('F', Bytes(16)).code(), ErrorCode::kInvalidArgument);
}

TEST(KeyBlock, ImportPolicyRefusesByDefault) {
  const Bytes kbpk = HexDecode("AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBB").value();
  // psec's test value: a key of 8 bytes under the algorithm T.
  const char* single =
      "B0096M3TC00E0000B6CD513680EF255FC0DC590726FD0129A7CF6602E7F271631AB4EE7350642F11181AF4CC12F1"
      "2FD9";
  EXPECT_EQ(Unwrap(kbpk, single, {}).code(), ErrorCode::kPermissionDenied);
  EXPECT_TRUE(Unwrap(kbpk, single, {.single_des = true}).ok());
  // ISO 20038 B.2: B0 with mode of use V.
  const Bytes aes =
      HexDecode("3235362D62697420414553207772617070696E67202849534F20323030333829").value();
  const char* unlisted =
      "E0084B0TV16N0000B2AE5E26BBA7F246E84D5EA24167E208A6B66EF2E27E55A52DB52F0AEACB94C57547";
  EXPECT_EQ(Unwrap(aes, unlisted, {}).code(), ErrorCode::kPermissionDenied);
  EXPECT_TRUE(Unwrap(aes, unlisted, {.any_combination = true}).ok());
  TestRandom random(36);
  const auto weak = Wrap(Bytes(16, 1), HeaderOf('D', "D0", 'A', 'B'), Bytes(32, 2), random, {},
                         {.weaker_kbpk = true})
                        .value();
  EXPECT_EQ(Unwrap(Bytes(16, 1), weak, {}).code(), ErrorCode::kPermissionDenied);
  EXPECT_TRUE(Unwrap(Bytes(16, 1), weak, {.weaker_kbpk = true}).ok());
}

// Three parts of two, two of one, a weak one: what a TDES key is worth, as KBPK and wrapped.
TEST(KeyBlock, DegenerateTdesKeysCountForWhatTheyAre) {
  TestRandom random(39);
  const Bytes a = random.Take(8);
  const Bytes b = random.Take(8);
  const Bytes weak(8, 1);
  const auto join = [](std::initializer_list<Bytes> parts) {
    Bytes key;
    for (const Bytes& part : parts) key.insert(key.end(), part.begin(), part.end());
    return key;
  };
  struct Case {
    Bytes key;
    int strength;
  };
  for (const auto& [key, strength] :
       {Case{join({a, b, random.Take(8)}), 112}, Case{join({a, b, a}), 80}, Case{join({a, b}), 80},
        Case{join({a, a}), 56}, Case{join({a, a, b}), 56}, Case{join({a, b, b}), 56},
        Case{join({a, a, a}), 56}, Case{join({a, weak}), 56}, Case{a, 56}}) {
    EXPECT_EQ(CheckWrappedKey('T', key).value(), strength);
    if (key.size() != 8) {
      EXPECT_EQ(KeysFor('B', key).strength(), strength);
    }
    const auto wrapped = Wrap(Bytes(32, 1), HeaderOf('D', "D0", 'T', 'B'), key, random);
    EXPECT_EQ(wrapped.code(), strength == 56 ? ErrorCode::kPermissionDenied : ErrorCode::kOk);
  }
  // Written by someone who does not look: 16 bytes of 46.
  const auto header = HeaderOf('D', "D0", 'T', 'B');
  const Bytes kbpk(32, 1);
  Bytes payload = {0, 128};
  payload.insert(payload.end(), 30, 0x46);
  std::string text = header;
  text.replace(1, 4, "0112");
  std::string out(112, '\0');
  ASSERT_TRUE(SealKeyBlock(KeysFor('D', kbpk), text, payload, std::span<char>(out)).ok());
  EXPECT_EQ(Unwrap(kbpk, out, {}).code(), ErrorCode::kPermissionDenied);
  EXPECT_TRUE(Unwrap(kbpk, out, {.single_des = true}).ok());
  // The same bytes under the algorithm D, 8 of them: used as TDES is, and no other way.
  text[7] = 'D';
  Bytes again = {0, 64};
  again.insert(again.end(), 30, 0x46);
  ASSERT_TRUE(SealKeyBlock(KeysFor('D', kbpk), text, again, std::span<char>(out)).ok());
  EXPECT_EQ(Unwrap(kbpk, out, {}).code(), ErrorCode::kPermissionDenied);
  EXPECT_TRUE(Unwrap(kbpk, out, {.single_des = true}).ok());
  text[8] = 'G';
  again = {0, 64};
  again.insert(again.end(), 30, 0x46);
  ASSERT_TRUE(SealKeyBlock(KeysFor('D', kbpk), text, again, std::span<char>(out)).ok());
  EXPECT_EQ(Unwrap(kbpk, out, {.single_des = true}).code(), ErrorCode::kPermissionDenied);
}

TEST(KeyBlock, OptionalBlocksKeepTheirPlaces) {
  TestRandom random(37);
  const std::string label(300, 'L');
  const std::vector<OptionalBlock> blocks = {
      {"ZZ", "unknown to all"},  {"LB", label}, {"10", "IBM0"},         {"AL", "0101"},
      {"TS", "20200818221218Z"}, {"WP", "002"}, {"KP", "01D77F007724"}, {"FL", ""}};
  const auto text =
      Wrap(Bytes(32, 1), HeaderOf('D', "D0", 'A', 'B'), Bytes(16, 2), random, blocks).value();
  const KeyBlock block = KeyBlock::Parse(text).value();
  EXPECT_EQ(block.bound_text().size() % 16, 0U);
  std::vector<OptionalBlock> read(block.optional_blocks().begin(), block.optional_blocks().end());
  ASSERT_EQ(read.size(), blocks.size() + 1);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    EXPECT_EQ(read[i].id, blocks[i].id);
    EXPECT_EQ(read[i].data, blocks[i].data);
  }
  EXPECT_EQ(read.back().id, "PB");
  std::string joined(block.bound_text());
  joined.append(block.ciphertext_hex()).append(block.mac_hex());
  EXPECT_EQ(joined, text);
}

TEST(KeyBlock, LimitsOfOptionalBlocks) {
  const auto header = KeyBlockHeader::Parse("D0000D0AB00N0000").value();
  std::vector<std::string> ids;
  for (int i = 0; i < 100; ++i) ids.push_back({char('A' + i / 26), char('A' + i % 26)});
  std::vector<OptionalBlock> blocks;
  for (const std::string& id : ids) blocks.push_back({id, ""});
  std::string out(kMaxKeyBlockSize, '\0');
  EXPECT_EQ(WriteKeyBlockHeader(header, blocks, 0, std::span<char>(out)).code(),
            ErrorCode::kLimitExceeded);
  blocks.pop_back();  // 99 blocks and a padding block are one too many, 96 end on 16 characters
  EXPECT_EQ(WriteKeyBlockHeader(header, blocks, 0, std::span<char>(out)).code(),
            ErrorCode::kLimitExceeded);
  blocks.resize(96);
  const auto size = WriteKeyBlockHeader(header, blocks, 0, std::span<char>(out));
  ASSERT_TRUE(size.ok());
  EXPECT_EQ(out.substr(12, 2), "96");
  EXPECT_EQ(OptionalBlocks::Parse(std::string_view(out).substr(16, *size - 16), 96)->count(), 96U);
  EXPECT_EQ(WriteKeyBlockHeader(header, blocks, 0, std::span<char>(out).first(*size - 1)).code(),
            ErrorCode::kBufferTooSmall);
  EXPECT_FALSE(OptionalBlocks::Parse("PB04LB04", 2).ok());
  EXPECT_TRUE(OptionalBlocks::Parse("LB04PB04", 2).ok());
  EXPECT_TRUE(OptionalBlocks::Parse("LB000408000Ax", 1).code() == ErrorCode::kMalformed);
  EXPECT_EQ(OptionalBlocks::Parse("LB0004000bx", 1)->Find("LB"), "x");
}

TEST(KeyBlock, OptionalDataComesBack) {
  EXPECT_EQ(FormatKeyBlockTime(ParseKeyBlockTime("20200818221218Z").value()).value(),
            "20200818221218Z");
  EXPECT_EQ(ParseKeyBlockTime("2020-08-18T22:12:18.99Z").value(),
            ParseKeyBlockTime("2020081822121899Z").value());
  EXPECT_EQ(FormatKeyBlockTime(ParseKeyBlockTime("20990101000000Z").value()).value(),
            "20990101000000Z");
  for (const char* bad : {"", "Z", "20200818221218", "20201318221218Z", "2020-08-18 22:12:18Z",
                          "20200818221218+", "2020-08-18T22:12:18", "202008182212189Z"}) {
    EXPECT_EQ(ParseKeyBlockTime(bad).code(), ErrorCode::kMalformed) << bad;
  }
  EXPECT_EQ(ParseKeySetId("10DE#GBIC#MMK1")->size, 0U);
  EXPECT_EQ(ParseKeySetId("FFFF9876543210E0")->size, 8U);
  EXPECT_EQ(ParseAsymmetricKeyLife(FormatAsymmetricKeyLife(AsymmetricKeyLife::kStatic)).value(),
            AsymmetricKeyLife::kStatic);
  EXPECT_EQ(ParseKeyBlockHash(FormatKeyBlockHash(KeyBlockHash::kShake256)).value(),
            KeyBlockHash::kShake256);
  EXPECT_EQ(FormatKeyBlockCheckValue(false, Bytes(4)).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(FormatKeyBlockCheckValue(true, Bytes(5, 0xab)).value(), "01ABABABABAB");
  EXPECT_EQ(ParseKeyBlockCheckValue("0012345678").code(), ErrorCode::kMalformed);
  const std::vector<KeyBlockCertificate> chain = {{KeyBlockCertificateKind::kX509, "TUlJ"},
                                                  {KeyBlockCertificateKind::kEmv, "AAAA"}};
  EXPECT_EQ(FormatCertificates(chain).value(), "02000004TUlJ010004AAAA");
  const auto read = ParseCertificates("02000004TUlJ010004AAAA");
  ASSERT_TRUE(read.ok() && read->size() == 2);
  EXPECT_EQ((*read)[1].kind, KeyBlockCertificateKind::kEmv);
  EXPECT_EQ((*read)[1].base64, "AAAA");
  for (const char* bad : {"", "02", "0200", "02000005TUlJ", "03TUlJ", "00*", "00"}) {
    EXPECT_EQ(ParseCertificates(bad).code(), ErrorCode::kMalformed) << bad;
  }
}

// Version B, D or E opened by OpenSSL's CMAC and ciphers, written from the norm's text alone.
struct FreeMac {
  void operator()(EVP_MAC_CTX* ctx) const { EVP_MAC_CTX_free(ctx); }
};
struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* ctx) const { EVP_CIPHER_CTX_free(ctx); }
};

Bytes OpensslCmac(const char* cipher, const Bytes& key, const Bytes& data) {
  EVP_MAC* mac = EVP_MAC_fetch(nullptr, "CMAC", nullptr);
  const std::unique_ptr<EVP_MAC_CTX, FreeMac> ctx(EVP_MAC_CTX_new(mac));
  EVP_MAC_free(mac);
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, const_cast<char*>(cipher), 0),
      OSSL_PARAM_construct_end()};
  Bytes out(16);
  std::size_t size = 0;
  EXPECT_EQ(EVP_MAC_init(ctx.get(), key.data(), key.size(), params), 1);
  EXPECT_EQ(EVP_MAC_update(ctx.get(), data.data(), data.size()), 1);
  EXPECT_EQ(EVP_MAC_final(ctx.get(), out.data(), &size, out.size()), 1);
  out.resize(size);
  return out;
}

Bytes OpensslUnwrap(const Bytes& kbpk, const std::string& text) {
  const char version = text[0];
  const bool tdes = version == 'B';
  const std::size_t header = 16;
  const std::size_t mac_chars = tdes ? 16 : 32;
  const char* cbc = tdes ? "DES-EDE3-CBC" : "AES-256-CBC";
  const auto derive = [&](std::uint8_t use) {
    Bytes out;
    for (std::uint8_t counter = 1; out.size() < kbpk.size(); ++counter) {
      const auto algorithm = static_cast<std::uint8_t>(tdes ? 1 : 4);
      const auto high = static_cast<std::uint8_t>(kbpk.size() * 8 / 256);
      const auto low = static_cast<std::uint8_t>(kbpk.size() * 8 % 256);
      const Bytes part = OpensslCmac(cbc, kbpk, {counter, 0, use, 0, 0, algorithm, high, low});
      out.insert(out.end(), part.begin(), part.end());
    }
    out.resize(kbpk.size());
    return out;
  };
  const Bytes mac = HexDecode(text.substr(text.size() - mac_chars)).value();
  Bytes data = HexDecode(text.substr(header, text.size() - header - mac_chars)).value();
  const EVP_CIPHER* cipher = tdes             ? EVP_des_ede3_cbc()
                             : version == 'E' ? EVP_aes_256_ctr()
                                              : EVP_aes_256_cbc();
  const std::unique_ptr<EVP_CIPHER_CTX, FreeCipher> ctx(EVP_CIPHER_CTX_new());
  int size = 0;
  EXPECT_EQ(EVP_DecryptInit_ex(ctx.get(), cipher, nullptr, derive(version == 'E' ? 2 : 0).data(),
                               mac.data()),
            1);
  EVP_CIPHER_CTX_set_padding(ctx.get(), 0);
  EXPECT_EQ(
      EVP_DecryptUpdate(ctx.get(), data.data(), &size, data.data(), static_cast<int>(data.size())),
      1);
  Bytes signed_text(text.begin(), text.begin() + header);
  signed_text.insert(signed_text.end(), data.begin(), data.end());
  EXPECT_EQ(OpensslCmac(cbc, derive(1), signed_text), mac);
  const std::size_t bits = std::size_t{data[0]} * 256 + data[1];
  return {data.begin() + 2, data.begin() + 2 + static_cast<long>(bits / 8)};
}

TEST(KeyBlock, AgreesWithASecondImplementation) {
  TestRandom random(38);
  for (int i = 0; i < 60; ++i) {
    const char version = kVersions[random.Below(kVersions.size())];
    const Bytes kbpk = KbpkFor(version, random);
    const Bytes key = random.Take(random.Below(2) == 0 ? 16 : 24);
    const auto text = Wrap(kbpk, HeaderOf(version, "P0", 'T', 'E'), key, random).value();
    EXPECT_EQ(OpensslUnwrap(kbpk, text), key) << "seed 38, round " << i;
  }
}

}  // namespace
}  // namespace florin::card
