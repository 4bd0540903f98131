// Sessions for tests of what stands above the seam: each kind there is, and one that lacks things.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "florin/hsm/session.h"

namespace florin::payload {

// A way to open a session; tests run once per kind. `open` returns null where what it needs is not
// on this machine.
struct SessionKind {
  std::string name;
  std::function<std::unique_ptr<hsm::Session>()> open;
};

inline void PrintTo(const SessionKind& kind, std::ostream* out) { *out << kind.name; }

std::unique_ptr<hsm::Session> OpenSoft();

// Null where it is not installed.
std::unique_ptr<hsm::Session> OpenSoftHsm();

// Every session that can open a token: a SoftSession, the same without the one-step KDF so that the
// steps are taken, Florin's own module, and NSS.
std::vector<SessionKind> SessionKinds();

// Passes everything on, but for what it was told to lack or to break. Counts the keys that were
// derived or unwrapped and not destroyed.
class LimitedSession final : public hsm::Session {
 public:
  explicit LimitedSession(std::unique_ptr<hsm::Session> inner) : inner_(std::move(inner)) {}

  bool without_one_step_kdf = false;
  std::set<mechanisms::MechanismType> without;
  std::optional<Error> derive_error;
  std::optional<Error> decrypt_error;
  std::optional<Error> unwrap_error;
  std::optional<Error> generate_error;
  // What was done with keys, in order.
  std::vector<std::string> calls;
  std::function<void()> before_decrypt;
  int derives_before_error = 0;
  int live_derived_keys() const { return live_derived_keys_; }
  int derives() const { return derives_; }
  int unwraps() const { return unwraps_; }

  bool Supports(mechanisms::MechanismType type, mechanisms::Verb verb) const override;
  bool alive() const override { return inner_->alive(); }
  Result<hsm::KeyHandle> Resolve(const hsm::KeyRef& ref) override { return inner_->Resolve(ref); }
  Result<hsm::KeyHandle> Generate(const hsm::KeyTemplate& key) override;
  Result<hsm::KeyPair> GeneratePair(const hsm::KeyPairTemplate& pair) override {
    return inner_->GeneratePair(pair);
  }
  Result<hsm::KeyHandle> Import(const hsm::KeyTemplate& key, const SecretBytes& value) override {
    return inner_->Import(key, value);
  }
  Result<std::size_t> PublicPoint(hsm::KeyHandle key, MutableBytes out) override {
    return inner_->PublicPoint(key, out);
  }
  Result<std::size_t> PublicKeyInfo(hsm::KeyHandle key, MutableBytes out) override {
    return inner_->PublicKeyInfo(key, out);
  }
  Status Destroy(hsm::KeyHandle key) override;
  Result<std::size_t> Sign(const mechanisms::Mechanism& mechanism, hsm::KeyHandle key,
                           ByteView data, MutableBytes out) override {
    return inner_->Sign(mechanism, key, data, out);
  }
  Status Verify(const mechanisms::Mechanism& mechanism, hsm::KeyHandle key, ByteView data,
                ByteView signature) override {
    return inner_->Verify(mechanism, key, data, signature);
  }
  Result<std::size_t> Encrypt(const mechanisms::Mechanism& mechanism, hsm::KeyHandle key,
                              ByteView plaintext, MutableBytes out) override {
    return inner_->Encrypt(mechanism, key, plaintext, out);
  }
  Result<std::size_t> Decrypt(const mechanisms::Mechanism& mechanism, hsm::KeyHandle key,
                              ByteView ciphertext, MutableBytes out) override;
  Result<hsm::KeyHandle> Derive(const mechanisms::Mechanism& mechanism, hsm::KeyHandle base,
                                const hsm::KeyTemplate& derived) override;
  Result<std::size_t> Wrap(const mechanisms::Mechanism& mechanism, hsm::KeyHandle wrapping,
                           hsm::KeyHandle target, MutableBytes out) override {
    return inner_->Wrap(mechanism, wrapping, target, out);
  }
  Result<hsm::KeyHandle> Unwrap(const mechanisms::Mechanism& mechanism, hsm::KeyHandle unwrapping,
                                ByteView wrapped, const hsm::KeyTemplate& unwrapped) override;
  Status RunBatch(mechanisms::Verb verb, const mechanisms::Mechanism& mechanism, hsm::KeyHandle key,
                  std::span<hsm::BatchItem> items) override {
    return inner_->RunBatch(verb, mechanism, key, items);
  }
  Status Random(MutableBytes out) override { return inner_->Random(out); }
  Status SetState(hsm::KeyHandle key, mechanisms::KeyState state) override {
    return inner_->SetState(key, state);
  }

 private:
  std::unique_ptr<hsm::Session> inner_;
  int live_derived_keys_ = 0;
  int derives_ = 0;
  int unwraps_ = 0;
};

}  // namespace florin::payload
