#include "tools/demo/hsm_token.h"

#include <array>
#include <string>
#include <utility>

#include "florin/base/random.h"

namespace florin::demo {
namespace {

constexpr std::size_t kPinDigits = 12;

Result<SecretBytes> RandomPin() {
  FLORIN_TRY(SecretBytes pin, SecretBytes::Create(kPinDigits));
  MutableBytes digits = pin.Write(SecretAccess{});
  FLORIN_CHECK_OK(SystemRandom().Fill(digits));
  for (std::uint8_t& digit : digits) digit = static_cast<std::uint8_t>('0' + digit % 10);
  return pin;
}

}  // namespace

HsmToken::HsmToken(std::shared_ptr<pkcs11::Module> module, pkcs11::TokenInfo token, SecretBytes pin)
    : module_(std::move(module)),
      token_(std::move(token)),
      pin_(std::move(pin)),
      pool_([this] { return module_->OpenSession(token_, pin_); }) {}

Result<std::unique_ptr<HsmToken>> HsmToken::Create(std::shared_ptr<pkcs11::Module> module,
                                                   std::string_view label) {
  FLORIN_TRY(SecretBytes so_pin, RandomPin());
  FLORIN_TRY(SecretBytes user_pin, RandomPin());
  FLORIN_TRY(pkcs11::TokenInfo token, module->InitToken(label, so_pin, user_pin));
  return std::unique_ptr<HsmToken>(
      new HsmToken(std::move(module), std::move(token), std::move(user_pin)));
}

Result<hsm::KeyTemplate> CryptogramKeyTemplate(std::string_view label, char mode_of_use) {
  std::string header = "D0000E0TX00N0000";
  header[8] = mode_of_use;
  hsm::KeyTemplate key;
  FLORIN_TRY(key.rules.header, mechanisms::KeyBlockHeader::Parse(header));
  key.rules.type = mechanisms::KeyType::kDes3;
  key.rules.length = 16;
  key.rules.verbs = mode_of_use == 'G'
                        ? mechanisms::VerbSet{mechanisms::Verb::kSign}
                        : mechanisms::VerbSet{mechanisms::Verb::kSign, mechanisms::Verb::kVerify};
  FLORIN_TRY(key.name, hsm::KeyRef::Create(hsm::KeyClass::kSecret, label));
  key.persistent = true;
  return key;
}

Result<hsm::KeyTemplate> KeyRingKeyTemplate(std::string_view label) {
  hsm::KeyTemplate key;
  FLORIN_TRY(key.rules.header, mechanisms::KeyBlockHeader::Parse("D0000D0AB00N0000"));
  key.rules.type = mechanisms::KeyType::kAes;
  key.rules.length = 32;
  key.rules.verbs = {mechanisms::Verb::kEncrypt, mechanisms::Verb::kDecrypt};
  FLORIN_TRY(key.name, hsm::KeyRef::Create(hsm::KeyClass::kSecret, label));
  key.persistent = true;
  return key;
}

Result<hsm::KeyPairTemplate> MerchantKeyTemplate(std::string_view label) {
  hsm::KeyPairTemplate pair;
  pair.private_key.rules.type = mechanisms::KeyType::kEcPrivate;
  pair.private_key.rules.length = 32;
  pair.private_key.rules.verbs = {mechanisms::Verb::kDerive};
  pair.private_key.persistent = true;
  FLORIN_TRY(pair.private_key.name, hsm::KeyRef::Create(hsm::KeyClass::kPrivate, label));
  pair.public_key.rules.type = mechanisms::KeyType::kEcPublic;
  pair.public_key.rules.length = 65;
  pair.public_key.rules.sensitive = false;
  pair.public_key.persistent = true;
  FLORIN_TRY(pair.public_key.name, hsm::KeyRef::Create(hsm::KeyClass::kPublic, label));
  return pair;
}

}  // namespace florin::demo
