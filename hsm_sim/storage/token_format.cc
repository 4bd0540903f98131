#include "hsm_sim/storage/token_format.h"

#include <algorithm>
#include <charconv>

#include "crypto/primitives/hash.h"
#include "florin/base/byte_reader.h"
#include "florin/base/byte_writer.h"
#include "florin/base/hex.h"
#include "florin/base/secret.h"

namespace florin::hsm_sim {
namespace {

constexpr std::string_view kTokenMagic = "FLTK";
constexpr std::string_view kObjectMagic = "FLOB";
constexpr std::uint8_t kFormatVersion = 1;
constexpr std::uint8_t kFlagPrivate = 1;
constexpr std::uint8_t kPolicyVectors = 1;
constexpr std::size_t kChecksumSize = 32;

Error Corrupted() {
  return Error(ErrorCode::kCorrupted,
               "a file of the token is not in its format; restore it from a copy");
}

// The span always has room: sizes are constants of the format.
template <class Written>
void Must(const Written& written) {
  FLORIN_INVARIANT(written.ok());
}

void WriteIdentity(const TokenRecord& record, ByteWriter& out) {
  Must(out.Write(AsBytes(kTokenMagic)));
  Must(out.WriteU8(kFormatVersion));
  Must(out.WriteU8(record.imported_keys_may_wrap ? kPolicyVectors : 0));
  Must(out.WriteRepeated(0, 2));
  Must(out.Write(AsBytes({record.serial.data(), record.serial.size()})));
  Must(out.Write(AsBytes({record.label.data(), record.label.size()})));
  Must(out.WriteU64(static_cast<std::uint64_t>(record.created)));
  Must(out.WriteU32(record.epoch));
  Must(out.Write(record.public_key));
}

void WriteCredential(const Credential& credential, ByteWriter& out) {
  Must(out.WriteU8(credential.set ? 1 : 0));
  Must(out.WriteRepeated(0, 3));
  Must(out.WriteU32(credential.failures));
  Must(out.WriteU32(credential.cost.passes));
  Must(out.WriteU64(credential.cost.memory_bytes));
  Must(out.Write(credential.salt));
  Must(out.Write(credential.nonce));
  Must(out.Write(credential.sealed_key));
}

Status ExpectBytes(ByteReader& in, ByteView expected) {
  FLORIN_TRY(const ByteView bytes, in.ReadBytes(expected.size()));
  return SameBytes(bytes, expected) ? OkStatus() : Status(Corrupted());
}

Status ReadText(ByteReader& in, std::span<char> out) {
  FLORIN_TRY(const ByteView bytes, in.ReadBytes(out.size()));
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return OkStatus();
}

Result<Credential> ReadCredential(ByteReader& in) {
  constexpr std::array<std::uint8_t, 3> kZeros{};
  Credential credential;
  FLORIN_TRY(const std::uint8_t set, in.ReadU8());
  FLORIN_CHECK_OK(ExpectBytes(in, kZeros));
  FLORIN_TRY(credential.failures, in.ReadU32());
  FLORIN_TRY(credential.cost.passes, in.ReadU32());
  FLORIN_TRY(credential.cost.memory_bytes, in.ReadU64());
  FLORIN_CHECK_OK(in.ReadInto(credential.salt));
  FLORIN_CHECK_OK(in.ReadInto(credential.nonce));
  FLORIN_CHECK_OK(in.ReadInto(credential.sealed_key));
  if (set > 1) return Corrupted();
  credential.set = set == 1;
  if (credential.set && !primitives::IsPasswordCostValid(credential.cost)) return Corrupted();
  return credential;
}

Result<TokenRecord> ReadTokenRecord(ByteView body) {
  constexpr std::array<std::uint8_t, 1> kVersion{kFormatVersion};
  constexpr std::array<std::uint8_t, 2> kZeros{};
  ByteReader in(body);
  TokenRecord record;
  FLORIN_CHECK_OK(ExpectBytes(in, AsBytes(kTokenMagic)));
  FLORIN_CHECK_OK(ExpectBytes(in, kVersion));
  FLORIN_TRY(const std::uint8_t policy, in.ReadU8());
  if (policy > kPolicyVectors) return Corrupted();
  record.imported_keys_may_wrap = policy == kPolicyVectors;
  FLORIN_CHECK_OK(ExpectBytes(in, kZeros));
  FLORIN_CHECK_OK(ReadText(in, record.serial));
  FLORIN_CHECK_OK(ReadText(in, record.label));
  FLORIN_TRY(const std::uint64_t created, in.ReadU64());
  record.created = static_cast<std::int64_t>(created);
  FLORIN_TRY(record.epoch, in.ReadU32());
  FLORIN_CHECK_OK(in.ReadInto(record.public_key));
  FLORIN_TRY(record.so, ReadCredential(in));
  FLORIN_TRY(record.user, ReadCredential(in));
  FLORIN_CHECK_OK(in.ExpectEnd());
  if (!record.so.set) return Corrupted();
  return record;
}

}  // namespace

Bytes TokenRecord::Binding() const {
  Bytes binding(100);
  ByteWriter out(binding);
  WriteIdentity(*this, out);
  FLORIN_INVARIANT(out.remaining() == 0);
  // The label may change without a new token key.
  std::fill_n(binding.begin() + 24, label.size(), std::uint8_t{0});
  return binding;
}

Bytes EncodeTokenRecord(const TokenRecord& record) {
  Bytes file(TokenRecord::kSize);
  ByteWriter out(file);
  WriteIdentity(record, out);
  WriteCredential(record.so, out);
  WriteCredential(record.user, out);
  FLORIN_INVARIANT(out.remaining() == kChecksumSize);
  const ByteView body = ByteView(file).first(file.size() - kChecksumSize);
  Must(primitives::Digest(Hash::kSha256, body, MutableBytes(file).last(kChecksumSize)));
  return file;
}

Result<TokenRecord> DecodeTokenRecord(ByteView file) {
  if (file.size() != TokenRecord::kSize) return Corrupted();
  const ByteView body = file.first(file.size() - kChecksumSize);
  std::array<std::uint8_t, kChecksumSize> checksum;
  FLORIN_CHECK_OK(primitives::Digest(Hash::kSha256, body, checksum));
  if (!SameBytes(checksum, file.last(kChecksumSize))) return Corrupted();
  auto record = ReadTokenRecord(body);
  if (!record.ok()) return Corrupted();
  return record;
}

std::size_t ObjectHeader::FileSize() const {
  std::size_t size = kSize + attributes_size + kSealTagSize;
  if (material_size != 0) size += material_size + kSealTagSize;
  return size;
}

std::array<std::uint8_t, ObjectHeader::kSize> EncodeObjectHeader(const ObjectHeader& header) {
  std::array<std::uint8_t, ObjectHeader::kSize> bytes;
  ByteWriter out(bytes);
  Must(out.Write(AsBytes(kObjectMagic)));
  Must(out.WriteU8(header.format));
  Must(out.WriteU8(header.is_private ? kFlagPrivate : 0));
  Must(out.WriteRepeated(0, 2));
  Must(out.Write(header.id));
  Must(out.WriteU32(header.version));
  Must(out.WriteU32(header.object_class));
  Must(out.WriteU32(header.attributes_size));
  Must(out.WriteU32(header.material_size));
  Must(out.Write(header.attributes_nonce));
  Must(out.Write(header.material_nonce));
  FLORIN_INVARIANT(out.remaining() == 0);
  return bytes;
}

Result<ObjectHeader> DecodeObjectHeader(ByteView file) {
  if (file.size() < ObjectHeader::kSize) return Corrupted();
  constexpr std::array<std::uint8_t, 2> kZeros{};
  ByteReader in(file.first(ObjectHeader::kSize));
  ObjectHeader header;
  if (!ExpectBytes(in, AsBytes(kObjectMagic)).ok()) return Corrupted();
  FLORIN_TRY(header.format, in.ReadU8());
  if (header.format == 0 || header.format > kObjectFormat) return Corrupted();
  FLORIN_TRY(const std::uint8_t flags, in.ReadU8());
  if (flags > kFlagPrivate || !ExpectBytes(in, kZeros).ok()) return Corrupted();
  header.is_private = flags == kFlagPrivate;
  FLORIN_CHECK_OK(in.ReadInto(header.id));
  FLORIN_TRY(header.version, in.ReadU32());
  FLORIN_TRY(header.object_class, in.ReadU32());
  FLORIN_TRY(header.attributes_size, in.ReadU32());
  FLORIN_TRY(header.material_size, in.ReadU32());
  FLORIN_CHECK_OK(in.ReadInto(header.attributes_nonce));
  FLORIN_CHECK_OK(in.ReadInto(header.material_nonce));
  if (header.attributes_size > kMaxAttributesSize || header.material_size > kMaxMaterialSize ||
      file.size() != header.FileSize()) {
    return Corrupted();
  }
  return header;
}

std::string ObjectFileName(const ObjectId& id, std::uint32_t version) {
  std::array<std::uint8_t, 4> number{};
  ByteWriter out(number);
  Must(out.WriteU32(version));
  return HexEncode(id) + "-" + HexEncode(number) + ".obj";
}

Result<ObjectName> ParseObjectFileName(const std::string& name) {
  const Error malformed(ErrorCode::kMalformed, "not the name of an object file");
  if (name.size() != 45) return malformed;
  ObjectName parsed;
  std::array<std::uint8_t, 4> number{};
  if (!HexDecode(std::string_view(name).substr(0, 32), parsed.id).ok() ||
      !HexDecode(std::string_view(name).substr(33, 8), number).ok()) {
    return malformed;
  }
  FLORIN_TRY(parsed.version, ByteReader(number).ReadU32());
  if (ObjectFileName(parsed.id, parsed.version) != name) return malformed;
  return parsed;
}

}  // namespace florin::hsm_sim
