// Card algorithms a second time, written plainly over text and OpenSSL: slow, and to compare with.
#pragma once

#include <string>

namespace florin::card::reference {

// Keys and blocks are upper case hexadecimal. Keys of 16 digits are single DES.
std::string TdesEncrypt(const std::string& key, const std::string& blocks);
std::string AesEncrypt(const std::string& key, const std::string& block);
std::string Xor(const std::string& a, const std::string& b);

// The decimal digits first, then A..F as 0..5.
std::string TwoPassDigits(const std::string& hex);

std::string Cvv(const std::string& key, const std::string& pan, const std::string& expiry,
                const std::string& service_code);
std::string CscDigits(const std::string& cryptogram);
std::string Pvv(const std::string& key, const std::string& pan, int pvki, const std::string& pin);
std::string NaturalPin(const std::string& key, const std::string& table,
                       const std::string& validation_data);

// Encrypted PIN blocks with the given filling (hexadecimal digits; 16 of them for format 4).
std::string PinBlock(const std::string& key, int format, const std::string& pin,
                     const std::string& pan, const std::string& fill);

// The PIN of a clear block of format 0 to 3, or nothing.
std::string PinOfClearBlock(int format, const std::string& block, const std::string& pan);

}  // namespace florin::card::reference
