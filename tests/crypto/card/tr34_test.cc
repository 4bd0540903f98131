// TR-34 key tokens between a KDH and a KRD: what arrives, and what must not.
#include "tests/crypto/card/tr34_testing.h"

namespace florin::card {
namespace {

using namespace tr34_testing;

TEST_F(Tr34, TwoPassesBringAKeyOnce) {
  Tr34Krd krd = BoundKrd();
  for (const auto cipher : {Tr34Cipher::kAes256Cbc, Tr34Cipher::kAes192Cbc, Tr34Cipher::kAes128Cbc,
                            Tr34Cipher::kTdesCbc}) {
    key_ = random_.Take(cipher == Tr34Cipher::kTdesCbc     ? 16
                        : cipher == Tr34Cipher::kAes128Cbc ? 16
                        : cipher == Tr34Cipher::kAes192Cbc ? 24
                                                           : 32);
    if (cipher == Tr34Cipher::kTdesCbc) {
      header_ = KeyBlockHeader::Parse("B0000K0TB00E0000").value();
    }
    const Bytes token = Token(ByteView(RandomOf(krd)), cipher).value();
    const auto key = krd.OpenKeyToken(token);
    ASSERT_TRUE(key.ok()) << key.error().message();
    EXPECT_EQ(BytesOf(key->key), key_);
    EXPECT_EQ(key->header, header_);
    EXPECT_EQ(krd.OpenKeyToken(token).code(), ErrorCode::kReplayed);
  }
  EXPECT_EQ(
      krd.OpenKeyToken(Token(ByteView(random_.Take(16)), Tr34Cipher::kTdesCbc).value()).code(),
      ErrorCode::kReplayed);
}

TEST_F(Tr34, OnePassTimesRiseStrictly) {
  Tr34Krd krd = BoundKrd();
  const auto open = [&](std::int64_t offset) {
    return krd.OpenKeyToken(Token(UnixSeconds{kNow.value + offset}).value()).code();
  };
  EXPECT_EQ(open(0), ErrorCode::kOk);
  EXPECT_EQ(open(0), ErrorCode::kReplayed);
  EXPECT_EQ(open(-1), ErrorCode::kReplayed);
  EXPECT_EQ(open(1), ErrorCode::kOk);
  EXPECT_EQ(open(300), ErrorCode::kOk);
  EXPECT_EQ(open(301), ErrorCode::kExpired);
  EXPECT_EQ(open(299), ErrorCode::kReplayed);
}

TEST_F(Tr34, AFlippedBitOpensNothingAndUsesNothingUp) {
  Tr34Krd krd = BoundKrd();
  const Bytes token = Token(ByteView(RandomOf(krd))).value();
  const std::size_t crl_begin = static_cast<std::size_t>(
      std::search(token.begin(), token.end(), TheWorld().crl.begin(), TheWorld().crl.end()) -
      token.begin());
  for (std::size_t i = 0; i < token.size(); ++i) {
    // The list is the revocation check's, which this device does not make.
    if (i >= crl_begin && i < crl_begin + TheWorld().crl.size()) continue;
    Bytes changed = token;
    changed[i] = static_cast<std::uint8_t>(changed[i] ^ (1U << random_.Below(8)));
    EXPECT_FALSE(krd.OpenKeyToken(changed).ok()) << "byte " << i;
  }
  EXPECT_TRUE(krd.OpenKeyToken(token).ok());
}

TEST_F(Tr34, OnlyTheBoundKdhAndOnlyForThisDevice) {
  Tr34Krd unbound = MakeKrd();
  EXPECT_EQ(unbound.OpenKeyToken(Token(kNow).value()).code(), ErrorCode::kPermissionDenied);
  Tr34Krd krd = BoundKrd();
  const auto code = [&](const char* kdh, const char* to) {
    return krd.OpenKeyToken(Token(kNow, Tr34Cipher::kAes256Cbc, kdh, to).value()).code();
  };
  EXPECT_EQ(code("kdh_3", "krd"), ErrorCode::kVerificationFailed);
  EXPECT_EQ(code("rogue_krd", "krd"), ErrorCode::kVerificationFailed);
  EXPECT_EQ(code("kdh_2", "other_krd"), ErrorCode::kVerificationFailed);
  EXPECT_EQ(krd.Bind(Credential("kdh_3")).code(), ErrorCode::kPermissionDenied);
  clock_.now = UnixSeconds{kNow.value + 86400LL * 365 * 11};
  EXPECT_EQ(krd.OpenKeyToken(Token(clock_.now).value()).code(), ErrorCode::kExpired);
}

TEST_F(Tr34, TheSignedHeaderIsTheInnerOne) {
  Tr34Krd krd = BoundKrd();
  const Bytes kdh = IssuerAndSerialOf(PartyOf("kdh_2").certificate()).value();
  const Bytes other = IssuerAndSerialOf(PartyOf("kdh_3").certificate()).value();
  const Tr34Binding recipient = BindingOf(Tr34Role::kKrd, "krd");
  const auto make = [&](ByteView id, std::string_view inner, std::string_view outer) {
    const auto content = WriteTr34KeyContent({id, key_, AsBytes(inner)}).value();
    const Bytes envelope = SealTr34Envelope(content.Read(SecretAccess{}), recipient.id(),
                                            recipient.key(), Tr34Cipher::kAes256Cbc, random_)
                               .value();
    return SignAsKdh(
        envelope, {Tr34TimeAttribute(kNow).value(), Tr34HeaderAttribute(AsBytes(outer)).value()});
  };
  const auto code = [&](const Bytes& token) { return krd.OpenKeyToken(token).code(); };
  constexpr std::string_view kHeader = "D0016K0AB00E0000";
  EXPECT_EQ(code(make(kdh, kHeader, "D0016K0AB00N0000")), ErrorCode::kVerificationFailed);
  EXPECT_EQ(code(make(other, kHeader, kHeader)), ErrorCode::kVerificationFailed);
  EXPECT_EQ(code(make(kdh, "D0016K0AB00E0100", "D0016K0AB00E0100")), ErrorCode::kMalformed);
  EXPECT_EQ(code(make(kdh, "D0020K0AB00E0000LB04", "D0020K0AB00E0000LB04")),
            ErrorCode::kVerificationFailed);
  EXPECT_EQ(code(make(kdh, "D0016K0AG00E0000", "D0016K0AG00E0000")), ErrorCode::kPermissionDenied);
  EXPECT_EQ(code(make(kdh, kHeader, kHeader)), ErrorCode::kOk);
}

TEST_F(Tr34, AttributesAreNeeded) {
  Tr34Krd krd = BoundKrd();
  const Bytes token = Token(kNow).value();
  const Tr34Token parsed = Tr34Token::Parse(token).value();
  const auto code = [&](const Bytes& changed) { return krd.OpenKeyToken(changed).code(); };
  EXPECT_EQ(code(SignAsKdh(parsed.content, {}, false)), ErrorCode::kVerificationFailed);
  const Bytes header = Tr34HeaderAttribute(parsed.header).value();
  const Bytes time = Tr34TimeAttribute(kNow).value();
  const Bytes random = Tr34RandomAttribute(RandomOf(krd)).value();
  EXPECT_EQ(code(SignAsKdh(parsed.content, {header})), ErrorCode::kVerificationFailed);
  EXPECT_EQ(code(SignAsKdh(parsed.content, {time})), ErrorCode::kVerificationFailed);
  EXPECT_EQ(code(SignAsKdh(parsed.content, {header, time, random})),
            ErrorCode::kVerificationFailed);
  EXPECT_EQ(code(SignAsKdh(parsed.content, {header, time, time})), ErrorCode::kMalformed);
  EXPECT_EQ(code(SignAsKdh(parsed.content, {header, header, time})), ErrorCode::kMalformed);
  EXPECT_EQ(code(SignAsKdh(parsed.content, {header, time})), ErrorCode::kOk);
}

TEST_F(Tr34, TheEnvelopeIsAsStrongAsTheKey) {
  const auto code = [&](Tr34Cipher cipher, KeyBlockExportPolicy policy) {
    return Token(kNow, cipher, "kdh_2", "krd", policy).code();
  };
  EXPECT_EQ(code(Tr34Cipher::kAes256Cbc, {}), ErrorCode::kPermissionDenied);  // RSA-2048
  EXPECT_EQ(code(Tr34Cipher::kAes256Cbc, {.weaker_kbpk = true}), ErrorCode::kPermissionDenied);
  EXPECT_EQ(code(Tr34Cipher::kTdesCbc, {.weaker_rsa = true}), ErrorCode::kPermissionDenied);
  const Bytes strong = Token(kNow).value();
  const Bytes weak = Token(kNow, Tr34Cipher::kTdesCbc, "kdh_2", "krd", {true, true}).value();
  const auto open = [&](const Bytes& token, KeyBlockImportPolicy policy) {
    state_ = MakeMemoryTr34State(16);
    Tr34Krd krd = MakeKrd("krd", nullptr, policy);
    EXPECT_TRUE(krd.Bind(Credential("kdh_2")).ok());
    return krd.OpenKeyToken(token).code();
  };
  EXPECT_EQ(open(strong, {}), ErrorCode::kPermissionDenied);
  EXPECT_EQ(open(strong, {.weaker_kbpk = true}), ErrorCode::kPermissionDenied);
  EXPECT_EQ(open(strong, {.weaker_rsa = true}), ErrorCode::kOk);
  EXPECT_EQ(open(weak, {.weaker_rsa = true}), ErrorCode::kPermissionDenied);
  EXPECT_EQ(open(weak, {.weaker_kbpk = true, .weaker_rsa = true}), ErrorCode::kOk);

  // 112 bits of RSA and of TDES carry 112 bits of TDES.
  header_ = KeyBlockHeader::Parse("B0000K0TB00E0000").value();
  key_ = random_.Take(24);
  const Bytes tdes = Token(kNow, Tr34Cipher::kTdesCbc, "kdh_2", "krd", {}).value();
  EXPECT_EQ(open(tdes, {}), ErrorCode::kOk);
}

TEST_F(Tr34, AKeyTokenIsAnExportLikeAKeyBlock) {
  const auto code = [&](const char* header, std::size_t size, std::vector<OptionalBlock> blocks) {
    header_ = KeyBlockHeader::Parse(header).value();
    blocks_ = std::move(blocks);
    key_ = random_.Take(size);
    return Token(kNow).code();
  };
  EXPECT_EQ(code("B0000K0TB00E0000", 8, {}), ErrorCode::kPermissionDenied);
  EXPECT_EQ(code("D0000M7HG00E0000", 32, {}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code("D0000M7HG00E0000", 32, {{"HM", "21"}}), ErrorCode::kOk);
  EXPECT_EQ(code("B0000B1TX00E0000", 16, {{"KS", "garbage!\x7f"}}), ErrorCode::kMalformed);
  EXPECT_EQ(code("B0000B1TX00E0000", 16, {{"KS", "FFFF9876543210E00000"}}), ErrorCode::kOk);
  EXPECT_EQ(code("D0000B1AX00E0000", 16, {{"KS", "FFFF9876543210E00000"}}),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(code("D0000K0AG00E0000", 16, {}), ErrorCode::kPermissionDenied);
  header_ = KeyBlockHeader::Parse("B0000K0TB00E0000").value();
  blocks_.clear();
  key_ = Bytes(16, 0x46);  // equal halves
  EXPECT_EQ(Token(kNow).code(), ErrorCode::kPermissionDenied);
}

TEST_F(Tr34, TheKdhJudgesTheKrd) {
  Tr34CrlRevocation revocation(Authorities());
  const Certificate certificate = PartyOf("kdh_2").certificate();
  const RsaPrivateKey key = PartyOf("kdh_2").key();
  const Tr34Signer kdh{certificate, key, TheWorld().crl};
  const Tr34Binding good = BindingOf(Tr34Role::kKrd, "krd");
  const Tr34Binding revoked = BindingOf(Tr34Role::kKrd, "other_krd");
  const Tr34Binding next = BindingOf(Tr34Role::kKdh, "kdh_3");
  const Bytes random = random_.Take(16);
  const auto codes = [&](const Tr34Binding& krd, ByteView crl, UnixSeconds now) {
    const Tr34Recipient recipient{krd, crl, revocation, now};
    return std::pair{MakeTr34KeyToken(kdh, recipient, {header_, blocks_, key_}, kNow,
                                      Tr34Cipher::kAes256Cbc, {.weaker_rsa = true}, random_)
                         .code(),
                     MakeTr34KdhRebindToken(kdh, recipient, next, random).code()};
  };
  const auto both = [](ErrorCode code) { return std::pair{code, code}; };
  EXPECT_EQ(codes(good, TheWorld().krd_crl, kNow), both(ErrorCode::kOk));
  EXPECT_EQ(codes(revoked, TheWorld().krd_crl, kNow), both(ErrorCode::kVerificationFailed));
  EXPECT_EQ(codes(good, {}, kNow), both(ErrorCode::kVerificationFailed));
  EXPECT_EQ(codes(good, TheWorld().krd_crl, UnixSeconds{good.certificate().not_after().value + 1}),
            both(ErrorCode::kExpired));
}

TEST_F(Tr34, OnePassNeedsItsPolicyAndAFreshTime) {
  Tr34Krd strict = MakeKrd("krd", nullptr, {.weaker_rsa = true}, false);
  ASSERT_TRUE(strict.Bind(Credential("kdh_2")).ok());
  EXPECT_EQ(strict.OpenKeyToken(Token(kNow).value()).code(), ErrorCode::kPermissionDenied);
  EXPECT_TRUE(strict.OpenKeyToken(Token(ByteView(RandomOf(strict))).value()).ok());
  Tr34Krd krd = BoundKrd();
  EXPECT_EQ(krd.OpenKeyToken(Token(UnixSeconds{kNow.value - 86401}).value()).code(),
            ErrorCode::kExpired);
  EXPECT_TRUE(krd.OpenKeyToken(Token(UnixSeconds{kNow.value - 86400}).value()).ok());
}

// Wrong RSA, wrong padding, wrong content: one answer, or the device is a padding oracle.
TEST_F(Tr34, AnEnvelopeThatDoesNotOpenSaysNotWhy) {
  Tr34Krd krd = BoundKrd();
  const Tr34Binding device = BindingOf(Tr34Role::kKrd, "krd");
  const Bytes header = Tr34HeaderAttribute(AsBytes("D0016K0AB00E0000")).value();
  const auto seal = [&](ByteView content) {
    return SealTr34Envelope(content, device.id(), device.key(), Tr34Cipher::kAes256Cbc, random_)
        .value();
  };
  const auto answer = [&](const Bytes& envelope) {
    const auto key =
        krd.OpenKeyToken(SignAsKdh(envelope, {Tr34TimeAttribute(kNow).value(), header}));
    EXPECT_FALSE(key.ok());
    return key.ok() ? Error(ErrorCode::kOk, "") : key.error();
  };
  const auto changed = [](Bytes envelope, ByteView Tr34Envelope::*field, std::size_t from_end) {
    const Tr34Envelope parsed = Tr34Envelope::Parse(envelope).value();
    const ByteView view = parsed.*field;
    const auto at = static_cast<std::size_t>(view.data() - envelope.data()) + view.size();
    envelope[at - from_end] ^= 0x80;
    return envelope;
  };
  const Bytes envelope = seal(random_.Take(40));  // eight bytes of padding in the last block
  const Error content = answer(envelope);
  const Error padding = answer(changed(envelope, &Tr34Envelope::ciphertext, 17));
  const Error rsa = answer(changed(envelope, &Tr34Envelope::encrypted_key, 1));
  const Error empty = answer(seal({}));
  for (const Error& other : {padding, rsa, empty}) {
    EXPECT_EQ(other.code(), content.code());
    EXPECT_STREQ(other.message(), content.message());
    EXPECT_EQ(other.detail(), content.detail());
  }
}

TEST_F(Tr34, SignedOptionalBlocksArrive) {
  Tr34Krd krd = BoundKrd();
  const auto key = krd.OpenKeyToken(Token(kNow).value());
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(key->header_text.substr(0, 5), "D0032");
  EXPECT_EQ(key->optional_blocks().Find("LB"), "terminal key");
  const Bytes kdh = IssuerAndSerialOf(PartyOf("kdh_2").certificate()).value();
  const Tr34Binding device = BindingOf(Tr34Role::kKrd, "krd");
  std::int64_t time = kNow.value;
  const auto code = [&](std::string_view header) {
    const auto content = WriteTr34KeyContent({kdh, key_, AsBytes(header)}).value();
    const Bytes envelope = SealTr34Envelope(content.Read(SecretAccess{}), device.id(), device.key(),
                                            Tr34Cipher::kAes256Cbc, random_)
                               .value();
    return krd
        .OpenKeyToken(SignAsKdh(envelope, {Tr34TimeAttribute(UnixSeconds{++time}).value(),
                                           Tr34HeaderAttribute(AsBytes(header)).value()}))
        .code();
  };
  EXPECT_EQ(code("D0028K0AB00E0100KC0C00AABBGG"), ErrorCode::kMalformed);
  EXPECT_EQ(code("D0026K0AB00E0100WP07009"), ErrorCode::kMalformed);
  EXPECT_EQ(code("D0023K0AB00E0100WP07002"), ErrorCode::kOk);
  EXPECT_EQ(code("D0256K0AB00E0100WP07002"), ErrorCode::kOk);  // as in the norm's samples
  EXPECT_EQ(code("D0016K0AB00E0100WP07002"), ErrorCode::kVerificationFailed);
}

}  // namespace
}  // namespace florin::card
