#include "crypto/card/emv_session_key.h"

#include <algorithm>
#include <array>
#include <utility>

#include "crypto/card/emv_primitives.h"
#include "crypto/primitives/tdes.h"

namespace florin::card {
namespace {

constexpr std::size_t kHalf = 8;

// Two blocks of TDES key material, both halves of one key.
using KeyBlocks = SecretArray<2 * kHalf>;

std::uint8_t High(std::uint16_t atc) { return static_cast<std::uint8_t>(atc >> 8U); }
std::uint8_t Low(std::uint16_t atc) { return static_cast<std::uint8_t>(atc & 0xFFU); }

void XorInto(MutableBytes target, ByteView with) {
  for (std::size_t i = 0; i < target.size(); ++i) {
    target[i] = static_cast<std::uint8_t>(target[i] ^ with[i]);
  }
}

// Takes the right end of each half: ATC on the left, its complement on the right.
void XorAtc(MutableBytes halves, std::uint16_t atc) {
  const auto inverse = static_cast<std::uint16_t>(~atc);
  XorInto(halves.subspan(6, 2), std::array{High(atc), Low(atc)});
  XorInto(halves.subspan(kHalf + 6, 2), std::array{High(inverse), Low(inverse)});
}

Result<EmvKey> TdesKeyOf(KeyBlocks& blocks) {
  primitives::SetOddParity(blocks.Write(SecretAccess{}));
  return EmvKey::Create(EmvAlgorithm::kTdes, blocks.Read(SecretAccess{}));
}

Status RequireTdes(const EmvKey& key) {
  if (key.algorithm() == EmvAlgorithm::kTdes) return OkStatus();
  return Error(ErrorCode::kUnsupported, "EMV: this session key method exists for TDES only");
}

Result<EmvKey> UnionPayKey(const EmvKey& icc_key, std::uint16_t atc) {
  KeyBlocks blocks;
  XorAtc(blocks.Write(SecretAccess{}), atc);
  FLORIN_CHECK_OK(EmvEncrypt(icc_key, blocks.Read(SecretAccess{}), blocks.Write(SecretAccess{})));
  return TdesKeyOf(blocks);
}

Status CheckTree(const EmvTree& tree) {
  if (tree.HasLeafForEachAtc()) return OkStatus();
  return Error(ErrorCode::kInvalidArgument,
               "EMV 2000: the branch factor is 2 or more, the height 1 to 16, and the tree has a "
               "leaf for each ATC");
}

// EMV 2000 book 2 A1.3: f(X, Y, j), written over Y.
Status Descend(const KeyBlocks& x, MutableBytes y, std::uint32_t j, std::uint8_t branch) {
  const auto index = static_cast<std::uint8_t>(j % branch);
  y[kHalf - 1] = static_cast<std::uint8_t>(y[kHalf - 1] ^ index);
  y[2 * kHalf - 1] = static_cast<std::uint8_t>(y[2 * kHalf - 1] ^ index ^ 0xF0U);
  return primitives::TdesEncryptOnce(x.Read(SecretAccess{}), y, y);
}

Result<EmvKey> Emv2000Key(const EmvKey& icc_key, std::uint16_t atc, const EmvTree& tree) {
  FLORIN_CHECK_OK(CheckTree(tree));
  KeyBlocks grandparent;
  KeyBlocks parent;
  std::ranges::copy(tree.iv, grandparent.Write(SecretAccess{}).begin());
  std::ranges::copy(icc_key.Read(SecretAccess{}), parent.Write(SecretAccess{}).begin());
  for (unsigned level = 1; level < tree.height; ++level) {
    std::uint64_t below = 1;  // leaves under each node of this level
    for (unsigned i = level; i < tree.height && below <= atc; ++i) below *= tree.branch;
    const auto j = static_cast<std::uint32_t>(atc / below);
    FLORIN_CHECK_OK(Descend(parent, grandparent.Write(SecretAccess{}), j, tree.branch));
    std::swap(grandparent, parent);
  }
  KeyBlocks leaf;
  std::ranges::copy(grandparent.Read(SecretAccess{}), leaf.Write(SecretAccess{}).begin());
  FLORIN_CHECK_OK(Descend(parent, leaf.Write(SecretAccess{}), atc, tree.branch));
  XorInto(leaf.Write(SecretAccess{}), grandparent.Read(SecretAccess{}));
  return TdesKeyOf(leaf);
}

}  // namespace

Result<EmvKey> DeriveCommonSessionKey(const EmvKey& icc_key, std::span<const std::uint8_t, 8> r) {
  const std::size_t block_size = EmvBlockSize(icc_key);
  const std::size_t blocks_size = icc_key.size() > block_size ? 2 * block_size : block_size;
  SecretArray<2 * primitives::kMaxBlockSize> storage;
  const MutableBytes blocks = storage.Write(SecretAccess{}).first(blocks_size);
  std::ranges::copy(r, blocks.begin());
  if (blocks_size > block_size) {
    std::ranges::copy(r, blocks.subspan(block_size).begin());
    blocks[2] = 0xF0;
    blocks[block_size + 2] = 0x0F;
  }
  FLORIN_CHECK_OK(EmvEncrypt(icc_key, blocks, blocks));
  if (icc_key.algorithm() == EmvAlgorithm::kTdes) primitives::SetOddParity(blocks);
  return EmvKey::Create(icc_key.algorithm(), blocks.first(icc_key.size()));
}

Result<EmvKey> DeriveCryptogramSessionKey(const EmvKey& icc_key, std::uint16_t atc) {
  return DeriveCommonSessionKey(icc_key, std::array<std::uint8_t, 8>{High(atc), Low(atc)});
}

Result<EmvKey> DeriveSessionKey(const EmvKey& icc_key, EmvSessionKeyMethod method,
                                const EmvSessionInput& input) {
  if (method == EmvSessionKeyMethod::kNone) return icc_key.Clone();
  if (method == EmvSessionKeyMethod::kCommon) return DeriveCryptogramSessionKey(icc_key, input.atc);
  FLORIN_CHECK_OK(RequireTdes(icc_key));
  if (method == EmvSessionKeyMethod::kEmv2000) return Emv2000Key(icc_key, input.atc, input.tree);
  if (method == EmvSessionKeyMethod::kUnionPay) return UnionPayKey(icc_key, input.atc);
  const auto& un = input.un;
  return DeriveCommonSessionKey(
      icc_key, std::array<std::uint8_t, 8>{High(input.atc), Low(input.atc), 0, 0, un[0], un[1],
                                           un[2], un[3]});
}

std::array<std::uint8_t, kCryptogramSize> ScriptRand(
    std::span<const std::uint8_t, kCryptogramSize> arqc, std::uint16_t n) {
  std::array<std::uint8_t, kCryptogramSize> rand;
  std::uint32_t carry = n;
  for (std::size_t i = kCryptogramSize; i-- > 0; carry >>= 8U) {
    carry += arqc[i];
    rand[i] = static_cast<std::uint8_t>(carry & 0xFFU);
  }
  return rand;
}

Result<EmvKey> DeriveScriptKey(const EmvKey& icc_key, EmvScriptKeyMethod method, std::uint16_t atc,
                               std::span<const std::uint8_t, kCryptogramSize> rand) {
  if (method == EmvScriptKeyMethod::kNone) {
    return Error(ErrorCode::kUnsupported, "EMV: the profile has no issuer scripts");
  }
  if (method == EmvScriptKeyMethod::kCommon) return DeriveCommonSessionKey(icc_key, rand);
  FLORIN_CHECK_OK(RequireTdes(icc_key));
  KeyBlocks blocks;
  std::ranges::copy(icc_key.Read(SecretAccess{}), blocks.Write(SecretAccess{}).begin());
  XorAtc(blocks.Write(SecretAccess{}), atc);
  return TdesKeyOf(blocks);
}

}  // namespace florin::card
