#include "florin/payload/hpke.h"

#include <utility>

#include "crypto/payload/hpke_access.h"
#include "crypto/payload/hpke_context.h"
#include "crypto/payload/hpke_kem.h"

namespace florin::payload {
namespace {

using mechanisms::Verb;

Error Refused() { return {ErrorCode::kVerificationFailed, "HPKE: the message was refused"}; }

// Whether an error says something of the message, and not of the session or the call.
bool IsOfMessage(const Error& error) {
  return error.code() == ErrorCode::kVerificationFailed || error.code() == ErrorCode::kMalformed;
}

// The same where a tag was judged: some modules answer a wrong one with a device error.
bool IsOfTag(const Error& error) {
  return IsOfMessage(error) || error.code() == ErrorCode::kDeviceError;
}

// Tells the operator, and the caller no more than that.
Error Refuse(Observer& observer, const char* stage, const Error& error,
             bool (*is_of_message)(const Error&) = IsOfMessage) {
  observer.OnEvent({"payload.hpke", stage, error});
  return is_of_message(error) ? Refused() : error;
}

Error BadKey() {
  return {ErrorCode::kInvalidArgument, "HPKE: a public key of the setup is none of the curve"};
}

}  // namespace

class HpkeReceiver::State {
 public:
  State(HpkeContext opened, Observer& told) : context(std::move(opened)), observer(&told) {}

  Result<std::size_t> Open(ByteView aad, ByteView ciphertext, MutableBytes out) {
    auto written = context.Open(aad, ciphertext, out);
    if (!written.ok()) return Refuse(*observer, "open", written.error(), IsOfTag);
    observer->OnEvent({"payload.hpke", "open", Error(ErrorCode::kOk, "")});
    return written;
  }

  HpkeContext context;
  Observer* observer;
};

class HpkeSender::State {
 public:
  State(HpkeContext sealing, Bytes encapsulated)
      : context(std::move(sealing)), enc(std::move(encapsulated)) {}

  // The setup was found to be right; `enc` is the public key of the ephemeral pair.
  static Result<HpkeSender> Finish(hsm::Session& session, const HpkeSenderSetup& setup,
                                   const HpkeRows& rows, HpkeMode mode,
                                   const HpkeAgreement& ephemeral, ByteView enc);

