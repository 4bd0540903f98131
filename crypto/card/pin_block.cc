#include "crypto/card/pin_block.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "crypto/base/constant_time.h"

namespace florin::card {
namespace {

constexpr std::size_t kPan12Digits = 12;

Error WrongPinBlock() {
  return Error(ErrorCode::kVerificationFailed,
               "the PIN block is not right for its key, format and PAN");
}

// The fourteen nibbles behind control and length at once, the first one lowest.
constexpr std::uint64_t kOnes = 0x11111111111111;
constexpr std::uint64_t kAllNibbles = 0xFFFFFFFFFFFFFF;
constexpr std::uint64_t kAs = 0xAAAAAAAAAAAAAA;

std::uint64_t NibblesOf(std::span<const std::uint8_t, kPinFieldSize> field) {
  std::uint64_t nibbles = 0;
  for (std::size_t i = kPinFieldSize; i-- > 1;) {
    const std::uint64_t byte = field[i];
    nibbles = nibbles << 8U | (byte & 15U) << 4U | byte >> 4U;
  }
  return nibbles;
}

// Which nibbles may stand behind the PIN: 0 where this one may. `letters` is set where a nibble
// is A..F.
std::uint64_t WrongFill(PinBlockFormat format, std::uint64_t nibbles, std::uint64_t letters) {
  switch (format) {
    case PinBlockFormat::kFormat0:
    case PinBlockFormat::kFormat2: return ~nibbles;
    case PinBlockFormat::kFormat1: return 0;
    case PinBlockFormat::kFormat3: return ~letters;
    case PinBlockFormat::kFormat4: return nibbles ^ kAs;
  }
  return ~nibbles;
}

// The lowest nibble of the fill.
std::uint8_t LowestFill(PinBlockFormat format) {
  switch (format) {
    case PinBlockFormat::kFormat0:
    case PinBlockFormat::kFormat2: return 15;
    case PinBlockFormat::kFormat1: return 0;
    case PinBlockFormat::kFormat3:
    case PinBlockFormat::kFormat4: return 10;
  }
  return 15;
}

// The twelve rightmost digits without the check digit; of a PAN of twelve digits, eleven.
std::string_view Pan12(const Pan& pan) {
  const std::string_view digits = pan.Read(SecretAccess{});
  const std::string_view account = digits.substr(0, digits.size() - 1);
  return account.substr(account.size() - std::min(account.size(), kPan12Digits));
}

// Combines the PIN field with 0000 || PAN12, in both directions.
void CombineWithPan(const Pan& pan, MutableBytes field) {
  const std::string_view account = Pan12(pan);
  DigitBlock<kPinFieldSize> pan_field;
  pan_field.AppendNibbles(0, 2 * kPinFieldSize - account.size());
  pan_field.Append(account);
  const auto bytes = pan_field.Read(SecretAccess{});
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    field[i] = static_cast<std::uint8_t>(field[i] ^ bytes[i]);
  }
}

bool CombinesWithPan(PinBlockFormat format) {
  return format == PinBlockFormat::kFormat0 || format == PinBlockFormat::kFormat3;
}

Status CheckProfile(const PinBlockProfile& profile, const Pan& pan) {
  if (profile.format > PinBlockFormat::kFormat4 || !profile.lengths.Valid()) {
    return Error(ErrorCode::kInvalidArgument,
                 "PIN block formats are 0 to 4 and PIN lengths 4 to 12");
  }
  if (BindsPan(profile.format) && pan.empty()) {
    return Error(ErrorCode::kInvalidArgument, "PIN block formats 0, 3 and 4 need the PAN");
  }
  return OkStatus();
}

Status CheckKey(const primitives::BlockCipher& key, PinBlockFormat format) {
  if (key.block_size() == PinBlockSize(format)) return OkStatus();
  return Error(ErrorCode::kInvalidArgument,
               "PIN block format 4 takes an AES key, formats 0 to 3 a TDES key");
}

// Fourteen nibbles, of which those behind the PIN are used.
Status MakeFill(PinBlockFormat format, RandomBatch& random,
                std::array<std::uint8_t, kPinNibbles>& fill) {
  fill.fill(LowestFill(format));
  if (format == PinBlockFormat::kFormat1) {
    std::array<std::uint8_t, kPinNibbles / 2> bytes;
    FLORIN_CHECK_OK(random.Take(bytes));
    for (std::size_t i = 0; i < fill.size(); ++i) {
      fill[i] = static_cast<std::uint8_t>(i % 2 == 0 ? bytes[i / 2] >> 4U : bytes[i / 2] & 15U);
    }
  } else if (format == PinBlockFormat::kFormat3) {
    std::array<std::uint8_t, 2 * kPinNibbles> bytes;
    FLORIN_CHECK_OK(random.Take(bytes));
    for (std::size_t i = 0; i < fill.size(); ++i) {
      // Sixteen bits scaled to six values: as good as uniform.
      const std::uint32_t number =
          static_cast<std::uint32_t>(bytes[2 * i]) << 8U | bytes[2 * i + 1];
      fill[i] = static_cast<std::uint8_t>(10 + (number * 6 >> 16U));
    }
  }
  return OkStatus();
}

Status DecodeBlock(const PinBlockProfile& profile, ByteView block, const Pan& pan,
                   DecodedPin& decoded) {
  FLORIN_CHECK_OK(CheckProfile(profile, pan));
  if (block.size() != PinBlockSize(profile.format)) return OkStatus();
  SecretArray<kPinFieldSize> field;
  const auto bytes = field.Write(SecretAccess{});
  std::copy_n(block.begin(), bytes.size(), bytes.begin());
  if (CombinesWithPan(profile.format)) CombineWithPan(pan, bytes);
  decoded = DecodePinField(profile.format, profile.lengths, bytes);
  return OkStatus();
}

Result<Pin> PinOf(const DecodedPin& decoded) {
  if (decoded.good == 0) return WrongPinBlock();
  return Pin::Parse(AsText(ByteView(decoded.digits.Read(SecretAccess{})).first(decoded.length)));
}

Status DecryptBlock(const primitives::BlockCipher& key, const PinBlockProfile& profile,
                    ByteView block, const Pan& pan, MutableBytes clear) {
  FLORIN_CHECK_OK(key.DecryptBlocks(block, clear));
  if (profile.format != PinBlockFormat::kFormat4) return OkStatus();
  SecretArray<kMaxPinBlockSize> pan_field;
  const auto bytes = pan_field.Write(SecretAccess{});
  FLORIN_CHECK_OK(EncodePanField(pan, profile.pan_field, bytes));
  for (std::size_t i = 0; i < clear.size(); ++i) {
    clear[i] = static_cast<std::uint8_t>(clear[i] ^ bytes[i]);
  }
  return key.DecryptBlocks(clear, clear);
}

}  // namespace

