// Fuzzes the JSON of requests to add a card to Apple Wallet, and of the answers. What is read and
// written again must read the same.
#include <cstdint>
#include <cstdlib>

#include "florin/base/result.h"
#include "florin/payload/apple_provisioning.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace florin;
  const ByteView input(data, size);
  if (const auto request = payload::ReadProvisioningRequest(input); request.ok()) {
    const auto json = payload::WriteProvisioningRequest(*request);
    FLORIN_INVARIANT(json.ok());
    const auto again = payload::ReadProvisioningRequest(AsBytes(*json));
    FLORIN_INVARIANT(again.ok() && again->certificates == request->certificates &&
                     again->nonce == request->nonce &&
                     again->nonce_signature == request->nonce_signature);
  }
  if (const auto response = payload::ReadProvisioningResponse(input); response.ok()) {
    const auto json = payload::WriteProvisioningResponse(*response);
    FLORIN_INVARIANT(json.ok());
    const auto again = payload::ReadProvisioningResponse(AsBytes(*json));
    FLORIN_INVARIANT(again.ok() && again->scheme == response->scheme &&
                     again->encrypted_pass_data == response->encrypted_pass_data &&
                     again->activation_data == response->activation_data &&
                     again->ephemeral_public_key == response->ephemeral_public_key &&
                     again->wrapped_key == response->wrapped_key);
  }
  return 0;
}
