#include "bench/card_rivals.h"

#include <algorithm>
#include <cstring>

#include "florin/base/hex.h"

namespace florin::bench {
namespace {

constexpr std::uint32_t kCounterMask = (1U << 21U) - 1;

// The tags of CVN 18 in the order of its data, with their lengths.
struct Element {
  std::uint32_t tag;
  std::size_t size;
};
constexpr Element kData[] = {{0x9F02, 6}, {0x9F03, 6}, {0x9F1A, 2}, {0x95, 5}, {0x5F2A, 2},
                             {0x9A, 3},   {0x9C, 1},   {0x9F37, 4}, {0x82, 2}, {0x9F36, 2}};
constexpr std::uint32_t kIad = 0x9F10;
constexpr std::uint32_t kArqc = 0x9F26;
constexpr std::uint32_t kAtc = 0x9F36;
constexpr std::size_t kMaxElements = 24;

struct Found {
  std::uint32_t tag;
  const std::uint8_t* value;
  std::size_t size;
};

// Tags of one or two bytes, lengths of one: all that field 55 has.
std::size_t ReadElements(ByteView bytes, Found* found) {
  std::size_t count = 0;
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (count == kMaxElements) return 0;
    std::uint32_t tag = bytes[at++];
    if ((tag & 0x1FU) == 0x1FU) {
      if (at == bytes.size()) return 0;
      tag = tag << 8U | bytes[at++];
    }
    if (at == bytes.size() || bytes[at] >= 0x80) return 0;
    const std::size_t size = bytes[at++];
    if (size > bytes.size() - at) return 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (found[i].tag == tag) return 0;
    }
    found[count++] = {tag, bytes.data() + at, size};
    at += size;
  }
  return count;
}

const Found* Find(const Found* found, std::size_t count, std::uint32_t tag) {
  for (std::size_t i = 0; i < count; ++i) {
    if (found[i].tag == tag) return &found[i];
  }
  return nullptr;
}

Bytes Hex(std::string_view text) { return HexDecode(text).value(); }

}  // namespace

CardInputs MakeCardInputs() {
  CardInputs inputs;
  inputs.tdes_key = Hex("0123456789ABCDEFFEDCBA9876543210");
  inputs.aes_key = Hex("FEDCBA9876543210F1F1F1F1F1F1F1F1");
  inputs.field55 =
      Hex("9F02060000000040009F03060000000000009F1A02012495058000048000"
          "5F2A0201249A031911059C01019F370452BF4585820218009F3602001C"
          "9F100706011203A0B8009F26087A788EA6B8A3E7339F270180");
  inputs.arqc_data =
      Hex("0000000040000000000000000124800004800001241911050152BF45851800001C06011203A0B800");
  inputs.arqc = Hex("7A788EA6B8A3E733");
  inputs.arc = Hex("3030");
  inputs.csu = Hex("00820000");
  inputs.pin_block = Hex("E5639CBC7EC0B4CA");
  inputs.un = Hex("00000899");
  inputs.track2 = Hex("5413123456784808D09061010000000000000F");
  inputs.tdes_ksn = Hex("FFFF9876543210E0012D");
  inputs.aes_ksn = Hex("12345678901234560001A5C3");
  inputs.message.resize(256);
  for (std::size_t i = 0; i < inputs.message.size(); ++i) {
    inputs.message[i] = static_cast<std::uint8_t>(31 * i + 7);
  }
  inputs.iv = Hex("CAFEBABEFACEDBADDECAF888");
  inputs.mac_input = 64;
  return inputs;
}

void PackDigits(std::string_view digits, std::uint8_t* out, std::size_t size) {
  std::memset(out, 0, size);
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const auto digit = static_cast<unsigned>(digits[i] - '0');
    out[i / 2] = static_cast<std::uint8_t>(out[i / 2] | (i % 2 == 0 ? digit << 4U : digit));
  }
}

void CvvBlock(const std::uint16_t* atc, std::uint8_t* block) {
  char digits[32];
  char* end = std::copy(CardInputs::kPan.begin(), CardInputs::kPan.end(), digits);
  end = std::copy(CardInputs::kExpiry.begin(), CardInputs::kExpiry.end(), end);
  end = std::copy(CardInputs::kServiceCode.begin(), CardInputs::kServiceCode.end(), end);
  PackDigits({digits, static_cast<std::size_t>(end - digits)}, block, kDes2);
  if (atc == nullptr) return;
  block[0] = static_cast<std::uint8_t>(*atc >> 8U);
  block[1] = static_cast<std::uint8_t>(*atc & 0xFFU);
}

void DecimalDigits(const std::uint8_t* cryptogram, std::size_t wanted, std::uint8_t* digits) {
  std::size_t count = 0;
  for (const unsigned base : {0U, 10U}) {
    for (std::size_t i = 0; i < 16 && count < wanted; ++i) {
      const unsigned nibble = cryptogram[i / 2] >> (i % 2 == 0 ? 4U : 0U) & 15U;
      if ((nibble >= 10) == (base == 10)) {
        digits[count++] = static_cast<std::uint8_t>('0' + nibble - base);
      }
    }
  }
}

