// A small certificate authority for tests.
#pragma once

#include "crypto/primitives/certificate.h"
#include "tests/crypto/primitives/test_util.h"

namespace florin::primitives {

inline constexpr UnixSeconds kYear2020{1577836800};
inline constexpr UnixSeconds kYear2025{1735689600};
inline constexpr UnixSeconds kYear2030{1893456000};

inline CertificateTemplate CaTemplate(const char* name) {
  CertificateTemplate contents;
  contents.common_name = name;
  contents.organization = "Florin Test";
  contents.validity = {kYear2020, kYear2030};
  contents.is_ca = true;
  return contents;
}

inline CertificateTemplate LeafTemplate(const char* name) {
  CertificateTemplate contents = CaTemplate(name);
  contents.is_ca = false;
  return contents;
}

// A root (P-384), an intermediate and a leaf (P-256).
struct TestCa {
  explicit TestCa(std::uint64_t seed)
      : random(seed),
        root_key(EcPrivateKey::Generate(Curve::kP384, random).value()),
        intermediate_key(EcPrivateKey::Generate(Curve::kP256, random).value()),
        leaf_key(EcPrivateKey::Generate(Curve::kP256, random).value()),
        root(IssueSelfSigned(CaTemplate("Root"), root_key, random).value()),
        intermediate(IssueCertificate(CaTemplate("Intermediate"), intermediate_key.public_key(),
                                      root, root_key, random)
                         .value()),
        leaf(Issue(LeafTemplate("Leaf"))) {}

  Certificate Issue(const CertificateTemplate& contents) {
    return IssueCertificate(contents, leaf_key.public_key(), intermediate, intermediate_key, random)
        .value();
  }

  TestRandom random;
  EcPrivateKey root_key;
  EcPrivateKey intermediate_key;
  EcPrivateKey leaf_key;
  Certificate root;
  Certificate intermediate;
  Certificate leaf;
};

}  // namespace florin::primitives
