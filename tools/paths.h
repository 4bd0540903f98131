// Where the tool finds what belongs to it, in an installed tree and in a build tree.
#pragma once

#include <filesystem>

namespace florin::tools {

// The simulator's module: libflorin-pkcs11.so.
std::filesystem::path DefaultModulePath();

// The folder of published test vectors.
std::filesystem::path VectorsDirectory();

}  // namespace florin::tools
