#include "crypto/primitives/rsa_der.h"

#include <array>
#include <cstdint>

#include "crypto/base/ber_reader.h"
#include "crypto/base/ber_writer.h"
#include "crypto/primitives/openssl_ptr.h"

namespace florin::primitives {
namespace {

// AlgorithmIdentifier of rsaEncryption with its NULL (RFC 3279 2.3.1).
constexpr std::array<std::uint8_t, 15> kAlgorithm = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                                     0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};

constexpr std::size_t kMaxExponentSize = 4;
constexpr std::size_t kNumbers = 8;
// Version, eight numbers and their heads: less than this beyond five moduli.
constexpr std::size_t kOverhead = 64;

Error NotAKey() { return Error(ErrorCode::kMalformed, "not an RSA key in DER"); }

Error NotOneKey() {
  return Error(ErrorCode::kMalformed, "the numbers of the RSA key do not belong together");
}

bool IsOdd(ByteView number) { return !number.empty() && (number.back() & 1) != 0; }

Status CheckPublic(const RsaPublicNumbers& numbers) {
  const ByteView modulus = numbers.modulus;
  if (!IsRsaModulusSize(modulus.size()) || modulus[0] < 0x80) {
    return Error(ErrorCode::kUnsupported, "an RSA modulus has 2048, 3072 or 4096 bits");
  }
  if (!IsOdd(modulus) || !IsOdd(numbers.exponent)) return NotAKey();
  std::uint64_t exponent = 0;
  for (const std::uint8_t byte : numbers.exponent) exponent = exponent << 8 | byte;
  if (numbers.exponent.size() > kMaxExponentSize || exponent < 65537) {
    return Error(ErrorCode::kUnsupported, "an RSA public exponent is 65537..2^32-1");
  }
  return OkStatus();
}

// A positive INTEGER.
Result<ByteView> ReadNumber(BerReader& fields) {
  FLORIN_TRY(const ByteView content, fields.ReadInteger());
  if ((content[0] & 0x80) != 0) return NotAKey();
  const ByteView number = WithoutLeadingZeros(content);
  if (number.empty()) return NotAKey();
  return number;
}

void PutNumber(BerWriter& writer, ByteView number, MutableBytes scratch) {
  if (number.empty() || number[0] < 0x80) {
    writer.Put(asn1::kInteger, number);
    return;
  }
  scratch[0] = 0;
  std::copy(number.begin(), number.end(), scratch.begin() + 1);
  writer.Put(asn1::kInteger, scratch.first(number.size() + 1));
}

BnPtr Number(ByteView bytes) {
  BnPtr number(BN_secure_new());
  if (number == nullptr ||
      BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), number.get()) == nullptr) {
    return nullptr;
  }
  BN_set_flags(number.get(), BN_FLG_CONSTTIME);
  return number;
}

// Whether a * b mod m is 1.
bool AreInverse(const BIGNUM* a, const BIGNUM* b, const BIGNUM* m, BN_CTX* ctx) {
  const BnPtr product(BN_secure_new());
  return product != nullptr && BN_mod_mul(product.get(), a, b, m, ctx) == 1 &&
         BN_is_one(product.get());
}

// Whether, by this prime, the exponents undo the public one, and `small` is `d` reduced.
bool ExponentsFit(const BIGNUM* prime, const BIGNUM* d, const BIGNUM* e, const BIGNUM* small,
                  BN_CTX* ctx) {
  const BnPtr order(BN_dup(prime));
  const BnPtr reduced(BN_secure_new());
  if (order == nullptr || reduced == nullptr || BN_sub_word(order.get(), 1) != 1) return false;
  BN_set_flags(order.get(), BN_FLG_CONSTTIME);
  return BN_mod(reduced.get(), d, order.get(), ctx) == 1 && BN_cmp(reduced.get(), small) == 0 &&
         AreInverse(d, e, order.get(), ctx);
}

}  // namespace

ByteView WithoutLeadingZeros(ByteView number) {
  while (!number.empty() && number[0] == 0) number = number.subspan(1);
  return number;
}

Result<RsaPublicNumbers> ParseRsaSpki(ByteView der) {
  BerReader outer(der, BerRules::kDer);
  FLORIN_TRY(BerReader info, outer.Enter(asn1::kSequence));
  FLORIN_CHECK_OK(outer.ExpectEnd());
  FLORIN_TRY(const BerElement algorithm, info.Read(asn1::kSequence));
  if (!SameBytes(algorithm.whole, kAlgorithm)) return NotAKey();
  FLORIN_TRY(const BerElement key, info.Read(asn1::kBitString));
  FLORIN_CHECK_OK(info.ExpectEnd());
  if (key.content.empty() || key.content[0] != 0) return NotAKey();
  BerReader content(key.content.subspan(1), BerRules::kDer);
  FLORIN_TRY(BerReader fields, content.Enter(asn1::kSequence));
  FLORIN_CHECK_OK(content.ExpectEnd());
  RsaPublicNumbers numbers;
  FLORIN_TRY(numbers.modulus, ReadNumber(fields));
  FLORIN_TRY(numbers.exponent, ReadNumber(fields));
  FLORIN_CHECK_OK(fields.ExpectEnd());
  FLORIN_CHECK_OK(CheckPublic(numbers));
  return numbers;
}

