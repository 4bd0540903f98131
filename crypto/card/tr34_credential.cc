#include "crypto/card/tr34_credential.h"

#include "crypto/card/tr34_cms.h"

namespace florin::card {
namespace {

Error NotDegenerate() {
  return Error(ErrorCode::kMalformed,
               "not a CMS SignedData with one certificate and without a signer");
}

struct Degenerate {
  ByteView content;
  ByteView certificate;
  ByteView crl;
};

Status ExpectEmptySet(BerReader& reader) {
  FLORIN_TRY(const BerElement set, reader.Read(asn1::kSet));
  return set.content.empty() ? OkStatus() : Status(NotDegenerate());
}

Status ReadCrl(BerReader& fields, Degenerate& out) {
  if (!fields.NextIs(asn1::kContext1)) return OkStatus();
  if (!out.crl.empty()) return NotDegenerate();
  FLORIN_TRY(BerReader lists, fields.Enter(asn1::kContext1));
  FLORIN_TRY(const BerElement list, lists.Read(asn1::kSequence));
  out.crl = list.whole;
  return lists.ExpectEnd();
}

// The members of a SignedData without its SEQUENCE.
Result<Degenerate> ReadDegenerate(BerReader fields) {
  Degenerate out;
  FLORIN_CHECK_OK(fields.ExpectInteger(1));
  FLORIN_CHECK_OK(ExpectEmptySet(fields));
  FLORIN_TRY(BerReader encapsulated, fields.Enter(asn1::kSequence));
  FLORIN_TRY(const ByteView type, encapsulated.ReadOid());
  if (!SameBytes(type, oids::kData)) return NotDegenerate();
  FLORIN_TRY(BerReader content, encapsulated.Enter(asn1::kContext0));
  FLORIN_TRY(out.content, content.ReadOctets());
  FLORIN_CHECK_OK(content.ExpectEnd());
  FLORIN_CHECK_OK(encapsulated.ExpectEnd());
  FLORIN_TRY(BerReader certificates, fields.Enter(asn1::kContext0));
  FLORIN_TRY(const BerElement certificate, certificates.Read(asn1::kSequence));
  FLORIN_CHECK_OK(certificates.ExpectEnd());
  out.certificate = certificate.whole;
  FLORIN_CHECK_OK(ReadCrl(fields, out));
  FLORIN_CHECK_OK(ExpectEmptySet(fields));
  FLORIN_CHECK_OK(ReadCrl(fields, out));
  FLORIN_CHECK_OK(fields.ExpectEnd());
  return out;
}

void PutDegenerate(BerWriter& writer, const Degenerate& fields) {
  const std::uint8_t one = 1;
  writer.Put(asn1::kInteger, {&one, 1}).Put(asn1::kSet, {});
  writer.Begin(asn1::kSequence).Put(asn1::kOid, oids::kData);
  writer.Begin(asn1::kContext0).Put(asn1::kOctetString, fields.content).End().End();
  writer.Begin(asn1::kContext0).PutRaw(fields.certificate).End();
  if (!fields.crl.empty()) writer.Begin(asn1::kContext1).PutRaw(fields.crl).End();
  writer.Put(asn1::kSet, {});
}

}  // namespace

Result<Tr34Credential> Tr34Credential::Parse(ByteView der) {
  FLORIN_TRY(const BerReader fields, EnterTr34SignedData(der));
  FLORIN_TRY(const Degenerate parsed, ReadDegenerate(fields));
  if (!parsed.content.empty()) return NotDegenerate();
  return Tr34Credential{parsed.certificate, parsed.crl};
}

Result<Bytes> WriteTr34Credential(const Tr34Credential& credential) {
  Bytes buffer(credential.certificate.size() + credential.crl.size() + 256);
  BerWriter writer(buffer);
  writer.Begin(asn1::kSequence).Put(asn1::kOid, oids::kSignedData);
  writer.Begin(asn1::kContext0).Begin(asn1::kSequence);
  PutDegenerate(writer, {{}, credential.certificate, credential.crl});
  writer.End().End().End();
  return WrittenDer(writer, buffer);
}

Result<Tr34Rebinding> Tr34Rebinding::Parse(ByteView der) {
  FLORIN_TRY(const Degenerate parsed, ReadDegenerate(BerReader(der, BerRules::kDer)));
  if (!parsed.crl.empty()) return NotDegenerate();
  return Tr34Rebinding{parsed.content, parsed.certificate};
}

Result<Bytes> WriteTr34Rebinding(const Tr34Rebinding& rebinding) {
  Bytes buffer(rebinding.ids.size() + rebinding.certificate.size() + 256);
  BerWriter writer(buffer);
  PutDegenerate(writer, {rebinding.ids, rebinding.certificate, {}});
  return WrittenDer(writer, buffer);
}

}  // namespace florin::card
