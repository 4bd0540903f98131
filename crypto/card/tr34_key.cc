#include "crypto/card/tr34_key.h"

#include "crypto/base/oids.h"
#include "crypto/card/key_block_rules.h"
#include "crypto/card/key_block_text.h"
#include "crypto/card/tr34_envelope.h"

namespace florin::card {
namespace {

Error Refused() {
  return Error(ErrorCode::kVerificationFailed,
               "the TR-34 token is not a valid one for this device");
}

// The number of optional blocks has two digits: KeyBlockHeader::FromBlock.
Result<OptionalBlocks> OptionalBlocksOf(std::string_view text) {
  const auto count = ParseDecimal(text.substr(12, 2));
  FLORIN_INVARIANT(count.has_value());
  return OptionalBlocks::Parse(text.substr(KeyBlockHeader::kLength), *count);
}

// The length field covers the header at least: in the norm's samples also what would follow it.
Result<KeyBlockHeader> CheckedHeader(std::string_view text) {
  FLORIN_TRY(const KeyBlockHeader header, KeyBlockHeader::FromBlock(text));
  FLORIN_TRY(const OptionalBlocks blocks, OptionalBlocksOf(text));
  if (KeyBlockHeader::kLength + blocks.text().size() != text.size() ||
      ParseDecimal(text.substr(1, 4)) < text.size()) {
    return Refused();
  }
  for (const OptionalBlock& block : blocks) FLORIN_CHECK_OK(CheckOptionalBlock(block));
  return header;
}

}  // namespace

OptionalBlocks Tr34Key::optional_blocks() const {
  auto blocks = OptionalBlocksOf(header_text);
  FLORIN_INVARIANT(blocks.ok());
  return *blocks;
}

Result<KeyBlockHeader> StatedTr34Header(const Tr34Token& token) {
  if (!SameBytes(token.content_type, oids::kEnvelopedData)) return Refused();
  return CheckedHeader(AsText(token.header));
}

Result<OptionalBlocks> StatedTr34Blocks(const Tr34Token& token) {
  return OptionalBlocksOf(AsText(token.header));
}

Status CheckTr34Age(const Tr34Token& token, UnixSeconds now, const Tr34Window& window) {
  if (token.time.has_value() == !token.random.empty()) return Refused();
  if (!token.time) return OkStatus();
  const std::int64_t age = now.value - token.time->value;
  if (age >= -window.max_ahead_s && age <= window.max_behind_s) return OkStatus();
  return Error(ErrorCode::kExpired, "the time of the TR-34 token lies too far from the clock");
}

Result<Tr34Key> OpenTr34Key(const Tr34Token& token, const Tr34Addressee& to,
                            const KeyBlockImportPolicy& policy, RandomSource& random) {
  FLORIN_TRY(const Tr34Envelope envelope, Tr34Envelope::Parse(token.content));
  if (!SameBytes(envelope.recipient, to.krd)) return Refused();
  const auto content = OpenTr34Envelope(envelope, to.key, random);
  // The answer of a wrong content, or the difference tells the padding.
  if (content.code() == ErrorCode::kVerificationFailed) return Refused();
  if (!content.ok()) return content.error();
  const auto inner = Tr34KeyContent::Parse(content->Read(SecretAccess{}));
  if (!inner.ok() || !SameBytes(inner->kdh, to.kdh) || !SameBytes(inner->header, token.header)) {
    return Refused();
  }
  FLORIN_TRY(const KeyBlockHeader header, StatedTr34Header(token));
  FLORIN_CHECK_OK(
      CheckKeyImport(header, inner->key,
                     Tr34EnvelopeStrength(envelope.cipher, to.key.modulus_size(), policy), policy));
  FLORIN_TRY(SecretBytes key, SecretBytes::CopyOf(inner->key));
  return Tr34Key{header, std::string(AsText(token.header)), std::move(key)};
}

}  // namespace florin::card
