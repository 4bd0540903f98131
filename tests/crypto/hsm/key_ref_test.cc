// KeyRef: names and their URIs.
#include "florin/hsm/key_ref.h"

#include <gtest/gtest.h>

#include <string>

namespace florin::hsm {
namespace {

TEST(KeyRef, RoundTripsThroughItsUri) {
  const Bytes id = {0x00, 0x01, 0x7F, 0xFF};
  for (const KeyClass key_class : {KeyClass::kSecret, KeyClass::kPrivate, KeyClass::kPublic}) {
    for (const char* label : {"a", "merchant key; 100%", "x=y&z?/#\\", "~!@$'()*+,:[]"}) {
      for (const ByteView key_id : {ByteView(), ByteView(id)}) {
        const KeyRef name = KeyRef::Create(key_class, label, key_id).value();
        const auto read = KeyRef::FromUri(name.ToUri());
        ASSERT_TRUE(read.ok()) << name.ToUri();
        EXPECT_TRUE(*read == name) << name.ToUri();
        EXPECT_EQ(read->hash(), name.hash());
      }
    }
  }
}

TEST(KeyRef, PrintsTheFormOfTheNorm) {
  const KeyRef name = KeyRef::Create(KeyClass::kSecret, "zone key", Bytes{1, 0xAB}).value();
  EXPECT_EQ(name.ToUri(), "pkcs11:object=zone%20key;id=%01%AB;type=secret-key");
}

TEST(KeyRef, ReadsAttributesInAnyOrderAndEitherCase) {
  const auto name = KeyRef::FromUri("pkcs11:type=private;id=%ab%CD;object=m(1)");
  ASSERT_TRUE(name.ok());
  EXPECT_EQ(name->key_class(), KeyClass::kPrivate);
  EXPECT_EQ(name->label(), "m(1)");
  EXPECT_TRUE(SameBytes(name->id(), Bytes{0xAB, 0xCD}));
}

TEST(KeyRef, RefusesWhatNamesNoKey) {
  for (const char* uri : {"",
                          "pkcs11",
                          "pkcs11:",
                          "http://x",
                          "pkcs11:object=a",
                          "pkcs11:type=private",
                          "pkcs11:object=;type=private",
                          "pkcs11:object=a;type=cert",
                          "pkcs11:object=a;type=",
                          "pkcs11:object=a;object=b;type=private",
                          "pkcs11:object=a;type=private;",
                          "pkcs11:object=a;;type=private",
                          "pkcs11:object=a%;type=private",
                          "pkcs11:object=a%2;type=private",
                          "pkcs11:object=a%GG;type=private",
                          "pkcs11:object=a b;type=private",
                          "pkcs11:object=%00;type=private",
                          "pkcs11:object=%FF;type=private",
                          "PKCS11:object=a;type=private",
                          "pkcs11:object=a?pin-value=1;type=private"}) {
    EXPECT_EQ(KeyRef::FromUri(uri).code(), ErrorCode::kMalformed) << uri;
  }
  EXPECT_EQ(KeyRef::FromUri("pkcs11:token=t;object=a;type=private").code(),
            ErrorCode::kUnsupported);
  EXPECT_EQ(KeyRef::FromUri("pkcs11:object=" + std::string(65, 'a') + ";type=private").code(),
            ErrorCode::kMalformed);
  EXPECT_EQ(KeyRef::FromUri("pkcs11:object=" + std::string(2000, 'a')).code(),
            ErrorCode::kLimitExceeded);
}

TEST(KeyRef, BoundsItsParts) {
  EXPECT_FALSE(KeyRef::Create(KeyClass::kSecret, "").ok());
  EXPECT_TRUE(KeyRef::Create(KeyClass::kSecret, std::string(64, 'x'), Bytes(64)).ok());
  EXPECT_FALSE(KeyRef::Create(KeyClass::kSecret, std::string(65, 'x')).ok());
  EXPECT_FALSE(KeyRef::Create(KeyClass::kSecret, "x", Bytes(65)).ok());
  EXPECT_FALSE(KeyRef::Create(KeyClass::kSecret, "tab\t").ok());
}

TEST(KeyRef, DiffersInEveryPart) {
  const KeyRef name = KeyRef::Create(KeyClass::kSecret, "k", Bytes{1}).value();
  EXPECT_FALSE(name == KeyRef::Create(KeyClass::kPrivate, "k", Bytes{1}).value());
  EXPECT_FALSE(name == KeyRef::Create(KeyClass::kSecret, "l", Bytes{1}).value());
  EXPECT_FALSE(name == KeyRef::Create(KeyClass::kSecret, "k", Bytes{2}).value());
  EXPECT_FALSE(name == KeyRef::Create(KeyClass::kSecret, "k").value());
}

}  // namespace
}  // namespace florin::hsm
