// What the commands of florin wallet apple read and write alike.
#include "tools/key/der_file.h"
#include "tools/wallet/apple.h"

namespace florin::tools {
namespace {

constexpr std::size_t kMaxCertificate = 16 * 1024;

}  // namespace

Result<std::vector<Bytes>> ReadCertificates(const std::vector<std::string>& files) {
  std::vector<Bytes> certificates;
  for (const std::string& file : files) {
    FLORIN_TRY(Bytes der, ReadDerFile(file, kMaxCertificate));
    certificates.push_back(std::move(der));
  }
  return certificates;
}

}  // namespace florin::tools
