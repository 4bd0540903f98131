// Fuzzes the readers of TR-34 messages. Every view that they hand out lies inside the input, and
// what has a writer is written as it was read.
#include <cstdint>

#include "crypto/card/tr34_credential.h"
#include "crypto/card/tr34_envelope.h"
#include "crypto/card/tr34_token.h"
#include "florin/base/result.h"

namespace florin::card {
namespace {

void ExpectInside(ByteView view, ByteView input) {
  FLORIN_INVARIANT(view.empty() || (view.data() >= input.data() &&
                                    view.data() + view.size() <= input.data() + input.size()));
}

void ReadContent(ByteView content) {
  if (const auto envelope = Tr34Envelope::Parse(content); envelope.ok()) {
    for (const ByteView view :
         {envelope->recipient, envelope->encrypted_key, envelope->iv, envelope->ciphertext}) {
      ExpectInside(view, content);
    }
    (void)DecryptTr34Content(*envelope, Bytes(24, 1)).ok();
  }
  if (const auto rebinding = Tr34Rebinding::Parse(content); rebinding.ok()) {
    FLORIN_INVARIANT(SameBytes(WriteTr34Rebinding(*rebinding).value(), content));
  }
  if (const auto key = Tr34KeyContent::Parse(content); key.ok()) {
    const auto again = WriteTr34KeyContent(*key);
    FLORIN_INVARIANT(again.ok() && SameBytes(again->Read(SecretAccess{}), content));
  }
}

}  // namespace
}  // namespace florin::card

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace florin::card;
  const florin::ByteView input(data, size);
  if (const auto token = Tr34Token::Parse(input); token.ok()) {
    for (const florin::ByteView view :
         {token->content_type, token->content, token->crl, token->signer, token->attributes,
          token->signature, token->signed_content_type, token->message_digest, token->random,
          token->header}) {
      ExpectInside(view, input);
    }
    ReadContent(token->content);
  }
  ReadContent(input);
  if (const auto credential = Tr34Credential::Parse(input); credential.ok()) {
    ExpectInside(credential->certificate, input);
    ExpectInside(credential->crl, input);
  }
  if (const auto random = ReadTr34RandomToken(input); random.ok()) {
    FLORIN_INVARIANT(florin::SameBytes(Tr34RandomAttribute(*random).value(), input));
  }
  return 0;
}
