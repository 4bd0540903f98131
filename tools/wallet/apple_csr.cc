#include <cstdio>

#include "florin/hsm/key_templates.h"
#include "florin/payload/certificate_request.h"
#include "tools/command_io.h"
#include "tools/key/der_file.h"
#include "tools/key/exchange.h"
#include "tools/wallet/apple.h"

namespace florin::tools {
namespace {

Result<hsm::KeyPair> FindOrMakePair(hsm::Session& session, const AppleCsrOptions& options) {
  if (options.create) {
    FLORIN_CHECK_OK(CheckLabelIsFree(session, hsm::KeyClass::kPrivate, options.label));
    FLORIN_TRY(const auto pair,
               hsm::CertifiedKeyPair(options.label, options.rsa ? hsm::ProcessingKey::kRsa2048
                                                                : hsm::ProcessingKey::kP256));
    return session.GeneratePair(pair);
  }
  hsm::KeyPair pair;
  FLORIN_TRY(pair.private_key, FindKey(session, hsm::KeyClass::kPrivate, options.label));
  FLORIN_TRY(pair.public_key, FindKey(session, hsm::KeyClass::kPublic, options.label));
  return pair;
}

Result<std::string> RequestText(const AppleCsrOptions& options) {
  FLORIN_TRY(const TokenSession token, OpenTokenSession(options.token));
  FLORIN_TRY(const hsm::KeyPair pair, FindOrMakePair(*token.session, options));
  FLORIN_TRY(const Bytes der, payload::MakeCertificateRequest(
                                  *token.session, pair.private_key, pair.public_key,
                                  {options.common_name, options.organization, options.country}));
  return PemOf("CERTIFICATE REQUEST", der);
}

}  // namespace

int RunAppleCsr(const AppleCsrOptions& options) {
  const auto text = RequestText(options);
  if (!text.ok()) {
    std::fprintf(stderr, "florin wallet apple csr: %s\n", text.error().message());
    return text.code() == ErrorCode::kPermissionDenied ? kWrong : kNotJudged;
  }
  std::puts(text->c_str());
  return kDone;
}

}  // namespace florin::tools
