// florin wallet apple decrypt and make.
#include <cstdio>
#include <fstream>
#include <memory>
#include <utility>

#include "florin/base/base64.h"
#include "florin/card/emv_tlv.h"
#include "florin/payload/apple_pay.h"
#include "florin/payload/certificate_request.h"
#include "florin/payload/wallet_simulator.h"
#include "tools/command_io.h"
#include "tools/key/der_file.h"
#include "tools/key/key_record.h"
#include "tools/wallet/apple.h"
#include "tools/wallet/payload_io.h"

namespace florin::tools {
namespace {

constexpr std::size_t kMaxCertificate = 16 * 1024;

Result<payload::ApplePayMerchantKey> MerchantKey(const std::string& argument,
                                                 const std::string& merchant_identifier) {
  const std::size_t equals = argument.find('=');
  if (equals == std::string::npos || equals == 0) {
    return Bad("--key is the label of a private key, =, and the file of its certificate");
  }
  FLORIN_TRY(auto name, hsm::KeyRef::Create(hsm::KeyClass::kPrivate, argument.substr(0, equals)));
  FLORIN_TRY(const Bytes der, ReadDerFile(argument.substr(equals + 1), kMaxCertificate));
  if (merchant_identifier.empty()) {
    return payload::ApplePayMerchantKey::FromCertificate(std::move(name), der);
  }
  return payload::ApplePayMerchantKey::FromCertificate(std::move(name), der, merchant_identifier);
}

std::string ExpiryText(const payload::CardExpiry& expiry) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02d", expiry.year, expiry.month, expiry.day);
  return text.data();
}

const char* CryptogramText(const payload::PaymentCredential& card) {
  const auto* emv = std::get_if<payload::EmvData>(&card.cryptogram);
  if (emv == nullptr) return "3DSecure";
  return emv->encrypted_pin.empty() ? "EMV" : "EMV with an encrypted PIN";
}

Json Describe(const payload::ApplePayPayment& payment) {
  const payload::PaymentCredential& card = payment.credential;
  Json json = {{"version", payment.version == payload::ApplePayVersion::kEcV1 ? "EC_v1" : "RSA_v1"},
               {"pan", card.pan.Masked()},
               {"expiry", ExpiryText(card.expiry)},
               {"currency", card.amount->currency_code},
               {"amount", card.amount->minor_units},
               {"payment_data", CryptogramText(card)}};
  if (const auto* secure = std::get_if<payload::ThreeDSecureData>(&card.cryptogram);
      secure != nullptr && !secure->eci.empty()) {
    json["eci"] = secure->eci;
  }
  json["transaction_id"] = card.id;
  json["signing_time"] = TimeText(payment.signing_time);
  if (payment.application_data_hash) {
    json["application_data"] = HexEncode(*payment.application_data_hash);
  }
  json["merchant_key"] = payment.merchant_key_index;
  if (payment.merchant_token) json["merchant_token"] = true;
  if (!payment.sub_merchants.empty()) json["sub_merchants"] = payment.sub_merchants.size();
  return json;
}

Result<Json> Decrypt(const AppleDecryptOptions& options, LastStage& observer) {
  FLORIN_TRY(const std::string token_json, ReadTextFile(options.judged.file, kMaxJsonFile));
  FLORIN_TRY(const UnixSeconds at, TimeOption(options.judged.at));
  const FixedClock clock(at);
  const auto guard = payload::MakeMemoryReplayGuard(1, clock);
  payload::ApplePayOptions judged;
  FLORIN_TRY(judged.trusted_roots, ReadCertificates(options.judged.roots));
  judged.clock = &clock;
  judged.replay_guard = guard.get();
  judged.observer = &observer;
  std::vector<payload::ApplePayMerchantKey> keys;
  for (const std::string& key : options.keys) {
    FLORIN_TRY(auto merchant, MerchantKey(key, options.merchant_identifier));
    keys.push_back(std::move(merchant));
  }
  FLORIN_TRY(const auto apple_pay, payload::ApplePay::Create(std::move(keys), judged));
  FLORIN_TRY(const TokenSession token, OpenTokenSession(options.token));
  FLORIN_TRY(const auto payment, apple_pay.Open(*token.session, AsBytes(token_json)));
  return Describe(payment);
}

Status WriteFile(const std::string& path, const std::string& text) {
  if (path.empty()) return OkStatus();
  std::ofstream file(path, std::ios::binary);
  file << text << '\n';
  file.close();
  if (file) return OkStatus();
  return Error(ErrorCode::kStorage, "a file could not be written");
}

Status AddCryptogram(payload::WalletPayment& payment, bool emv) {
  if (!emv) {
    FLORIN_TRY(SecretBytes cryptogram, SecretBytes::Create(20));
    payment.credential.cryptogram = payload::ThreeDSecureData{std::move(cryptogram), "5"};
    return OkStatus();
  }
  constexpr std::uint8_t kPurchase[] = {0x9c, 0x01, 0x00};
  FLORIN_TRY(SecretBytes tlv, SecretBytes::CopyOf(kPurchase));
  payment.credential.cryptogram = payload::EmvData{std::move(tlv)};
  return OkStatus();
}

Result<std::string> Make(const AppleMakeOptions& options) {
  FLORIN_TRY(const UnixSeconds at, TimeOption(options.at));
  FLORIN_TRY(const auto wallet, payload::WalletSimulator::Create(at));
  Bytes certificate;
  if (!options.request.empty()) {
    FLORIN_TRY(const Bytes der, ReadDerFile(options.request, kMaxCertificate));
    FLORIN_TRY(const auto request, payload::ReadCertificateRequest(der));
    FLORIN_TRY(certificate, wallet.IssueMerchantCertificate(options.merchant_identifier,
                                                            request.public_key_info));
  } else {
    FLORIN_TRY(certificate, ReadDerFile(options.certificate, kMaxCertificate));
  }
  FLORIN_TRY(auto nobody, hsm::KeyRef::Create(hsm::KeyClass::kPrivate, "merchant"));
  FLORIN_TRY(const auto merchant, payload::ApplePayMerchantKey::FromCertificate(
                                      std::move(nobody), certificate, options.merchant_identifier));
  payload::WalletPayment payment;
  FLORIN_TRY(payment.credential.pan, Pan::Parse(options.pan));
  payment.credential.expiry = {2099, 12, 31};
  payment.credential.amount = payload::Money{options.currency, options.amount};
  payment.device_manufacturer_id = {0x04, 0x00, 0x10, 0x03, 0x02, 0x73};
  FLORIN_CHECK_OK(AddCryptogram(payment, options.emv));
  FLORIN_TRY(std::string token, wallet.MakeToken(payment, options.merchant_identifier,
                                                 merchant.public_key_info(), at));
  FLORIN_CHECK_OK(WriteFile(options.root_out, PemOf("CERTIFICATE", wallet.root_certificate())));
  FLORIN_CHECK_OK(WriteFile(options.certificate_out, PemOf("CERTIFICATE", certificate)));
  return token;
}

}  // namespace

int RunAppleDecrypt(const AppleDecryptOptions& options) {
  LastStage observer;
  const auto opened = Decrypt(options, observer);
  if (!opened.ok()) return TellRefusal("wallet apple decrypt", opened.error(), observer);
  if (options.judged.json) {
    std::puts(opened->dump().c_str());
    return kDone;
  }
  for (const auto& [name, value] : opened->items()) {
    std::printf("%-16s %s\n", name.c_str(),
                value.is_string() ? value.get<std::string>().c_str() : value.dump().c_str());
  }
  return kDone;
}

int RunAppleMake(const AppleMakeOptions& options) {
  const auto token = Make(options);
  if (!token.ok()) {
    std::fprintf(stderr, "florin wallet apple make: %s\n", token.error().message());
    return kNotJudged;
  }
  std::puts(token->c_str());
  return kDone;
}

}  // namespace florin::tools
