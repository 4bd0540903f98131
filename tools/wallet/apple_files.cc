// What the commands of florin wallet apple read and write alike.
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>

#include "tools/command_io.h"
#include "tools/key/der_file.h"
#include "tools/wallet/apple.h"

namespace florin::tools {
namespace {

constexpr std::size_t kMaxText = 64 * 1024;
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

Result<std::string> ReadJsonFile(const std::string& path) {
  std::ifstream file;
  if (path != "-") file.open(path, std::ios::binary);
  std::istream& in = path == "-" ? std::cin : file;
  std::string text(kMaxText + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.empty()) return Error(ErrorCode::kNotFound, "a file cannot be read, or is empty");
  if (text.size() > kMaxText) return Error(ErrorCode::kLimitExceeded, "a file is too long");
  return text;
}

}  // namespace florin::tools
