#include "tools/demo/published.h"

#include <utility>

#include "florin/base/base64.h"
#include "tools/paths.h"
#include "tools/vectors/vector_file.h"

namespace florin::demo {
namespace {

// Opens one token and holds it against what its publisher says is inside.
Result<std::string> OpenOne(Psp& psp, const vectors::TestCase& test) {
  FLORIN_TRY(SecretBytes private_key, SecretBytes::CopyOf(test.Hex("recipient_private_key")));
  FLORIN_TRY(payload::ApplePayPayment payment,
             psp.OpenPublished(AsBytes(test.Text("token")), test.Hex("recipient_certificate"),
                               private_key, UnixSeconds{test.Number("signing_time")}));
  const std::string plaintext = test.Text("plaintext");
  const std::string pan(payment.data.pan.Read(SecretAccess{}));
  if (plaintext.find("\"" + pan + "\"") == std::string::npos) {
    return Error(ErrorCode::kInternal, "the card number is not the published one");
  }
  return payment.data.pan.Masked();
}

}  // namespace

Result<std::vector<PublishedResult>> OpenPublishedTokens(Psp& psp) {
  const vectors::VectorFile file =
      vectors::VectorFile::Load(tools::VectorsDirectory() / "wallet" / "apple_pay_ec_v1.json");
  std::vector<PublishedResult> results;
  for (const vectors::TestGroup* group : file.GroupsOf("token")) {
    for (const vectors::TestCase& test : group->tests) {
      if (!test.valid || !test.Has("recipient_private_key")) continue;
      PublishedResult result{test.id, group->source, "", OkStatus()};
      auto masked_pan = OpenOne(psp, test);
      if (masked_pan.ok()) {
        result.masked_pan = *masked_pan;
      } else {
        result.status = masked_pan.error();
      }
      results.push_back(std::move(result));
    }
  }
  if (results.empty()) {
    return Error(ErrorCode::kNotFound,
                 "the published tokens are not found: reinstall, or build from a whole checkout");
  }
  return results;
}

}  // namespace florin::demo
