#include "crypto/card/key_block_seal.h"

#include <algorithm>
#include <array>

#include "florin/base/hex.h"

namespace florin::card {
namespace {

using primitives::Direction;

constexpr std::size_t kLengthSize = 2;
constexpr std::size_t kMaxKeySize = 0xffff / 8;
constexpr std::size_t kMaxKeyBlockMacSize = 16;

}  // namespace

std::size_t KeyBlockPayloadSize(char version, std::size_t key_size, std::size_t obscured_size) {
  const std::size_t unit = KeyBlockCipherUnit(version);
  const std::size_t size = kLengthSize + std::max(key_size, obscured_size);
  return (size + unit - 1) / unit * unit;
}

std::size_t KeyBlockTailSize(char version, std::size_t payload_size) {
  return HexEncodedSize(payload_size + KeyBlockMacSize(version));
}

Status FillKeyBlockPayload(ByteView key, RandomSource& random, MutableBytes payload) {
  if (key.empty() || key.size() > kMaxKeySize || payload.size() < kLengthSize + key.size()) {
    return Error(ErrorCode::kInvalidArgument, "the payload has no room for the key");
  }
  const std::size_t bits = 8 * key.size();
  payload[0] = static_cast<std::uint8_t>(bits >> 8);
  payload[1] = static_cast<std::uint8_t>(bits);
  std::ranges::copy(key, payload.begin() + kLengthSize);
  return random.Fill(payload.subspan(kLengthSize + key.size()));
}

Result<std::size_t> SealKeyBlock(const KeyBlockKeys& keys, std::string_view bound_text,
                                 MutableBytes payload, std::span<char> out) {
  const std::size_t tail = KeyBlockTailSize(keys.version(), payload.size());
  if (out.size() < bound_text.size() + tail) {
    return Error(ErrorCode::kBufferTooSmall, "the output is too small for the key block");
  }
  std::array<std::uint8_t, kMaxKeyBlockMacSize> mac_bytes{};
  const MutableBytes mac = MutableBytes(mac_bytes).first(KeyBlockMacSize(keys.version()));
  const ByteView bound = AsBytes(bound_text);
  if (keys.MacsCiphertext()) {
    FLORIN_CHECK_OK(keys.Crypt(Direction::kEncrypt, bound, {}, payload));
    FLORIN_CHECK_OK(keys.Mac(bound, payload, mac));
  } else {
    FLORIN_CHECK_OK(keys.Mac(bound, payload, mac));
    FLORIN_CHECK_OK(keys.Crypt(Direction::kEncrypt, bound, mac, payload));
  }
  if (bound_text.data() != out.data()) std::ranges::copy(bound_text, out.begin());
  std::span<char> rest = out.subspan(bound_text.size());
  for (const ByteView bytes : {ByteView(payload), ByteView(mac)}) {
    FLORIN_TRY(const std::size_t written, HexEncode(bytes, rest, HexCase::kUpper));
    rest = rest.subspan(written);
  }
  return bound_text.size() + tail;
}

Result<SecretBytes> OpenKeyBlock(const KeyBlockKeys& keys, const KeyBlock& block) {
  if (keys.version() != block.header().version()) {
    return Error(ErrorCode::kInvalidArgument,
                 "the key block is of another version than the keys; derive them for its version");
  }
  const ByteView bound = AsBytes(block.bound_text());
  std::array<std::uint8_t, kMaxKeyBlockMacSize> received{};
  FLORIN_TRY(const std::size_t mac_size, HexDecode(block.mac_hex(), received));
  const ByteView mac = ByteView(received).first(mac_size);
  FLORIN_TRY(SecretBytes payload, SecretBytes::Create(block.ciphertext_hex().size() / 2));
  const MutableBytes data = payload.Write(SecretAccess{});
  FLORIN_TRY(const std::size_t size, HexDecode(block.ciphertext_hex(), data));
  FLORIN_INVARIANT(size == data.size());

  SecretArray<kMaxKeyBlockMacSize> expected;
  const MutableBytes right = expected.Write(SecretAccess{}).first(mac_size);
  if (keys.MacsCiphertext()) FLORIN_CHECK_OK(keys.Mac(bound, data, right));
  if (!keys.MacsCiphertext()) {
    FLORIN_CHECK_OK(keys.Crypt(Direction::kDecrypt, bound, mac, data));
    FLORIN_CHECK_OK(keys.Mac(bound, data, right));
  }
  if (!ConstantTimeEqual(right, mac)) {
    return Error(ErrorCode::kVerificationFailed,
                 "the MAC of the key block does not match: another KBPK, or a changed block");
  }
  if (keys.MacsCiphertext()) FLORIN_CHECK_OK(keys.Crypt(Direction::kDecrypt, bound, mac, data));
  return payload;
}

}  // namespace florin::card
