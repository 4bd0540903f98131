// Fuzzes what the simulator reads from its folder: records, object heads, attribute lists, names.
#include <cstddef>
#include <cstdint>
#include <string>

#include "florin/base/result.h"
#include "hsm_sim/objects/attributes.h"
#include "hsm_sim/objects/key_objects.h"
#include "hsm_sim/storage/token_format.h"

using florin::Bytes;
using florin::ByteView;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace sim = florin::hsm_sim;
  const ByteView input(data, size);
  if (const auto record = sim::DecodeTokenRecord(input); record.ok()) {
    FLORIN_INVARIANT(florin::SameBytes(sim::EncodeTokenRecord(*record), input));
  }
  if (const auto header = sim::DecodeObjectHeader(input); header.ok()) {
    const auto head = sim::EncodeObjectHeader(*header);
    FLORIN_INVARIANT(florin::SameBytes(head, input.first(head.size())));
  }
  const std::string name(input.begin(), input.end());
  if (const auto parsed = sim::ParseObjectFileName(name); parsed.ok()) {
    FLORIN_INVARIANT(sim::ObjectFileName(parsed->id, parsed->version) == name);
  }
  const auto attributes = sim::DecodeAttributes(input);
  if (!attributes.ok()) return 0;
  const Bytes encoded = sim::EncodeAttributes(*attributes);
  const auto again = sim::DecodeAttributes(encoded);
  FLORIN_INVARIANT(again.ok() && sim::EncodeAttributes(*again) == encoded);
  for (const CK_OBJECT_CLASS object_class : {CKO_PUBLIC_KEY, CKO_PRIVATE_KEY, CKO_SECRET_KEY}) {
    (void)sim::RulesFromAttributes(object_class, *attributes).ok();
  }
  return 0;
}
