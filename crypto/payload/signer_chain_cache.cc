#include "crypto/payload/signer_chain_cache.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>

#include "crypto/primitives/ec.h"
#include "crypto/primitives/rsa.h"
#include "crypto/primitives/rsa_der.h"

namespace florin::payload {

using Id = std::array<std::uint8_t, 32>;

namespace {

constexpr std::uint8_t kExponent[] = {0x01, 0x00, 0x01};

}  // namespace

Status SignerChain::SetLeafKey(const primitives::Certificate& leaf) {
  ByteView key;
  const auto ec = leaf.EcKey();
  if (ec.ok()) {
    if (ec->curve() == Curve::kP256) key = ec->point().subspan(1);
  } else {
    const auto rsa = primitives::ParseRsaSpki(leaf.spki());
    if (rsa.ok() && rsa->modulus.size() == leaf_key.size() && SameBytes(rsa->exponent, kExponent)) {
      key = rsa->modulus;
    }
  }
  if (key.empty()) {
    return Error(ErrorCode::kUnsupported,
                 "the key of the leaf certificate is neither on P-256 nor RSA of 2048 bits");
  }
  std::copy(key.begin(), key.end(), leaf_key.begin());
  leaf_key_size = key.size();
  return OkStatus();
}

void SignerChain::SetLeafKey(const primitives::EcPublicKey& p256_key) {
  FLORIN_INVARIANT(p256_key.curve() == Curve::kP256);
  const ByteView xy = p256_key.point().subspan(1);
  std::copy(xy.begin(), xy.end(), leaf_key.begin());
  leaf_key_size = xy.size();
}

Result<primitives::EcPublicKey> SignerChain::EcLeafKey() const {
  std::array<std::uint8_t, primitives::PointSize(Curve::kP256)> point;
  FLORIN_INVARIANT(leaf_key_size + 1 == point.size());
  point[0] = 0x04;  // uncompressed
  std::copy_n(leaf_key.begin(), leaf_key_size, point.begin() + 1);
  return primitives::EcPublicKey::FromPoint(Curve::kP256, point);
}

Status SignerChain::CheckSignature(CmsSignature algorithm, ByteView digest,
                                   ByteView signature) const {
  const bool is_rsa = leaf_key_size == leaf_key.size();
  if (is_rsa != (algorithm == CmsSignature::kRsaPkcs1)) {
    return Error(ErrorCode::kVerificationFailed,
                 "the signature algorithm is not that of the leaf certificate's key");
  }
  if (is_rsa) {
    FLORIN_TRY(const auto key, primitives::RsaPublicKey::FromNumbers(leaf_key, kExponent));
    return key.VerifyPkcs1(Hash::kSha256, digest, signature);
  }
  FLORIN_TRY(const auto key, EcLeafKey());
  return primitives::EcdsaVerify(key, digest, signature, primitives::SignatureForm::kDer);
}

std::optional<SignerChain> SignerChainCache::Find(const Id& id) const {
  const std::size_t size = size_.load(std::memory_order_acquire);
  SignerChain chain;
  for (std::size_t i = 0; i < size; ++i) {
    if (Load(slots_[i], id, chain)) return chain;
  }
  return std::nullopt;
}

// Acquire on each word keeps the second look at the sequence behind all of them; whoever reads a
// word of a writer then sees that writer's odd number too.
bool SignerChainCache::Load(const Slot& slot, const Id& id, SignerChain& chain) {
  std::uint64_t first = 0;
  std::memcpy(&first, id.data(), sizeof(first));
  if (slot.words[0].load(std::memory_order_relaxed) != first) return false;
  const std::uint64_t before = slot.sequence.load(std::memory_order_acquire);
  if (before % 2 != 0) return false;
  Words words;
  for (std::size_t i = 0; i < words.size(); ++i) {
    words[i] = slot.words[i].load(std::memory_order_acquire);
  }
  if (slot.sequence.load(std::memory_order_relaxed) != before) return false;
  chain = std::bit_cast<SignerChain>(words);
  return chain.id == id;
}

void SignerChainCache::Store(Slot& slot, const SignerChain& chain) {
  const Words words = std::bit_cast<Words>(chain);
  const std::uint64_t before = slot.sequence.load(std::memory_order_relaxed);
  slot.sequence.store(before + 1, std::memory_order_relaxed);
  for (std::size_t i = 0; i < words.size(); ++i) {
    slot.words[i].store(words[i], std::memory_order_release);
  }
  slot.sequence.store(before + 2, std::memory_order_release);
}

bool SignerChainCache::Add(const SignerChain& chain, UnixSeconds now) {
  const std::scoped_lock lock(add_mutex_);
  if (Find(chain.id)) return false;  // another thread verified it meanwhile
  const std::size_t size = size_.load(std::memory_order_relaxed);
  bool live_one_lost = false;
  const std::size_t at = size < kCapacity ? size : ChooseVictim(now, live_one_lost);
  slots_[at].announced.store(false, std::memory_order_relaxed);
  slots_[at].added = ++adds_;
  Store(slots_[at], chain);
  if (at == size) size_.store(size + 1, std::memory_order_release);
  return live_one_lost;
}

std::size_t SignerChainCache::ChooseVictim(UnixSeconds now, bool& live) const {
  constexpr std::size_t kNotAfter =
      (offsetof(SignerChain, validity) + offsetof(primitives::Validity, not_after)) / 8;
  std::size_t oldest = 0;
  for (std::size_t i = 0; i < kCapacity; ++i) {
    const auto not_after =
        static_cast<std::int64_t>(slots_[i].words[kNotAfter].load(std::memory_order_relaxed));
    if (not_after < now.value) {
      live = false;
      return i;
    }
    if (slots_[i].added < slots_[oldest].added) oldest = i;
  }
  live = true;
  return oldest;
}

bool SignerChainCache::TakeAnnouncement(const Id& id) {
  const std::size_t size = size_.load(std::memory_order_acquire);
  SignerChain chain;
  for (std::size_t i = 0; i < size; ++i) {
    if (!Load(slots_[i], id, chain)) continue;
    std::atomic<bool>& announced = slots_[i].announced;
    return !announced.load(std::memory_order_relaxed) && !announced.exchange(true);
  }
  return false;
}

}  // namespace florin::payload
