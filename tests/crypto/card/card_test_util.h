// What the tests of card algorithms share: vector files, keys and values out of text.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "crypto/primitives/aes.h"
#include "crypto/primitives/mac.h"
#include "crypto/primitives/tdes.h"
#include "florin/base/bytes.h"
#include "florin/base/hex.h"
#include "florin/base/pan.h"
#include "florin/base/random.h"
#include "florin/base/secret.h"
#include "florin/card/card_data.h"
#include "tools/vectors/vector_file.h"

namespace florin::card {

inline vectors::VectorFile LoadVectors(const char* name) {
  return vectors::VectorFile::Load(std::string(FLORIN_SOURCE_DIR "/tests/vectors/card/") + name);
}

inline Bytes Hex(std::string_view digits) { return HexDecode(digits).value(); }

// The clear bytes of a SecretArray or another secret type.
template <class Secret>
Bytes Clear(const Secret& secret) {
  const ByteView view = secret.Read(SecretAccess{});
  return {view.begin(), view.end()};
}

inline Bytes ZeroPadded(Bytes data, std::size_t block) {
  data.resize((data.size() + block - 1) / block * block);
  return data;
}

inline Pan PanOf(const std::string& digits) { return Pan::Parse(digits).value(); }
inline Expiry ExpiryOf(const std::string& digits) { return Expiry::Parse(digits).value(); }
inline ServiceCode ServiceCodeOf(const std::string& digits) {
  return ServiceCode::Parse(digits).value();
}

inline primitives::RetailMacKey MacKeyOf(ByteView key) {
  return primitives::RetailMacKey::Create(key).value();
}
inline primitives::KeyedCipher TdesOf(ByteView key) { return primitives::TdesCipher(key).value(); }
inline primitives::KeyedCipher AesOf(ByteView key) { return primitives::AesCipher(key).value(); }

template <class Digits>
std::string TextOf(const Digits& digits) {
  return std::string(digits.Read(SecretAccess{}));
}

inline std::uint16_t CounterOf(const Bytes& bytes) {
  EXPECT_EQ(bytes.size(), 2U);
  return static_cast<std::uint16_t>(bytes.at(0) << 8U | bytes.at(1));
}

inline std::string UpperHex(ByteView bytes) { return HexEncode(bytes, HexCase::kUpper); }

// Gives the same bytes over and over, or none.
class FixedRandom final : public RandomSource {
 public:
  explicit FixedRandom(Bytes bytes) : bytes_(std::move(bytes)) {}
  Status Fill(MutableBytes out) override {
    if (bytes_.empty()) return Error(ErrorCode::kResourceExhausted, "no random bytes");
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = bytes_[i % bytes_.size()];
    return OkStatus();
  }

 private:
  Bytes bytes_;
};

}  // namespace florin::card
