// Fields that the parameter structs of florin_pkcs11.h share.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "crypto/cryptoki/pkcs11.h"
#include "crypto/cryptoki/rv.h"
#include "florin/base/bytes.h"
#include "florin/base/pan.h"
#include "florin/base/result.h"

namespace florin::cryptoki {

inline Error BadParameter(const char* message) {
  return RvError(CKR_MECHANISM_PARAM_INVALID, ErrorCode::kInvalidArgument, message);
}

inline Status CheckVersion(CK_ULONG version) {
  if (version == CK_FLORIN_VERSION_1) return OkStatus();
  return BadParameter("ulVersion must be CK_FLORIN_VERSION_1");
}

template <std::size_t N>
bool AllZero(const CK_BYTE (&bytes)[N], std::size_t from = 0) {
  return std::all_of(bytes + from, bytes + N, [](CK_BYTE byte) { return byte == 0; });
}

template <std::size_t N>
Status CheckReserved(const CK_BYTE (&bytes)[N]) {
  if (AllZero(bytes)) return OkStatus();
  return BadParameter("reserved bytes must be zero");
}

// `bytes` fit into `field`, as their types or a check before say.
template <std::size_t N>
void CopyBytes(ByteView bytes, CK_BYTE (&field)[N]) {
  FLORIN_INVARIANT(bytes.size() <= N);
  if (!bytes.empty()) std::memcpy(field, bytes.data(), bytes.size());
}

// The interface has no const; a module reads parameters only.
inline CK_BYTE_PTR Pointer(ByteView bytes) { return const_cast<CK_BYTE_PTR>(bytes.data()); }

// What a pointer and a length of a parameter stand for, at most `limit` bytes.
inline Result<ByteView> ViewOf(const CK_BYTE* pointer, CK_ULONG size, std::size_t limit) {
  if (size > limit) return BadParameter("a field of the parameter is longer than allowed");
  if (size == 0) return ByteView();
  if (pointer == nullptr) return BadParameter("a field of the parameter has a length but is null");
  return ByteView(pointer, size);
}

// A choice and its number in a byte of a struct; tables of them are read both ways.
template <class Value>
struct Numbered {
  Value value;
  CK_BYTE number;
};

// 0, which no choice has, for a value that the table lacks.
template <class Value, std::size_t N>
constexpr CK_BYTE NumberOf(const Numbered<Value> (&table)[N], Value value) {
  for (const auto& row : table) {
    if (row.value == value) return row.number;
  }
  return 0;
}

template <class Value, std::size_t N>
constexpr std::optional<Value> ValueOf(const Numbered<Value> (&table)[N], CK_BYTE number) {
  for (const auto& row : table) {
    if (row.number == number) return row.value;
  }
  return std::nullopt;
}

// The digits of a PAN, ASCII, and zeros up to the end of the field.
using PanField = CK_BYTE[20];

inline Status EncodePan(const Pan* pan, PanField& digits, CK_BYTE& length) {
  if (pan == nullptr || pan->empty()) {
    return BadParameter("the mechanism needs the PAN of the card");
  }
  const std::string_view text = pan->Read(SecretAccess{});
  FLORIN_INVARIANT(text.size() <= sizeof(digits));
  std::memcpy(digits, text.data(), text.size());
  length = static_cast<CK_BYTE>(text.size());
  return OkStatus();
}

inline Status DecodePan(const PanField& digits, CK_BYTE length, Pan& pan) {
  if (length < kMinPanDigits || length > kMaxPanDigits) {
    return BadParameter("the PAN must have 12 to 19 digits");
  }
  if (!AllZero(digits, length)) {
    return BadParameter("the bytes after the digits of the PAN must be zero");
  }
  auto parsed = Pan::Parse(AsText(ByteView(digits, length)));
  if (!parsed.ok()) return BadParameter("the PAN must have decimal digits only");
  pan = std::move(parsed).value();
  return OkStatus();
}

}  // namespace florin::cryptoki
