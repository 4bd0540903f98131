// A program of a user: seals a message with a key it never sees, and opens it again.
#include <cstdio>

#include "florin/base/hex.h"
#include "florin/base/random.h"
#include "florin/hsm/soft_session.h"
#include "florin/version.h"

namespace {

using florin::Bytes;
using florin::ByteView;
using florin::Result;
namespace mechanisms = florin::mechanisms;

florin::hsm::KeyTemplate DataKey() {
  florin::hsm::KeyTemplate key;
  key.rules.type = mechanisms::KeyType::kAes;
  key.rules.length = 32;
  key.rules.verbs = {mechanisms::Verb::kEncrypt, mechanisms::Verb::kDecrypt};
  return key;
}

Result<Bytes> SealAndOpen(ByteView message) {
  FLORIN_TRY(auto token, florin::hsm::SoftToken::Create());
  FLORIN_TRY(auto session, token.OpenSession());
  FLORIN_TRY(const auto key, session->Generate(DataKey()));

  Bytes iv(12);
  FLORIN_CHECK_OK(florin::SystemRandom().Fill(iv));
  const mechanisms::AesGcm gcm{.iv = iv, .aad = {}};
  Bytes sealed(message.size() + gcm.tag_length);
  FLORIN_TRY(const auto sealed_size, session->Encrypt(gcm, key, message, sealed));
  Bytes opened(sealed_size);
  FLORIN_TRY(const auto size, session->Decrypt(gcm, key, sealed, opened));
  opened.resize(size);
  return opened;
}

}  // namespace

int main() {
  const ByteView message = florin::AsBytes("one message");
  const auto opened = SealAndOpen(message);
  if (!opened.ok()) {
    std::fprintf(stderr, "%s\n", opened.error().message());
    return 1;
  }
  if (!florin::SameBytes(*opened, message)) return 1;
  std::printf("florin %s: %s\n", FLORIN_VERSION, florin::HexEncode(*opened).c_str());
  return 0;
}
