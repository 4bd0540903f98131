#include "crypto/payload/signer_chain.h"

#include <cstring>

#include "crypto/payload/ber_reader.h"
#include "crypto/payload/oids.h"
#include "crypto/primitives/hash.h"

namespace florin::payload {
namespace {

using primitives::Certificate;
using primitives::EcPublicKey;

std::size_t FirstSlot(const std::array<std::uint8_t, 32>& key, std::size_t slots) {
  std::uint64_t index = 0;
  std::memcpy(&index, key.data(), sizeof(index));
  return static_cast<std::size_t>(index & (slots - 1));
}

// RFC 5280 4.2.1.3: a key usage, where present, must allow digitalSignature (bit 0).
Status CheckMaySign(const Certificate& leaf) {
  auto usage = leaf.Extension(oids::kKeyUsage);
  if (!usage.ok()) {
    return usage.code() == ErrorCode::kNotFound ? OkStatus() : Status(usage.error());
  }
  BerReader reader(*usage, BerRules::kDer);
  FLORIN_TRY(const BerElement bits, reader.Read(asn1::kBitString));
  FLORIN_CHECK_OK(reader.ExpectEnd());
  if (bits.content.size() < 2 || (bits.content[1] & 0x80U) == 0) {
    return Error(ErrorCode::kVerificationFailed,
                 "the key usage of the leaf certificate does not allow signatures");
  }
  return OkStatus();
}

Status CheckMarkers(const Certificate& leaf, const Certificate& intermediate) {
  if (!leaf.HasExtension(oids::kAppleLeaf)) {
    return Error(ErrorCode::kVerificationFailed,
                 "the leaf certificate lacks the extension 1.2.840.113635.100.6.29");
  }
  if (!intermediate.HasExtension(oids::kAppleIntermediate)) {
    return Error(ErrorCode::kVerificationFailed,
                 "the intermediate certificate lacks the extension 1.2.840.113635.100.6.2.14");
  }
  return OkStatus();
}

Result<EcPublicKey> LeafKey(const Certificate& leaf) {
  FLORIN_TRY(EcPublicKey key, leaf.EcKey());
  if (key.curve() != Curve::kP256) {
    return Error(ErrorCode::kUnsupported, "the key of the leaf certificate is not on P-256");
  }
  return key;
}

}  // namespace

Result<std::unique_ptr<SignerChains>> SignerChains::Create(std::vector<Certificate> roots) {
  if (roots.empty()) return Error(ErrorCode::kInvalidArgument, "no trusted root was given");
  return std::unique_ptr<SignerChains>(new SignerChains(std::move(roots)));
}

SignerChains::~SignerChains() = default;

Result<EcPublicKey> SignerChains::Verify(ByteView leaf, ByteView intermediate, UnixSeconds now) {
  // Both are DER elements that name their own length, so the concatenation is unambiguous.
  Key key;
  FLORIN_CHECK_OK(primitives::Digest(Hash::kSha256, {leaf, intermediate}, key));
  if (const Entry* known = Find(key)) {
    if (now < known->validity.not_before || known->validity.not_after < now) {
      return Error(ErrorCode::kExpired, "a certificate of the chain is not valid at this time");
    }
    return EcPublicKey(known->leaf_key);
  }
  FLORIN_TRY(const Entry entry, VerifyPath(key, leaf, intermediate, now));
  Remember(entry);
  return EcPublicKey(entry.leaf_key);
}

const SignerChains::Entry* SignerChains::Find(const Key& key) const {
  for (std::size_t i = FirstSlot(key, kSlots);; i = (i + 1) % kSlots) {
    const Entry* entry = slots_[i].load(std::memory_order_acquire);
    if (entry == nullptr || entry->key == key) return entry;
  }
}

Result<SignerChains::Entry> SignerChains::VerifyPath(const Key& key, ByteView leaf_der,
                                                     ByteView intermediate_der,
                                                     UnixSeconds now) const {
  FLORIN_TRY(const Certificate leaf, Certificate::FromDer(leaf_der));
  FLORIN_TRY(const Certificate intermediate, Certificate::FromDer(intermediate_der));
  FLORIN_CHECK_OK(CheckMarkers(leaf, intermediate));
  FLORIN_CHECK_OK(CheckMaySign(leaf));
  FLORIN_TRY(const EcPublicKey leaf_key, LeafKey(leaf));
  // A path that goes around the given intermediate would make its marker worthless.
  FLORIN_CHECK_OK(leaf.CheckSignedBy(intermediate));
  FLORIN_TRY(const Certificate* root, FindRoot(leaf, intermediate, now));
  const std::array<Certificate, 3> path = {leaf, intermediate, *root};
  return Entry{key, primitives::CommonValidity(path), leaf_key};
}

Result<const Certificate*> SignerChains::FindRoot(const Certificate& leaf,
                                                  const Certificate& intermediate,
                                                  UnixSeconds now) const {
  Error refused(ErrorCode::kVerificationFailed, "the chain does not end at a trusted root");
  for (const Certificate& root : roots_) {
    const Status verdict =
        primitives::VerifyChain(leaf, std::span<const Certificate>(&intermediate, 1), root, now);
    if (verdict.ok()) return &root;
    // "expired" under one root says more than "not signed" under another.
    if (roots_.size() == 1 || verdict.code() == ErrorCode::kExpired) refused = verdict.error();
  }
  return refused;
}

void SignerChains::Remember(const Entry& entry) {
  const std::scoped_lock lock(insert_mutex_);
  if (entries_.size() == kCapacity) return;
  std::size_t slot = FirstSlot(entry.key, kSlots);
  while (const Entry* other = slots_[slot].load(std::memory_order_relaxed)) {
    if (other->key == entry.key) return;  // another thread verified it meanwhile
    slot = (slot + 1) % kSlots;
  }
  entries_.push_back(std::make_unique<const Entry>(entry));
  slots_[slot].store(entries_.back().get(), std::memory_order_release);
  size_.store(entries_.size(), std::memory_order_relaxed);
}

}  // namespace florin::payload
