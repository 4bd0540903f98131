// Field 55 of the vectors of whole profiles, for tests above the card room.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "florin/base/byte_writer.h"
#include "florin/base/hex.h"
#include "florin/card/emv_profile.h"
#include "florin/card/emv_tlv.h"
#include "tools/vectors/vector_file.h"

namespace florin::card {

using EmvTags = std::map<EmvTag, Bytes>;

inline EmvTags EmvTagsOf(const vectors::TestCase& test) {
  EmvTags tags;
  for (const std::string& text : test.List("tags")) {
    const std::size_t equals = text.find('=');
    tags[static_cast<EmvTag>(std::stoul(text.substr(0, equals), nullptr, 16))] =
        HexDecode(text.substr(equals + 1)).value();
  }
  return tags;
}

inline Bytes EmvField55(const EmvTags& tags) {
  Bytes bytes(EmvTlv::kMaxBytes);
  ByteWriter writer(bytes);
  for (const auto& [tag, value] : tags) EXPECT_TRUE(WriteEmvTlv(tag, value, writer).ok());
  bytes.resize(writer.position());
  return bytes;
}

inline EmvScheme EmvSchemeOf(const std::string& name) {
  static const std::map<std::string, EmvScheme> kNames = {{"visa", EmvScheme::kVisa},
                                                          {"mastercard", EmvScheme::kMastercard},
                                                          {"interac", EmvScheme::kInterac},
                                                          {"ccd", EmvScheme::kCcd}};
  return kNames.at(name);
}

// What a key that serves everything proven of a scheme may serve.
inline EmvAllowedProfiles EveryEmvProfile(EmvScheme scheme) {
  EmvAllowedProfiles allowed;
  allowed.scheme = scheme;
  allowed.cvns.set();
  allowed.dkis.set();
  return allowed;
}

}  // namespace florin::card
