#include "florin/payload/google_wallet_simulator.h"

#include <array>
#include <utility>

#include "crypto/base/json_writer.h"
#include "crypto/payload/google_pay_data.h"
#include "crypto/payload/google_pay_kdf.h"
#include "crypto/payload/google_signature.h"
#include "crypto/payload/google_token.h"
#include "crypto/payload/google_wallet_message.h"
#include "crypto/primitives/ec.h"
#include "florin/base/base64.h"
#include "florin/base/hex.h"

namespace florin::payload {
namespace {

using primitives::EcPrivateKey;

constexpr std::int64_t kDay = 86400;
constexpr std::size_t kMessageIdSize = 48;
using Spki = std::array<std::uint8_t, primitives::SpkiSize(Curve::kP256)>;

struct DerSignature {
  std::array<std::uint8_t, primitives::kMaxDerSignatureSize> bytes{};
  std::size_t size = 0;
  ByteView View() const { return ByteView(bytes).first(size); }
};

Result<DerSignature> SignDigest(const EcPrivateKey& key, const GoogleDigest& digest) {
  DerSignature signature;
  FLORIN_TRY(signature.size, primitives::EcdsaSignDer(key, digest, signature.bytes));
  return signature;
}

// A key that signs messages, with what says so.
struct Intermediate {
  EcPrivateKey key;
  std::string signed_key;
  DerSignature signature;
};

Result<Intermediate> MakeIntermediate(const EcPrivateKey& root, GoogleProtocol protocol,
                                      std::string_view sender, UnixSeconds expiration,
                                      RandomSource& random) {
  FLORIN_TRY(EcPrivateKey key, EcPrivateKey::Generate(Curve::kP256, random));
  Spki spki;
  FLORIN_CHECK_OK(key.public_key().ToSpki(spki));
  std::string signed_key = WriteGoogleSignedKey(spki, expiration.value * 1000);
  GoogleToken token;
  token.protocol = protocol;
  token.signed_key = signed_key;
  GoogleDigest digest;
  FLORIN_CHECK_OK(GoogleIntermediateDigest(token, sender, digest));
  FLORIN_TRY(const DerSignature signature, SignDigest(root, digest));
  return Intermediate{std::move(key), std::move(signed_key), signature};
}

Status WriteRootKey(JsonWriter& writer, const EcPrivateKey& key, GoogleProtocol protocol,
                    UnixSeconds expiration) {
  Spki spki;
  FLORIN_CHECK_OK(key.public_key().ToSpki(spki));
  writer.BeginObject().Name("keyValue").Base64(spki);
  writer.String("protocolVersion", GoogleProtocolName(protocol));
  if (protocol != GoogleProtocol::kEcV1) {
    writer.String("keyExpiration", std::to_string(expiration.value * 1000));
  }
  writer.EndObject();
  return OkStatus();
}

// The signed message is in the token; `intermediate` is null for ECv1.
Result<std::string> Sign(GoogleToken token, std::string_view sender, std::string_view recipient,
                         const EcPrivateKey& key, const Intermediate* intermediate) {
  GoogleDigest digest;
  FLORIN_CHECK_OK(GoogleMessageDigest(token, sender, recipient, digest));
  FLORIN_TRY(const DerSignature signature, SignDigest(key, digest));
  token.signature = signature.View();
  if (intermediate != nullptr) {
    token.signed_key = intermediate->signed_key;
    token.key_signatures[0] = intermediate->signature.View();
    token.key_signature_count = 1;
  }
  return WriteGoogleToken(token);
}

}  // namespace

struct GoogleWalletSimulator::State {
  State(EcPrivateKey ecv1_key, EcPrivateKey root_key, Intermediate for_payments,
        Intermediate for_callbacks, RandomSource& source)
      : ecv1(std::move(ecv1_key)),
        root(std::move(root_key)),
        payments(std::move(for_payments)),
        callbacks(std::move(for_callbacks)),
        random(source) {}