Result<std::size_t> WriteRsaSpki(const RsaPublicNumbers& numbers, MutableBytes out) {
  FLORIN_CHECK_OK(CheckPublic(numbers));
  std::array<std::uint8_t, kMaxRsaSpkiSize> scratch{};
  std::array<std::uint8_t, kMaxRsaSpkiSize> key{};  // begins with the count of unused bits, 0
  BerWriter fields(MutableBytes(key).subspan(1));
  fields.Begin(asn1::kSequence);
  PutNumber(fields, numbers.modulus, scratch);
  PutNumber(fields, numbers.exponent, scratch);
  fields.End();
  FLORIN_TRY(const std::size_t size, fields.Finish());
  BerWriter info(out);
  info.Begin(asn1::kSequence)
      .PutRaw(kAlgorithm)
      .Put(asn1::kBitString, ByteView(key).first(1 + size))
      .End();
  return info.Finish();
}

Result<RsaPrivateNumbers> ParseRsaPrivateKey(ByteView der) {
  BerReader outer(der, BerRules::kDer);
  FLORIN_TRY(BerReader fields, outer.Enter(asn1::kSequence));
  FLORIN_CHECK_OK(outer.ExpectEnd());
  // Version 1 is that of keys with more than two primes.
  FLORIN_CHECK_OK(fields.ExpectInteger(0));
  std::array<ByteView, kNumbers> read;
  for (ByteView& number : read) {
    FLORIN_TRY(number, ReadNumber(fields));
  }
  FLORIN_CHECK_OK(fields.ExpectEnd());
  const RsaPrivateNumbers numbers{read[0], read[1], read[2], read[3],
                                  read[4], read[5], read[6], read[7]};
  FLORIN_CHECK_OK(CheckPublic({numbers.modulus, numbers.public_exponent}));
  return numbers;
}

Result<SecretBytes> WriteRsaPrivateKey(const RsaPrivateNumbers& numbers) {
  FLORIN_CHECK_OK(CheckPublic({numbers.modulus, numbers.public_exponent}));
  const std::size_t modulus = numbers.modulus.size();
  const std::array<ByteView, kNumbers> all = {
      numbers.modulus, numbers.public_exponent, numbers.private_exponent, numbers.prime1,
      numbers.prime2,  numbers.exponent1,       numbers.exponent2,        numbers.coefficient};
  for (const ByteView number : all) {
    if (number.empty() || number.size() > modulus || number[0] == 0) return NotAKey();
  }
  FLORIN_TRY(SecretBytes scratch, SecretBytes::Create(modulus + 1));
  FLORIN_TRY(SecretBytes der, SecretBytes::Create(8 * modulus + kOverhead));
  BerWriter writer(der.Write(SecretAccess{}));
  constexpr std::uint8_t kVersion = 0;
  writer.Begin(asn1::kSequence).Put(asn1::kInteger, {&kVersion, 1});
  for (const ByteView number : all) PutNumber(writer, number, scratch.Write(SecretAccess{}));
  writer.End();
  FLORIN_TRY(const std::size_t size, writer.Finish());
  der.Truncate(size);
  return der;
}

Status CheckRsaNumbers(const RsaPrivateNumbers& numbers) {
  const std::size_t half = numbers.modulus.size() / 2;
  if (numbers.prime1.size() != half || numbers.prime2.size() != half ||
      numbers.private_exponent.size() <= half ||
      numbers.private_exponent.size() > numbers.modulus.size()) {
    return NotOneKey();
  }
  ErrorQueueScope errors;
  const BnCtxPtr ctx(BN_CTX_secure_new());
  const BnPtr n = Number(numbers.modulus);
  const BnPtr e = Number(numbers.public_exponent);
  const BnPtr d = Number(numbers.private_exponent);
  const BnPtr p = Number(numbers.prime1);
  const BnPtr q = Number(numbers.prime2);
  const BnPtr dp = Number(numbers.exponent1);
  const BnPtr dq = Number(numbers.exponent2);
  const BnPtr qinv = Number(numbers.coefficient);
  const BnPtr product(BN_secure_new());
  if (ctx == nullptr || n == nullptr || e == nullptr || d == nullptr || p == nullptr ||
      q == nullptr || dp == nullptr || dq == nullptr || qinv == nullptr || product == nullptr) {
    return Error(ErrorCode::kResourceExhausted, "no memory for the numbers of an RSA key");
  }
  // FIPS 186-5 A.1.1: the private exponent is less than the least common multiple, so than n.
  const bool one_key = BN_mul(product.get(), p.get(), q.get(), ctx.get()) == 1 &&
                       BN_cmp(product.get(), n.get()) == 0 && BN_cmp(p.get(), q.get()) != 0 &&
                       BN_cmp(d.get(), n.get()) < 0 && BN_cmp(qinv.get(), p.get()) < 0 &&
                       ExponentsFit(p.get(), d.get(), e.get(), dp.get(), ctx.get()) &&
                       ExponentsFit(q.get(), d.get(), e.get(), dq.get(), ctx.get()) &&
                       AreInverse(qinv.get(), q.get(), p.get(), ctx.get());
  return one_key ? OkStatus() : Status(NotOneKey());
}

}  // namespace florin::primitives
