// AbiTable: names, numbers, sizes and offsets of one PKCS#11 header. Each header has its own
// translation unit, because they define the same names.
#pragma once

#include <cstddef>

struct AbiEntry {
  const char* name;
  unsigned long value;
};

struct AbiTable {
  const AbiEntry* entries;
  std::size_t count;
};

AbiTable FlorinAbi();
AbiTable P11KitAbi();
AbiTable NssAbi();  // empty where its headers are not installed

// clang-format off
#define ABI_VALUE(name) {#name, static_cast<unsigned long>(name)},
#define ABI_SIZE(type) {"sizeof " #type, sizeof(type)},
#define ABI_OFFSET(type, member) {#type "." #member, offsetof(type, member)},
// clang-format on
