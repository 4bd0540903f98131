// Parameters of key exchange that no client may send, and the policy of a KBPK.
#include "crypto/cryptoki/key_exchange_codec.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/crypto/cryptoki/codec_testing.h"

namespace florin::cryptoki {
namespace {

using mechanisms::EcdhKeyAgreement;
using mechanisms::KeyBlockWrap;
using mechanisms::kMaxOptionalBlockText;
using mechanisms::Tr34KeyToken;

constexpr ErrorCode kRefused = ErrorCode::kInvalidArgument;

TEST(KeyExchangeCodec, RefusesBadKeyBlocks) {
  const std::string text = "KS1800604B120F9292800000";
  const auto with = [&](auto change) {
    return DecodeChanged<CK_FLORIN_KEY_BLOCK_PARAMS>(KeyBlockWrap{'D', text, 1}, change);
  };
  EXPECT_EQ(with([](auto&) {}), ErrorCode::kOk);
  EXPECT_EQ(with([](auto& p) { p.ulVersion = 2; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.version = 'F'; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.version = 'd'; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.version = 1; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.optionalBlocks = 100; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.optionalTextLength[1] = 23; }), kRefused);  // a byte after the end
  EXPECT_EQ(with([](auto& p) { p.optionalTextLength[0] = 0x10; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.optionalTextLength[0] = 0xFF; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.optionalText[4095] = 1; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.reserved[3] = 1; }), kRefused);
}

TEST(KeyExchangeCodec, RefusesBadAgreements) {
  const Bytes point(65, 4);
  const Bytes info(20, 7);
  EcdhKeyAgreement mechanism;
  mechanism.peer_point = point;
  mechanism.agreement.shared_info = info;
  const auto with = [&](auto change) {
    return DecodeChanged<CK_FLORIN_ECDH_KEY_AGREEMENT_PARAMS>(mechanism, change);
  };
  EXPECT_EQ(with([](auto&) {}), ErrorCode::kOk);
  EXPECT_EQ(with([](auto& p) { p.ulVersion = 0; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.kdf = 0; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.kdf = 3; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.hash = 0; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.hash = 4; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.agreedKey = 0; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.agreedKey = 6; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.peerPointLength = 64; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.peerPointLength = 98; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.peerPoint[65] = 1; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.peerPoint[96] = 1; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.sharedInfoLength[1] = 0; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.sharedInfoLength[1] = 19; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.sharedInfoLength[0] = 5; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.sharedInfo[1023] = 1; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.reserved = 1; }), kRefused);
}

TEST(KeyExchangeCodec, RefusesToEncodeWhatHasNoPlace) {
  EncodedMechanism encoded;
  const std::string text(kMaxOptionalBlockText + 1, 'x');
  EXPECT_EQ(encoded.Encode(KeyBlockWrap{'D', text, 1}).code(), kRefused);
  EXPECT_EQ(encoded.Encode(KeyBlockWrap{'D', "", 100}).code(), kRefused);
  EXPECT_EQ(encoded.Encode(KeyBlockWrap{'F'}).code(), kRefused);
  const Bytes point(65, 4);
  const Bytes info(1025, 7);
  EcdhKeyAgreement good;
  good.peer_point = point;
  good.agreement.shared_info = ByteView(info).first(1024);
  EXPECT_TRUE(encoded.Encode(good).ok());
  EcdhKeyAgreement bad = good;
  bad.agreement.shared_info = info;
  EXPECT_EQ(encoded.Encode(bad).code(), kRefused);
  bad.agreement.shared_info = {};
  EXPECT_EQ(encoded.Encode(bad).code(), kRefused);
  bad = good;
  bad.peer_point = ByteView(point).first(33);
  EXPECT_EQ(encoded.Encode(bad).code(), kRefused);
  bad = good;
  bad.agreement.hash = Hash::kSha1;
  EXPECT_EQ(encoded.Encode(bad).code(), kRefused);
  bad = good;
  bad.agreement.weaker_curve = true;
  EXPECT_EQ(encoded.Encode(bad).code(), ErrorCode::kPermissionDenied);
}

TEST(KeyExchangeCodec, PolicyBitsGoBothWays) {
  for (CK_ULONG bits = 0; bits < 0x100; ++bits) {
    card::KeyBlockImportPolicy in;
    card::KeyBlockExportPolicy out;
    const Status status = DecodeKeyBlockPolicy(bits, in, out);
    ASSERT_EQ(status.ok(), bits < 0x40) << bits;
    if (!status.ok()) continue;
    EXPECT_EQ(EncodeKeyBlockPolicy(in, out), bits);
    EXPECT_EQ(in.legacy_versions, (bits & 1) != 0);
    EXPECT_EQ(in.weaker_kbpk, (bits & 2) != 0);
    EXPECT_EQ(in.any_combination, (bits & 4) != 0);
    EXPECT_EQ(out.weaker_kbpk, (bits & 8) != 0);
    EXPECT_EQ(in.weaker_rsa, (bits & 16) != 0);
    EXPECT_EQ(out.weaker_rsa, (bits & 32) != 0);
    EXPECT_FALSE(in.single_des);
  }
}

TEST(KeyExchangeCodec, RefusesBadTokensOfTr34) {
  const Bytes certificate(700, 1);
  const auto with = [&](auto change) {
    return DecodeChanged<CK_FLORIN_TR34_PARAMS>(
        Tr34KeyToken{.certificate = certificate, .peer = certificate}, change);
  };
  EXPECT_EQ(with([](auto&) {}), ErrorCode::kOk);
  EXPECT_EQ(with([](auto& p) { p.ulVersion = 0; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.ulCertificateLen = 8193; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.ulCertificateLen = ~CK_ULONG{0}; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.pPeer = nullptr; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.ulPeerAuthorityLen = 1; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.ulRandomLen = 17; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.ulPeerListLen = 32 * 1024 + 1; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.ulListLen = 1; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.ulOptionalBlocksLen = 4097; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.ulOptionalBlocks = 100; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.ulAfter = ~CK_ULONG{0}; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.cipher = 5; }), kRefused);
  EXPECT_EQ(with([](auto& p) { p.cipher = 0x101; }), kRefused);
}

TEST(KeyExchangeCodec, PeersOfTr34) {
  mechanisms::Tr34Peers peers;
  peers.authority.fill(0x5A);
  for (const bool no_list : {false, true}) {
    peers.no_list = no_list;
    const auto value = EncodeTr34Peers(peers);
    const auto back = DecodeTr34Peers(value);
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(*back, peers);
  }
  Bytes bad(33, 2);
  EXPECT_EQ(DecodeTr34Peers(bad).code(), ErrorCode::kInvalidArgument);
  bad.back() = 0;
  EXPECT_TRUE(DecodeTr34Peers(bad).ok());
  bad.push_back(0);
  EXPECT_EQ(DecodeTr34Peers(bad).code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace florin::cryptoki