DecodedPin DecodePinField(PinBlockFormat format, const PinLengths& lengths,
                          std::span<const std::uint8_t, kPinFieldSize> field) {
  const std::uint32_t length = field[0] & 15U;
  const std::uint64_t nibbles = NibblesOf(field);
  const std::uint64_t letters = (nibbles >> 3U & (nibbles >> 2U | nibbles >> 1U) & kOnes) * 15U;
  const std::uint64_t of_pin = ((std::uint64_t{1} << 4U * length) - 1) & kAllNibbles;
  const std::uint64_t wrong = (letters & of_pin) | (WrongFill(format, nibbles, letters) & ~of_pin);
  const std::uint32_t control = (field[0] >> 4U) ^ static_cast<std::uint32_t>(format);
  const std::uint64_t bad =
      (wrong & kAllNibbles) | control | (15U & ~RangeMask(length, lengths.min, lengths.max));
  DecodedPin decoded;
  // The highest bit is set unless all are zero.
  decoded.good = ValueBarrier(static_cast<std::uint32_t>(((bad | (0 - bad)) >> 63U) - 1));
  std::uint64_t digits = nibbles & of_pin & ~letters;
  for (std::uint8_t& digit : decoded.digits.Write(SecretAccess{})) {
    digit = static_cast<std::uint8_t>('0' + (digits & 15U));
    digits >>= 4U;
  }
  decoded.length = (length & decoded.good) | (kMinPinDigits & ~decoded.good);
  return decoded;
}

DigitBlock<kPinFieldSize> PinField(std::uint32_t control, const Pin& pin,
                                   std::span<const std::uint8_t, kPinNibbles> fill) {
  DigitBlock<kPinFieldSize> field;
  field.AppendNibble(control);
  field.AppendNibble(static_cast<std::uint32_t>(pin.size()));
  field.Append(pin.Read(SecretAccess{}));
  for (std::size_t i = pin.size(); i < kPinNibbles; ++i) field.AppendNibble(fill[i]);
  return field;
}

Status EncodePinBlock(const PinBlockProfile& profile, const Pin& pin, const Pan& pan,
                      RandomBatch& random, MutableBytes out) {
  FLORIN_CHECK_OK(CheckProfile(profile, pan));
  if (out.size() != PinBlockSize(profile.format)) {
    return Error(ErrorCode::kInvalidArgument, "a PIN block has 8 bytes, of format 4 16");
  }
  if (pin.size() < profile.lengths.min || pin.size() > profile.lengths.max) {
    return Error(ErrorCode::kInvalidArgument, "the PIN has a length that the peer does not take");
  }
  std::array<std::uint8_t, kPinNibbles> fill;
  FLORIN_CHECK_OK(MakeFill(profile.format, random, fill));
  const auto field = PinField(static_cast<std::uint32_t>(profile.format), pin, fill);
  const auto bytes = field.Read(SecretAccess{});
  std::copy(bytes.begin(), bytes.end(), out.begin());
  if (CombinesWithPan(profile.format)) CombineWithPan(pan, out);
  if (profile.format == PinBlockFormat::kFormat4) return random.Take(out.last(kPinFieldSize));
  return OkStatus();
}

