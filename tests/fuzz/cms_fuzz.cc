// Fuzzes the reader of CMS SignedData. Every view it hands out lies inside the input or the
// message.
#include <cstdint>

#include "crypto/payload/cms_signed_data.h"
#include "florin/base/result.h"

namespace {

using florin::ByteView;

bool Inside(ByteView view, const void* begin, std::size_t size) {
  const auto* first = static_cast<const std::uint8_t*>(begin);
  return view.data() >= first && view.data() + view.size() <= first + size;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  florin::payload::CmsSignedData message;
  florin::payload::CmsStage stage;
  const auto status = message.Read(ByteView(data, size), stage);
  FLORIN_INVARIANT(florin::payload::CmsStageName(stage) != nullptr);
  if (!status.ok()) return 0;
  FLORIN_INVARIANT(message.message_digest().size() == 32);
  for (const ByteView view : {message.leaf(), message.intermediate(), message.message_digest()}) {
    FLORIN_INVARIANT(Inside(view, data, size));
  }
  FLORIN_INVARIANT(Inside(message.signature(), data, size) ||
                   Inside(message.signature(), &message, sizeof(message)));
  std::array<std::uint8_t, 32> digest;
  FLORIN_INVARIANT(message.SignedAttributesDigest(digest).ok());
  return 0;
}
