// Fuzzes field 55 from its bytes to the verdict. What the key does not allow is never selected.
#include <cstdint>

#include "crypto/card/emv_verify.h"
#include "florin/card/emv_arqc.h"

namespace florin::card {
namespace {

void CheckRead(const EmvArqc& arqc, const EmvAllowedProfiles& allowed, const EmvTlv& field55,
               const Pan& pan) {
  FLORIN_INVARIANT(arqc.profile.scheme == allowed.scheme);
  FLORIN_INVARIANT(allowed.cvns.test(arqc.profile.cvn) && allowed.dkis.test(arqc.dki));
  FLORIN_INVARIANT(arqc.profile.proven || allowed.unproven);
  FLORIN_INVARIANT(arqc.input_size >= 13 && arqc.input_size <= kMaxEmvInput);
  FLORIN_INVARIANT(SameBytes(arqc.arqc, *field55.Find(emv_tags::kCryptogram)));

  static const Bytes kKey = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  const bool aes = arqc.profile.master_key == EmvMasterKeyOption::kC;
  const auto key = EmvKey::Create(aes ? EmvAlgorithm::kAes : EmvAlgorithm::kTdes, kKey);
  const auto trace = TraceArqc(*key, arqc, pan);
  FLORIN_INVARIANT(trace.ok() && ToJson(*trace).ok());
}

}  // namespace
}  // namespace florin::card

// The first byte is the scheme and, in its upper half, what the key allows.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace florin::card;
  if (size == 0) return 0;
  const auto bytes = florin::ByteView(data, size).subspan(1);
  const auto field55 = EmvTlv::Parse(bytes);
  if (!field55.ok()) return 0;
  EmvAllowedProfiles allowed;
  allowed.scheme = static_cast<EmvScheme>(data[0] & 7U);
  allowed.cvns.set();
  allowed.dkis.set();
  allowed.unproven = (data[0] & 0x80U) != 0;
  if ((data[0] & 0x40U) != 0) allowed.cvns.reset(0x12);
  if ((data[0] & 0x20U) != 0) {
    allowed.master_key = EmvMasterKeyOption::kB;
    allowed.session_key = EmvSessionKeyMethod::kEmv2000;
  }
  const florin::Pan pan = florin::Pan::Parse("5413330089020011").value();
  const auto arqc = ReadEmvArqc(*field55, allowed, pan, 1);
  if (arqc.ok()) CheckRead(*arqc, allowed, *field55, pan);
  return 0;
}
