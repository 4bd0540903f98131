// Fuzzes unwrapping with fixed keys: the input as a key block, and the input as a payload that is
// sealed first, so that what stands behind the MAC is reached.
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "crypto/card/key_block_seal.h"
#include "crypto/card/key_block_unwrap.h"
#include "florin/base/result.h"

namespace florin::card {
namespace {

constexpr KeyBlockImportPolicy kTolerant = {true, true, true, true};
constexpr std::array<std::uint8_t, 24> kKbpk = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
                                                0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10,
                                                0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77};

const KeyBlockKeys& KeysOf(char version) {
  static const std::array<KeyBlockKeys, 5> keys = {
      KeyBlockKeys::Create('A', kKbpk).value(), KeyBlockKeys::Create('B', kKbpk).value(),
      KeyBlockKeys::Create('C', kKbpk).value(), KeyBlockKeys::Create('D', kKbpk).value(),
      KeyBlockKeys::Create('E', kKbpk).value()};
  return keys[static_cast<std::size_t>(version - 'A')];
}

void UnwrapText(std::string_view text) {
  const auto block = KeyBlock::Parse(text);
  if (!block.ok()) return;
  const KeyBlockKeys& keys = KeysOf(block->header().version());
  const auto strict = UnwrapKeyBlock(keys, *block, {});
  const auto tolerant = UnwrapKeyBlock(keys, *block, kTolerant);
  FLORIN_INVARIANT(tolerant.ok() || !strict.ok());
}

void UnwrapPayload(char version, char algorithm, ByteView input) {
  const std::size_t unit = KeyBlockCipherUnit(version);
  Bytes payload(input.begin(), input.end());
  payload.resize(std::max<std::size_t>((payload.size() + unit - 1) / unit * unit, 2 * unit + 16));
  const std::string header = std::string{version} + "0000K0" + algorithm + "N00E0000";
  std::string out(kMaxKeyBlockSize, '\0');
  const auto bound =
      WriteKeyBlockHeader(KeyBlockHeader::Parse(header).value(), {},
                          KeyBlockTailSize(version, payload.size()), std::span<char>(out));
  if (!bound.ok()) return;  // longer than a key block
  const Bytes clear = payload;
  const auto size =
      SealKeyBlock(KeysOf(version), {out.data(), *bound}, payload, std::span<char>(out));
  FLORIN_INVARIANT(size.ok());
  const std::string_view text(out.data(), *size);
  const auto block = KeyBlock::Parse(text);
  FLORIN_INVARIANT(block.ok());
  const auto opened = OpenKeyBlock(KeysOf(version), *block);
  FLORIN_INVARIANT(opened.ok() && SameBytes(opened->Read(SecretAccess{}), clear));
  const auto key = UnwrapKeyBlock(KeysOf(version), *block, kTolerant);
  if (!key.ok()) return;
  FLORIN_INVARIANT(SameBytes(key->Read(SecretAccess{}), ByteView(clear).subspan(2, key->size())));
}

}  // namespace
}  // namespace florin::card

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const florin::ByteView input(data, size);
  florin::card::UnwrapText(florin::AsText(input));
  if (size < 2) return 0;
  constexpr std::string_view kAlgorithms = "ADEHRST";
  florin::card::UnwrapPayload(static_cast<char>('A' + data[0] % 5),
                              kAlgorithms[data[1] % kAlgorithms.size()], input.subspan(2));
  return 0;
}
