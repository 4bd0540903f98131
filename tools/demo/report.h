// What the demo tells: a table for people, one JSON object for machines. No PAN in clear in either.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tools/demo/latency.h"
#include "tools/demo/published.h"

namespace florin::demo {

struct SamplePayment {
  std::string type;
  std::string masked_device_account_number;
  std::string masked_card;
  std::string merchant_token;
  std::string currency_code;
  std::int64_t amount = 0;
  bool cryptogram_verified = false;
  bool issuer_answered = false;  // EMV: an ARPC was made
};

struct DemoReport {
  std::vector<PublishedResult> published;
  std::size_t payments = 0;
  std::size_t succeeded = 0;
  std::size_t three_d_secure = 0;
  std::size_t emv = 0;
  unsigned threads = 0;
  double process_seconds = 0;
  StageTimes times;
  SamplePayment sample;
  std::string first_failure;  // empty where there was none

  bool ok() const;
};

std::string ReportAsText(const DemoReport& report);
std::string ReportAsJson(const DemoReport& report);

}  // namespace florin::demo
