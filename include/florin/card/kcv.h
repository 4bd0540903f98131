// Key check values: what tells two people that they hold the same key.
#pragma once

#include <cstddef>

#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/card/kcv_method.h"

#pragma GCC visibility push(default)

namespace florin::card {

inline constexpr std::size_t kMinKcvSize = 2;
inline constexpr std::size_t kMaxKcvSize = 5;

// 5 for CMAC, 3 for the others: more of an encrypted block would serve as a codebook.
std::size_t MaxKcvSize(KcvMethod method);

// Fills `kcv`, 2 bytes up to MaxKcvSize(). kInvalidArgument: another length, or a key that the
// method does not take.
Status KeyCheckValue(KcvMethod method, ByteView key, MutableBytes kcv);

// Compares all of `kcv` in constant time: kVerificationFailed. Errors: as KeyCheckValue.
Status VerifyKeyCheckValue(KcvMethod method, ByteView key, ByteView kcv);

}  // namespace florin::card

#pragma GCC visibility pop
