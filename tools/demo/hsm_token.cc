#include "tools/demo/hsm_token.h"

#include <array>
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

}  // namespace florin::demo
