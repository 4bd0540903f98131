#include "florin/base/byte_reader.h"

#include <gtest/gtest.h>

#include <array>

#include "florin/base/byte_writer.h"
#include "tests/crypto/base/test_random.h"

namespace florin {
namespace {

TEST(ByteReaderTest, ReadsBigEndian) {
  const Bytes bytes = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18};
  ByteReader reader(bytes);
  EXPECT_EQ(*reader.PeekU8(), 0x01);
  EXPECT_EQ(*reader.ReadU8(), 0x01);
  EXPECT_EQ(*reader.ReadU16(), 0x0203);
  EXPECT_EQ(*reader.ReadU24(), 0x040506u);
  EXPECT_EQ(*reader.ReadU32(), 0x0708090au);
  EXPECT_EQ(*reader.ReadU64(), 0x0b0c0d0e0f101112u);
  EXPECT_TRUE(reader.empty());
  EXPECT_TRUE(reader.ExpectEnd().ok());
}

TEST(ByteReaderTest, AFailedReadConsumesNothing) {
  const Bytes bytes = {1, 2, 3};
  ByteReader reader(bytes);
  ASSERT_TRUE(reader.Skip(1).ok());
  std::array<std::uint8_t, 3> out{};
  EXPECT_EQ(reader.ReadU24().code(), ErrorCode::kMalformed);
  EXPECT_EQ(reader.ReadU32().code(), ErrorCode::kMalformed);
  EXPECT_EQ(reader.ReadU64().code(), ErrorCode::kMalformed);
  EXPECT_EQ(reader.ReadBytes(3).code(), ErrorCode::kMalformed);
  EXPECT_EQ(reader.ReadBytes(SIZE_MAX).code(), ErrorCode::kMalformed);
  EXPECT_EQ(reader.ReadInto(out).code(), ErrorCode::kMalformed);
  EXPECT_EQ(reader.Skip(SIZE_MAX).code(), ErrorCode::kMalformed);
  EXPECT_EQ(reader.SubReader(3).code(), ErrorCode::kMalformed);
  EXPECT_EQ(reader.ExpectEnd().code(), ErrorCode::kMalformed);
  EXPECT_EQ(reader.position(), 1u);
  EXPECT_EQ(*reader.ReadU16(), 0x0203);
  EXPECT_EQ(reader.PeekU8().code(), ErrorCode::kMalformed);
  EXPECT_EQ(reader.ReadU8().code(), ErrorCode::kMalformed);
}

TEST(ByteReaderTest, SubReadersAreBounded) {
  const Bytes bytes = {1, 2, 3, 4};
  ByteReader reader(bytes);
  auto sub = reader.SubReader(2);
  ASSERT_TRUE(sub.ok());
  EXPECT_EQ(sub->remaining(), 2u);
  EXPECT_EQ(*sub->ReadU16(), 0x0102);
  EXPECT_EQ(sub->ReadU8().code(), ErrorCode::kMalformed);
  EXPECT_EQ(reader.remaining(), 2u);
  EXPECT_EQ(reader.Rest()[0], 3);
  EXPECT_EQ((*reader.ReadBytes(2))[1], 4);
}

TEST(ByteReaderTest, EmptyInput) {
  ByteReader reader({});
  EXPECT_TRUE(reader.empty());
  EXPECT_TRUE(reader.ReadBytes(0).ok());
  EXPECT_TRUE(reader.ReadInto({}).ok());
  EXPECT_TRUE(reader.ExpectEnd().ok());
}

TEST(ByteWriterTest, WritesBigEndian) {
  std::array<std::uint8_t, 24> out{};
  ByteWriter writer(out);
  EXPECT_TRUE(writer.WriteU8(0x01).ok());
  EXPECT_TRUE(writer.WriteU16(0x0203).ok());
  EXPECT_TRUE(writer.WriteU24(0x040506).ok());
  EXPECT_TRUE(writer.WriteU32(0x0708090a).ok());
  EXPECT_TRUE(writer.WriteU64(0x0b0c0d0e0f101112).ok());
  EXPECT_TRUE(writer.WriteRepeated(0xee, 2).ok());
  auto reserved = writer.Reserve(2);
  ASSERT_TRUE(reserved.ok());
  (*reserved)[0] = 0xaa;
  EXPECT_EQ(writer.position(), 22u);
  EXPECT_EQ(writer.remaining(), 2u);
  for (std::size_t i = 0; i < 18; ++i) EXPECT_EQ(writer.written()[i], i + 1);
  EXPECT_EQ(out[18], 0xee);
  EXPECT_EQ(out[20], 0xaa);
}

TEST(ByteWriterTest, AFailedWriteWritesNothing) {
  std::array<std::uint8_t, 4> out = {9, 9, 9, 9};
  ByteWriter writer(MutableBytes(out).first(2));
  const Bytes three = {1, 2, 3};
  EXPECT_EQ(writer.WriteU24(1).code(), ErrorCode::kBufferTooSmall);
  EXPECT_EQ(writer.WriteU32(1).code(), ErrorCode::kBufferTooSmall);
  EXPECT_EQ(writer.WriteU64(1).code(), ErrorCode::kBufferTooSmall);
  EXPECT_EQ(writer.Write(three).code(), ErrorCode::kBufferTooSmall);
  EXPECT_EQ(writer.WriteRepeated(0, 3).code(), ErrorCode::kBufferTooSmall);
  EXPECT_EQ(writer.Reserve(3).code(), ErrorCode::kBufferTooSmall);
  EXPECT_EQ(writer.WriteU24(0x1000000).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(writer.position(), 0u);
  EXPECT_EQ(out, (std::array<std::uint8_t, 4>{9, 9, 9, 9}));
  EXPECT_TRUE(writer.WriteU16(0x0102).ok());
  EXPECT_EQ(writer.WriteU8(1).code(), ErrorCode::kBufferTooSmall);
  EXPECT_EQ(out, (std::array<std::uint8_t, 4>{1, 2, 9, 9}));
}

TEST(ByteWriterTest, WhatIsWrittenIsRead) {
  TestRandom random;
  SCOPED_TRACE(random.Seed());
  for (int i = 0; i < 500; ++i) {
    const Bytes body = random.RandomBytes(random.UpTo(40));
    const auto number = static_cast<std::uint32_t>(random.UpTo(0xffffff));
    Bytes out(body.size() + 5);
    ByteWriter writer(out);
    ASSERT_TRUE(writer.WriteU16(static_cast<std::uint16_t>(body.size())).ok());
    ASSERT_TRUE(writer.Write(body).ok());
    ASSERT_TRUE(writer.WriteU24(number).ok());
    EXPECT_EQ(writer.remaining(), 0u);
    ByteReader reader(writer.written());
    const std::size_t size = *reader.ReadU16();
    Bytes read(size);
    ASSERT_TRUE(reader.ReadInto(read).ok());
    EXPECT_EQ(read, body);
    EXPECT_EQ(*reader.ReadU24(), number);
    EXPECT_TRUE(reader.ExpectEnd().ok());
  }
}

}  // namespace
}  // namespace florin
