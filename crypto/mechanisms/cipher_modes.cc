// AES and TDES in ECB, CBC, CBC with padding and CTR.
#include <algorithm>
#include <utility>

#include "crypto/mechanisms/implementation.h"

namespace florin::mechanisms {
namespace {

using primitives::CipherMode;
using primitives::Direction;

Direction DirectionOf(Verb verb) {
  return verb == Verb::kEncrypt ? Direction::kEncrypt : Direction::kDecrypt;
}

class CipherPieces : public Stream {
 public:
  // `rest` is the most that Finish can write.
  CipherPieces(primitives::CipherStream stream, std::size_t rest)
      : stream_(std::move(stream)), rest_(rest) {}

  std::size_t UpdateSize(std::size_t input_length) const override {
    return stream_.UpdateSize(input_length);
  }
  std::size_t FinishSize() const override { return rest_; }
  Result<std::size_t> Update(ByteView input, MutableBytes out) override {
    return stream_.Update(input, out);
  }

  // How much remains after padding is known too late to ask for room first: the last block waits
  // here for a caller that comes back with more.
  Result<std::size_t> Finish(MutableBytes out) override {
    if (!finished_) {
      FLORIN_TRY(rest_, stream_.Finish(last_.Write(SecretAccess{})));
      finished_ = true;
    }
    if (out.size() < rest_) {
      return Error(ErrorCode::kBufferTooSmall, "no room for the last block");
    }
    std::copy_n(last_.Read(SecretAccess{}).begin(), rest_, out.begin());
    return rest_;
  }

 private:
  primitives::CipherStream stream_;
  SecretArray<primitives::kMaxBlockSize> last_;
  std::size_t rest_;
  bool finished_ = false;
};

std::size_t BlockSizeOf(const Key& key) {
  return key.rules().type == KeyType::kAes ? primitives::kAesBlockSize : primitives::kTdesBlockSize;
}

// One mode whose parameter is an IV of one block, or nothing.
template <class Parameter, CipherMode kMode>
class BlockMode : public Implementation {
 public:
  Status Check(Verb, const Mechanism& mechanism, const Key& key) const override {
    FLORIN_TRY(const auto* cipher, key.schedules().Cipher());
    if constexpr (kMode != CipherMode::kEcb) {
      if (IvOf(mechanism).size() != cipher->block_size()) {
        return Error(ErrorCode::kInvalidArgument, "CBC: the IV must have one block");
      }
    }
    return OkStatus();
  }

  std::size_t OutputSize(Verb verb, const Mechanism&, const Key& key,
                         std::size_t input_length) const override {
    if (kMode != CipherMode::kCbcPad || verb == Verb::kDecrypt) return input_length;
    return (input_length / BlockSizeOf(key) + 1) * BlockSizeOf(key);
  }

  // Padding comes off.
  bool MayWriteLess(Verb verb) const override {
    return kMode == CipherMode::kCbcPad && verb == Verb::kDecrypt;
  }

  Result<std::size_t> Run(Verb verb, const Mechanism& mechanism, const Key& key, ByteView input,
                          MutableBytes out) const override {
    FLORIN_TRY(const auto* cipher, key.schedules().Cipher());
    if (out.size() >= OutputSize(verb, mechanism, key, input.size())) {
      return cipher->Crypt(kMode, DirectionOf(verb), IvOf(mechanism), input, out);
    }
    // Only where padding comes off: the caller may know how short the plaintext is.
    FLORIN_TRY(auto whole, SecretBytes::Create(input.size()));
    FLORIN_TRY(const std::size_t length, cipher->Crypt(kMode, DirectionOf(verb), IvOf(mechanism),
                                                       input, whole.Write(SecretAccess{})));
    if (out.size() < length) return Error(ErrorCode::kBufferTooSmall, "no room for the plaintext");
    std::copy_n(whole.Read(SecretAccess{}).begin(), length, out.begin());
    return length;
  }

  Result<std::unique_ptr<Stream>> Start(Verb verb, const Mechanism& mechanism,
                                        const Key& key) const override {
    FLORIN_TRY(const auto* cipher, key.schedules().Cipher());
    FLORIN_TRY(auto stream, cipher->Start(kMode, DirectionOf(verb), IvOf(mechanism)));
    const std::size_t rest = kMode == CipherMode::kCbcPad ? BlockSizeOf(key) : 0;
    return std::unique_ptr<Stream>(std::make_unique<CipherPieces>(std::move(stream), rest));
  }

