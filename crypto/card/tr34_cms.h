// The outermost layer of every TR-34 message, for its readers and writers. Private to this room.
#pragma once

#include <cstddef>
#include <utility>

#include "crypto/base/ber_reader.h"
#include "crypto/base/ber_writer.h"
#include "crypto/base/oids.h"
#include "crypto/card/tr34_token.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"

namespace florin::card {

// The members of the CMS SignedData that is all of `der`. kMalformed, kLimitExceeded.
inline Result<BerReader> EnterTr34SignedData(ByteView der) {
  if (der.size() > kMaxTr34TokenSize) {
    return Error(ErrorCode::kLimitExceeded, "a TR-34 token has at most 64 KiB");
  }
  BerReader outer(der, BerRules::kDer);
  FLORIN_TRY(BerReader info, outer.Enter(asn1::kSequence));
  FLORIN_CHECK_OK(outer.ExpectEnd());
  FLORIN_TRY(const ByteView type, info.ReadOid());
  if (!SameBytes(type, oids::kSignedData)) {
    return Error(ErrorCode::kMalformed, "a TR-34 token is a CMS SignedData");
  }
  FLORIN_TRY(BerReader wrapper, info.Enter(asn1::kContext0));
  FLORIN_CHECK_OK(info.ExpectEnd());
  FLORIN_TRY(BerReader signed_data, wrapper.Enter(asn1::kSequence));
  FLORIN_CHECK_OK(wrapper.ExpectEnd());
  return signed_data;
}

// `buffer`, cut to what `writer` wrote into it.
inline Result<Bytes> WrittenDer(const BerWriter& writer, Bytes& buffer) {
  FLORIN_TRY(const std::size_t size, writer.Finish());
  buffer.resize(size);
  return std::move(buffer);
}

}  // namespace florin::card
