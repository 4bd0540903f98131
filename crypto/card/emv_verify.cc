#include "crypto/card/emv_verify.h"

#include "crypto/base/json_writer.h"
#include "crypto/card/emv_derivation.h"
#include "crypto/card/emv_primitives.h"
#include "crypto/card/emv_session_key.h"
#include "florin/base/hex.h"
#include "florin/card/kcv.h"

namespace florin::card {
namespace {

Result<EmvKcv> Kcv(const EmvKey& key) {
  EmvKcv kcv;
  FLORIN_CHECK_OK(KeyCheckValue(
      key.algorithm() == EmvAlgorithm::kAes ? KcvMethod::kCmacAes : KcvMethod::kLegacyTdes,
      key.Read(SecretAccess{}), kcv));
  return kcv;
}

const char* NameOf(EmvMasterKeyOption option) {
  switch (option) {
    case EmvMasterKeyOption::kA: return "A";
    case EmvMasterKeyOption::kB: return "B";
    case EmvMasterKeyOption::kBEveryLength: return "B for every PAN length";
    case EmvMasterKeyOption::kC: return "C";
  }
  return "unknown";
}

const char* NameOf(EmvSessionKeyMethod method) {
  switch (method) {
    case EmvSessionKeyMethod::kNone: return "none";
    case EmvSessionKeyMethod::kCommon: return "EMV common";
    case EmvSessionKeyMethod::kMastercard: return "Mastercard SKD";
    case EmvSessionKeyMethod::kEmv2000: return "EMV 2000";
    case EmvSessionKeyMethod::kUnionPay: return "UnionPay";
  }
  return "unknown";
}

const char* PaddingName(const EmvArqcTrace& trace) {
  if (trace.algorithm == EmvAlgorithm::kAes) return "CMAC";
  return trace.request.profile.padding == EmvPadding::kMethod1 ? "ISO 9797-1 method 1"
                                                               : "ISO 9797-1 method 2";
}

std::string Hex(ByteView bytes) { return HexEncode(bytes, HexCase::kUpper); }

}  // namespace

Result<EmvCardKeys> DeriveCardKeysWith(const primitives::KeyedCipher& issuer_key,
                                       const EmvArqc& arqc, const Pan& pan, std::size_t key_size) {
  const EmvProfile& profile = arqc.profile;
  if (!profile.master_key.has_value() || !profile.session_key.has_value()) {
    return Error(ErrorCode::kInvalidArgument, "EMV: the profile was not selected for a key");
  }
  FLORIN_TRY(EmvKey icc_key,
             DeriveIccMasterKeyWith(issuer_key, *profile.master_key, pan, arqc.psn, key_size));
  FLORIN_TRY(EmvKey session_key,
             DeriveSessionKey(icc_key, *profile.session_key, {arqc.atc, arqc.un, arqc.tree}));
  return EmvCardKeys{std::move(icc_key), std::move(session_key)};
}

Result<EmvCardKeys> DeriveCardKeys(const EmvKey& issuer_key, const EmvArqc& arqc, const Pan& pan) {
  FLORIN_TRY(const auto cipher, EmvCipher(issuer_key));
  return DeriveCardKeysWith(cipher, arqc, pan, issuer_key.size());
}

Status VerifyCryptogram(const EmvKey& session_key, EmvPadding padding, ByteView data,
                        ByteView cryptogram) {
  SecretArray<kCryptogramSize> expected;
  FLORIN_CHECK_OK(
      ApplicationCryptogram(session_key, padding, data, expected.Write(SecretAccess{})));
  if (ConstantTimeEqual(expected.Read(SecretAccess{}), cryptogram)) return OkStatus();
  return Error(ErrorCode::kVerificationFailed, "the cryptogram does not match");
}

Status VerifyArqc(const EmvCardKeys& keys, const EmvArqc& arqc) {
  return VerifyCryptogram(keys.session_key, arqc.profile.padding, arqc.input(), arqc.arqc);
}

Result<EmvArqcTrace> TraceArqc(const EmvKey& issuer_key, const EmvArqc& arqc, const Pan& pan) {
  FLORIN_TRY(const EmvCardKeys keys, DeriveCardKeys(issuer_key, arqc, pan));
  const Status verdict = VerifyArqc(keys, arqc);
  if (!verdict.ok() && verdict.code() != ErrorCode::kVerificationFailed) return verdict.error();
  FLORIN_TRY(const EmvKcv issuer_kcv, Kcv(issuer_key));
  FLORIN_TRY(const EmvKcv icc_kcv, Kcv(keys.icc_key));
  FLORIN_TRY(const EmvKcv session_kcv, Kcv(keys.session_key));
  return EmvArqcTrace{arqc, issuer_key.algorithm(), issuer_kcv, icc_kcv, session_kcv, verdict.ok()};
}

Result<std::string> ToJson(const EmvArqcTrace& trace) {
  const EmvArqc& request = trace.request;
  std::string text;
  JsonWriter json(&text);
  json.BeginObject();
  json.String("profile", request.profile.name).Bool("proven", request.profile.proven);
  json.Uint("dki", request.dki).Uint("psn", request.psn).Uint("atc", request.atc);
  json.String("un", Hex(request.un));
  json.String("master_key_option",
              request.profile.master_key ? NameOf(*request.profile.master_key) : "open");
  json.String("session_key_method",
              request.profile.session_key ? NameOf(*request.profile.session_key) : "open");
  json.String("input", Hex(request.input())).String("padding", PaddingName(trace));
  json.String("issuer_key_kcv", Hex(trace.issuer_key));
  json.String("icc_key_kcv", Hex(trace.icc_key));
  json.String("session_key_kcv", Hex(trace.session_key));
  json.String("arqc", Hex(request.arqc)).Bool("matches", trace.matches);
  json.EndObject();
  FLORIN_CHECK_OK(json.Finish());
  return text;
}

}  // namespace florin::card
