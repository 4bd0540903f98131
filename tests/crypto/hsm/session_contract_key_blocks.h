// What the contracts of key blocks and of key agreement share: KBPKs, keys that may leave, and
// blocks opened by code that knows the KBPK.
#pragma once

#include <string>
#include <string_view>

#include "crypto/card/key_block_unwrap.h"
#include "crypto/card/key_block_wrap.h"
#include "florin/hsm/key_templates.h"
#include "tests/crypto/hsm/session_contract_card.h"

namespace florin::hsm {

using card::KeyBlock;
using card::KeyBlockKeys;
using mechanisms::KeyBlockWrap;

inline const VerbSet kCarries = {Verb::kWrap, Verb::kUnwrap};
inline constexpr const char* kAes256 =
    "88E1AB2A2E3DD38C1FA039A536500CC8A87AB9D62DC92C01058FA79F44657DE6";
inline constexpr const char* kAes128 = "FA36E44278DB3AB5F298F9F7DA8F1F88";
inline constexpr const char* kTdes3 = "0123456789ABCDEFFEDCBA98765432108899AABBCCDDEEFF";
inline constexpr const char* kTdes2 = "0123456789ABCDEFFEDCBA9876543210";
inline constexpr const char* kScalar =
    "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721";
inline constexpr const char* kHmacSecret = "000102030405060708090A0B0C0D0E0F";

inline std::string Utf8(ByteView bytes) { return std::string(AsText(bytes)); }

// What a template refuses has two codes: a module tells less than a soft session.
inline bool IsRefusal(ErrorCode code) {
  return code == ErrorCode::kPermissionDenied || code == ErrorCode::kInvalidArgument;
}

class SessionContractKeyExchange : public SessionContractCard {
 protected:
  static KeyTemplate Kbpk(std::size_t length, bool tdes = false, VerbSet verbs = kCarries,
                          char mode = 'B', const char* usage = "K1") {
    return Keyed(tdes ? KeyType::kDes3 : KeyType::kAes, length, verbs,
                 std::string(usage) + (tdes ? 'T' : 'A') + mode);
  }
  KeyHandle Aes(const char* hex = kAes256) {
    return ImportHex(Kbpk(std::string_view(hex).size() / 2), hex);
  }

  // A key that may leave.
  static KeyTemplate Exportable(KeyType type, std::size_t length, VerbSet verbs,
                                const std::string& header) {
    KeyTemplate key = Template(type, length, verbs);
    key.rules.header = *KeyBlockHeader::Parse(header);
    key.rules.extractable = true;
    return key;
  }
  KeyHandle DataKey(VerbSet verbs = {Verb::kEncrypt, Verb::kDecrypt}) {
    return ImportHex(Exportable(KeyType::kAes, 16, verbs, "D0000D0AB00E0000"), kAes128);
  }

  Result<std::string> Wrap(const KeyBlockWrap& how, KeyHandle kbpk, KeyHandle target) {
    Bytes out(card::kMaxKeyBlockSize);
    FLORIN_TRY(const std::size_t size, session().Wrap(how, kbpk, target, out));
    return Utf8(ByteView(out).first(size));
  }
  // As the block says, or with `change` made to the template.
  template <class Change>
  Result<KeyHandle> Unwrap(KeyHandle kbpk, std::string_view text, Change change) {
    FLORIN_TRY(const KeyBlock block, KeyBlock::Parse(text));
    FLORIN_TRY(KeyTemplate key, KeyTemplateOf(block));
    change(key);
    return session().Unwrap(KeyBlockWrap{}, kbpk, AsBytes(text), key);
  }
  Result<KeyHandle> Unwrap(KeyHandle kbpk, std::string_view text) {
    return Unwrap(kbpk, text, [](KeyTemplate&) {});
  }

  // The clear key of a block, by code that knows the KBPK.
  static Result<Bytes> Open(std::string_view text, const char* kbpk_hex) {
    const Bytes kbpk = Hex(kbpk_hex);
    FLORIN_TRY(const KeyBlock block, KeyBlock::Parse(text));
    FLORIN_TRY(const auto keys, KeyBlockKeys::Create(block.header().version(), kbpk));
    FLORIN_TRY(const SecretBytes key,
               card::UnwrapKeyBlock(keys, block, {true, true, false, true, false}));
    const ByteView view = key.Read(SecretAccess{});
    return Bytes(view.begin(), view.end());
  }

  // The same of a key of this session, which must be extractable.
  void ExpectMaterial(KeyHandle key, const Bytes& material, const std::string& place,
                      std::string_view blocks = {}, std::size_t count = 0) {
    const auto text = Wrap({'D', blocks, count}, Aes(), key);
    ASSERT_TRUE(text.ok()) << place << ": " << text.error().message();
    const auto opened = Open(*text, kAes256);
    ASSERT_TRUE(opened.ok()) << place << ": " << opened.error().message();
    EXPECT_EQ(HexOf(*opened), HexOf(material)) << place;
  }
};

}  // namespace florin::hsm
