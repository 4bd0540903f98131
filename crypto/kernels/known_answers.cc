// What every kernel must come to before it is used: published values, and a refusal.
#include <algorithm>
#include <array>
#include <string_view>

#include "crypto/kernels/aes.h"
#include "crypto/kernels/kernels.h"
#include "crypto/primitives/known_answers.h"

namespace florin::kernels {
namespace {

using primitives::Equals;
using primitives::Known;

constexpr std::string_view kSp800Data =
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411";

// SP 800-38B D, examples 3 (AES-128, also RFC 4493 4) and 11 (AES-256).
bool TestCmac(const Kernel& kernel) {
  constexpr std::string_view kKeys[] = {
      "2b7e151628aed2a6abf7158809cf4f3c",
      "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"};
  constexpr std::string_view kMacs[] = {"dfa66747de9ae63030ca32611497c827",
                                        "aaf3d8f1de5640c232f5b169b9c911e6"};
  const Known data(kSp800Data);
  const ByteView message = data;
  for (std::size_t i = 0; i < std::size(kKeys); ++i) {
    std::array<std::uint8_t, 16> once{};
    std::array<std::uint8_t, 16> kept{};
    if (!AesCmacOnce(kernel, Known(kKeys[i]), message, once).ok() || !Equals(once, kMacs[i])) {
      return false;
    }
    const auto key = AesCmacKey::Create(kernel, Known(kKeys[i]));
    if (!key.ok() || !key->Sign({message.first(3), message.subspan(3)}, kept).ok() ||
        !Equals(kept, kMacs[i])) {
      return false;
    }
  }
  return true;
}

// X9.24-3:2017 Supplement: from the BDK to the PIN key of the device's third transaction.
bool TestDerive(const Kernel& kernel, std::string_view bdk, std::string_view path,
                std::string_view expected) {
  const Known blocks(path);
  const ByteView bytes = blocks;
  std::array<DerivationBlock, 4> steps{};
  if (bytes.size() != steps.size() * kAesBlock) return false;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(i * kAesBlock), kAesBlock,
                steps[i].begin());
  }
  const Known key(bdk);
  std::array<std::uint8_t, kMaxDerivedKey> out{};
  const MutableBytes derived = MutableBytes(out).first(expected.size() / 2);
  return AesDerive(kernel, key, steps, derived).ok() && Equals(derived, expected);
}

// The GCM specification's test cases 4 (AES-128) and 16 (AES-256), and the latter with a wrong tag.
bool TestGcm(const Kernel& kernel, std::string_view key_hex, std::string_view cipher_hex,
             std::string_view tag_hex) {
  const auto key = AesGcmKey::Create(kernel, Known(key_hex));
  const Known iv("cafebabefacedbaddecaf888");
  const Known aad("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  const Known plain(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6"
      "b525b16aedf5aa0de657ba637b39");
  std::array<std::uint8_t, 60> out{};
  std::array<std::uint8_t, 16> tag{};
  if (!key.ok() || !key->Seal(iv, aad, plain, out, tag).ok() || !Equals(out, cipher_hex) ||
      !Equals(tag, tag_hex) || !key->Open(iv, aad, out, tag, out).ok() || !SameBytes(out, plain)) {
    return false;
  }
  tag[15] = static_cast<std::uint8_t>(tag[15] ^ 1);
  return key->Open(iv, aad, Known(cipher_hex), tag, out).code() == ErrorCode::kVerificationFailed;
}

}  // namespace

Status TestKernel(const Kernel& kernel) {
  const bool right =
      TestCmac(kernel) &&
      TestDerive(kernel, "fedcba9876543210f1f1f1f1f1f1f1f1",
                 "01018001000200801234567890123456"
                 "01018000000200809012345600000002"
                 "01018000000200809012345600000003"
                 "01011000000200809012345600000003",
                 "7d69f01f3b45449f62c7816ece723268") &&
      TestDerive(kernel, "fedcba9876543210f1f1f1f1f1f1f1f1fedcba9876543210f1f1f1f1f1f1f1f1",
                 "01018001000401001234567890123456"
                 "01018000000401009012345600000002"
                 "01018000000401009012345600000003"
                 "01011000000401009012345600000003",
                 "96a1ab5d37cb7cf81dde64f66c46e0389b833e7ad5f4e44c791f04fafda6da0e") &&
      TestGcm(kernel, "feffe9928665731c6d6a8f9467308308",
              "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f"
              "6a5aac84aa051ba30b396a0aac973d58e091",
              "5bc94fbc3221a5db94fae95ae7121a47") &&
      TestGcm(kernel, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
              "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b0"
              "8b1056828838c5f61e6393ba7a0abcc9f662",
              "76fc6ece0f4e1768cddf8853bb2d551b");
  if (right) return OkStatus();
  return Error(ErrorCode::kInternal, "a kernel failed its self-test: nothing will be computed");
}

}  // namespace florin::kernels
