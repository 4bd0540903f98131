#include "tests/crypto/card/reference.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "florin/base/hex.h"

namespace florin::card::reference {
namespace {

std::string Encrypt(const EVP_CIPHER* cipher, const Bytes& key, const std::string& blocks) {
  Bytes data = HexDecode(blocks).value();
  EVP_CIPHER_CTX* ctx = EVP_CIPHER_CTX_new();
  int size = 0;
  EXPECT_EQ(EVP_EncryptInit_ex(ctx, cipher, nullptr, key.data(), nullptr), 1);
  EXPECT_EQ(EVP_CIPHER_CTX_set_padding(ctx, 0), 1);
  EXPECT_EQ(EVP_EncryptUpdate(ctx, data.data(), &size, data.data(), static_cast<int>(data.size())),
            1);
  EVP_CIPHER_CTX_free(ctx);
  return HexEncode(data, HexCase::kUpper);
}

std::string Account12(const std::string& pan) {
  const std::string padded = std::string(12, '0') + pan.substr(0, pan.size() - 1);
  return padded.substr(padded.size() - 12);
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string TdesEncrypt(const std::string& key, const std::string& blocks) {
  const std::string k1 = key.substr(0, 16);
  const std::string k2 = key.size() > 16 ? key.substr(16, 16) : k1;
  const std::string k3 = key.size() > 32 ? key.substr(32, 16) : k1;
  return Encrypt(EVP_des_ede3_ecb(), HexDecode(k1 + k2 + k3).value(), blocks);
}

std::string AesEncrypt(const std::string& key, const std::string& block) {
  const Bytes bytes = HexDecode(key).value();
  return Encrypt(bytes.size() == 16   ? EVP_aes_128_ecb()
                 : bytes.size() == 24 ? EVP_aes_192_ecb()
                                      : EVP_aes_256_ecb(),
                 bytes, block);
}

std::string Xor(const std::string& a, const std::string& b) {
  Bytes x = HexDecode(a).value();
  const Bytes y = HexDecode(b).value();
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<std::uint8_t>(x[i] ^ y.at(i));
  return HexEncode(x, HexCase::kUpper);
}

std::string TwoPassDigits(const std::string& hex) {
  std::string digits;
  for (const char c : hex) {
    if (IsDigit(c)) digits += c;
  }
  for (const char c : hex) {
    if (!IsDigit(c)) digits += static_cast<char>(c - 'A' + '0');
  }
  return digits;
}

std::string Cvv(const std::string& key, const std::string& pan, const std::string& expiry,
                const std::string& service_code) {
  std::string fields = pan + expiry + service_code;
  fields.resize(32, '0');
  const std::string first = TdesEncrypt(key.substr(0, 16), fields.substr(0, 16));
  return TwoPassDigits(TdesEncrypt(key, Xor(first, fields.substr(16)))).substr(0, 3);
}

std::string CscDigits(const std::string& cryptogram) {
  std::string digits;
  for (const char c : cryptogram) {
    if (IsDigit(c)) digits += c;
  }
  for (std::size_t i = 0; digits.size() < 12; ++i) {
    if (IsDigit(cryptogram[i])) continue;
    const int letter = cryptogram[i] - 'A' + 1;
    digits += static_cast<char>('0' + (i < 5 ? letter : (letter + 5) % 10));
  }
  return digits.substr(0, 12);
}

std::string Pvv(const std::string& key, const std::string& pan, int pvki, const std::string& pin) {
  const std::string account = pan.substr(pan.size() - 12, 11);
  return TwoPassDigits(TdesEncrypt(key, account + std::to_string(pvki) + pin.substr(0, 4)))
      .substr(0, 4);
}

std::string NaturalPin(const std::string& key, const std::string& table,
                       const std::string& validation_data) {
  std::string digits;
  for (const char c : TdesEncrypt(key, validation_data)) {
    digits += table[static_cast<std::size_t>(IsDigit(c) ? c - '0' : c - 'A' + 10)];
  }
  return digits;
}

std::string PinBlock(const std::string& key, int format, const std::string& pin,
                     const std::string& pan, const std::string& fill) {
  const char length = "0123456789ABC"[pin.size()];
  const std::string field = std::to_string(format) + length + pin;
  if (format == 4) {
    std::string pan_field = std::to_string(pan.size() - 12) + pan;
    pan_field.resize(32, '0');
    const std::string whole = (field + std::string(16, 'A')).substr(0, 16) + fill;
    return AesEncrypt(key, Xor(AesEncrypt(key, whole), pan_field));
  }
  std::string block = (field + fill).substr(0, 16);
  if (format == 0 || format == 3) block = Xor(block, "0000" + Account12(pan));
  return TdesEncrypt(key, block);
}

std::string PinOfClearBlock(int format, const std::string& block, const std::string& pan) {
  std::string field = block;
  if (format == 0 || format == 3) field = Xor(field, "0000" + Account12(pan));
  const std::size_t length = std::string("0123456789ABCDEF").find(field[1]);
  if (field[0] != '0' + format || length < 4 || length > 12) return {};
  const std::string pin = field.substr(2, length);
  for (const char c : pin) {
    if (!IsDigit(c)) return {};
  }
  for (const char c : field.substr(2 + length)) {
    if ((format == 0 || format == 2) && c != 'F') return {};
    if (format == 3 && IsDigit(c)) return {};
  }
  return pin;
}

}  // namespace florin::card::reference
