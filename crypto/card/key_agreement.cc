#include "crypto/card/key_agreement.h"

#include "crypto/card/key_block_payload.h"
#include "crypto/primitives/kdf.h"
#include "florin/base/byte_writer.h"

namespace florin::card {
namespace {

Status Check(const KeyAgreement& agreement) {
  if (agreement.hash != Hash::kSha256 && agreement.hash != Hash::kSha384 &&
      agreement.hash != Hash::kSha512) {
    return Error(ErrorCode::kUnsupported, "key agreement takes SHA-256, SHA-384 or SHA-512");
  }
  if (agreement.shared_info.empty() || agreement.shared_info.size() > kMaxSharedInfo) {
    return Error(ErrorCode::kInvalidArgument, "shared information has 1 to 1024 bytes");
  }
  return OkStatus();
}

}  // namespace

Result<std::size_t> WriteSharedInfo(std::string_view purpose, ByteView initiator,
                                    ByteView responder, ByteView nonce, MutableBytes out) {
  if (purpose.empty() || initiator.empty() || responder.empty() ||
      nonce.size() < kMinSharedInfoNonce) {
    return Error(ErrorCode::kInvalidArgument,
                 "shared information needs a purpose, both parties and a nonce of 16 bytes");
  }
  const ByteView fields[] = {AsBytes(purpose), initiator, responder, nonce};
  std::size_t size = 0;
  for (const ByteView field : fields) size += 4 + field.size();
  if (size > kMaxSharedInfo) {
    return Error(ErrorCode::kLimitExceeded, "shared information has at most 1024 bytes");
  }
  if (out.size() < size) {
    return Error(ErrorCode::kBufferTooSmall, "the output is too small for the shared information");
  }
  ByteWriter writer(out);
  for (const ByteView field : fields) {
    FLORIN_CHECK_OK(writer.WriteU32(static_cast<std::uint32_t>(field.size())));
    FLORIN_CHECK_OK(writer.Write(field));
  }
  return writer.position();
}

Result<SecretBytes> DeriveAgreedKey(const primitives::EcPrivateKey& own,
                                    const primitives::EcPublicKey& peer,
                                    const KeyAgreement& agreement) {
  FLORIN_CHECK_OK(Check(agreement));
  if (own.curve() != peer.curve()) {
    return Error(ErrorCode::kInvalidArgument, "the two keys are not of one curve");
  }
  if (AgreedKeyStrength(agreement.key) > EcStrength(own.curve()) && !agreement.weaker_curve) {
    return Error(ErrorCode::kPermissionDenied, "the curve is weaker than the key to be agreed on");
  }
  SecretArray<primitives::kMaxFieldSize> shared;
  const MutableBytes z = shared.Write(SecretAccess{}).first(primitives::FieldSize(own.curve()));
  FLORIN_CHECK_OK(primitives::Ecdh(own, peer.point(), z));
  FLORIN_TRY(SecretBytes key, SecretBytes::Create(AgreedKeySize(agreement.key)));
  const auto kdf =
      agreement.kdf == KeyAgreementKdf::kNistSp800 ? primitives::OneStepKdf : primitives::X963Kdf;
  FLORIN_CHECK_OK(kdf(agreement.hash, z, agreement.shared_info, key.Write(SecretAccess{})));
  return key;
}

Result<primitives::EcPublicKey> AgreementKeyOf(
    const primitives::Certificate& peer, std::span<const primitives::Certificate> intermediates,
    const primitives::Certificate& root, UnixSeconds time) {
  FLORIN_CHECK_OK(primitives::VerifyChain(peer, intermediates, root, time));
  FLORIN_CHECK_OK(peer.CheckKeyUsage(primitives::KeyUsage::kKeyAgreement));
  return peer.EcKey();
}

}  // namespace florin::card