void Cvc3Digits(const std::uint8_t* cryptogram, std::uint8_t* digits) {
  unsigned number = static_cast<unsigned>(cryptogram[6]) << 8U | cryptogram[7];
  for (std::size_t i = CardInputs::kDigits; i-- > 0; number /= 10) {
    digits[i] = static_cast<std::uint8_t>('0' + number % 10);
  }
}

void CardKeyBlocks(std::uint8_t* blocks) {
  char digits[20];
  char* end = std::copy(CardInputs::kPan.begin(), CardInputs::kPan.end(), digits);
  end = std::copy(CardInputs::kPsn.begin(), CardInputs::kPsn.end(), end);
  PackDigits({end - 16, 16}, blocks, kDes);
  for (std::size_t i = 0; i < kDes; ++i) blocks[kDes + i] = static_cast<std::uint8_t>(~blocks[i]);
}

void SessionKeyBlocks(std::uint16_t atc, std::uint8_t* blocks) {
  std::memset(blocks, 0, kDes2);
  for (const std::size_t block : {std::size_t{0}, kDes}) {
    blocks[block] = static_cast<std::uint8_t>(atc >> 8U);
    blocks[block + 1] = static_cast<std::uint8_t>(atc & 0xFFU);
  }
  blocks[2] = 0xF0;
  blocks[kDes + 2] = 0x0F;
}

bool PvvBlock(const std::uint8_t* clear_pin_block, std::uint8_t* block) {
  constexpr std::string_view kAccount = CardInputs::kPan.substr(0, CardInputs::kPan.size() - 1);
  std::uint8_t pan[kDes] = {};
  PackDigits(kAccount.substr(kAccount.size() - 12), pan + 2, kDes - 2);
  std::uint8_t nibbles[16];
  for (std::size_t i = 0; i < kDes; ++i) {
    const auto byte = static_cast<std::uint8_t>(clear_pin_block[i] ^ pan[i]);
    nibbles[2 * i] = byte >> 4U;
    nibbles[2 * i + 1] = byte & 15U;
  }
  const std::size_t length = nibbles[1];
  if (nibbles[0] != 0 || length < 4 || length > 12) return false;
  for (std::size_t i = 0; i < 14; ++i) {
    if (i < length ? nibbles[2 + i] > 9 : nibbles[2 + i] != 15) return false;
  }
  char digits[16];
  char* end = std::copy(kAccount.end() - 11, kAccount.end(), digits);
  *end++ = '0' + CardInputs::kPvki;
  for (std::size_t i = 0; i < 4; ++i) *end++ = static_cast<char>('0' + nibbles[2 + i]);
  PackDigits({digits, sizeof digits}, block, kDes);
  return true;
}

bool ReadField55(ByteView bytes, Field55& request) {
  Found found[kMaxElements];
  const std::size_t count = ReadElements(bytes, found);
  request.data_size = 0;
  for (const Element& element : kData) {
    const Found* value = Find(found, count, element.tag);
    if (value == nullptr || value->size != element.size) return false;
    std::memcpy(request.data.data() + request.data_size, value->value, value->size);
    request.data_size += value->size;
    if (element.tag == kAtc) {
      request.atc = static_cast<std::uint16_t>(value->value[0] << 8U | value->value[1]);
    }
  }
  const Found* iad = Find(found, count, kIad);
  const Found* arqc = Find(found, count, kArqc);
  if (iad == nullptr || iad->size < 7 || iad->size > 32 || iad->value[0] != 6 ||
      iad->value[2] != 0x12 || arqc == nullptr || arqc->size != kDes) {
    return false;
  }
  std::memcpy(request.data.data() + request.data_size, iad->value, iad->size);
  request.data_size += iad->size;
  request.arqc = arqc->value;
  return true;
}

std::uint32_t TdesCounter(const std::uint8_t* ksn) {
  return (std::uint32_t{ksn[7]} << 16U | std::uint32_t{ksn[8]} << 8U | ksn[9]) & kCounterMask;
}

void SetTdesCounter(std::uint8_t* ksn, std::uint32_t counter) {
  ksn[7] = static_cast<std::uint8_t>((ksn[7] & 0xE0U) | counter >> 16U);
  ksn[8] = static_cast<std::uint8_t>(counter >> 8U);
  ksn[9] = static_cast<std::uint8_t>(counter);
}

void AesDukptBlock(std::uint16_t usage, const std::uint8_t* context, std::uint8_t* block) {
  // X9.24-3:2017 6.3.3: version, block counter, usage, AES-128, 128 bits, context.
  const std::uint8_t head[] = {
      1, 1, static_cast<std::uint8_t>(usage >> 8U), static_cast<std::uint8_t>(usage), 0, 2, 0, 128};
  std::memcpy(block, head, sizeof head);
  std::memcpy(block + sizeof head, context, 8);
}

}  // namespace florin::bench
