// ModuleImpl: what stands behind Module.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/pkcs11/library.h"
#include "crypto/pkcs11/token_state.h"
#include "florin/pkcs11/pkcs11_session.h"

namespace florin::pkcs11 {

// Safe for many threads. The Library is shared with the sessions, which may outlive this object.
class ModuleImpl final : public Module {
 public:
  explicit ModuleImpl(std::shared_ptr<const Library> library);

  Result<std::vector<TokenInfo>> Tokens() const override;
  Result<TokenInfo> FindToken(std::string_view label) const override;
  Result<TokenInfo> InitToken(std::string_view label, const SecretBytes& so_pin,
                              const SecretBytes& user_pin) override;
  Result<std::unique_ptr<hsm::Session>> OpenSession(const TokenInfo& token,
                                                    const SecretBytes& user_pin) override;

 private:
  const CK_FUNCTION_LIST& c() const { return library_->functions(); }
  Result<std::vector<CK_SLOT_ID>> Slots() const;
  Status SetUserPin(CK_SLOT_ID slot, const SecretBytes& so_pin, const SecretBytes& user_pin) const;
  std::shared_ptr<TokenState> StateOf(CK_SLOT_ID slot);

  std::shared_ptr<const Library> library_;
  std::mutex init_token_mutex_;  // held from choosing a fresh token until it is one no more
  std::mutex mutex_;
  std::map<CK_SLOT_ID, std::shared_ptr<TokenState>> states_;  // guarded by mutex_
};

}  // namespace florin::pkcs11
