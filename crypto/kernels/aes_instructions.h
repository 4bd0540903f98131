// What an instruction set offers to be an AES kernel: plain functions on plain memory.
//
// A file with instruction-set flags includes this and intrinsics, nothing else, and keeps its
// helpers in an unnamed namespace. An inline function of a library header, compiled there with
// those flags, could be the copy that the linker keeps for the whole program.
//
// Lengths are public, everything else is secret: no branch and no address depends on it, except the
// verdict over a tag. Round keys on the stack are wiped.
#pragma once

#include <cstddef>
#include <cstdint>

namespace florin::kernels {

inline constexpr std::size_t kAesBlock = 16;
inline constexpr std::size_t kRoundKeyBytes = 15 * kAesBlock;  // AES-256 has 15 round keys

// The most that the record functions take; anything longer is OpenSSL's, which is as fast there.
inline constexpr std::size_t kMaxGcmRecord = 512;
inline constexpr std::size_t kMaxGcmRecordAad = 128;
inline constexpr std::size_t kMaxGcmRecordIv = 128;
// One for each block of data, of associated data and for the lengths, and up to a multiple of 4.
inline constexpr std::size_t kGcmPowers = 44;
static_assert(kMaxGcmRecord / kAesBlock + kMaxGcmRecordAad / kAesBlock + 1 <= kGcmPowers);

struct CmacSchedule {
  std::uint8_t round_keys[kRoundKeyBytes];
  std::uint8_t whole[kAesBlock];   // K1 of SP 800-38B 6.1
  std::uint8_t padded[kAesBlock];  // K2
  std::uint8_t rounds;
};

struct GcmSchedule {
  std::uint8_t round_keys[kRoundKeyBytes];
  // H^44 to H^1 as the multiplication wants them (bytes reversed, times x), so that a whole record
  // takes one reduction; then zeros, which meet the empty blocks behind a record's last.
  std::uint8_t powers[(kGcmPowers + 3) * kAesBlock];
  std::uint8_t rounds;
};

struct GcmRecord {
  const std::uint8_t* iv;
  std::size_t iv_size;  // 1..kMaxGcmRecordIv
  const std::uint8_t* aad;
  std::size_t aad_size;  // 0..kMaxGcmRecordAad
  const std::uint8_t* in;
  std::uint8_t* out;  // the same memory as `in`, or apart from it
  std::size_t size;   // 0..kMaxGcmRecord
};

// Keys have 16, 24 or 32 bytes.
struct AesInstructions {
  // The CMAC of one message under a key that is used once.
  void (*cmac_once)(const std::uint8_t* key, std::size_t key_size, const std::uint8_t* message,
                    std::size_t size, std::uint8_t* mac);
  void (*cmac_expand)(const std::uint8_t* key, std::size_t key_size, CmacSchedule* schedule);
  // chain = E(chain ^ block) for each of `count` blocks.
  void (*cmac_chain)(const CmacSchedule* schedule, const std::uint8_t* blocks, std::size_t count,
                     std::uint8_t* chain);
  // The MAC, from the chain and the last 0..16 bytes. An empty message has no other block.
  void (*cmac_last)(const CmacSchedule* schedule, const std::uint8_t* chain,
                    const std::uint8_t* last, std::size_t size, std::uint8_t* mac);

  // As AesDerive (aes.h): `steps` blocks, at least one; `out_size` 1..32.
  void (*derive)(const std::uint8_t* key, std::size_t key_size, const std::uint8_t* path,
                 std::size_t steps, std::uint8_t* out, std::size_t out_size);

  void (*gcm_expand)(const std::uint8_t* key, std::size_t key_size, GcmSchedule* schedule);
  // Writes the ciphertext and the whole tag.
  void (*gcm_seal)(const GcmSchedule* schedule, const GcmRecord* record, std::uint8_t* tag);
  // True where the first `tag_size` (1..16) bytes of the tag are `tag`; only then is `out` written.
  bool (*gcm_open)(const GcmSchedule* schedule, const GcmRecord* record, const std::uint8_t* tag,
                   std::size_t tag_size);
};

// aesni.cc
void AesniCmacOnce(const std::uint8_t* key, std::size_t key_size, const std::uint8_t* message,
                   std::size_t size, std::uint8_t* mac);
void AesniCmacExpand(const std::uint8_t* key, std::size_t key_size, CmacSchedule* schedule);
void AesniCmacChain(const CmacSchedule* schedule, const std::uint8_t* blocks, std::size_t count,
                    std::uint8_t* chain);
void AesniCmacLast(const CmacSchedule* schedule, const std::uint8_t* chain,
                   const std::uint8_t* last, std::size_t size, std::uint8_t* mac);
void AesniDerive(const std::uint8_t* key, std::size_t key_size, const std::uint8_t* path,
                 std::size_t steps, std::uint8_t* out, std::size_t out_size);
void AesniGcmExpand(const std::uint8_t* key, std::size_t key_size, GcmSchedule* schedule);
void AesniGcmSeal(const GcmSchedule* schedule, const GcmRecord* record, std::uint8_t* tag);
bool AesniGcmOpen(const GcmSchedule* schedule, const GcmRecord* record, const std::uint8_t* tag,
                  std::size_t tag_size);

// vaes512.cc
void Vaes512GcmSeal(const GcmSchedule* schedule, const GcmRecord* record, std::uint8_t* tag);
bool Vaes512GcmOpen(const GcmSchedule* schedule, const GcmRecord* record, const std::uint8_t* tag,
                    std::size_t tag_size);

}  // namespace florin::kernels