Result<Pin> DecodePinBlock(const PinBlockProfile& profile, ByteView block, const Pan& pan) {
  DecodedPin decoded;
  FLORIN_CHECK_OK(DecodeBlock(profile, block, pan, decoded));
  return PinOf(decoded);
}

Status EncodePanField(const Pan& pan, Format4PanField form, std::span<std::uint8_t, 16> out) {
  if (pan.empty()) return Error(ErrorCode::kInvalidArgument, "a PAN field needs the PAN");
  const std::string_view digits =
      form == Format4PanField::kFullPan ? pan.Read(SecretAccess{}) : Pan12(pan);
  DigitBlock<16> field;
  const std::size_t shown = std::max(digits.size(), kPan12Digits);
  field.AppendNibble(static_cast<std::uint32_t>(shown - kPan12Digits));
  field.AppendNibbles(0, shown - digits.size());
  field.Append(digits);
  const auto bytes = field.Read(SecretAccess{});
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return OkStatus();
}

Status EncryptPinBlock(const primitives::BlockCipher& key, const PinBlockProfile& profile,
                       const Pin& pin, const Pan& pan, RandomBatch& random, MutableBytes out) {
  FLORIN_CHECK_OK(CheckKey(key, profile.format));
  SecretArray<kMaxPinBlockSize> storage;
  const MutableBytes clear = storage.Write(SecretAccess{}).first(PinBlockSize(profile.format));
  FLORIN_CHECK_OK(EncodePinBlock(profile, pin, pan, random, clear));
  if (out.size() != clear.size()) {
    return Error(ErrorCode::kInvalidArgument, "a PIN block has 8 bytes, of format 4 16");
  }
  if (profile.format == PinBlockFormat::kFormat4) {
    SecretArray<kMaxPinBlockSize> pan_field;
    const auto bytes = pan_field.Write(SecretAccess{});
    FLORIN_CHECK_OK(EncodePanField(pan, profile.pan_field, bytes));
    FLORIN_CHECK_OK(key.EncryptBlocks(clear, clear));
    for (std::size_t i = 0; i < clear.size(); ++i) {
      clear[i] = static_cast<std::uint8_t>(clear[i] ^ bytes[i]);
    }
  }
  return key.EncryptBlocks(clear, out);
}

Result<DecodedPin> OpenPinBlock(const primitives::BlockCipher& key, const PinBlockProfile& profile,
                                ByteView block, const Pan& pan) {
  FLORIN_CHECK_OK(CheckProfile(profile, pan));
  FLORIN_CHECK_OK(CheckKey(key, profile.format));
  DecodedPin decoded;
  if (block.size() != PinBlockSize(profile.format)) return decoded;
  SecretArray<kMaxPinBlockSize> storage;
  const MutableBytes clear = storage.Write(SecretAccess{}).first(block.size());
  FLORIN_CHECK_OK(DecryptBlock(key, profile, block, pan, clear));
  FLORIN_CHECK_OK(DecodeBlock(profile, clear, pan, decoded));
  return decoded;
}

Result<Pin> DecryptPinBlock(const primitives::BlockCipher& key, const PinBlockProfile& profile,
                            ByteView block, const Pan& pan) {
  FLORIN_TRY(const DecodedPin decoded, OpenPinBlock(key, profile, block, pan));
  return PinOf(decoded);
}

Status TranslatePinBlock(const PinBlockEnd& from, ByteView block, const PinBlockEnd& to,
                         PinBlockUse use, RandomBatch& random, MutableBytes out) {
  FLORIN_CHECK_OK(
      CheckTranslation({from.profile.format, to.profile.format, from.pan.EqualTo(to.pan),
                        from.properties, to.properties, use}));
  FLORIN_CHECK_OK(CheckProfile(to.profile, to.pan));
  FLORIN_CHECK_OK(CheckKey(to.key, to.profile.format));
  PinBlockProfile incoming = from.profile;
  incoming.lengths.min = std::max(incoming.lengths.min, to.profile.lengths.min);
  incoming.lengths.max = std::min(incoming.lengths.max, to.profile.lengths.max);
  FLORIN_TRY(const Pin pin, DecryptPinBlock(from.key, incoming, block, from.pan));
  return EncryptPinBlock(to.key, to.profile, pin, to.pan, random, out);
}

}  // namespace florin::card
