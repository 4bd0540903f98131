#include "tests/interop/peer.h"

#include <cstdio>
#include <iostream>

#include "florin/base/hex.h"
#include "florin/base/random.h"
#include "florin/hsm/soft_session.h"

namespace florin::interop {

std::unique_ptr<hsm::Session> OpenSession() {
  return hsm::SoftToken::Create().value().OpenSession().value();
}

Bytes Random(std::size_t size) {
  Bytes bytes(size);
  FLORIN_INVARIANT(SystemRandom().Fill(bytes).ok());
  return bytes;
}

Bytes Hex(const Json& object, const char* name) { return HexDecode(Text(object, name)).value(); }

std::string HexOf(const SecretBytes& secret) { return HexEncode(secret.Read(SecretAccess{})); }

std::string Text(const Json& object, const char* name) {
  return object.contains(name) ? object.at(name).get<std::string>() : std::string();
}

std::string NewLabel() {
  static int made = 0;
  return "key-" + std::to_string(++made);
}

Result<payload::JosePublicKey> MakePair(hsm::Session& session, hsm::KeyPairTemplate pair) {
  pair.private_key.persistent = false;
  pair.public_key.persistent = false;
  FLORIN_TRY(const hsm::KeyPair made, session.GeneratePair(pair));
  Bytes info(hsm::kMaxPublicKeyInfo);
  FLORIN_TRY(const std::size_t size, session.PublicKeyInfo(made.public_key, info));
  return payload::JosePublicKey::FromSpki(ByteView(info).first(size));
}

Result<payload::JosePublicKey> PublicKeyOf(const Json& request) {
  if (request.contains("jwk")) return payload::JosePublicKey::FromJwk(Text(request, "jwk"));
  if (request.contains("spki")) return payload::JosePublicKey::FromSpki(Hex(request, "spki"));
  return payload::JosePublicKey::FromCertificate(Hex(request, "certificate"));
}

Json Describe(const payload::JosePublicKey& key) {
  return {{"jwk", key.ToJwk()},
          {"spki", HexEncode(key.spki())},
          {"thumbprint", HexEncode(key.Thumbprint())},
          {"spki_hash", HexEncode(key.SpkiHash())}};
}

int Serve(const Answer& answer) {
  std::string line;
  while (std::getline(std::cin, line)) {
    const Json request = Json::parse(line);
    const auto answered = answer(request);
    if (!answered.ok() && answered.error().code() == ErrorCode::kNotFound) {
      std::fprintf(stderr, "peer: %s: %s\n", answered.error().message(), line.c_str());
      return 1;
    }
    const Json reply = answered.ok() ? *answered
                                     : Json{{"error", ErrorCodeName(answered.error().code())},
                                            {"message", answered.error().message()}};
    std::cout << reply.dump() << std::endl;
  }
  return 0;
}

}  // namespace florin::interop
