// EdDSA (RFC 8032): pure Ed25519; signatures are R || S.
#include "crypto/mechanisms/implementation.h"

namespace florin::mechanisms {
namespace {

class EddsaSignatures final : public Implementation {
 public:
  Status Check(Verb, const Mechanism&, const Key&) const override { return OkStatus(); }

  std::size_t OutputSize(Verb, const Mechanism&, const Key&, std::size_t) const override {
    return primitives::kEd25519SignatureSize;
  }

  Result<std::size_t> Run(Verb, const Mechanism&, const Key& key, ByteView input,
                          MutableBytes out) const override {
    const auto* signer = key.schedules().CurvePrivate().ed25519();
    FLORIN_INVARIANT(signer != nullptr);
    FLORIN_CHECK_OK(signer->Sign(input, out.first(primitives::kEd25519SignatureSize)));
    return primitives::kEd25519SignatureSize;
  }

  Status Verify(const Mechanism&, const Key& key, ByteView input,
                ByteView signature) const override {
    return primitives::Ed25519Verify(key.PublicPoint(), input, signature);
  }
};

}  // namespace

const Implementation& EddsaImplementation() { return Forever<EddsaSignatures>(); }

}  // namespace florin::mechanisms