 private:
  static ByteView IvOf(const Mechanism& mechanism) {
    if constexpr (kMode == CipherMode::kEcb) {
      return {};
    } else {
      return ParameterOf<Parameter>(mechanism).iv;
    }
  }
};

std::uint64_t Load64(ByteView bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8U | byte;
  return value;
}

// How many blocks may follow before the counter would leave its bits; beyond them it would change
// the nonce in front of it (SP 800-38A B.1). A counter of all 128 bits has no nonce in front.
std::uint64_t BlocksLeft(const AesCtr& ctr) {
  constexpr std::uint64_t kPlenty = ~std::uint64_t{0};
  const std::uint64_t low = Load64(ctr.counter_block.last(8));
  if (ctr.counter_bits < 64) {
    const std::uint64_t blocks = std::uint64_t{1} << ctr.counter_bits;
    return blocks - (low & (blocks - 1));
  }
  if (ctr.counter_bits == 128 || low == 0) return kPlenty;
  const std::uint64_t high_mask = (std::uint64_t{1} << (ctr.counter_bits - 64)) - 1;
  const bool high_is_full = (~Load64(ctr.counter_block.first(8)) & high_mask) == 0;
  return high_is_full ? 0 - low : kPlenty;
}

Error CounterSpent() {
  return {ErrorCode::kLimitExceeded, "CTR: the counter bits do not suffice for this much data"};
}

class CtrPieces final : public CipherPieces {
 public:
  CtrPieces(primitives::CipherStream stream, std::uint64_t blocks_left)
      : CipherPieces(std::move(stream), 0), blocks_left_(blocks_left) {}

  Result<std::size_t> Update(ByteView input, MutableBytes out) override {
    total_ += input.size();
    if ((total_ + 15) / 16 > blocks_left_) return CounterSpent();
    return CipherPieces::Update(input, out);
  }

 private:
  std::uint64_t blocks_left_;
  std::uint64_t total_ = 0;
};

class Ctr final : public Implementation {
 public:
  Status Check(Verb, const Mechanism& mechanism, const Key& key) const override {
    const auto& ctr = ParameterOf<AesCtr>(mechanism);
    if (ctr.counter_block.size() != primitives::kAesBlockSize) {
      return Error(ErrorCode::kInvalidArgument, "CTR: the counter block must have 16 bytes");
    }
    if (ctr.counter_bits < 1 || ctr.counter_bits > 128) {
      return Error(ErrorCode::kInvalidArgument, "CTR: counter bits must be 1 to 128");
    }
    FLORIN_CHECK_OK(key.schedules().Cipher());
    return OkStatus();
  }

  Result<std::size_t> Run(Verb verb, const Mechanism& mechanism, const Key& key, ByteView input,
                          MutableBytes out) const override {
    const auto& ctr = ParameterOf<AesCtr>(mechanism);
    if ((input.size() + 15) / 16 > BlocksLeft(ctr)) return CounterSpent();
    FLORIN_TRY(const auto* cipher, key.schedules().Cipher());
    return cipher->Crypt(CipherMode::kCtr, DirectionOf(verb), ctr.counter_block, input, out);
  }

  Result<std::unique_ptr<Stream>> Start(Verb verb, const Mechanism& mechanism,
                                        const Key& key) const override {
    const auto& ctr = ParameterOf<AesCtr>(mechanism);
    FLORIN_TRY(const auto* cipher, key.schedules().Cipher());
    FLORIN_TRY(auto stream, cipher->Start(CipherMode::kCtr, DirectionOf(verb), ctr.counter_block));
    return std::unique_ptr<Stream>(std::make_unique<CtrPieces>(std::move(stream), BlocksLeft(ctr)));
  }
};

}  // namespace

const Implementation& AesEcbImplementation() {
  return Forever<BlockMode<AesEcb, CipherMode::kEcb>>();
}
const Implementation& AesCbcImplementation() {
  return Forever<BlockMode<AesCbc, CipherMode::kCbc>>();
}
const Implementation& AesCbcPadImplementation() {
  return Forever<BlockMode<AesCbcPad, CipherMode::kCbcPad>>();
}
const Implementation& AesCtrImplementation() { return Forever<Ctr>(); }
const Implementation& Des3EcbImplementation() {
  return Forever<BlockMode<Des3Ecb, CipherMode::kEcb>>();
}
const Implementation& Des3CbcImplementation() {
  return Forever<BlockMode<Des3Cbc, CipherMode::kCbc>>();
}

}  // namespace florin::mechanisms
