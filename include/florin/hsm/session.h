// Session: the seam. Everything above it names keys and never sees them; everything below it owns
// keys and never knows what they are used for.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/hsm/key_description.h"
#include "florin/hsm/key_ref.h"
#include "florin/hsm/key_template.h"
#include "florin/mechanisms/batch_item.h"
#include "florin/mechanisms/mechanism.h"

#pragma GCC visibility push(default)

namespace florin::hsm {

using BatchItem = mechanisms::BatchItem;

// The longest SubjectPublicKeyInfo that Session::PublicKeyInfo writes, in bytes.
inline constexpr std::size_t kMaxPublicKeyInfo = 552;

// The longest public key that Session::PublicPoint writes, in bytes: a point of P-521.
inline constexpr std::size_t kMaxPublicPoint = 133;

// The most keys that Session::List tells of.
inline constexpr std::size_t kMaxListedKeys = std::size_t{1} << 16;

// A conversation with the owner of keys: a SoftSession in this process, or a Pkcs11Session with a
// module. One thread at a time; a SessionPool serves many threads.
//
// Common errors of every call: kPermissionDenied (the rules of the key refuse), kUnsupported (this
// session has no such mechanism; the message names it), kInvalidArgument (a handle of another
// session, a parameter of wrong length), kBufferTooSmall, kSessionLost (the session is over: open
// a new one and resolve the keys again), kDeviceError. A failed call writes nothing a caller may
// use.
class Session {
 public:
  virtual ~Session() = default;

  // True when the session can do `verb` with `type`. Asks the module, keeps the answer.
  virtual bool Supports(mechanisms::MechanismType type, mechanisms::Verb verb) const = 0;

  // False once the session is lost; it never recovers.
  virtual bool alive() const = 0;

  // --- keys ---

  // Finds the key that `ref` names. Remembered: a second call costs one table lookup.
  // kNotFound, or kConflict where several keys bear the name.
  virtual Result<KeyHandle> Resolve(const KeyRef& ref) = 0;

  virtual Result<KeyHandle> Generate(const KeyTemplate& key) = 0;
  virtual Result<KeyPair> GeneratePair(const KeyPairTemplate& pair) = 0;

  // Brings clear key material in. `material` as KeyRules::type says. Meant for tests, demos and
  // keys that were born outside; a production token may refuse it with kPermissionDenied.
  virtual Result<KeyHandle> Import(const KeyTemplate& key, const SecretBytes& material) = 0;

  // Writes the public key of an EC key and returns its length: the uncompressed point (65, 97 or
  // 133 bytes), or the 32 bytes of X25519 and Ed25519. For a private key, kUnsupported where the
  // token keeps no public part beside it.
  virtual Result<std::size_t> PublicPoint(KeyHandle key, MutableBytes out) = 0;

  // Writes the DER SubjectPublicKeyInfo (RFC 5280 4.1.2.7) of an EC or RSA key, private or public,
  // and returns its length, at most kMaxPublicKeyInfo. For a private key, kUnsupported where the
  // token keeps no public part beside it. A session that has no such call refuses with
  // kUnsupported.
  virtual Result<std::size_t> PublicKeyInfo(KeyHandle key, MutableBytes out);

  // Destroys the key, for good where it was persistent.
  virtual Status Destroy(KeyHandle key) = 0;

  // --- verbs; each returns the number of bytes written to `out` ---

  virtual Result<std::size_t> Sign(const mechanisms::Mechanism& mechanism, KeyHandle key,
                                   ByteView data, MutableBytes out) = 0;

  // kVerificationFailed where `signature` does not match, and then nothing else is told.
  virtual Status Verify(const mechanisms::Mechanism& mechanism, KeyHandle key, ByteView data,
                        ByteView signature) = 0;

  virtual Result<std::size_t> Encrypt(const mechanisms::Mechanism& mechanism, KeyHandle key,
                                      ByteView plaintext, MutableBytes out) = 0;

  // kVerificationFailed where an authenticated mechanism rejects; `out` is wiped then.
  // `out` holds secrets: pass SecretBytes.
  virtual Result<std::size_t> Decrypt(const mechanisms::Mechanism& mechanism, KeyHandle key,
                                      ByteView ciphertext, MutableBytes out) = 0;

  virtual Result<KeyHandle> Derive(const mechanisms::Mechanism& mechanism, KeyHandle base,
                                   const KeyTemplate& derived) = 0;

  virtual Result<std::size_t> Wrap(const mechanisms::Mechanism& mechanism, KeyHandle wrapping,
                                   KeyHandle target, MutableBytes out) = 0;
  virtual Result<KeyHandle> Unwrap(const mechanisms::Mechanism& mechanism, KeyHandle unwrapping,
                                   ByteView wrapped, const KeyTemplate& unwrapped) = 0;

  // Runs `verb` (kSign, kVerify, kEncrypt or kDecrypt) over every item under one key, and sets
  // written and status of each. The result equals that of single calls. Fails as a whole only when
  // the call itself is wrong; then no item was run.
  virtual Status RunBatch(mechanisms::Verb verb, const mechanisms::Mechanism& mechanism,
                          KeyHandle key, std::span<BatchItem> items) = 0;

  // Random bytes of the token's own generator.
  virtual Status Random(MutableBytes out) = 0;

  // --- the inventory; sessions that keep none refuse with kUnsupported ---

  // Every key this session sees: the persistent ones of the token and its own; a module shows keys
  // of other sessions, too. kLimitExceeded beyond kMaxListedKeys.
  virtual Result<std::vector<KeyHandle>> List();

  virtual Result<KeyDescription> Describe(KeyHandle key);

  // Moves the key along its life; every session sees it at once. kPermissionDenied where the key
  // may not go from its state to this one (MayBecome). kUnsupported where the token keeps no
  // states.
  virtual Status SetState(KeyHandle key, mechanisms::KeyState state);
};

}  // namespace florin::hsm

#pragma GCC visibility pop
