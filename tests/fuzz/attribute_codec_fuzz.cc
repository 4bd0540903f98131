// Key templates as a client may send them. The first byte chooses the use; then attributes follow,
// each a byte for its type, a byte for its length and its value.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "crypto/cryptoki/attribute_codec.h"

namespace {

using florin::cryptoki::TemplateUse;

constexpr std::array<CK_ATTRIBUTE_TYPE, 24> kTypes = {
    CKA_CLASS,     CKA_KEY_TYPE,  CKA_TOKEN,     CKA_PRIVATE,
    CKA_LABEL,     CKA_ID,        CKA_SENSITIVE, CKA_EXTRACTABLE,
    CKA_ENCRYPT,   CKA_DECRYPT,   CKA_SIGN,      CKA_VERIFY,
    CKA_WRAP,      CKA_UNWRAP,    CKA_DERIVE,    CKA_VALUE,
    CKA_VALUE_LEN, CKA_EC_PARAMS, CKA_EC_POINT,  CKA_ALLOWED_MECHANISMS,
    CKA_MODULUS,   CKA_TRUSTED,   CKA_UNIQUE_ID, CKA_FLORIN_KEY_BLOCK_HEADER};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const auto use = static_cast<TemplateUse>(data[0] % 4);
  std::vector<std::vector<std::uint8_t>> values;
  std::vector<CK_ATTRIBUTE> attributes;
  for (std::size_t at = 1; at + 2 <= size && attributes.size() < 70;) {
    const CK_ATTRIBUTE_TYPE type = kTypes[data[at] % kTypes.size()];
    const std::size_t length = std::min<std::size_t>(data[at + 1], size - at - 2);
    values.emplace_back(data + at + 2, data + at + 2 + length);
    attributes.push_back({type, values.back().data(), length});
    at += 2 + length;
  }
  static_cast<void>(
      florin::cryptoki::DecodeTemplate(use, attributes.data(), attributes.size()).ok());
  return 0;
}
