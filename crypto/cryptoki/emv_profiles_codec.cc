#include "crypto/cryptoki/emv_profiles_codec.h"

#include <algorithm>
#include <bitset>
#include <cstring>

#include "crypto/cryptoki/emv_numbers.h"
#include "crypto/cryptoki/param_fields.h"
#include "crypto/cryptoki/rv.h"

namespace florin::cryptoki {
namespace {

constexpr CK_BYTE kVersion = 1;

static_assert(sizeof(CK_FLORIN_EMV_PROFILES) == 88);

Error BadValue() {
  return RvError(CKR_ATTRIBUTE_VALUE_INVALID, ErrorCode::kInvalidArgument,
                 "the EMV profiles of a key are no CK_FLORIN_EMV_PROFILES");
}

void WriteBits(const std::bitset<256>& bits, CK_BYTE (&out)[32]) {
  for (std::size_t n = 0; n < bits.size(); ++n) {
    if (bits.test(n)) out[n / 8] = static_cast<CK_BYTE>(out[n / 8] | 1U << n % 8);
  }
}

std::bitset<256> ReadBits(const CK_BYTE (&in)[32]) {
  std::bitset<256> bits;
  for (std::size_t n = 0; n < bits.size(); ++n) bits.set(n, (in[n / 8] >> n % 8 & 1U) != 0);
  return bits;
}

// 0 stands for a choice that the profile makes.
template <class E, std::size_t N>
bool ReadChoice(const Numbered<E> (&table)[N], CK_BYTE number, std::optional<E>& out) {
  out = ValueOf(table, number);
  return number == 0 || out.has_value();
}

}  // namespace

CK_FLORIN_EMV_TREE EncodeEmvTree(std::optional<card::EmvSessionKeyMethod> method,
                                 const card::EmvTree& tree) {
  CK_FLORIN_EMV_TREE out = {};
  if (method != card::EmvSessionKeyMethod::kEmv2000) return out;
  out.branch = tree.branch;
  out.height = tree.height;
  CopyBytes(tree.iv, out.iv);
  return out;
}

bool DecodeEmvTree(std::optional<card::EmvSessionKeyMethod> method, const CK_FLORIN_EMV_TREE& in,
                   card::EmvTree& out) {
  if (method != card::EmvSessionKeyMethod::kEmv2000) {
    return in.branch == 0 && in.height == 0 && AllZero(in.iv);
  }
  out.branch = in.branch;
  out.height = in.height;
  std::ranges::copy(in.iv, out.iv.begin());
  return out.HasLeafForEachAtc();
}

CK_FLORIN_EMV_PROFILES EncodeEmvProfiles(const card::EmvAllowedProfiles& profiles) {
  CK_FLORIN_EMV_PROFILES out = {};
  out.version = kVersion;
  out.scheme = NumberOf(kSchemes, profiles.scheme);
  out.unproven = profiles.unproven ? 1 : 0;
  if (profiles.master_key.has_value()) {
    out.masterKeyOption = NumberOf(kMasterKeyOptions, *profiles.master_key);
  }
  if (profiles.session_key.has_value()) {
    out.sessionKeyMethod = NumberOf(kSessionKeyMethods, *profiles.session_key);
  }
  out.tree = EncodeEmvTree(profiles.session_key, profiles.tree);
  WriteBits(profiles.cvns, out.cvns);
  WriteBits(profiles.dkis, out.dkis);
  return out;
}

Result<card::EmvAllowedProfiles> DecodeEmvProfiles(ByteView value) {
  CK_FLORIN_EMV_PROFILES in;
  if (value.size() != sizeof(in)) return BadValue();
  std::memcpy(&in, value.data(), sizeof(in));
  const auto scheme = ValueOf(kSchemes, in.scheme);
  if (in.version != kVersion || !scheme.has_value() || in.unproven > 1 || in.reserved != 0) {
    return BadValue();
  }
  card::EmvAllowedProfiles out;
  out.scheme = *scheme;
  out.unproven = in.unproven == 1;
  if (!ReadChoice(kMasterKeyOptions, in.masterKeyOption, out.master_key) ||
      !ReadChoice(kSessionKeyMethods, in.sessionKeyMethod, out.session_key) ||
      !DecodeEmvTree(out.session_key, in.tree, out.tree)) {
    return BadValue();
  }
  out.cvns = ReadBits(in.cvns);
  out.dkis = ReadBits(in.dkis);
  return out;
}

}  // namespace florin::cryptoki