  EcPrivateKey ecv1;
  EcPrivateKey root;  // of ECv2 and ECv2SigningOnly
  Intermediate payments;
  Intermediate callbacks;
  std::string root_keys_json;
  RandomSource& random;
};

GoogleWalletSimulator::GoogleWalletSimulator(std::unique_ptr<State> state)
    : state_(std::move(state)) {}
GoogleWalletSimulator::GoogleWalletSimulator(GoogleWalletSimulator&&) noexcept = default;
GoogleWalletSimulator& GoogleWalletSimulator::operator=(GoogleWalletSimulator&&) noexcept = default;
GoogleWalletSimulator::~GoogleWalletSimulator() = default;

Result<GoogleWalletSimulator> GoogleWalletSimulator::Create(UnixSeconds now, RandomSource& random) {
  if (now.value < 0 || now.value > 900'000'000'000) {
    return Error(ErrorCode::kInvalidArgument, "the time of the simulator is absurd");
  }
  const UnixSeconds root_end{now.value + 3650 * kDay};
  const UnixSeconds intermediate_end{now.value + 30 * kDay};
  FLORIN_TRY(EcPrivateKey ecv1, EcPrivateKey::Generate(Curve::kP256, random));
  FLORIN_TRY(EcPrivateKey root, EcPrivateKey::Generate(Curve::kP256, random));
  FLORIN_TRY(Intermediate payments, MakeIntermediate(root, GoogleProtocol::kEcV2, kGooglePaySender,
                                                     intermediate_end, random));
  FLORIN_TRY(Intermediate callbacks,
             MakeIntermediate(root, GoogleProtocol::kEcV2SigningOnly, kGoogleWalletSender,
                              intermediate_end, random));
  std::string json;
  JsonWriter writer(&json);
  writer.BeginObject().Name("keys").BeginArray();
  FLORIN_CHECK_OK(WriteRootKey(writer, ecv1, GoogleProtocol::kEcV1, root_end));
  FLORIN_CHECK_OK(WriteRootKey(writer, root, GoogleProtocol::kEcV2, root_end));
  FLORIN_CHECK_OK(WriteRootKey(writer, root, GoogleProtocol::kEcV2SigningOnly, root_end));
  writer.EndArray().EndObject();
  FLORIN_CHECK_OK(writer.Finish());
  auto state = std::make_unique<State>(std::move(ecv1), std::move(root), std::move(payments),
                                       std::move(callbacks), random);
  state->root_keys_json = std::move(json);
  return GoogleWalletSimulator(std::move(state));
}

const std::string& GoogleWalletSimulator::root_keys_json() const { return state_->root_keys_json; }

Result<std::string> GoogleWalletSimulator::MakeToken(const GooglePayMessage& message,
                                                     GoogleProtocol protocol,
                                                     const GoogleRecipientId& recipient,
                                                     ByteView public_point) const {
  if (protocol == GoogleProtocol::kEcV2SigningOnly) {
    return Error(ErrorCode::kInvalidArgument, "payments are of ECv1 or ECv2");
  }
  std::array<std::uint8_t, kMessageIdSize> id;
  FLORIN_CHECK_OK(state_->random.Fill(id));
  FLORIN_TRY(const SecretBytes plaintext,
             WriteGooglePayMessage(message, Base64Encode(id, Base64Form::kUrl)));
  FLORIN_TRY(const EcPrivateKey ephemeral, EcPrivateKey::Generate(Curve::kP256, state_->random));
  FLORIN_TRY(
      const GoogleSealedBytes sealed,
      SealGooglePayMessage(plaintext.Read(SecretAccess{}), ephemeral, public_point, protocol));
  const std::string signed_message = WriteGoogleSealed(sealed.View());
  GoogleToken token;
  token.protocol = protocol;
  token.signed_message = signed_message;
  const bool ecv1 = protocol == GoogleProtocol::kEcV1;
  return Sign(token, kGooglePaySender, recipient.text(), ecv1 ? state_->ecv1 : state_->payments.key,
              ecv1 ? nullptr : &state_->payments);
}

Result<std::string> GoogleWalletSimulator::MakeCallback(const GoogleWalletCallback& callback,
                                                        std::string_view issuer_id) const {
  FLORIN_CHECK_OK(CheckGoogleIssuerId(issuer_id));
  GoogleWalletCallback complete = callback;
  if (complete.nonce.empty()) {
    std::array<std::uint8_t, 16> nonce;
    FLORIN_CHECK_OK(state_->random.Fill(nonce));
    complete.nonce = HexEncode(nonce);
  }
  FLORIN_TRY(const std::string signed_message, WriteGoogleWalletMessage(complete));
  GoogleToken token;
  token.protocol = GoogleProtocol::kEcV2SigningOnly;
  token.signed_message = signed_message;
  return Sign(token, kGoogleWalletSender, issuer_id, state_->callbacks.key, &state_->callbacks);
}

}  // namespace florin::payload
