#include "florin/card/kcv.h"

#include <algorithm>
#include <array>

#include "crypto/kernels/aes.h"
#include "crypto/primitives/aes.h"
#include "crypto/primitives/mac.h"
#include "crypto/primitives/tdes.h"
#include "florin/base/secret.h"

namespace florin::card {
namespace {

constexpr std::array<std::uint8_t, primitives::kMaxBlockSize> kZeros{};

Status HmacOfNothing(Hash hash, ByteView key, MutableBytes kcv) {
  if (key.empty()) return Error(ErrorCode::kInvalidArgument, "KCV: the HMAC key is empty");
  FLORIN_TRY(const auto hmac, primitives::HmacKey::Create(hash, key));
  return hmac.Sign(ByteView(), kcv);
}

Status TdesCmacOfZeros(ByteView key, MutableBytes kcv) {
  FLORIN_TRY(const auto cmac, primitives::TdesCmacKey::Create(key));
  return cmac.Sign(ByteView(kZeros).first(cmac.size()), kcv);
}

}  // namespace

std::size_t MaxKcvSize(KcvMethod method) {
  return method == KcvMethod::kCmacTdes || method == KcvMethod::kCmacAes ? kMaxKcvSize : 3;
}

Status KeyCheckValue(KcvMethod method, ByteView key, MutableBytes kcv) {
  if (kcv.size() < kMinKcvSize || kcv.size() > MaxKcvSize(method)) {
    return Error(ErrorCode::kInvalidArgument, "KCV: 2 to 3 bytes, to 5 by CMAC");
  }
  SecretArray<primitives::kMaxBlockSize> encrypted;
  const auto block = encrypted.Write(SecretAccess{});
  switch (method) {
    case KcvMethod::kLegacyTdes:
      FLORIN_CHECK_OK(primitives::TdesEncryptOnce(key, ByteView(kZeros).first(8), block.first(8)));
      break;
    case KcvMethod::kLegacyAes:
      FLORIN_CHECK_OK(primitives::AesEncryptOnce(key, kZeros, block));
      break;
    case KcvMethod::kCmacTdes: return TdesCmacOfZeros(key, kcv);
    case KcvMethod::kCmacAes: return kernels::AesCmacOnce(key, ByteView(kZeros), kcv);
    case KcvMethod::kHmacSha224: return HmacOfNothing(Hash::kSha224, key, kcv);
    case KcvMethod::kHmacSha256: return HmacOfNothing(Hash::kSha256, key, kcv);
    case KcvMethod::kHmacSha384: return HmacOfNothing(Hash::kSha384, key, kcv);
    case KcvMethod::kHmacSha512: return HmacOfNothing(Hash::kSha512, key, kcv);
    default: return Error(ErrorCode::kInvalidArgument, "KCV: unknown method");
  }
  std::copy_n(block.begin(), kcv.size(), kcv.begin());
  return OkStatus();
}

Status VerifyKeyCheckValue(KcvMethod method, ByteView key, ByteView kcv) {
  SecretArray<kMaxKcvSize> expected;
  if (kcv.size() > expected.size()) {
    return Error(ErrorCode::kInvalidArgument, "KCV: 2 to 3 bytes, to 5 by CMAC");
  }
  const MutableBytes bytes = expected.Write(SecretAccess{}).first(kcv.size());
  FLORIN_CHECK_OK(KeyCheckValue(method, key, bytes));
  if (!ConstantTimeEqual(bytes, kcv)) {
    return Error(ErrorCode::kVerificationFailed, "the key check value does not match");
  }
  return OkStatus();
}

}  // namespace florin::card
