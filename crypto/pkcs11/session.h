// Pkcs11Session: the seam over one session of a PKCS#11 module.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "crypto/cryptoki/attribute_codec.h"
#include "crypto/cryptoki/mechanism_codec.h"
#include "crypto/cryptoki/pkcs11.h"
#include "crypto/pkcs11/handle_table.h"
#include "crypto/pkcs11/library.h"
#include "crypto/pkcs11/token_state.h"
#include "florin/hsm/session.h"

namespace florin::pkcs11 {

// One thread at a time. Keeps its module loaded and closes its C session when it ends. A single
// operation is one C_*Init and one call, without heap. Invariant: once alive() is false, nothing is
// asked of the module any more.
class Pkcs11Session final : public hsm::Session {
 public:
  // `handle` is an open session of the token that `token` describes.
  Pkcs11Session(std::shared_ptr<const Library> library, std::shared_ptr<TokenState> token,
                CK_SESSION_HANDLE handle);
  ~Pkcs11Session() override;
  Pkcs11Session(const Pkcs11Session&) = delete;
  Pkcs11Session& operator=(const Pkcs11Session&) = delete;

  bool Supports(mechanisms::MechanismType type, mechanisms::Verb verb) const override;
  bool alive() const override { return alive_; }

  Result<hsm::KeyHandle> Resolve(const hsm::KeyRef& ref) override;
  Result<hsm::KeyHandle> Generate(const hsm::KeyTemplate& key) override;
  Result<hsm::KeyPair> GeneratePair(const hsm::KeyPairTemplate& pair) override;
  Result<hsm::KeyHandle> Import(const hsm::KeyTemplate& key, const SecretBytes& material) override;
  Result<std::size_t> PublicPoint(hsm::KeyHandle key, MutableBytes out) override;
  Result<std::size_t> PublicKeyInfo(hsm::KeyHandle key, MutableBytes out) override;
  Status Destroy(hsm::KeyHandle key) override;

  Result<std::size_t> Sign(const mechanisms::Mechanism& mechanism, hsm::KeyHandle key,
                           ByteView data, MutableBytes out) override;
  Status Verify(const mechanisms::Mechanism& mechanism, hsm::KeyHandle key, ByteView data,
                ByteView signature) override;
  Result<std::size_t> Encrypt(const mechanisms::Mechanism& mechanism, hsm::KeyHandle key,
                              ByteView plaintext, MutableBytes out) override;
  Result<std::size_t> Decrypt(const mechanisms::Mechanism& mechanism, hsm::KeyHandle key,
                              ByteView ciphertext, MutableBytes out) override;
  Result<hsm::KeyHandle> Derive(const mechanisms::Mechanism& mechanism, hsm::KeyHandle base,
                                const hsm::KeyTemplate& derived) override;
  Result<std::size_t> Wrap(const mechanisms::Mechanism& mechanism, hsm::KeyHandle wrapping,
                           hsm::KeyHandle target, MutableBytes out) override;
  Result<hsm::KeyHandle> Unwrap(const mechanisms::Mechanism& mechanism, hsm::KeyHandle unwrapping,
                                ByteView wrapped, const hsm::KeyTemplate& unwrapped) override;
  Status RunBatch(mechanisms::Verb verb, const mechanisms::Mechanism& mechanism, hsm::KeyHandle key,
                  std::span<hsm::BatchItem> items) override;
  Status Random(MutableBytes out) override;
  Result<std::vector<hsm::KeyHandle>> List() override;
  Result<hsm::KeyDescription> Describe(hsm::KeyHandle key) override;
  Status SetState(hsm::KeyHandle key, mechanisms::KeyState state) override;

 private:
  struct RefHash {
    std::size_t operator()(const hsm::KeyRef& ref) const { return ref.hash(); }
  };
  struct Batch;

  // A mechanism and its key, ready for the module.
  struct Call {
    cryptoki::EncodedMechanism mechanism;
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
  };

  const CK_FUNCTION_LIST& c() const { return library_->functions(); }

  // kSessionLost once the session is over.
  Status CheckAlive() const;
  Status Prepare(const mechanisms::Mechanism& mechanism, hsm::KeyHandle key, Call& call) const;
  // With the object handles of the keys that it names.
  Status Encode(const mechanisms::Mechanism& mechanism, cryptoki::EncodedMechanism& out) const;
  Status Encode(cryptoki::TemplateUse use, const hsm::KeyTemplate& key,
                cryptoki::EncodedTemplate& out, ByteView value = {}) const;

