// What the EMV tests share: values of vector files as the types of the card room.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <span>
#include <string>

#include "florin/base/bytes.h"
#include "florin/card/emv.h"
#include "tests/crypto/card/card_test_util.h"

namespace florin::card {

inline EmvKey KeyOf(const Bytes& bytes, EmvAlgorithm algorithm = EmvAlgorithm::kTdes) {
  auto key = EmvKey::Create(algorithm, bytes);
  EXPECT_TRUE(key.ok());
  return std::move(key).value();
}

inline Bytes BytesOf(const EmvKey& key) {
  const auto view = key.Read(SecretAccess{});
  return {view.begin(), view.end()};
}

inline std::uint8_t PsnOf(const vectors::TestCase& test) {
  return static_cast<std::uint8_t>(std::stoi(test.Text("psn")));
}

template <std::size_t kSize>
std::array<std::uint8_t, kSize> ArrayOf(const Bytes& bytes) {
  EXPECT_EQ(bytes.size(), kSize);
  std::array<std::uint8_t, kSize> out{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), kSize), out.begin());
  return out;
}

// Random values of a seed that a failing test prints.
class Dice {
 public:
  explicit Dice(std::uint32_t seed) : engine_(seed) {}

  std::uint32_t Below(std::uint32_t end) { return static_cast<std::uint32_t>(engine_() % end); }
  Bytes Some(std::size_t size) {
    Bytes bytes(size);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(Below(256));
    return bytes;
  }
  std::string Digits(std::size_t size) {
    std::string digits(size, '0');
    for (auto& digit : digits) digit = static_cast<char>('0' + Below(10));
    return digits;
  }

 private:
  std::mt19937 engine_;
};

}  // namespace florin::card
