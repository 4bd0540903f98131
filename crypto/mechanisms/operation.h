// Operation: one verb of one mechanism under one key. Prepare checks everything once, Run does one
// item, RunBatch many, Update and Finish do one item in pieces.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "crypto/mechanisms/key.h"
#include "florin/base/bytes.h"
#include "florin/base/pan.h"
#include "florin/base/result.h"
#include "florin/mechanisms/batch_item.h"
#include "florin/mechanisms/mechanism.h"

namespace florin::mechanisms {

class Implementation;
class Stream;

// Longest associated data, and longest message in pieces whose output must be held back until its
// tag has been checked (GCM decryption), in bytes.
inline constexpr std::size_t kMaxAadLength = std::size_t{1} << 20;
inline constexpr std::size_t kMaxHeldBack = std::size_t{16} << 20;

// A copy of a Mechanism that owns what its views and pointers refer to, except other keys. Short
// parameters lie inside; only associated data beyond kInlineBytes, and certificates, cost an
// allocation. Not copyable.
class OwnedMechanism {
 public:
  OwnedMechanism() = default;
  OwnedMechanism(const OwnedMechanism&) = delete;
  OwnedMechanism& operator=(const OwnedMechanism&) = delete;

  // kLimitExceeded where a parameter is longer than its mechanism allows.
  Status Assign(const Mechanism& mechanism);
  const Mechanism& get() const { return mechanism_; }

 private:
  static constexpr std::size_t kInlineBytes = 384;

  Result<ByteView> Keep(ByteView bytes, std::size_t limit);
  void KeepPan(const Pan*& pan);
  Status KeepArpc(EmvArpc& arpc);
  Status KeepTransaction(std::optional<DukptTransaction>& transaction);
  Status KeepUnbind(Tr34Unbind& unbind);

  Mechanism mechanism_;
  std::array<std::uint8_t, kInlineBytes> inline_{};
  std::size_t used_ = 0;
  Bytes overflow_;
  Pan pan_;
};

// A prepared operation: kSign, kVerify, kEncrypt or kDecrypt. One thread at a time; the key is
// shared. Prepare, Run and RunBatch do not allocate once the schedules of the key are made, and a
// prepared operation may run any number of items. Aside from that: associated data above 384 bytes,
// ECDSA, and the text of EmvArqcTrace. Not movable: keep it where it is.
//
// The state of the key is judged by Prepare; its dates by Prepare and again by every item, an item
// in pieces at its first piece. Whoever keeps an operation prepares it anew with the key that
// Key::InState gives.
//
// Prepare copies the parameter: what the caller passed may go away. A failed call writes nothing a
// caller may use. Errors of Prepare: kPermissionDenied (rule table), kUnsupported (no such verb),
// kInvalidArgument (parameter of wrong length). Errors of the runs: kBufferTooSmall (nothing was
// written, the call may be repeated), kMalformed (data of a wrong length or wrong padding),
// kVerificationFailed, kLimitExceeded, kInvalidArgument (not prepared, or not for this).
class Operation {
 public:
  Operation();
  ~Operation();
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

  // `key`, and what OtherKeys of the mechanism point to, must outlive the operation or the next
  // Prepare or Reset.
  Status Prepare(Verb verb, const Mechanism& mechanism, const Key& key);
  // Keeps the key, and those that the mechanism takes beside it, alive itself.
  Status Prepare(Verb verb, const Mechanism& mechanism, KeyPtr key, HeldKeys others = {});

  bool prepared() const { return implementation_ != nullptr; }
  Verb verb() const { return verb_; }
  // While prepared.
  const Key& key() const { return *key_; }
  const Mechanism& mechanism() const { return mechanism_.get(); }
  MechanismType type() const { return TypeOf(mechanism_.get()); }

  // Forgets key, parameter and pieces.
  void Reset();

  // --- whole items ---

  // Bytes that Run needs room for: exact, but an upper bound where MayWriteLess.
  std::size_t OutputSize(std::size_t input_length) const;
  // Where it is true, Run takes any room that suffices.
  bool MayWriteLess() const;

  // kSign, kEncrypt, kDecrypt: returns the bytes written to `out`. Decryption output is secret.
  // `out` is `input`'s very memory or does not overlap it.
  Result<std::size_t> Run(ByteView input, MutableBytes out) const;

  // kVerify.
  Status Verify(ByteView input, ByteView signature) const;

  // The same with this item's own parameter, of the prepared mechanism (the message functions).
  Result<std::size_t> RunWith(const Mechanism& parameter, ByteView input, MutableBytes out) const;
  Status VerifyWith(const Mechanism& parameter, ByteView input, ByteView signature) const;

  // Every item gets the result that its single call would have had.
  Status RunBatch(std::span<BatchItem> items) const;

  // --- one item in pieces, where MechanismInfo::multi_part; begins with the first Update ---

  bool in_pieces() const { return stream_ != nullptr; }

  // Room that Update needs for `input_length` more bytes, and Finish for the rest.
  Result<std::size_t> UpdateSize(std::size_t input_length);
  Result<std::size_t> FinishSize();

  // kEncrypt, kDecrypt: writes what is complete. kSign, kVerify: writes nothing, `out` may be
  // empty. GCM decryption writes nothing before Finish has checked the tag.
  Result<std::size_t> Update(ByteView input, MutableBytes out);

  // Ends the item and writes the rest, or the signature. On any result but kBufferTooSmall the
  // pieces are gone and the operation is ready for the next item.
  Result<std::size_t> Finish(MutableBytes out);
  Status FinishVerify(ByteView signature);

 private:
  Status CheckItem(const Mechanism& parameter) const;
  // The dates of the keys, which may have passed since Prepare.
  Status CheckKeysAlive() const;
  Status EnsureStream();

  OwnedMechanism mechanism_;
  const Implementation* implementation_ = nullptr;
  const Key* key_ = nullptr;
  KeyPtr held_key_;
  HeldKeys held_others_;
  std::unique_ptr<Stream> stream_;
  Verb verb_ = Verb::kSign;
};

// Prepare and Run in one, without copying the parameter: the way of a single call.
Result<std::size_t> RunOnce(Verb verb, const Mechanism& mechanism, const Key& key, ByteView input,
                            MutableBytes out);
Status VerifyOnce(const Mechanism& mechanism, const Key& key, ByteView input, ByteView signature);

// Prepare and RunBatch in one. Fails as a whole only where Prepare would; then no item was run.
Status RunBatchOnce(Verb verb, const Mechanism& mechanism, const Key& key,
                    std::span<BatchItem> items);

}  // namespace florin::mechanisms
