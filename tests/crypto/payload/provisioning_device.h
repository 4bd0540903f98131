// ProvisioningDevice: a phone that asks for a card, under a CA of its own, and opens the answer.
#pragma once

#include <string>
#include <vector>

#include "crypto/primitives/certificate.h"
#include "crypto/primitives/ec.h"
#include "florin/payload/apple_provisioning.h"

namespace florin::payload {

struct DeviceOptions {
  bool rsa = false;
  bool marker = true;
  bool marker_is_critical = true;  // as in the one leaf that is public
  bool key_usage = true;           // false: digitalSignature alone
  bool second_critical = false;    // another critical extension that nobody knows
  Curve leaf_curve = Curve::kP256;
  UnixSeconds not_after{1700086400};
};

inline constexpr UnixSeconds kDeviceNow{1700000000};

class ProvisioningDevice {
 public:
  explicit ProvisioningDevice(const DeviceOptions& options = {});

  const Bytes& root() const { return root_; }
  // Leaf and intermediate; a fresh nonce and something for its signature.
  ProvisioningRequest Request() const;
  // The JSON inside, as the profile has it encrypted; "" where it does not open.
  std::string Open(const ProvisioningResponse& response, const ProvisioningProfile& profile) const;

 private:
  DeviceOptions options_;
  Bytes root_;
  Bytes intermediate_;
  Bytes leaf_;
  primitives::EcPrivateKey ec_key_;
};

}  // namespace florin::payload
