// What the commands of florin wallet apple read and write alike.
#include <cstdio>

#include "tools/command_io.h"
#include "tools/key/der_file.h"
#include "tools/wallet/apple.h"

namespace florin::tools {
namespace {

constexpr std::size_t kMaxCertificate = 16 * 1024;

}  // namespace

int TellRefusal(const char* command, const Error& error, const LastStage& observer) {
  std::fprintf(stderr, "florin %s: %s\n", command, error.message());
  if (!observer.stage.empty()) {
    std::fprintf(stderr, "stage %s: %s\n", observer.stage.c_str(), observer.message.c_str());
  }
  return error.code() == ErrorCode::kVerificationFailed ? kWrong : kNotJudged;
}

Result<std::vector<Bytes>> ReadCertificates(const std::vector<std::string>& files) {
  std::vector<Bytes> certificates;
  for (const std::string& file : files) {
    FLORIN_TRY(Bytes der, ReadDerFile(file, kMaxCertificate));
    certificates.push_back(std::move(der));
  }
  return certificates;
}

}  // namespace florin::tools
