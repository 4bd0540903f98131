// TestRandom: repeatable random inputs for properties.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

#include "florin/base/bytes.h"

namespace florin {

// Takes its seed from FLORIN_TEST_SEED, or makes one; put `Seed()` into a SCOPED_TRACE so that a
// failure can be repeated.
class TestRandom {
 public:
  TestRandom() : seed_(ChooseSeed()), engine_(seed_) {}

  std::string Seed() const { return "FLORIN_TEST_SEED=" + std::to_string(seed_); }

  // Uniform in 0..most.
  std::size_t UpTo(std::size_t most) {
    return std::uniform_int_distribution<std::size_t>(0, most)(engine_);
  }

  Bytes RandomBytes(std::size_t size) {
    Bytes bytes(size);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(UpTo(255));
    return bytes;
  }

  std::string Digits(std::size_t count) {
    std::string digits(count, '0');
    for (auto& digit : digits) digit = static_cast<char>('0' + UpTo(9));
    return digits;
  }

 private:
  static std::uint64_t ChooseSeed() {
    const char* given = std::getenv("FLORIN_TEST_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  }

  std::uint64_t seed_;
  std::mt19937_64 engine_;
};

}  // namespace florin