  HpkeContext context;
  Bytes enc;
};

HpkeReceiver::HpkeReceiver(std::unique_ptr<State> state) : state_(std::move(state)) {}
HpkeReceiver::HpkeReceiver(HpkeReceiver&&) noexcept = default;
HpkeReceiver& HpkeReceiver::operator=(HpkeReceiver&&) noexcept = default;
HpkeReceiver::~HpkeReceiver() = default;

HpkeSender::HpkeSender(std::unique_ptr<State> state) : state_(std::move(state)) {}
HpkeSender::HpkeSender(HpkeSender&&) noexcept = default;
HpkeSender& HpkeSender::operator=(HpkeSender&&) noexcept = default;
HpkeSender::~HpkeSender() = default;

Result<HpkeReceiver> HpkeReceiver::Create(hsm::Session& session, const HpkeReceiverSetup& setup,
                                          ByteView enc, Observer& observer) {
  FLORIN_TRY(const HpkeRows rows, HpkeRows::Find(setup.profile.suite));
  const bool authenticated = !setup.sender_public_key.empty();
  FLORIN_TRY(const HpkeMode mode,
             ChooseHpkeMode(session, setup.profile, setup.psk, setup.info, authenticated));
  FLORIN_CHECK_OK(CheckHpkeSession(session, rows, mode, Verb::kDecrypt));
  const HpkeKemRow& kem = rows.kem();
  FLORIN_TRY(const Bytes own, HpkePublicKeyOf(session, kem, setup.private_key, setup.public_key));
  if (authenticated && !CheckHpkePublicKey(kem, setup.sender_public_key).ok()) return BadKey();
  // Here and not only in the token: not every module refuses points of small order.
  if (const Status point = CheckHpkePublicKey(kem, enc); !point.ok()) {
    return Refuse(observer, "encapsulated key", point.error());
  }
  const HpkeAgreement first{setup.private_key, enc};
  const HpkeAgreement second{setup.private_key, setup.sender_public_key};
  auto shared = HpkeSharedSecret(session, rows, first, authenticated ? &second : nullptr,
                                 {enc, own, setup.sender_public_key});
  if (!shared.ok()) return Refuse(observer, "agreement", shared.error());
  FLORIN_TRY(HpkeContext context,
             HpkeContext::Create(session, rows, std::move(shared).value(),
                                 {mode, setup.info, setup.psk, Verb::kDecrypt}));
  return HpkeReceiver(std::make_unique<State>(std::move(context), observer));
}

Result<std::size_t> HpkeReceiver::Open(ByteView aad, ByteView ciphertext, MutableBytes out) {
  return state_->Open(aad, ciphertext, out);
}

Result<SecretBytes> HpkeReceiver::Open(ByteView aad, ByteView ciphertext) {
  const std::size_t tag = state_->context.rows().aead().tag_size;
  if (ciphertext.size() > kMaxHpkeMessage) {
    return Error(ErrorCode::kLimitExceeded, "HPKE: a message has at most 16,000,000 bytes");
  }
  FLORIN_TRY(SecretBytes plaintext,
             SecretBytes::Create(ciphertext.size() < tag ? 0 : ciphertext.size() - tag));
  FLORIN_TRY(const std::size_t written,
             state_->Open(aad, ciphertext, plaintext.Write(SecretAccess{})));
  plaintext.Truncate(written);
  return plaintext;
}

Result<SecretBytes> HpkeReceiver::Export(ByteView context, std::size_t length) {
  return state_->context.Export(context, length);
}

Result<hsm::KeyHandle> HpkeReceiver::ExportKey(ByteView context, const hsm::KeyTemplate& key) {
  return state_->context.ExportKey(context, key);
}

namespace {

// A setup that was found to be right, before anything is drawn or computed.
struct SenderPlan {
  HpkeRows rows;
  HpkeMode mode;
};

Result<SenderPlan> PlanSender(hsm::Session& session, const HpkeSenderSetup& setup) {
  FLORIN_TRY(const HpkeRows rows, HpkeRows::Find(setup.profile.suite));
  const bool authenticated = !(setup.sender_key == hsm::KeyHandle{});
  FLORIN_TRY(const HpkeMode mode,
             ChooseHpkeMode(session, setup.profile, setup.psk, setup.info, authenticated));
  FLORIN_CHECK_OK(CheckHpkeSession(session, rows, mode, Verb::kEncrypt));
  if (!CheckHpkePublicKey(rows.kem(), setup.recipient_public_key).ok()) return BadKey();
  return SenderPlan{rows, mode};
}

}  // namespace

Result<HpkeSender> HpkeSender::State::Finish(hsm::Session& session, const HpkeSenderSetup& setup,
                                             const HpkeRows& rows, HpkeMode mode,
                                             const HpkeAgreement& ephemeral, ByteView enc) {
  const bool authenticated = !(setup.sender_key == hsm::KeyHandle{});
  Bytes sender;
  if (authenticated) {
    FLORIN_TRY(sender,
               HpkePublicKeyOf(session, rows.kem(), setup.sender_key, setup.sender_public_key));
  }
  const HpkeAgreement second{setup.sender_key, setup.recipient_public_key};
  FLORIN_TRY(hsm::ScopedKey shared,
             HpkeSharedSecret(session, rows, ephemeral, authenticated ? &second : nullptr,
                              {enc, setup.recipient_public_key, sender}));
  FLORIN_TRY(HpkeContext context,
             HpkeContext::Create(session, rows, std::move(shared),
                                 {mode, setup.info, setup.psk, Verb::kEncrypt}));
  return HpkeSender(std::make_unique<State>(std::move(context), Bytes(enc.begin(), enc.end())));
}

Result<HpkeSender> HpkeAccess::CreateSender(hsm::Session& session, const HpkeSenderSetup& setup,
                                            hsm::KeyHandle ephemeral, ByteView ephemeral_public) {
  FLORIN_TRY(const SenderPlan plan, PlanSender(session, setup));
  return HpkeSender::State::Finish(session, setup, plan.rows, plan.mode,
                                   {ephemeral, setup.recipient_public_key}, ephemeral_public);
}

void HpkeAccess::SetNumber(HpkeSender& sender, std::uint64_t number) {
  sender.state_->context.SetNumber(number);
}

void HpkeAccess::SetNumber(HpkeReceiver& receiver, std::uint64_t number) {
  receiver.state_->context.SetNumber(number);
}

Result<HpkeSender> HpkeSender::Create(hsm::Session& session, const HpkeSenderSetup& setup) {
  FLORIN_TRY(const SenderPlan plan, PlanSender(session, setup));
  FLORIN_TRY(const hsm::KeyPair drawn, DrawHpkeEphemeral(session, plan.rows.kem()));
  const hsm::ScopedKey ephemeral(session, drawn.private_key);
  const hsm::ScopedKey ephemeral_public(session, drawn.public_key);
  FLORIN_TRY(const Bytes enc, HpkePublicKeyOf(session, plan.rows.kem(), drawn.public_key, {}));
  return State::Finish(session, setup, plan.rows, plan.mode,
                       {ephemeral.handle(), setup.recipient_public_key}, enc);
}

ByteView HpkeSender::enc() const { return state_->enc; }

Result<Bytes> HpkeSender::Seal(ByteView aad, ByteView plaintext) {
  if (plaintext.size() > kMaxHpkeMessage) {
    return Error(ErrorCode::kLimitExceeded, "HPKE: a message has at most 16,000,000 bytes");
  }
  Bytes sealed(plaintext.size() + state_->context.rows().aead().tag_size);
  FLORIN_TRY(const std::size_t written, state_->context.Seal(aad, plaintext, sealed));
  sealed.resize(written);
  return sealed;
}

Result<SecretBytes> HpkeSender::Export(ByteView context, std::size_t length) {
  return state_->context.Export(context, length);
}

Result<hsm::KeyHandle> HpkeSender::ExportKey(ByteView context, const hsm::KeyTemplate& key) {
  return state_->context.ExportKey(context, key);
}

Result<HpkeMessage> HpkeSeal(hsm::Session& session, const HpkeSenderSetup& setup, ByteView aad,
                             ByteView plaintext) {
  FLORIN_TRY(HpkeSender sender, HpkeSender::Create(session, setup));
  FLORIN_TRY(Bytes ciphertext, sender.Seal(aad, plaintext));
  return HpkeMessage{Bytes(sender.enc().begin(), sender.enc().end()), std::move(ciphertext)};
}

Result<SecretBytes> HpkeOpen(hsm::Session& session, const HpkeReceiverSetup& setup, ByteView enc,
                             ByteView aad, ByteView ciphertext, Observer& observer) {
  FLORIN_TRY(HpkeReceiver receiver, HpkeReceiver::Create(session, setup, enc, observer));
  return receiver.Open(aad, ciphertext);
}

}  // namespace florin::payload
