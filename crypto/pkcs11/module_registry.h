// The modules loaded in this process: one per file.
#pragma once

#include <memory>
#include <string>

#include "florin/base/result.h"
#include "florin/pkcs11/pkcs11_session.h"

namespace florin::pkcs11 {

// The module at `path`, loaded now or before. kConflict where it is loaded with other parameters.
Result<std::shared_ptr<Module>> LoadShared(const std::string& path, const ModuleOptions& options);

}  // namespace florin::pkcs11
