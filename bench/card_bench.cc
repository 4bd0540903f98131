// Card operations, one at a time, through a soft session, against OpenSSL alone.
#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "bench/card_rivals.h"
#include "bench/entries.h"
#include "florin/base/pan.h"
#include "florin/hsm/soft_session.h"
#include "florin/mechanisms/key_rules.h"

namespace florin::bench {
namespace {

using mechanisms::CardVerification;
using mechanisms::CardVerificationKind;
using mechanisms::KeyRules;
using mechanisms::KeyType;
using mechanisms::Mechanism;
using mechanisms::Verb;

constexpr std::size_t kRoom = 512;
constexpr double kAtMost = 1.15;

struct Setup {
  CardInputs inputs = MakeCardInputs();
  Pan pan;
  std::array<std::uint8_t, kDes> zero_iv{};
  std::unique_ptr<hsm::SoftToken> token;
  std::unique_ptr<hsm::Session> session;
};

using SetupPtr = std::shared_ptr<Setup>;

Result<SetupPtr> MakeSetup() {
  auto setup = std::make_shared<Setup>();
  FLORIN_TRY(setup->pan, Pan::Parse(CardInputs::kPan));
  FLORIN_TRY(hsm::SoftToken token, hsm::SoftToken::Create());
  setup->token = std::make_unique<hsm::SoftToken>(std::move(token));
  FLORIN_TRY(setup->session, setup->token->OpenSession());
  return setup;
}

// `header` is empty for a key without one.
Result<hsm::KeyHandle> Import(Setup& setup, KeyType type, std::string_view header, Verb verb,
                              const card::EmvAllowedProfiles* profiles = nullptr) {
  hsm::KeyTemplate key;
  key.rules.type = type;
  key.rules.verbs = {verb};
  if (!header.empty()) {
    FLORIN_TRY(key.rules.header, mechanisms::KeyBlockHeader::Parse(header));
  }
  if (profiles != nullptr) key.rules.emv = *profiles;
  const Bytes& clear = type == KeyType::kAes ? setup.inputs.aes_key : setup.inputs.tdes_key;
  FLORIN_TRY(SecretBytes material, SecretBytes::CopyOf(clear));
  return setup.session->Import(key, material);
}

// One call of the session for each operation.
Contestant Call(const SetupPtr& setup, hsm::KeyHandle key, Verb verb, const Mechanism& mechanism,
                ByteView input) {
  return [setup, key, verb, mechanism, input](MutableBytes out) {
    return verb == Verb::kSign ? setup->session->Sign(mechanism, key, input, out)
                               : setup->session->Encrypt(mechanism, key, input, out);
  };
}

CardVerification Value(const Setup& setup, CardVerificationKind kind) {
  CardVerification value;
  value.kind = kind;
  value.digits = CardInputs::kDigits;
  value.pan = &setup.pan;
  value.expiry = card::Expiry::Of("2912");
  value.service_code = card::ServiceCode::Of("201");
  value.atc = CardInputs::kAtc;
  std::copy(setup.inputs.un.begin(), setup.inputs.un.end(), value.unpredictable_number.begin());
  return value;
}

Status AddCardValues(const SetupPtr& setup, CardContestants& ours) {
  FLORIN_TRY(const auto cvk, Import(*setup, KeyType::kDes3, "D0000C0TC00N0000", Verb::kSign));
  FLORIN_TRY(const auto dynamic, Import(*setup, KeyType::kDes3, "D0000E4TX00N0000", Verb::kSign));
  ours.cvv = Call(setup, cvk, Verb::kSign, Value(*setup, CardVerificationKind::kCvv), {});
  ours.dcvv = Call(setup, dynamic, Verb::kSign, Value(*setup, CardVerificationKind::kDcvv), {});
  ours.cvc3 = Call(setup, dynamic, Verb::kSign, Value(*setup, CardVerificationKind::kCvc3),
                   setup->inputs.track2);
  return OkStatus();
}

Status AddPvv(const SetupPtr& setup, CardContestants& ours) {
  FLORIN_TRY(const auto pvk, Import(*setup, KeyType::kDes3, "D0000V2TC00N0000", Verb::kSign));
  FLORIN_TRY(const auto pek, Import(*setup, KeyType::kDes3, "D0000P0TD00N0000", Verb::kDecrypt));
  mechanisms::PinVerification pvv;
  pvv.reference.pvki = CardInputs::kPvki;
  pvv.block.profile.format = card::PinBlockFormat::kFormat0;
  pvv.block_key = {.handle = pek, .key = {}};
  pvv.pan = &setup->pan;
  ours.pvv = Call(setup, pvk, Verb::kSign, pvv, setup->inputs.pin_block);
  return OkStatus();
}

Status AddEmv(const SetupPtr& setup, CardContestants& ours) {
  const CardInputs& inputs = setup->inputs;
  FLORIN_TRY(const auto raw, Import(*setup, KeyType::kDes3, "D0000E0TV00N0000", Verb::kSign));
  mechanisms::EmvVerifiedArpc arpc;
  std::copy(inputs.arqc.begin(), inputs.arqc.end(), arpc.arqc.begin());
  std::copy(inputs.arc.begin(), inputs.arc.end(), arpc.arpc.arc.begin());
  arpc.arpc.card.pan = &setup->pan;
  arpc.arpc.card.atc = CardInputs::kAtc;
  ours.arqc = Call(setup, raw, Verb::kSign, arpc, inputs.arqc_data);

  card::EmvAllowedProfiles profiles;
  profiles.scheme = card::EmvScheme::kVisa;
  profiles.cvns.set(0x12);
  profiles.dkis.set(0x01);
  FLORIN_TRY(const auto bound,
             Import(*setup, KeyType::kDes3, "D0000E0TV00N0000", Verb::kSign, &profiles));
  mechanisms::EmvAuthorization authorization;
  authorization.card.pan = &setup->pan;
  authorization.csu.emplace();
  std::copy(inputs.csu.begin(), inputs.csu.end(), authorization.csu->begin());
  ours.field55 = Call(setup, bound, Verb::kSign, authorization, inputs.field55);
  return OkStatus();
}

Status AddDukpt(const SetupPtr& setup, CardContestants& ours) {
  const CardInputs& inputs = setup->inputs;
  const ByteView message = ByteView(inputs.message).first(inputs.mac_input);
  FLORIN_TRY(const auto signs, Import(*setup, KeyType::kDes3, "D0000B0TX00N0000", Verb::kSign));
  FLORIN_TRY(const auto encrypts,
             Import(*setup, KeyType::kDes3, "D0000B0TX00N0000", Verb::kEncrypt));
  FLORIN_TRY(const auto aes, Import(*setup, KeyType::kAes, "D0000B0AX00N0000", Verb::kSign));
  mechanisms::DukptMac mac;
  mac.transaction.ksn = inputs.tdes_ksn;
  ours.tdes_dukpt_mac = Call(setup, signs, Verb::kSign, mac, message);
  mechanisms::DukptData data;
  data.transaction.ksn = inputs.tdes_ksn;
  data.iv = setup->zero_iv;
  ours.tdes_dukpt_data = Call(setup, encrypts, Verb::kEncrypt, data, message);
  mechanisms::DukptMac cmac;
  cmac.transaction.ksn = inputs.aes_ksn;
  cmac.transaction.key_type = card::AesDukptKeyType::kAes128;
  cmac.method = mechanisms::DukptMacMethod::kCmac;
  ours.aes_dukpt_mac = Call(setup, aes, Verb::kSign, cmac, message);
  return OkStatus();
}

Status AddMacsAndGcm(const SetupPtr& setup, CardContestants& ours) {
  const CardInputs& inputs = setup->inputs;
  const ByteView message(inputs.message);
  FLORIN_TRY(const auto retail, Import(*setup, KeyType::kDes3, "D0000M3TC00N0000", Verb::kSign));
  FLORIN_TRY(const auto cmac, Import(*setup, KeyType::kAes, "D0000M6AC00N0000", Verb::kSign));
  FLORIN_TRY(const auto gcm, Import(*setup, KeyType::kAes, "", Verb::kEncrypt));
  ours.retail_mac =
      Call(setup, retail, Verb::kSign, mechanisms::Iso9797Mac{}, message.first(inputs.mac_input));
  ours.aes_cmac =
      Call(setup, cmac, Verb::kSign, mechanisms::AesCmac{}, message.first(inputs.mac_input));
  const mechanisms::AesGcm mechanism{.iv = inputs.iv};
  ours.gcm_64 = Call(setup, gcm, Verb::kEncrypt, mechanism, message.first(64));
  ours.gcm_256 = Call(setup, gcm, Verb::kEncrypt, mechanism, message);
  return OkStatus();
}

Work Repeat(const SetupPtr& setup, Contestant contestant) {
  return [setup, contestant = std::move(contestant)](std::size_t iterations) -> Status {
    std::array<std::uint8_t, kRoom> out;
    for (std::size_t i = 0; i < iterations; ++i) FLORIN_CHECK_OK(contestant(out));
    return OkStatus();
  };
}

Status CheckSame(const Contestant& ours, const Contestant& rival) {
  std::array<std::uint8_t, kRoom> first{};
  std::array<std::uint8_t, kRoom> second{};
  FLORIN_TRY(const std::size_t first_size, ours(first));
  FLORIN_TRY(const std::size_t second_size, rival(second));
  if (first_size == second_size &&
      std::equal(first.begin(), first.begin() + first_size, second.begin())) {
    return OkStatus();
  }
  return Error(ErrorCode::kInternal, "card: ours and a rival do not compute the same");
}

struct Row {
  const char* name;
  Contestant CardContestants::*contestant;
};

constexpr Row kRows[] = {
    {"cvv", &CardContestants::cvv},
    {"dcvv", &CardContestants::dcvv},
    {"cvc3", &CardContestants::cvc3},
    {"pin_block_pvv", &CardContestants::pvv},
    {"arqc_arpc", &CardContestants::arqc},
    {"arqc_field55", &CardContestants::field55},
    {"retail_mac_64", &CardContestants::retail_mac},
    {"aes_cmac_64", &CardContestants::aes_cmac},
    {"tdes_dukpt_mac_64", &CardContestants::tdes_dukpt_mac},
    {"tdes_dukpt_data_64", &CardContestants::tdes_dukpt_data},
    {"aes_dukpt_mac_64", &CardContestants::aes_dukpt_mac},
    {"aes_gcm_64", &CardContestants::gcm_64},
    {"aes_gcm_256", &CardContestants::gcm_256},
};

}  // namespace

Result<Entries> CardEntries() {
  FLORIN_TRY(const SetupPtr setup, MakeSetup());
  CardContestants ours;
  FLORIN_CHECK_OK(AddCardValues(setup, ours));
  FLORIN_CHECK_OK(AddPvv(setup, ours));
  FLORIN_CHECK_OK(AddEmv(setup, ours));
  FLORIN_CHECK_OK(AddDukpt(setup, ours));
  FLORIN_CHECK_OK(AddMacsAndGcm(setup, ours));
  FLORIN_TRY(const CardContestants tuned, TunedRivals(setup->inputs));
  FLORIN_TRY(const CardContestants evp, EvpRivals(setup->inputs));
  Entries entries;
  for (const Row& row : kRows) {
    const Contestant& our = ours.*row.contestant;
    FLORIN_CHECK_OK(CheckSame(our, tuned.*row.contestant));
    FLORIN_CHECK_OK(CheckSame(our, evp.*row.contestant));
    const std::string name = std::string("card/") + row.name;
    entries.contests.push_back({.name = name + "/tuned",
                                .ours_name = "florin, soft session",
                                .rival_name = "OpenSSL, schedules and contexts kept",
                                .ours = Repeat(setup, our),
                                .rival = Repeat(setup, tuned.*row.contestant),
                                .bound = Bound{Bound::Kind::kAtMostTimesSlower, kAtMost}});
    entries.contests.push_back({.name = name + "/evp",
                                .ours_name = "florin, soft session",
                                .rival_name = "OpenSSL EVP, straightforward",
                                .ours = Repeat(setup, our),
                                .rival = Repeat(setup, evp.*row.contestant),
                                .bound = std::nullopt});
  }
  return entries;
}

}  // namespace florin::bench
