// Keys of HPKE tests in any session.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "crypto/base/curve_table.h"
#include "crypto/primitives/curve_key.h"
#include "florin/hsm/session.h"
#include "florin/payload/hpke.h"

namespace florin::payload {

// A private key that derives.
inline Result<hsm::KeyHandle> ImportHpkeKey(hsm::Session& session, Curve curve, ByteView key) {
  hsm::KeyTemplate shape;
  shape.rules.type = mechanisms::KeyType::kEcPrivate;
  shape.rules.curve = curve;
  shape.rules.length = key.size();
  shape.rules.verbs = {mechanisms::Verb::kDerive};
  FLORIN_TRY(const SecretBytes material, SecretBytes::CopyOf(key));
  return session.Import(shape, material);
}

inline Result<hsm::KeyHandle> ImportPsk(hsm::Session& session, ByteView psk) {
  hsm::KeyTemplate shape;
  shape.rules.type = mechanisms::KeyType::kGenericSecret;
  shape.rules.length = psk.size();
  shape.rules.verbs = {mechanisms::Verb::kDerive};
  FLORIN_TRY(const SecretBytes material, SecretBytes::CopyOf(psk));
  return session.Import(shape, material);
}

// One side's key: in a session, and what the other side knows of it.
struct HpkeTestKey {
  hsm::KeyHandle handle;
  Bytes public_key;
};

inline HpkeTestKey MakeHpkeKey(hsm::Session& session, Curve curve) {
  auto drawn = primitives::CurvePrivateKey::Generate(curve, SystemRandom());
  EXPECT_TRUE(drawn.ok());
  auto handle = ImportHpkeKey(session, curve, drawn->private_key().Read(SecretAccess{}));
  EXPECT_TRUE(handle.ok()) << handle.error().message();
  const ByteView point = drawn->public_key();
  return {handle.ok() ? *handle : hsm::KeyHandle{}, Bytes(point.begin(), point.end())};
}

inline Bytes Revealed(const SecretBytes& secret) {
  const ByteView view = secret.Read(SecretAccess{});
  return {view.begin(), view.end()};
}

}  // namespace florin::payload
