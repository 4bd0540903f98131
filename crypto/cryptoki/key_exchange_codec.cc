#include "crypto/cryptoki/key_exchange_codec.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "crypto/cryptoki/ec_codec.h"
#include "crypto/cryptoki/mechanism_names.h"
#include "crypto/cryptoki/param_fields.h"

namespace florin::cryptoki {
namespace {

using card::AgreedKey;
using card::KeyAgreementKdf;
using mechanisms::EcdhKeyAgreement;
using mechanisms::KeyBlockWrap;
using mechanisms::Tr34KeyToken;
using mechanisms::Tr34Peers;
using mechanisms::Tr34Unbind;

static_assert(sizeof(CK_FLORIN_KEY_BLOCK_PARAMS::optionalText) ==
              mechanisms::kMaxOptionalBlockText);
static_assert(sizeof(CK_FLORIN_ECDH_KEY_AGREEMENT_PARAMS::sharedInfo) == card::kMaxSharedInfo);

constexpr Numbered<KeyAgreementKdf> kKdfs[] = {
    {KeyAgreementKdf::kNistSp800, CK_FLORIN_KDF_SP800_56A},
    {KeyAgreementKdf::kAnsiX963, CK_FLORIN_KDF_X963},
};

constexpr Numbered<card::Tr34Cipher> kTr34Ciphers[] = {
    {card::Tr34Cipher::kTdesCbc, CK_FLORIN_TR34_TDES_CBC},
    {card::Tr34Cipher::kAes128Cbc, CK_FLORIN_TR34_AES128_CBC},
    {card::Tr34Cipher::kAes192Cbc, CK_FLORIN_TR34_AES192_CBC},
    {card::Tr34Cipher::kAes256Cbc, CK_FLORIN_TR34_AES256_CBC},
};

constexpr Numbered<Hash> kHashes[] = {
    {Hash::kSha256, CK_FLORIN_HASH_SHA256},
    {Hash::kSha384, CK_FLORIN_HASH_SHA384},
    {Hash::kSha512, CK_FLORIN_HASH_SHA512},
};

constexpr Numbered<AgreedKey> kAgreedKeys[] = {
    {AgreedKey::kTdes2, CK_FLORIN_AGREED_TDES2},   {AgreedKey::kTdes3, CK_FLORIN_AGREED_TDES3},
    {AgreedKey::kAes128, CK_FLORIN_AGREED_AES128}, {AgreedKey::kAes192, CK_FLORIN_AGREED_AES192},
    {AgreedKey::kAes256, CK_FLORIN_AGREED_AES256},
};

void WriteLength(std::size_t length, CK_BYTE (&field)[2]) {
  field[0] = static_cast<CK_BYTE>(length >> 8);
  field[1] = static_cast<CK_BYTE>(length);
}

std::size_t ReadLength(const CK_BYTE (&field)[2]) {
  return static_cast<std::size_t>(field[0]) << 8 | field[1];
}

// Key agreement takes these two curves only, and its struct no longer point.
bool IsPointLength(std::size_t length) {
  return length == PointLength(Curve::kP256) || length == PointLength(Curve::kP384);
}

bool IsVersion(char version) { return version == 0 || (version >= 'A' && version <= 'E'); }

}  // namespace

Status EncodeKeyBlockWrap(const KeyBlockWrap& in, CK_FLORIN_KEY_BLOCK_PARAMS& out) {
  out = {};
  out.ulVersion = CK_FLORIN_VERSION_1;
  if (!IsVersion(in.version)) {
    return BadParameter("the version of a key block must be A to E");
  }
  if (in.optional_block_count > card::kMaxOptionalBlocks ||
      in.optional_blocks.size() > sizeof(out.optionalText)) {
    return BadParameter("a key block has at most 99 optional blocks, of 4096 characters here");
  }
  out.version = static_cast<CK_BYTE>(in.version);
  out.optionalBlocks = static_cast<CK_BYTE>(in.optional_block_count);
  WriteLength(in.optional_blocks.size(), out.optionalTextLength);
  CopyBytes(AsBytes(in.optional_blocks), out.optionalText);
  return OkStatus();
}

Status DecodeKeyBlockWrap(const CK_FLORIN_KEY_BLOCK_PARAMS& in, const std::uint8_t* original,
                          KeyBlockWrap& out) {
  FLORIN_CHECK_OK(CheckVersion(in.ulVersion));
  FLORIN_CHECK_OK(CheckReserved(in.reserved));
  if (!IsVersion(static_cast<char>(in.version))) {
    return BadParameter("the version must be 'A' to 'E', or 0 in unwrapping");
  }
  const std::size_t length = ReadLength(in.optionalTextLength);
  if (in.optionalBlocks > card::kMaxOptionalBlocks || length > sizeof(in.optionalText) ||
      !AllZero(in.optionalText, length)) {
    return BadParameter(
        "there may be 99 optional blocks of 4096 characters, and the bytes after them must be "
        "zero");
  }
  out.version = static_cast<char>(in.version);
  out.optional_block_count = in.optionalBlocks;
  out.optional_blocks =
      AsText(ByteView(original + offsetof(CK_FLORIN_KEY_BLOCK_PARAMS, optionalText), length));
  return OkStatus();
}

Status EncodeKeyAgreement(const EcdhKeyAgreement& in, CK_FLORIN_ECDH_KEY_AGREEMENT_PARAMS& out) {
  out = {};
  out.ulVersion = CK_FLORIN_VERSION_1;
  const card::KeyAgreement& agreement = in.agreement;
  if (!IsPointLength(in.peer_point.size())) {
    return BadParameter("the peer point must be uncompressed, of P-256 or P-384");
  }
  if (agreement.shared_info.empty() || agreement.shared_info.size() > sizeof(out.sharedInfo)) {
    return BadParameter("the shared info must have 1 to 1024 bytes");
  }
  out.kdf = NumberOf(kKdfs, agreement.kdf);
  out.hash = NumberOf(kHashes, agreement.hash);
  out.agreedKey = NumberOf(kAgreedKeys, agreement.key);
  if (out.hash == 0) return BadParameter("key agreement takes SHA-256, SHA-384 or SHA-512");
  if (agreement.weaker_curve) {
    return RvError(CKR_KEY_FUNCTION_NOT_PERMITTED, ErrorCode::kPermissionDenied,
                   "a curve weaker than the agreed key is not put up with");
  }
  out.peerPointLength = static_cast<CK_BYTE>(in.peer_point.size());
  CopyBytes(in.peer_point, out.peerPoint);
  WriteLength(agreement.shared_info.size(), out.sharedInfoLength);
  CopyBytes(agreement.shared_info, out.sharedInfo);
  return OkStatus();
}

Status DecodeKeyAgreement(const CK_FLORIN_ECDH_KEY_AGREEMENT_PARAMS& in,
                          const std::uint8_t* original, EcdhKeyAgreement& out) {
  FLORIN_CHECK_OK(CheckVersion(in.ulVersion));
  const auto kdf = ValueOf(kKdfs, in.kdf);
  const auto hash = ValueOf(kHashes, in.hash);
  const auto key = ValueOf(kAgreedKeys, in.agreedKey);
  if (!kdf.has_value() || !hash.has_value() || !key.has_value() || in.reserved != 0) {
    return BadParameter("KDF, hash and agreed key must be CK_FLORIN_*, reserved bytes zero");
  }
  if (!IsPointLength(in.peerPointLength) || !AllZero(in.peerPoint, in.peerPointLength)) {
    return BadParameter("the peer point must have 65 or 97 bytes, and the bytes after it be zero");
  }
  const std::size_t info = ReadLength(in.sharedInfoLength);
  if (info == 0 || info > sizeof(in.sharedInfo) || !AllZero(in.sharedInfo, info)) {
    return BadParameter(
        "the shared info must have 1 to 1024 bytes, and the bytes after it be zero");
  }
  using Params = CK_FLORIN_ECDH_KEY_AGREEMENT_PARAMS;
  out.peer_point = ByteView(original + offsetof(Params, peerPoint), in.peerPointLength);
  out.agreement.kdf = *kdf;
  out.agreement.hash = *hash;
  out.agreement.key = *key;
  out.agreement.shared_info = ByteView(original + offsetof(Params, sharedInfo), info);
  return OkStatus();
}

CK_ULONG EncodeKeyBlockPolicy(const card::KeyBlockImportPolicy& import_policy,
                              const card::KeyBlockExportPolicy& export_policy) {
  CK_ULONG bits = 0;
  if (import_policy.legacy_versions) bits |= CK_FLORIN_KEY_BLOCK_IMPORT_LEGACY;
  if (import_policy.weaker_kbpk) bits |= CK_FLORIN_KEY_BLOCK_IMPORT_STRONGER;
  if (import_policy.any_combination) bits |= CK_FLORIN_KEY_BLOCK_IMPORT_ANY_COMBINATION;
  if (export_policy.weaker_kbpk) bits |= CK_FLORIN_KEY_BLOCK_EXPORT_STRONGER;
  if (import_policy.weaker_rsa) bits |= CK_FLORIN_KEY_BLOCK_IMPORT_STRONGER_THAN_RSA;
  if (export_policy.weaker_rsa) bits |= CK_FLORIN_KEY_BLOCK_EXPORT_STRONGER_THAN_RSA;
  return bits;
}

Status DecodeKeyBlockPolicy(CK_ULONG bits, card::KeyBlockImportPolicy& import_policy,
                            card::KeyBlockExportPolicy& export_policy) {
  import_policy = {};
  export_policy = {};
  import_policy.legacy_versions = (bits & CK_FLORIN_KEY_BLOCK_IMPORT_LEGACY) != 0;
  import_policy.weaker_kbpk = (bits & CK_FLORIN_KEY_BLOCK_IMPORT_STRONGER) != 0;
  import_policy.any_combination = (bits & CK_FLORIN_KEY_BLOCK_IMPORT_ANY_COMBINATION) != 0;
  export_policy.weaker_kbpk = (bits & CK_FLORIN_KEY_BLOCK_EXPORT_STRONGER) != 0;
  import_policy.weaker_rsa = (bits & CK_FLORIN_KEY_BLOCK_IMPORT_STRONGER_THAN_RSA) != 0;
  export_policy.weaker_rsa = (bits & CK_FLORIN_KEY_BLOCK_EXPORT_STRONGER_THAN_RSA) != 0;
  if (bits == EncodeKeyBlockPolicy(import_policy, export_policy)) return OkStatus();
  return RvError(CKR_ATTRIBUTE_VALUE_INVALID, ErrorCode::kInvalidArgument,
                 "the policy of key blocks has bits that mean nothing");
}

namespace {

// A view of the mechanism and the pointer and length that stand for it.
template <class Parameter, class Params>
struct Tr34Field {
  ByteView Parameter::*view;
  CK_BYTE_PTR Params::*pointer;
  CK_ULONG Params::*length;
  std::size_t limit;
};
using Params = CK_FLORIN_TR34_PARAMS;
constexpr Tr34Field<Tr34KeyToken, Params> kTr34Fields[] = {
    {&Tr34KeyToken::certificate, &Params::pCertificate, &Params::ulCertificateLen,
     mechanisms::kMaxTr34CertificateSize},
    {&Tr34KeyToken::peer, &Params::pPeer, &Params::ulPeerLen, mechanisms::kMaxTr34CertificateSize},
    {&Tr34KeyToken::peer_authority, &Params::pPeerAuthority, &Params::ulPeerAuthorityLen,
     mechanisms::kMaxTr34CertificateSize},
    {&Tr34KeyToken::peer_list, &Params::pPeerList, &Params::ulPeerListLen,
     mechanisms::kMaxTr34ListSize},
    {&Tr34KeyToken::list, &Params::pList, &Params::ulListLen, mechanisms::kMaxTr34ListSize},
    {&Tr34KeyToken::random, &Params::pRandom, &Params::ulRandomLen, card::kMaxTr34Random},
};
using UnbindParams = CK_FLORIN_TR34_UNBIND_PARAMS;
constexpr Tr34Field<Tr34Unbind, UnbindParams> kUnbindFields[] = {
    {&Tr34Unbind::certificate, &UnbindParams::pCertificate, &UnbindParams::ulCertificateLen,
     mechanisms::kMaxTr34CertificateSize},
    {&Tr34Unbind::peer, &UnbindParams::pPeer, &UnbindParams::ulPeerLen,
     mechanisms::kMaxTr34CertificateSize},
    {&Tr34Unbind::peer_authority, &UnbindParams::pPeerAuthority, &UnbindParams::ulPeerAuthorityLen,
     mechanisms::kMaxTr34CertificateSize},
    {&Tr34Unbind::peer_list, &UnbindParams::pPeerList, &UnbindParams::ulPeerListLen,
     mechanisms::kMaxTr34ListSize},
    {&Tr34Unbind::list, &UnbindParams::pList, &UnbindParams::ulListLen,
     mechanisms::kMaxTr34ListSize},
    {&Tr34Unbind::random, &UnbindParams::pRandom, &UnbindParams::ulRandomLen, card::kMaxTr34Random},
    {&Tr34Unbind::next, &UnbindParams::pNext, &UnbindParams::ulNextLen,
     mechanisms::kMaxTr34CertificateSize},
    {&Tr34Unbind::own_authority, &UnbindParams::pOwnAuthority, &UnbindParams::ulOwnAuthorityLen,
     mechanisms::kMaxTr34CertificateSize},
};
constexpr CK_ULONG kMaxTr34Time = CK_ULONG{1} << 62U;

template <class Parameter, class P, std::size_t N>
Status EncodeFields(const Tr34Field<Parameter, P> (&fields)[N], const Parameter& in, P& out) {
  for (const auto& field : fields) {
    const ByteView view = in.*field.view;
    if (view.size() > field.limit) {
      return BadParameter("a certificate, list or random number is longer than TR-34 takes here");
    }
    out.*field.pointer = Pointer(view);
    out.*field.length = view.size();
  }
  return OkStatus();
}

template <class Parameter, class P, std::size_t N>
Status DecodeFields(const Tr34Field<Parameter, P> (&fields)[N], const P& in, Parameter& out) {
  for (const auto& field : fields) {
    FLORIN_TRY(out.*field.view, ViewOf(in.*field.pointer, in.*field.length, field.limit));
  }
  return OkStatus();
}

}  // namespace

Status EncodeTr34Unbind(const Tr34Unbind& in, CK_FLORIN_TR34_UNBIND_PARAMS& out) {
  out = {};
  out.ulVersion = CK_FLORIN_VERSION_1;
  return EncodeFields(kUnbindFields, in, out);
}

Status DecodeTr34Unbind(const CK_FLORIN_TR34_UNBIND_PARAMS& in, Tr34Unbind& out) {
  FLORIN_CHECK_OK(CheckVersion(in.ulVersion));
  return DecodeFields(kUnbindFields, in, out);
}

Status EncodeTr34KeyToken(const Tr34KeyToken& in, CK_FLORIN_TR34_PARAMS& out) {
  out = {};
  out.ulVersion = CK_FLORIN_VERSION_1;
  FLORIN_CHECK_OK(EncodeFields(kTr34Fields, in, out));
  if (in.after.value < 0 || static_cast<CK_ULONG>(in.after.value) > kMaxTr34Time) {
    return BadParameter("the time of the last token must be 1970 or later");
  }
  out.pOptionalBlocks = Pointer(AsBytes(in.optional_blocks));
  out.ulOptionalBlocksLen = in.optional_blocks.size();
  out.ulOptionalBlocks = in.optional_block_count;
  out.ulAfter = static_cast<CK_ULONG>(in.after.value);
  out.cipher = NumberOf(kTr34Ciphers, in.cipher);
  return OkStatus();
}

Status DecodeTr34KeyToken(const CK_FLORIN_TR34_PARAMS& in, Tr34KeyToken& out) {
  FLORIN_CHECK_OK(CheckVersion(in.ulVersion));
  FLORIN_CHECK_OK(DecodeFields(kTr34Fields, in, out));
  FLORIN_TRY(const ByteView blocks,
             ViewOf(in.pOptionalBlocks, in.ulOptionalBlocksLen, mechanisms::kMaxOptionalBlockText));
  if (in.ulOptionalBlocks > 99) return BadParameter("a header has at most 99 optional blocks");
  if (in.ulAfter > kMaxTr34Time) return BadParameter("ulAfter must be at most 2^62");
  if (in.cipher != 0) {
    const auto cipher =
        in.cipher <= 0xFF ? ValueOf(kTr34Ciphers, static_cast<CK_BYTE>(in.cipher)) : std::nullopt;
    if (!cipher.has_value()) return BadParameter("the cipher must be 0 or a CK_FLORIN_TR34_*");
    out.cipher = *cipher;
  }
  out.optional_blocks = AsText(blocks);
  out.optional_block_count = in.ulOptionalBlocks;
  out.after = UnixSeconds{static_cast<std::int64_t>(in.ulAfter)};
  return OkStatus();
}

CK_ULONG EncodeHmacHash(Hash hash) { return DigestNumber(hash); }

Result<Hash> DecodeHmacHash(CK_ULONG number) {
  if (const std::optional<Hash> hash = HashOfDigest(number)) return *hash;
  return RvError(CKR_ATTRIBUTE_VALUE_INVALID, ErrorCode::kInvalidArgument,
                 "CKA_FLORIN_HMAC_HASH names no hash that HMAC keys serve here");
}

Tr34PeersValue EncodeTr34Peers(const Tr34Peers& peers) {
  Tr34PeersValue value{};
  std::copy(peers.authority.begin(), peers.authority.end(), value.begin());
  value.back() = peers.no_list ? CK_FLORIN_TR34_NO_LIST : 0;
  return value;
}

Result<Tr34Peers> DecodeTr34Peers(ByteView value) {
  if (value.size() != CK_FLORIN_TR34_PEERS_LENGTH || value.back() > CK_FLORIN_TR34_NO_LIST) {
    return RvError(CKR_ATTRIBUTE_VALUE_INVALID, ErrorCode::kInvalidArgument,
                   "CKA_FLORIN_TR34_PEERS has 33 bytes, the last of them 0 or 1");
  }
  Tr34Peers peers;
  std::copy_n(value.begin(), peers.authority.size(), peers.authority.begin());
  peers.no_list = value.back() == CK_FLORIN_TR34_NO_LIST;
  return peers;
}

}  // namespace florin::cryptoki
