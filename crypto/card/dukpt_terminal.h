// DukptTerminal: the device's side of DUKPT, which has a key for each transaction and forgets it.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"

namespace florin::card {

// The future keys of one device: a register for each bit of the counter, so 21 keys for TDES DUKPT
// and 32 for AES DUKPT, in secret memory. Register i has the key at the next counter whose lowest
// bit is i (X9.24-1:2009 A.3, X9.24-3:2017 6.3.2). The initial key is not kept, and the key of a
// transaction is wiped before the next one begins. Move-only. Thread-compatible.
template <class Scheme>
class DukptTerminal {
 public:
  using Ksn = typename Scheme::Ksn;

  // Loads an initial key, which the caller then wipes. `ksn` is its initial KSN: kInvalidArgument
  // where the counter is not 0, or the key has another length than the scheme's.
  static Result<DukptTerminal> Create(ByteView initial_key, const Ksn& ksn) {
    FLORIN_CHECK_OK(Scheme::CheckKey(initial_key));
    if (ksn.counter() != 0) {
      return Error(ErrorCode::kInvalidArgument, "DUKPT: an initial key comes with counter 0");
    }
    FLORIN_TRY(SecretBytes registers, SecretBytes::Create(ksn.counter_bits() * initial_key.size()));
    DukptTerminal terminal(std::move(registers), initial_key.size(), ksn);
    FLORIN_CHECK_OK(terminal.DeriveBelow(ksn.counter_bits(), initial_key));
    return terminal;
  }

  DukptTerminal(DukptTerminal&&) noexcept = default;
  DukptTerminal& operator=(DukptTerminal&&) noexcept = default;

  // The KSN of the transaction that runs, or the initial one before the first.
  const Ksn& ksn() const { return ksn_; }

  // Ends the transaction that runs, begins the next one and returns its KSN. kExpired after the
  // last one: no key is left then.
  Result<Ksn> Next() {
    const auto next = ksn_.Next();
    if (const std::uint32_t counter = ksn_.counter(); counter != 0 && !spent_) {
      const auto current = static_cast<std::size_t>(std::countr_zero(counter));
      if (std::popcount(counter) < Ksn::kMaxSetBits) {
        FLORIN_CHECK_OK(DeriveBelow(current, Register(current)));
      }
      Wipe(Register(current));
    }
    spent_ = !next.ok();
    if (spent_) return next.error();
    ksn_ = *next;
    return ksn_;
  }

  // A working key of the transaction that runs. kInvalidArgument before the first and after the
  // last one.
  template <class... Choice>
  auto WorkingKey(typename Scheme::Usage usage, Choice... choice) const
      -> decltype(Scheme::WorkingKey(ByteView(), ksn(), usage, choice...)) {
    if (ksn_.counter() == 0 || spent_) {
      return Error(ErrorCode::kInvalidArgument, "DUKPT: no transaction runs; call Next first");
    }
    const auto current = static_cast<std::size_t>(std::countr_zero(ksn_.counter()));
    const ByteView key = registers_.Read(SecretAccess{}).subspan(current * key_size_, key_size_);
    return Scheme::WorkingKey(key, ksn_, usage, choice...);
  }

 private:
  DukptTerminal(SecretBytes registers, std::size_t key_size, const Ksn& ksn)
      : registers_(std::move(registers)), key_size_(key_size), ksn_(ksn) {}

  MutableBytes Register(std::size_t i) {
    return registers_.Write(SecretAccess{}).subspan(i * key_size_, key_size_);
  }

  // Fills the registers below `end` with the children of `key`, the key at this counter.
  Status DeriveBelow(std::size_t end, ByteView key) {
    for (std::size_t i = 0; i < end; ++i) {
      const std::uint32_t counter = ksn_.counter() | std::uint32_t{1} << i;
      FLORIN_CHECK_OK(Scheme::DeriveChild(key, ksn_, counter, Register(i)));
    }
    return OkStatus();
  }

  SecretBytes registers_;
  std::size_t key_size_;
  Ksn ksn_;
  bool spent_ = false;
};

}  // namespace florin::card
