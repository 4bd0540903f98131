#include "florin/payload/jwe_profile.h"

#include <algorithm>

#include "crypto/payload/jwe_profile_check.h"

namespace florin::payload {

Status CheckProfile(const JweProfile& profile) {
  if (profile.algorithms.empty() || profile.encryptions.empty() || profile.gcm_iv_lengths.empty()) {
    return Error(ErrorCode::kInvalidArgument,
                 "a JWE profile names algorithms, encryptions and lengths of IVs");
  }
  const auto& lengths = profile.gcm_iv_lengths;
  if (!std::all_of(lengths.begin(), lengths.end(),
                   [](std::size_t length) { return length >= 12 && length <= 64; })) {
    return Error(ErrorCode::kInvalidArgument, "an IV of AES-GCM has 12 to 64 bytes here");
  }
  if (profile.unprotected && !profile.json) {
    return Error(ErrorCode::kInvalidArgument, "unprotected headers are a thing of JSON");
  }
  return OkStatus();
}

hsm::KeyClass OpeningKeyClass(KeyManagement management) {
  switch (management) {
    case KeyManagement::kRsa:
    case KeyManagement::kAgreement:
    case KeyManagement::kAgreedKeyWrap: return hsm::KeyClass::kPrivate;
    case KeyManagement::kKeyWrap:
    case KeyManagement::kGcmKeyWrap:
    case KeyManagement::kDirect: break;
  }
  return hsm::KeyClass::kSecret;
}

using Alg = JweAlgorithm;
using Enc = JweEncryption;

JweProfile MastercardJweProfile() {
  JweProfile profile;
  profile.name = "Mastercard JWE";
  profile.algorithms = {Alg::kRsaOaep256};
  profile.encryptions = {Enc::kA256Gcm, Enc::kA128Gcm, Enc::kA192Gcm, Enc::kA128CbcHs256};
  profile.gcm_iv_lengths = {12, 16};
  profile.optional_members = {"kid", "cty", "typ"};
  profile.sent_members = {{"cty", "application/json"}};
  return profile;
}

JweProfile VisaMessageLevelProfile() {
  JweProfile profile;
  profile.name = "Visa MLE";
  profile.algorithms = {Alg::kRsaOaep256};
  profile.encryptions = {Enc::kA128Gcm, Enc::kA256Gcm};
  profile.required_members = {"kid"};
  profile.optional_members = {"iat", "typ", "cty"};
  profile.sent_issued_at = IssuedAt::kMillisecondsNumber;
  return profile;
}

JweProfile VisaTokenServiceProfile() {
  JweProfile profile;
  profile.name = "Visa VTS";
  profile.algorithms = {Alg::kA256GcmKw};
  profile.encryptions = {Enc::kA256Gcm};
  profile.algorithm_aliases = {{"AGCM256KW", Alg::kA256GcmKw}, {"AGCM256", Alg::kA256GcmKw}};
  profile.required_members = {"kid"};
  profile.optional_members = {"iat", "typ", "cty", "channelSecurityContext"};
  profile.sent_members = {{"typ", "JOSE"}, {"channelSecurityContext", "SHARED_SECRET"}};
  profile.sent_issued_at = IssuedAt::kSecondsText;
  return profile;
}

JweProfile AmexTokenServiceProfile() {
  JweProfile profile;
  profile.name = "Amex token service";
  profile.algorithms = {Alg::kA256Kw};
  profile.encryptions = {Enc::kA128Gcm};
  profile.required_members = {"kid"};
  profile.optional_members = {"typ", "cty"};
  return profile;
}

JweProfile SamsungProfile() {
  JweProfile profile;
  profile.name = "Samsung";
  profile.algorithms = {Alg::kRsa15};
  profile.encryptions = {Enc::kA128Gcm};
  profile.optional_members = {"kid", "typ", "cty"};
  return profile;
}

JweProfile ClickToPayProfile() {
  JweProfile profile;
  profile.name = "Click to Pay";
  profile.algorithms = {Alg::kRsaOaep256};
  profile.encryptions = {Enc::kA128CbcHs256, Enc::kA256Gcm, Enc::kA128Gcm};
  profile.optional_members = {"kid", "typ", "cty", "iat"};
  return profile;
}

JweProfile CybersourceProfile() {
  JweProfile profile;
  profile.name = "Cybersource MLE";
  profile.algorithms = {Alg::kRsaOaep256};
  profile.encryptions = {Enc::kA256Gcm};
  profile.required_members = {"kid"};
  profile.optional_members = {"iat", "typ", "cty"};
  profile.sent_issued_at = IssuedAt::kSecondsText;
  return profile;
}

}  // namespace florin::payload
