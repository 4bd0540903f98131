// Fuzzes the AES kernels against each other: what `portable` computes by OpenSSL, every kernel of
// this processor computes, and what it refuses they refuse.
//
// The input: key length, IV length, AAD length, tag length, alignment, number of steps, the byte to
// spoil; then the key, the IV, the AAD and the message, each as far as the input goes.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "crypto/kernels/aes.h"
#include "florin/base/result.h"

namespace {

using namespace florin;           // NOLINT(google-build-using-namespace): a program of one file
using namespace florin::kernels;  // NOLINT(google-build-using-namespace)

class Input {
 public:
  explicit Input(ByteView bytes) : rest_(bytes) {}

  std::size_t Number(std::size_t limit) {
    const std::size_t value = rest_.empty() ? 0 : rest_[0];
    rest_ = rest_.subspan(std::min<std::size_t>(1, rest_.size()));
    return value % limit;
  }
  // `size` bytes, zeros where the input has ended.
  Bytes Take(std::size_t size) {
    const std::size_t given = std::min(size, rest_.size());
    Bytes out(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(given));
    out.resize(size);
    rest_ = rest_.subspan(given);
    return out;
  }
  std::size_t left() const { return rest_.size(); }

 private:
  ByteView rest_;
};

struct Message {
  Bytes key, iv, aad, text;
  std::size_t tag_size, alignment, steps, spoiled;
};

Message Read(Input input) {
  Message m;
  const std::size_t key_size = 16 + 8 * input.Number(3);
  const std::size_t iv_size = input.Number(130);
  const std::size_t aad_size = input.Number(140);
  m.tag_size = input.Number(18);
  m.alignment = input.Number(64);
  m.steps = 1 + input.Number(34);
  m.spoiled = input.Number(256);
  m.key = input.Take(key_size);
  m.iv = input.Take(iv_size);
  m.aad = input.Take(aad_size);
  m.text = input.Take(std::min<std::size_t>(input.left(), 700));
  return m;
}

struct Outcome {
  std::vector<Bytes> outputs;
  std::vector<ErrorCode> codes;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

void Gcm(const Kernel& kernel, const Message& m, Outcome& outcome) {
  const auto key = AesGcmKey::Create(kernel, m.key);
  FLORIN_INVARIANT(key.ok());
  Bytes room(m.alignment + m.text.size());
  const MutableBytes out = MutableBytes(room).subspan(m.alignment);
  Bytes tag(m.tag_size);
  const Status sealed = key->Seal(m.iv, m.aad, m.text, out, tag);
  outcome.codes.push_back(sealed.code());
  if (!sealed.ok()) return;
  outcome.outputs.push_back(room);
  outcome.outputs.push_back(tag);
  Bytes opened(m.text.size());
  FLORIN_INVARIANT(key->Open(m.iv, m.aad, out, tag, opened).ok() && opened == m.text);
  FLORIN_INVARIANT(key->Open(m.iv, m.aad, out, tag, out).ok() && SameBytes(out, m.text));
  // One byte spoiled, of the tag or of the text.
  FLORIN_INVARIANT(key->Seal(m.iv, m.aad, m.text, out, tag).ok());
  std::uint8_t& spoiled =
      m.spoiled % 2 == 0 || out.empty() ? tag[m.spoiled % tag.size()] : out[m.spoiled % out.size()];
  spoiled = static_cast<std::uint8_t>(spoiled ^ (1U << m.spoiled % 8));
  FLORIN_INVARIANT(key->Open(m.iv, m.aad, out, tag, opened).code() ==
                   ErrorCode::kVerificationFailed);
  FLORIN_INVARIANT(opened == Bytes(opened.size()));
}

void Cmac(const Kernel& kernel, const Message& m, Outcome& outcome) {
  Bytes mac(m.tag_size);
  outcome.codes.push_back(AesCmacOnce(kernel, m.key, ByteView(m.text), mac).code());
  outcome.outputs.push_back(mac);
  Bytes in_parts(m.tag_size);
  outcome.codes.push_back(AesCmacOnce(kernel, m.key, {m.iv, m.aad, m.text}, in_parts).code());
  outcome.outputs.push_back(in_parts);
}

void Derive(const Kernel& kernel, const Message& m, Outcome& outcome) {
  std::vector<DerivationBlock> path(m.steps);
  for (std::size_t i = 0; i < path.size(); ++i) {
    for (std::size_t j = 0; j < kAesBlock && !m.text.empty(); ++j) {
      path[i][j] = m.text[(i * kAesBlock + j) % m.text.size()];
    }
  }
  Bytes out(m.alignment);
  outcome.codes.push_back(AesDerive(kernel, m.key, path, out).code());
  outcome.outputs.push_back(out);
}

Outcome Run(const Kernel& kernel, const Message& message) {
  Outcome outcome;
  Gcm(kernel, message, outcome);
  Cmac(kernel, message, outcome);
  Derive(kernel, message, outcome);
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Message message = Read(Input(ByteView(data, size)));
  const Outcome expected = Run(Kernels().back(), message);
  for (const Kernel& kernel : Kernels()) {
    if (kernel.runs_on(Cpu())) FLORIN_INVARIANT(Run(kernel, message) == expected);
  }
  return 0;
}
