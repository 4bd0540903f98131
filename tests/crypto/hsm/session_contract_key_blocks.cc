// The contract of key blocks: published blocks come in and do their work, whatever may leave comes
// back as it was, and no call makes a key another one.
#include "tests/crypto/hsm/session_contract_key_blocks.h"

namespace florin::hsm {
namespace {

using mechanisms::AesCmac;
using mechanisms::AesEcb;
using mechanisms::AesKeyWrap;
using mechanisms::DukptMac;
using mechanisms::Ecdsa;
using mechanisms::Iso9797Mac;
using mechanisms::kMaxOptionalBlockText;

class SessionContractKeyBlocks : public SessionContractKeyExchange {
 protected:
  void UsePublished(const TestCase& test, const KeyBlock& block, KeyHandle key);
  void ExpectPublished(const TestCase& test);
  void ExpectRoundTrip(const std::string& header);

  int used_ = 0;
};

// What the key from the block does must be what the published key does.
void SessionContractKeyBlocks::UsePublished(const TestCase& test, const KeyBlock& block,
                                            KeyHandle key) {
  const std::string usage(block.header().usage());
  const std::string& place = test.place();
  if (usage == "D0") {
    const KeyHandle same = ImportHex(
        Keyed(KeyType::kAes, test.Hex("key").size(), {Verb::kEncrypt}, "D0AN"), test.Text("key"));
    Bytes expected(16);
    Bytes out(16);
    ASSERT_TRUE(session().Encrypt(AesEcb{}, same, Bytes(16), expected).ok()) << place;
    ASSERT_TRUE(session().Encrypt(AesEcb{}, key, Bytes(16), out).ok()) << place;
    EXPECT_EQ(HexOf(out), HexOf(expected)) << place;
    ++used_;
  } else if (usage == "B0") {
    const KeyHandle same = ImportHex(Keyed(KeyType::kDes3, 16, kBoth, "B0TX"), test.Text("key"));
    const Bytes ksn = Hex("FFFF9876543210E00001");
    const DukptMac mechanism{{ksn}};
    Bytes mac(4);
    if (block.header().mode_of_use() != 'X' && block.header().mode_of_use() != 'N') {
      // Joined by the policy alone; it still permits nothing.
      EXPECT_EQ(session().Sign(mechanism, key, Bytes(20, 7), mac).code(),
                ErrorCode::kPermissionDenied)
          << place;
      return;
    }
    ASSERT_TRUE(session().Sign(mechanism, same, Bytes(20, 7), mac).ok()) << place;
    EXPECT_TRUE(session().Verify(mechanism, key, Bytes(20, 7), mac).ok()) << place;
    ++used_;
  } else if (usage == "M3") {
    const KeyHandle same = ImportHex(Keyed(KeyType::kDes3, 16, kBoth, "M3TC"), test.Text("key"));
    const Iso9797Mac mechanism{{card::MacAlgorithm::kIso9797Algorithm3, MacPadding::kMethod1}, 8};
    Bytes mac(8);
    ASSERT_TRUE(session().Sign(mechanism, same, Bytes(20, 7), mac).ok()) << place;
    EXPECT_TRUE(session().Verify(mechanism, key, Bytes(20, 7), mac).ok()) << place;
    ++used_;
  } else if (usage == "S0" && block.header().algorithm() == 'R') {
    Bytes info(kMaxPublicKeyInfo);
    const auto size = session().PublicKeyInfo(key, info);
    ASSERT_TRUE(size.ok()) << place << ": " << size.error().message();
    const KeyHandle verifier = ImportHex(Template(KeyType::kRsaPublic, 0, {Verb::kVerify}),
                                         HexOf(ByteView(info).first(*size)));
    Bytes signature(512);
    const auto length = session().Sign(mechanisms::RsaPss{}, key, Bytes(32, 9), signature);
    ASSERT_TRUE(length.ok()) << place << ": " << length.error().message();
    EXPECT_TRUE(session()
                    .Verify(mechanisms::RsaPss{}, verifier, Bytes(32, 9),
                            ByteView(signature).first(*length))
                    .ok())
        << place;
    ++used_;
  } else if (usage == "S0") {
    // The published ECPrivateKey ends with its public key.
    const Bytes der = test.Hex("key");
    const Bytes point(der.end() - 65, der.end());
    const KeyHandle verifier =
        ImportHex(Template(KeyType::kEcPublic, 65, {Verb::kVerify}), HexOf(point));
    Bytes signature(64);
    ASSERT_TRUE(session().Sign(Ecdsa{}, key, Bytes(32, 9), signature).ok()) << place;
    EXPECT_TRUE(session().Verify(Ecdsa{}, verifier, Bytes(32, 9), signature).ok()) << place;
    ++used_;
  }
}

void SessionContractKeyBlocks::ExpectPublished(const TestCase& test) {
  const std::string text = test.Text("key_block");
  const auto block = KeyBlock::Parse(text);
  ASSERT_TRUE(block.ok()) << test.place();
  const char version = block->header().version();
  const bool tdes = version < 'D';
  KeyTemplate kbpk = Kbpk(test.Hex("kbpk").size(), tdes, {Verb::kUnwrap}, 'D');
  kbpk.rules.key_block_import = {true, true, false, true, false};
  const KeyHandle lenient = ImportHex(kbpk, test.Text("kbpk"));
  const bool exportable = block->header().exportability() != 'N';
  const auto key = Unwrap(lenient, text, [&](KeyTemplate& t) { t.rules.extractable = exportable; });
  if (test.Hex("key").size() == 8) {
    EXPECT_EQ(key.code(), ErrorCode::kPermissionDenied) << test.place() << ": single DES";
    return;
  }
  if (!IsTdes(test.Hex("key"))) {
    EXPECT_EQ(key.code(), ErrorCode::kPermissionDenied) << test.place() << ": two equal parts";
    return;
  }
  ASSERT_TRUE(key.ok()) << test.place() << ": " << key.error().message();
  UsePublished(test, *block, *key);
  if (exportable) {
    ExpectMaterial(*key, test.Hex("key"), test.place());
    ++used_;
  }
  // The norm's policy puts up with no version A or C.
  kbpk.rules.key_block_import = {};
  const auto strict = Unwrap(ImportHex(kbpk, test.Text("kbpk")), text);
  if (version == 'A' || version == 'C') {
    EXPECT_EQ(strict.code(), ErrorCode::kPermissionDenied) << test.place();
  }
}

TEST_P(SessionContractKeyBlocks, PublishedBlocks) {
  CONTRACT_NEEDS(kKeyBlockWrap, kUnwrap);
  const VectorFile file = Load("key_block.json");
  int seen = 0;
  for (const auto* group : file.GroupsOf("unwrap")) {
    for (const TestCase& test : group->tests) {
      ExpectPublished(test);
      ++seen;
    }
  }
  EXPECT_GE(seen, 22);
  EXPECT_GE(used_, 12);
  // What no importer may take, whatever its policy.
  for (const auto* group : file.GroupsOf("reject")) {
    for (const TestCase& test : group->tests) {
      const std::string text = test.Text("key_block");
      const Bytes kbpk = test.Hex("kbpk");
      const bool tdes = text.empty() || text[0] < 'D';
      if (kbpk.size() == 8 || !IsTdes(kbpk) || (tdes && kbpk.size() == 32)) continue;
      KeyTemplate lenient = Kbpk(kbpk.size(), tdes);
      lenient.rules.key_block_import = {true, true, false, true, false};
      KeyTemplate any = Template(KeyType::kDes3, 0, {});
      const auto block = KeyBlock::Parse(text);
      if (block.ok() && KeyTemplateOf(*block).ok()) any = *KeyTemplateOf(*block);
      EXPECT_FALSE(
          session()
              .Unwrap(KeyBlockWrap{}, ImportHex(lenient, test.Text("kbpk")), AsBytes(text), any)
              .ok())
          << test.place();
    }
  }
}

// RFC 7520 3.4.
const std::string& PublishedRsaKey() {
  static const std::string& kHex = *new std::string([] {
    const VectorFile file =
        VectorFile::Load(FLORIN_SOURCE_DIR "/tests/vectors/mechanisms/rsa.json");
    return HexOf(file.GroupsOf("pkcs1").at(0)->Hex("private_key"));
  }());
  return kHex;
}

void SessionContractKeyBlocks::ExpectRoundTrip(const std::string& header) {
  const char algorithm = header[7];
  const KeyType type = algorithm == 'A'   ? KeyType::kAes
                       : algorithm == 'T' ? KeyType::kDes3
                       : algorithm == 'H' ? KeyType::kHmac
                       : algorithm == 'R' ? KeyType::kRsaPrivate
                                          : KeyType::kEcPrivate;
  const std::string hex = algorithm == 'A'   ? kAes128
                          : algorithm == 'T' ? kTdes2
                          : algorithm == 'H' ? kHmacSecret
                          : algorithm == 'R' ? PublishedRsaKey()
                                             : kScalar;
  const std::size_t length = algorithm == 'R' ? 256 : hex.size() / 2;
  const KeyHandle key = ImportHex(Exportable(type, length, {}, header), hex);
  const std::string_view blocks = algorithm == 'H' ? "HM0621" : "";
  for (const char version : {'B', 'D', 'E'}) {
    const std::string place = header + version;
    const bool tdes = version == 'B';
    KeyTemplate kbpk = tdes ? Kbpk(24, true) : Kbpk(32);
    kbpk.rules.key_block_export.weaker_kbpk = tdes;
    kbpk.rules.key_block_import.weaker_kbpk = tdes;
    const KeyHandle carrier = ImportHex(kbpk, tdes ? kTdes3 : kAes256);
    const auto text = Wrap({version, blocks, blocks.empty() ? 0U : 1U}, carrier, key);
    ASSERT_TRUE(text.ok()) << place << ": " << text.error().message();
    const auto block = KeyBlock::Parse(*text);
    ASSERT_TRUE(block.ok());
    EXPECT_EQ(block->header(), *KeyBlockHeader::Parse(header)->WithVersion(version)) << place;
    const auto back = Unwrap(carrier, *text, [](KeyTemplate& t) { t.rules.extractable = true; });
    ASSERT_TRUE(back.ok()) << place << ": " << back.error().message();
    const auto first = Open(*text, tdes ? kTdes3 : kAes256);
    ASSERT_TRUE(first.ok()) << place;
    if (type != KeyType::kEcPrivate) {
      EXPECT_EQ(*first, Hex(hex)) << place;
    }
    ExpectMaterial(*back, *first, place, blocks, blocks.empty() ? 0 : 1);
    EXPECT_TRUE(session().Destroy(*back).ok());
    EXPECT_TRUE(session().Destroy(carrier).ok());
  }
  EXPECT_TRUE(session().Destroy(key).ok());
}

TEST_P(SessionContractKeyBlocks, EveryCombinationComesBack) {
  CONTRACT_NEEDS(kKeyBlockWrap, kWrap);
  int combinations = 0;
  for (const auto& row : card::KeyBlockCombinations()) {
    for (const char algorithm : row.algorithms) {
      for (const char mode : row.modes_of_use) {
        const char exportability = combinations % 2 == 0 ? 'E' : 'S';
        ExpectRoundTrip("D0000" + std::string(row.usage) + algorithm + mode + "00" + exportability +
                        "0000");
        ++combinations;
        if (HasFatalFailure()) return;
      }
    }
  }
  EXPECT_GE(combinations, 270);
}

TEST_P(SessionContractKeyBlocks, AnyChangeIsRefused) {
  CONTRACT_NEEDS(kKeyBlockWrap, kUnwrap);
  const KeyHandle kbpk = Aes();
  const auto text = Wrap({'D', "LB08test", 1}, kbpk, DataKey());
  ASSERT_TRUE(text.ok()) << text.error().message();
  KeyTemplate any = Template(KeyType::kAes, 0, {});
  const auto take = [&](std::string_view block) {
    return session().Unwrap(KeyBlockWrap{}, kbpk, AsBytes(block), any).code();
  };
  ASSERT_EQ(take(*text), ErrorCode::kOk);
  for (std::size_t at = 0; at < text->size(); ++at) {
    for (const char other : {'0', '1', 'A', 'N', 'E'}) {
      std::string changed = *text;
      if (changed[at] == other) continue;
      changed[at] = other;
      EXPECT_NE(take(changed), ErrorCode::kOk) << at << other;
    }
  }
  EXPECT_NE(take(text->substr(0, text->size() - 1)), ErrorCode::kOk);
  EXPECT_NE(take(*text + "0"), ErrorCode::kOk);
  EXPECT_NE(take(""), ErrorCode::kOk);
  // Usage, mode, algorithm and exportability are bound: a changed header is a wrong MAC.
  for (const auto& [at, to] :
       {std::pair<std::size_t, std::string>{5, "K1"}, {5, "M6"}, {8, "N"}, {9, "01"}, {11, "S"}}) {
    std::string changed = *text;
    changed.replace(at, to.size(), to);
    EXPECT_EQ(take(changed), ErrorCode::kVerificationFailed) << at << to;
  }
  EXPECT_EQ(
      session()
          .Unwrap(KeyBlockWrap{}, Aes("000102030405060708090A0B0C0D0E0F"), AsBytes(*text), any)
          .code(),
      ErrorCode::kVerificationFailed);
}

TEST_P(SessionContractKeyBlocks, ATemplateMayOnlyNarrow) {
  CONTRACT_NEEDS(kKeyBlockWrap, kUnwrap);
  const KeyHandle kbpk = Aes();
  const auto text = Wrap({'D'}, kbpk, DataKey());
  ASSERT_TRUE(text.ok()) << text.error().message();
  const auto with = [&](auto change) { return Unwrap(kbpk, *text, change).code(); };
  EXPECT_EQ(with([](KeyTemplate&) {}), ErrorCode::kOk);
  EXPECT_EQ(with([](KeyTemplate& t) { t.rules.verbs = {Verb::kDecrypt}; }), ErrorCode::kOk);
  EXPECT_EQ(with([](KeyTemplate& t) { t.rules.header.reset(); }), ErrorCode::kOk);
  EXPECT_EQ(with([](KeyTemplate& t) { t.rules.length = 16; }), ErrorCode::kOk);
  EXPECT_TRUE(IsRefusal(with([](KeyTemplate& t) { t.rules.sensitive = false; })));
  EXPECT_TRUE(IsRefusal(with([](KeyTemplate& t) { t.rules.verbs = {Verb::kSign}; })));
  EXPECT_TRUE(IsRefusal(with([](KeyTemplate& t) { t.rules.verbs = kCarries; })));
  EXPECT_TRUE(IsRefusal(with([](KeyTemplate& t) { t.rules.type = KeyType::kHmac; })));
  for (const char* header : {"D0000K1AB00E0000", "D0000D0AN00E0000", "D0000D0AB00S0000",
                             "D0000D0AB01E0000", "E0000D0AB00E0000"}) {
    EXPECT_TRUE(IsRefusal(with([&](KeyTemplate& t) {
      t.rules.header = *KeyBlockHeader::Parse(header);
    }))) << header;
  }
  // A narrowed key does no more than it says.
  const auto reader = Unwrap(kbpk, *text, [](KeyTemplate& t) { t.rules.verbs = {Verb::kDecrypt}; });
  ASSERT_TRUE(reader.ok());
  Bytes out(16);
  EXPECT_EQ(session().Encrypt(AesEcb{}, *reader, Bytes(16), out).code(),
            ErrorCode::kPermissionDenied);
  // What the block says is not exportable stays, and nothing makes it leave.
  const auto keys = KeyBlockKeys::Create('D', Hex(kAes256));
  std::string stays(card::kMaxKeyBlockSize, '\0');
  const auto size = card::WrapKeyBlock(*keys, *KeyBlockHeader::Parse("D0000D0AB00N0000"), {},
                                       Hex(kAes128), {}, SystemRandom(), std::span<char>(stays));
  ASSERT_TRUE(size.ok());
  stays.resize(*size);
  EXPECT_TRUE(
      IsRefusal(Unwrap(kbpk, stays, [](KeyTemplate& t) { t.rules.extractable = true; }).code()));
  const auto kept = Unwrap(kbpk, stays);
  ASSERT_TRUE(kept.ok()) << kept.error().message();
  EXPECT_EQ(Wrap({'D'}, kbpk, *kept).code(), ErrorCode::kPermissionDenied);
}

TEST_P(SessionContractKeyBlocks, WhatMustNotLeaveStays) {
  CONTRACT_NEEDS(kKeyBlockWrap, kWrap);
  const KeyHandle kbpk = Aes();
  const auto refused = [&](KeyHandle key) {
    return Wrap({'D'}, kbpk, key).code() == ErrorCode::kPermissionDenied;
  };
  KeyTemplate plain = Template(KeyType::kAes, 16, {Verb::kEncrypt});
  plain.rules.extractable = true;
  EXPECT_TRUE(refused(ImportHex(plain, kAes128))) << "a key without a header";
  KeyTemplate kept = Exportable(KeyType::kAes, 16, {Verb::kEncrypt}, "D0000D0AB00E0000");
  kept.rules.extractable = false;
  EXPECT_TRUE(refused(ImportHex(kept, kAes128))) << "not extractable";
  // The block would lose that the key is for 3-D Secure: taken in again, it would make CVV2s.
  KeyTemplate cavv = Exportable(KeyType::kDes3, 16, {Verb::kSign}, "B0000C0TC00E0000");
  cavv.rules.allowed_mechanisms = {MechanismType::kThreeDsAuthentication};
  EXPECT_TRUE(refused(ImportHex(cavv, kTdes2)));
  KeyTemplate issuer =
      Exportable(KeyType::kDes3, 16, {Verb::kSign, Verb::kVerify}, "B0000E0TV00E0000");
  issuer.rules.emv.emplace();
  issuer.rules.emv->cvns.set(10);
  issuer.rules.emv->dkis.set(1);
  EXPECT_TRUE(refused(ImportHex(issuer, kTdes2)));
  // A combination that the norm does not join.
  EXPECT_TRUE(refused(ImportHex(Exportable(KeyType::kAes, 16, {}, "D0000M3AC00E0000"), kAes128)));
}

TEST_P(SessionContractKeyBlocks, KbpksDoNothingElse) {
  CONTRACT_NEEDS(kKeyBlockWrap, kWrap);
  const KeyHandle kbpk = Aes();
  const KeyHandle data = DataKey();
  const auto text = Wrap({'D'}, kbpk, data);
  ASSERT_TRUE(text.ok());
  Bytes out(64);
  // Clulow 2003: wrap, then decrypt.
  EXPECT_EQ(session().Decrypt(AesEcb{}, kbpk, Bytes(16), out).code(), ErrorCode::kPermissionDenied);
  EXPECT_EQ(session().Sign(AesCmac{}, kbpk, Bytes(16), out).code(), ErrorCode::kPermissionDenied);
  for (const Verb verb : {Verb::kEncrypt, Verb::kDecrypt, Verb::kSign, Verb::kDerive}) {
    const auto made = session().Generate(Kbpk(32, false, {Verb::kWrap, verb}));
    EXPECT_TRUE(IsRefusal(made.code())) << static_cast<int>(verb);
  }
  // Neither form serves the keys of the other.
  EXPECT_EQ(session().Wrap(AesKeyWrap{}, kbpk, data, out).code(), ErrorCode::kPermissionDenied);
  const KeyHandle kek = ImportHex(Keyed(KeyType::kAes, 32, kCarries, "K0AB"), kAes256);
  EXPECT_EQ(Wrap({'D'}, kek, data).code(), ErrorCode::kPermissionDenied);
  EXPECT_EQ(Unwrap(kek, *text).code(), ErrorCode::kPermissionDenied);
  // RFC 3394 takes no key with a header, be it one that carries keys or not.
  const KeyHandle carrier =
      ImportHex(Exportable(KeyType::kAes, 16, kCarries, "D0000K1AB00E0000"), kAes128);
  EXPECT_EQ(session().Wrap(AesKeyWrap{}, kek, carrier, out).code(), ErrorCode::kPermissionDenied);
  EXPECT_EQ(session().Wrap(AesKeyWrap{}, kek, data, out).code(), ErrorCode::kPermissionDenied);
  // Modes of use.
  const KeyHandle exports = ImportHex(Kbpk(32, false, {Verb::kWrap}, 'E'), kAes256);
  const KeyHandle imports = ImportHex(Kbpk(32, false, {Verb::kUnwrap}, 'D'), kAes256);
  EXPECT_TRUE(Wrap({'D'}, exports, data).ok());
  EXPECT_EQ(Unwrap(exports, *text).code(), ErrorCode::kPermissionDenied);
  EXPECT_TRUE(Unwrap(imports, *text).ok());
  EXPECT_EQ(Wrap({'D'}, imports, data).code(), ErrorCode::kPermissionDenied);
}

TEST_P(SessionContractKeyBlocks, ACarriedKbpkCarriesOn) {
  CONTRACT_NEEDS(kKeyBlockWrap, kWrap);
  const KeyHandle zone = Aes();
  const KeyHandle inner =
      ImportHex(Exportable(KeyType::kAes, 16, kCarries, "D0000K1AB00E0000"), kAes128);
  const auto carried = Wrap({'D'}, zone, inner);
  ASSERT_TRUE(carried.ok()) << carried.error().message();
  const auto again = Unwrap(zone, *carried);
  ASSERT_TRUE(again.ok()) << again.error().message();
  const auto text = Wrap({'E'}, *again, DataKey());
  ASSERT_TRUE(text.ok()) << text.error().message();
  EXPECT_EQ(Open(*text, kAes128).value(), Hex(kAes128));
  // It came in without a policy, whatever the template wishes.
  const auto wishes =
      Unwrap(zone, *carried, [](KeyTemplate& t) { t.rules.key_block_export.weaker_kbpk = true; });
  EXPECT_TRUE(IsRefusal(wishes.code()));
  // No second unwrapping of it decrypts.
  EXPECT_TRUE(IsRefusal(
      Unwrap(zone, *carried, [](KeyTemplate& t) { t.rules.verbs = {Verb::kDecrypt}; }).code()));
}

TEST_P(SessionContractKeyBlocks, StrengthAndVersionAreTheKbpks) {
  CONTRACT_NEEDS(kKeyBlockWrap, kWrap);
  const KeyHandle strong =
      ImportHex(Exportable(KeyType::kAes, 32, {Verb::kEncrypt}, "D0000D0AB00E0000"), kAes256);
  const KeyHandle weak = Aes(kAes128);
  EXPECT_EQ(Wrap({'D'}, weak, strong).code(), ErrorCode::kPermissionDenied);
  KeyTemplate lenient = Kbpk(16);
  lenient.rules.key_block_export.weaker_kbpk = true;
  const auto text = Wrap({'D'}, ImportHex(lenient, kAes128), strong);
  ASSERT_TRUE(text.ok()) << text.error().message();
  EXPECT_EQ(Unwrap(weak, *text).code(), ErrorCode::kPermissionDenied);
  EXPECT_EQ(Unwrap(ImportHex(lenient, kAes128), *text).code(), ErrorCode::kPermissionDenied);
  lenient.rules.key_block_import.weaker_kbpk = true;
  EXPECT_TRUE(Unwrap(ImportHex(lenient, kAes128), *text).ok());

  const KeyHandle tdes = ImportHex(Kbpk(24, true), kTdes3);
  const KeyHandle mac =
      ImportHex(Exportable(KeyType::kDes3, 16, {Verb::kSign}, "B0000M3TG00E0000"), kTdes2);
  EXPECT_TRUE(Wrap({'B'}, tdes, mac).ok());
  for (const char version : {'D', 'E', 'F', '\0'}) EXPECT_FALSE(Wrap({version}, tdes, mac).ok());
  for (const char version : {'A', 'C'}) {
    EXPECT_EQ(Wrap({version}, tdes, mac).code(), ErrorCode::kPermissionDenied);
  }
  EXPECT_FALSE(Wrap({'B'}, weak, mac).ok());
  EXPECT_TRUE(Wrap({'E'}, ImportHex(Kbpk(32, false, kCarries, 'B', "K4"), kAes256), mac).ok());
  // A policy is for KBPKs.
  KeyTemplate data = Keyed(KeyType::kAes, 16, {Verb::kEncrypt}, "D0AB");
  data.rules.key_block_import.legacy_versions = true;
  EXPECT_TRUE(IsRefusal(session().Generate(data).code()));
}

TEST_P(SessionContractKeyBlocks, OptionalBlocksAreJudged) {
  CONTRACT_NEEDS(kKeyBlockWrap, kWrap);
  const KeyHandle kbpk = Aes();
  const KeyHandle bdk =
      ImportHex(Exportable(KeyType::kDes3, 16, kBoth, "B0000B0TX00E0000"), kTdes2);
  const KeyBlockWrap good{'D', "KS1800604B120F9292800000", 1};
  const auto text = Wrap(good, kbpk, bdk);
  ASSERT_TRUE(text.ok()) << text.error().message();
  const auto block = KeyBlock::Parse(*text);
  ASSERT_TRUE(block.ok());
  EXPECT_EQ(block->optional_blocks().Find("KS"), "00604B120F9292800000");
  EXPECT_TRUE(Unwrap(kbpk, *text).ok());
  for (const KeyBlockWrap& bad :
       {KeyBlockWrap{'D', "KS1800604B120F9292800000", 0}, KeyBlockWrap{'D', "", 1},
        KeyBlockWrap{'D', "KS1800604B120F9292800000", 2}, KeyBlockWrap{'D', "KS08ZZZZ", 1},
        KeyBlockWrap{'D', "HM0621", 1}, KeyBlockWrap{'D', "PB080000", 1},
        KeyBlockWrap{'D', "LB08testLB08test", 2}}) {
    EXPECT_FALSE(Wrap(bad, kbpk, bdk).ok()) << bad.optional_blocks;
  }
  const std::string long_text(kMaxOptionalBlockText + 1, 'x');
  EXPECT_FALSE(Wrap({'D', long_text, 1}, kbpk, bdk).ok());
  // In unwrapping they are the block's.
  EXPECT_EQ(session().Unwrap(good, kbpk, AsBytes(*text), *KeyTemplateOf(*block)).code(),
            ErrorCode::kInvalidArgument);
  Bytes small(text->size() - 1);
  EXPECT_EQ(session().Wrap(good, kbpk, bdk, small).code(), ErrorCode::kBufferTooSmall);
}

// One way each: what the exporter makes the importer takes, and neither does the other's work.
TEST_P(SessionContractKeyBlocks, TheReadyTemplateServes) {
  CONTRACT_NEEDS(kKeyBlockWrap, kWrap);
  const auto both = KeyBlockProtectionKey("kbpk both", KeyBlockWay::kBoth);
  ASSERT_TRUE(both.ok());
  EXPECT_TRUE(both->persistent && both->rules.sensitive && !both->rules.extractable);
  const auto kbpk = session().Generate(*both);
  ASSERT_TRUE(kbpk.ok()) << kbpk.error().message();
  const auto text = Wrap({'E'}, *kbpk, DataKey());
  ASSERT_TRUE(text.ok()) << text.error().message();
  EXPECT_TRUE(Unwrap(*kbpk, *text).ok());
  EXPECT_TRUE(session().Destroy(*kbpk).ok());

  KeyTemplate exports = *KeyBlockProtectionKey("kbpk out", KeyBlockWay::kExport);
  KeyTemplate imports = *KeyBlockProtectionKey("kbpk in", KeyBlockWay::kImport);
  EXPECT_EQ(exports.rules.verbs, VerbSet{Verb::kWrap});
  EXPECT_EQ(imports.rules.verbs, VerbSet{Verb::kUnwrap});
  exports.persistent = imports.persistent = false;
  const KeyHandle out = ImportHex(exports, kAes256);
  const KeyHandle in = ImportHex(imports, kAes256);
  const auto sent = Wrap({'D'}, out, DataKey());
  ASSERT_TRUE(sent.ok()) << sent.error().message();
  EXPECT_TRUE(Unwrap(in, *sent).ok());
  EXPECT_EQ(Unwrap(out, *sent).code(), ErrorCode::kPermissionDenied);
}

INSTANTIATE_TEST_SUITE_P(Sessions, SessionContractKeyBlocks, testing::ValuesIn(ContractCases()),
                         ContractCaseName);

}  // namespace
}  // namespace florin::hsm
