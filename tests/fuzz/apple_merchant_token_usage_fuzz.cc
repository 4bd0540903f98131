// Answers with usage information of merchant tokens: whatever opens was sealed here, and says so.
#include <cstddef>
#include <cstdint>

#include "crypto/primitives/curve_key.h"
#include "florin/base/result.h"
#include "florin/hsm/soft_session.h"
#include "florin/payload/apple_merchant_token_usage.h"
#include "florin/payload/hpke.h"

namespace florin::payload {
namespace {

constexpr std::string_view kPackage = "usage";

// Keys of keying material that never changes, so that answers of the corpus open.
struct Party {
  Party(hsm::Session& session, std::uint8_t fill) {
    const SecretBytes key = DeriveHpkePrivateKey(HpkeKem::kP384Sha384, Bytes(48, fill)).value();
    const auto own = primitives::CurvePrivateKey::FromBytes(Curve::kP384, key.Read(SecretAccess{}));
    FLORIN_INVARIANT(own.ok());
    public_key.assign(own->public_key().begin(), own->public_key().end());
    hsm::KeyTemplate shape;
    shape.rules.type = mechanisms::KeyType::kEcPrivate;
    shape.rules.curve = Curve::kP384;
    shape.rules.verbs = {mechanisms::Verb::kDerive};
    const auto imported = session.Import(shape, key);
    FLORIN_INVARIANT(imported.ok());
    handle = *imported;
  }
  hsm::KeyHandle handle;
  Bytes public_key;
};

}  // namespace
}  // namespace florin::payload

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace florin;
  using namespace florin::payload;
  static const auto token = hsm::SoftToken::Create();
  static const auto session = token->OpenSession();
  static const Party merchant(**session, 1);
  static const Party device(**session, 2);
  static const MerchantTokenUsageBinding binding = {"token", "suite", merchant.public_key,
                                                    device.public_key};
  const auto opened =
      OpenMerchantTokenUsage(**session, device.handle, binding, ByteView(data, size));
  if (opened.ok()) {
    FLORIN_INVARIANT(AsText(opened->Read(SecretAccess{})) == kPackage);
  } else {
    FLORIN_INVARIANT(opened.code() == ErrorCode::kVerificationFailed);
  }
  return 0;
}
