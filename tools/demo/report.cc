#include "tools/demo/report.h"

#include <algorithm>
#include <cstdio>

#include "crypto/base/json_writer.h"

namespace florin::demo {
namespace {

struct StageName {
  Stage stage;
  const char* json;
  const char* text;
  const char* principal;
};

constexpr StageName kStageNames[] = {
    {Stage::kMakeToken, "makeToken", "make token", "phone"},
    {Stage::kVerifyAndDecrypt, "verifyAndDecrypt", "verify and decrypt", "PSP"},
    {Stage::kTokenize, "tokenize", "tokenize", "PSP"},
    {Stage::kDetokenize, "detokenize", "detokenize, verified", "token service"},
    {Stage::kAuthorize, "authorize", "verify ARQC, make ARPC", "issuer"},
    {Stage::kWholePayment, "wholePayment", "whole payment", "all three"},
};

template <class... Values>
std::string Format(const char* format, Values... values) {
  char line[256];
  const int length = std::snprintf(line, sizeof line, format, values...);
  return std::string(line, static_cast<std::size_t>(std::clamp(length, 0, 255)));
}

// What `threads` threads would do in a second if they did nothing but this stage.
double Throughput(const StageSummary& summary, unsigned threads) {
  return summary.mean_us == 0 ? 0 : threads * 1e6 / summary.mean_us;
}

void WriteSample(JsonWriter& json, const SamplePayment& sample) {
  json.BeginObject()
      .String("type", sample.type)
      .String("deviceAccountNumber", sample.masked_device_account_number)
      .String("card", sample.masked_card)
      .String("merchantToken", sample.merchant_token)
      .String("currencyCode", sample.currency_code)
      .Int("amount", sample.amount)
      .Bool("cryptogramVerified", sample.cryptogram_verified)
      .Bool("issuerAnswered", sample.issuer_answered)
      .EndObject();
}

}  // namespace

bool DemoReport::ok() const {
  const bool all_published =
      !published.empty() && std::all_of(published.begin(), published.end(),
                                        [](const PublishedResult& one) { return one.status.ok(); });
  return all_published && payments > 0 && succeeded == payments;
}

std::string ReportAsText(const DemoReport& report) {
  std::string text =
      "\nPublished Apple Pay tokens, at their signing time, under Apple Root CA - G3\n";
  for (const PublishedResult& one : report.published) {
    text += Format("  %-28s %-20s %s\n", one.id.c_str(), one.masked_pan.c_str(),
                   one.status.ok() ? "verified and decrypted" : one.status.error().message());
  }
  text +=
      Format("\n%zu of %zu payments succeeded: %zu 3DSecure, %zu EMV, %u threads\n\n",
             report.succeeded, report.payments, report.three_d_secure, report.emv, report.threads);
  text += Format("  %-14s %-24s %8s %12s %10s %10s\n", "who", "stage", "count", "per second",
                 "p50 us", "p99 us");
  for (const StageName& name : kStageNames) {
    const StageSummary summary = report.times.Summarize(name.stage);
    text +=
        Format("  %-14s %-24s %8zu %12.0f %10.1f %10.1f\n", name.principal, name.text,
               summary.count, Throughput(summary, report.threads), summary.p50_us, summary.p99_us);
  }
  text +=
      Format("\n%.2f s of processing: %.0f payments a second, end to end\n", report.process_seconds,
             static_cast<double>(report.succeeded) / std::max(report.process_seconds, 1e-9));
  if (!report.first_failure.empty()) text += "first failure: " + report.first_failure + "\n";
  text += "\nOne of them, as the PSP answers it:\n";
  JsonWriter json(&text);
  WriteSample(json, report.sample);
  FLORIN_INVARIANT(json.Finish().ok());
  text += "\n";
  return text;
}

std::string ReportAsJson(const DemoReport& report) {
  std::string text;
  JsonWriter json(&text);
  json.BeginObject().Bool("ok", report.ok());
  json.Name("published").BeginArray();
  for (const PublishedResult& one : report.published) {
    json.BeginObject()
        .String("id", one.id)
        .String("source", one.source)
        .Bool("verifiedAndDecrypted", one.status.ok())
        .String("pan", one.masked_pan);
    if (!one.status.ok()) json.String("error", one.status.error().message());
    json.EndObject();
  }
  json.EndArray();
  json.Name("payments")
      .BeginObject()
      .Uint("requested", report.payments)
      .Uint("succeeded", report.succeeded)
      .Uint("threeDSecure", report.three_d_secure)
      .Uint("emv", report.emv)
      .Uint("threads", report.threads)
      .Name("perSecond")
      .NumberText(Format(
          "%.1f", static_cast<double>(report.succeeded) / std::max(report.process_seconds, 1e-9)))
      .EndObject();
  json.Name("stages").BeginArray();
  for (const StageName& name : kStageNames) {
    const StageSummary summary = report.times.Summarize(name.stage);
    json.BeginObject()
        .String("stage", name.json)
        .String("principal", name.principal)
        .Uint("count", summary.count)
        .Name("perSecond")
        .NumberText(Format("%.1f", Throughput(summary, report.threads)))
        .Name("p50Us")
        .NumberText(Format("%.1f", summary.p50_us))
        .Name("p99Us")
        .NumberText(Format("%.1f", summary.p99_us))
        .EndObject();
  }
  json.EndArray();
  json.Name("sample");
  WriteSample(json, report.sample);
  if (!report.first_failure.empty()) json.String("firstFailure", report.first_failure);
  json.EndObject();
  FLORIN_INVARIANT(json.Finish().ok());
  return text;
}

}  // namespace florin::demo
