// Operations: their states, length queries, errors, and results against published values.
#include <cstring>

#include "tests/hsm_sim/sim_fixture.h"

namespace florin::hsm_sim {
namespace {

using OperationTest = TokenTest;

Bytes Hex(std::string_view text) { return *HexDecode(text); }

TEST_F(OperationTest, HmacMatchesRfc4231) {
  // RFC 4231 4.2, test case 1, and 4.4, test case 3.
  const CK_OBJECT_HANDLE key = HmacKey(Bytes(20, 0x0b));
  Bytes mac;
  ASSERT_EQ(Sign({CKM_SHA256_HMAC, nullptr, 0}, key, AsBytes("Hi There"), mac), CKR_OK);
  EXPECT_EQ(mac, Hex("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"));
  CK_ULONG length = 16;
  ASSERT_EQ(Sign({CKM_SHA256_HMAC_GENERAL, &length, sizeof(length)}, key, AsBytes("Hi There"), mac),
            CKR_OK);
  EXPECT_EQ(mac, Hex("b0344c61d8db38535ca8afceaf0bf12b"));
}

TEST_F(OperationTest, LengthQueriesKeepTheOperation) {
  const CK_OBJECT_HANDLE key = HmacKey();
  CK_MECHANISM mechanism{CKM_SHA256_HMAC, nullptr, 0};
  CK_BYTE data[] = {1, 2, 3};
  CK_BYTE mac[64];
  ASSERT_EQ(C_SignInit(session_, &mechanism, key), CKR_OK);
  CK_ULONG length = 0;
  EXPECT_EQ(C_Sign(session_, data, 3, nullptr, &length), CKR_OK);
  EXPECT_EQ(length, 32U);
  length = 31;
  EXPECT_EQ(C_Sign(session_, data, 3, mac, &length), CKR_BUFFER_TOO_SMALL);
  EXPECT_EQ(length, 32U);
  EXPECT_EQ(C_Sign(session_, data, 3, mac, &length), CKR_OK);
  EXPECT_EQ(C_Sign(session_, data, 3, mac, &length), CKR_OPERATION_NOT_INITIALIZED);
}

TEST_F(OperationTest, SingleAndMultiplePartsDoNotMix) {
  const CK_OBJECT_HANDLE key = AesKey({CKA_ENCRYPT, CKA_DECRYPT});
  CK_MECHANISM mechanism{CKM_AES_ECB, nullptr, 0};
  CK_BYTE data[16] = {};
  CK_BYTE out[32];
  CK_ULONG length = sizeof(out);
  ASSERT_EQ(C_EncryptInit(session_, &mechanism, key), CKR_OK);
  EXPECT_EQ(C_EncryptInit(session_, &mechanism, key), CKR_OPERATION_ACTIVE);
  ASSERT_EQ(C_EncryptUpdate(session_, data, 16, out, &length), CKR_OK);
  EXPECT_EQ(C_Encrypt(session_, data, 16, out, &length), CKR_OPERATION_ACTIVE);
  EXPECT_EQ(C_EncryptFinal(session_, out, &length), CKR_OPERATION_NOT_INITIALIZED)
      << "an error ends the operation";

  ASSERT_EQ(C_EncryptInit(session_, &mechanism, key), CKR_OK);
  ASSERT_EQ(C_Encrypt(session_, data, 16, nullptr, &length), CKR_OK);
  EXPECT_EQ(C_EncryptUpdate(session_, data, 16, out, &length), CKR_OPERATION_ACTIVE);

  ASSERT_EQ(C_EncryptInit(session_, &mechanism, key), CKR_OK);
  ASSERT_EQ(C_EncryptInit(session_, nullptr, 0), CKR_OK) << "a null mechanism cancels";
  EXPECT_EQ(C_Encrypt(session_, data, 16, out, &length), CKR_OPERATION_NOT_INITIALIZED);
  ASSERT_EQ(C_EncryptInit(session_, &mechanism, key), CKR_OK);
  ASSERT_EQ(C_SessionCancel(session_, CKF_ENCRYPT), CKR_OK);
  EXPECT_EQ(C_Encrypt(session_, data, 16, out, &length), CKR_OPERATION_NOT_INITIALIZED);
}

TEST_F(OperationTest, ErrorsEndTheOperation) {
  const CK_OBJECT_HANDLE key = AesKey({CKA_ENCRYPT, CKA_DECRYPT});
  CK_MECHANISM mechanism{CKM_AES_ECB, nullptr, 0};
  CK_BYTE data[17] = {};
  CK_BYTE out[64];
  CK_ULONG length = sizeof(out);
  ASSERT_EQ(C_EncryptInit(session_, &mechanism, key), CKR_OK);
  EXPECT_EQ(C_Encrypt(session_, data, 17, out, &length), CKR_DATA_LEN_RANGE);
  EXPECT_EQ(C_Encrypt(session_, data, 16, out, &length), CKR_OPERATION_NOT_INITIALIZED);
  ASSERT_EQ(C_DecryptInit(session_, &mechanism, key), CKR_OK);
  EXPECT_EQ(C_Decrypt(session_, data, 17, out, &length), CKR_ENCRYPTED_DATA_LEN_RANGE);
  ASSERT_EQ(C_EncryptInit(session_, &mechanism, key), CKR_OK);
  EXPECT_EQ(C_Encrypt(session_, nullptr, 16, out, &length), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(C_Encrypt(session_, data, 16, out, &length), CKR_OPERATION_NOT_INITIALIZED);
  CK_BYTE iv[15] = {};
  mechanism = {CKM_AES_CBC, iv, 15};
  EXPECT_EQ(C_EncryptInit(session_, &mechanism, key), CKR_MECHANISM_PARAM_INVALID);
  mechanism = {CKM_RSA_PKCS, nullptr, 0};
  EXPECT_EQ(C_EncryptInit(session_, &mechanism, key), CKR_MECHANISM_INVALID);
  mechanism = {CKM_AES_CMAC, nullptr, 0};
  EXPECT_EQ(C_EncryptInit(session_, &mechanism, key), CKR_MECHANISM_INVALID) << "no such verb";
  EXPECT_EQ(C_SignInit(session_, &mechanism, key), CKR_KEY_FUNCTION_NOT_PERMITTED);
  EXPECT_EQ(C_SignInit(session_, &mechanism, 123456789), CKR_KEY_HANDLE_INVALID);
  EXPECT_EQ(C_SignInit(session_, &mechanism, HmacKey()), CKR_KEY_TYPE_INCONSISTENT);
}

TEST_F(OperationTest, CbcPadInPiecesEqualsOnePiece) {
  const CK_OBJECT_HANDLE key = AesKey({CKA_ENCRYPT, CKA_DECRYPT});
  CK_BYTE iv[16] = {9};
  CK_MECHANISM mechanism{CKM_AES_CBC_PAD, iv, sizeof(iv)};
  Bytes data(100, 0x5a);
  Bytes whole(128);
  CK_ULONG length = whole.size();
  ASSERT_EQ(C_EncryptInit(session_, &mechanism, key), CKR_OK);
  ASSERT_EQ(C_Encrypt(session_, data.data(), data.size(), whole.data(), &length), CKR_OK);
  whole.resize(length);
  Bytes parts;
  ASSERT_EQ(C_EncryptInit(session_, &mechanism, key), CKR_OK);
  for (std::size_t at = 0; at < data.size(); at += 7) {
    CK_BYTE out[32];
    length = sizeof(out);
    ASSERT_EQ(C_EncryptUpdate(session_, &data[at], std::min<std::size_t>(7, data.size() - at), out,
                              &length),
              CKR_OK);
    parts.insert(parts.end(), out, out + length);
  }
  CK_BYTE out[32];
  length = sizeof(out);
  ASSERT_EQ(C_EncryptFinal(session_, out, &length), CKR_OK);
  parts.insert(parts.end(), out, out + length);
  EXPECT_EQ(parts, whole);
  Bytes plain(128);
  length = 100;
  ASSERT_EQ(C_DecryptInit(session_, &mechanism, key), CKR_OK);
  ASSERT_EQ(C_Decrypt(session_, whole.data(), whole.size(), plain.data(), &length), CKR_OK)
      << "room for the text is enough";
  plain.resize(length);
  EXPECT_EQ(plain, data);
}

TEST_F(OperationTest, WrongPaddingIsInvalidAndAWrongLengthIsARange) {
  const CK_OBJECT_HANDLE key = AesKey({CKA_ENCRYPT, CKA_DECRYPT});
  CK_BYTE iv[16] = {};
  CK_MECHANISM plain{CKM_AES_CBC, iv, sizeof(iv)};
  CK_MECHANISM padded{CKM_AES_CBC_PAD, iv, sizeof(iv)};
  CK_BYTE block[16] = {};
  CK_BYTE out[32];
  CK_ULONG length = sizeof(block);
  ASSERT_EQ(C_EncryptInit(session_, &plain, key), CKR_OK);
  ASSERT_EQ(C_Encrypt(session_, block, 16, block, &length), CKR_OK);
  length = sizeof(out);
  ASSERT_EQ(C_DecryptInit(session_, &padded, key), CKR_OK);
  EXPECT_EQ(C_Decrypt(session_, block, 16, out, &length), CKR_ENCRYPTED_DATA_INVALID);
  length = sizeof(out);
  ASSERT_EQ(C_DecryptInit(session_, &padded, key), CKR_OK);
  ASSERT_EQ(C_DecryptUpdate(session_, block, 16, out, &length), CKR_OK);
  length = sizeof(out);
  EXPECT_EQ(C_DecryptFinal(session_, out, &length), CKR_ENCRYPTED_DATA_INVALID);
  length = sizeof(out);
  ASSERT_EQ(C_DecryptInit(session_, &padded, key), CKR_OK);
  EXPECT_EQ(C_Decrypt(session_, block, 15, out, &length), CKR_ENCRYPTED_DATA_LEN_RANGE);
}

TEST_F(OperationTest, GcmTakesBothLayoutsAndTellsForgery) {
  const CK_OBJECT_HANDLE key = AesKey({CKA_ENCRYPT, CKA_DECRYPT});
  CK_BYTE iv[16] = {7};
  CK_BYTE aad[5] = {1, 2, 3, 4, 5};
  CK_GCM_PARAMS parameters{iv, 16, 128, aad, 5, 128};
  CK_GCM_PARAMS_WITHOUT_IV_BITS other{iv, 16, aad, 5, 128};
  Bytes data(33, 0x11);
  Bytes sealed(64);
  CK_ULONG length = sealed.size();
  CK_MECHANISM mechanism{CKM_AES_GCM, &parameters, sizeof(parameters)};
  ASSERT_EQ(C_EncryptInit(session_, &mechanism, key), CKR_OK);
  ASSERT_EQ(C_Encrypt(session_, data.data(), data.size(), sealed.data(), &length), CKR_OK);
  ASSERT_EQ(length, 49U);
  mechanism = {CKM_AES_GCM, &other, sizeof(other)};
  ASSERT_EQ(C_DecryptInit(session_, &mechanism, key), CKR_OK);
  Bytes opened(64);
  CK_ULONG opened_length = opened.size();
  ASSERT_EQ(C_Decrypt(session_, sealed.data(), 49, opened.data(), &opened_length), CKR_OK);
  opened.resize(opened_length);
  EXPECT_EQ(opened, data);
  sealed[3] ^= 1;
  ASSERT_EQ(C_DecryptInit(session_, &mechanism, key), CKR_OK);
  opened_length = 33;
  EXPECT_EQ(C_Decrypt(session_, sealed.data(), 49, opened.data(), &opened_length),
            CKR_ENCRYPTED_DATA_INVALID);
}

TEST_F(OperationTest, MessageGcmEqualsSingleGcm) {
  const CK_OBJECT_HANDLE key = AesKey({CKA_ENCRYPT, CKA_DECRYPT});
  CK_MECHANISM init{CKM_AES_GCM, nullptr, 0};
  ASSERT_EQ(C_MessageEncryptInit(session_, &init, key), CKR_OK);
  ASSERT_EQ(C_MessageDecryptInit(session_, &init, key), CKR_OK);
  Bytes data(40, 0x22);
  for (int round = 0; round < 3; ++round) {
    CK_BYTE iv[12] = {};
    CK_BYTE tag[16];
    CK_GCM_MESSAGE_PARAMS message{iv, 12, 0, CKG_GENERATE_RANDOM, tag, 128};
    Bytes sealed(40);
    CK_ULONG length = sealed.size();
    ASSERT_EQ(C_EncryptMessage(session_, &message, sizeof(message), nullptr, 0, data.data(), 40,
                               sealed.data(), &length),
              CKR_OK);
    CK_GCM_PARAMS parameters{iv, 12, 96, nullptr, 0, 128};
    CK_MECHANISM single{CKM_AES_GCM, &parameters, sizeof(parameters)};
    const CK_SESSION_HANDLE other = Open();
    ASSERT_EQ(C_EncryptInit(other, &single, key), CKR_OK);
    Bytes whole(56);
    CK_ULONG whole_length = whole.size();
    ASSERT_EQ(C_Encrypt(other, data.data(), 40, whole.data(), &whole_length), CKR_OK);
    Bytes joined = sealed;
    joined.insert(joined.end(), tag, tag + 16);
    EXPECT_EQ(joined, whole);
    message.ivGenerator = CKG_NO_GENERATE;
    Bytes opened(40);
    length = opened.size();
    ASSERT_EQ(C_DecryptMessage(session_, &message, sizeof(message), nullptr, 0, sealed.data(), 40,
                               opened.data(), &length),
              CKR_OK);
    EXPECT_EQ(opened, data);
    tag[0] ^= 1;
    EXPECT_EQ(C_DecryptMessage(session_, &message, sizeof(message), nullptr, 0, sealed.data(), 40,
                               opened.data(), &length),
              CKR_AEAD_DECRYPT_FAILED);
  }
  EXPECT_EQ(C_MessageEncryptFinal(session_), CKR_OK);
  EXPECT_EQ(C_MessageEncryptFinal(session_), CKR_OPERATION_NOT_INITIALIZED);
}

TEST_F(OperationTest, DigestsInOneAndManyParts) {
  CK_MECHANISM mechanism{CKM_SHA256, nullptr, 0};
  CK_BYTE digest[64];
  CK_ULONG length = sizeof(digest);
  CK_BYTE abc[] = {'a', 'b', 'c'};
  ASSERT_EQ(C_DigestInit(session_, &mechanism), CKR_OK);
  ASSERT_EQ(C_Digest(session_, abc, 3, nullptr, &length), CKR_OK);
  EXPECT_EQ(length, 32U);
  EXPECT_EQ(C_DigestUpdate(session_, abc, 3), CKR_OPERATION_ACTIVE);
  ASSERT_EQ(C_DigestInit(session_, &mechanism), CKR_OK);
  for (CK_BYTE& byte : abc) ASSERT_EQ(C_DigestUpdate(session_, &byte, 1), CKR_OK);
  length = 5;
  ASSERT_EQ(C_DigestFinal(session_, digest, &length), CKR_BUFFER_TOO_SMALL);
  ASSERT_EQ(C_DigestFinal(session_, digest, &length), CKR_OK);
  // FIPS 180-4 example "abc".
  EXPECT_EQ(Bytes(digest, digest + 32),
            Hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
  ASSERT_EQ(C_DigestInit(session_, &mechanism), CKR_OK);
  EXPECT_EQ(C_DigestKey(session_, HmacKey()), CKR_KEY_INDIGESTIBLE);
}

TEST_F(OperationTest, EcdsaSignsAndVerifiesInPieces) {
  CK_OBJECT_HANDLE public_key = 0;
  CK_OBJECT_HANDLE private_key = 0;
  EcPair(CKA_SIGN, public_key, private_key);
  CK_MECHANISM mechanism{CKM_ECDSA_SHA256, nullptr, 0};
  Bytes data(50, 0x33);
  ASSERT_EQ(C_SignInit(session_, &mechanism, private_key), CKR_OK);
  ASSERT_EQ(C_SignUpdate(session_, data.data(), 20), CKR_OK);
  ASSERT_EQ(C_SignUpdate(session_, data.data() + 20, 30), CKR_OK);
  CK_BYTE signature[64];
  CK_ULONG length = sizeof(signature);
  ASSERT_EQ(C_SignFinal(session_, signature, &length), CKR_OK);
  ASSERT_EQ(C_VerifyInit(session_, &mechanism, public_key), CKR_OK);
  EXPECT_EQ(C_Verify(session_, data.data(), 50, signature, 64), CKR_OK);
  signature[63] ^= 1;
  ASSERT_EQ(C_VerifyInit(session_, &mechanism, public_key), CKR_OK);
  EXPECT_EQ(C_Verify(session_, data.data(), 50, signature, 64), CKR_SIGNATURE_INVALID);
}

TEST_F(OperationTest, LogoutEndsOperationsAndPrivateHandles) {
  // SoftHSM issue 900: C_SignInit, C_Logout, C_Sign must not sign.
  const CK_OBJECT_HANDLE key = HmacKey();
  const CK_OBJECT_HANDLE stored = AesKey({CKA_ENCRYPT}, true);
  CK_MECHANISM mechanism{CKM_SHA256_HMAC, nullptr, 0};
  ASSERT_EQ(C_SignInit(session_, &mechanism, key), CKR_OK);
  ASSERT_EQ(C_Logout(session_), CKR_OK);
  CK_BYTE mac[32];
  CK_ULONG length = 32;
  EXPECT_EQ(C_Sign(session_, mac, 32, mac, &length), CKR_OPERATION_NOT_INITIALIZED);
  ASSERT_EQ(Login(CKU_USER, kUserPin), CKR_OK);
  EXPECT_EQ(C_SignInit(session_, &mechanism, key), CKR_KEY_HANDLE_INVALID);
  CK_ULONG size = 0;
  EXPECT_EQ(C_GetObjectSize(session_, stored, &size), CKR_OBJECT_HANDLE_INVALID)
      << "a handle of before the logout is not revived";
  EXPECT_EQ(Find(AttributeList()).size(), 1U);
}

TEST_F(OperationTest, WhatIsSparedForTheNextInitFollowsTheKey) {
  const CK_MECHANISM hmac{CKM_SHA256_HMAC, nullptr, 0};
  const CK_OBJECT_HANDLE key = HmacKey();
  const CK_OBJECT_HANDLE other = HmacKey(Bytes(32, 0x0c));
  Bytes first;
  Bytes second;
  ASSERT_EQ(Sign(hmac, key, AsBytes("x"), first), CKR_OK);
  ASSERT_EQ(Sign(hmac, other, AsBytes("x"), second), CKR_OK);
  EXPECT_NE(first, second) << "another key";
  ASSERT_EQ(Sign({CKM_SHA512_HMAC, nullptr, 0}, other, AsBytes("x"), second), CKR_OK);
  EXPECT_EQ(second.size(), 64U) << "another mechanism";
  ASSERT_EQ(Sign(hmac, key, AsBytes("x"), second), CKR_OK);
  ASSERT_EQ(Sign(hmac, key, AsBytes("x"), second), CKR_OK);
  EXPECT_EQ(first, second);

  const CK_SESSION_HANDLE elsewhere = Open(CKF_RW_SESSION);
  AttributeList change;
  change.Bool(CKA_SIGN, false);
  ASSERT_EQ(C_SetAttributeValue(elsewhere, key, change.data(), 1), CKR_OK);
  EXPECT_EQ(Sign(hmac, key, AsBytes("x"), second), CKR_KEY_FUNCTION_NOT_PERMITTED);
  ASSERT_EQ(Sign(hmac, other, AsBytes("x"), second), CKR_OK);
  ASSERT_EQ(C_DestroyObject(elsewhere, other), CKR_OK);
  EXPECT_EQ(Sign(hmac, other, AsBytes("x"), second), CKR_KEY_HANDLE_INVALID);

  const CK_OBJECT_HANDLE last = HmacKey();
  ASSERT_EQ(Sign(hmac, last, AsBytes("x"), second), CKR_OK);
  ASSERT_EQ(C_Logout(session_), CKR_OK);
  EXPECT_EQ(Sign(hmac, last, AsBytes("x"), second), CKR_KEY_HANDLE_INVALID);
}

TEST_F(OperationTest, SessionObjectsEndWithTheirSession) {
  const CK_SESSION_HANDLE first = session_;
  const CK_SESSION_HANDLE second = Open(CKF_RW_SESSION);
  session_ = second;
  const CK_OBJECT_HANDLE key = HmacKey();
  session_ = first;
  Bytes mac;
  EXPECT_EQ(Sign({CKM_SHA256_HMAC, nullptr, 0}, key, AsBytes("x"), mac), CKR_OK);
  ASSERT_EQ(C_CloseSession(second), CKR_OK);
  EXPECT_EQ(Sign({CKM_SHA256_HMAC, nullptr, 0}, key, AsBytes("x"), mac), CKR_KEY_HANDLE_INVALID);
}

TEST_F(OperationTest, RandomBytesDiffer) {
  CK_BYTE a[32] = {};
  CK_BYTE b[32] = {};
  ASSERT_EQ(C_GenerateRandom(session_, a, 32), CKR_OK);
  ASSERT_EQ(C_GenerateRandom(session_, b, 32), CKR_OK);
  EXPECT_NE(std::memcmp(a, b, 32), 0);
  EXPECT_EQ(C_SeedRandom(session_, a, 32), CKR_RANDOM_SEED_NOT_SUPPORTED);
}

}  // namespace
}  // namespace florin::hsm_sim