  // Closes the C session, once.
  void End();

  // What `rv` means for this session, which it may end.
  Error Judge(CK_RV rv);
  // The same for an operation: names a mechanism that is not there, forgets a key that is gone.
  Error JudgeOperation(CK_RV rv, mechanisms::Verb verb, const mechanisms::Mechanism& mechanism,
                       hsm::KeyHandle key);
  // The same for making a key: an attribute the token does not know, a type it does not make.
  Error JudgeTemplate(CK_RV rv, const hsm::KeyTemplate& key);
  // The same where `judged` is what `rv` means otherwise.
  static Error TemplateError(CK_RV rv, const hsm::KeyTemplate& key, const Error& judged);

  // Gives a new object its handle.
  Result<hsm::KeyHandle> Adopt(CK_OBJECT_HANDLE object, const hsm::KeyTemplate& key);
  // The handle of an object that a name leads to: one object has one handle.
  Result<hsm::KeyHandle> HandleOf(CK_OBJECT_HANDLE object);
  void Forget(hsm::KeyHandle key);
  CK_RV FindOne(CK_ATTRIBUTE* attributes, CK_ULONG count, CK_OBJECT_HANDLE (&found)[2],
                CK_ULONG& how_many) const;
  CK_RV FindAll(CK_OBJECT_CLASS object_class, std::vector<CK_OBJECT_HANDLE>& objects) const;
  std::optional<Error> ExplainRefusal(mechanisms::Verb verb, hsm::KeyHandle key);
  Status CheckExtractable(CK_OBJECT_HANDLE object);
  Status CheckUnwrappedLength(CK_OBJECT_HANDLE object, const mechanisms::KeyRules& rules);
  Result<CK_OBJECT_HANDLE> PublicPartOf(CK_OBJECT_HANDLE object);
  Result<std::optional<Bytes>> PublicValue(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type);

  Result<std::size_t> RunOne(mechanisms::Verb verb, const mechanisms::Mechanism& mechanism,
                             hsm::KeyHandle key, ByteView input, MutableBytes out);
  CK_RV Transform(mechanisms::Verb verb, Call& call, ByteView input, MutableBytes out,
                  std::size_t& written);
  CK_RV TransformAside(mechanisms::Verb verb, ByteView input, std::size_t needed, MutableBytes out,
                       std::size_t& written);
  CK_RV CallVerb(mechanisms::Verb verb, ByteView input, CK_BYTE_PTR out, CK_ULONG& length) const;

  KdfAnswer AskForKdf(mechanisms::EcdhKdf kdf);
  // C_DeriveKey with the peer's point of ECDH in the form that the token takes. Errors are those of
  // the arguments; what the module answered is `rv`.
  Status DeriveOnce(const mechanisms::Mechanism& mechanism, hsm::KeyHandle base,
                    const hsm::KeyTemplate& derived, CK_OBJECT_HANDLE& object, CK_RV& rv) const;

  Status RunBatchByItem(mechanisms::Verb verb, const mechanisms::Mechanism& mechanism,
                        hsm::KeyHandle key, std::span<hsm::BatchItem> items);
  Status RunBatchAtOnce(mechanisms::Verb verb, const mechanisms::Mechanism& mechanism,
                        hsm::KeyHandle key, std::span<hsm::BatchItem> items);
  Status RunChunk(mechanisms::Verb verb, Call& call, const mechanisms::Mechanism& mechanism,
                  hsm::KeyHandle key, std::span<hsm::BatchItem> items);

  std::shared_ptr<const Library> library_;
  std::shared_ptr<TokenState> token_;
  CK_SESSION_HANDLE handle_;
  bool alive_ = true;
  HandleTable handles_;
  std::unordered_map<hsm::KeyRef, hsm::KeyHandle, RefHash> resolved_;
  std::unordered_map<CK_OBJECT_HANDLE, hsm::KeyHandle> named_;  // objects that names may lead to
  std::unique_ptr<Batch> batch_;  // made by the first batch, then kept
};

}  // namespace florin::pkcs11
