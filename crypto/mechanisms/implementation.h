// Implementation: what a mechanism is to the registry. Every default refuses, so that a mechanism
// offers exactly what it overrides.
#pragma once

#include <cstddef>
#include <memory>

#include "crypto/mechanisms/key.h"
#include "crypto/mechanisms/key_schedules.h"
#include "florin/base/bytes.h"
#include "florin/base/random.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/mechanisms/mechanism.h"

namespace florin::mechanisms {

// One item in pieces. Ends with Finish or FinishVerify; after any error it is dropped.
class Stream {
 public:
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream();

  // Room for the output of `input_length` more bytes, and of Finish.
  virtual std::size_t UpdateSize(std::size_t input_length) const = 0;
  virtual std::size_t FinishSize() const = 0;
  // `out` has the room that the sizes say.
  virtual Result<std::size_t> Update(ByteView input, MutableBytes out) = 0;
  virtual Result<std::size_t> Finish(MutableBytes out);
  virtual Status FinishVerify(ByteView signature);
};

// Stateless and shared: one const object per mechanism. Whoever calls has checked that the
// mechanism is of this type, the rules of the key permit the verb, and Check passed with this
// parameter; output spans have the room that OutputSize says.
class Implementation {
 public:
  Implementation() = default;
  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;
  virtual ~Implementation();

  // Judges the parameter against verb and key. Makes the schedules that the verb will need.
  virtual Status Check(Verb verb, const Mechanism& mechanism, const Key& key) const = 0;

  // Bytes that Run writes; an upper bound where padding is removed.
  virtual std::size_t OutputSize(Verb verb, const Mechanism& mechanism, const Key& key,
                                 std::size_t input_length) const;

  // Whether OutputSize is an upper bound only: Run then takes any room that suffices.
  virtual bool MayWriteLess(Verb verb) const;

  // kSign, kEncrypt, kDecrypt.
  virtual Result<std::size_t> Run(Verb verb, const Mechanism& mechanism, const Key& key,
                                  ByteView input, MutableBytes out) const;
  virtual Status Verify(const Mechanism& mechanism, const Key& key, ByteView input,
                        ByteView signature) const;
  virtual Result<std::unique_ptr<Stream>> Start(Verb verb, const Mechanism& mechanism,
                                                const Key& key) const;

  // The material of a derived key; `result.length` 0 means the natural one.
  virtual Result<SecretBytes> Derive(const Mechanism& mechanism, const Key& base,
                                     const KeyRules& result) const;

  // `target` passed the rule table; `out` has WrappedSize bytes, an upper bound. Returns how many
  // were written.
  virtual Result<std::size_t> WrappedSize(const Mechanism& mechanism, const Key& wrapping,
                                          const Key& target) const;
  virtual Result<std::size_t> Wrap(const Mechanism& mechanism, const Key& wrapping,
                                   const Key& target, RandomSource& random, MutableBytes out) const;
  // Completes `rules` by what the wrapped form says of its key in clear, before they are judged.
  virtual Status StateRules(ByteView wrapped, KeyRules& rules) const;
  // The material; completes `rules` by what only the opened form says.
  virtual Result<SecretBytes> Unwrap(const Mechanism& mechanism, const Key& unwrapping,
                                     ByteView wrapped, RandomSource& random, KeyRules& rules) const;
};

// The parameter of a mechanism whose type the caller has checked.
template <class T>
const T& ParameterOf(const Mechanism& mechanism) {
  const T* parameter = std::get_if<T>(&mechanism);
  FLORIN_INVARIANT(parameter != nullptr);
  return *parameter;
}

// Longest input of one call, bytes: keeps every length below what the libraries count in.
inline constexpr std::size_t kMaxInputLength = std::size_t{1} << 30;

// Longest shared info of a key derivation, and salt of HKDF (bytes).
inline constexpr std::size_t kMaxSharedInfo = 1024;

// What Operation and transfer check before anything runs: the verb is offered, the rules of the key
// permit it, the parameter is right.
Result<const Implementation*> PrepareCall(Verb verb, const Mechanism& mechanism, const Key& key);

// kPermissionDenied where the rules of an HMAC key name another hash.
Status CheckHmacHash(const Key& key, Hash hash);

// The one object of an implementation, never destroyed: operations of static objects may run late.
template <class T>
const Implementation& Forever() {
  static const T& implementation = *new const T();
  return implementation;
}

// The mechanisms, by family. They live as long as the process.
const Implementation& AesEcbImplementation();
const Implementation& AesCbcImplementation();
const Implementation& AesCbcPadImplementation();
const Implementation& AesCtrImplementation();
const Implementation& AesGcmImplementation();
const Implementation& AesCmacImplementation();
const Implementation& AesKeyWrapImplementation();
const Implementation& Des3EcbImplementation();
const Implementation& Des3CbcImplementation();
const Implementation& HmacImplementation();
const Implementation& EcdsaImplementation();
const Implementation& EcdhImplementation();
const Implementation& ConcatenateDataAndBaseImplementation();
const Implementation& ConcatenateBaseAndDataImplementation();
const Implementation& HashDeriveImplementation();
const Implementation& EmvCryptogramImplementation();
const Implementation& EmvArpcImplementation();
const Implementation& EmvVerifiedArpcImplementation();
const Implementation& EmvAuthorizationImplementation();
const Implementation& EmvArqcTraceImplementation();
const Implementation& Iso9797MacImplementation();
const Implementation& TdesCmacImplementation();
const Implementation& CardVerificationImplementation();
const Implementation& ThreeDsAuthenticationImplementation();
const Implementation& DukptMacImplementation();
const Implementation& DukptDataImplementation();
const Implementation& EmvScriptMacImplementation();
const Implementation& EmvScriptEncryptionImplementation();
const Implementation& EmvPinChangeImplementation();
const Implementation& PinTranslationImplementation();
const Implementation& PinVerificationImplementation();
const Implementation& PinChangeImplementation();
const Implementation& PinGenerationImplementation();
const Implementation& KeyBlockImplementation();
const Implementation& KeyAgreementImplementation();
const Implementation& DukptDeviceKeyImplementation();
const Implementation& Tr34KeyTokenImplementation();
const Implementation& RsaSignatureImplementation();
const Implementation& RsaOaepImplementation();
const Implementation& Tr34UnbindImplementation();
const Implementation& HkdfImplementation();
const Implementation& ExtractKeyFromKeyImplementation();
const Implementation& EcdhAesKeyWrapImplementation();
const Implementation& EddsaImplementation();
const Implementation& ChaCha20Poly1305Implementation();
const Implementation& ConcatenateBaseAndKeyImplementation();

}  // namespace florin::mechanisms
