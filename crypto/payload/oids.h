// Object identifiers of this room as content octets (X.690 8.19).
#pragma once

#include <cstdint>

namespace florin::payload::oids {

// RFC 5652, RFC 6211.
inline constexpr std::uint8_t kData[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01};
inline constexpr std::uint8_t kSignedData[] = {0x2a, 0x86, 0x48, 0x86, 0xf7,
                                               0x0d, 0x01, 0x07, 0x02};
inline constexpr std::uint8_t kContentType[] = {0x2a, 0x86, 0x48, 0x86, 0xf7,
                                                0x0d, 0x01, 0x09, 0x03};
inline constexpr std::uint8_t kMessageDigest[] = {0x2a, 0x86, 0x48, 0x86, 0xf7,
                                                  0x0d, 0x01, 0x09, 0x04};
inline constexpr std::uint8_t kSigningTime[] = {0x2a, 0x86, 0x48, 0x86, 0xf7,
                                                0x0d, 0x01, 0x09, 0x05};
inline constexpr std::uint8_t kAlgorithmProtection[] = {0x2a, 0x86, 0x48, 0x86, 0xf7,
                                                        0x0d, 0x01, 0x09, 0x34};
// RFC 5754.
inline constexpr std::uint8_t kSha256[] = {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01};
inline constexpr std::uint8_t kEcdsaWithSha256[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};

// Apple's certificate extensions, dotted as certificates are asked for them.
inline constexpr char kAppleLeaf[] = "1.2.840.113635.100.6.29";
inline constexpr char kAppleIntermediate[] = "1.2.840.113635.100.6.2.14";
inline constexpr char kAppleMerchant[] = "1.2.840.113635.100.6.32";
inline constexpr char kKeyUsage[] = "2.5.29.15";

}  // namespace florin::payload::oids
