#include "bench/simulator_token.h"

#include <string>
#include <utility>

#include "tools/paths.h"

namespace florin::bench {
namespace {

Result<SecretBytes> TestPin() { return SecretBytes::CopyOf(AsBytes("12345678")); }

}  // namespace

Result<std::shared_ptr<SimulatorToken>> SimulatorToken::Get() {
  static std::weak_ptr<SimulatorToken> current;
  if (auto token = current.lock()) return token;
  const std::shared_ptr<SimulatorToken> made(new SimulatorToken);
  FLORIN_TRY(auto directory, tools::TemporaryDirectory::Create("florin-bench"));
  const std::string parameters = "directory=" + directory.path() + "/hsm";
  made->directory_ = std::move(directory);
  FLORIN_TRY(made->module_,
             pkcs11::Module::Load(tools::DefaultModulePath(), {.parameters = parameters}));
  FLORIN_TRY(const SecretBytes so_pin, TestPin());
  FLORIN_TRY(const SecretBytes user_pin, TestPin());
  FLORIN_TRY(made->token_, made->module_->InitToken("bench", so_pin, user_pin));
  current = made;
  return made;
}

Result<std::unique_ptr<hsm::Session>> SimulatorToken::OpenSession() const {
  FLORIN_TRY(const SecretBytes pin, TestPin());
  return module_->OpenSession(token_, pin);
}

}  // namespace florin::bench
