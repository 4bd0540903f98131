// Object identifiers of this room.
#pragma once

#include "crypto/base/oids.h"

namespace florin::payload::oids {

using namespace florin::oids;  // NOLINT(google-build-using-namespace): one list of them

// Apple's certificate extensions, dotted as certificates are asked for them.
inline constexpr char kAppleLeaf[] = "1.2.840.113635.100.6.29";
inline constexpr char kAppleIntermediate[] = "1.2.840.113635.100.6.2.14";
inline constexpr char kAppleMerchant[] = "1.2.840.113635.100.6.32";
inline constexpr char kKeyUsage[] = "2.5.29.15";
inline constexpr char kExtendedKeyUsage[] = "2.5.29.37";

// Parts of a Name (X.520), as content octets.
inline constexpr std::uint8_t kCommonName[] = {0x55, 0x04, 0x03};
inline constexpr std::uint8_t kCountryName[] = {0x55, 0x04, 0x06};
inline constexpr std::uint8_t kOrganizationName[] = {0x55, 0x04, 0x0a};

// RFC 5280 4.2.1.12, as content octets.
inline constexpr std::uint8_t kClientAuth[] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02};

}  // namespace florin::payload::oids
