// The key schedule of HPKE and what it gives (RFC 9180 5): the context of either side.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "crypto/payload/hpke_kdf.h"
#include "crypto/payload/hpke_suites.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/hsm/session.h"

namespace florin::payload {

// Refuses a PSK without its name or the other way round, one that is too short, inputs that are too
// long, a mode that the profile does not have; returns the mode.
Result<HpkeMode> ChooseHpkeMode(hsm::Session& session, const HpkeProfile& profile,
                                const HpkePsk& psk, ByteView info, bool authenticated);

// kUnsupported, which names it, where the session lacks a mechanism that the call will need.
Status CheckHpkeSession(const hsm::Session& session, const HpkeRows& rows, HpkeMode mode,
                        mechanisms::Verb verb);

// The inputs of the schedule.
struct HpkeScheduleInputs {
  HpkeMode mode;
  ByteView info;
  HpkePsk psk;
  mechanisms::Verb verb;  // kEncrypt or kDecrypt: the one thing the AEAD key is for
};

// One thread at a time; must not outlive the session.
class HpkeContext {
 public:
  static Result<HpkeContext> Create(hsm::Session& session, const HpkeRows& rows,
                                    hsm::ScopedKey shared_secret, const HpkeScheduleInputs& inputs);

  const HpkeRows& rows() const { return rows_; }

  // Messages in order. The number goes up with each that succeeds.
  Result<std::size_t> Seal(ByteView aad, ByteView plaintext, MutableBytes out);
  Result<std::size_t> Open(ByteView aad, ByteView ciphertext, MutableBytes out);

  Result<SecretBytes> Export(ByteView context, std::size_t length);
  Result<hsm::KeyHandle> ExportKey(ByteView context, const hsm::KeyTemplate& key);

  // For tests of the limit.
  void SetNumber(std::uint64_t number) { number_ = number; }

 private:
  using Nonce = std::array<std::uint8_t, kHpkeNonceSize>;

  HpkeContext(hsm::Session& session, const HpkeRows& rows, hsm::ScopedKey shared_secret,
              hsm::ScopedKey input);

  Status MakeCipher(mechanisms::Verb verb);
  // Expand(secret, label) in the session, as a key of `shape`.
  Result<hsm::ScopedKey> ExpandSecret(std::string_view label, ByteView input,
                                      const hsm::KeyTemplate& shape);
  Result<hsm::KeyHandle> Exporter(bool for_keys);
  Status CheckMessage(ByteView aad, std::size_t size) const;
  // base_nonce xor the number (RFC 9180 5.2).
  Nonce NextNonce() const;

  hsm::Session* session_;
  HpkeRows rows_;
  hsm::ScopedKey shared_secret_;
  hsm::ScopedKey input_;  // what `secret` is extracted of, with the shared secret as the salt
  std::array<std::uint8_t, 1 + 2 * kMaxHpkeDigest> schedule_{};  // key_schedule_context
  std::size_t schedule_size_ = 0;
  std::optional<hsm::ScopedKey> cipher_;
  SecretArray<kHpkeNonceSize> base_nonce_;
  std::uint64_t number_ = 0;
  std::optional<hsm::ScopedKey> exporter_of_bytes_;
  std::optional<hsm::ScopedKey> exporter_of_keys_;
};

}  // namespace florin::payload
