// Fuzzes the reader of key blocks and of their optional blocks. What is read can be written again
// and is read as the same; data that has a reader and a writer comes back.
#include <cstdint>
#include <string>
#include <vector>

#include "florin/base/result.h"
#include "florin/card/key_block.h"
#include "florin/card/key_block_optional.h"

namespace florin::card {
namespace {

void ReadData(std::string_view data) {
  if (const auto life = ParseAsymmetricKeyLife(data); life.ok()) {
    FLORIN_INVARIANT(FormatAsymmetricKeyLife(*life) == data);
  }
  if (const auto id = ParseBaseDerivationKeyId(data); id.ok()) {
    FLORIN_INVARIANT(FormatBaseDerivationKeyId(*id) == data);
  }
  if (const auto certificates = ParseCertificates(data); certificates.ok()) {
    FLORIN_INVARIANT(FormatCertificates(*certificates).ok());
  }
  if (const auto derivations = ParseDerivationsAllowed(data); derivations.ok()) {
    FLORIN_INVARIANT(FormatDerivationsAllowed(*derivations) == data);
  }
  if (const auto hash = ParseKeyBlockHash(data); hash.ok()) {
    FLORIN_INVARIANT(FormatKeyBlockHash(*hash) == data);
  }
  if (const auto id = ParseInitialKeyId(data); id.ok()) {
    FLORIN_INVARIANT(FormatInitialKeyId(*id) == data);
  }
  if (const auto check = ParseKeyBlockCheckValue(data); check.ok()) {
    FLORIN_INVARIANT(FormatKeyBlockCheckValue(check->cmac, check->value()).value() == data);
  }
  if (const auto key_set = ParseKeySetId(data); key_set.ok() && key_set->size == 10) {
    FLORIN_INVARIANT(FormatKeySetId(key_set->bytes) == data);
  }
  if (const auto time = ParseKeyBlockTime(data); time.ok() && time->value > -62135596800) {
    FLORIN_INVARIANT(ParseKeyBlockTime(FormatKeyBlockTime(*time).value()).value() == *time);
  }
  if (const auto pedigree = ParseWrappingPedigree(data); pedigree.ok()) {
    FLORIN_INVARIANT(FormatWrappingPedigree(*pedigree) == data);
  }
}

void WriteAgain(const KeyBlockHeader& header, const OptionalBlocks& blocks) {
  std::vector<OptionalBlock> kept(blocks.begin(), blocks.end());
  FLORIN_INVARIANT(kept.size() == blocks.count());
  for (const OptionalBlock& block : kept) {
    ReadData(block.data);
    (void)CheckOptionalBlock(block).ok();
  }
  if (!kept.empty() && kept.back().id == "PB") kept.pop_back();
  std::string out(kMaxKeyBlockSize, '\0');
  const auto size = WriteKeyBlockHeader(header, kept, 0, std::span<char>(out));
  if (!size.ok()) return;  // an identifier twice
  const std::string_view text(out.data(), *size);
  FLORIN_INVARIANT(KeyBlockHeader::FromBlock(text).value() == header);
  const std::size_t padding = kept.size() < static_cast<std::size_t>(text[12] - '0') * 10 +
                                                static_cast<std::size_t>(text[13] - '0')
                                  ? 1
                                  : 0;
  const auto again = OptionalBlocks::Parse(text.substr(16), kept.size() + padding);
  FLORIN_INVARIANT(again.ok() && again->text().size() + 16 == *size);
  auto next = again->begin();
  for (const OptionalBlock& block : kept) {
    FLORIN_INVARIANT((*next).id == block.id && (*next).data == block.data);
    ++next;
  }
}

}  // namespace
}  // namespace florin::card

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using florin::card::KeyBlock;
  using florin::card::KeyBlockHeader;
  using florin::card::OptionalBlocks;
  const std::string_view text = florin::AsText({data, size});
  const auto block = KeyBlock::Parse(text);
  if (block.ok()) {
    FLORIN_INVARIANT(block->bound_text().size() + block->ciphertext_hex().size() +
                         block->mac_hex().size() ==
                     size);
    florin::card::WriteAgain(block->header(), block->optional_blocks());
  }
  // A header alone, as attributes and TR-34 carry it.
  const auto header = KeyBlockHeader::FromBlock(text);
  if (!header.ok()) return 0;
  const std::size_t count =
      static_cast<std::size_t>(text[12] - '0') * 10 + static_cast<std::size_t>(text[13] - '0');
  const auto blocks = OptionalBlocks::Parse(text.substr(KeyBlockHeader::kLength), count);
  if (blocks.ok()) florin::card::WriteAgain(*header, *blocks);
  return 0;
}
