// Fuzzes certificate requests. What is read holds a key that can be certified, and its subject is
// one DER element.
#include <cstdint>
#include <cstdlib>

#include "crypto/base/ber_reader.h"
#include "crypto/payload/apple_pay_seal.h"
#include "florin/base/result.h"
#include "florin/payload/certificate_request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace florin;
  const auto request = payload::ReadCertificateRequest(ByteView(data, size));
  if (!request.ok()) return 0;
  FLORIN_INVARIANT(payload::ApplePayVersionOf(request->public_key_info).ok());
  BerReader subject(request->subject, BerRules::kDer);
  FLORIN_INVARIANT(subject.Enter(asn1::kSequence).ok() && subject.ExpectEnd().ok());
  return 0;
}
