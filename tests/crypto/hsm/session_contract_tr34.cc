// The contract of TR-34: a key goes from the KDH's session to the KRD's under its header, and to
// nobody whom the rules of either key do not name.
#include "florin/base/clock.h"
#include "tests/crypto/hsm/session_contract_key_blocks.h"
#include "tests/crypto/hsm/tr34_authority.h"

namespace florin::hsm {
namespace {

using card::Tr34Cipher;
using card::Tr34Role;
using mechanisms::Tr34KeyToken;
using mechanisms::Tr34Unbind;

constexpr const char* kSigns = "critical,digitalSignature";
constexpr const char* kDeciphers = "critical,keyEncipherment";

// The two authorities, once per process: RSA keys take their time.
struct World {
  Tr34Authority kdhs{"Authority of KDHs"};
  Tr34Authority krds{"Authority of KRDs"};
  Tr34Authority others{"Other authority"};
};
World& TheWorld() {
  static World& world = *new World();
  return world;
}

class SessionContractTr34 : public SessionContractKeyExchange {
 protected:
  struct Party {
    KeyHandle key;
    Bytes spki;
    Bytes certificate;
  };

  // RSA with 2048 bits has a strength of 112, so the tests' keys need the lenient policy.
  static KeyPairTemplate Pair(card::Tr34Role role, const mechanisms::Tr34Peers& peers,
                              bool lenient = true) {
    KeyPairTemplate pair = Tr34KeyPair("tr34", role, peers, 256).value();
    for (KeyTemplate* key : {&pair.private_key, &pair.public_key}) {
      key->persistent = false;
      key->name.reset();
    }
    if (lenient) {
      pair.private_key.rules.key_block_import.weaker_rsa = role == Tr34Role::kKrd;
      pair.private_key.rules.key_block_export.weaker_rsa = role == Tr34Role::kKdh;
    }
    return pair;
  }

  Party Make(const KeyPairTemplate& pair, Tr34Authority& authority, const char* usage) {
    const auto made = session().GeneratePair(pair);
    EXPECT_TRUE(made.ok()) << made.error().message();
    if (!made.ok()) return {};
    Party party{made->private_key, Bytes(kMaxPublicKeyInfo), {}};
    const auto size = session().PublicKeyInfo(made->private_key, party.spki);
    EXPECT_TRUE(size.ok()) << size.error().message();
    party.spki.resize(size.ok() ? *size : 0);
    party.certificate = authority.Issue(party.spki, "Leaf", usage);
    return party;
  }
  Party MakeKdh(bool no_list = false) {
    return Make(Pair(Tr34Role::kKdh, TheWorld().krds.AsPeers(no_list)), TheWorld().kdhs, kSigns);
  }
  Party MakeKrd(bool no_list = false) {
    return Make(Pair(Tr34Role::kKrd, TheWorld().kdhs.AsPeers(no_list)), TheWorld().krds,
                kDeciphers);
  }

  void SetUp() override {
    SessionContractKeyExchange::SetUp();
    if (!Offers(MechanismType::kTr34KeyToken, Verb::kWrap)) return;
    kdh_ = MakeKdh();
    kdh_list_ = TheWorld().kdhs.List();
    krd_ = MakeKrd();
    krd_list_ = TheWorld().krds.List();
  }

  Tr34KeyToken Sending() const {
    return {.certificate = kdh_.certificate,
            .peer = krd_.certificate,
            .peer_authority = TheWorld().krds.certificate(),
            .peer_list = krd_list_,
            .list = kdh_list_};
  }
  Tr34KeyToken Taking() const {
    return {.certificate = krd_.certificate,
            .peer = kdh_.certificate,
            .peer_authority = TheWorld().kdhs.certificate()};
  }

  Result<Bytes> Send(const Tr34KeyToken& how, KeyHandle key) { return Send(how, kdh_.key, key); }
  Result<Bytes> Send(const Tr34KeyToken& how, KeyHandle kdh, KeyHandle key) {
    Bytes out(64 * 1024);
    FLORIN_TRY(const std::size_t size, session().Wrap(how, kdh, key, out));
    out.resize(size);
    return out;
  }
  Result<KeyHandle> Take(const Tr34KeyToken& how, ByteView token, const std::string& header,
                         KeyType type = KeyType::kAes, VerbSet verbs = {}) {
    return Take(how, krd_.key, token, Exportable(type, 0, verbs, header));
  }
  Result<KeyHandle> Take(const Tr34KeyToken& how, KeyHandle krd, ByteView token,
                         const KeyTemplate& key) {
    return session().Unwrap(how, krd, token, key);
  }

