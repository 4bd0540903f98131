#include "tools/demo/published.h"

#include <string_view>
#include <utility>

#include "tools/paths.h"
#include "tools/vectors/vector_file.h"

namespace florin::demo {
namespace {

bool Says(std::string_view plaintext, std::string_view name, std::string_view value) {
  const std::size_t at = plaintext.find(name);
  return at != std::string_view::npos && plaintext.substr(at + name.size()).starts_with(value);
}

// Holds the typed payment against the plaintext that the publisher printed.
Status Compare(const payload::PaymentCredential& payment, std::string_view plaintext) {
  const std::string year_and_month =
      std::to_string((payment.expiry.year % 100) * 100 + payment.expiry.month);
  const bool same =
      Says(plaintext, R"("applicationPrimaryAccountNumber":")", payment.pan.Read(SecretAccess{})) &&
      Says(plaintext, R"("applicationExpirationDate":")", year_and_month) &&
      Says(plaintext, R"("currencyCode":")", payment.amount->currency_code) &&
      Says(plaintext, R"("transactionAmount":)", std::to_string(payment.amount->minor_units));
  if (same) return OkStatus();
  return Error(ErrorCode::kInternal, "the payment is not the published one");
}

// Opens one token; returns the masked card number.
Result<std::string> OpenOne(Psp& psp, const vectors::TestCase& test) {
  FLORIN_TRY(SecretBytes private_key, SecretBytes::CopyOf(test.Hex("recipient_private_key")));
  FLORIN_TRY(payload::ApplePayPayment payment,
             psp.OpenPublished(AsBytes(test.Text("token")), test.Hex("recipient_certificate"),
                               private_key, UnixSeconds{test.Number("signing_time")}));
  FLORIN_CHECK_OK(Compare(payment.credential, test.Text("plaintext")));
  return payment.credential.pan.Masked();
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
