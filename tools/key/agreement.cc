#include <array>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "florin/base/base64.h"
#include "florin/base/hex.h"
#include "florin/hsm/key_templates.h"
#include "tools/key/exchange.h"

namespace florin::tools {
namespace {

constexpr std::size_t kMaxPeerFile = 4096;
constexpr std::string_view kPemBegin = "-----BEGIN PUBLIC KEY-----";
constexpr std::string_view kPemEnd = "-----END PUBLIC KEY-----";

// What stands before the point in a SubjectPublicKeyInfo of its curve (RFC 5480 2).
struct SpkiForm {
  std::size_t point_size;
  std::string_view prefix_hex;
};
constexpr std::array<SpkiForm, 2> kSpkiForms = {{
    {65, "3059301306072A8648CE3D020106082A8648CE3D030107034200"},
    {97, "3076301006072A8648CE3D020106052B81040022036200"},
}};

Result<Bytes> PointOfSpki(ByteView spki) {
  const std::string hex = HexEncode(spki, HexCase::kUpper);
  for (const SpkiForm& form : kSpkiForms) {
    const std::size_t prefix = form.prefix_hex.size() / 2;
    if (hex.starts_with(form.prefix_hex) && spki.size() == prefix + form.point_size) {
      return Bytes(spki.begin() + static_cast<std::ptrdiff_t>(prefix), spki.end());
    }
  }
  return Error(ErrorCode::kMalformed,
               "the peer's file is no uncompressed public key on P-256 or P-384");
}

// PEM (RFC 7468), or the point in hex.
Result<Bytes> ReadPeer(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxPeerFile, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.empty()) return Error(ErrorCode::kNotFound, "the peer's file cannot be read");
  std::erase_if(text, [](char c) { return c == '\n' || c == '\r'; });
  if (text.starts_with(kPemBegin) && text.ends_with(kPemEnd)) {
    const std::string_view inner = std::string_view(text).substr(
        kPemBegin.size(), text.size() - kPemBegin.size() - kPemEnd.size());
    FLORIN_TRY(const Bytes spki, Base64Decode(inner, Base64Form::kStandard));
    return PointOfSpki(spki);
  }
  auto point = HexDecode(text);
  if (!point.ok() || (point->size() != 65 && point->size() != 97)) {
    return Error(ErrorCode::kMalformed,
                 "the peer's file holds a PEM public key or the uncompressed point in hex");
  }
  return point;
}

struct NamedKey {
  std::string_view name;
  card::AgreedKey key;
  char algorithm;
};
constexpr std::array<NamedKey, 5> kAgreedKeys = {{
    {"TDES-2", card::AgreedKey::kTdes2, 'T'},
    {"TDES-3", card::AgreedKey::kTdes3, 'T'},
    {"AES-128", card::AgreedKey::kAes128, 'A'},
    {"AES-192", card::AgreedKey::kAes192, 'A'},
    {"AES-256", card::AgreedKey::kAes256, 'A'},
}};

Result<NamedKey> FindAgreedKey(std::string_view name) {
  for (const NamedKey& known : kAgreedKeys) {
    if (known.name == name) return known;
  }
  return Error(ErrorCode::kInvalidArgument, "there is no such key to agree on");
}

Status Agree(const KeyAgreeOptions& options) {
  FLORIN_TRY(const Bytes peer, ReadPeer(options.peer_path));
  const auto info = HexDecode(options.shared_info);
  if (!info.ok()) return Error(ErrorCode::kInvalidArgument, "--shared-info is hex digits");
  FLORIN_TRY(const NamedKey kind, FindAgreedKey(options.algorithm));
  mechanisms::EcdhKeyAgreement mechanism;
  mechanism.peer_point = peer;
  mechanism.agreement.key = kind.key;
  mechanism.agreement.shared_info = *info;
  if (options.kdf == "x9.63") mechanism.agreement.kdf = card::KeyAgreementKdf::kAnsiX963;
  if (options.hash == "SHA-384") mechanism.agreement.hash = Hash::kSha384;
  if (options.hash == "SHA-512") mechanism.agreement.hash = Hash::kSha512;
  std::string text = "D0000K1AB00N0000";
  text[7] = kind.algorithm;
  text[8] = options.mode;
  FLORIN_TRY(const auto header, card::KeyBlockHeader::Parse(text));
  FLORIN_TRY(const auto kbpk,
             hsm::PaymentKey(options.key.label, header, card::AgreedKeySize(kind.key)));
  FLORIN_TRY(const TokenSession token, OpenTokenSession(options.key.token));
  hsm::Session& session = *token.session;
  FLORIN_CHECK_OK(CheckLabelIsFree(session, hsm::KeyClass::kSecret, options.key.label));
  FLORIN_TRY(const hsm::KeyHandle own, FindKey(session, hsm::KeyClass::kPrivate, options.own));
  const auto key = session.Derive(mechanism, own, kbpk);
  if (!key.ok()) return ExplainRefusal(key.error(), kbpk.rules);
  return PrintKey(session, *key, options.key.json);
}

}  // namespace

int RunKeyAgree(const KeyAgreeOptions& options) {
  const Status done = Agree(options);
  return done.ok() ? 0 : ReportFailure("agree", done.error());
}

}  // namespace florin::tools
