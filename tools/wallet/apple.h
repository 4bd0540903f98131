// florin wallet apple csr, decrypt, verify, explain, make and provision.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/base/observer.h"
#include "florin/base/result.h"
#include "tools/key/token_session.h"

namespace florin::tools {

struct AppleCsrOptions {
  TokenOptions token;
  std::string label;
  bool create = false;
  bool rsa = false;
  std::string common_name;
  std::string organization;
  std::string country;
};

// What judging a token takes.
struct AppleTokenOptions {
  std::string file = "-";          // JSON
  std::vector<std::string> roots;  // certificate files; none: Apple's root
  std::string at;                  // empty: now
  bool json = false;
};

struct AppleDecryptOptions {
  AppleTokenOptions judged;
  TokenOptions token;
  std::vector<std::string> keys;    // LABEL=CERTIFICATE
  std::string merchant_identifier;  // checked where it is given
};

struct AppleMakeOptions {
  std::string certificate;  // of the merchant; or `request`
  std::string request;
  std::string merchant_identifier;
  std::string pan = "9999700000000001";
  std::string currency = "978";
  std::int64_t amount = 1999;
  bool emv = false;
  std::string at;
  std::string root_out;         // file for the root of the simulated phones
  std::string certificate_out;  // file for a processing certificate, with `request`
};

struct AppleProvisionOptions {
  TokenOptions token;
  std::string request_file = "-";
  std::vector<std::string> roots;
  std::string card_file;        // JSON: pan, expiry, name
  std::string activation_data;  // base64
  std::size_t iv_length = 12;
  std::string at;
};

// Each prints what came out, never a secret, and returns the exit status: 0 done or right, 1
// refused or wrong, 2 it could not be judged.
int RunAppleCsr(const AppleCsrOptions& options);
int RunAppleDecrypt(const AppleDecryptOptions& options);
int RunAppleVerify(const AppleTokenOptions& options);
int RunAppleExplain(const AppleTokenOptions& options);
int RunAppleMake(const AppleMakeOptions& options);
int RunAppleProvision(const AppleProvisionOptions& options);

// Keeps where a token or a request was refused: the operator may know.
class LastStage final : public Observer {
 public:
  void OnEvent(const Event& event) override {
    stage = event.stage;
    message = event.outcome.message();
  }
  std::string stage;
  std::string message;
};

// Says it on stderr and returns the exit status. `command` is what stands behind "florin".
int TellRefusal(const char* command, const Error& error, const LastStage& observer);

// The DER of each certificate file.
Result<std::vector<Bytes>> ReadCertificates(const std::vector<std::string>& files);

// Of tokens and requests in files, bytes.
inline constexpr std::size_t kMaxJsonFile = 64 * 1024;

}  // namespace florin::tools