  Tr34Unbind Letting(ByteView random) const {
    return {.certificate = kdh_.certificate,
            .peer = krd_.certificate,
            .peer_authority = TheWorld().krds.certificate(),
            .random = random};
  }
  Tr34Unbind Leaving(ByteView random) const {
    return {.certificate = krd_.certificate,
            .peer = kdh_.certificate,
            .peer_authority = TheWorld().kdhs.certificate(),
            .random = random};
  }
  Result<Bytes> LetGo(const Tr34Unbind& how) {
    Bytes out(64 * 1024);
    FLORIN_TRY(const std::size_t size, session().Sign(how, kdh_.key, {}, out));
    out.resize(size);
    return out;
  }
  ErrorCode LeaveBy(const Tr34Unbind& how, ByteView token) {
    return session().Verify(how, krd_.key, {}, token).code();
  }

  Party kdh_;
  Party krd_;
  Bytes kdh_list_;
  Bytes krd_list_;
};

TEST_P(SessionContractTr34, KeysTravelUnderTheirHeaders) {
  CONTRACT_NEEDS(kTr34KeyToken, kWrap);
  const struct {
    KeyType type;
    const char* material;
    const char* header;
  } kKeys[] = {{KeyType::kAes, kAes256, "D0000K1AB00E0000"},
               {KeyType::kAes, kAes128, "D0000P0AE12S0000"},
               {KeyType::kDes3, kTdes2, "B0000B0TX00E0000"},
               {KeyType::kDes3, kTdes3, "B0000D0TB00E0000"},
               {KeyType::kHmac, kHmacSecret, "D0000M7HC00E0000"},
               {KeyType::kEcPrivate, kScalar, "D0000S0ES00E0000"}};
  const Bytes random = Hex("00112233445566778899AABBCCDDEEFF");
  int checked = 0;
  for (const auto& key : kKeys) {
    const bool ec = key.type == KeyType::kEcPrivate;
    const Bytes material = Hex(key.material);
    const KeyHandle target =
        ImportHex(Exportable(key.type, material.size(), {}, key.header), key.material);
    for (const auto cipher : {Tr34Cipher::kTdesCbc, Tr34Cipher::kAes128Cbc, Tr34Cipher::kAes192Cbc,
                              Tr34Cipher::kAes256Cbc}) {
      Tr34KeyToken how = Sending();
      how.cipher = cipher;
      if (key.type == KeyType::kHmac) {
        how.optional_blocks = "HM0621";
        how.optional_block_count = 1;
      }
      if (checked % 2 == 0) how.random = random;
      const auto token = Send(how, target);
      // TDES and AES-128 do not carry what is stronger.
      const std::size_t strength = key.type == KeyType::kDes3 ? 14 : material.size();
      const std::size_t limit = cipher == Tr34Cipher::kTdesCbc     ? 14
                                : cipher == Tr34Cipher::kAes128Cbc ? 16
                                : cipher == Tr34Cipher::kAes192Cbc ? 24
                                                                   : 32;
      if (strength > limit && !ec) {
        EXPECT_TRUE(IsRefusal(token.code())) << key.header;
        continue;
      }
      if (ec && cipher == Tr34Cipher::kTdesCbc) continue;
      ASSERT_TRUE(token.ok()) << key.header << ": " << token.error().message();
      Tr34KeyToken taking = Taking();
      taking.random = how.random;
      const auto came = Take(taking, *token, key.header, key.type);
      ASSERT_TRUE(came.ok()) << key.header << ": " << came.error().message();
      if (!ec) {
        ExpectMaterial(*came, material, key.header, how.optional_blocks, how.optional_block_count);
      }
      ++checked;
    }
  }
  EXPECT_EQ(checked, 18);
}

TEST_P(SessionContractTr34, OnlyThePeersOfTheKeysRules) {
  CONTRACT_NEEDS(kTr34KeyToken, kWrap);
  World& world = TheWorld();
  const KeyHandle key = DataKey();
  ASSERT_TRUE(Send(Sending(), key).ok());
  const auto refused = [&](const Tr34KeyToken& how) { return !Send(how, key).ok(); };
  // A KRD of another authority, and one that calls itself so.
  const Bytes foreign = world.others.Issue(krd_.spki, "Leaf", kDeciphers);
  Tr34KeyToken how = Sending();
  how.peer = foreign;
  EXPECT_TRUE(refused(how));
  how.peer_authority = world.others.certificate();
  EXPECT_TRUE(refused(how)) << "the call chose the authority";
  // A certificate of the other role.
  const Bytes signer = world.krds.Issue(krd_.spki, "Leaf", kSigns);
  how = Sending();
  how.peer = signer;
  EXPECT_TRUE(refused(how));
  // One that has run out.
  const Bytes old = world.krds.Issue(krd_.spki, "Leaf", kDeciphers, -1);
  how = Sending();
  how.peer = old;
  EXPECT_TRUE(refused(how));
  // Revoked, without a list, and with that of another authority.
  const Bytes revoked = world.krds.Issue(krd_.spki, "Leaf", kDeciphers);
  const Bytes list = world.krds.List(true);
  how = Sending();
  how.peer = revoked;
  how.peer_list = list;
  EXPECT_TRUE(refused(how));
  how = Sending();
  how.peer_list = {};
  EXPECT_TRUE(refused(how));
  how.peer_list = kdh_list_;
  EXPECT_TRUE(refused(how));
  // The own certificate is another key's, or of the peers' authority.
  how = Sending();
  how.certificate = krd_.certificate;
  EXPECT_TRUE(refused(how));
  const Bytes common = world.krds.Issue(kdh_.spki, "Leaf", kSigns);
  how.certificate = common;
  EXPECT_TRUE(refused(how)) << "one authority for both roles";
  for (ByteView Tr34KeyToken::*field :
       {&Tr34KeyToken::certificate, &Tr34KeyToken::peer, &Tr34KeyToken::peer_authority}) {
    how = Sending();
    how.*field = {};
    EXPECT_TRUE(refused(how));
    how.*field = krd_list_;
    EXPECT_TRUE(refused(how));
  }
}

TEST_P(SessionContractTr34, AListIsNotAskedForWhereTheAuthorityHasNone) {
  CONTRACT_NEEDS(kTr34KeyToken, kWrap);
  kdh_ = MakeKdh(true);
  krd_ = MakeKrd(true);
  Tr34KeyToken how = Sending();
  how.peer_list = {};
  how.list = {};
  const auto token = Send(how, DataKey());
  ASSERT_TRUE(token.ok()) << token.error().message();
  EXPECT_TRUE(Take(Taking(), *token, "D0000D0AB00E0000").ok());
  // One that is there is obeyed.
  const Bytes list = TheWorld().krds.List(true);
  how.peer_list = list;
  EXPECT_FALSE(Send(how, DataKey()).ok());
}

TEST_P(SessionContractTr34, ATokenIsForOneDeviceFromOneHost) {
  CONTRACT_NEEDS(kTr34KeyToken, kWrap);
  const auto token = Send(Sending(), DataKey());
  ASSERT_TRUE(token.ok()) << token.error().message();
  const char* header = "D0000D0AB00E0000";
  ASSERT_TRUE(Take(Taking(), *token, header).ok());
  const auto take = [&](const Tr34KeyToken& how, ByteView bytes) {
    return Take(how, bytes, header).code();
  };
  const Party other_krd = MakeKrd();
  Tr34KeyToken how = Taking();
  how.certificate = other_krd.certificate;
  EXPECT_NE(Take(how, other_krd.key, *token, Exportable(KeyType::kAes, 0, {}, header)).code(),
            ErrorCode::kOk);
  const Party other_kdh = MakeKdh();
  how = Taking();
  how.peer = other_kdh.certificate;
  EXPECT_EQ(take(how, *token), ErrorCode::kVerificationFailed);
  for (std::size_t at = 0; at < token->size(); at += 37) {
    Bytes changed = *token;
    changed[at] ^= 1;
    EXPECT_NE(take(Taking(), changed), ErrorCode::kOk) << at;
  }
  EXPECT_NE(take(Taking(), ByteView(*token).first(token->size() - 1)), ErrorCode::kOk);
  EXPECT_NE(take(Taking(), {}), ErrorCode::kOk);
  // Another header than the token's, and what a template must not add.
  EXPECT_TRUE(IsRefusal(Take(Taking(), *token, "D0000D0AD00E0000").code()));
  KeyTemplate bare = Template(KeyType::kAes, 0, {Verb::kDecrypt});
  bare.rules.sensitive = false;
  EXPECT_FALSE(Take(Taking(), krd_.key, *token, bare).ok());
  // Lists and optional blocks are the token's.
  how = Taking();
  how.peer_list = kdh_list_;
  EXPECT_FALSE(take(how, *token) == ErrorCode::kOk);
}

TEST_P(SessionContractTr34, ATokenIsFresh) {
  CONTRACT_NEEDS(kTr34KeyToken, kWrap);
  const char* header = "D0000D0AB00E0000";
  const auto timed = Send(Sending(), DataKey());
  ASSERT_TRUE(timed.ok()) << timed.error().message();
  Tr34KeyToken how = Taking();
  const UnixSeconds now = SystemClock().Now();
  how.after = UnixSeconds{now.value - 3600};
  EXPECT_TRUE(Take(how, *timed, header).ok());
  how.after = UnixSeconds{now.value + 3600};
  EXPECT_FALSE(Take(how, *timed, header).ok()) << "a later one came before";
  const Bytes random = Hex("0011223344556677");
  const Bytes other = Hex("0011223344556678");
  how = Taking();
  how.random = random;
  EXPECT_FALSE(Take(how, *timed, header).ok()) << "a time where a random number was sent";
  Tr34KeyToken sending = Sending();
  sending.random = random;
  const auto answered = Send(sending, DataKey());
  ASSERT_TRUE(answered.ok());
  EXPECT_TRUE(Take(how, *answered, header).ok());
  how.random = other;
  EXPECT_EQ(Take(how, *answered, header).code(), ErrorCode::kVerificationFailed);
  EXPECT_FALSE(Take(Taking(), *answered, header).ok()) << "no random number was sent";
  for (const std::size_t length : {7U, 17U}) {
    const Bytes wrong(length, 1);
    sending.random = wrong;
    EXPECT_FALSE(Send(sending, DataKey()).ok()) << length;
  }
}

TEST_P(SessionContractTr34, EachKeyHasOneRole) {
  CONTRACT_NEEDS(kTr34KeyToken, kWrap);
  const auto token = Send(Sending(), DataKey());
  ASSERT_TRUE(token.ok());
  const char* header = "D0000D0AB00E0000";
  EXPECT_FALSE(Send(Sending(), krd_.key, DataKey()).ok());
  EXPECT_FALSE(Take(Taking(), kdh_.key, *token, Exportable(KeyType::kAes, 0, {}, header)).ok());
  EXPECT_FALSE(Send(Sending(), Aes(), DataKey()).ok()) << "no RSA key";
  // A key that does not name its peers has none.
  KeyPairTemplate nobody = Pair(Tr34Role::kKdh, {}, false);
  nobody.private_key.rules.tr34_peers = {};
  if (const auto pair = session().GeneratePair(nobody); pair.ok()) {
    EXPECT_FALSE(Send(Sending(), pair->private_key, DataKey()).ok());
  }
  // Peers and a role that does not belong to them.
  for (const char* wrong : {"K2RB", "K2RN", "S0RS", "D1RD"}) {
    KeyPairTemplate pair = Pair(Tr34Role::kKrd, TheWorld().kdhs.AsPeers());
    pair.private_key.rules.header =
        *KeyBlockHeader::Parse(std::string("D0000") + wrong + "00N0000");
    EXPECT_FALSE(session().GeneratePair(pair).ok()) << wrong;
  }
  // What may not leave, does not.
  EXPECT_FALSE(Send(Sending(), ImportHex(Keyed(KeyType::kAes, 16, {}, "D0AB"), kAes128)).ok());
  EXPECT_FALSE(
      Send(Sending(), ImportHex(Template(KeyType::kAes, 16, {Verb::kEncrypt}), kAes128)).ok());
  // A device with 2048 bits takes no AES-128 key, unless its owner says so.
  const Party strict =
      Make(Pair(Tr34Role::kKdh, TheWorld().krds.AsPeers(), false), TheWorld().kdhs, kSigns);
  Tr34KeyToken how = Sending();
  how.certificate = strict.certificate;
  EXPECT_TRUE(IsRefusal(Send(how, strict.key, DataKey()).code()));
}

TEST_P(SessionContractTr34, AHostLetsADeviceGo) {
  CONTRACT_NEEDS(kTr34Unbind, kSign);
  const Bytes random = Hex("0011223344556677");
  const Bytes other = Hex("0011223344556678");
  const Tr34Unbind letting = Letting(random);
  const Tr34Unbind leaving = Leaving(random);
  const auto token = LetGo(letting);
  ASSERT_TRUE(token.ok()) << token.error().message();
  EXPECT_EQ(LeaveBy(leaving, *token), ErrorCode::kOk);
  for (std::size_t at = 0; at < token->size(); at += 29) {
    Bytes changed = *token;
    changed[at] ^= 1;
    EXPECT_NE(LeaveBy(leaving, changed), ErrorCode::kOk) << at;
  }
  Tr34Unbind how = leaving;
  how.random = other;
  EXPECT_EQ(LeaveBy(how, *token), ErrorCode::kVerificationFailed);
  EXPECT_NE(session().Verify(leaving, krd_.key, random, *token).code(), ErrorCode::kOk);
  EXPECT_NE(session().Verify(leaving, kdh_.key, {}, *token).code(), ErrorCode::kOk);
  const auto key_token = Send(Sending(), DataKey());
  ASSERT_TRUE(key_token.ok());
  EXPECT_NE(LeaveBy(leaving, *key_token), ErrorCode::kOk) << "a key token lets nobody go";
  how = letting;
  how.random = {};
  EXPECT_FALSE(LetGo(how).ok());
  how = letting;
  how.list = kdh_list_;
  EXPECT_FALSE(LetGo(how).ok()) << "lists belong to rebinding";
}

TEST_P(SessionContractTr34, AHostHandsADeviceOver) {
  CONTRACT_NEEDS(kTr34Unbind, kSign);
  World& world = TheWorld();
  const Bytes random = Hex("0011223344556677");
  const Tr34Unbind leaving = Leaving(random);
  const Party next = MakeKdh();
  Tr34Unbind how = Letting(random);
  how.next = next.certificate;
  how.own_authority = world.kdhs.certificate();
  how.list = kdh_list_;
  how.peer_list = krd_list_;
  const auto over = LetGo(how);
  ASSERT_TRUE(over.ok()) << over.error().message();
  Tr34Unbind moving = leaving;
  moving.next = next.certificate;
  EXPECT_EQ(LeaveBy(moving, *over), ErrorCode::kOk);
  EXPECT_NE(LeaveBy(leaving, *over), ErrorCode::kOk) << "it is not let go for nobody";
  moving.next = kdh_.certificate;
  EXPECT_NE(LeaveBy(moving, *over), ErrorCode::kOk) << "another host";
  // Not to a device, to a stranger, or without lists.
  how.next = krd_.certificate;
  EXPECT_FALSE(LetGo(how).ok());
  const Bytes stranger = world.others.Issue(next.spki, "Leaf", kSigns);
  how.next = stranger;
  EXPECT_FALSE(LetGo(how).ok());
  how.own_authority = world.others.certificate();
  EXPECT_FALSE(LetGo(how).ok());
  how.own_authority = world.kdhs.certificate();
  how.next = next.certificate;
  how.list = {};
  EXPECT_FALSE(LetGo(how).ok());
}

INSTANTIATE_TEST_SUITE_P(Sessions, SessionContractTr34, testing::ValuesIn(ContractCases()),
                         ContractCaseName);

}  // namespace
}  // namespace florin::hsm
