// GoogleWalletSimulator: makes Google Pay tokens and Wallet callbacks as Google would, under root
// keys of its own. Test equipment: for tests, demos and partners.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/base/random.h"
#include "florin/base/result.h"
#include "florin/payload/google_pay_message.h"
#include "florin/payload/google_recipient_id.h"
#include "florin/payload/google_root_keys.h"
#include "florin/payload/google_wallet_callbacks.h"

#pragma GCC visibility push(default)

namespace florin::payload {

// Safe for many threads once created.
class GoogleWalletSimulator {
 public:
  // Makes root keys for ECv1 and, valid ten years from `now`, one that ECv2 and ECv2SigningOnly
  // share, as Google's TEST list has it; an intermediate key of each, valid for 30 days.
  static Result<GoogleWalletSimulator> Create(UnixSeconds now,
                                              RandomSource& random = SystemRandom());
  GoogleWalletSimulator(GoogleWalletSimulator&&) noexcept;
  GoogleWalletSimulator& operator=(GoogleWalletSimulator&&) noexcept;
  ~GoogleWalletSimulator();

  // The list of root keys as Google serves it: what GoogleRootKeys reads.
  const std::string& root_keys_json() const;

  // Makes one token of ECv1 or ECv2 for the recipient, encrypted to `public_point` (65 bytes) under
  // a fresh ephemeral key. An empty credential.id is drawn. kInvalidArgument for another protocol
  // or a message that would be refused.
  Result<std::string> MakeToken(const GooglePayMessage& message, GoogleProtocol protocol,
                                const GoogleRecipientId& recipient, ByteView public_point) const;

  // Makes one callback for the issuer. An empty nonce is drawn.
  Result<std::string> MakeCallback(const GoogleWalletCallback& callback,
                                   std::string_view issuer_id) const;

 private:
  struct State;
  explicit GoogleWalletSimulator(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace florin::payload

#pragma GCC visibility pop
