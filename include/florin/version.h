// The version of this Florin, for the preprocessor. CMakeLists.txt names the same one.
#pragma once

#define FLORIN_VERSION_MAJOR 0
#define FLORIN_VERSION_MINOR 1
#define FLORIN_VERSION_PATCH 0
#define FLORIN_VERSION "0.1.0"
