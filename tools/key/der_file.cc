#include "tools/key/der_file.h"

#include <fstream>
#include <iostream>
#include <iterator>

#include "florin/base/base64.h"

namespace florin::tools {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";

// Base64 and the lines around it make a PEM text longer than its DER, by less than this.
constexpr std::size_t kPemFactor = 2;

Result<Bytes> DecodePem(const std::string& text, std::size_t begin) {
  const std::size_t first = text.find('\n', begin);
  const std::size_t last = text.find(kEnd, begin);
  if (first == std::string::npos || last == std::string::npos || last < first) {
    return Error(ErrorCode::kMalformed, "a PEM file has no end");
  }
  std::string inner = text.substr(first, last - first);
  std::erase_if(inner, [](char c) { return c == '\n' || c == '\r'; });
  return Base64Decode(inner, Base64Form::kStandard);
}

}  // namespace

Result<std::string> ReadTextFile(const std::string& path, std::size_t limit) {
  std::ifstream file;
  if (path != "-") file.open(path, std::ios::binary);
  std::istream& in = path == "-" ? std::cin : file;
  std::string text(limit + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.empty()) return Error(ErrorCode::kNotFound, "a file cannot be read, or is empty");
  if (text.size() > limit) return Error(ErrorCode::kLimitExceeded, "a file is too long");
  return text;
}

Result<Bytes> ReadDerFile(const std::string& path, std::size_t limit) {
  FLORIN_TRY(const std::string text, ReadTextFile(path, kPemFactor * limit));
  const std::size_t begin = text.find(kBegin);
  Bytes der(text.begin(), text.end());
  if (begin != std::string::npos) {
    FLORIN_TRY(der, DecodePem(text, begin));
  }
  if (der.size() > limit) return Error(ErrorCode::kLimitExceeded, "a file is too long");
  return der;
}

std::string PemOf(std::string_view label, ByteView der) {
  const std::string text = Base64Encode(der, Base64Form::kStandard);
  std::string pem(kBegin);
  pem += label;
  pem += "-----";
  for (std::size_t at = 0; at < text.size(); at += 64) {
    pem += '\n';
    pem += std::string_view(text).substr(at, 64);
  }
  pem += '\n';
  pem += kEnd;
  pem += label;
  pem += "-----";
  return pem;
}

}  // namespace florin::tools
