// TokenState: what was learned about one token, shared by all sessions on it.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "crypto/cryptoki/mechanism_names.h"
#include "crypto/cryptoki/pkcs11.h"
#include "florin/mechanisms/mechanism.h"

namespace florin::pkcs11 {

// How a token takes the peer's point of ECDH: as it is, as PKCS#11 has it since 2.40, or in a DER
// OCTET STRING, as 2.20 was read.
enum class PointForm : std::uint8_t { kRaw, kDer };

enum class KdfAnswer : std::uint8_t { kUnknown, kOffered, kRefused };

// The mechanisms are asked for once; answers about key derivation functions and the form of points,
// which no PKCS#11 call tells, are kept as they come in. Safe for many threads.
class TokenState {
 public:
  TokenState(const CK_FUNCTION_LIST& functions, CK_SLOT_ID slot);

  bool Supports(mechanisms::MechanismType type, mechanisms::Verb verb) const;
  bool SupportsNumber(CK_MECHANISM_TYPE ckm, CK_FLAGS flags) const;

  // Whether the token reads CKA_FLORIN_KEY_BLOCK_HEADER: those that do have Florin's mechanisms.
  bool obeys_headers() const { return obeys_headers_; }

  // SoftHSM answers a wrong GCM tag with CKR_GENERAL_ERROR, which elsewhere means a broken device.
  bool rejects_with_general_error() const { return rejects_with_general_error_; }

  // NSS answers a wrong MAC with whatever error its thread met last.
  bool verifies_with_any_error() const { return verifies_with_any_error_; }

  KdfAnswer kdf(mechanisms::EcdhKdf kdf) const {
    return kdfs_[static_cast<std::size_t>(kdf)].load(std::memory_order_relaxed);
  }
  void LearnKdf(mechanisms::EcdhKdf kdf, KdfAnswer answer) {
    kdfs_[static_cast<std::size_t>(kdf)].store(answer, std::memory_order_relaxed);
  }

  PointForm point_form() const { return point_form_.load(std::memory_order_relaxed); }
  void LearnPointForm(PointForm form) { point_form_.store(form, std::memory_order_relaxed); }

 private:
  static constexpr std::size_t kMaxNumbers = 128;

  std::array<CK_FLAGS, kMaxNumbers> flags_{};  // by index into AllMechanismNumbers()
  std::array<std::atomic<KdfAnswer>, 3> kdfs_{};
  std::atomic<PointForm> point_form_{PointForm::kRaw};
  bool obeys_headers_ = false;
  bool rejects_with_general_error_ = false;
  bool verifies_with_any_error_ = false;
};

}  // namespace florin::pkcs11
