// What is read without a key: chip data, issuer application data, track 2, KSNs, the profile table.
#pragma once

#include <string>

#include "florin/card/emv_iad.h"

namespace florin::tools {

// Each prints what stands in its argument, masked where it tells whose card it is. 0: read, 2: it
// is malformed.
int RunTlv(const std::string& field55, bool json);
int RunKsn(const std::string& ksn, bool json);
int RunTrack2(const std::string& track, bool json);
int RunTokenField(const std::string& field, bool json);
int RunIad(card::EmvScheme scheme, const std::string& iad, bool json);
// The rows of one scheme, or of all.
int RunProfiles(const card::EmvScheme* scheme, bool json);

}  // namespace florin::tools
