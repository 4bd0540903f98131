// Runs under valgrind: the kernels neither branch nor index by a key or a text. The one branch on a
// secret is the verdict over a GCM tag, and valgrind must see exactly that one.
//
// Valgrind knows no AVX-512, so of the kernels of this room it sees aesni and portable; the code of
// vaes512 is that of aesni over wider vectors (x86_gcm.inc).
#include <array>
#include <cstdio>
#include <vector>

#include "crypto/kernels/aes.h"
#include "tests/ct/poison.h"

namespace florin::kernels {
namespace {

int failures = 0;

void Expect(bool good, const Kernel& kernel, const char* what) {
  if (good) return;
  std::fprintf(stderr, "%s: wrong: %s\n", kernel.name, what);
  ++failures;
}

Bytes Poisoned(std::size_t size, std::uint8_t first) {
  Bytes bytes(size);
  for (std::uint8_t& byte : bytes) byte = first++;
  ct::Poison(bytes);
  return bytes;
}

void Cmac(const Kernel& kernel, std::size_t key_size) {
  const Bytes key = Poisoned(key_size, 1);
  std::array<std::uint8_t, 16> mac{};
  for (const std::size_t size : {0, 1, 16, 17, 40, 64}) {
    const Bytes message = Poisoned(size, 2);
    Expect(AesCmacOnce(kernel, key, ByteView(message), mac).ok(), kernel, "CMAC");
    const ByteView all(message);
    Expect(AesCmacOnce(kernel, key, {all.first(size / 3), all.subspan(size / 3)}, mac).ok(), kernel,
           "CMAC in parts");
  }
}

void Derive(const Kernel& kernel, std::size_t key_size) {
  const Bytes key = Poisoned(key_size, 3);
  const std::array<DerivationBlock, 18> path{};
  std::array<std::uint8_t, 32> out{};
  for (const std::size_t size : {16, 24, 32}) {
    Expect(AesDerive(kernel, key, path, MutableBytes(out).first(size)).ok(), kernel, "derivation");
  }
}

void Seal(const Kernel& kernel, std::size_t key_size) {
  const auto key = AesGcmKey::Create(kernel, Poisoned(key_size, 4));
  Expect(key.ok(), kernel, "GCM key");
  const Bytes iv(16);
  std::array<std::uint8_t, 16> tag{};
  for (const std::size_t size : {0, 1, 15, 16, 20, 64, 100, 256, 512}) {
    for (const std::size_t iv_size : {12, 16}) {
      // OpenSSL's loop for long messages branches when the last byte of the counter overflows,
      // which is a hash where the IV has not 12 bytes.
      if (iv_size != 12 && kernel.aes == nullptr) continue;
      const Bytes text = Poisoned(size, 5);
      const Bytes aad = Poisoned(size / 5, 6);
      Bytes out(size);
      Expect(key->Seal(ByteView(iv).first(iv_size), aad, text, out, tag).ok(), kernel, "sealing");
    }
  }
}

// Messages whose tag is right, and wrong. A kernel must branch once for each, on the verdict.
void Open(const Kernel& kernel, std::size_t key_size) {
  const auto key = AesGcmKey::Create(kernel, Poisoned(key_size, 7));
  const Bytes iv(12);
  for (const std::size_t size : {0, 20, 64, 100, 512}) {
    const Bytes text = Poisoned(size, 8);
    Bytes sealed(size);
    std::array<std::uint8_t, 16> tag{};
    Expect(key->Seal(iv, {}, text, sealed, tag).ok(), kernel, "sealing");
    ct::Reveal(sealed);
    ct::Reveal(tag);
    for (const bool good : {true, false}) {
      if (!good) tag[size % 16] = static_cast<std::uint8_t>(tag[size % 16] ^ 1);
      Bytes out(size);
      const unsigned long before = ct::ErrorCount();
      const Status opened = key->Open(iv, {}, sealed, tag, out);
      Expect(ct::ErrorCount() == before + 1, kernel, "branches in opening, beside the verdict");
      Expect(opened.ok() == good, kernel, "the verdict");
      ct::Reveal(text);
      ct::Reveal(out);
      Expect(SameBytes(out, good ? text : Bytes(size)), kernel, "what opening lets out");
      ct::Poison(text);
    }
  }
}

void Check(const Kernel& kernel) {
  for (const std::size_t key_size : {16, 24, 32}) {
    const unsigned long before = ct::ErrorCount();
    Cmac(kernel, key_size);
    Derive(kernel, key_size);
    Seal(kernel, key_size);
    Expect(ct::ErrorCount() == before, kernel, "a branch or an address depends on a secret");
    // OpenSSL's own verdict branches as often as it likes.
    if (kernel.aes != nullptr) Open(kernel, key_size);
  }
}

}  // namespace
}  // namespace florin::kernels

int main() {
  using namespace florin;
  if (!ct::UnderValgrind()) {
    std::fprintf(stderr, "run this under valgrind\n");
    return 1;
  }
  std::fprintf(stderr, "the errors in gcm_open are its verdicts, and made on purpose\n");
  for (const kernels::Kernel& kernel : kernels::Kernels()) {
    if (!kernel.runs_on(Cpu())) continue;
    std::fprintf(stderr, "checking %s\n", kernel.name);
    kernels::Check(kernel);
  }
  return kernels::failures == 0 ? 0 : 1;
}
