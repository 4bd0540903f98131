#include "tools/key/tr34.h"

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "florin/base/hex.h"
#include "florin/hsm/key_templates.h"
#include "tools/key/der_file.h"

namespace florin::tools {
namespace {

using card::Tr34Cipher;
using mechanisms::Tr34KeyToken;
using mechanisms::Tr34Unbind;

constexpr std::size_t kMaxToken = 64 * 1024;

struct NamedCipher {
  std::string_view name;
  Tr34Cipher cipher;
};
constexpr std::array<NamedCipher, 4> kCiphers = {{
    {"TDES", Tr34Cipher::kTdesCbc},
    {"AES-128", Tr34Cipher::kAes128Cbc},
    {"AES-192", Tr34Cipher::kAes192Cbc},
    {"AES-256", Tr34Cipher::kAes256Cbc},
}};

// What the parameter's views point to.
struct Read {
  Bytes certificate;
  Bytes peer;
  Bytes peer_authority;
  Bytes random;
};

Result<Read> ReadFiles(const Tr34Files& files) {
  Read read;
  FLORIN_TRY(read.certificate, ReadDerFile(files.certificate, mechanisms::kMaxTr34CertificateSize));
  FLORIN_TRY(read.peer, ReadDerFile(files.peer, mechanisms::kMaxTr34CertificateSize));
  FLORIN_TRY(read.peer_authority,
             ReadDerFile(files.peer_authority, mechanisms::kMaxTr34CertificateSize));
  auto random = HexDecode(files.random);
  if (!random.ok()) return Error(ErrorCode::kInvalidArgument, "--random is hex digits");
  read.random = std::move(random).value();
  return read;
}

template <class Mechanism>
Mechanism MechanismOf(const Read& read) {
  Mechanism mechanism;
  mechanism.certificate = read.certificate;
  mechanism.peer = read.peer;
  mechanism.peer_authority = read.peer_authority;
  mechanism.random = read.random;
  return mechanism;
}

Result<Bytes> ReadList(const std::string& path) {
  if (path.empty()) return Bytes();
  return ReadDerFile(path, mechanisms::kMaxTr34ListSize);
}

Status MakePair(const Tr34PairOptions& options) {
  FLORIN_TRY(const Bytes authority,
             ReadDerFile(options.peer_authority, mechanisms::kMaxTr34CertificateSize));
  mechanisms::Tr34Peers peers;
  FLORIN_TRY(peers.authority, card::Tr34AuthorityIdOf(authority));
  peers.no_list = options.no_list;
  const bool sends = options.role == "kdh";
  FLORIN_TRY(auto pair, hsm::Tr34KeyPair(options.key.label,
                                         sends ? card::Tr34Role::kKdh : card::Tr34Role::kKrd, peers,
                                         options.bits / 8));
  mechanisms::KeyRules& own = pair.private_key.rules;
  own.key_block_export.weaker_rsa = sends && options.stronger;
  own.key_block_import.weaker_rsa = !sends && options.stronger;
  FLORIN_TRY(const TokenSession token, OpenTokenSession(options.key.token));
  FLORIN_CHECK_OK(CheckLabelIsFree(*token.session, hsm::KeyClass::kPrivate, options.key.label));
  const auto made = token.session->GeneratePair(pair);
  if (!made.ok()) return ExplainRefusal(made.error(), own);
  Bytes spki(hsm::kMaxPublicKeyInfo);
  FLORIN_TRY(const std::size_t size, token.session->PublicKeyInfo(made->private_key, spki));
  const std::string pem = PemOf("PUBLIC KEY", ByteView(spki).first(size));
  if (options.key.json) {
    std::puts(nlohmann::ordered_json({{"label", options.key.label}, {"public_key", pem + "\n"}})
                  .dump()
                  .c_str());
  } else {
    std::puts(pem.c_str());
  }
  return OkStatus();
}

Result<Bytes> Send(const Tr34SendOptions& options) {
  FLORIN_TRY(const Read read, ReadFiles(options.files));
  FLORIN_TRY(const Bytes peer_list, ReadList(options.peer_list));
  FLORIN_TRY(const Bytes list, ReadList(options.list));
  FLORIN_TRY(const std::string blocks, OptionalBlocksText(options.optional_blocks));
  auto mechanism = MechanismOf<Tr34KeyToken>(read);
  mechanism.peer_list = peer_list;
  mechanism.list = list;
  mechanism.optional_blocks = blocks;
  mechanism.optional_block_count = options.optional_blocks.size();
  for (const NamedCipher& known : kCiphers) {
    if (known.name == options.cipher) mechanism.cipher = known.cipher;
  }
  FLORIN_TRY(const TokenSession token, OpenTokenSession(options.key.token));
  hsm::Session& session = *token.session;
  FLORIN_TRY(const hsm::KeyHandle kdh, FindKey(session, hsm::KeyClass::kPrivate, options.kdh));
  FLORIN_TRY(const hsm::KeyHandle key, FindSecretKey(session, options.key.label));
  Bytes out(kMaxToken);
  FLORIN_TRY(const std::size_t size, session.Wrap(mechanism, kdh, key, out));
  out.resize(size);
  return out;
}

Status Take(const Tr34TakeOptions& options) {
  FLORIN_TRY(const Read read, ReadFiles(options.files));
  FLORIN_TRY(const Bytes bytes, ReadDerFile(options.token, kMaxToken));
  auto mechanism = MechanismOf<Tr34KeyToken>(read);
  mechanism.after = UnixSeconds{options.after};
  FLORIN_TRY(hsm::KeyTemplate key, hsm::KeyTemplateOfTr34(bytes));
  FLORIN_TRY(key.name, hsm::KeyRef::Create(hsm::KeyClass::kSecret, options.key.label));
  key.persistent = true;
  key.rules.extractable = options.extractable;
  FLORIN_TRY(const TokenSession token, OpenTokenSession(options.key.token));
  hsm::Session& session = *token.session;
  FLORIN_CHECK_OK(CheckLabelIsFree(session, hsm::KeyClass::kSecret, options.key.label));
  FLORIN_TRY(const hsm::KeyHandle krd, FindKey(session, hsm::KeyClass::kPrivate, options.krd));
  const auto taken = session.Unwrap(mechanism, krd, bytes, key);
  if (!taken.ok()) return ExplainRefusal(taken.error(), key.rules);
  return PrintKey(session, *taken, options.key.json);
}

Result<Bytes> Unbind(const Tr34UnbindOptions& options) {
  FLORIN_TRY(const Read read, ReadFiles(options.files));
  FLORIN_TRY(const Bytes peer_list, ReadList(options.peer_list));
  FLORIN_TRY(const Bytes list, ReadList(options.list));
  Bytes next;
  Bytes own_authority;
  if (!options.next.empty()) {
    FLORIN_TRY(next, ReadDerFile(options.next, mechanisms::kMaxTr34CertificateSize));
    FLORIN_TRY(own_authority,
               ReadDerFile(options.own_authority, mechanisms::kMaxTr34CertificateSize));
  }
  auto mechanism = MechanismOf<Tr34Unbind>(read);
  mechanism.peer_list = peer_list;
  mechanism.list = list;
  mechanism.next = next;
  mechanism.own_authority = own_authority;
  FLORIN_TRY(const TokenSession token, OpenTokenSession(options.token));
  FLORIN_TRY(const hsm::KeyHandle kdh,
             FindKey(*token.session, hsm::KeyClass::kPrivate, options.key));
  Bytes out(kMaxToken);
  FLORIN_TRY(const std::size_t size, token.session->Sign(mechanism, kdh, {}, out));
  out.resize(size);
  return out;
}

Status Leave(const Tr34UnbindOptions& options) {
  FLORIN_TRY(const Read read, ReadFiles(options.files));
  FLORIN_TRY(const Bytes bytes, ReadDerFile(options.unbind_token, kMaxToken));
  Bytes next;
  if (!options.next.empty()) {
    FLORIN_TRY(next, ReadDerFile(options.next, mechanisms::kMaxTr34CertificateSize));
  }
  auto mechanism = MechanismOf<Tr34Unbind>(read);
  mechanism.next = next;
  FLORIN_TRY(const TokenSession token, OpenTokenSession(options.token));
  FLORIN_TRY(const hsm::KeyHandle krd,
             FindKey(*token.session, hsm::KeyClass::kPrivate, options.key));
  return token.session->Verify(mechanism, krd, {}, bytes);
}

int PrintToken(const char* command, const Result<Bytes>& token, bool json) {
  if (!token.ok()) return ReportFailure(command, token.error());
  if (json) {
    std::puts(
        nlohmann::ordered_json({{"token", HexEncode(*token, HexCase::kUpper)}}).dump().c_str());
  } else {
    std::puts(PemOf("CMS", *token).c_str());
  }
  return 0;
}

}  // namespace

int RunTr34Pair(const Tr34PairOptions& options) {
  const Status done = MakePair(options);
  return done.ok() ? 0 : ReportFailure("tr34 pair", done.error());
}

int RunTr34Send(const Tr34SendOptions& options) {
  return PrintToken("tr34 send", Send(options), options.key.json);
}

int RunTr34Take(const Tr34TakeOptions& options) {
  const Status done = Take(options);
  return done.ok() ? 0 : ReportFailure("tr34 take", done.error());
}

int RunTr34Unbind(const Tr34UnbindOptions& options) {
  return PrintToken("tr34 unbind", Unbind(options), options.json);
}

int RunTr34Leave(const Tr34UnbindOptions& options) {
  const Status done = Leave(options);
  if (options.json) std::puts(done.ok() ? "{\"right\":true}" : "{\"right\":false}");
  if (!done.ok()) return ReportFailure("tr34 leave", done.error());
  if (!options.json) std::puts("right: the host lets this device go");
  return 0;
}

}  // namespace florin::tools
